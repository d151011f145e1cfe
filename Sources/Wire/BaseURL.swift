// Where an upstream is: the part of a URL that a client is configured with.

/// An absolute `http` or `https` URL without query and fragment (RFC 9110 section 4.2).
package struct BaseURL: Hashable, Sendable, CustomStringConvertible {
  package enum Scheme: String, Hashable, Sendable { case http, https }

  /// The scheme, which decides about TLS and the default port.
  package var scheme: Scheme
  /// A host name or an address; an IPv6 address is written without its brackets.
  package var host: String
  /// 1 to 65535; the scheme's default where the URL names none.
  package var port: Int
  /// The path without a slash at its end: empty, or beginning with a slash.
  package var path: String

  package init(scheme: Scheme, host: String, port: Int, path: String = "") {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.path = path
  }

  /// Reads `http://host:port/path`; nil for anything else: another scheme, user information, a query,
  /// a fragment, an empty host, a port that is not a number from 1 to 65535.
  package init?(_ text: String) {
    guard let colon = text.firstRange(of: "://"),
      let scheme = Scheme(rawValue: text[..<colon.lowerBound].lowercased())
    else { return nil }
    let rest = text[colon.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let path = rest[slash...]
    guard path.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != 0x3F && $0 != 0x23 }),
      let (host, port) = Self.hostAndPort(rest[..<slash]), port != 0
    else { return nil }
    self.scheme = scheme
    self.host = host
    self.port = port ?? (scheme == .http ? 80 : 443)
    self.path = String(path.trimmingSlashes)
  }

  /// Reads `host`, `host:port` or `[address]:port`; the port is 0 to 65535.
  package static func hostAndPort(_ text: Substring) -> (host: String, port: Int?)? {
    var host = text
    var port: Int?
    if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
      let digits = text[text.index(after: colon)...]
      guard let number = wireNumber(digits.utf8), digits.utf8.count <= 5, number <= 65535
      else { return nil }
      port = number
      host = text[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      // RFC 3986 section 3.2.2: only an IPv6 address stands in brackets.
      let isAddress = host.utf8.allSatisfy { "0123456789abcdefABCDEF:.".utf8.contains($0) }
      guard host.contains(":"), isAddress else { return nil }
    } else if host.contains(":") {
      return nil
    }
    let legal = host.utf8.allSatisfy { 0x21...0x7E ~= $0 && !"@/?#[]\\".utf8.contains($0) }
    guard !host.isEmpty, legal else { return nil }
    return (String(host), port)
  }

  /// The value for a Host field: the port is left out where it is the scheme's default.
  package var authority: String {
    let shown = host.contains(":") ? "[\(host)]" : host
    return port == (scheme == .http ? 80 : 443) ? shown : "\(shown):\(port)"
  }

  package var description: String { "\(scheme)://\(authority)\(path)" }
}

extension Substring {
  fileprivate var trimmingSlashes: Substring {
    var rest = self
    while rest.hasSuffix("/") { rest = rest.dropLast() }
    return rest
  }
}
