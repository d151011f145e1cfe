// Clients for which bytes wait. One that takes some of them now and then is slow, and waited for; one
// that takes none costs as much and will never have them.

package import Networks

/// When clients must have taken some of what waits for them; times in milliseconds.
package struct SendWatch {
  private struct Wait {
    /// How many bytes it had taken when it was last looked at.
    var taken: Int
    var until: Int
    /// How long it may take nothing.
    var span: Int
  }

  private var waits: [ConnectionID: Wait] = [:]

  package init() {}

  /// When one must be looked at again.
  package var deadline: Int? { waits.isEmpty ? nil : waits.values.lazy.map(\.until).min() }

  /// Since when a client has taken nothing, as far as it was looked at; nil when nothing waits for it.
  package func since(_ client: ConnectionID) -> Int? { waits[client].map { $0.until - $0.span } }

  /// Bytes wait for a client from `now` on; nothing new for one for which they do already.
  package mutating func add(
    _ client: ConnectionID, taken: Int, at now: Int, for span: Int
  ) {
    guard waits[client] == nil else { return }
    waits[client] = Wait(taken: taken, until: now + span, span: span)
  }

  /// Nothing waits for a client any more, or it is gone.
  package mutating func remove(_ client: ConnectionID) {
    if !waits.isEmpty { waits[client] = nil }
  }

  /// Takes out the clients that have taken nothing in their time, in rising order.
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
