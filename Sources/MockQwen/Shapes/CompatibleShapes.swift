// Shapes of the compatible dialect: the members of messages, and the members beside choices.

extension JoinedShape {
  /// The members of messages.
  static let deltas: [JoinedShape] = [
    JoinedShape(
      deltas: [#"{"role":"assistant","reasoning":"a"}"#, #"{"reasoning":"a","content":""}"#],
      message: #"{"role":"assistant","reasoning":"aa","content":""}"#, "equal pieces"),
    JoinedShape(
      deltas: [#"{"refusal":"I "}"#, #"{"refusal":"can't","content":null}"#],
      message: #"{"refusal":"I can't","content":null,"role":"assistant"}"#, "refusal"),
    JoinedShape(
      deltas: [
        #"{"role":"assistant","phase":"think","cot":"Let "}"#,
        #"{"role":"assistant","phase":"answer","cot":"me","lang":"en"}"#,
        #"{"role":"assistant","content":"ok","lang":"en"}"#,
      ],
      message:
        #"{"role":"assistant","phase":"think","cot":"Let me","lang":"en","content":"ok"}"#,
      "texts that nobody knows grow unless they are always the same"),
    JoinedShape(
      deltas: [
        #"{"function_call":{"name":"f","arguments":"{\"a"}}"#,
        #"{"function_call":{"arguments":"\":1}"}}"#,
      ],
      message:
        #"{"function_call":{"name":"f","arguments":"{\"a\":1}"},"role":"assistant","content":null}"#,
      "function_call of the older kind"),
    JoinedShape(
      deltas: [
        #"{"content":"a","annotations":[{"type":"url_citation","url":"u1"}]}"#,
        #"{"annotations":[{"type":"url_citation","url":"u2"}]}"#,
      ],
      message: #"{"content":"a","role":"assistant","annotations":["#
        + #"{"type":"url_citation","url":"u1"},{"type":"url_citation","url":"u2"}]}"#,
      "annotations"),
    JoinedShape(
      deltas: [
        #"{"reasoning_details":[{"type":"reasoning.text","text":"Let ","index":0}]}"#,
        #"{"reasoning_details":[{"type":"reasoning.text","text":"me","index":0},"#
          + #"{"type":"reasoning.encrypted","data":"x","index":1}]}"#,
      ],
      message: #"{"role":"assistant","content":null,"reasoning_details":["#
        + #"{"type":"reasoning.text","text":"Let me","index":0},"#
        + #"{"type":"reasoning.encrypted","data":"x","index":1}]}"#, "lists with an index"),
    JoinedShape(
      deltas: [
        #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}]}]}"#,
        #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"b"}]}]}"#,
        #"{"content":"c"}"#, #"{"content":"d"}"#,
      ],
      message: #"{"role":"assistant","content":["#
        + #"{"type":"thinking","thinking":[{"type":"text","text":"ab"}]},"#
        + #"{"type":"text","text":"cd"}]}"#, "content in parts"),
    JoinedShape(
      deltas: [
        #"{"tool_calls":[{"function":{"name":"f","arguments":"{\"a\""}}]}"#,
        #"{"tool_calls":[{"function":{"arguments":":\"}\"}"}}]}"#,
        #"{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}"#,
      ],
      message: #"{"role":"assistant","content":null,"tool_calls":["#
        + #"{"type":"function","function":{"name":"f","arguments":"{\"a\":\"}\"}"}},"#
        + #"{"type":"function","function":{"name":"f","arguments":"{}"}}]}"#,
      "calls with neither index nor id"),
    JoinedShape(
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
    JoinedShape(
      deltas: [
        #"{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}]}"#,
        #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}"#,
        #"{"tool_calls":[{"index":1,"type":null,"function":{"name":null,"arguments":"}"}}]}"#,
      ],
      message: #"{"role":"assistant","content":null,"tool_calls":["#
        + #"{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},"#
        + #"{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}"#,
      "calls out of order"),
    JoinedShape(
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

  /// Choices, and the members beside them.
  static let choices: [JoinedShape] = [
    JoinedShape(
      "choices without an index",
      chunks: [
        #"{"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"},"index":null}]}"#,
        #"{"choices":[{"delta":{"content":"A"},"finish_reason":"stop"}]}"#,
      ],
      #"{"choices":[{"index":0,"message":{"content":"aA","role":"assistant"},"#
        + #""finish_reason":"stop"},{"index":1,"message":{"content":"b","role":"assistant"}}]}"#),
    JoinedShape(
      "ten choices, backwards",
      chunks: (0...10).reversed().map { #"{"choices":[{"index":\#($0),"text":"t"}]}"# },
      "{\"choices\":["
        + (0...10).map { #"{"index":\#($0),"text":"t"}"# }.joined(separator: ",") + "]}"),
    JoinedShape(
      "usage in every chunk, lists that are repeated",
      chunks: [
        #"{"id":"1","citations":["u"],"choices":[{"index":0,"text":"a"}],"usage":{"n":1}}"#,
        #"{"id":"1","citations":["u","v"],"choices":[{"index":0,"text":"b"}],"usage":{"n":2}}"#,
        #"{"id":"1","citations":["u","v"],"choices":[],"usage":null,"object":"text_completion"}"#,
      ],
      #"{"id":"1","citations":["u","v"],"usage":{"n":2},"object":"text_completion","#
        + #""choices":[{"index":0,"text":"ab"}]}"#),
    JoinedShape(
      "log probabilities of completions and of refusals",
      chunks: [
        #"{"choices":[{"index":0,"text":"a","logprobs":{"tokens":["a"],"refusal":null}}]}"#,
        #"{"choices":[{"index":0,"text":"a","logprobs":{"tokens":["a"],"refusal":[{"t":1}]}}]}"#,
      ],
      #"{"choices":[{"index":0,"text":"aa","logprobs":{"tokens":["a","a"],"refusal":[{"t":1}]}}]}"#),
    JoinedShape(
      "only messages, each the whole so far",
      chunks: [
        #"{"choices":[{"index":0,"message":{"role":"assistant","content":"He"}}]}"#,
        #"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}}]}"#,
      ],
      #"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}}]}"#),
    JoinedShape(
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
