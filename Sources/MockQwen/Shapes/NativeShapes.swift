// Shapes of DashScope's native protocol, and what may come between and after chunks.

extension JoinedShape {
  static func native(_ outputs: [String]) -> String {
    outputs.enumerated().map { number, output in
      "id:\(number + 1)\nevent:result\n:HTTP_STATUS/200\n"
        + #"data:{"output":\#(output),"usage":{"output_tokens":\#(number)},"request_id":"r"}"#
        + "\n\n"
    }.joined()
  }

  private static func whole(_ output: String, _ tokens: Int) -> String {
    #"{"output":\#(output),"usage":{"output_tokens":\#(tokens)},"request_id":"r"}"#
  }

  static let natives: [JoinedShape] = [
    JoinedShape(
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
    JoinedShape(
      "native wholes",
      native([
        #"{"choices":[{"message":{"content":"H","role":"assistant"},"finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":"Hel","role":"assistant"},"finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":"Hello","role":"assistant"},"finish_reason":"stop"}]}"#,
      ]), 200,
      whole(
        #"{"choices":[{"message":{"content":"Hello","role":"assistant"},"finish_reason":"stop"}]}"#,
        2)),
    JoinedShape(
      "native text in pieces",
      native([
        #"{"finish_reason":"null","text":"1+"}"#, #"{"finish_reason":"null","text":"1"}"#,
        #"{"finish_reason":"stop","text":""}"#,
      ]), 200, whole(#"{"finish_reason":"stop","text":"1+1"}"#, 2)),
    JoinedShape(
      "native text as a whole",
      native([
        #"{"finish_reason":"null","text":"1,"}"#, #"{"finish_reason":"null","text":"1, 2"}"#,
        #"{"finish_reason":"stop","text":"1, 2"}"#,
      ]), 200, whole(#"{"finish_reason":"stop","text":"1, 2"}"#, 2)),
    JoinedShape(
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
    JoinedShape(
      "native parts as wholes",
      native([
        #"{"choices":[{"message":{"content":[{"text":"Hel"}]},"finish_reason":"null"}]}"#,
        #"{"choices":[{"message":{"content":[{"text":"Hello"}]},"finish_reason":"stop"}]}"#,
      ]), 200,
      whole(
        #"{"choices":[{"message":{"content":[{"text":"Hello"}]},"finish_reason":"stop"}]}"#, 1)),
    JoinedShape(
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
    JoinedShape(
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

  static let start = #"{"choices":[{"index":0,"delta":{"content":"He"}}]}"#
  static let end =
    #"{"choices":[{"index":0,"delta":{"content":"y"},"finish_reason":"stop"}]}"#
  /// The result of `end` alone.
  static let endAnswer =
    #"{"choices":[{"index":0,"message":{"content":"y","role":"assistant"},"finish_reason":"stop"}]}"#
  private static let hey =
    #"{"choices":[{"index":0,"message":{"content":"Hey","role":"assistant"},"#
    + #""finish_reason":"stop"}]}"#

  /// What may come between and after chunks, without `[DONE]` when there is a finish reason.
  static let events: [JoinedShape] = [
    "data: \(start)\n\ndata: \(end)\n\n",
    "\u{FEFF}data:\(start)\r\n\r\ndata:\(end)\r\n\r\ndata:[DONE]\r\n\r\n",
    "data: \(start)\r\rdata: \(end)\r\rdata:  [DONE] \r\r",
    // A byte order mark is one at the beginning alone, and else part of a field's name.
    "data: \(start)\n\n\u{FEFF}data: \(end)\n\ndata: \(end)\n\n",
    ": c\n\nid: 1\nretry: 5\nevent: message\ndata: \(start)\n\n:\n\ndata\n\ndata:\n\ndata: \(end)\n",
    "data: \(start.replacing(",", with: ",\ndata: "))\n\ndata: \(end)\n\n",
    "data: \(start)\ndata: \(end)\ndata: [DONE]\n\n",
    "data: \(start)\n\nunknown: x\nevent: ping\ndata: {\"type\":\"ping\"}\n\ndata: \(end)\n\n",
    "data: null\n\ndata: 1\n\ndata: []\n\ndata: \"x\"\n\ndata: [PING]\n\n"
      + "data: \(start)\n\ndata: \(end)\n\n",
    "data: \(start)\n\ndata: \(end)\n\ndata: [DONE]\n\ndata: \(end)\n\nevent: error\ndata: late\n\n",
    "data: {\"code\":\"0\",\"message\":\"ok\"}\n\ndata: \(start)\n\ndata: \(end)\n\n",
    "data: {\"error\":null,\(start.dropFirst())\n\ndata: {\"error\":{},\(end.dropFirst())\n\n",
  ].enumerated().map { JoinedShape("events \($0)", $1, 200, answer($0)) }

  /// The answer keeps members named `error` that do not report an error.
  private static func answer(_ number: Int) -> String {
    number == 11 ? #"{"error":{},"# + hey.dropFirst() : hey
  }
}
