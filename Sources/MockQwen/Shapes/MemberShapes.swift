// Shapes member by member: which texts of a message grow, which ones name something, and the result for a
// member whose kind of value changes in mid-stream.

extension JoinedShape {
  /// A message's members, each alone: the name, its values delta by delta, and the joined result.
  static let members: [JoinedShape] =
    growing.map { ("grows: \($0)", $0, [#""ab""#, #""ab""#], #""abab""#) }
    .map(member) + naming.map { ("names: \($0)", $0, [#""a""#, #""b""#], #""a""#) }.map(member)
    + kinds.enumerated().map { ("kinds \($0)", "x", $1.0, $1.1) }.map(member)

  private static func member(
    _ name: String, _ member: String, _ values: [String], _ joined: String
  ) -> JoinedShape {
    var message = [(member, joined)]
    if member != "role" { message.append(("role", #""assistant""#)) }
    if member != "content" { message.append(("content", "null")) }
    return JoinedShape(
      deltas: values.map { #"{"\#(member)":\#($0)}"# },
      message: "{" + message.map { #""\#($0)":\#($1)"# }.joined(separator: ",") + "}", name)
  }

  /// Members known to come in pieces: the same piece twice is two pieces.
  private static let growing = [
    "content", "reasoning_content", "reasoning", "reasoning_text", "thinking", "thinking_content",
    "thought", "summary", "refusal", "arguments", "text", "transcript", "data", "input", "output",
    "partial_json", "code",
  ]

  /// Members that are the same in each chunk, or come once.
  private static let naming = [
    "role", "id", "type", "name", "index", "object", "model", "status", "phase", "format",
    "finish_reason", "title", "url",
  ]

  /// The values of an unknown member. The first one that is not empty decides the kind; later values of
  /// another kind are dropped.
  private static let kinds: [([String], String)] = [
    ([#""a""#, #""a""#, #""a""#], #""a""#),
    ([#""a""#, #""ab""#], #""aab""#),
    ([#""a""#, #""b""#, #""b""#], #""abb""#),
    ([#""""#, #""a""#, #""""#, #""b""#], #""ab""#),
    ([#""\u00e4""#, #""\\""#], #""\u00e4\\""#),
    ([#""\ud83d""#, #""\ude00""#], #""😀""#),
    (["null", #""a""#, "null"], #""a""#),
    (["null", "1", "2"], "1"),
    ([#""""#, "1"], "1"),
    (["1", #""a""#], "1"),
    (["true", "null", "false"], "true"),
    (["1", "{}"], "1"),
    (["1", "[]"], "1"),
    (["null", "{}"], "{}"),
    (["null", "[]"], "[]"),
    ([#""a""#, "{}"], #""a""#),
    ([#""a""#, "1"], #""a""#),
    ([#""a""#, "null", "[]"], "[]"),
    (["{}", #""a""#], "{}"),
    (["{}", "1", #"{"a":1}"#], #"{"a":1}"#),
    (["{}", "[]"], "{}"),
    (["[]", #""a""#], "[]"),
    (["[]", "{}", "1", "[1]"], "[1]"),
    (["[1]", "[1]"], "[1,1]"),
    ([#"["a"]"#, #"["b",null]"#], #"["a","b",null]"#),
    (
      [#"{"a":"x","b":{"c":"y"}}"#, #"{"a":"z","b":{"c":"w","d":1}}"#],
      #"{"a":"xz","b":{"c":"yw","d":1}}"#
    ),
    ([#"{"name":"x","text":"a"}"#, #"{"name":"y","text":"a"}"#], #"{"name":"x","text":"aa"}"#),
    ([#"{"usage":{"n":1}}"#, #"{"usage":{"n":2}}"#], #"{"usage":{"n":1}}"#),
    ([#"[{"index":0,"text":"a"}]"#, #"[{"index":0,"text":"b"}]"#], #"[{"index":0,"text":"ab"}]"#),
    (
      [#"[{"index":1,"text":"a"}]"#, #"[{"index":0,"text":"b"},{"index":1,"text":"c"}]"#],
      #"[{"index":1,"text":"ac"},{"index":0,"text":"b"}]"#
    ),
    (
      [#"[{"index":0,"type":"p","text":"a"}]"#, #"[{"index":0,"type":"q","text":"b"}]"#],
      #"[{"index":0,"type":"p","text":"a"},{"index":0,"type":"q","text":"b"}]"#
    ),
    (
      [#"[{"index":[],"text":"a"}]"#, #"[{"index":[],"text":"b"}]"#],
      #"[{"index":[],"text":"a"},{"index":[],"text":"b"}]"#
    ),
    ([#"[{"text":"a"}]"#, #"[{"text":"b"}]"#], #"[{"text":"a"},{"text":"b"}]"#),
    ([#"[{"index":0,"list":[1]}]"#, #"[{"index":0,"list":[2]}]"#], #"[{"index":0,"list":[1,2]}]"#),
  ]

  /// Members beside the choices, and beside a choice's message.
  static let besides: [JoinedShape] =
    answers.enumerated().map { number, shape in
      JoinedShape(
        "beside choices \(number)",
        chunks: shape.0.map { #"{"x":\#($0),"choices":[]}"# } + [end],
        #"{"x":\#(shape.1),\#(endAnswer.dropFirst())"#)
    }
    + [
      JoinedShape(
        "usage alone", chunks: [end, #"{"usage":{"n":1}}"#],
        "\(endAnswer.dropLast()),\"usage\":{\"n\":1}}"),
      JoinedShape(
        "beside a message",
        chunks: [
          #"{"choices":[{"index":0,"delta":{"content":"a"},"x":"1","text":"t","y":{"text":"a"}}]}"#,
          #"{"choices":[{"index":0,"message":3,"x":"2","text":"t","y":{"text":"b"}}]}"#,
          #"{"choices":[7,{"index":0,"delta":[],"z":[1],"logprobs":{"a":"p"},"finish_reason":"null"}]}"#,
          #"{"choices":[{"index":0,"z":[1,2],"logprobs":{"a":"q"},"finish_reason":"stop"}]}"#,
        ],
        #"{"choices":[{"index":0,"message":{"content":"a","role":"assistant"},"x":"1","text":"tt","#
          + #""y":{"text":"a"},"z":[1,1,2],"logprobs":{"a":"pq"},"finish_reason":"stop"}]}"#),
      JoinedShape(
        "an object of chunks",
        chunks: [#"{"object":"a.chunk","choices":[]}"#, end],
        #"{"object":"a",\#(endAnswer.dropFirst())"#),
      JoinedShape(
        "an object without chunks",
        chunks: [#"{"object":"a.chunks","name":"b.chunk","choices":[]}"#, end],
        #"{"object":"a.chunks","name":"b.chunk",\#(endAnswer.dropFirst())"#),
      JoinedShape(
        "an error's words beside choices",
        chunks: [#"{"code":"Arrearage","message":"m","choices":[]}"#, end],
        #"{"code":"Arrearage","message":"m",\#(endAnswer.dropFirst())"#),
      JoinedShape(
        "an error's words beside an output",
        chunks: [#"{"code":"Arrearage","message":"m","output":1}"#, end],
        #"{"code":"Arrearage","message":"m",\#(endAnswer.dropFirst())"#),
      JoinedShape(
        "a delta and a message at once",
        chunks: [
          #"{"choices":[{"index":0,"delta":{"content":"Hey","x":"","z":null},"#
            + #""message":{"content":"Hello","x":"y","z":1,"w":2},"finish_reason":"stop"}]}"#
        ],
        #"{"choices":[{"index":0,"message":{"content":"Hey","x":"y","z":1,"w":2,"#
          + #""role":"assistant"},"finish_reason":"stop"}]}"#),
      JoinedShape(
        "a choice of number null",
        chunks: [#"{"choices":[{"index":null,"delta":{"content":"y"},"finish_reason":"stop"}]}"#],
        endAnswer),
      JoinedShape(
        "an output that is none", chunks: [#"{"output":"x","choices":[]}"#, end], endAnswer),
      JoinedShape(
        "completions without choices at first",
        chunks: [#"{"object":"chat.completion.chunk","id":"a"}"#, #"{"id":"x"}"#, end],
        #"{"object":"chat.completion","id":"a",\#(endAnswer.dropFirst())"#),
      JoinedShape(
        "choices that are no list", chunks: [#"{"choices":1,"a":1}"#, end],
        #"{"a":1,\#(endAnswer.dropFirst())"#),
    ]

  /// Values beside the choices, chunk by chunk: texts are repeated, and so are lists, perhaps with more
  /// elements.
  private static let answers: [([String], String)] = [
    ([#""a""#, #""b""#], #""a""#),
    (["[]", "[ 1 ]"], "[1]"),
    (["[1]", "[1,2]", "[]", "[1,2]"], "[1,2]"),
    (["[1]", "[12]"], "[1,12]"),
    (["[1,2]", "[1]"], "[1,2,1]"),
    (["[1]", "[2]", "[1,2,3]"], "[1,2,3]"),
    ([#"{"a":"x"}"#, #"{"a":"y","b":[1]}"#, #"{"b":[1,2]}"#], #"{"a":"x","b":[1,2]}"#),
  ]
}
