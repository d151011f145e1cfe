// Addresses for the kernel: numeric ones directly, names through the system's resolver.

internal import Dispatch

#if canImport(Glibc)
  internal import Glibc
  internal import SystemCalls
#else
  internal import Darwin
#endif

/// An IPv4 or IPv6 address with its port.
struct SocketAddress: Sendable {
  let family: Int32
  private var storage: sockaddr_storage
  private let length: socklen_t

  /// Looks `host` up: an address, or a name (then its first address). May wait for name servers.
  init(host: String, port: Int, attempt: String) throws(SocketError) {
    self = try Self.all(host: host, port: port, attempt: attempt)[0]
  }

  /// The addresses of `host`, in the order in which to try them; at least one. May wait for name
  /// servers.
  static func all(
    host: String, port: Int, attempt: String
  ) throws(SocketError) -> [SocketAddress] {
    if let address = try SocketAddress(numeric: host, port: port, attempt: attempt) {
      return [address]
    }
    return try found(host, port: port, flags: 0).get(attempt)
  }

  /// Reads `host` as a numeric address, without a lookup; nil when it is not one.
  ///
  /// - Throws: When the port is not 0 to 65535.
  init?(numeric host: String, port: Int, attempt: String) throws(SocketError) {
    guard (0...65_535).contains(port) else {
      throw SocketError(attempt, because: "a port is a number from 0 to 65535")
    }
    guard case .addresses(let found) = Self.found(host, port: port, flags: AI_NUMERICHOST) else {
      return nil
    }
    self = found[0]
  }

  private init(_ found: addrinfo) {
    var address = sockaddr_storage()
    unsafe withUnsafeMutableBytes(of: &address) { target in
      unsafe target.copyMemory(
        from: UnsafeRawBufferPointer(start: found.ai_addr, count: Int(found.ai_addrlen)))
    }
    family = unsafe found.ai_family
    length = unsafe found.ai_addrlen
    storage = address
  }

  /// The resolver's answer.
  private enum Resolution {
    /// One or more.
    case addresses([SocketAddress])
    case nothing(because: String)

    func get(_ attempt: String) throws(SocketError) -> [SocketAddress] {
      switch self {
      case .addresses(let addresses): return addresses
      case .nothing(let reason): throw SocketError(attempt, because: reason)
      }
    }
  }

  private static func found(_ host: String, port: Int, flags: Int32) -> Resolution {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(streamType)
    unsafe hints.ai_flags = flags | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, String(port), &hints, &list)
    defer { if let list = unsafe list { unsafe freeaddrinfo(list) } }
    var addresses: [SocketAddress] = []
    var next = unsafe code == 0 ? list : nil
    while let found = unsafe next?.pointee {
      unsafe addresses.append(SocketAddress(found))
      unsafe next = found.ai_next
    }
    guard !addresses.isEmpty else {
      return .nothing(because: unsafe String(cString: gai_strerror(code)))
    }
    return .addresses(addresses)
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

/// Looks a name up on a system thread, because name servers may take long; `tell` is called on that
/// thread.
func lookUp(
  _ host: String, port: Int, _ attempt: String,
  tell: @escaping @Sendable (Result<[SocketAddress], SocketError>) -> Void
) {
  DispatchQueue.global().async {
    do throws(SocketError) {
      tell(.success(try SocketAddress.all(host: host, port: port, attempt: attempt)))
    } catch {
      tell(.failure(error))
    }
  }
}

/// Whether a host is written as four numbers from 0 to 255 with dots between them (RFC 3986 section 3.2.2).
/// The system also takes `1234` for an address, which nobody means.
package func isDottedQuad(_ host: String) -> Bool {
  let parts = host.split(separator: ".", omittingEmptySubsequences: false)
  return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil && $0.first != "+" }
}
