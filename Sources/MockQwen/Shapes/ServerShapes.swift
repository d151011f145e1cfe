// Shapes of single servers, as they were seen.

extension JoinedShape {
  /// What servers send in places where they differ, and the answers.
  static let servers: [JoinedShape] = {
    let common = #""id":"c1","object":"chat.completion","created":1,"model":"qwen-plus""#
    func answer(_ message: String, _ reason: String = "stop") -> String {
      #"{\#(common),"choices":[{"index":0,"message":\#(message),"finish_reason":"\#(reason)"}]}"#
    }
    func calls(_ content: String = "null") -> String {
      let weather = #"{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}"#
      let time = #"{"name":"get_time","arguments":"{\"tz\":\"CET\"}"}"#
      return answer(
        #"{"role":"assistant","content":\#(content),"tool_calls":[{"id":"a1","type":"function","#
          + #""function":\#(weather)},{"id":"b2","type":"function","function":\#(time)}]}"#,
        "tool_calls")
    }
    let logprobs =
      #"[{"token":"A","logprob":-0.1,"bytes":[65],"top_logprobs":[]},"#
      + #"{"token":"B","logprob":-0.2,"bytes":[66],"top_logprobs":[]}]"#
    let expected: [(String, Int, String)] = [
      ("noindex", 200, calls("\"\"")), ("noindex1", 200, calls()), ("nullindex", 200, calls()),
      ("sameindex", 200, calls()),
      (
        "idrepeat", 200,
        answer(
          #"{"role":"assistant","content":null,"tool_calls":[{"id":"a1","type":"function","#
            + #""function":{"name":"f","arguments":"{\"a\":1}"}}]}"#, "tool_calls")
      ),
      (
        "eventerr", 429,
        #"{"error":{"message":"limit","type":"upstream_error","param":null,"code":"Throttling"},"#
          + #""request_id":"r"}"#
      ),
      (
        "nativeerr", 429,
        #"{"error":{"message":"limit","type":"upstream_error","param":null,"#
          + #""code":"Throttling.RateQuota"},"request_id":"r"}"#
      ),
      (
        "llamaerr", 400,
        #"{"error":{"message":"the request exceeds the available context size","#
          + #""type":"invalid_request_error","param":null,"code":400}}"#
      ),
      ("nofinish", 502, "upstream_truncated"),
      ("ping", 200, answer(#"{"role":"assistant","content":"Hello"}"#)),
      ("pingtext", 200, answer(#"{"role":"assistant","content":"Hello"}"#)),
      ("donespace", 200, answer(#"{"role":"assistant","content":"Hel"}"#)),
      ("both", 200, answer(#"{"role":"assistant","content":"Hello"}"#)),
      ("finalmessage", 200, answer(#"{"role":"assistant","content":"Hello"}"#)),
      ("thinking", 200, answer(#"{"role":"assistant","thinking":"Let me","content":"ok"}"#)),
      (
        "omni", 200,
        answer(
          #"{"role":"assistant","content":null,"audio":{"transcript":"Hello","#
            + #""data":"UklGRg==AAAAAA==","expires_at":1}}"#)
      ),
      (
        "logprobs", 200,
        #"{\#(common),"choices":[{"index":0,"message":{"role":"assistant","content":"AB"},"#
          + #""logprobs":{"content":\#(logprobs)},"finish_reason":"stop"}]}"#
      ),
      (
        "choices2", 200,
        #"{"id":"c","object":"chat.completion","choices":["#
          + #"{"index":0,"message":{"role":"assistant","content":"A1A2"},"finish_reason":"stop"},"#
          + #"{"index":1,"message":{"role":"assistant","content":"B1B2"},"finish_reason":"stop"}]}"#
      ),
      (
        "usage", 200,
        #"{\#(common),"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2},"#
          + #""choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"#
          + #""finish_reason":"stop"}]}"#
      ),
      (
        "native", 200,
        #"{"output":{"choices":[{"message":{"role":"assistant","content":"Hello"},"#
          + #""finish_reason":"stop"}]},"usage":{"total_tokens":2},"request_id":"r"}"#
      ),
    ]
    return expected.map { name, status, answer in
      JoinedShape(name, (streams[name] ?? []).joined(), status, answer)
    }
  }()
}
