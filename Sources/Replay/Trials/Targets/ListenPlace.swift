// Where a server listens: by default on this machine only and on a free port.

internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
package import Terminal
internal import Wire

/// An address to listen on.
package struct ListenPlace: Hashable, Sendable {
  /// A name or an address; an IPv6 address is written without its brackets.
  package var host = "127.0.0.1"
  /// 0 to 65535; 0 lets the system choose.
  package var port = 0

  package init() {}

  /// Reads `HOST:PORT`, `[ADDRESS]:PORT` or `PORT`; nil for anything else.
  package init?(_ text: String) {
    guard let (host, port) = BaseURL.hostAndPort(text[...]) else { return nil }
    if let port {
      self.host = host
      self.port = port
    } else {
      guard let port = Self.port(text) else { return nil }
      self.port = port
    }
  }

  /// The port number in `text`: only digits, 0 to 65535.
  package static func port(_ text: String) -> Int? {
    text.utf8.count > 5 ? nil : wholeNumber(text).flatMap { $0 <= 65535 ? $0 : nil }
  }

  /// The URL of a server that listens here, with its real port.
  package func url(port: Int, path: String, isSecure: Bool = false) -> String {
    BaseURL(scheme: isSecure ? .https : .http, host: host, port: port, path: path).description
  }
}

extension Arguments {
  /// Takes `--listen`; nil when it is not given.
  package mutating func listenPlace() throws -> ListenPlace? {
    guard let text = try option("--listen") else { return nil }
    guard let place = ListenPlace(text) else {
      throw UsageError("--listen takes HOST:PORT, such as 127.0.0.1:9000, not '\(text)'")
    }
    return place
  }
}
