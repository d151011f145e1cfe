// Answers of token endpoints (RFC 6749 section 5), valid and invalid ones, and what a proxy must make of
// each. They are written by hand.

/// An answer to a request for new tokens.
package struct TokenAnswer: Hashable, Sendable {
  /// The body. `ACCESS`, `REFRESH`, `LIFETIME` and `PORT` stand for the new tokens, their lifetime in
  /// seconds, and the upstream's port.
  var body: String
  var status = 200
  /// Where the account's requests go from then on: host and path, without the port; nil when that does
  /// not change.
  package var place: (host: String, path: String)? { host.map { ($0, path) } }
  private var host: String?
  private var path = ""
  /// How long the new token is valid, in seconds; nil when the answer does not tell.
  package private(set) var lifetime: Double?
  /// Why no tokens came, in the words of the proxy's log; nil for a good answer.
  package private(set) var reason: String?

  /// A good answer with more members.
  private init(_ more: String, host: String? = nil, path: String = "", lifetime: Double? = nil) {
    body = #"{"access_token":"ACCESS","refresh_token":"REFRESH"\#(more)}"#
    self.lifetime = lifetime
    (self.host, self.path) = (host, path)
  }

  /// A good answer as a whole.
  private init(whole body: String, lifetime: Double? = nil) {
    (self.body, self.lifetime) = (body, lifetime)
  }

  /// A bad answer.
  private init(bad body: String, _ status: Int, _ reason: String) {
    self.body = body
    self.status = status
    self.reason = "the token endpoint\(reason)"
  }

  /// Whether its body is over 10,000 bytes, far longer than any real one.
  package var isLong: Bool { body.utf8.count > 10_000 }

  /// Whether it names a host that only a simulated network has.
  package var isFarAway: Bool { host.map { $0 != "127.0.0.1" } ?? false }

  /// The usual answer of an endpoint, and its answer when it fails itself.
  package static let usual = TokenAnswer(
    #","token_type":"Bearer","expires_in":LIFETIME"#, lifetime: 3_600)
  package static let failure = TokenAnswer(bad: "<html>oops</html>", 500, " answered 500")

  /// Answers with tokens.
  package static let good: [TokenAnswer] =
    [
      (#","expires_in":3600"#, 3_600), (#","expires_in":"3600","token_type":"Bearer""#, 3_600),
      (#","expires_in":3600.5"#, 3_600.5), (#","expires_in":1e12"#, 1e9),
      (#","expires_in":1"#, 1), (#","expires_in":"1.5""#, 1.5), (#","expires_in":1e1"#, 10),
      // Just to be refreshed first 75 s later, and just not: a quarter of the lifetime before its end.
      (#","expires_in":100"#, 100), (#","expires_in":101"#, 101), (#","expires_in":104"#, 104),
      (#","expires_in":119"#, 119),
    ].map { TokenAnswer($0, lifetime: $1) }
    // A token whose lifetime is below one second is used until it is refused.
    + [
      #","expires_in":0"#, #","expires_in":-1"#, #","expires_in":0.5"#, #","expires_in":"soon""#,
      #","expires_in":null"#, #","expires_in":[1]"#, #","expires_in":0.999"#,
      #","scope":{"a":[1]}"#, "",
      #","resource_url":7"#, #","resource_url":null"#,
    ].map { TokenAnswer($0) }
    + [
      TokenAnswer(
        whole:
          " {\n\"expires_in\" : 60,\t\"refresh_token\":\"REFRESH\",\"access_token\":\"ACCESS\"}\n",
        lifetime: 60),
      TokenAnswer(whole: #"{"acce\u0073s_token":"ACCESS","refresh_token":"REFRESH"}"#),
      // Exactly as much as is accepted.
      TokenAnswer(whole: filled(to: 65_536)),
    ]
    + places.map {
      TokenAnswer(#","resource_url":"\#($0.text)""#, host: $0.host, path: $0.path)
    } + noPlaces.map { TokenAnswer(#","resource_url":"\#($0)""#) }

  /// An answer of `count` bytes once the tokens are in it.
  private static func filled(to count: Int) -> String {
    let tokens = #"{"access_token":"ACCESS","refresh_token":"REFRESH"}"#
    return String(repeating: " ", count: count - tokens.utf8.count - 100) + tokens
  }

  private static let places: [(text: String, host: String, path: String)] = [
    ("http://127.0.0.1:PORT/other", "127.0.0.1", "/other/v1"),
    ("http://127.0.0.1:PORT/v1", "127.0.0.1", "/v1"), ("http://127.0.0.1:PORT", "127.0.0.1", "/v1"),
    ("HTTP://127.0.0.1:PORT/a/v1/", "127.0.0.1", "/a/v1"),
    ("http://127.0.0.1:PORT//", "127.0.0.1", "/v1"),
    ("http://127.0.0.1:PORT/av1", "127.0.0.1", "/av1/v1"),
    ("http://127.0.0.1:PORT/v1/a", "127.0.0.1", "/v1/a/v1"),
    ("http://127.0.0.1:PORT/!~", "127.0.0.1", "/!~/v1"),
    ("http://[::1]:PORT/a", "[::1]", "/a/v1"), ("http://[Fe80::0.9]:PORT/v1", "[Fe80::0.9]", "/v1"),
    ("http://a-b.example:PORT/v1", "a-b.example", "/v1"), ("http://!~:PORT/v1", "!~", "/v1"),
    ("http://x{y}:PORT/v1", "x{y}", "/v1"),
  ]

  /// Values that are not a place: requests go where they went before.
  private static let noPlaces = [
    "", "http://", "http:///v1", "ftp://127.0.0.1:PORT/x", "http:/127.0.0.1:PORT/x",
    "://127.0.0.1:PORT/x",
    "http://127.0.0.1:0/x", "http://127.0.0.1:65536/x", "http://127.0.0.1:000080/x",
    "http://127.0.0.1:/x",
    "http://127.0.0.1:+80/x", "http://127.0.0.1:8a/x", "http://u@127.0.0.1:PORT/x",
    "http://127.0.0.1:PORT?x",
    "http://127.0.0.1:PORT/x?y", "http://127.0.0.1:PORT/x#y", "http://127.0.0.1:PORT/x y",
    "http://a b:PORT/x",
    "http://::1:PORT/x", "http://[127.0.0.1]:PORT/x", "http://[::1:PORT/x", "http://::1]:PORT/x",
    "http://[::g]:PORT/x",
    "http://[]:PORT/x", "http://:PORT/x", #"http://a\\b:PORT/x"#, "http://a[b:PORT/x",
    "http://a]b:PORT/x",
    "http://a#b:PORT/x", "http://127.0.0.1:PORT/\u{E9}", #"http://a\u007fb:PORT/x"#,
    #"http://127.0.0.1:PORT/\u007f"#,
    "http://\u{E9}:PORT/x", "http://127.0.0.1:PORT:PORT/x",
  ]

  /// Answers without tokens.
  package static let bad: [TokenAnswer] =
    [
      TokenAnswer(
        bad: filled(to: 65_536 + 200), 200, "'s answer is not well-formed HTTP")
    ]
    + [
      "", "{}", "[]", "x", "null", #"{"access_token":""}"#, #"{"access_token":null}"#,
      #"{"access_token":7}"#,
      #"{"access_token":"a b"}"#, #"{"access_token":"\u00e9"}"#, #"{"access_token":"a\u007f"}"#,
      #"{"access_token":" ACCESS"}"#, #"{"Access_token":"ACCESS"}"#, #"{"access_token":"ACCESS""#,
    ].map { TokenAnswer(bad: $0, 200, "'s answer holds no access_token") }
    + [201, 202, 302, 400, 401, 500, 503].map {
      TokenAnswer(bad: #"{"access_token":"ACCESS"}"#, $0, " answered \($0)")
    }
    + [
      TokenAnswer(bad: #"{"error":"invalid_grant"}"#, 400, " answered 400 invalid_grant"),
      TokenAnswer(bad: #"{"error":"z"}"#, 400, " answered 400 z"),
      TokenAnswer(bad: #"{"error":"az_"}"#, 403, " answered 403 az_"),
      TokenAnswer(bad: #"{"error":"Invalid"}"#, 400, " answered 400"),
      TokenAnswer(bad: #"{"error":"a-b"}"#, 400, " answered 400"),
      TokenAnswer(bad: #"{"error":""}"#, 400, " answered 400"),
      TokenAnswer(bad: #"{"error":{"code":"a"}}"#, 400, " answered 400"),
      TokenAnswer(bad: #"{"error":"a{"}"#, 400, " answered 400"),
      TokenAnswer(bad: #"{"error":"`a"}"#, 400, " answered 400"),
      TokenAnswer(
        bad: #"{"error":"\#(String(repeating: "a", count: 40))"}"#, 400,
        " answered 400 \(String(repeating: "a", count: 40))"),
      TokenAnswer(bad: #"{"error":"\#(String(repeating: "a", count: 41))"}"#, 400, " answered 400"),
    ]
}
