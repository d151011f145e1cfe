// Requests as many kinds of clients write them, and what the embedded proxy must do with each: which
// route it takes, and the target, the fields and the body that go upstream. They are written by hand, so
// that the expectation does not come from the program under test.

package import Wire

/// Why a proxy refuses a request, and when.
package struct AskedRefusal: Hashable, Sendable {
  package var status: Int
  package var reason: String
  /// When the answer is whole, in milliseconds since the client connected.
  package var time = 0
}

/// A request, and what the proxy must do with it.
package struct AskedShape: Hashable, Sendable, CustomStringConvertible {
  /// Unique in `all`.
  package var name: String
  package var method = "POST"
  package var target = "/v1/chat/completions"
  /// The fields besides `Host` and the client's key.
  package var fields: [Field] = []
  package var body = #"{"model":"m","stream":true}"#
  /// Whether the client's key is in `Authorization`.
  package var showsKey = true
  /// The settings of the proxy.
  package var core = CoreWords()
  /// The form whose answer the proxy's own answer is like; `plain` when the request goes upstream.
  package var form = RequestForm.plain
  /// Fields of the proxy's own answer that differ from those of the form.
  package var answerFields: [String: String] = [:]

  /// What the upstream receives: the target, the client's fields that are passed on, and the body.
  package var forwardedTarget = "/compatible-mode/v1/chat/completions"
  package var kept: [Field] = []
  package var forwardedBody = #"{"model":"m","stream":true}"#
  /// Whether the client asks for a stream.
  package var asksForStream = true

  // Replacements for parts of the request on the wire.

  /// The request line without its end, with any bytes before it.
  package var line: String?
  /// Lines right after the request line, each with its end.
  package var odd = ""
  /// The value of `Host`.
  package var host: String?
  /// The body in its chunks.
  package var chunks: String?
  /// Whether a Content-Length is sent.
  package var tellsLength = true
  /// How many bytes the head has, filled up by a field that is not passed on; nil for no filling.
  package var headCount: Int?
  /// Why the request is refused; nil when it is not, or when `form` tells it.
  package var refusal: AskedRefusal?
  /// Whether the client's connection ends after the answer.
  package var closes = false
  /// How many interim answers (100 Continue) the client gets before its body is read.
  package var interims = 0

  package var description: String { name }

  init(_ name: String, _ change: (inout AskedShape) -> Void) {
    self.name = name
    change(&self)
  }

  /// All of them.
  package static let all: [AskedShape] =
    routes + queries + bodies + fieldShapes + keys + wireShapes

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.session.name, $0) })

  /// The shape that a session's request was made from; nil for all others.
  package static func of(_ session: Session) -> AskedShape? {
    guard session.name.utf8.starts(with: "asked-".utf8), let shape = byName[session.name],
      session.request == shape.session.request
    else { return nil }
    return shape
  }

  /// A session with this request.
  package var session: Session {
    let body = Array("data: {\"a\":1}\n\ndata: [DONE]\n\n".utf8)
    return Session(
      name: "asked-\(name.replacing(" ", with: "-"))",
      request: Session.Request(
        method: method, target: target, fields: Fields(fields), body: Array(self.body.utf8)),
      response: .plainStream, framing: .chunked, body: body,
      fragments: [Session.Fragment(end: body.count, milliseconds: 0)], ending: .complete)
  }
}

extension AskedShape {
  /// Targets and methods.
  private static let routes: [AskedShape] =
    upstreamTargets.enumerated().map { number, route in
      AskedShape("route \(number)") {
        ($0.method, $0.target) = (route.method, route.target)
        $0.forwardedTarget = "/compatible-mode/v1" + route.forwarded
        if route.method != "POST" {
          ($0.body, $0.forwardedBody, $0.asksForStream) = ("", "", false)
        }
      }
    }
    + ownTargets.enumerated().map { number, route in
      AskedShape("own route \(number)") {
        ($0.method, $0.target, $0.form) = (route.method, route.target, route.form)
        ($0.body, $0.asksForStream) = ("", false)
        if route.form == .options {
          $0.answerFields = [
            "Access-Control-Allow-Headers": "Authorization, Content-Type, X-API-Key"
          ]
        }
      }
    }

  private static let upstreamTargets: [(method: String, target: String, forwarded: String)] = [
    ("POST", "/v1/completions", "/completions"), ("POST", "/v1/embeddings", "/embeddings"),
    ("POST", "//v1//chat/completions", "/chat/completions"),
    ("POST", "/v1/chat/completions/", "/chat/completions"),
    ("POST", "/v1/chat//completions//", "/chat/completions"),
    ("POST", "http://a/v1/chat/completions", "/chat/completions"),
    ("POST", "https://a:1/v1/chat/completions?b=c", "/chat/completions?b=c"),
    ("POST", "HTTP://a/v1/completions", "/completions"),
    ("POST", "/v1/chat/completions#f", "/chat/completions"),
    ("POST", "/v1/chat/completions?a#f?b", "/chat/completions?a"),
    ("GET", "/v1/models", "/models"), ("GET", "/v1/models/?limit=2", "/models?limit=2"),
  ]

  private static let ownTargets: [(method: String, target: String, form: RequestForm)] =
    ["PUT", "DELETE", "PATCH", "GET", "TRACE", "G"].map { ($0, "/v1/chat/completions", .getchat) }
    + ["PUT", "GET"].map { ($0, "/v1/completions", .getchat) }
    + [
      ("GET", "/v1/embeddings", .getchat), ("HEAD", "/v1/embeddings", .head),
      ("DELETE", "/v1/models", .postmodels), ("PUT", "/v1/models/", .postmodels),
      ("DELETE", "/health", .posthealth), ("post", "/health", .posthealth),
      ("get", "/v1/models", .postmodels), ("GET", "/health", .health),
      ("HEAD", "/health/", .healthhead),
      ("GET", "//health", .health), ("GET", "/health?a", .health), ("GET", "/health#a", .health),
      ("GET", "http://a/health", .health), ("GET", "https://a:80//health//?b", .health),
      ("GET", "HtTpS://a/health", .health),
      ("GET", "/", .unknown), ("GET", "//", .unknown), ("POST", "/v1", .unknown),
      ("POST", "/v1/", .unknown),
      ("POST", "/v1x/chat/completions", .unknown), ("POST", "/v2/chat/completions", .unknown),
      ("POST", "/V1/chat/completions", .unknown), ("POST", "/chat/completions", .unknown),
      ("POST", "/v1/chat", .unknown), ("POST", "/v1/chat/completions/x", .unknown),
      ("!#$%&'*+-.^_`|~09AZaz", "/", .unknown), ("GET", "/!\"$%&'()*+,-.;<=>@[]^_`{|}~", .unknown),
      ("POST", "/v1/chat/Completions", .unknown), ("POST", "/v1/chatcompletions", .unknown),
      ("POST", "v1/chat/completions", .unknown), ("GET", "/healthy", .unknown),
      ("GET", "/Health", .unknown),
      ("GET", "/health/x", .unknown), ("GET", "health", .unknown), ("GET", "/v1/health", .unknown),
      ("GET", "ftp://a/health", .unknown), ("GET", "http:///health", .unknown),
      ("GET", "http://?/health", .unknown), ("GET", "http://a", .unknown),
      ("GET", "http://a?/health", .unknown),
      ("GET", "http://a#/health", .unknown), ("GET", "/http://a/health", .unknown),
      ("PUT", "/v1/nothing", .unknown), ("HTTP", "/", .unknown),
      ("OPTIONS", "/v1/chat/completions", .options), ("OPTIONS", "/nothing", .options),
      ("OPTIONS", "*", .options),
      ("OPTIONS", "/health", .options), ("OPTIONS", "/v1/models", .options),
    ]

  /// Queries: parameters that hold a key are removed.
  private static let queries: [AskedShape] =
    [
      ("?", "?"), ("?a", "?a"), ("?a=1&b=2", "?a=1&b=2"), ("?a=&&b", "?a=&&b"),
      ("?a=b=c&d", "?a=b=c&d"),
      ("?key=s", ""), ("?a=1&key=s&b=2", "?a=1&b=2"), ("?key=s&&a", "?&a"), ("?keys=1", "?keys=1"),
      ("?monkey=1", "?monkey=1"), ("?api_key=s", ""), ("?api-key=s&a", "?a"),
      ("?a&API_KEY=s", "?a"),
      ("?apikey=s", ""), ("?access_token=s", ""), ("?token=s&tokens=2", "?tokens=2"),
      ("?max_tokens=5", "?max_tokens=5"), ("?max_token=5&a", "?a"),
      ("?a=key&b=token", "?a=key&b=token"),
      ("?sort-key=1", "?sort-key=1"), ("?x-goog-api-key=s", ""), ("?password", ""),
      ("?a?b", "?a?b"),
      ("?%61=%20", "?%61=%20"),
    ].enumerated().map { number, query in
      AskedShape("query \(number)") {
        $0.target += query.0
        $0.forwardedTarget += query.1
      }
    }

  /// Keys of the client, when the proxy requires one.
  private static let keys: [AskedShape] =
    [
      [Field("Authorization", "Bearer")], [Field("Authorization", "Bearer ")],
      [Field("Authorization", "")], [Field("X-API-Key", "")], [Field("X-API-Key", "s")],
      [Field("X-API-Keys", "k")], [Field("Authorization", "k")],
      [Field("Authorization", "Bearerk")],
      [Field("Authorization", "Bearer k k")], [Field("Authorization", "Bearer kk")],
      [Field("Authorization", "Bearer K")], [Field("Authorization", "Bearer\tk")],
      [Field("Authorization", "Basic k")], [Field("Proxy-Authorization", "Bearer k")],
      [Field("X-API-Key", "Bearer k")], [Field("Api-Key", "k")],
      [Field("X-API-Key", "sk-of-somebody-else-entirelx")],
      [Field("X-API-Key", "rk-of-somebody-else-entirely")],
      [Field("X-API-Key", "sk-of-somebody-else-entirelysk-of-somebody-else-entirely")],
    ].enumerated().map { number, fields in
      AskedShape("stranger \(number)") {
        ($0.fields, $0.showsKey, $0.form, $0.core.asksForKey) = (fields, false, .nokey, true)
      }
    }
    + [
      [Field("Authorization", "Bearer k")], [Field("authorization", "BEARER   k")],
      [Field("X-API-Key", "k")], [Field("x-api-key", "sk-of-somebody-else-entirely")],
      [Field("X-API-Key", "s"), Field("X-API-Key", "k")],
      [Field("Authorization", "Bearer s"), Field("X-API-Key", "k")],
      [Field("X-API-Key", "s"), Field("Authorization", "Bearer k")],
    ].enumerated().map { number, fields in
      AskedShape("friend \(number)") {
        ($0.fields, $0.showsKey, $0.core.asksForKey) = (fields, false, true)
      }
    }
}
