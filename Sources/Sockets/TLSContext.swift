// What connections of one kind share: whom they trust, or who they are, and which versions they
// accept. TLS 1.2 is the oldest. There is no compression and no renegotiation, and an end of the
// stream without `close_notify` is never taken for an orderly one.

/// An OpenSSL context.
@safe final class TLSContext {
  let library: TLSLibrary
  let pointer: OpaquePointer

  /// A context for connections to upstreams.
  static func client(_ settings: TLSSettings) throws(TLSError) -> TLSContext {
    let library = try TLSLibrary.opened()
    let context = try unsafe TLSContext(library, library.clientMethod())
    unsafe library.setVerify(context.pointer, settings.trustsAnyone ? 0 : Self.verifyPeer, nil)
    _ = unsafe library.setDefaultTrust(context.pointer)
    if let text = settings.trusted { try context.trust(text) }
    let offer = Array("\u{8}http/1.1".utf8)
    _ = unsafe library.setOffers(context.pointer, offer, UInt32(offer.count))
    return context
  }

  init(_ library: TLSLibrary, _ method: OpaquePointer?) throws(TLSError) {
    library.clearErrors()
    guard let pointer = unsafe library.newContext(method) else {
      throw TLSError("OpenSSL: \(TLSError.last(library, otherwise: "no context"))")
    }
    self.library = library
    unsafe self.pointer = unsafe pointer
    _ = unsafe library.controlContext(pointer, Self.setLeastVersion, Self.version12, nil)
    _ = unsafe library.setOptions(pointer, Self.noRenegotiation | Self.noCompression)
    _ = unsafe library.controlContext(pointer, Self.setMode, Self.releaseBuffers, nil)
    // The network keeps the sessions, for each upstream.
    _ = unsafe library.controlContext(pointer, Self.setSessionCache, 0, nil)
  }

  deinit { unsafe library.freeContext(pointer) }

  /// Trusts the certificates in a PEM text.
  private func trust(_ text: [UInt8]) throws(TLSError) {
    let store = unsafe library.trustStore(pointer)
    var count = 0
    unsafe text.withUnsafeBytes { bytes in
      let buffer = unsafe library.textBuffer(bytes.baseAddress, Int32(clamping: bytes.count))
      defer { _ = unsafe library.freeBuffer(buffer) }
      while let certificate = unsafe library.readCertificate(buffer, nil, nil, nil) {
        count += unsafe library.addTrust(store, certificate) == 1 ? 1 : 0
        unsafe library.freeCertificate(certificate)
      }
    }
    guard count > 0 else { throw TLSError("--ca: the file holds no certificate in PEM") }
  }

  // Constants of the header openssl/ssl.h.
  private static let verifyPeer: Int32 = 1
  private static let setMode: Int32 = 33
  private static let releaseBuffers = 0x10
  private static let setSessionCache: Int32 = 44
  private static let setLeastVersion: Int32 = 123
  static let version12 = 0x0303
  static let noRenegotiation: UInt64 = 1 << 30
  private static let noCompression: UInt64 = 1 << 17
}

/// A session that a later connection to the same upstream may resume.
@safe final class TLSSession {
  private let library: TLSLibrary
  let pointer: OpaquePointer

  /// Takes ownership of `pointer`.
  init(_ library: TLSLibrary, _ pointer: OpaquePointer) {
    self.library = library
    unsafe self.pointer = unsafe pointer
  }

  deinit { unsafe library.freeSession(pointer) }
}
