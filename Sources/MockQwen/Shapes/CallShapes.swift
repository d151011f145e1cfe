// Shapes of tool calls: when a part continues a call, and when it begins the next one.

extension JoinedShape {
  private static func call(_ name: String, _ arguments: String) -> String {
    #"{"type":"function","function":{"name":"\#(name)","arguments":"\#(arguments)"}}"#
  }

  /// A part that repeats its function's name begins another call if the arguments of the one before it
  /// are complete: the inside of the arguments' string, and whether they are complete.
  static let calls: [JoinedShape] =
    progress.enumerated().map { number, arguments in
      JoinedShape(
        deltas: [arguments.text, "[]"].map {
          #"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"\#($0)"}}]}"#
        },
        message: #"{"role":"assistant","content":null,"tool_calls":["#
          + (arguments.isWhole
            ? call("f", arguments.text) + "," + call("f", "[]") : call("f", arguments.text + "[]"))
          + "]}", "arguments \(number)")
    }
    + lists.enumerated().map { number, shape in
      JoinedShape(
        deltas: shape.deltas.map { #"{"tool_calls":\#($0)}"# },
        message: #"{"role":"assistant","content":null,"tool_calls":\#(shape.joined)}"#,
        "calls \(number)")
    }

  private static let progress: [(text: String, isWhole: Bool)] = [
    ("", false), ("1", false), (#"\"a\""#, false), ("{", false), ("{}", true), ("[]", true),
    ("[1", false), ("{[]", false), ("{[]}", true), ("[{},{}]", true), ("}{}", true), ("}", false),
    (#"\"{}"#, false), (#"\"{\""#, false), (#"{\"a\":\"}"#, false), (#"{\"a\":\"}\"}"#, true),
    (#"{\"a\":\"\\\"}"#, false), (#"{\"a\":\"\\\"}\"}"#, true), (#"{\"a\":\"\\\\\"}"#, true),
    (#"{\"a\":\"\\n}"#, false), (#"{\n\t}"#, true), (#"\u007b"#, false), (#"\u007b\u007d"#, true),
    (#"{\u007D"#, true), (#"{\u0022\u007d"#, false), (#"{\u4f60}"#, true), (#"{\/}"#, true),
  ]

  private static let lists: [(deltas: [String], joined: String)] = [
    // A piece ends with the quotation mark that ends a string of the arguments.
    (
      [
        #"[{"index":0,"function":{"name":"f","arguments":"{\"a\":\"b\""}}]"#,
        #"[{"index":0,"function":{"arguments":"}"}}]"#,
        #"[{"index":0,"function":{"name":"f","arguments":"[]"}}]"#,
      ],
      "[" + call("f", #"{\"a\":\"b\"}"#) + "," + call("f", "[]") + "]"
    ),
    // Two entries of one list without an index are two calls.
    (
      [
        #"[{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"g","arguments":"[]"}}]"#
      ],
      "[" + call("f", "{}") + "," + call("g", "[]") + "]"
    ),
    // By index, in any order, as numbers or as strings.
    (
      [
        #"[{"index":"1","id":"b","function":{"name":"g","arguments":""}}]"#,
        #"[{"index":"0","id":"a","function":{"name":"f","arguments":"1"}}]"#,
        #"[{"index":"1","function":{"arguments":"2"}}]"#,
      ],
      #"[{"id":"a","type":"function","function":{"name":"f","arguments":"1"}},"#
        + #"{"id":"b","type":"function","function":{"name":"g","arguments":"2"}}]"#
    ),
    // An index that is not a number leaves the order as it came.
    (
      [
        #"[{"index":"b","id":"1","function":{"name":"g"}}]"#,
        #"[{"index":0,"id":"2","function":{"name":"f"}}]"#,
      ],
      #"[{"id":"1","type":"function","function":{"name":"g"}},{"id":"2","type":"function","function":{"name":"f"}}]"#
    ),
    (
      [
        #"[{"index":1000000000,"id":"1","function":{"name":"g"}}]"#,
        #"[{"index":0,"id":"2","function":{"name":"f"}}]"#,
      ],
      #"[{"id":"1","type":"function","function":{"name":"g"}},{"id":"2","type":"function","function":{"name":"f"}}]"#
    ),
    (
      [
        #"[{"index":999999999,"id":"1","function":{"name":"g"}}]"#,
        #"[{"index":0,"id":"2","function":{"name":"f"}}]"#,
      ],
      #"[{"id":"2","type":"function","function":{"name":"f"}},{"id":"1","type":"function","function":{"name":"g"}}]"#
    ),
    // Another id at the same index is another call; so is another name.
    (
      [
        #"[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]"#,
        #"[{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}]"#,
        #"[{"index":0,"function":{"arguments":"1"}}]"#,
      ],
      #"[{"id":"a","type":"function","function":{"name":"f","arguments":"{"}},"#
        + #"{"id":"b","type":"function","function":{"name":"f","arguments":"{}1"}}]"#
    ),
    (
      [
        #"[{"index":0,"function":{"name":"f","arguments":"{"}}]"#,
        #"[{"index":0,"function":{"name":"g","arguments":"}"}}]"#,
      ],
      "[" + call("f", "{") + "," + call("g", "}") + "]"
    ),
    // An id that comes later belongs to the call at its index.
    (
      [
        #"[{"index":0,"function":{"name":"f","arguments":"{"}}]"#,
        #"[{"index":0,"id":"a","function":{"arguments":"}"}}]"#,
      ],
      #"[{"type":"function","id":"a","function":{"name":"f","arguments":"{}"}}]"#
    ),
    // The last call with an id continues by its id alone.
    (
      [
        #"[{"id":"a","function":{"name":"f","arguments":"1"}}]"#,
        #"[{"id":"b","function":{"name":"g","arguments":"2"}}]"#,
        #"[{"id":"a","function":{"arguments":"3"}}]"#, #"[{"function":{"arguments":"4"}}]"#,
      ],
      #"[{"id":"a","type":"function","function":{"name":"f","arguments":"13"}},"#
        + #"{"id":"b","type":"function","function":{"name":"g","arguments":"24"}}]"#
    ),
    // A repeated name without new arguments is not a new call.
    (
      [
        #"[{"index":0,"function":{"name":"f","arguments":"{}"}}]"#,
        #"[{"index":0,"function":{"name":"f"}}]"#,
      ],
      "[" + call("f", "{}") + "]"
    ),
    // Other types of calls have no function; a given type stays; a value that is not an object is not a
    // call.
    (
      [
        #"[{"index":0,"id":"a","type":"custom","custom":{"input":"x"}},7]"#,
        #"[{"index":0,"custom":{"input":"x"}}]"#,
      ],
      #"[{"id":"a","type":"custom","custom":{"input":"xx"}}]"#
    ),
    ([#"[{"index":0,"id":"a","custom":1}]"#], #"[{"id":"a","custom":1}]"#),
    (
      [#"[{"index":0,"id":"a","type":"","function":{"name":"f"}}]"#],
      #"[{"id":"a","type":"function","function":{"name":"f"}}]"#
    ),
    (
      [#"[{"index":0,"id":"a","type":"t","function":{"name":"f"}}]"#],
      #"[{"id":"a","type":"t","function":{"name":"f"}}]"#
    ),
    (
      [#"[{"id":"a","function":{"name":"f"}}]"#, "[]", #"[{"function":{"arguments":"1"}}]"#],
      #"[{"id":"a","type":"function","function":{"name":"f","arguments":"1"}}]"#
    ),
  ]
}
