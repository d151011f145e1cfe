// TLS between a socket and its owner, without a socket in it: bytes that the socket has read go in,
// and come out as news for the owner, one piece for each record with data; bytes that the owner
// sends go in, and come out as bytes for the socket. No data is buffered inside: all that has come
// is decrypted at once (so when the owner does not read, the socket is not read), and what is
// encrypted is taken out at once. Only bytes that are sent before the handshake is over are held.
//
// OpenSSL keeps a queue of errors per thread and uses it to tell why a call failed. So the queue is
// cleared before each call: an entry of another connection would be taken for one of this.

internal import Networks

/// One connection's TLS.
@safe final class TLSLayer {
  /// What has come.
  enum News: Hashable {
    /// The handshake is over, and the peer is the right one.
    case opened
    /// The data of one record.
    case bytes([UInt8])
    /// The peer has ended its direction in order (close_notify). The other direction still works.
    case finished
    /// The connection is of no further use, and why.
    case failed(String)
  }

  /// The most data that a record may hold, in bytes (RFC 8446 section 5.1).
  static let recordBytesMax = 16_384

  private let context: TLSContext
  let pointer: OpaquePointer
  let input: OpaquePointer
  private let output: OpaquePointer
  /// The host that the peer's certificate must match; nil for a server.
  private let host: String?
  var library: TLSLibrary { context.library }

  /// Whether the handshake is over.
  private(set) var isOpen = false
  /// Whether bytes from the peer are no longer read.
  var isDeaf = false
  private var hasFinished = false
  /// Bytes sent before the handshake was over, and whether the end was sent after them.
  private var early: [[UInt8]] = []
  private var finishesEarly = false

  /// The client's side of a connection to `host`.
  convenience init(
    client context: TLSContext, host: String, session: TLSSession?
  ) throws(TLSError) {
    try self.init(context, host: host)
    let isAddress = unsafe library.setAddress(library.parameters(pointer), host) == 1
    if !isAddress {
      unsafe library.setHostFlags(pointer, Self.noPartialWildcards)
      var name = Array(host.utf8CString)
      let isNamed = unsafe name.withUnsafeMutableBytes {
        unsafe library.control(pointer, Self.setServerName, 0, $0.baseAddress) == 1
      }
      guard isNamed, unsafe library.setHost(pointer, host) == 1 else {
        throw TLSError("'\(host)' is not a host name that TLS takes")
      }
    }
    if let session { _ = unsafe library.setSession(pointer, session.pointer) }
    unsafe library.beClient(pointer)
  }

  /// The server's side of a connection.
  convenience init(server context: TLSContext) throws(TLSError) {
    try self.init(context, host: nil)
    unsafe library.beServer(pointer)
  }

  private init(_ context: TLSContext, host: String?) throws(TLSError) {
    let library = context.library
    library.clearErrors()
    guard let pointer = unsafe library.newConnection(context.pointer) else {
      throw TLSError("OpenSSL: \(TLSError.last(library, otherwise: "no connection"))")
    }
    guard let input = unsafe library.newBuffer(library.memoryBuffer()) else {
      unsafe library.freeConnection(pointer)
      throw TLSError("OpenSSL: no memory")
    }
    guard let output = unsafe library.newBuffer(library.memoryBuffer()) else {
      _ = unsafe library.freeBuffer(input)
      unsafe library.freeConnection(pointer)
      throw TLSError("OpenSSL: no memory")
    }
    self.context = context
    self.host = host
    unsafe (self.pointer, self.input, self.output) = unsafe (pointer, input, output)
    // Thousands of connections idle at the same time: their record buffers are freed meanwhile.
    _ = unsafe library.control(pointer, Self.setMode, Self.releasesBuffers, nil)
    // The connection owns its buffers from here on.
    unsafe library.setBuffers(pointer, input, output)
  }

  deinit { unsafe library.freeConnection(pointer) }

  /// How many bytes are held until the handshake is over.
  var heldCount: Int { early.reduce(0) { $0 + $1.count } }

  /// Whether this side's end has been sent, if it was requested.
  var hasSaidAll: Bool { !finishesEarly }

  /// What was negotiated; nil before the handshake is over.
  var facts: TLSFacts? {
    guard isOpen else { return nil }
    let version = unsafe library.version(pointer).map { unsafe String(cString: $0) }
    let cipher = unsafe library.cipherName(library.cipher(pointer)).map {
      unsafe String(cString: $0)
    }
    return TLSFacts(
      version: version ?? "", cipher: cipher ?? "",
      isResumed: unsafe library.wasResumed(pointer) == 1)
  }

  /// The session for another connection, when the peer has sent one.
  func session() -> TLSSession? {
    guard isOpen, let session = unsafe library.session(pointer) else { return nil }
    let taken = unsafe TLSSession(library, session)
    return unsafe library.isResumable(session) == 1 ? taken : nil
  }

  // MARK: The peer's bytes

  /// Begins the handshake.
  func start(_ scratch: inout [UInt8], into news: inout [News]) {
    advance(&scratch, into: &news)
  }

  /// Takes bytes of the socket. `scratch` is room for a record's data.
  func receive(_ bytes: ArraySlice<UInt8>, _ scratch: inout [UInt8], into news: inout [News]) {
    guard !isDeaf else { return }
    // In pieces, because the buffer never shrinks.
    var rest = bytes
    repeat {
      let piece = rest.prefix(Self.recordBytesMax)
      let taken = unsafe piece.withUnsafeBytes {
        unsafe library.writeBuffer(input, $0.baseAddress, Int32($0.count))
      }
      guard taken == piece.count else { return fail("OpenSSL: no memory", into: &news) }
      advance(&scratch, into: &news)
      rest = rest.dropFirst(piece.count)
    } while !rest.isEmpty && !isDeaf
  }

  private func advance(_ scratch: inout [UInt8], into news: inout [News]) {
    if !isOpen {
      library.clearErrors()
      let result = unsafe library.handshake(pointer)
      guard result == 1 else { return check(result, into: &news) }
      isOpen = true
      news.append(.opened)
      for bytes in early { send(bytes) }
      early = []
      if finishesEarly { finish() }
    }
    while !isDeaf {
      library.clearErrors()
      let count = unsafe scratch.withUnsafeMutableBytes {
        unsafe library.read(pointer, $0.baseAddress, Int32($0.count))
      }
      guard count > 0 else { return check(count, into: &news) }
      news.append(.bytes(Array(scratch[..<Int(count)])))
    }
  }

  /// Handles the result of a call that has not succeeded.
  private func check(_ result: Int32, into news: inout [News]) {
    switch unsafe library.error(pointer, result) {
    case Self.wantsRead, Self.wantsWrite: return
    case Self.zeroReturn:
      isDeaf = true
      news.append(.finished)
    default:
      let verdict = unsafe library.verifyResult(pointer)
      if !isOpen, let host, verdict != 0 {
        fail(TLSError.certificate(verdict, host: host, library), into: &news)
      } else {
        fail(TLSError.last(library, otherwise: "the connection broke"), into: &news)
      }
    }
  }

  private func fail(_ reason: String, into news: inout [News]) {
    isDeaf = true
    hasFinished = true
    early = []
    finishesEarly = false
    news.append(.failed(reason))
  }

  // MARK: The owner's bytes

  /// Sends bytes in records of the largest size; false when the connection has failed.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    guard !bytes.isEmpty, !hasFinished else { return bytes.isEmpty }
    guard isOpen else {
      early.append(bytes)
      return true
    }
    library.clearErrors()
    let sent = unsafe bytes.withUnsafeBytes {
      unsafe library.write(pointer, $0.baseAddress, Int32(clamping: $0.count))
    }
    return sent == bytes.count
  }

  /// Ends this side's direction in order (close_notify).
  func finish() {
    guard !hasFinished else { return }
    finishesEarly = !isOpen
    guard isOpen else { return }
    hasFinished = true
    library.clearErrors()
    _ = unsafe library.shutdown(pointer)
  }

  /// Ends this side without `close_notify` (for servers that are wrong on purpose).
  func endSilently() {
    hasFinished = true
    finishesEarly = false
  }

  /// Whether there are bytes for the socket.
  var hasOutput: Bool { unsafe library.controlBuffer(output, Self.pending, 0, nil) > 0 }

  /// Appends the bytes that must go to the socket.
  func takeOutput(into bytes: inout [UInt8]) {
    let count = unsafe library.controlBuffer(output, Self.pending, 0, nil)
    guard count > 0 else { return }
    let taken = unsafe [UInt8](unsafeUninitializedCapacity: count) { space, filled in
      let read = unsafe library.readBuffer(output, space.baseAddress, Int32(clamping: count))
      filled = max(Int(read), 0)
    }
    if bytes.isEmpty { bytes = taken } else { bytes += taken }
  }

  // Constants of the headers openssl/ssl.h, tls1.h, bio.h and x509v3.h.
  private static let (wantsRead, wantsWrite, zeroReturn): (Int32, Int32, Int32) = (2, 3, 6)
  private static let setServerName: Int32 = 55
  private static let setMode: Int32 = 33
  private static let releasesBuffers = 0x10
  private static let pending: Int32 = 10
  private static let noPartialWildcards: UInt32 = 4
}
