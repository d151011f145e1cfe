// Shapes of errors in mid-stream, word by word: what their codes, types and statuses mean, and under
// which names servers send them.

extension JoinedShape {
  private static func failing(_ name: String, _ data: String, _ status: Int, _ answer: String)
    -> JoinedShape
  { JoinedShape(name, "data: \(start)\n\ndata: \(data)\n\ndata: [DONE]\n\n", status, answer) }

  static let errorWords: [JoinedShape] =
    words.enumerated().map { number, word in
      let error = #"{"error":{"message":"m","code":"\#(word.0)"}}"#
      return failing("error word \(number)", error, word.1, error)
    }
    + places.enumerated().map { number, error in
      failing("error place \(number)", error.0, error.1, error.0)
    }
    + flat.enumerated().map { number, error in
      failing(
        "flat error \(number)", error.0, error.1,
        Self.error("m", code: error.2))
    }
    + texts.enumerated().map { number, error in
      failing(
        "error text \(number)", error.0, 502,
        Self.error(error.1, type: #""\#(error.2)""#))
    }
    + harmless.enumerated().map { number, event in
      JoinedShape(
        "no error \(number)", "\(event)\n\ndata: \(end)\n\n", 200,
        endAnswer)
    }

  /// Codes as listed in the documentation of DashScope, OpenAI, Anthropic, Google and open servers.
  private static let words: [(String, Int)] = [
    ("Throttling.AllocationQuota", 429), ("AllocationQuota.FreeTierOnly", 403), ("Throttling", 429),
    ("LimitRequests", 429), ("limit_burst_rate", 429), ("rate_limit_exceeded", 429),
    ("insufficient_quota", 429), ("too_many_requests", 429), ("RESOURCE_EXHAUSTED", 429),
    ("1305", 429), ("quota_exceeded", 429), ("InvalidApiKey", 401), ("invalid_api_key", 401),
    ("authentication_error", 401), ("Unauthorized", 401), ("UNAUTHENTICATED", 401),
    ("invalid_authentication", 401), ("AccessDenied.Unpurchased", 403), ("permission_error", 403),
    ("PERMISSION_DENIED", 403), ("Forbidden", 403), ("ModelNotFound", 404),
    ("model_not_found", 404),
    ("NOT_FOUND", 404), ("not_found_error", 404), ("request_too_large", 413),
    ("DataInspectionFailed", 400), ("data_inspection_failed", 400), ("Arrearage", 400),
    ("InvalidParameter", 400), ("invalid_request_error", 400), ("INVALID_ARGUMENT", 400),
    ("BadRequest", 400), ("context_length_exceeded", 400), ("exceed_context_size_error", 400),
    ("content_filter", 400), ("content_policy_violation", 400), ("ModelServingError", 503),
    ("ModelUnavailable", 503), ("ServiceUnavailable", 503), ("UNAVAILABLE", 503),
    ("overloaded_error", 503), ("server_overloaded", 503), ("engine_overloaded", 503),
    ("InternalError", 500), ("internal_server_error", 500), ("SystemError", 500),
    ("server_error", 500), ("api_error", 500), ("RequestTimeOut", 500), ("GatewayTimeout", 504),
    ("DEADLINE_EXCEEDED", 504), ("timeout", 504), ("Invalid Api Key", 401), ("SomethingElse", 502),
  ]

  /// Where a status may be; if there are several, the first valid one counts.
  private static let places: [(String, Int)] =
    ["status", "status_code", "statusCode", "http_status", "code"].flatMap { name in
      [
        (#"{"error":{"message":"m","\#(name)":429}}"#, 429),
        (#"{"error":{"message":"m","\#(name)":"404"}}"#, 404),
      ]
    } + [
      (#"{"error":{"message":"m"}}"#, 502),
      (#"{"error":{"message":"m","code":400}}"#, 400),
      (#"{"error":{"message":"m","code":599}}"#, 599),
      (#"{"error":{"message":"m","code":399}}"#, 502),
      (#"{"error":{"message":"m","code":600}}"#, 502),
      (#"{"error":{"message":"m","code":4290}}"#, 502),
      (#"{"error":{"message":"m","code":42}}"#, 502),
      (#"{"error":{"message":"m","type":"rate_limit_error"}}"#, 429),
      (#"{"error":{"message":"m","status":"UNAVAILABLE"}}"#, 503),
      (#"{"error":{"message":"m","code":"x","type":"y","status":"UNAVAILABLE"}}"#, 503),
      (#"{"error":{"message":"m","code":"timeout","type":"api_error"}}"#, 504),
      (#"{"error":{"message":"m","status":401,"code":429}}"#, 401),
    ]

  /// DashScope's errors without a member `error`: the data, the status and the code.
  private static let flat: [(String, Int, String)] = [
    (#"{"code":"Arrearage","message":"m"}"#, 400, #""Arrearage""#),
    (#"{"code":429,"message":"m"}"#, 429, "429"),
    (#"{"code":"1","message":"m","status_code":503}"#, 503, #""1""#),
    (#"{"object":"error","message":"m","code":404}"#, 404, "404"),
    (#"{"status":409,"object":"error","message":"m"}"#, 409, "null"),
    (#"{"error":"m","code":"c9"}"#, 502, #""c9""#),
  ]

  /// Errors with little more than a text: the data, the message, the type.
  private static let texts: [(String, String, String)] = [
    (#"{"error":"m"}"#, "m", "upstream_error"),
    (#"{"errors":["m"]}"#, "m", "upstream_error"),
    (#"{"errors":"m"}"#, "m", "upstream_error"),
    (#"{"x_groq":{"error":"m"}}"#, "m", "upstream_error"),
    (#"{"type":"error","message":"m"}"#, "m", "error"),
    (#"{"object":"error","msg":"m"}"#, "m", "upstream_error"),
    (#"{"object":"error","detail":"m"}"#, "m", "upstream_error"),
    (#"{"object":"error","message":"a","msg":"b","detail":"c"}"#, "a", "upstream_error"),
    (#"{"object":"error"}"#, "The upstream sent an error without a text.", "upstream_error"),
    (#"[{"object":"error","message":"m"}]"#, "m", "upstream_error"),
    (#"{"choices":[{"index":0,"text":"m","finish_reason":"error"}]}"#, "m", "upstream_error"),
    (
      #"{"choices":[{"index":0,"message":{"content":"m"},"finish_reason":"error_finish"}]}"#, "m",
      "upstream_error"
    ),
    (
      #"{"choices":[{"index":0,"delta":{"content":"m"},"text":"t","finish_reason":"error"}]}"#, "m",
      "upstream_error"
    ),
    (
      #"{"choices":[{"index":0,"finish_reason":"error"}]}"#,
      "The upstream sent an error without a text.", "upstream_error"
    ),
  ]

  /// Data of events that are not errors.
  private static let harmless = [
    #"data: {"code":"0","message":"m"}"#, #"data: {"code":200,"message":"m"}"#,
    #"data: {"code":"ok","message":"m"}"#, #"data: {"code":"SUCCESS","message":"m"}"#,
    #"data: {"code":"x"}"#, #"data: {"message":"m"}"#, #"data: {"code":null,"message":"m"}"#,
    #"data: {"object":"errors","message":"m"}"#, #"data: {"error":null}"#, #"data: {"error":1}"#,
    #"data: {"error":false}"#, #"data: {"x_groq":{"id":"r"}}"#, "data: []",
    "event: errors\ndata: x",
    ":HTTP_STATUS/500\ndata: x", "status: 500", ": error", "data: error: x", "id: error",
  ]

  /// Errors by the fields of their events: the event, the status and the text of the answer.
  static let errorEvents: [JoinedShape] =
    [
      ("event: error\ndata: m", 502, "m"), ("event:  Error \ndata: m", 502, "m"),
      ("event:\terror\t\ndata: m", 502, "m"),
      ("event: error\ndata: a\ndata: b", 502, "a\\nb"), ("error: m", 502, "m"),
      ("error: a\nerror: b", 502, "a\\nb"), ("error:m", 502, "m"), ("error:  m ", 502, "m"),
      ("event: error\n{\"message\":\n\"m\"}", 502, "m"), ("event: error\n{m\nn}", 502, "{m\\nn}"),
      ("{\"error\":\n\"m\"}", 502, "m"), ("event: error\nerror: m\ndata: n", 502, "m"),
      ("event: error\n:HTTP_STATUS/429\ndata: m", 429, "m"),
      ("event: error\n:HTTP_STATUS/ 429 \ndata: m", 429, "m"),
      ("event: error\n:HTTP_STATUS/4290\ndata: m", 502, "m"),
      ("event: error\n:HTTP_STATUS/400\ndata: m", 400, "m"),
      ("event: error\n:HTTP_STATUS/599\ndata: m", 599, "m"),
      ("event: error\n:HTTP_STATUS/399\ndata: m", 502, "m"),
      ("event: error\n:HTTP_STATUS/600\ndata: m", 502, "m"),
      ("event: error\nstatus: 404\ndata: m", 404, "m"),
      ("event: error\nstatus:403\ndata: m", 403, "m"),
      ("event: error\nstatus: 40\ndata: m", 502, "m"), ("event: error\nx: 404\ndata: m", 502, "m"),
      ("event: error\ndata: m\nevent: error", 502, "m"),
      ("event: error\ndata: {\"msg\":\"m\"}", 502, "m"),
      ("event: error\ndata: {\"a\":1}", 502, "The upstream sent an error without a text."),
      ("event: error\ndata", 502, "The upstream sent an error without a text."),
      ("error", 502, "The upstream sent an error without a text."),
      // The characters that JSON escapes (RFC 8259 section 7), and their neighbours.
      (
        "event: error\ndata: \"q\" \\s \u{0}\u{1}\u{F}\u{10}\u{1F}!\u{7F}", 502,
        #"\"q\" \\s \u0000\u0001\u000f\u0010\u001f!"# + "\u{7F}"
      ),
    ].enumerated().map { number, event in
      JoinedShape(
        "error event \(number)", "data: \(start)\n\n\(event.0)\n\ndata: [DONE]\n\n", event.1,
        error(event.2))
    }
}
