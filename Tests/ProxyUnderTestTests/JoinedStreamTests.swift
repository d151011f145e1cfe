// STREAM=false with servers of many kinds: the one answer says what the stream said, and what is not a
// whole answer is an error.

import Foundation
import ProxyUnderTest
import Testing

@Suite struct JoinedStreamTests {
  @Test(arguments: files + deltas + choices + natives + events)
  func isOneAnswer(_ stream: JoinedStream) { stream.check() }

  @Test(arguments: errors + fragments) func isAnError(_ stream: JoinedStream) { stream.check() }

  /// The files in Tests/Fixtures/whole.
  static let files: [JoinedStream] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/whole")
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
      let file = folder.appending(path: "\(name).sse")
      let text = (try? String(contentsOf: file, encoding: .utf8)) ?? "no file \(file.path)"
      return JoinedStream(name, text, status, answer)
    }
  }()

  /// What messages are made of.
  static let deltas: [JoinedStream] = [
    JoinedStream(
      deltas: [#"{"role":"assistant","reasoning":"a"}"#, #"{"reasoning":"a","content":""}"#],
      message: #"{"role":"assistant","reasoning":"aa","content":""}"#, "equal pieces"),
    JoinedStream(
      deltas: [#"{"refusal":"I "}"#, #"{"refusal":"can't","content":null}"#],
      message: #"{"refusal":"I can't","content":null,"role":"assistant"}"#, "refusal"),
    JoinedStream(
      deltas: [
        #"{"role":"assistant","phase":"think","cot":"Let "}"#,
        #"{"role":"assistant","phase":"answer","cot":"me","lang":"en"}"#,
        #"{"role":"assistant","content":"ok","lang":"en"}"#,
      ],
      message:
        #"{"role":"assistant","phase":"think","cot":"Let me","lang":"en","content":"ok"}"#,
      "texts that nobody knows grow unless they are always the same"),
    JoinedStream(
      deltas: [
        #"{"function_call":{"name":"f","arguments":"{\"a"}}"#,
        #"{"function_call":{"arguments":"\":1}"}}"#,
      ],
      message:
        #"{"function_call":{"name":"f","arguments":"{\"a\":1}"},"role":"assistant","content":null}"#,
      "function_call of the older kind"),
    JoinedStream(
      deltas: [
        #"{"content":"a","annotations":[{"type":"url_citation","url":"u1"}]}"#,
        #"{"annotations":[{"type":"url_citation","url":"u2"}]}"#,
      ],
      message: #"{"content":"a","role":"assistant","annotations":["#
        + #"{"type":"url_citation","url":"u1"},{"type":"url_citation","url":"u2"}]}"#,
      "annotations"),
    JoinedStream(
      deltas: [
        #"{"reasoning_details":[{"type":"reasoning.text","text":"Let ","index":0}]}"#,
        #"{"reasoning_details":[{"type":"reasoning.text","text":"me","index":0},"#
          + #"{"type":"reasoning.encrypted","data":"x","index":1}]}"#,
      ],
      message: #"{"role":"assistant","content":null,"reasoning_details":["#
        + #"{"type":"reasoning.text","text":"Let me","index":0},"#
        + #"{"type":"reasoning.encrypted","data":"x","index":1}]}"#, "lists with an index"),
    JoinedStream(
      deltas: [
        #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}]}]}"#,
        #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"b"}]}]}"#,
        #"{"content":"c"}"#, #"{"content":"d"}"#,
      ],
      message: #"{"role":"assistant","content":["#
        + #"{"type":"thinking","thinking":[{"type":"text","text":"ab"}]},"#
        + #"{"type":"text","text":"cd"}]}"#, "content in parts"),
    JoinedStream(
      deltas: [
        #"{"tool_calls":[{"function":{"name":"f","arguments":"{\"a\""}}]}"#,
        #"{"tool_calls":[{"function":{"arguments":":\"}\"}"}}]}"#,
        #"{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}"#,
      ],
      message: #"{"role":"assistant","content":null,"tool_calls":["#
        + #"{"type":"function","function":{"name":"f","arguments":"{\"a\":\"}\"}"}},"#
        + #"{"type":"function","function":{"name":"f","arguments":"{}"}}]}"#,
      "calls with neither index nor id"),
    JoinedStream(
      deltas: [
        #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}"#,
        #"{"tool_calls":[{"index":1,"id":"a","function":{"name":"g","arguments":"{"}}]}"#,
        #"{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{}"}},"#
          + #"{"index":1,"id":"a","function":{"arguments":"}"}}]}"#,
      ],
      message: #"{"role":"assistant","content":null,"tool_calls":["#
        + #"{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},"#
        + #"{"id":"a","type":"function","function":{"name":"g","arguments":"{}"}}]}"#,
      "one id at two indexes"),
    JoinedStream(
      deltas: [
        #"{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}]}"#,
        #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}"#,
        #"{"tool_calls":[{"index":1,"type":null,"function":{"name":null,"arguments":"}"}}]}"#,
      ],
      message: #"{"role":"assistant","content":null,"tool_calls":["#
        + #"{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},"#
        + #"{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}"#,
      "calls out of order"),
    JoinedStream(
      deltas: [
        #"{"tool_calls":[{"id":"a","function":{"name":"f"}},{"id":"b","function":{"name":"f"}}]}"#,
        #"{"tool_calls":[{"function":{"arguments":"1"}},{"function":{"arguments":"2"}}]}"#,
        #"{"tool_calls":[{"id":"a","function":{"arguments":"3"}}]}"#,
      ],
      message: #"{"role":"assistant","content":null,"tool_calls":["#
        + #"{"id":"a","type":"function","function":{"name":"f","arguments":"13"}},"#
        + #"{"id":"b","type":"function","function":{"name":"f","arguments":"2"}}]}"#,
      "calls told apart by order, then by id"),
  ]

  /// Choices, and what stands beside them.
  static let choices: [JoinedStream] = [
    JoinedStream(
      "choices without an index",
      chunks: [
        #"{"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"},"index":null}]}"#,
        #"{"choices":[{"delta":{"content":"A"},"finish_reason":"stop"}]}"#,
      ],
      #"{"choices":[{"index":0,"message":{"content":"aA","role":"assistant"},"#
        + #""finish_reason":"stop"},{"index":1,"message":{"content":"b","role":"assistant"}}]}"#),
    JoinedStream(
      "ten choices, backwards",
      chunks: (0...10).reversed().map { #"{"choices":[{"index":\#($0),"text":"t"}]}"# },
      "{\"choices\":["
        + (0...10).map { #"{"index":\#($0),"text":"t"}"# }.joined(separator: ",") + "]}"),
    JoinedStream(
      "usage in every chunk, lists that are repeated",
      chunks: [
        #"{"id":"1","citations":["u"],"choices":[{"index":0,"text":"a"}],"usage":{"n":1}}"#,
        #"{"id":"1","citations":["u","v"],"choices":[{"index":0,"text":"b"}],"usage":{"n":2}}"#,
        #"{"id":"1","citations":["u","v"],"choices":[],"usage":null,"object":"text_completion"}"#,
      ],
      #"{"id":"1","citations":["u","v"],"usage":{"n":2},"object":"text_completion","#
        + #""choices":[{"index":0,"text":"ab"}]}"#),
    JoinedStream(
      "log probabilities of completions and of refusals",
      chunks: [
        #"{"choices":[{"index":0,"text":"a","logprobs":{"tokens":["a"],"refusal":null}}]}"#,
        #"{"choices":[{"index":0,"text":"a","logprobs":{"tokens":["a"],"refusal":[{"t":1}]}}]}"#,
      ],
      #"{"choices":[{"index":0,"text":"aa","logprobs":{"tokens":["a","a"],"refusal":[{"t":1}]}}]}"#),
    JoinedStream(
      "only messages, each the whole so far",
      chunks: [
        #"{"choices":[{"index":0,"message":{"role":"assistant","content":"He"}}]}"#,
        #"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}}]}"#,
      ],
      #"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}}]}"#),
    JoinedStream(
      "filters beside a message",
      chunks: [
        #"{"choices":[],"prompt_filter_results":[{"index":0}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":"a"},"content_filter_results":{"hate":"safe"}}]}"#,
        #"{"choices":[{"index":0,"delta":null,"content_filter_results":{"hate":"low"}}]}"#,
      ],
      #"{"prompt_filter_results":[{"index":0}],"choices":[{"index":0,"message":"#
        + #"{"content":"a","role":"assistant"},"content_filter_results":{"hate":"safe"}}]}"#),
  ]
}
