// Errors in mid-stream as servers spell them, and streams without a whole answer.

extension JoinedShape {
  /// An error as the proxy writes it: `message` is the inside of a JSON string, the others are JSON.
  static func error(
    _ message: String, type: String = "\"upstream_error\"", code: String = "null"
  ) -> String {
    #"{"error":{"message":"\#(message)","type":\#(type),"param":null,"code":\#(code)}}"#
  }

  /// Errors in mid-stream, and their statuses.
  static let errors: [JoinedShape] =
    [
      ("event: error\ndata: overloaded\n\n", 502, error("overloaded")),
      ("event:error\ndata:a \"b\"\ndata:c\n\n", 502, error(#"a \"b\"\u000ac"#)),
      ("event: error\n\n", 502, error("The upstream sent an error without a text.")),
      ("event: ERROR\n:HTTP_STATUS/503\ndata: x\n\n", 503, error("x")),
      ("event: error\nstatus: 401\ndata: x\n\n", 401, error("x")),
      ("event: error\n:HTTP_STATUS/200\ndata: x\n\n", 502, error("x")),
      (
        #"data: {"code":"InvalidApiKey","message":"m","request_id":"q"}"# + "\n\n", 401,
        #"{"error":{"message":"m","type":"upstream_error","param":null,"code":"InvalidApiKey"},"#
          + #""request_id":"q"}"#
      ),
      (
        #"data: {"error":{"message":"m","type":"rate_limit_error"}}"# + "\n\n", 429,
        #"{"error":{"message":"m","type":"rate_limit_error"}}"#
      ),
      (
        "event: error\n"
          + #"data: {"type":"error","error":{"type":"overloaded_error","message":"O"}}"# + "\n\n",
        503, #"{"error":{"type":"overloaded_error","message":"O"}}"#
      ),
      (
        #"data: {"error":{"code":403,"message":"m"},"choices":[{"finish_reason":"error"}]}"#
          + "\n\n",
        403, #"{"error":{"code":403,"message":"m"}}"#
      ),
      (#"data: {"error":"out of memory"}"# + "\n\n", 502, error("out of memory")),
      (
        #"data: {"object":"error","message":"m","type":"BadRequestError","code":400}"# + "\n\n",
        400,
        error("m", type: "\"BadRequestError\"", code: "400")
      ),
      (
        #"data: [{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}]"# + "\n\n",
        429,
        #"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}"#
      ),
      (
        #"{"error":{"message":"bare","code":"500"}}"# + "\n", 500,
        #"{"error":{"message":"bare","code":"500"}}"#
      ),
      (
        #"error: {"message":"m","code":"internal_error"}"# + "\n\n", 500,
        error("m", code: #""internal_error""#)
      ),
      (
        #"data: {"choices":[{"index":0,"delta":{"content":"Too many"},"finish_reason":"error_finish"}]}"#
          + "\n\n", 502, error("Too many")
      ),
      (
        #"data: {"choices":[{"index":0,"error":{"code":502,"message":"m"},"finish_reason":"error"}]}"#
          + "\n\n", 502, #"{"error":{"code":502,"message":"m"}}"#
      ),
    ].enumerated().map {
      JoinedShape("error \($0)", "data: \(start)\n\n\($1.0)data: [DONE]\n\n", $1.1, $1.2)
    } + [
      JoinedShape(
        "native error behind native pieces",
        native([#"{"text":"a","finish_reason":"null"}"#])
          + "id:2\nevent:error\n:HTTP_STATUS/400\n"
          + #"data:{"code":"DataInspectionFailed","message":"m","request_id":"r"}"# + "\n\n",
        400, #"{"code":"DataInspectionFailed","message":"m","request_id":"r"}"#)
    ]

  /// Streams without a whole answer.
  static let fragments: [JoinedShape] = [
    ("data: \(start)\n\n", "upstream_truncated"),
    (
      "data: {\"choices\":[{\"index\":1,\"text\":\"a\"}]}\n\ndata: \(end)\n\n", "upstream_truncated"
    ),
    (
      "data: {\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":\"\"}]}\n\n",
      "upstream_truncated"
    ),
    (native([#"{"text":"a","finish_reason":"null"}"#]), "upstream_truncated"),
    ("data: \(start)\n\ndata: {\"choices\":[\n\ndata: [DONE]\n\n", "upstream_not_a_completion"),
    ("data: \(start)\n\ndata: {\"choices\":tru}\n\ndata: [DONE]\n\n", "upstream_not_a_completion"),
    ("data: {\"usage\":{\"n\":1}}\n\ndata: [DONE]\n\n", "upstream_not_a_completion"),
  ].enumerated().map { JoinedShape("fragment \($0)", $1.0, 502, $1.1) }
}
