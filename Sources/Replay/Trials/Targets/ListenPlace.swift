// Where a server listens. Unless told, that is this machine alone and a port that is free.

internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
package import Terminal
internal import Wire

/// An address to listen on.
package struct ListenPlace: Hashable, Sendable {
  /// A name or an address; an IPv6 address stands without its brackets.
  package var host = "127.0.0.1"
  /// 0 lets the system choose.
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

  /// The port number that `text` stands for: digits only, 0 to 65535.
  package static func port(_ text: String) -> Int? {
    text.utf8.count > 5 ? nil : wholeNumber(text).flatMap { $0 <= 65535 ? $0 : nil }
  }

  /// The URL of a server that listens here, with the port that it really got.
  package func url(port: Int, path: String, isSecure: Bool = false) -> String {
    BaseURL(scheme: isSecure ? .https : .http, host: host, port: port, path: path).description
  }
}

extension Arguments {
  /// Takes `--listen`; nil when it is not there.
  package mutating func listenPlace() throws -> ListenPlace? {
    guard let text = try option("--listen") else { return nil }
    guard let place = ListenPlace(text) else {
      throw UsageError("--listen takes HOST:PORT, such as 127.0.0.1:9000, not '\(text)'")
    }
    return place
  }
}
