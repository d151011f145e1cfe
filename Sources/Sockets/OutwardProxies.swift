// The way out through an HTTP proxy, given by the variables https_proxy, all_proxy and no_proxy
// with curl's rules, which most programs follow. The tunnel is requested by CONNECT (RFC 9110
// section 9.3.6).

internal import Wire

/// Which proxy https connections go through.
package struct OutwardProxies: Hashable, Sendable {
  /// The proxy; nil for direct connections.
  private var proxy: BaseURL?
  /// The value of `Proxy-Authorization`; nil when the proxy's URL has no user.
  private var authorization: String?
  /// Hosts that are reached directly: a host, a domain, or `*`.
  private var exceptions: [String] = []

  /// Direct connections.
  package init() {}

  /// Reads the variables. When a name is set in lower and in upper case, the lower-case one counts.
  ///
  /// - Throws: `TLSError` for a proxy that is not an `http://` URL.
  package init(environment: [String: String]) throws(TLSError) {
    func variable(_ name: String) -> String? {
      [name, name.uppercased()].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }
    exceptions = (variable("no_proxy") ?? "").split { $0 == "," || $0 == " " }.map {
      $0.lowercased()
    }
    guard let text = variable("https_proxy") ?? variable("all_proxy") else { return }
    var rest = text[...]
    if let scheme = text.firstRange(of: "://") {
      // The URL may hold a password, so it is not shown.
      guard text[..<scheme.lowerBound].lowercased() == "http" else {
        throw TLSError("https_proxy: only proxies of the kind http://HOST:PORT are known")
      }
      rest = text[scheme.upperBound...]
    }
    if let end = rest.lastIndex(of: "@") {
      authorization = base64(unescaped(rest[..<end]))
      rest = rest[rest.index(after: end)...]
    }
    rest = rest.prefix { $0 != "/" }
    guard let (host, port) = BaseURL.hostAndPort(rest), !host.isEmpty else {
      throw TLSError("https_proxy is not a URL such as http://proxy.example:3128")
    }
    proxy = BaseURL(scheme: .http, host: host, port: port ?? 1080, path: "")
  }

  /// The proxy on the way to a host; nil for a direct connection.
  func proxy(for host: String) -> BaseURL? {
    let host = host.lowercased()
    let isException = exceptions.contains { exception in
      var name = exception[...]
      while name.hasPrefix(".") { name = name.dropFirst() }
      return exception == "*" || host == name || (!name.isEmpty && host.hasSuffix("." + name))
    }
    return isException ? nil : proxy
  }

  /// The request for a tunnel to `place`.
  func tunnelRequest(to place: BaseURL) -> [UInt8] {
    let authority = "\(shown(place.host)):\(place.port)"
    var lines = "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n"
    if let authorization { lines += "Proxy-Authorization: Basic \(authorization)\r\n" }
    return Array((lines + "\r\n").utf8)
  }
}

/// A user and password from a URL, percent-decoded (RFC 3986 section 2.1).
private func unescaped(_ text: Substring) -> [UInt8] {
  var bytes: [UInt8] = []
  var rest = text.utf8[...]
  while let byte = rest.popFirst() {
    let digits = rest.prefix(2)
    if byte == UInt8(ascii: "%"), digits.count == 2,
      let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    {
      bytes.append(value)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return bytes
}

/// Base64 (RFC 4648 section 4).
private func base64(_ bytes: [UInt8]) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  var text = ""
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    var value = group.reduce(0) { $0 << 8 | Int($1) }
    value <<= 8 * (3 - group.count)
    for place in 0..<4 {
      text.append(place <= group.count ? letters[value >> (18 - 6 * place) & 63] : "=")
    }
  }
  return text
}
