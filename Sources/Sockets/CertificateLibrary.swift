// The functions of libcrypto that make certificates. They are loaded when the first certificate is
// made, which only servers do.

/// The functions of libcrypto that make keys and certificates.
@safe struct CertificateLibrary: Sendable {
  typealias Pointer = OpaquePointer?
  typealias Text = UnsafePointer<CChar>?
  typealias Space = UnsafeMutableRawPointer?

  let newKeyContext: @Sendable @convention(c) (Int32, Pointer) -> Pointer
  let freeKeyContext: @Sendable @convention(c) (Pointer) -> Void
  let beginKey: @Sendable @convention(c) (Pointer) -> Int32
  let setCurve: @Sendable @convention(c) (Pointer, Int32) -> Int32
  let makeKey: @Sendable @convention(c) (Pointer, UnsafeMutablePointer<Pointer>?) -> Int32
  let freeKey: @Sendable @convention(c) (Pointer) -> Void
  let newCertificate: @Sendable @convention(c) () -> Pointer
  let freeCertificate: @Sendable @convention(c) (Pointer) -> Void
  let setVersion: @Sendable @convention(c) (Pointer, Int) -> Int32
  let serial: @Sendable @convention(c) (Pointer) -> Pointer
  let setNumber: @Sendable @convention(c) (Pointer, Int) -> Int32
  let start: @Sendable @convention(c) (Pointer) -> Pointer
  let end: @Sendable @convention(c) (Pointer) -> Pointer
  let setTime: @Sendable @convention(c) (Pointer, Int) -> Pointer
  let setKey: @Sendable @convention(c) (Pointer, Pointer) -> Int32
  let subject: @Sendable @convention(c) (Pointer) -> Pointer
  let setIssuer: @Sendable @convention(c) (Pointer, Pointer) -> Int32
  let addName: @Sendable @convention(c) (Pointer, Text, Int32, Text, Int32, Int32, Int32) -> Int32
  let setExtensionContext:
    @Sendable @convention(c) (Space, Pointer, Pointer, Pointer, Pointer, Int32) -> Void
  let newExtension: @Sendable @convention(c) (Pointer, Space, Int32, Text) -> Pointer
  let addExtension: @Sendable @convention(c) (Pointer, Pointer, Int32) -> Int32
  let freeExtension: @Sendable @convention(c) (Pointer) -> Void
  let digest: @Sendable @convention(c) () -> Pointer
  let sign: @Sendable @convention(c) (Pointer, Pointer, Pointer) -> Int32
  let writeText: @Sendable @convention(c) (Pointer, Pointer) -> Int32

  /// The library, or why it is not available; loaded at the first call.
  static func opened() throws(TLSError) -> CertificateLibrary { try shared.get() }

  private static let shared = Result<CertificateLibrary, TLSError> { () throws(TLSError) in
    try CertificateLibrary(TLSFile.crypto.opened())
  }

  private init(_ crypto: TLSFile.Handle) throws(TLSError) {
    unsafe newKeyContext = try unsafe crypto.function("EVP_PKEY_CTX_new_id")
    unsafe freeKeyContext = try unsafe crypto.function("EVP_PKEY_CTX_free")
    unsafe beginKey = try unsafe crypto.function("EVP_PKEY_keygen_init")
    unsafe setCurve = try unsafe crypto.function("EVP_PKEY_CTX_set_ec_paramgen_curve_nid")
    unsafe makeKey = try unsafe crypto.function("EVP_PKEY_keygen")
    unsafe freeKey = try unsafe crypto.function("EVP_PKEY_free")
    unsafe newCertificate = try unsafe crypto.function("X509_new")
    unsafe freeCertificate = try unsafe crypto.function("X509_free")
    unsafe setVersion = try unsafe crypto.function("X509_set_version")
    unsafe serial = try unsafe crypto.function("X509_get_serialNumber")
    unsafe setNumber = try unsafe crypto.function("ASN1_INTEGER_set")
    unsafe start = try unsafe crypto.function("X509_getm_notBefore")
    unsafe end = try unsafe crypto.function("X509_getm_notAfter")
    unsafe setTime = try unsafe crypto.function("X509_gmtime_adj")
    unsafe setKey = try unsafe crypto.function("X509_set_pubkey")
    unsafe subject = try unsafe crypto.function("X509_get_subject_name")
    unsafe setIssuer = try unsafe crypto.function("X509_set_issuer_name")
    unsafe addName = try unsafe crypto.function("X509_NAME_add_entry_by_txt")
    unsafe setExtensionContext = try unsafe crypto.function("X509V3_set_ctx")
    unsafe newExtension = try unsafe crypto.function("X509V3_EXT_conf_nid")
    unsafe addExtension = try unsafe crypto.function("X509_add_ext")
    unsafe freeExtension = try unsafe crypto.function("X509_EXTENSION_free")
    unsafe digest = try unsafe crypto.function("EVP_sha256")
    unsafe sign = try unsafe crypto.function("X509_sign")
    unsafe writeText = try unsafe crypto.function("PEM_write_bio_X509")
  }
}
