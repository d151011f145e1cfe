// Fields and bodies of requests, and which of them go upstream.

internal import Wire

extension AskedShape {
  /// Each field alone, or the whole head when fields refer to each other.
  static let fieldShapes: [AskedShape] =
    keptNames.map { name in
      AskedShape("keeps \(name)") {
        $0.fields = [Field(name, "v")]
        $0.kept = $0.fields
      }
    }
    + endedNames.map { name in AskedShape("ends \(name)") { $0.fields = [Field(name, "v")] } }
    + heads.enumerated().map { number, head in
      AskedShape("head \(number)") { ($0.fields, $0.kept) = head }
    }

  private static let keptNames = [
    "Content-Type", "Accept", "User-Agent", "X-DashScope-SSE", "X-DashScope-AuthType",
    "Idempotency-Key",
    "OpenAI-Organization", "X-Request-Id", "Referer", "From", "X-Tokens", "X-Authority",
    "X-Secretary",
    "X-Cookies", "Keyboard", "Key", "X-Key", "Sort-Key", "Keyring-Api", "X-Forwarded-For",
    "Forwarded",
    "Accept-Language", "Authors", "Accept-Encodings", "Hosts", "X-Host", "Expects", "Trailers",
    "TES", "X_Plain",
    "Max-Forwards", "Range", "Content-Language", "Tokenizer", "X-Passwords", "Connections",
    "X-Upgrade",
    "API", "X-Access", "Keys-Api", "Api-Keys", "Secrets", "Auth2", "X-Apikeys", "Cookie3", "Jw",
  ]

  private static let endedNames = [
    // Fields for one connection only, in several spellings.
    "Keep-Alive", "KEEP-ALIVE", "Keep_Alive", "Proxy-Connection", "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Authentication-Info", "TE", "te", "Trailer", "Upgrade", "Proxy_Connection",
    "Transfer_Encoding",
    // Fields that the proxy writes itself.
    "Accept-Encoding", "accept-encoding", "Accept_Encoding", "Expect", "Content_Length",
    // Credentials, by the words of their names.
    "Cookie", "Cookie2", "X-API-Key", "Api-Key", "api_key", "ApiKey", "X-Apikey", "Access-Key",
    "X-Access-Key-Id",
    "Ocp-Apim-Subscription-Key", "X-Functions-Key", "X-Auth-Key", "Secret-Key", "Client-Key",
    "Account-Key",
    "Private-Key", "Proxy-Key", "License-Key", "Virtual-Key", "x-goog-api-key", "X-Auth", "Token",
    "X-Auth-Token",
    "Access-Token", "AccessToken", "X-AuthToken", "X-Secret", "Client-Secret", "Password",
    "X-Passwd", "Credential",
    "X-Amz-Credentials", "AccessKey", "Bearer", "JWT", "Client-Assertion", "X-Authorization",
    "authorization_", "X-AUTHORIZATION", "AUTHZ-TOKEN",
    "Token-Kind", "X-API-KEY-2",
  ]

  private static let longName = "X-" + String(repeating: "a", count: 70)

  /// The client writes UTF-8; each byte of a value outside ASCII becomes a scalar of its own.
  private static let heads: [(sent: [Field], kept: [Field])] = [
    ([Field("Connection", "X-A"), Field("X-A", "1"), Field("X-B", "2")], [Field("X-B", "2")]),
    ([Field("X-A", "1"), Field("x-a", "2"), Field("connection", "x-A , X-B")], []),
    (
      [
        Field("Connection", "X-A"), Field("Connection", "X-B"), Field("X-B", "1"),
        Field("X-A", "2"),
      ], []
    ),
    ([Field("Connection", "X-A"), Field("X_A", "1"), Field("X-Aa", "2")], [Field("X-Aa", "2")]),
    ([Field("Connection", "X_A"), Field("X_A", "1"), Field("X-A", "2")], [Field("X-A", "2")]),
    (
      [Field("X-A", "1"), Field("X-B", "2"), Field("X-A", "1")],
      [Field("X-A", "1"), Field("X-B", "2"), Field("X-A", "1")]
    ),
    (
      [Field("X-A", ""), Field("X-B", "a, b"), Field("X-C", "\u{E9}\u{FF}")],
      [Field("X-A", ""), Field("X-B", "a, b"), Field("X-C", "\u{C3}\u{A9}\u{C3}\u{BF}")]
    ),
    (
      [Field("Connection", (0..<40).map { "X-\($0)" }.joined(separator: ","))]
        + [0, 20, 39, 40].map { Field("x-\($0)", "v") },
      [Field("x-40", "v")]
    ),
    (
      [Field("Connection", (0..<32).map { "X-\($0)" }.joined(separator: ","))]
        + [0, 31, 32].map { Field("X-\($0)", "v") },
      [Field("X-32", "v")]
    ),
    (
      [Field("Connection", longName), Field(longName, "v"), Field(longName + "b", "w")],
      [Field(longName + "b", "w")]
    ),
    (
      [
        Field("Connection", "X-A\t,\tX-B ,X-C"), Field("X-A", "1"), Field("X-B", "2"),
        Field("X-C", "3"),
      ], []
    ),
    ([Field("Via", "1.0 a"), Field("X-A", "1")], [Field("Via", "1.0 a"), Field("X-A", "1")]),
  ]

  /// Bodies: the default model is put into those without a model, and all other bytes stay.
  static let bodies: [AskedShape] =
    named.enumerated().map { number, body in
      AskedShape("named \(number)") {
        ($0.body, $0.core.namesModel, $0.asksForStream) = (body, true, false)
        $0.forwardedBody = body
      }
    }
    + nameless.enumerated().map { number, body in
      AskedShape("nameless \(number)") {
        ($0.body, $0.core.namesModel, $0.asksForStream) = (body, true, false)
        let comma =
          body.drop { $0 != "{" }.dropFirst().allSatisfy { " }\t\n".contains($0) } ? "" : ","
        let brace = body.firstIndex(of: "{") ?? body.startIndex
        $0.forwardedBody =
          body[...brace] + #""model":"model-of-the-plan"\#(comma)"# + body[brace...].dropFirst()
      }
    }
    + [
      AskedShape("a coded body") {
        $0.body = "{}"
        $0.forwardedBody = "{}"
        $0.fields = [Field("Content-Encoding", "gzip")]
        $0.kept = $0.fields
        ($0.core.namesModel, $0.asksForStream) = (true, false)
      },
      AskedShape("embeddings have no default model") {
        $0.target = "/v1/embeddings"
        $0.forwardedTarget = "/compatible-mode/v1/embeddings"
        ($0.body, $0.forwardedBody, $0.core.namesModel) = ("{}", "{}", true)
        $0.core.joins = true
        $0.asksForStream = false
      },
      AskedShape("completions have one") {
        $0.target = "/v1/completions"
        $0.forwardedTarget = "/compatible-mode/v1/completions"
        ($0.body, $0.forwardedBody) = ("{}", #"{"model":"model-of-the-plan"}"#)
        ($0.core.namesModel, $0.asksForStream) = (true, false)
      },
      AskedShape("an empty body") {
        ($0.body, $0.forwardedBody, $0.asksForStream) = ("", "", false)
      },
    ]
    + unasked.enumerated().map { number, body in
      AskedShape("asks for no stream \(number)") {
        ($0.body, $0.forwardedBody, $0.core.joins, $0.asksForStream) = (body, body, true, false)
      }
    }
    + asking.enumerated().map { number, body in
      AskedShape("asks for a stream \(number)") {
        ($0.body, $0.forwardedBody, $0.core.joins) = (body, body, true)
      }
    }

  /// Bodies with a model, or that are not objects.
  private static let named = [
    #"{"model":"m"}"#, #"{"a":1,"model":null}"#, #"{"\u006dodel":"m"}"#, #"{"mode\u006C":"m"}"#,
    #"{"a":{"b":[1,"}"]},"model":"m"}"#, "[]", "\"x\"", "1", "null", "x", "", "{", #"{"a"}"#,
    #"{"a":1"#,
    #"{"a":1,}"#, #"{"a" 1}"#, #"{"a":}"#, #"{"a":1}x"#, #"{"a":"b}"#, #"{"a":"\"#, #"{a:1}"#,
    "{}{}", "{\"a\":\"\t\"}",
    #"{"a":1 "b":2}"#, "{,}", "[{}]", #"{"a":[1}"#,
  ]

  /// Bodies without a model.
  private static let nameless = [
    "{}", " { } ", "{\"a\":1}", "\t{\n\"a\" : [ ] }\n", #"{"models":1}"#, #"{"mode":1}"#,
    #"{"Model":1}"#,
    #"{"a":{"model":"m"}}"#, #"{"a":["model"]}"#, #"{"a":"model"}"#, #"{"\\model":1}"#,
    #"{"\u006eodel":1}"#,
    #"{"model\u0000":1}"#, #"{"a":-1.5E+3,"b":true,"c":"\"}"}"#, #"{"":1}"#, #"{"mo\ndel":1}"#,
    #"{"a":[[{}],{"b":[]}]}"#, #"{"a":"\\"}"#,
  ]

  private static let asking = [
    #"{"stream":true}"#, #"{ "stream" : true }"#, #"{"a":{"stream":false},"stream":true}"#,
    #"{"str\u0065am":true}"#,
    #"{"stream":true,"stream_options":{"include_usage":true}}"#,
  ]

  private static let unasked = [
    #"{"stream":false}"#, #"{"stream":"true"}"#, #"{"stream":null}"#, #"{"streams":true}"#,
    #"{"a":{"stream":true}}"#,
    #"{"stream":1}"#, #"{"stream":[true]}"#, "{}", #"{"stream":true"#, "true", #"{"stream":true}}"#,
  ]
}
