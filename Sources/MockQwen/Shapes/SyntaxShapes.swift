// Shapes of JSON texts (RFC 8259): each valid form of a value, and near misses. A chunk that is not JSON
// means that the stream is not a completion.

extension JoinedShape {
  private static func chunk(_ value: String) -> String { #"{"x":\#(value),\#(end.dropFirst())"# }

  static let syntax: [JoinedShape] =
    values.enumerated().map { number, value in
      JoinedShape(
        "a value \(number)", chunks: [chunk(value)],
        #"{"x":\#(value.replacing("\ndata:", with: "\n")),\#(endAnswer.dropFirst())"#)
    }
    + faults.enumerated().map { number, value in
      JoinedShape(
        "no value \(number)", "data: \(chunk(value))\n\ndata: [DONE]\n\n", 502,
        "upstream_not_a_completion")
    }
    + ends.enumerated().map { number, text in
      JoinedShape(
        "no chunk \(number)", "data: \(start)\n\ndata: \(text)\n\ndata: [DONE]\n\n", 502,
        "upstream_not_a_completion")
    }
    + [
      JoinedShape(
        "a chunk and blanks", "data: \(end) \t\n\ndata: [DONE]\n\n", 200, endAnswer)
    ]

  private static let values = [
    "0", "-0", "10", "9", "-1.5", "0.0", "1.05e+10", "1E5", "1e-2", "0e0", "20E+09", "true",
    "false",
    "{}", "[]", "[[]]", "[{}]", #"{"a":{}}"#, #"{"a":[],"b":{"c":1}}"#, "[1,2]", #"[ 1 , "a" ]"#,
    "\t{ \"a\"\t: 1 , \"b\" : [ ] }\t", "[1,\ndata:2]", #""""#, #""\"""#, #""a\\b""#,
    #""\/\b\f\n\r\t""#, #""\u00e9\u00AB\ud83d\uDE00""#, #""}{][,:""#, #"{"}":"]"}"#,
    "\"\u{7F}\u{E9}\u{4F60}\"", #"{"a":true,"b":false,"c":null}"#,
    // As deep as answers may be: 63 nested lists or objects around a value.
    String(repeating: "[", count: 63) + String(repeating: "]", count: 63),
    String(repeating: #"{"a":"#, count: 62) + "1" + String(repeating: "}", count: 62),
  ]

  private static let faults = [
    "01", "-", "-a", "1.", "1.e5", "1e", "1e+", "1e~5", "1d5", "+1", ".5", "00", "-01", "1.5.5",
    "1a", "1 2", "0x1",
    "tru", "nul", "fals", "truee", "nulla", "True", "", ",", ":", "a", "'a'",
    #""\x""#, #""\x"#, #""\u12g4""#, #""\u12G4""#, #""\u12:4""#, #""\u12/4""#,
    #""\u12@4""#, #""\u12`4""#, #""\u123""#, #""\u""#, #""\u"#, #""\U0041""#, "\"\t\"",
    "\"\u{1F}\"", "\"a\t", #""a"#,
    "[1,]", "[,1]", "[1 2]", "[1}", "[", "]", "[[1]", #"["a":1]"#,
    #"{"a":1,}"#, #"{,"a":1}"#, #"{"a" 1}"#, #"{"a":}"#, #"{"a"}"#, #"{a:1}"#, #"{1:1}"#,
    #"{"a":1]"#,
    #"{"a":1 "b":2}"#, #"{"a",1}"#, "{", "}", #"{"a":1"#, #"{"a":{}"#, "[1:2]",
    String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
    String(repeating: #"{"a":"#, count: 63) + "1" + String(repeating: "}", count: 63),
  ]

  private static let ends = [
    "{", "{}x", "{} {}", "{}}", "{\"choices\":[]},", "{\"a\":\"\\", "{\"a\":\"b", "{\"a\":\"\\u00",
    "{\"a\":1",
    "{\"a\":-", "{\"a\":1.", "{\"a\":1e", "{\"a\"", "{\"a\":", "{\"a\":[", "{\"a\":t", "{\"a\":nul",
  ]
}
