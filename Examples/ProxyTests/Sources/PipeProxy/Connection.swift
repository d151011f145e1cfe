// A TCP connection over loopback, by the plain calls of the system.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the system says when it gives no socket.
struct SocketFailure: Error { let code: Int32 }

/// One end of a connection, or a listener.
struct Connection: Sendable {
  private let descriptor: Int32

  private static func new() -> Connection {
    #if canImport(Glibc)
      Connection(descriptor: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    #else
      Connection(descriptor: socket(AF_INET, SOCK_STREAM, 0))
    #endif
  }

  /// Calls `body` with the address of a loopback port.
  private static func withAddress<Result>(
    port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
    }
  }

  /// Listens on a port that the system chooses.
  static func listen() throws -> (listener: Connection, port: Int) {
    let listener = new()
    guard withAddress(port: 0, { bind(listener.descriptor, $0, $1) }) == 0,
      systemListen(listener.descriptor, 64) == 0
    else { throw SocketFailure(code: errno) }
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(listener.descriptor, $0, &size)
      }
    }
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// The next client; nil when the listener has been stopped.
  func accept() -> Connection? {
    let client = systemAccept(descriptor, nil, nil)
    return client < 0 ? nil : Connection(descriptor: client).withoutDelay()
  }

  static func connect(port: Int) -> Connection? {
    let server = new()
    guard withAddress(port: port, { systemConnect(server.descriptor, $0, $1) }) == 0 else {
      server.close()
      return nil
    }
    return server.withoutDelay()
  }

  private func withoutDelay() -> Connection {
    set(Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
    #if canImport(Darwin)
      set(SOL_SOCKET, SO_NOSIGPIPE, Int32(1))
    #endif
    return self
  }

  private func set<Value>(_ level: Int32, _ name: Int32, _ value: Value) {
    withUnsafeBytes(of: value) {
      _ = setsockopt(descriptor, level, name, $0.baseAddress, socklen_t($0.count))
    }
  }

  /// How many bytes were read, 0 at the end; nil when the connection has failed.
  func read(into bytes: inout [UInt8]) -> Int? {
    let count = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
    return count < 0 ? nil : count
  }

  /// Writes all bytes; says whether the connection has taken them.
  func write(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      #if canImport(Darwin)
        let flags: Int32 = 0
      #else
        let flags = Int32(MSG_NOSIGNAL)
      #endif
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, flags) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Says that nothing more comes.
  func finish() { shutdown(descriptor, 1) }

  /// Makes `close` an abort, and wakes who reads.
  func fail() {
    set(SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
    shutdown(descriptor, 0)
  }

  /// Wakes who waits in `accept`, which then gives nil.
  func stop() { shutdown(descriptor, 2) }

  func close() { _ = systemClose(descriptor) }
}

// The calls of the system whose names are those of methods here.
private let systemListen = listen
private let systemAccept = accept
private let systemConnect = connect
private let systemClose = close
