// What a network of sockets knows of one connection.

/// A TCP connection with what waits to go out on it.
struct SocketConnection {
  var socket: Socket
  var isConnecting: Bool
  /// Whether the peer has connected to us: a client, whose unread bytes mean nothing once it is gone.
  var isAccepted = false
  /// Whether the owner knows, while it does not read, that the peer has ended.
  var hasHungUp = false
  /// Bytes that wait, from `outgoingStart` on.
  var outgoing: [UInt8] = []
  var outgoingStart = 0
  /// Bytes that the kernel has taken.
  var sentCount = 0
  var reads = true
  var peerHasFinished = false
  /// Whether FIN follows the waiting bytes, or has followed them.
  var finishes = false
  /// Whether it ends with an abort behind the waiting bytes, and not with FIN.
  var aborts = false
  /// Whether FIN has gone out.
  var hasFinished = false
  /// Whether sending has failed: the end that reading gives then is the reset that it was.
  var isBroken = false
  /// Whether the poller has it.
  var isWatched = true
  /// Whether the owner has closed it: nothing is reported any more.
  var isOrphan = false
  var interest: Interest
  /// Its TLS; nil for a plain connection.
  var secure: SecureSide?
  /// The end of a record that is kept back.
  var withheld: [UInt8] = []

  var waiting: Int { outgoing.count - outgoingStart }

  /// Sends what waits, as far as it goes; whether all has gone out.
  mutating func sendWaiting() -> Bool {
    while waiting > 0 {
      guard let sent = socket.send(outgoing[outgoingStart...]) else {
        // The peer is gone. What it sent before can still be read; what follows that will say so.
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
