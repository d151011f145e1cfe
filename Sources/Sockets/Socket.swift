// A TCP socket as a descriptor with the few calls that are needed. All sockets are non-blocking and
// close-on-exec, and send without delay (TCP_NODELAY): an event must not wait for an acknowledgement.

#if canImport(Glibc)
  internal import Glibc
  internal import SystemCalls
#else
  internal import Darwin
#endif

/// A TCP socket. The value is only a descriptor: whoever opened it must close it, once.
struct Socket: Hashable, Sendable {
  /// The result of reading.
  enum Reading: Hashable {
    case bytes(Int)
    case nothingYet, end, failed
  }

  /// The result of accepting.
  enum Accepting: Hashable {
    case connection(Socket)
    /// No client waits.
    case nobody
    /// A client waits, but the process or the system has no descriptor left.
    case noDescriptor
  }

  let descriptor: Int32

  /// No socket: every operation on it does nothing.
  static let absent = Socket(descriptor: -1)

  /// Opens a socket that listens on an address and port; port 0 lets the system choose.
  static func listening(
    host: String, port: Int, kernelBytesMax: Int? = nil, backlog: Int32 = 1024
  ) throws(SocketError) -> Socket {
    let attempt = "listen on \(shown(host)):\(port)"
    let address = try SocketAddress(host: host, port: port, attempt: attempt)
    let socket = try opened(family: address.family, kernelBytesMax, attempt)
    socket.set(SOL_SOCKET, SO_REUSEADDR)
    guard address.bind(socket.descriptor), listen(socket.descriptor, backlog) == 0 else {
      let code = errno
      socket.close()
      throw SocketError(attempt, code: code)
    }
    return socket
  }

  /// Opens a socket that begins to connect; when it becomes writable, `pendingError` tells whether
  /// it succeeded.
  static func connecting(
    to address: SocketAddress, kernelBytesMax: Int? = nil, _ attempt: String
  ) throws(SocketError) -> Socket {
    let socket = try opened(family: address.family, kernelBytesMax, attempt)
    socket.set(Int32(IPPROTO_TCP), TCP_NODELAY)
    if !address.connect(socket.descriptor), errno != EINPROGRESS {
      let code = errno
      socket.close()
      throw SocketError(attempt, code: code)
    }
    return socket
  }

  /// `kernelBytesMax` is how many bytes the kernel may hold either way, also for accepted
  /// connections; nil for its default.
  private static func opened(
    family: Int32, _ kernelBytesMax: Int?, _ attempt: String
  ) throws(SocketError) -> Socket {
    #if canImport(Glibc)
      let descriptor = openStreamSocket(family)
    #else
      let descriptor = socket(family, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { throw SocketError(attempt, code: errno) }
    let opened = Socket(descriptor: descriptor)
    opened.prepare()
    if let kernelBytesMax {
      opened.set(SOL_SOCKET, SO_RCVBUF, Int32(clamping: kernelBytesMax))
      opened.set(SOL_SOCKET, SO_SNDBUF, Int32(clamping: kernelBytesMax))
    }
    return opened
  }

  /// Opens two sockets of this process that are connected to each other.
  static func pair() throws(SocketError) -> (Socket, Socket) {
    var descriptors: [Int32] = [-1, -1]
    #if canImport(Glibc)
      let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    #else
      let type = SOCK_STREAM
    #endif
    guard unsafe socketpair(AF_UNIX, type, 0, &descriptors) == 0 else {
      throw SocketError("open a pair of sockets", code: errno)
    }
    let pair = (Socket(descriptor: descriptors[0]), Socket(descriptor: descriptors[1]))
    pair.0.prepare()
    pair.1.prepare()
    return pair
  }

  /// Other systems set afterwards what Linux sets as it opens the socket.
  private func prepare() {
    #if !canImport(Glibc)
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      set(SOL_SOCKET, SO_NOSIGPIPE)
    #endif
  }

  /// Accepts the next waiting connection.
  func accept() -> Accepting {
    #if canImport(Glibc)
      let accepted = acceptNonBlocking(descriptor)
    #else
      let accepted = unsafe Darwin.accept(descriptor, nil, nil)
    #endif
    guard accepted >= 0 else {
      return [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) ? .noDescriptor : .nobody
    }
    let socket = Socket(descriptor: accepted)
    socket.prepare()
    socket.set(Int32(IPPROTO_TCP), TCP_NODELAY)
    return .connection(socket)
  }

  /// The port that the socket is bound to.
  var localPort: Int {
    var address = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getsockname(descriptor, $0, &length)
      }
    }
    // sin_port and sin6_port lie at the same place.
    return result == 0 ? Int(UInt16(bigEndian: address.sin6_port)) : 0
  }

  /// The pending error of the connection, or of the attempt at one; 0 for none. Reading it clears
  /// it.
  var pendingError: Int32 {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    return result == 0 ? code : errno
  }

  /// How many bytes the peer's kernel has not acknowledged; 0 when the system cannot tell.
  var unacknowledgedCount: Int {
    #if canImport(Glibc)
      return max(Int(unacknowledgedBytes(descriptor)), 0)
    #else
      var count: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_NWRITE, &count, &length)
      return result == 0 ? Int(count) : 0
    #endif
  }

  /// Reads what has come into `buffer`, at most its count.
  func receive(into buffer: inout [UInt8]) -> Reading {
    let result = unsafe buffer.withUnsafeMutableBytes {
      unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
    }
    if result > 0 { return .bytes(result) }
    if result == 0 { return .end }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? .nothingYet : .failed
  }

  /// Whether there is neither a byte, an end nor an error to read.
  var hasNothing: Bool {
    var byte: UInt8 = 0
    let result = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK))
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
  }

  /// Sends as many of `bytes` as the kernel takes at once. Returns how many, or nil when the
  /// connection is gone.
  func send(_ bytes: ArraySlice<UInt8>) -> Int? {
    #if canImport(Glibc)
      let flags = Int32(MSG_NOSIGNAL)
    #else
      let flags: Int32 = 0
    #endif
    let result = unsafe bytes.withUnsafeBytes {
      unsafe systemSend(descriptor, $0.baseAddress, $0.count, flags)
    }
    if result >= 0 { return result }
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : nil
  }

  /// Ends this side's direction (FIN).
  func finishSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

  func close() { _ = systemClose(descriptor) }

  /// Closes with an abort (RST) instead of an orderly end.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  private func set(_ level: Int32, _ name: Int32, _ value: Int32 = 1) {
    var value = value
    _ = unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}

/// A host for display before a port: an IPv6 address is put in brackets (RFC 3986 section 3.2.2).
func shown(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

#if canImport(Glibc)
  private func systemSend(
    _ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32
  ) -> Int { unsafe Glibc.send(descriptor, bytes, count, flags) }
  private func systemClose(_ descriptor: Int32) -> Int32 { Glibc.close(descriptor) }
#else
  private func systemSend(
    _ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32
  ) -> Int { unsafe Darwin.send(descriptor, bytes, count, flags) }
  private func systemClose(_ descriptor: Int32) -> Int32 { Darwin.close(descriptor) }
#endif
