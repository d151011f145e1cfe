// Bodies of requests in chunks (RFC 9112 section 7.1), at each border of the grammar.

extension AskedShape {
  /// Bodies that are refused, and at which byte of the body.
  static let refusedChunks: [AskedShape] =
    badChunks.enumerated().map { number, chunk in
      AskedShape("bad chunk \(number)") {
        ($0.form, $0.chunks) = (.badline, chunk.text)
        let status = chunk.reason.hasPrefix("body too large") ? 413 : 400
        $0.refusal = AskedRefusal(status: status, reason: chunk.reason)
      }
    }
    + [("A00000\r\n", 30_000), ("2\r\n{}\r\n9FFFFE\r\n", 30_001)].enumerated().map {
      number, chunk in
      AskedShape("a body that does not come \(number)") {
        ($0.form, $0.chunks) = (.badline, chunk.0)
        $0.refusal = AskedRefusal(status: 408, reason: "it took too long to come", time: chunk.1)
      }
    }

  /// Bodies that are accepted, each with the content `{}`.
  static let takenChunks: [AskedShape] =
    goodSizes.enumerated().map { number, size in
      AskedShape("chunk \(number)") {
        $0.chunks = "\(size)\r\n{}\r\n0\r\n\r\n"
        ($0.forwardedBody, $0.asksForStream) = ("{}", false)
      }
    }
    + ["0;a", "000", "0;a=\"b\"", "0000000000000000000000000"].enumerated().map { number, last in
      AskedShape("last chunk \(number)") {
        $0.chunks = "1\r\n{\r\n1\r\n}\r\n\(last)\r\n\r\n"
        ($0.forwardedBody, $0.asksForStream) = ("{}", false)
      }
    }
    + "9ABCDEFabcdef".enumerated().map { number, digit in
      AskedShape("digit \(number)") {
        let count = digit.hexDigitValue ?? 0
        let text = #"{"a":"\#(String(repeating: "x", count: count - 8))"}"#
        $0.chunks = "\(digit)\r\n\(text)\r\n0\r\n\r\n"
        ($0.forwardedBody, $0.asksForStream) = (text, false)
      }
    }

  private static let goodSizes =
    [
      "2", "02", "00000000000000000000000002", "2;a", "2; a", "2;\ta", "2;a;b", "2;a ;b",
      "2;a\t; b",
      "2;a=b", "2;a= b", "2;a =b", "2;a \t= \tb", "2;a=b;c", "2;a=b ;c", "2;a=\"\"", "2;a=\"b c\"",
      "2;a=\"\\\"\"", "2;a=\"\\\\\"", "2;a=\"b\";c", "2;a=\"b\"\t;c", "2;a=\";=\"",
      "2;a=\"~\u{FF}\t\"",
      "2;!#$%&'*+-.^_`|~09AZaz=!#$%&'*+-.^_`|~09AZaz",
    ]
    // A line of 4,096 bytes, its end included.
    + ["2;" + String(repeating: "a", count: 4_092), String(repeating: "0", count: 4_093) + "2"]

  private static let badChunks: [(text: String, reason: String)] =
    [
      "\r\n", "g\r\n", "G\r\n", "@\r\n", "`\r\n", "/\r\n", ":\r\n", "-2\r\n", "+2\r\n", ";a\r\n",
      " 2\r\n",
    ]
    .map { ($0, "bad chunk size at byte 0") }
    + ["2 \r\n", "2\t;a\r\n", "0x2\r\n", "2g\r\n", "2,\r\n"].map {
      ($0, "bad chunk size at byte 1")
    }
    + [
      ("\n", "bare line feed at byte 0"), ("2\n{}", "bare line feed at byte 1"),
      ("2\rX", "bare carriage return at byte 1"), ("2\r\r\n", "bare carriage return at byte 1"),
      ("2;a\rX", "bare carriage return at byte 3"), ("2;a\n", "bare line feed at byte 3"),
      ("2;a=b\n", "bare line feed at byte 5"), ("2;a=\"\n", "bare line feed at byte 5"),
      ("2;a=\"b\"\n", "bare line feed at byte 7"), ("2;\n", "bare line feed at byte 2"),
      ("2\r\n{}X", "missing line end after chunk data at byte 5"),
      ("2\r\n{}\n", "missing line end after chunk data at byte 5"),
      ("2\r\n{}\rX", "missing line end after chunk data at byte 6"),
      ("2\r\n{}\r\r", "missing line end after chunk data at byte 6"),
      ("1111111111111111\r\n", "chunk size too large at byte 15"),
      ("1000000000000000\r\n", "chunk size too large at byte 15"),
      ("FFFFFFFFFFFFFFF\r\n", "body too large at byte 16"),
      ("100000000000000\r\n", "body too large at byte 16"),
      ("A00001\r\n", "body too large at byte 7"),
      ("2\r\n{}\r\n9FFFFF\r\n", "body too large at byte 14"),
      (
        "2;" + String(repeating: "a", count: 4_093) + "\r\n", "chunk line too long at byte 4096"
      ),
      (String(repeating: "0", count: 4_097), "chunk line too long at byte 4096"),
      (String(repeating: "0", count: 4_096) + "\r\n", "chunk line too long at byte 4096"),
    ]
    + [
      (2, ["2;\r\n", "2;;a\r\n", "2;=\r\n", "2;(\r\n", "2;\"a\"\r\n", "2;\u{7F}\r\n"]),
      (3, ["2; \r\n", "2;a(\r\n", "2;a\"\r\n"]),
      (
        4,
        ["2;a \r\n", "2;a b\r\n", "2;a=\r\n", "2;a==b\r\n", "2;a=;b\r\n", "2;a=(\r\n", "2;a;\r\n"]
      ),
      (5, ["2;a= \r\n", "2;a=b(\r\n", "2;a=b=\r\n", "2;a=\"\u{7F}\"\r\n", "2;a=\"\u{1F}\r\n"]),
      (
        6,
        [
          "2;a=b \r\n", "2;a=b c\r\n", "2;a=b;\r\n", "2;a=\"b\r\n", "2;a=\"\\\r\n",
          "2;a=\"\\\u{7F}\r\n",
        ]
      ),
      (7, ["2;a=\"b\"c\r\n", "2;a=\"b\"=c\r\n", "2;a=\"b\"\"\r\n"]), (8, ["2;a=\"b\" \r\n"]),
    ].flatMap { place, texts in
      texts.map { ($0, "bad chunk extension at byte \(place)") }
    }
}
