// Whether the program at the other end of a connection has read all that was sent. TCP does not
// tell, but when both ends are on one machine the kernel holds both queues and can be asked: ours
// must be empty (SIOCOUTQ), and so must the receive queue of the peer's socket (NETLINK_SOCK_DIAG,
// by the four-tuple). A peer may take 40 ms to acknowledge, so bytes also count as arrived when the
// peer's socket has received as many as were sent. Arrived bytes are queried before unread ones: in
// the other order bytes could arrive between the two queries.

package import Networks

#if canImport(Glibc)
  internal import Glibc
  internal import SystemCalls
#else
  internal import Darwin
#endif

/// Asks the kernel whether a peer has read what was sent to it.
package struct ReadCheck: ~Copyable {
  /// What the kernel answers.
  package enum State: Hashable, Sendable {
    /// The peer's program has read everything.
    case read
    /// Some bytes are still under way or unread.
    case pending
    /// The connection no longer exists.
    case gone
    /// The kernel cannot tell: the peer is on another machine, or this system has no such query.
    case unknown
  }

  private let descriptor: Int32

  /// A check that always answers `unknown`, for systems and tests without the query.
  package static var blind: ReadCheck { ReadCheck(descriptor: -1) }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  /// Opens the netlink socket for the queries.
  package init() {
    #if canImport(Glibc)
      descriptor = openSocketDiagnosis()
    #else
      descriptor = -1
    #endif
  }

  deinit {
    #if canImport(Glibc)
      if descriptor >= 0 { _ = Glibc.close(descriptor) }
    #endif
  }

  /// Asks about the peer of `socket`, to which `sentCount` bytes have been sent in all.
  fileprivate func state(_ socket: Socket, sentCount: Int) -> State {
    #if canImport(Glibc)
      guard descriptor >= 0 else { return .unknown }
      var hasArrived = unacknowledgedBytes(socket.descriptor) == 0
      var queue = PeerQueue()
      var error = unsafe askPeerQueue(descriptor, socket.descriptor, &queue)
      if error == 0, !hasArrived, queue.received >= UInt64(sentCount) {
        hasArrived = true
        error = unsafe askPeerQueue(descriptor, socket.descriptor, &queue)
      }
      guard error == 0 else { return error == ENOTCONN ? .gone : .unknown }
      return hasArrived && queue.unread == 0 ? .read : .pending
    #else
      return .unknown
    #endif
  }
}

extension SocketNetwork {
  package mutating func peerHasRead(_ connection: ConnectionID) -> Bool? {
    if !hasReadCheck {
      hasReadCheck = true
      readCheck = ReadCheck()
    }
    return switch readState(on: connection, by: readCheck) {
    case .read, .gone: true
    case .pending: false
    case .unknown: nil
    }
  }

  /// Whether the peer of a connection has read all that was sent on it.
  package func readState(
    on connection: ConnectionID, by check: borrowing ReadCheck
  ) -> ReadCheck.State {
    guard let (socket, sentCount) = standing(connection) else { return .gone }
    return waitingBytes(on: connection) > 0
      ? .pending : check.state(socket, sentCount: sentCount)
  }
}

/// Lets another thread or process that waits for a core run.
package func yieldCore() { _ = sched_yield() }
