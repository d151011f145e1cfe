// Readiness: which descriptors can be read or written now. epoll on Linux, poll elsewhere.

#if canImport(Glibc)
  internal import Glibc
  internal import SystemCalls
#else
  internal import Darwin
#endif

/// What a descriptor is watched for.
struct Interest: OptionSet, Hashable, Sendable {
  let rawValue: UInt8
  static let read = Interest(rawValue: 1)
  static let write = Interest(rawValue: 2)
  /// The end of the peer's direction, even after bytes that are not read yet. A system whose poller
  /// does not report it shows it when those bytes are read.
  static let hangUp = Interest(rawValue: 4)
}

/// A descriptor that is ready, by the number it was added under.
struct Readiness: Hashable, Sendable {
  var number: Int
  var canRead: Bool
  var canWrite: Bool
}

#if canImport(Glibc)
  /// Watches descriptors by epoll, level-triggered.
  struct Poller: ~Copyable {
    private let descriptor: Int32
    private var found = [ReadyDescriptor](repeating: ReadyDescriptor(), count: 64)

    init() throws(SocketError) {
      descriptor = openPoller()
      guard descriptor >= 0 else { throw SocketError("open a poller", code: errno) }
    }

    deinit { _ = Glibc.close(descriptor) }

    mutating func add(_ socket: Socket, number: Int, _ interest: Interest) {
      control(EPOLL_CTL_ADD, socket, number, interest)
    }

    mutating func change(_ socket: Socket, number: Int, _ interest: Interest) {
      control(EPOLL_CTL_MOD, socket, number, interest)
    }

    mutating func remove(_ socket: Socket) {
      control(EPOLL_CTL_DEL, socket, 0, [])
    }

    /// Forgets a socket that will be closed next: closing removes it from an epoll.
    mutating func forget(_ socket: Socket) {}

    private func control(_ operation: Int32, _ socket: Socket, _ number: Int, _ interest: Interest)
    {
      _ = watchDescriptor(
        descriptor, operation, socket.descriptor, interest.contains(.read) ? 1 : 0,
        interest.contains(.write) ? 1 : 0, interest.contains(.hangUp) ? 1 : 0, UInt64(number))
    }

    /// Waits until a descriptor is ready, at most `timeout` milliseconds (nil: for ever), and
    /// appends what is ready.
    mutating func wait(timeout: Int?, into ready: inout [Readiness]) {
      let limit = Int32(clamping: timeout ?? -1)
      let count = unsafe found.withUnsafeMutableBufferPointer {
        unsafe waitForReady(descriptor, limit, $0.baseAddress)
      }
      for index in 0..<max(Int(count), 0) {
        let event = found[index]
        ready.append(
          Readiness(
            number: Int(event.number), canRead: event.reads != 0, canWrite: event.writes != 0))
      }
    }
  }
#else
  /// Watches descriptors by poll.
  struct Poller: ~Copyable {
    private var watched: [Int32: (number: Int, interest: Interest)] = [:]

    init() throws(SocketError) {}

    mutating func add(_ socket: Socket, number: Int, _ interest: Interest) {
      watched[socket.descriptor] = (number, interest)
    }

    mutating func change(_ socket: Socket, number: Int, _ interest: Interest) {
      watched[socket.descriptor] = (number, interest)
    }

    mutating func remove(_ socket: Socket) { watched[socket.descriptor] = nil }

    /// Forgets a socket that will be closed next.
    mutating func forget(_ socket: Socket) { remove(socket) }

    /// Waits until a descriptor is ready, at most `timeout` milliseconds (nil: for ever), and
    /// appends what is ready.
    mutating func wait(timeout: Int?, into ready: inout [Readiness]) {
      let order = watched.sorted { $0.key < $1.key }
      var list = order.map { descriptor, watch in
        var wanted: Int32 = 0
        if watch.interest.contains(.read) { wanted |= POLLIN }
        if watch.interest.contains(.write) { wanted |= POLLOUT }
        return pollfd(fd: descriptor, events: Int16(wanted), revents: 0)
      }
      _ = unsafe poll(&list, nfds_t(list.count), Int32(clamping: timeout ?? -1))
      for (entry, (_, watch)) in zip(list, order) where entry.revents != 0 {
        let gone = Int32(entry.revents) & (POLLERR | POLLHUP | POLLNVAL) != 0
        ready.append(
          Readiness(
            number: watch.number,
            canRead: gone || Int32(entry.revents) & POLLIN != 0,
            canWrite: gone || Int32(entry.revents) & POLLOUT != 0))
      }
    }
  }
#endif
