// Who a server is: the user's certificate with its key, or a certificate made in memory for this
// machine's names, signed by a CA that clients can be told to trust.

/// A server's certificate.
@safe package final class TLSIdentity {
  let context: TLSContext
  /// The CA to trust, in PEM, when the certificate was made here.
  package let authority: String?

  /// Throws when OpenSSL is missing; the error tells what to install.
  package static func expectLibrary() throws(TLSError) { _ = try TLSLibrary.opened() }

  /// Makes a certificate for `localhost`, 127.0.0.1, ::1, and the host that the server listens on.
  package static func made(for host: String = "localhost") throws(TLSError) -> TLSIdentity {
    let authority = try MadeCertificate("replay mock CA", for: .authority)
    var names = "DNS:localhost,IP:127.0.0.1,IP:::1"
    if host != "localhost", host != "127.0.0.1", host != "::1", isPlain(host) {
      names += Self.isAddress(host) ? ",IP:\(host)" : ",DNS:\(host)"
    }
    let server = try MadeCertificate("localhost", for: .server(names: names), by: authority)
    return try TLSIdentity(server, authority: try authority.text())
  }

  /// Uses a certificate and its key from memory.
  init(_ made: MadeCertificate, authority: String?) throws(TLSError) {
    context = try Self.context()
    self.authority = authority
    let library = context.library
    library.clearErrors()
    guard unsafe library.useCertificate(context.pointer, made.certificate) == 1,
      unsafe library.useKey(context.pointer, made.key) == 1
    else { throw TLSError("OpenSSL: \(TLSError.last(library, otherwise: "no certificate"))") }
  }

  /// Reads a certificate (followed by its chain) and its key from PEM files.
  package init(certificateFile: String, keyFile: String) throws(TLSError) {
    context = try Self.context()
    authority = nil
    let library = context.library
    library.clearErrors()
    guard unsafe library.useChainFile(context.pointer, certificateFile) == 1 else {
      throw TLSError(
        "no certificate in \(certificateFile): \(TLSError.last(library, otherwise: "not PEM"))")
    }
    guard unsafe library.useKeyFile(context.pointer, keyFile, 1) == 1 else {
      throw TLSError("no key in \(keyFile): \(TLSError.last(library, otherwise: "not PEM"))")
    }
    guard unsafe library.checkKey(context.pointer) == 1 else {
      throw TLSError("the key in \(keyFile) is not that of the certificate in \(certificateFile)")
    }
  }

  private static func context() throws(TLSError) -> TLSContext {
    let library = try TLSLibrary.opened()
    let context = try unsafe TLSContext(library, library.serverMethod())
    unsafe library.setChoice(context.pointer, chooseHTTP, nil)
    return context
  }

  /// Whether a host can be written into a certificate's names without escapes.
  private static func isPlain(_ host: String) -> Bool {
    host.utf8.allSatisfy {
      0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || "-.:".utf8.contains($0)
    }
  }

  private static func isAddress(_ host: String) -> Bool {
    host.contains(":") || isDottedQuad(host)
  }
}

/// Chooses `http/1.1` when a client offers it; any other offer is answered without a choice (RFC
/// 7301 section 3.2), since HTTP/1.1 is the default.
private let chooseHTTP: TLSLibrary.OfferChoice = { _, chosen, length, offers, count, _ in
  let wanted = Array("http/1.1".utf8)
  guard let offers = unsafe offers else { return 3 }
  let list = unsafe UnsafeBufferPointer(start: offers, count: Int(count))
  var start = 0
  while start < list.count {
    let end = unsafe start + 1 + Int(list[start])
    guard end <= list.count else { return 3 }
    if unsafe list[(start + 1)..<end].elementsEqual(wanted) {
      unsafe chosen?.pointee = offers + start + 1
      unsafe length?.pointee = list[start]
      return 0
    }
    start = end
  }
  return 3
}
