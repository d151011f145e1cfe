// How this program connects to https upstreams. The values come from options and the environment,
// which the command reads; where they are not set, OpenSSL's defaults apply (including
// SSL_CERT_FILE and SSL_CERT_DIR).

/// Whom a client trusts, and how it connects.
package struct TLSSettings: Hashable, Sendable {
  /// Trusted certificates in PEM, in addition to the system's; nil for none.
  package var trusted: [UInt8]?
  /// Whether certificates are not checked. Only for targets on this machine.
  package var trustsAnyone = false
  /// The proxies that connections go through.
  package var proxies = OutwardProxies()

  /// Trusts the system's certificates, and connects directly.
  package init() {}

  /// Checks that such connections are possible: OpenSSL is there, and the certificates can be read.
  package func check() throws(TLSError) { _ = try TLSContext.client(self) }
}
