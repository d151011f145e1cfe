// What a server can do with a TLS connection that a plain sender cannot: decide where its records
// end, send handshake messages between them, and break the stream by means of TLS.

/// A message of the handshake protocol that is sent after the handshake.
package enum PostHandshakeMessage: UInt8, Hashable, Sendable {
  /// HelloRequest of TLS 1.2 (RFC 5246 section 7.4.1.1).
  case helloRequest = 0
  /// KeyUpdate of TLS 1.3 (RFC 8446 section 4.6.3).
  case keyUpdate = 24
}

extension Network where Self: ~Copyable {
  // On a network without TLS there are no records: the bytes are sent as they are, and each way to
  // break a stream by TLS becomes a reset.

  package mutating func send(
    records: [[UInt8]], withholding count: Int, on connection: ConnectionID
  ) {
    send(records.flatMap { $0 }, on: connection)
  }

  package mutating func send(_ message: PostHandshakeMessage, on connection: ConnectionID) {}

  package mutating func truncate(_ connection: ConnectionID) { reset(connection) }

  package mutating func alert(_ connection: ConnectionID) { reset(connection) }
}
