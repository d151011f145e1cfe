// What one run showed, on whatever stage: the same plan must give the same observation everywhere.

package import MockQwen
package import Wire

/// What the client got and how it ended, and what the upstream saw.
package struct Observation: Hashable, Sendable {
  /// How the response ended for the client.
  package enum Ending: String, Hashable, Sendable {
    /// The response is complete by its framing.
    case complete
    /// The connection ended in order before the response was complete.
    case cut
    /// The connection was reset before the response was complete.
    case reset
    /// Nothing more came, and the connection stayed.
    case silent
    /// The client went before the end, as planned.
    case left
  }

  /// The moment at which a block was late for the first time.
  package struct Delay: Hashable, Sendable {
    /// Body bytes that the upstream had sent when everything had come to rest.
    package var sent: Int
    /// Body bytes that the client should have had by then, at least.
    package var due: Int
    /// Body bytes that the client had.
    package var received: Int
  }

  package var status: Int?
  package var fields: Fields
  package var body: [UInt8]
  package var ending: Ending
  /// The first breach of HTTP's grammar towards the client, in words.
  package var breach: String?
  /// The requests that reached the upstream, in order.
  package var requests: [Session.Request]
  package var delay: Delay?
  /// Connections that the proxy still held when the client was done and gone.
  package var leftConnections: Int
}
