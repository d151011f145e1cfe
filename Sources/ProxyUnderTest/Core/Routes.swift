// The routes: what a path and a method ask for. Four endpoints go upstream, under the same path
// after another base; the rest is answered here. Browsers may call from any page (the Fetch
// standard's CORS protocol), so every answer carries the CORS fields, including errors.

internal import Wire

/// What a request asks of the proxy.
enum Route: Hashable, Sendable {
  case upstream(Endpoint)
  case health
  /// OPTIONS, allowed on every path: the preflight request of a browser.
  case options
  /// The path exists, but not with this method; `methods` is the value of the `Allow` field.
  case notAllowed(methods: String)
  case notFound

  init(_ head: RequestHead) {
    let path = tidied(parts(of: head.target).path)
    let endpoint = path.hasPrefix("/v1") ? Endpoint(rawValue: String(path.dropFirst(3))) : nil
    switch (head.method, endpoint) {
    case ("OPTIONS", _): self = .options
    case ("GET", .models?), ("HEAD", .models?): self = .upstream(.models)
    case (_, .models?): self = .notAllowed(methods: "GET, HEAD, OPTIONS")
    case ("POST", let endpoint?): self = .upstream(endpoint)
    case (_, _?): self = .notAllowed(methods: "POST, OPTIONS")
    case ("GET", nil) where path == "/health", ("HEAD", nil) where path == "/health":
      self = .health
    case (_, nil): self = path == "/health" ? .notAllowed(methods: "GET, HEAD, OPTIONS") : .notFound
    }
  }

  /// Whether no key is needed: watchdogs and browsers cannot send one.
  var isOpen: Bool { self == .health || self == .options }

  /// Whether it is answered even when there are too many clients: a watchdog without an answer
  /// would restart a proxy that is only busy.
  var isCheap: Bool { isOpen }

  /// Whether the body of the request is used; any other body is read and dropped.
  var takesBody: Bool {
    switch self {
    case .upstream(let endpoint): endpoint != .models
    case .health, .options, .notAllowed, .notFound: false
    }
  }
}

/// What goes upstream: the path after `/v1` here, and after the base URL there.
enum Endpoint: String, Hashable, Sendable {
  case chat = "/chat/completions"
  case completions = "/completions"
  case embeddings = "/embeddings"
  case models = "/models"
}

extension Exchange {
  /// The request is whole: answers it, or asks for a connection to the upstream.
  mutating func answerOrConnect(at now: Milliseconds, into outputs: inout [Output]) {
    if let noMoreRequests, noMoreRequests != .busy || !route.isCheap {
      return refuse(noMoreRequests, into: &outputs)
    }
    switch route {
    case .upstream(let endpoint):
      if endpoint == .chat || endpoint == .completions {
        nameModel()
        joinsStream = !settings.streams && asksForStream
      }
      deadlines.total = settings.limits.totalTimeMax.map { now + $0 }
      findAccount(at: now, into: &outputs)
    case .health:
      answer(200, body: Array(#"{"status":"ok"}"#.utf8), into: &outputs)
    case .options:
      answer(204, fields: preflightFields, body: [], into: &outputs)
    case .notAllowed(let methods):
      // RFC 9110 section 15.5.6: a 405 answer lists the allowed methods.
      answer(
        405, fields: [Field("Allow", methods)],
        body: errorBody(
          "This method is not allowed here.", type: "invalid_request_error",
          code: "method_not_allowed"),
        into: &outputs)
    case .notFound:
      answer(
        404,
        body: errorBody(
          "This proxy has no such path. It has POST /v1/chat/completions, POST /v1/completions, "
            + "POST /v1/embeddings, GET /v1/models and GET /health.",
          type: "invalid_request_error", code: "not_found"),
        into: &outputs)
    }
  }

  /// Puts the default model into a request that names none.
  private mutating func nameModel() {
    guard let model = settings.defaultModel, let request,
      request.fields.members("Content-Encoding").isEmpty
    else { return }
    addMember("model", jsonString(model), to: &requestBody)
  }

  /// Whether the request asks for a stream.
  private var asksForStream: Bool {
    guard let value = member("stream", of: requestBody) else { return false }
    return requestBody[value].elementsEqual("true".utf8)
  }

  /// The answer to a browser that asks whether a page may send a request. A wildcard would not
  /// include `Authorization`, so the requested names are sent back.
  private var preflightFields: Fields {
    [
      Field("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"),
      Field(
        "Access-Control-Allow-Headers",
        request?.fields["Access-Control-Request-Headers"]
          ?? "Authorization, Content-Type, X-API-Key"),
      Field("Access-Control-Max-Age", "86400"),
    ]
  }

  /// Whether a response says that the upstream has no list of models.
  func lacksModels(_ answer: ResponseHead) -> Bool {
    route == .upstream(.models) && [404, 405, 501].contains(answer.status)
  }

  /// The proxy's own list of models, the default one first.
  var modelList: [UInt8] {
    var names = Settings.models
    if let model = settings.defaultModel {
      names.removeAll { $0 == model }
      names.insert(model, at: 0)
    }
    var list = Array(#"{"object":"list","data":["#.utf8)
    for name in names {
      if name != names[0] { list.append(UInt8(ascii: ",")) }
      list += #"{"id":"#.utf8
      list += jsonString(name)
      list += #","object":"model","created":0,"owned_by":"qwen"}"#.utf8
    }
    return list + Array("]}".utf8)
  }
}

/// What tells a browser that any page may read the whole answer.
let crossOriginFields = [
  Field("Access-Control-Allow-Origin", "*"), Field("Access-Control-Expose-Headers", "*"),
]

/// The path and the query of a request target, in origin form or absolute form (RFC 9112 sections
/// 3.2.1 and 3.2.2); the query is empty, or begins with its question mark. Other forms count as
/// path only.
func parts(of target: String) -> (path: Substring, query: Substring) {
  var rest = target[...]
  if target.utf8.first != UInt8(ascii: "/"), let colon = target.firstRange(of: "://"),
    ["http", "https"].contains(target[..<colon.lowerBound].lowercased())
  {
    let authority = target[colon.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.isEmpty else { return (target[...], "") }
    rest = target[authority.endIndex...]
  }
  // A fragment is for the client alone (RFC 9110 section 4.2.5), and does not belong here.
  if let mark = rest.utf8.firstIndex(of: UInt8(ascii: "#")) { rest = rest[..<mark] }
  let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
  return (rest[..<mark], rest[mark...])
}

/// Whether a path has two slashes in a row, or one at its end. Most have neither.
private func isUntidy(_ path: Substring) -> Bool {
  var last: UInt8 = 0
  for byte in path.utf8 {
    if byte == UInt8(ascii: "/"), last == byte { return true }
    last = byte
  }
  return last == UInt8(ascii: "/")
}

/// A path with single slashes and none at its end: base URLs are often joined with one slash too
/// many.
private func tidied(_ path: Substring) -> String {
  guard path.utf8.first == UInt8(ascii: "/"), isUntidy(path) else { return String(path) }
  let parts = path.utf8.split(separator: UInt8(ascii: "/"))
  guard !parts.isEmpty else { return "/" }
  return parts.reduce(into: "") { tidy, part in
    tidy += "/"
    tidy += Substring(part)
  }
}
