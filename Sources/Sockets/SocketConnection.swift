// What a network of sockets keeps for one connection.

/// A TCP connection with what waits to go out on it.
struct SocketConnection {
  var socket: Socket
  var isConnecting: Bool
  /// Whether the peer has connected to us: a client, whose unread bytes do not matter once it is
  /// gone.
  var isAccepted = false
  /// Whether the owner, who does not read now, already knows that the peer has ended its direction.
  var hasHungUp = false
  /// Bytes that wait, from `outgoingStart` on.
  var outgoing: [UInt8] = []
  var outgoingStart = 0
  /// Bytes that the kernel has taken.
  var sentCount = 0
  var reads = true
  var peerHasFinished = false
  /// Whether FIN follows the waiting bytes, or has been sent after them.
  var finishes = false
  /// Whether it ends with an abort after the waiting bytes, instead of FIN.
  var aborts = false
  /// Whether FIN has gone out.
  var hasFinished = false
  /// Whether sending has failed; the end that a read then returns is really a reset.
  var isBroken = false
  /// Whether the poller watches it.
  var isWatched = true
  /// Whether the owner has closed it: no event is reported any more.
  var isOrphan = false
  var interest: Interest
  /// Its TLS; nil for a plain connection.
  var secure: SecureSide?
  /// The held end of a record.
  var withheld: [UInt8] = []

  var waiting: Int { outgoing.count - outgoingStart }

  /// Sends what waits, as far as the kernel takes it. Returns whether all has been sent.
  mutating func sendWaiting() -> Bool {
    while waiting > 0 {
      guard let sent = socket.send(outgoing[outgoingStart...]) else {
        // The peer is gone. What it sent before can still be read; the read after that reports the
        // end.
        isBroken = true
        outgoing = []
        outgoingStart = 0
        return false
      }
      if sent == 0 { return false }
      outgoingStart += sent
      sentCount += sent
    }
    outgoing.removeAll(keepingCapacity: outgoing.count <= 65_536)
    outgoingStart = 0
    return true
  }
}
