// How this program meets https upstreams. The values come from options and the environment, which the
// command reads; where they say nothing, OpenSSL's own places hold (they heed SSL_CERT_FILE and
// SSL_CERT_DIR).

/// Whom a client trusts, and which way it goes.
package struct TLSSettings: Hashable, Sendable {
  /// Certificates in PEM that are trusted beside the system's; nil for none.
  package var trusted: [UInt8]?
  /// Whether certificates are not checked. For targets on this machine only.
  package var trustsAnyone = false
  /// Which way connections go.
  package var proxies = OutwardProxies()

  /// Trusts whom the system trusts, and goes the direct way.
  package init() {}

  /// Makes sure that connections can be made so: OpenSSL is there, and the certificates are some.
  package func check() throws(TLSError) { _ = try TLSContext.client(self) }
}
