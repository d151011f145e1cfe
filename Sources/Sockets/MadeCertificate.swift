// Certificates made in memory, so that a mock can serve https without a file from the user: a CA of
// its own, and a certificate for this machine's names, signed by that CA. Keys never leave the
// process. The extensions are those that strict clients require (Python 3.13: key identifiers, key
// usage; RFC 5280 section 4.2).

/// A key with its certificate.
@safe final class MadeCertificate {
  /// What a certificate is for.
  enum Purpose: Hashable {
    /// To sign others.
    case authority
    /// To be a server under these names: `DNS:localhost,IP:::1`.
    case server(names: String)
  }

  private let library: CertificateLibrary
  let key: OpaquePointer
  let certificate: OpaquePointer

  /// How long a certificate is valid, in seconds, from one hour ago.
  private static let lifeTime = 30 * 86_400

  /// Makes a certificate with the common name `name`, signed by `issuer`, or self-signed.
  ///
  /// - Parameter age: How long ago its validity began, in seconds; more than `lifeTime` makes an
  ///   expired certificate.
  init(
    _ name: String, for purpose: Purpose, by issuer: MadeCertificate? = nil, age: Int = 3_600
  ) throws(TLSError) {
    let library = try CertificateLibrary.opened()
    let key = try unsafe Self.newKey(library)
    guard let certificate = unsafe library.newCertificate() else {
      unsafe library.freeKey(key)
      throw TLSError("OpenSSL: no memory for a certificate")
    }
    self.library = library
    unsafe (self.key, self.certificate) = unsafe (key, certificate)
    _ = unsafe library.setVersion(certificate, 2)
    let number = Int(UInt32.random(in: 1...UInt32(Int32.max)))
    _ = unsafe library.setNumber(library.serial(certificate), number)
    _ = unsafe library.setTime(library.start(certificate), -age)
    _ = unsafe library.setTime(library.end(certificate), Self.lifeTime - age)
    _ = unsafe library.setKey(certificate, key)
    let subject = unsafe library.subject(certificate)
    _ = unsafe library.addName(subject, "CN", Self.utf8, name, -1, -1, 0)
    let issuing = unsafe issuer?.certificate ?? certificate
    _ = unsafe library.setIssuer(certificate, library.subject(issuing))
    try unsafe add(purpose, issuing)
    guard unsafe library.sign(certificate, issuer?.key ?? key, library.digest()) > 0 else {
      throw TLSError("OpenSSL does not sign a certificate")
    }
  }

  deinit {
    unsafe library.freeCertificate(certificate)
    unsafe library.freeKey(key)
  }

  private static func newKey(_ library: CertificateLibrary) throws(TLSError) -> OpaquePointer {
    let context = unsafe library.newKeyContext(Self.ellipticCurve, nil)
    defer { unsafe library.freeKeyContext(context) }
    var key: OpaquePointer?
    guard unsafe library.beginKey(context) > 0, unsafe library.setCurve(context, Self.p256) > 0,
      unsafe library.makeKey(context, &key) > 0, let key = unsafe key
    else { throw TLSError("OpenSSL does not make a key") }
    return unsafe key
  }

  private func add(_ purpose: Purpose, _ issuing: OpaquePointer) throws(TLSError) {
    switch purpose {
    case .authority:
      try unsafe add(Self.basicConstraints, "critical,CA:TRUE", issuing)
      try unsafe add(Self.keyUsage, "critical,keyCertSign,cRLSign", issuing)
      try unsafe add(Self.subjectKey, "hash", issuing)
    case .server(let names):
      try unsafe add(Self.basicConstraints, "critical,CA:FALSE", issuing)
      try unsafe add(Self.keyUsage, "critical,digitalSignature", issuing)
      try unsafe add(Self.extendedUsage, "serverAuth", issuing)
      try unsafe add(Self.subjectKey, "hash", issuing)
      if unsafe issuing != certificate { try unsafe add(Self.authorityKey, "keyid", issuing) }
      try unsafe add(Self.alternativeName, names, issuing)
    }
  }

  private func add(_ kind: Int32, _ value: String, _ issuing: OpaquePointer) throws(TLSError) {
    // Room for an X509V3_CTX, which is eight words.
    var room = [UInt64](repeating: 0, count: 32)
    let made = unsafe room.withUnsafeMutableBytes { room in
      unsafe library.setExtensionContext(room.baseAddress, issuing, certificate, nil, nil, 0)
      return unsafe library.newExtension(nil, room.baseAddress, kind, value)
    }
    guard let made = unsafe made else {
      throw TLSError("OpenSSL refuses '\(value)' in a certificate")
    }
    _ = unsafe library.addExtension(certificate, made, -1)
    unsafe library.freeExtension(made)
  }

  /// The certificate in PEM.
  func text() throws(TLSError) -> String {
    let main = try TLSLibrary.opened()
    let buffer = unsafe main.newBuffer(main.memoryBuffer())
    defer { _ = unsafe main.freeBuffer(buffer) }
    guard unsafe library.writeText(buffer, certificate) == 1 else {
      throw TLSError("OpenSSL does not write a certificate")
    }
    var bytes = [UInt8](repeating: 0, count: 8_192)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe main.readBuffer(buffer, $0.baseAddress, Int32($0.count))
    }
    return String(decoding: bytes.prefix(max(Int(count), 0)), as: UTF8.self)
  }

  // Numbers of the headers openssl/evp.h, obj_mac.h and asn1.h.
  private static let (ellipticCurve, p256): (Int32, Int32) = (408, 415)
  private static let utf8: Int32 = 0x1000 | 1
  private static let (subjectKey, keyUsage, alternativeName): (Int32, Int32, Int32) = (82, 83, 85)
  private static let (basicConstraints, authorityKey): (Int32, Int32) = (87, 90)
  private static let extendedUsage: Int32 = 126
}
