// What the two ends of a TLS connection have negotiated.

/// What a TLS connection has negotiated.
package struct TLSFacts: Hashable, Sendable {
  /// The version, such as `TLSv1.3`.
  package var version: String
  /// The name of the cipher suite, in the spelling of IANA or of OpenSSL.
  package var cipher: String
  /// Whether it resumed the session of an earlier connection.
  package var isResumed: Bool

  package init(version: String, cipher: String, isResumed: Bool = false) {
    self.version = version
    self.cipher = cipher
    self.isResumed = isResumed
  }
}
