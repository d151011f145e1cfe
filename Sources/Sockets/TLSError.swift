// Why a connection is not secure, in words for a person: which certificate was refused and why, or
// which version is too old. OpenSSL's own text is used when there is no better one.

/// Why a connection, or a whole program, has no TLS.
package struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
  package private(set) var description: String

  init(_ description: String) { self.description = description }

  /// What to do when OpenSSL is missing.
  static let advice =
    "install it (Debian, Ubuntu: libssl3; Fedora: openssl-libs; Alpine: libssl3; "
    + "macOS: brew install openssl@3)"

  /// The codes of X509_verify_cert_error_string(3) that are common.
  private static let certificates: [Int: String] = [
    9: "the certificate is not valid yet; is the clock of this machine right?",
    10: "the certificate has expired",
    18: "the certificate is self-signed, and not trusted here; --ca FILE trusts it",
    19: "the certificate's chain ends with a CA that is not trusted here; --ca FILE trusts it",
    20: "the certificate is by an unknown CA; --ca FILE trusts one",
    21: "the certificate is by an unknown CA; --ca FILE trusts one",
  ]

  /// Why a certificate was refused; `code` is the library's, `host` the requested host.
  static func certificate(_ code: Int, host: String, _ library: TLSLibrary) -> String {
    switch code {
    case 62, 64: return "the certificate is for another host than \(host)"
    default:
      if let known = certificates[code] { return known }
      let words = unsafe library.verifyReason(code).map { unsafe String(cString: $0) }
      return "the certificate is refused: \(words ?? "error \(code)")"
    }
  }

  /// The last entry of the error queue, in words; `otherwise` when it is empty.
  static func last(_ library: TLSLibrary, otherwise: String) -> String {
    let code = library.lastError()
    guard code != 0 else { return otherwise }
    let text = unsafe library.reason(code).map { unsafe String(cString: $0) }
    switch text {
    case "unsupported protocol", "tlsv1 alert protocol version", "wrong ssl version":
      return "it does not speak TLS 1.2 or newer"
    case "wrong version number", "http request", "packet length too long":
      return "it does not speak TLS (is it plain http?)"
    case "tlsv1 alert unknown ca":
      return "it does not trust this side's certificate (alert unknown CA)"
    case let text?: return text
    case nil: return "error \(String(code, radix: 16)) of OpenSSL"
    }
  }
}
