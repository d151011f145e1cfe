// Clients for which bytes wait. A client that takes some of them now and then is slow, and the
// proxy waits for it; one that takes none costs as much and will never have them.

package import Networks

/// Until when clients must have taken some of the bytes that wait for them; times in milliseconds.
package struct SendWatch {
  private struct Wait {
    /// How many bytes it had taken at the last look.
    var taken: Int
    var until: Int
    /// How long it may take none, in milliseconds.
    var span: Int
  }

  private var waits: [ConnectionID: Wait] = [:]

  package init() {}

  /// When to look at a client again.
  package var deadline: Int? { waits.isEmpty ? nil : waits.values.lazy.map(\.until).min() }

  /// Since when a client has taken no bytes, as of the last look; nil when none wait for it.
  package func since(_ client: ConnectionID) -> Int? { waits[client].map { $0.until - $0.span } }

  /// Bytes wait for a client from `now` on; no change if some waited already.
  package mutating func add(
    _ client: ConnectionID, taken: Int, at now: Int, for span: Int
  ) {
    guard waits[client] == nil else { return }
    waits[client] = Wait(taken: taken, until: now + span, span: span)
  }

  /// No bytes wait for a client any more, or it is gone.
  package mutating func remove(_ client: ConnectionID) {
    if !waits.isEmpty { waits[client] = nil }
  }

  /// Takes out the clients that have taken no bytes in their time, in rising order.
  package mutating func takeStalled(
    at now: Int, in network: borrowing some Network & ~Copyable
  ) -> [ConnectionID] {
    var stalled: [ConnectionID] = []
    for (client, wait) in waits where wait.until <= now {
      let taken = network.takenBytes(on: client)
      if taken > wait.taken {
        waits[client] = Wait(taken: taken, until: now + wait.span, span: wait.span)
      } else {
        waits[client] = nil
        stalled.append(client)
      }
    }
    return stalled.sorted()
  }
}
