// Connections to upstreams between two requests. A connection comes here only after a whole answer
// with no byte after it, and any event on it here (a byte, an end) closes it: so no answer is ever
// read from a connection with bytes of another. It goes out for one request at a time.
//
// A connection that has died by the time it is needed is skipped, and the request uses another. One
// may still die under the request that it has just been given. Then the request has been sent, the
// upstream may have begun to work on it, and it is not sent again: the client gets an error. This
// is rare, because a connection is kept for less than the five seconds after which common servers
// close.

internal import Networks
internal import ProxyUnderTest
internal import Wire

/// Idle connections, the oldest first.
struct UpstreamPool {
  /// How long a connection is kept, in milliseconds.
  package static let idleTimeMax: Milliseconds = 4_000
  /// How many are kept.
  package static let countMax = 64

  private struct Idle {
    package var connection: ConnectionID
    package var place: BaseURL
    /// When it expires, in milliseconds.
    package var until: Milliseconds
  }

  private var idle: [Idle] = []
  /// Where the connections in use lead.
  private var places: [ConnectionID: BaseURL] = [:]

  /// How many connections are kept.
  package var count: Int { idle.count }

  /// When the oldest kept connection expires, in milliseconds.
  package var deadline: Milliseconds? { idle.first?.until }

  /// Whether there may be a connection to the scheme, host and port of `place`.
  package func has(_ place: BaseURL) -> Bool { idle.contains { $0.place.leadsWhere(place) } }

  /// A kept connection to where `place` leads that has been silent up to now, if there is one.
  package mutating func take(
    to place: BaseURL, in network: inout some Network & ~Copyable
  ) -> ConnectionID? {
    while let index = idle.lastIndex(where: { $0.place.leadsWhere(place) }) {
      let connection = idle.remove(at: index).connection
      if network.isSilent(connection) {
        places[connection] = place
        return connection
      }
      network.close(connection)
    }
    return nil
  }

  /// A connection has been requested, and will be in use.
  package mutating func opened(_ connection: ConnectionID, to place: BaseURL) {
    places[connection] = place
  }

  /// A connection in use has been closed, or will be.
  package mutating func closed(_ connection: ConnectionID) { places[connection] = nil }

  /// Keeps a connection that is no longer in use, or closes it: when it may not be kept, when a
  /// part of its request has not been sent yet, or when there are too many.
  package mutating func release(
    _ connection: ConnectionID, at now: Milliseconds, in network: inout some Network & ~Copyable
  ) {
    guard let place = places.removeValue(forKey: connection),
      network.waitingBytes(on: connection) == 0
    else { return network.close(connection) }
    idle.append(Idle(connection: connection, place: place, until: now + Self.idleTimeMax))
    if idle.count > Self.countMax { network.close(idle.removeFirst().connection) }
  }

  /// Takes out a connection that had an event; false when it is not here.
  package mutating func remove(_ connection: ConnectionID) -> Bool {
    guard let index = idle.firstIndex(where: { $0.connection == connection }) else { return false }
    idle.remove(at: index)
    return true
  }

  /// Closes those that have been kept long enough.
  mutating func expire(at now: Milliseconds, in network: inout some Network & ~Copyable) {
    while let first = idle.first, first.until <= now {
      network.close(first.connection)
      idle.removeFirst()
    }
  }
}

extension BaseURL {
  /// Whether two URLs lead to the same server.
  fileprivate func leadsWhere(_ other: BaseURL) -> Bool {
    scheme == other.scheme && authority == other.authority
  }
}
