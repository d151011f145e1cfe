// Heads of answers as upstreams send them: fields that a proxy removes, and fields with similar names
// that it passes on; media types and codings that do and do not make a body an event stream; statuses and
// reason phrases.

internal import Wire

/// A head of an answer before a short chat.
package struct AnsweredShape: Hashable, Sendable {
  /// Unique in `all`.
  var name: String
  var fields: [Field] = []
  /// The media type; nil for an answer without one.
  var type: String? = "text/event-stream"
  var status = 200
  var reason = "OK"
  /// Whether the client gets the stream in one piece.
  package var isJoined = false

  private init(_ name: String, _ change: (inout AnsweredShape) -> Void) {
    self.name = name
    change(&self)
  }

  /// The answer as a session.
  package var session: Session {
    let body = Array(Self.body.utf8)
    var head = ResponseHead(status: status, reason: reason)
    head.fields = Fields((type.map { [Field("Content-Type", $0)] } ?? []) + fields)
    return Session(
      name: "answered-\(name.replacing(" ", with: "-"))", request: .plainStream, response: head,
      framing: .chunked, body: body,
      fragments: [Session.Fragment(end: body.count, milliseconds: 0)],
      ending: .complete)
  }

  private static let body = """
    data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,\
    "delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}

    data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,\
    "delta":{},"finish_reason":"stop"}]}

    data: [DONE]


    """

  /// All of them; those with status 200 and a stream also in one piece.
  package static let all: [AnsweredShape] = {
    let plain = fieldShapes + types + statuses
    return plain
      + fieldShapes.map { shape in
        AnsweredShape(shape.name + " joined") { ($0.fields, $0.isJoined) = (shape.fields, true) }
      }
  }()

  private static let fieldShapes: [AnsweredShape] =
    names.map { name in AnsweredShape("field \(name)") { $0.fields = [Field(name, "v")] } }
    + heads.enumerated().map { number, fields in
      AnsweredShape("fields \(number)") { $0.fields = fields }
    }

  private static let names = [
    // Removed by the proxy, in several spellings.
    "Set-Cookie", "set-cookie", "SET_COOKIE", "Set-Cookie2", "Authorization", "X-API-Key",
    "x_api_key",
    "Cookie", "Authentication-Info", "Access-Control-Allow-Origin",
    "access-control-allow-credentials", "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers", "Access-Control-Max-Age", "Access-Control-Expose-Headers",
    "Keep-Alive", "keep_alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
    "Proxy-Authentication-Info", "TE", "Trailer", "Upgrade",
    // Passed on.
    "Set-Cookies", "Cookies", "X-API-Keys", "Authorizations", "Authentication-Infos", "Cookie2",
    "Access-Control-Allow-Origins", "Access-Control-Request-Method", "Keep-Alives", "T", "TES",
    "Trail",
    "Upgrade-Insecure-Requests", "Server", "Date", "ETag", "Vary", "Location", "Retry-After", "Via",
    "WWW-Authenticate", "X-Request-Id", "X-RateLimit-Remaining-Tokens", "X_Plain", "Age", "Warning",
    "Content-Language", "Content-Disposition", "Last-Modified", "Expires", "Pragma", "Link",
    "Alt-Svc",
    "Strict-Transport-Security", "Server-Timing", "X-DashScope-Request-Id", "Req-Cost-Time",
    "Cache-Control", "cache-control", "X-Accel-Buffering", "x-accel-buffering", "Proxy-Status",
  ]

  private static let heads: [[Field]] = [
    [Field("Cache-Control", "public"), Field("cache-control", "max-age=5")],
    [Field("X-Accel-Buffering", "yes"), Field("A", "1"), Field("X-Accel-Buffering", "no")],
    [Field("Set-Cookie", "a=1"), Field("X-A", "1"), Field("Set-Cookie", "b=2")],
    [Field("X-A", "1"), Field("X-B", "2"), Field("X-A", "1")],
    [Field("X-A", ""), Field("X-B", "caf\u{E9} \u{FF}"), Field("X-C", "a\tb")],
    [Field("Vary", "Origin"), Field("Access-Control-Allow-Origin", "https://a.example")],
    [Field("Content-Encoding", "identity")], [Field("Content-Encoding", "IDENTITY")],
    [Field("Content-Encoding", "")],
    [Field("Content-Encoding", "identity"), Field("Content-Encoding", "identity")],
  ]

  /// Media types (RFC 9110 section 8.3.1) that are an event stream, and some that are not.
  private static let types: [AnsweredShape] =
    [
      "text/event-stream", "TEXT/Event-Stream", "text/event-stream;charset=utf-8",
      "text/event-stream ; charset=UTF-8", "text/event-stream;", "text/event-stream\t;a",
      "text/event-streams", "text/event-strea", "text/plain", "", "application/json", "text",
      "text/event-stream, text/plain", "x;text/event-stream", "*/*",
    ].enumerated().map { number, type in AnsweredShape("type \(number)") { $0.type = type } }
    + [
      AnsweredShape("no type") { $0.type = nil }
    ]

  private static let statuses: [AnsweredShape] =
    [
      200, 201, 202, 203, 204, 205, 206, 207, 226, 299, 300, 301, 304, 307, 399, 400, 401, 402, 403,
      404,
      405, 408, 409, 413, 418, 422, 429, 451, 499, 500, 501, 502, 503, 504, 529, 599, 600, 999,
    ].map { status in
      AnsweredShape("status \(status)") { ($0.status, $0.reason) = (status, "As It Came") }
    }
    + ["", "O", "OK OK", " OK", "caf\u{E9}", "\t", "~!"].enumerated().map { number, reason in
      AnsweredShape("reason \(number)") { $0.reason = reason }
    }
}
