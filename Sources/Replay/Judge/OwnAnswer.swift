// The embedded proxy's own answers, request by request: its routes, and its refusals of requests that are
// not well-formed HTTP (RFC 9112), that lack a key, and of clients that do not finish their request.

package import MockQwen

/// An answer without the upstream.
package struct OwnAnswer: Hashable, Sendable {
  /// Nil when the connection ends without an answer.
  var status: Int?
  /// The body, or what it would be if the request were not a HEAD.
  package var body: [UInt8] = []
  /// Fields that must occur once with this value; other fields are not judged.
  var fields: [String: String] = [:]
  /// Whether the proxy closes the connection after the answer, and announces it.
  var closes = false
  /// How many requests the upstream sees.
  var posts = 0
  /// When the answer is whole, in milliseconds since the client connected.
  var time = 0
  var isHead = false
  var isReset = false

  /// The answer to a request form under a plan; nil when the upstream's answer counts. `number` is that
  /// of the client among parallel ones.
  static func to(_ delivery: Delivery, number: Int = 0) -> OwnAnswer? {
    guard var own = answer(to: delivery, number: number) else { return nil }
    if let asked = delivery.asked {
      own.fields.merge(asked.answerFields) { $1 }
      own.closes = own.closes || asked.closes
    }
    return own
  }

  private static func answer(to delivery: Delivery, number: Int) -> OwnAnswer? {
    if let refusal = delivery.asked?.refusal {
      var own = refused(refusal.status, refusal.reason)
      own.time = refusal.time
      return own
    }
    let form = delivery.request
    if let connections = delivery.core.connections, number >= connections {
      let surplus = number - connections
      guard surplus < DocumentedLimit.surplus else {
        return OwnAnswer(status: nil, isReset: true)
      }
      // A client is refused for the crowd only once it has asked; what is not a request is refused as
      // always, and health checks and CORS preflights are always answered.
      if form.lacksKey, delivery.core.asksForKey { return stranger }
      if form == .health || form == .healthhead || form == .options,
        var own = route(form, delivery.core)
      {
        own.closes = true
        return own
      }
      var busy = malformed(form) ?? unfinished(delivery) ?? failure(.busy, closes: true)
      busy.isHead = [.head, .healthhead, .modelshead].contains(form)
      return busy
    }
    // The list of models comes from the upstream: an unreachable upstream is not an empty list.
    let asksForModels = [.models, .modelshead].contains(form) && delivery.reach != .answers
    if !asksForModels,
      let answer = route(form, delivery.core) ?? malformed(form) ?? unfinished(delivery)
    {
      return answer
    }
    if form.lacksKey, delivery.core.asksForKey { return stranger }
    let closes = form == .http10 || form == .closing
    switch delivery.reach {
    case .answers: return nil
    case .refuses:
      var answer = failure(.unreachable, closes: closes)
      answer.isHead = form == .modelshead
      return answer
    case .silent:
      let limit = delivery.core.connect ?? DocumentedLimit.connect
      let total = delivery.core.total ?? .max
      var answer = failure(total <= limit ? .totalTimeout : .connectTimeout, closes: closes)
      answer.time = min(limit, total) * (form.answersBefore + 1)
      answer.isHead = form == .modelshead
      return answer
    }
  }

  private static func failure(_ error: DocumentedError, closes: Bool) -> OwnAnswer {
    OwnAnswer(
      status: error.status,
      body: error.body,
      fields: error == .busy ? ["Retry-After": "1"] : [:], closes: closes)
  }

  private static func invalid(
    _ status: Int, _ message: String, _ code: String, fields: [String: String] = [:],
    closes: Bool = false
  ) -> OwnAnswer {
    OwnAnswer(
      status: status, body: documentedError(message, type: "invalid_request_error", code: code),
      fields: fields, closes: closes)
  }

  private static var stranger: OwnAnswer {
    invalid(
      401, "Incorrect API key provided.", "invalid_api_key",
      fields: ["WWW-Authenticate": "Bearer"], closes: true)
  }

  package static func notAllowed(_ methods: String) -> OwnAnswer {
    invalid(
      405, "This method is not allowed here.", "method_not_allowed", fields: ["Allow": methods])
  }

  private static func route(_ form: RequestForm, _ core: CoreWords) -> OwnAnswer? {
    switch form {
    case .health, .healthhead:
      return OwnAnswer(status: 200, body: DocumentedText.health, isHead: form == .healthhead)
    case .posthealth, .postmodels: return notAllowed("GET, HEAD, OPTIONS")
    case .getchat: return notAllowed("POST, OPTIONS")
    case .head:
      var head = notAllowed("POST, OPTIONS")
      head.isHead = true
      return head
    case .unknown:
      return invalid(
        404,
        "This proxy has no such path. It has POST /v1/chat/completions, POST /v1/completions, POST "
          + "/v1/embeddings, GET /v1/models and GET /health.", "not_found")
    case .models, .modelshead:
      let isHead = form == .modelshead
      return OwnAnswer(status: 200, body: models(core), posts: 1, isHead: isHead)
    case .options:
      return OwnAnswer(
        status: 204,
        fields: [
          "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
          "Access-Control-Allow-Headers": "authorization,content-type",
          "Access-Control-Max-Age": "86400",
        ])
    default: return nil
    }
  }

  /// The proxy's own list, used when the upstream has none.
  package static func models(_ core: CoreWords) -> [UInt8] {
    var names = [
      "qwen3-coder-plus", "qwen3-coder-flash", "qwen-max", "qwen-plus", "qwen-turbo",
    ]
    if core.namesModel { names.insert(CoreWords.model, at: 0) }
    let list = names.map { #"{"id":"\#($0)","object":"model","created":0,"owned_by":"qwen"}"# }
    return Array(#"{"object":"list","data":[\#(list.joined(separator: ","))]}"#.utf8)
  }

  private static func refused(_ status: Int, _ reason: String) -> OwnAnswer {
    invalid(status, "The request is refused: \(reason).", "bad_request", closes: true)
  }

  /// The refusals, with the byte at which the fault is seen. The faulty lines come right after the
  /// request line, which has 36 bytes.
  private static func malformed(_ form: RequestForm) -> OwnAnswer? {
    switch form {
    case .nohost, .twohosts, .badhost: refused(400, "missing, repeated or bad Host")
    case .longhead: refused(431, "head too large at byte 16384")
    case .manyfields: refused(431, "too many fields at byte 636")
    case .longbody: refused(413, "body too large at byte 0")
    case .longchunks: refused(413, "body too large at byte 7")
    case .badline: refused(400, "bad start line at byte 5")
    case .badmethod: refused(400, "bad start line at byte 2")
    case .badversion: refused(505, "bad version at byte 26")
    case .badfield: refused(400, "bad field name at byte 37")
    case .spacedfield: refused(400, "space before colon at byte 39")
    case .folded: refused(400, "obsolete line fold at byte 36")
    case .control: refused(400, "control byte in field at byte 40")
    case .barelf: refused(400, "bare line feed at byte 40")
    case .barecr: refused(400, "bare carriage return at byte 40")
    case .bothlengths: refused(400, "both Content-Length and Transfer-Encoding at byte 0")
    case .twolengths: refused(400, "conflicting lengths at byte 0")
    case .badlength: refused(400, "bad length at byte 0")
    case .coding, .codingorder, .oldcoding: refused(400, "unknown transfer coding at byte 0")
    case .twocodings: refused(501, "unknown transfer coding at byte 0")
    case .badchunk: refused(400, "bad chunk size at byte 0")
    case .badextension: refused(400, "bad chunk extension at byte 2")
    case .badchunkend: refused(400, "missing line end after chunk data at byte 5")
    case .longsize: refused(400, "chunk size too large at byte 15")
    default: nil
    }
  }

  private static func unfinished(_ delivery: Delivery) -> OwnAnswer? {
    var time = DocumentedLimit.head
    switch delivery.request {
    case .mute:
      return OwnAnswer(status: nil, closes: true, time: DocumentedLimit.clientIdle)
    case .halfhead: break
    case .halfbody:
      // A request without a body lacks the end of its head instead.
      let count = delivery.requestBodies.client.count - 1
      let patience = DocumentedLimit.requestBody + count * 1_000 / DocumentedLimit.requestRate
      if count >= 0 { time = min(patience, DocumentedLimit.clientIdle) }
    default: return nil
    }
    var late = refused(408, "it took too long to come")
    late.time = time
    return late
  }
}
