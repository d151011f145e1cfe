// One refresh of a token: the request to the token endpoint and its answer (RFC 6749 section 6), as
// a value without I/O. It is sent once: an endpoint that has issued new tokens may refuse the old
// one from then on, so a second try could only do harm.

internal import Foundation
package import Wire

/// The exchange with a token endpoint over a connection of its own.
package struct TokenRefresh: Hashable, Sendable {
  /// What can happen.
  package enum Input: Hashable, Sendable {
    case connected
    case refused
    case bytes([UInt8])
    case closed(Closing)
    /// The time of `deadline` has come.
    case deadline
  }

  /// What to do, in order; after `tokens` and `failed` the connection must be closed.
  package enum Output: Hashable, Sendable {
    case send([UInt8])
    case tokens(Tokens)
    /// No tokens came; the reason is not secret.
    case failed(String)
  }

  private enum Phase: Hashable, Sendable { case connecting, head, body, over }

  private let endpoint: TokenEndpoint
  private let old: Tokens
  private let limits: ProxyLimits
  private var phase = Phase.connecting
  private var headReader: ResponseHeadReader
  private var bodyReader = BodyReader(.none)
  private var status = 0
  private var body: [UInt8] = []
  /// When to wake the exchange; nil when it is over.
  package private(set) var deadline: Milliseconds?

  /// Begins when the connection is asked for, at `now` on the clock of `deadline`.
  package init(
    of old: Tokens, at endpoint: TokenEndpoint, limits: ProxyLimits, now: Milliseconds
  ) {
    self.endpoint = endpoint
    self.old = old
    self.limits = limits
    headReader = ResponseHeadReader(limits: limits.wire)
    deadline = now + limits.refreshTimeMax
  }

  /// Takes what happened; `date` is the time in milliseconds since 1970 (UTC), from which the end
  /// of the new token is counted.
  package mutating func handle(
    _ input: Input, at now: Milliseconds, date: Milliseconds, into outputs: inout [Output]
  ) {
    switch (phase, input) {
    case (.over, _): break
    case (.connecting, .connected):
      phase = .head
      outputs.append(.send(request))
    case (_, .refused): fail("the token endpoint could not be reached", into: &outputs)
    case (.head, .bytes(let bytes)), (.body, .bytes(let bytes)):
      take(bytes, date: date, into: &outputs)
    case (.body, .closed(.finished)) where bodyReader.closed():
      finish(date: date, into: &outputs)
    case (_, .closed):
      fail("the token endpoint closed the connection before its answer was whole", into: &outputs)
    case (_, .deadline):
      guard let deadline, deadline <= now else { return }
      fail("the token endpoint took too long", into: &outputs)
    case (.connecting, .bytes), (.head, .connected), (.body, .connected): break
    }
  }

  private mutating func fail(_ reason: String, into outputs: inout [Output]) {
    phase = .over
    deadline = nil
    outputs.append(.failed(reason))
  }

  /// The request as it goes on the wire.
  private var request: [UInt8] {
    let form = [
      ("grant_type", "refresh_token"), ("refresh_token", old.refresh?.text ?? ""),
      ("client_id", endpoint.clientID),
    ]
    let content = form.map { "\($0.0)=\(formEncoded($0.1))" }.joined(separator: "&")
    let head = RequestHead(
      method: "POST", target: endpoint.url.path.isEmpty ? "/" : endpoint.url.path,
      fields: [
        Field("Host", endpoint.url.authority),
        Field("Content-Type", "application/x-www-form-urlencoded"),
        Field("Accept", "application/json"), Field("Accept-Encoding", "identity"),
        Field("Content-Length", String(content.utf8.count)), Field("Connection", "close"),
      ])
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    return bytes + content.utf8
  }

  private mutating func take(
    _ bytes: [UInt8], date: Milliseconds, into outputs: inout [Output]
  ) {
    var offset = 0
    let span = bytes.span
    do throws(WireError) {
      while phase == .head {
        guard let head = try headReader.read(span, at: &offset) else { return }
        try takeHead(head)
      }
      while let range = try bodyReader.read(span, at: &offset) { body += bytes[range] }
    } catch {
      fail("the token endpoint's answer is not well-formed HTTP", into: &outputs)
      return
    }
    if bodyReader.isComplete { finish(date: date, into: &outputs) }
  }

  /// Skips an interim head (RFC 9110 section 15.2).
  private mutating func takeHead(_ head: ResponseHead) throws(WireError) {
    guard head.status >= 200 else {
      headReader = ResponseHeadReader(limits: limits.wire)
      return
    }
    var wire = limits.wire
    wire.bodyBytesMax = limits.refusalBytesMax
    bodyReader = BodyReader(try BodyFraming.ofResponse(head, toMethod: "POST"), limits: wire)
    status = head.status
    phase = .body
  }

  private mutating func finish(date: Milliseconds, into outputs: inout [Output]) {
    guard status == 200 else {
      fail("the token endpoint answered \(status)\(errorWord)", into: &outputs)
      return
    }
    guard let answer = try? JSONDecoder().decode(TokenResponse.self, from: Data(body)),
      isFieldText(answer.access)
    else {
      fail("the token endpoint's answer holds no access_token", into: &outputs)
      return
    }
    var tokens = old
    tokens.access = Secret(answer.access)
    if let refresh = answer.refresh, !refresh.isEmpty { tokens.refresh = Secret(refresh) }
    // A token whose lifetime is below one second is used until it is refused.
    tokens.end = answer.lifetime.flatMap { $0 >= 1 ? date + Int(min($0, 1e9) * 1000) : nil }
    if let place = answer.resource, let upstream = Tokens.upstream(ofResource: place) {
      tokens.upstream = upstream
    }
    phase = .over
    deadline = nil
    outputs.append(.tokens(tokens))
  }

  /// The error code of a refusal (RFC 6749 section 5.2), when it is a plain word.
  private var errorWord: String {
    struct ErrorResponse: Decodable { var error: String? }
    guard let word = (try? JSONDecoder().decode(ErrorResponse.self, from: Data(body)))?.error,
      (1...40).contains(word.utf8.count),
      word.utf8.allSatisfy({ 0x61...0x7A ~= $0 || $0 == 0x5F })
    else { return "" }
    return " \(word)"
  }
}

/// Where tokens are refreshed.
package struct TokenEndpoint: Hashable, Sendable {
  /// Where the request goes (`QWEN_TOKEN_URL`).
  package var url: BaseURL
  /// The client that the tokens were issued to; by default Qwen Code's own.
  package var clientID = "f0304373b74a44d2b584a3fb70ca9e56"

  package init(_ url: BaseURL = TokenEndpoint.qwen) { self.url = url }

  /// Qwen's own.
  package static let qwen = BaseURL(
    scheme: .https, host: "chat.qwen.ai", port: 443, path: "/api/v1/oauth2/token")
}

/// RFC 6749 section 5.1, and Qwen's `resource_url`.
private struct TokenResponse: Decodable {
  var access: String
  var refresh: String?
  /// Seconds.
  var lifetime: Double?
  var resource: String?

  /// Odd members beside the token are skipped: they are no reason to lose new tokens.
  init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: CodingKeys.self)
    access = try object.decode(String.self, forKey: .access)
    refresh = try? object.decodeIfPresent(String.self, forKey: .refresh)
    lifetime =
      (try? object.decodeIfPresent(Double.self, forKey: .lifetime))
      ?? (try? object.decodeIfPresent(String.self, forKey: .lifetime)).flatMap { Double($0) }
    resource = try? object.decodeIfPresent(String.self, forKey: .resource)
  }

  private enum CodingKeys: String, CodingKey {
    case access = "access_token"
    case refresh = "refresh_token"
    case lifetime = "expires_in"
    case resource = "resource_url"
  }
}

/// Whether a token can stand in a field: visible ASCII (RFC 6750 section 2.1 allows less).
package func isFieldText(_ token: String) -> Bool {
  !token.isEmpty && token.utf8.allSatisfy { 0x21...0x7E ~= $0 }
}

/// `text` as a value of application/x-www-form-urlencoded (WHATWG URL section 5.2).
func formEncoded(_ text: String) -> String {
  var encoded = ""
  for byte in text.utf8 {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2A, 0x2D, 0x2E, 0x5F:
      encoded.unicodeScalars.append(Unicode.Scalar(byte))
    case 0x20: encoded += "+"
    default:
      let digits = String(byte, radix: 16, uppercase: true)
      encoded += byte < 16 ? "%0\(digits)" : "%\(digits)"
    }
  }
  return encoded
}
