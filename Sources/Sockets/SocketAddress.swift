// Addresses for the kernel: numbers as they are, names through the system's resolver.

#if canImport(Glibc)
  internal import Glibc
  internal import SystemCalls
#else
  internal import Darwin
#endif

/// An IPv4 or IPv6 address with its port.
struct SocketAddress {
  let family: Int32
  private var storage: sockaddr_storage
  private let length: socklen_t

  /// Looks `host` up: an address, or a name (the first address of which is taken).
  init(host: String, port: Int, attempt: String) throws(SocketError) {
    guard let number = UInt16(exactly: port) else {
      throw SocketError(attempt, because: "a port is a number from 0 to 65535")
    }
    var four = sockaddr_in()
    var found = sockaddr_storage()
    if unsafe inet_pton(AF_INET, host, &four.sin_addr) == 1 {
      four.sin_family = sa_family_t(AF_INET)
      four.sin_port = number.bigEndian
      unsafe withUnsafeMutableBytes(of: &found) { target in
        unsafe withUnsafeBytes(of: &four) { unsafe target.copyMemory(from: $0) }
      }
      family = AF_INET
      length = socklen_t(MemoryLayout<sockaddr_in>.size)
      storage = found
      return
    }
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(streamType)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, String(number), &hints, &list)
    defer { if let list = unsafe list { unsafe freeaddrinfo(list) } }
    guard code == 0, let first = unsafe list?.pointee else {
      throw SocketError(attempt, because: unsafe String(cString: gai_strerror(code)))
    }
    unsafe withUnsafeMutableBytes(of: &found) { target in
      unsafe target.copyMemory(
        from: UnsafeRawBufferPointer(start: first.ai_addr, count: Int(first.ai_addrlen)))
    }
    family = unsafe first.ai_family
    length = unsafe first.ai_addrlen
    storage = found
  }

  func bind(_ descriptor: Int32) -> Bool {
    unsafe withPointer { unsafe systemBind(descriptor, $0, length) == 0 }
  }

  func connect(_ descriptor: Int32) -> Bool {
    unsafe withPointer { unsafe systemConnect(descriptor, $0, length) == 0 }
  }

  private func withPointer(_ body: (UnsafePointer<sockaddr>) -> Bool) -> Bool {
    unsafe withUnsafePointer(to: storage) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
    }
  }
}

#if canImport(Glibc)
  private let streamType = SOCK_STREAM.rawValue
  private let systemBind = unsafe Glibc.bind
  private let systemConnect = unsafe Glibc.connect
#else
  private let streamType = SOCK_STREAM
  private let systemBind = unsafe Darwin.bind
  private let systemConnect = unsafe Darwin.connect
#endif
