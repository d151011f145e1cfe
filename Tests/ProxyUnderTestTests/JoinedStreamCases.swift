// More streams: DashScope's native protocol, events of all kinds, errors, and ends that are none.

extension JoinedStreamTests {
  private static func native(_ outputs: [String]) -> String {
    outputs.enumerated().map { number, output in
      "id:\(number + 1)\nevent:result\n:HTTP_STATUS/200\n"
        + #"data:{"output":\#(output),"usage":{"output_tokens":\#(number)},"request_id":"r"}"#
        + "\n\n"
    }.joined()
  }

  private static func whole(_ output: String, _ tokens: Int) -> String {
    #"{"output":\#(output),"usage":{"output_tokens":\#(tokens)},"request_id":"r"}"#
  }

  static let natives: [JoinedStream] = [
    JoinedStream(
      "native pieces",
      native([
        #"{"choices":[{"message":{"content":"","reasoning_content":"1","role":"assistant"},"#
          + #""finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":"1","reasoning_content":"","role":"assistant"},"#
          + #""finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":"1","reasoning_content":"","role":"assistant"},"#
          + #""finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":"","reasoning_content":"","role":"assistant"},"#
          + #""finish_reason":"stop"}]}"#,
      ]), 200,
      whole(
        #"{"choices":[{"message":{"content":"11","reasoning_content":"1","role":"assistant"},"#
          + #""finish_reason":"stop"}]}"#, 3)),
    JoinedStream(
      "native wholes",
      native([
        #"{"choices":[{"message":{"content":"H","role":"assistant"},"finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":"Hel","role":"assistant"},"finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":"Hello","role":"assistant"},"finish_reason":"stop"}]}"#,
      ]), 200,
      whole(
        #"{"choices":[{"message":{"content":"Hello","role":"assistant"},"finish_reason":"stop"}]}"#,
        2)),
    JoinedStream(
      "native text in pieces",
      native([
        #"{"finish_reason":"null","text":"1+"}"#, #"{"finish_reason":"null","text":"1"}"#,
        #"{"finish_reason":"stop","text":""}"#,
      ]), 200, whole(#"{"finish_reason":"stop","text":"1+1"}"#, 2)),
    JoinedStream(
      "native text as a whole",
      native([
        #"{"finish_reason":"null","text":"1,"}"#, #"{"finish_reason":"null","text":"1, 2"}"#,
        #"{"finish_reason":"stop","text":"1, 2"}"#,
      ]), 200, whole(#"{"finish_reason":"stop","text":"1, 2"}"#, 2)),
    JoinedStream(
      "native content in parts, and lists that are repeated",
      native([
        #"{"choices":[{"message":{"content":[{"text":"Hel"}],"role":"assistant"},"#
          + #""finish_reason":"null"}],"tool_info":[{"code":"1"}]}"#,
        #"{"choices":[{"message":{"content":[{"text":"lo"}],"role":"assistant"},"#
          + #""finish_reason":"null"}],"tool_info":[{"code":"1"}]}"#,
        #"{"choices":[{"message":{"content":[],"role":"assistant"},"finish_reason":"stop"}],"#
          + #""tool_info":[{"code":"1"}]}"#,
      ]), 200,
      whole(
        #"{"choices":[{"message":{"content":[{"text":"Hello"}],"role":"assistant"},"#
          + #""finish_reason":"stop"}],"tool_info":[{"code":"1"}]}"#, 2)),
    JoinedStream(
      "native parts as wholes",
      native([
        #"{"choices":[{"message":{"content":[{"text":"Hel"}]},"finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":[{"text":"Hello"}]},"finish_reason":"stop"}]}"#,
      ]), 200,
      whole(
        #"{"choices":[{"message":{"content":[{"text":"Hello"}]},"finish_reason":"stop"}]}"#, 1)),
    JoinedStream(
      "native calls",
      native([
        #"{"choices":[{"message":{"content":"","tool_calls":[{"index":0,"id":"a","#
          + #""type":"function","function":{"name":"f","arguments":"{"}}]},"#
          + #""index":0,"finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":"","tool_calls":[{"index":0,"id":"","#
          + #""type":"function","function":{"arguments":"}"}}]},"#
          + #""index":0,"finish_reason":"tool_calls"}]}"#,
      ]), 200,
      whole(
        #"{"choices":[{"message":{"content":"","tool_calls":[{"index":0,"id":"a","#
          + #""type":"function","function":{"name":"f","arguments":"{}"}}]},"#
          + #""index":0,"finish_reason":"tool_calls"}]}"#, 1)),
    JoinedStream(
      "native calls as wholes",
      native([
        #"{"choices":[{"message":{"content":"","tool_calls":[{"index":0,"id":"a","#
          + #""function":{"name":"f","arguments":"{"}}]},"finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":"","tool_calls":[{"index":0,"id":"a","#
          + #""function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#,
      ]), 200,
      whole(
        #"{"choices":[{"message":{"content":"","tool_calls":[{"index":0,"id":"a","type":"function","#
          + #""function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#, 1)),
  ]

  private static let start = #"{"choices":[{"index":0,"delta":{"content":"He"}}]}"#
  private static let end =
    #"{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":"stop"}]}"#
  private static let hey =
    #"{"choices":[{"index":0,"message":{"content":"Hey","role":"assistant"},"#
    + #""finish_reason":"stop"}]}"#

  /// What may stand between and behind chunks, with no `[DONE]` where a finish reason is.
  static let events: [JoinedStream] = [
    "data: \(start)\n\ndata: \(end)\n\n",
    "\u{FEFF}data:\(start)\r\n\r\ndata:\(end)\r\n\r\ndata:[DONE]\r\n\r\n",
    "data: \(start)\r\rdata: \(end)\r\rdata:  [DONE] \r\r",
    ": c\n\nid: 1\nretry: 5\nevent: message\ndata: \(start)\n\n:\n\ndata\n\ndata:\n\ndata: \(end)\n",
    "data: \(start.replacing(",", with: ",\ndata: "))\n\ndata: \(end)\n\n",
    "data: \(start)\ndata: \(end)\ndata: [DONE]\n\n",
    "data: \(start)\n\nunknown: x\nevent: ping\ndata: {\"type\":\"ping\"}\n\ndata: \(end)\n\n",
    "data: null\n\ndata: 1\n\ndata: []\n\ndata: \"x\"\n\ndata: [PING]\n\n"
      + "data: \(start)\n\ndata: \(end)\n\n",
    "data: \(start)\n\ndata: \(end)\n\ndata: [DONE]\n\ndata: \(end)\n\nevent: error\ndata: late\n\n",
    "data: {\"code\":\"0\",\"message\":\"ok\"}\n\ndata: \(start)\n\ndata: \(end)\n\n",
    "data: {\"error\":null,\(start.dropFirst())\n\ndata: {\"error\":{},\(end.dropFirst())\n\n",
  ].enumerated().map { JoinedStream("events \($0)", $1, 200, Self.answer($0)) }

  /// The answer holds what chunks say of errors that are none.
  private static func answer(_ number: Int) -> String {
    number == 10 ? #"{"error":{},"# + hey.dropFirst() : hey
  }

  private static func error(
    _ message: String, type: String = "\"upstream_error\"", code: String = "null"
  ) -> String {
    #"{"error":{"message":"\#(message)","type":\#(type),"param":null,"code":\#(code)}}"#
  }

  /// Errors in mid-stream, and their statuses.
  static let errors: [JoinedStream] =
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
      JoinedStream("error \($0)", "data: \(start)\n\n\($1.0)data: [DONE]\n\n", $1.1, $1.2)
    } + [
      JoinedStream(
        "native error behind native pieces",
        native([#"{"text":"a","finish_reason":"null"}"#])
          + "id:2\nevent:error\n:HTTP_STATUS/400\n"
          + #"data:{"code":"DataInspectionFailed","message":"m","request_id":"r"}"# + "\n\n",
        400, #"{"code":"DataInspectionFailed","message":"m","request_id":"r"}"#)
    ]

  /// Streams that hold no whole answer.
  static let fragments: [JoinedStream] = [
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
  ].enumerated().map { JoinedStream("fragment \($0)", $1.0, 502, $1.1) }
}
