// Shapes of lists of parts, and of texts whose pieces are the whole text so far.

extension JoinedShape {
  /// A message's content as a list of parts, delta by delta.
  static let parts: [JoinedShape] =
    pieces.enumerated().map { number, shape in
      JoinedShape(
        deltas: shape.0.map { #"{"content":\#($0)}"# },
        message: #"{"role":"assistant","content":\#(shape.1)}"#, "parts \(number)")
    }

  private static func twice(_ first: String, _ second: String, _ joined: String) -> (
    [String], String
  ) { (["[\(first)]", "[\(second)]"], "[\(joined)]") }

  private static let pieces: [([String], String)] =
    // Parts of these kinds come in pieces; the kind is given by a type or by the first member's name.
    ["text", "output_text", "thinking", "reasoning", "audio", "input_audio"].flatMap { kind in
      [
        twice(
          #"{"type":"\#(kind)","text":"a"}"#, #"{"type":"\#(kind)","text":"b"}"#,
          #"{"type":"\#(kind)","text":"ab"}"#),
        twice(#"{"\#(kind)":"a"}"#, #"{"\#(kind)":"b"}"#, #"{"\#(kind)":"ab"}"#),
      ]
    }
    + [
      // An element without members is a part by itself.
      twice("{}", "{}", "{},{}"), twice("[]", "1", "[],1"),
      twice(#"{"text":"a"}"#, "{}", #"{"text":"a"},{}"#),
      // All others are parts by themselves.
      twice(
        #"{"type":"image","text":"a"}"#, #"{"type":"image","text":"b"}"#,
        #"{"type":"image","text":"a"},{"type":"image","text":"b"}"#),
      twice(#"{"image":"a"}"#, #"{"image":"b"}"#, #"{"image":"a"},{"image":"b"}"#),
      twice(
        #"{"text":"a"}"#, #"{"image":"b"},{"text":"c"}"#,
        #"{"text":"a"},{"image":"b"},{"text":"c"}"#),
      twice(#"{"text":"a"}"#, #"{"reasoning":"b"}"#, #"{"text":"a"},{"reasoning":"b"}"#),
      twice(#"{"text":"a"},{"text":"b"}"#, #"{"text":"c"}"#, #"{"text":"abc"}"#),
      twice(#""a""#, #"1,{},{"text":"b"}"#, #""a",1,{},{"text":"b"}"#),
      twice(
        #"{"type":1,"text":"a"}"#, #"{"type":1,"text":"b"}"#,
        #"{"type":1,"text":"a"},{"type":1,"text":"b"}"#),
      // Plain text is one more part of text.
      ([#""a""#, #"[{"type":"text","text":"b"}]"#], #"[{"type":"text","text":"ab"}]"#),
      ([#"[{"type":"text","text":"a"}]"#, #""b""#, #""""#], #"[{"type":"text","text":"ab"}]"#),
      ([#"[{"image":"i"}]"#, #""b""#], #"[{"image":"i"},{"type":"text","text":"b"}]"#),
      ([#""""#, "[]", #""c""#], #"[{"type":"text","text":"c"}]"#),
      (["null", #"[{"text":"a"}]"#, "{}", "1"], #"[{"text":"a"}]"#),
      (["{}", #""a""#, #"[{"text":"b"}]"#], "{}"),
    ]

  /// The texts of native messages, event by event, and the joined result: if each begins with the one
  /// before it, the last one is the whole text.
  static let repeats: [JoinedShape] =
    ways.enumerated().map { number, shape in
      let last = shape.0.count - 1
      let outputs = shape.0.enumerated().map { index, text in
        #"{"choices":[{"message":{\#(text)},"finish_reason":"\#(index == last ? "stop" : "null")"}]}"#
      }
      return JoinedShape(
        "ways \(number)", native(outputs), 200,
        #"{"output":{"choices":[{"message":{\#(shape.1)},"finish_reason":"stop"}]},"#
          + #""usage":{"output_tokens":\#(last)},"request_id":"r"}"#)
    }
    + texts.enumerated().map { number, shape in
      let last = shape.0.count - 1
      let outputs = shape.0.enumerated().map { index, text in
        #"{"text":"\#(text)","finish_reason":\#(index == last ? #""stop""# : "null")}"#
      }
      return JoinedShape(
        "text ways \(number)", native(outputs), 200,
        #"{"output":{"text":"\#(shape.1)","finish_reason":"stop"},"#
          + #""usage":{"output_tokens":\#(last)},"request_id":"r"}"#)
    }

  private static let texts: [([String], String)] = [
    (["a"], "a"), (["a", "b"], "ab"), (["a", "ab"], "ab"), (["a", "a"], "a"), (["ab", "a"], "aba"),
    (["a", "ab", "abc"], "abc"), (["a", "ab", "b"], "aabb"), (["", "a", "ab"], "ab"),
    (["a", "ab", ""], "aab"), (["a", "", "ab"], "ab"), (["", ""], ""), (["a", "a", "b"], "aab"),
    (["b", "a", "ab"], "baab"),
  ]

  private static let ways: [([String], String)] =
    texts.map { ($0.map { #""content":"\#($0)""# }, #""content":"\#($1)""#) } + [
      // Thinking ends before the answer does, so its empty pieces show nothing.
      (
        [
          #""reasoning_content":"t","content":"""#, #""reasoning_content":"to","content":"""#,
          #""reasoning_content":"","content":"a""#, #""reasoning_content":"","content":"ab""#,
        ], #""reasoning_content":"to","content":"ab""#
      ),
      // One text whose pieces are new is enough: then the pieces of all texts are joined.
      (
        [#""content":"a","x":"p""#, #""content":"ab","x":"q""#], #""content":"aab","x":"pq""#
      ),
      (
        [#""content":"a","x":{"y":"p"}"#, #""content":"ab","x":{"y":"q"}"#],
        #""content":"aab","x":{"y":"pq"}"#
      ),
      (
        [
          #""content":"a","x":[{"index":0,"text":"p"}]"#,
          #""content":"ab","x":[{"index":0,"text":"q"}]"#,
        ],
        #""content":"aab","x":[{"index":0,"text":"pq"}]"#
      ),
      (
        [
          #""content":"a","x":[{"index":0,"text":"p"}]"#,
          #""content":"a","x":[{"index":0,"text":"pq"}]"#,
        ],
        #""content":"a","x":[{"index":0,"text":"pq"}]"#
      ),
      (
        [
          #""content":"","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{"}}]"#,
          #""content":"","tool_calls":[{"id":"a","function":{"arguments":"}"}}]"#,
        ],
        #""content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]"#
      ),
    ]
}
