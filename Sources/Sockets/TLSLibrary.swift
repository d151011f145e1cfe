// OpenSSL 3, opened at run time. The package can be built without its headers and libraries: the
// few functions in use are declared here by hand, with the types of their manual pages (all
// pointers to OpenSSL's own structures are opaque). The first https connection opens the library;
// if it is missing, everything else works, and https reports what to install.

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The functions of libssl and libcrypto that are used.
@safe struct TLSLibrary: Sendable {
  typealias Pointer = OpaquePointer?
  typealias Text = UnsafePointer<CChar>?
  typealias Bytes = UnsafeRawPointer?
  typealias Space = UnsafeMutableRawPointer?

  // Contexts.
  let clientMethod: @Sendable @convention(c) () -> Pointer
  let serverMethod: @Sendable @convention(c) () -> Pointer
  let newContext: @Sendable @convention(c) (Pointer) -> Pointer
  let freeContext: @Sendable @convention(c) (Pointer) -> Void
  let controlContext: @Sendable @convention(c) (Pointer, Int32, Int, Space) -> Int
  let setOptions: @Sendable @convention(c) (Pointer, UInt64) -> UInt64
  let setVerify: @Sendable @convention(c) (Pointer, Int32, Pointer) -> Void
  let setDefaultTrust: @Sendable @convention(c) (Pointer) -> Int32
  let trustStore: @Sendable @convention(c) (Pointer) -> Pointer
  let addTrust: @Sendable @convention(c) (Pointer, Pointer) -> Int32
  let setOffers: @Sendable @convention(c) (Pointer, Bytes, UInt32) -> Int32
  let setChoice: @Sendable @convention(c) (Pointer, OfferChoice, Space) -> Void
  let useChainFile: @Sendable @convention(c) (Pointer, Text) -> Int32
  let useKeyFile: @Sendable @convention(c) (Pointer, Text, Int32) -> Int32
  let useCertificate: @Sendable @convention(c) (Pointer, Pointer) -> Int32
  let useKey: @Sendable @convention(c) (Pointer, Pointer) -> Int32
  let checkKey: @Sendable @convention(c) (Pointer) -> Int32

  /// Chooses among the protocols that a client offers (ALPN).
  typealias OfferChoice =
    @convention(c) (
      Pointer, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
      UnsafePointer<UInt8>?, UInt32, Space
    ) -> Int32

  // Connections.
  let newConnection: @Sendable @convention(c) (Pointer) -> Pointer
  let freeConnection: @Sendable @convention(c) (Pointer) -> Void
  let beClient: @Sendable @convention(c) (Pointer) -> Void
  let beServer: @Sendable @convention(c) (Pointer) -> Void
  let setBuffers: @Sendable @convention(c) (Pointer, Pointer, Pointer) -> Void
  let handshake: @Sendable @convention(c) (Pointer) -> Int32
  let read: @Sendable @convention(c) (Pointer, Space, Int32) -> Int32
  let write: @Sendable @convention(c) (Pointer, Bytes, Int32) -> Int32
  let shutdown: @Sendable @convention(c) (Pointer) -> Int32
  let error: @Sendable @convention(c) (Pointer, Int32) -> Int32
  let control: @Sendable @convention(c) (Pointer, Int32, Int, Space) -> Int
  let setHost: @Sendable @convention(c) (Pointer, Text) -> Int32
  let setHostFlags: @Sendable @convention(c) (Pointer, UInt32) -> Void
  let parameters: @Sendable @convention(c) (Pointer) -> Pointer
  let setAddress: @Sendable @convention(c) (Pointer, Text) -> Int32
  let verifyResult: @Sendable @convention(c) (Pointer) -> Int
  let version: @Sendable @convention(c) (Pointer) -> Text
  let cipher: @Sendable @convention(c) (Pointer) -> Pointer
  let cipherName: @Sendable @convention(c) (Pointer) -> Text
  let updateKey: @Sendable @convention(c) (Pointer, Int32) -> Int32
  let renegotiate: @Sendable @convention(c) (Pointer) -> Int32
  let clearOptions: @Sendable @convention(c) (Pointer, UInt64) -> UInt64

  // Sessions.
  let session: @Sendable @convention(c) (Pointer) -> Pointer
  let setSession: @Sendable @convention(c) (Pointer, Pointer) -> Int32
  let isResumable: @Sendable @convention(c) (Pointer) -> Int32
  let freeSession: @Sendable @convention(c) (Pointer) -> Void
  let wasResumed: @Sendable @convention(c) (Pointer) -> Int32

  // Buffers and errors.
  let memoryBuffer: @Sendable @convention(c) () -> Pointer
  let newBuffer: @Sendable @convention(c) (Pointer) -> Pointer
  let textBuffer: @Sendable @convention(c) (Bytes, Int32) -> Pointer
  let readCertificate: @Sendable @convention(c) (Pointer, Pointer, Pointer, Pointer) -> Pointer
  let freeCertificate: @Sendable @convention(c) (Pointer) -> Void
  let freeBuffer: @Sendable @convention(c) (Pointer) -> Int32
  let readBuffer: @Sendable @convention(c) (Pointer, Space, Int32) -> Int32
  let writeBuffer: @Sendable @convention(c) (Pointer, Bytes, Int32) -> Int32
  let controlBuffer: @Sendable @convention(c) (Pointer, Int32, Int, Space) -> Int
  let clearErrors: @Sendable @convention(c) () -> Void
  let lastError: @Sendable @convention(c) () -> UInt
  let reason: @Sendable @convention(c) (UInt) -> Text
  let verifyReason: @Sendable @convention(c) (Int) -> Text

  /// The library, or why it is not available; opened at the first call.
  static func opened() throws(TLSError) -> TLSLibrary { try shared.get() }

  private static let shared = Result<TLSLibrary, TLSError> { () throws(TLSError) in
    try TLSLibrary(TLSFile.crypto.opened(), TLSFile.ssl.opened())
  }

  private init(_ crypto: TLSFile.Handle, _ ssl: TLSFile.Handle) throws(TLSError) {
    unsafe clientMethod = try unsafe ssl.function("TLS_client_method")
    unsafe serverMethod = try unsafe ssl.function("TLS_server_method")
    unsafe newContext = try unsafe ssl.function("SSL_CTX_new")
    unsafe freeContext = try unsafe ssl.function("SSL_CTX_free")
    unsafe controlContext = try unsafe ssl.function("SSL_CTX_ctrl")
    unsafe setOptions = try unsafe ssl.function("SSL_CTX_set_options")
    unsafe setVerify = try unsafe ssl.function("SSL_CTX_set_verify")
    unsafe setDefaultTrust = try unsafe ssl.function("SSL_CTX_set_default_verify_paths")
    unsafe trustStore = try unsafe ssl.function("SSL_CTX_get_cert_store")
    unsafe addTrust = try unsafe crypto.function("X509_STORE_add_cert")
    unsafe setOffers = try unsafe ssl.function("SSL_CTX_set_alpn_protos")
    unsafe setChoice = try unsafe ssl.function("SSL_CTX_set_alpn_select_cb")
    unsafe useChainFile = try unsafe ssl.function("SSL_CTX_use_certificate_chain_file")
    unsafe useKeyFile = try unsafe ssl.function("SSL_CTX_use_PrivateKey_file")
    unsafe useCertificate = try unsafe ssl.function("SSL_CTX_use_certificate")
    unsafe useKey = try unsafe ssl.function("SSL_CTX_use_PrivateKey")
    unsafe checkKey = try unsafe ssl.function("SSL_CTX_check_private_key")
    unsafe newConnection = try unsafe ssl.function("SSL_new")
    unsafe freeConnection = try unsafe ssl.function("SSL_free")
    unsafe beClient = try unsafe ssl.function("SSL_set_connect_state")
    unsafe beServer = try unsafe ssl.function("SSL_set_accept_state")
    unsafe setBuffers = try unsafe ssl.function("SSL_set_bio")
    unsafe handshake = try unsafe ssl.function("SSL_do_handshake")
    unsafe read = try unsafe ssl.function("SSL_read")
    unsafe write = try unsafe ssl.function("SSL_write")
    unsafe shutdown = try unsafe ssl.function("SSL_shutdown")
    unsafe error = try unsafe ssl.function("SSL_get_error")
    unsafe control = try unsafe ssl.function("SSL_ctrl")
    unsafe setHost = try unsafe ssl.function("SSL_set1_host")
    unsafe setHostFlags = try unsafe ssl.function("SSL_set_hostflags")
    unsafe parameters = try unsafe ssl.function("SSL_get0_param")
    unsafe setAddress = try unsafe crypto.function("X509_VERIFY_PARAM_set1_ip_asc")
    unsafe verifyResult = try unsafe ssl.function("SSL_get_verify_result")
    unsafe version = try unsafe ssl.function("SSL_get_version")
    unsafe cipher = try unsafe ssl.function("SSL_get_current_cipher")
    unsafe cipherName = try unsafe ssl.function("SSL_CIPHER_get_name")
    unsafe updateKey = try unsafe ssl.function("SSL_key_update")
    unsafe renegotiate = try unsafe ssl.function("SSL_renegotiate")
    unsafe clearOptions = try unsafe ssl.function("SSL_clear_options")
    unsafe session = try unsafe ssl.function("SSL_get1_session")
    unsafe setSession = try unsafe ssl.function("SSL_set_session")
    unsafe isResumable = try unsafe ssl.function("SSL_SESSION_is_resumable")
    unsafe freeSession = try unsafe ssl.function("SSL_SESSION_free")
    unsafe wasResumed = try unsafe ssl.function("SSL_session_reused")
    unsafe memoryBuffer = try unsafe crypto.function("BIO_s_mem")
    unsafe newBuffer = try unsafe crypto.function("BIO_new")
    unsafe textBuffer = try unsafe crypto.function("BIO_new_mem_buf")
    unsafe readCertificate = try unsafe crypto.function("PEM_read_bio_X509")
    unsafe freeCertificate = try unsafe crypto.function("X509_free")
    unsafe freeBuffer = try unsafe crypto.function("BIO_free")
    unsafe readBuffer = try unsafe crypto.function("BIO_read")
    unsafe writeBuffer = try unsafe crypto.function("BIO_write")
    unsafe controlBuffer = try unsafe crypto.function("BIO_ctrl")
    clearErrors = try crypto.function("ERR_clear_error")
    lastError = try crypto.function("ERR_peek_last_error")
    unsafe reason = try unsafe crypto.function("ERR_reason_error_string")
    unsafe verifyReason = try unsafe crypto.function("X509_verify_cert_error_string")
  }
}
