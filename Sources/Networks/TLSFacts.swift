// What two ends of a connection over TLS have agreed on.

/// What a TLS connection has agreed on.
package struct TLSFacts: Hashable, Sendable {
  /// `TLSv1.3`
  package var version: String
  /// The name of the cipher suite, as IANA or OpenSSL spells it.
  package var cipher: String
  /// Whether a session of an earlier connection was gone on with.
  package var isResumed: Bool

  package init(version: String, cipher: String, isResumed: Bool = false) {
    self.version = version
    self.cipher = cipher
    self.isResumed = isResumed
  }
}
