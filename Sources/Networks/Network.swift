// One thin world, two of them. Everything impure that servers and clients need is behind this
// protocol: connections by number, bytes out, events in. The sockets use the kernel; the
// simulation, in another target, moves bytes between two ends in memory. Servers are written once.

package import Wire

/// A connection's number in its network; never used twice.
package typealias ConnectionID = Int

/// A listener's number in its network.
package typealias ListenerID = Int

/// What a network reports.
package enum NetworkEvent: Hashable, Sendable {
  /// A peer has connected to a listener.
  case accepted(ListenerID, ConnectionID)
  /// A requested connection is open.
  case opened(ConnectionID)
  /// A requested connection could not be opened; its number is no longer valid.
  case refused(ConnectionID)
  /// Bytes have come; 1 to 65,536.
  case bytes(ConnectionID, [UInt8])
  /// The peer has ended its direction in order (FIN). The other direction still works.
  case finished(ConnectionID)
  /// The connection is gone (RST, or an error), and its number is no longer valid.
  case reset(ConnectionID)
  /// Bytes that had to wait have all gone out.
  case drained(ConnectionID)
}

extension NetworkEvent {
  /// The connection that the event is about.
  package var connection: ConnectionID {
    switch self {
    case .accepted(_, let connection), .opened(let connection), .refused(let connection),
      .bytes(let connection, _), .finished(let connection), .reset(let connection),
      .drained(let connection):
      connection
    }
  }
}

/// Connections, as servers and clients see them.
package protocol Network: ~Copyable {
  /// Asks for a connection; `opened` or `refused` follows.
  mutating func connect(to host: String, port: Int) -> ConnectionID

  /// Asks for a connection to where `url` points. With the scheme https it uses TLS, and is open
  /// when the handshake is over and the peer's certificate is valid.
  mutating func connect(to url: BaseURL) -> ConnectionID

  /// Sends bytes; what the connection does not take at once waits. Does nothing for a number that
  /// is no longer valid: its `reset` may not have been read yet.
  mutating func send(_ bytes: [UInt8], on connection: ConnectionID)

  /// Ends this side's direction in order once all bytes have gone out (FIN). The peer's bytes still
  /// come.
  mutating func finish(_ connection: ConnectionID)

  /// Closes the connection once all bytes have gone out; its number is invalid at once.
  mutating func close(_ connection: ConnectionID)

  /// Aborts the connection at once (RST), and drops what waits; its number is invalid at once.
  mutating func reset(_ connection: ConnectionID)

  /// Aborts the connection (RST) once the peer has got all bytes that wait; its number is invalid
  /// at once.
  mutating func abort(_ connection: ConnectionID)

  /// Sends data over TLS, each of `records` as one record. The last `count` bytes of the last one,
  /// as they are on the wire, are held until the next call; `reset` drops them.
  mutating func send(records: [[UInt8]], withholding count: Int, on connection: ConnectionID)

  /// Sends a handshake message in the middle of a stream over TLS.
  mutating func send(_ message: PostHandshakeMessage, on connection: ConnectionID)

  /// Closes a connection over TLS without `close_notify`, so its end is not orderly; its number is
  /// invalid at once.
  mutating func truncate(_ connection: ConnectionID)

  /// Closes a connection over TLS after a fatal alert; its number is invalid at once.
  mutating func alert(_ connection: ConnectionID)

  /// Whether bytes of the peer are read and reported. At first they are.
  mutating func setReading(_ reads: Bool, on connection: ConnectionID)

  /// How many bytes wait to go out.
  func waitingBytes(on connection: ConnectionID) -> Int

  /// How many bytes have gone out. While some wait and this number does not grow, the peer takes
  /// none.
  func takenBytes(on connection: ConnectionID) -> Int

  /// How many connections that their owners have closed still exist, because bytes wait on them.
  var partingCount: Int { get }

  /// Aborts such a connection, the one that has taken no bytes for the longest time; false when
  /// there is none.
  mutating func dropParting() -> Bool

  /// Whether a connection is open and every event on it has been reported, an end included.
  func isSilent(_ connection: ConnectionID) -> Bool

  /// What a connection over TLS has negotiated; nil for a plain one, and before its handshake is
  /// over.
  func tlsFacts(of connection: ConnectionID) -> TLSFacts?

  /// Whether the peer's program has read all that was sent; nil when this cannot be known.
  mutating func peerHasRead(_ connection: ConnectionID) -> Bool?
}

extension Network where Self: ~Copyable {
  package mutating func peerHasRead(_ connection: ConnectionID) -> Bool? { nil }

  package func tlsFacts(of connection: ConnectionID) -> TLSFacts? { nil }

  package var partingCount: Int { 0 }

  package mutating func dropParting() -> Bool { false }

  package mutating func connect(to url: BaseURL) -> ConnectionID {
    connect(to: url.host, port: url.port)
  }
}
