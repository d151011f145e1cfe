// Requests as bytes: start lines, field lines, lengths, chunks and trailers at a border of the grammar
// (RFC 9112), and what the embedded proxy must do with each. A refused request names the byte at which it
// is refused; the request line has 36 bytes, and a body is counted from its own first byte.

internal import Wire

extension AskedShape {
  /// All requests that are written byte by byte.
  package static let wireShapes: [AskedShape] =
    startLines + refusedLines + takenLines + hosts + lengths + refusedChunks + takenChunks
    + trailers
    + heads + connections

  private typealias Refusal = (text: String, status: Int, reason: String)

  private static func refused(
    _ kind: String, _ list: [Refusal], _ change: (inout AskedShape, String) -> Void
  ) -> [AskedShape] {
    list.enumerated().map { number, refusal in
      AskedShape("\(kind) \(number)") {
        // Any form that a proxy refuses; the refusal's text comes from the shape.
        $0.form = .badline
        $0.refusal = AskedRefusal(status: refusal.status, reason: refusal.reason)
        change(&$0, refusal.text)
      }
    }
  }

  private static let path = "/v1/chat/completions"

  /// Request lines (RFC 9112 section 3).
  private static let startLines =
    refused(
      "line",
      [
        ("POST", 400, "bad start line at byte 4"), ("POST ", 400, "bad start line at byte 5"),
        (" POST / HTTP/1.1", 400, "bad start line at byte 0"),
        ("POST\t/ HTTP/1.1", 400, "bad start line at byte 4"),
        ("POST: / HTTP/1.1", 400, "bad start line at byte 4"),
        ("POST  / HTTP/1.1", 400, "bad start line at byte 5"),
        ("POST \(path)", 400, "bad start line at byte 25"),
        ("POST \(path)\tHTTP/1.1", 400, "bad start line at byte 25"),
        ("POST /v1/\u{7F} HTTP/1.1", 400, "bad start line at byte 9"),
        ("POST /v1/\u{1F} HTTP/1.1", 400, "bad start line at byte 9"),
        ("POST /v1/\u{E9} HTTP/1.1", 400, "bad start line at byte 9"),
        ("\r\n\r\n\r\nPOST \(path) HTTP/1.1", 400, "bad start line at byte 4"),
        ("POST / HTTP/1.1\r", 400, "bare carriage return at byte 15"),
        ("POST / HTTP/1.1\n", 400, "bare line feed at byte 15"),
      ]
        + [
          "", " HTTP/1.1", "HTTP/1.1 ", "HTTP/1.12", "HTTP/1.", "http/1.1", "HTTP/1,1", "HTTP/0.9",
          "HTTP/2.0", "HTTP/1.:", "HTTP/1./", "HTTP/1.2", "XTTP/1.1", "HTTP 1.1",
        ].map { ("POST \(path) \($0)", 505, "bad version at byte 26") }
    ) { $0.line = $1 }
    + ["\r\n", "\r\n\r\n"].enumerated().map { number, before in
      AskedShape("blank lines \(number)") { $0.line = "\(before)POST \(path) HTTP/1.1" }
    }

  /// Field lines (RFC 9112 section 5), the same for heads and trailers; the place counts from the
  /// line's first byte.
  private static let badLines: [(text: String, reason: String, place: Int)] = [
    ("X-Token\r\n", "bad field name", 7), ("X-Token \r\n", "bad field name", 7),
    ("X-Token\t \r\n", "bad field name", 7), ("X-Token  : v\r\n", "space before colon", 7),
    ("X-Token\t: v\r\n", "space before colon", 7), ("X-Token :\r\n", "space before colon", 7),
    ("X-Token x: v\r\n", "bad field name", 7), (":\r\n", "bad field name", 0),
    (": v\r\n", "bad field name", 0), ("\"X\": v\r\n", "bad field name", 0),
    ("X-\u{E9}: v\r\n", "bad field name", 2), ("X-\u{7F}: v\r\n", "bad field name", 2),
    ("\t\r\n", "obsolete line fold", 0), (" \r\n", "obsolete line fold", 0),
    ("\tX: 1\r\n", "obsolete line fold", 0), ("X-A:\u{7F}\r\n", "control byte in field", 4),
    ("X-A: b\u{0}\r\n", "control byte in field", 6),
    ("X-A: \u{1F}c\r\n", "control byte in field", 5),
    ("X-A:\u{B}\r\n", "control byte in field", 4), ("X-A: b\r\r\n", "bare carriage return", 6),
    ("X-A: b\rc\r\n", "bare carriage return", 6), ("X-A: b\n", "bare line feed", 6),
    ("\n", "bare line feed", 0), ("X\n: b\r\n", "bare line feed", 1),
  ]

  private static let refusedLines = refused(
    "field line", badLines.map { ($0.text, 400, "\($0.reason) at byte \(36 + $0.place)") }
  ) { $0.odd = $1 }

  /// Lines that are valid fields, and the fields.
  private static let takenLines: [AskedShape] =
    [
      ("X-A:b", [Field("X-A", "b")]), ("X-A: \t b \t", [Field("X-A", "b")]),
      ("X-A:", [Field("X-A", "")]), ("X-A: \t ", [Field("X-A", "")]),
      ("X-A:: b:", [Field("X-A", ": b:")]), ("X-A: a b\tc", [Field("X-A", "a b\tc")]),
      ("!#$%&'*+-.^`|~0AZaz: 1", [Field("!#$%&'*+-.^`|~0AZaz", "1")]),
      ("X-A:  !\"~\u{80}\u{FF}", [Field("X-A", "!\"~\u{C2}\u{80}\u{C3}\u{BF}")]),
      ("X-A: 1\r\nX-A: 2", [Field("X-A", "1"), Field("X-A", "2")]),
    ].enumerated().map { number, line in
      AskedShape("taken line \(number)") { ($0.odd, $0.kept) = (line.0 + "\r\n", line.1) }
    }

  /// The host in a request (RFC 3986 section 3.2.2).
  private static let hosts =
    refused(
      "host",
      (["a b", "\u{E9}", "a\tb"] + "/?#@\\\"<>^`{|}".map { "a\($0)b" }).map {
        ($0, 400, "missing, repeated or bad Host")
      }
    ) { $0.host = $1 }
    + ["", "a!$%&'()*+,;=-._~:[]b", "~", "[::1]:80"].enumerated().map { number, host in
      AskedShape("taken host \(number)") { $0.host = host }
    }

  /// Lengths and codings (RFC 9112 section 6).
  private static let lengths: [AskedShape] =
    refused(
      "length",
      [
        "2:", "2/", "", "+2", "-2", "0x2", "2 2", "2.0", "\u{E9}", "0000000000000002", "a",
        "1000000000000000",
      ].map { ("Content-Length: \($0)", 400, "bad length at byte 0") }
        + ["2,2", "2, 2", ",", "2,"].map {
          ("Content-Length: \($0)", 400, "conflicting lengths at byte 0")
        }
        + [
          ("Content-Length: 999999999999999", 413, "body too large at byte 0"),
          ("Expect: 100-continue\r\nContent-Length: 10485761", 413, "body too large at byte 0"),
          ("Content-Length: 2\r\nContent-Length: 2", 400, "conflicting lengths at byte 0"),
          (
            "Content-Length: 2\r\nTransfer-Encoding: chunked", 400,
            "both Content-Length and Transfer-Encoding at byte 0"
          ),
        ]
        + ["identity", "", "chunked;a", "\"chunked\"", "chunke", "chunkedd", "chunked, chunked"].map
      {
        ("Transfer-Encoding: \($0)", 400, "unknown transfer coding at byte 0")
      }
        + [
          (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400,
            "unknown transfer coding at byte 0"
          ),
          (
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", 501,
            "unknown transfer coding at byte 0"
          ),
          ("Transfer-Encoding: br,gzip , Chunked", 501, "unknown transfer coding at byte 0"),
        ]
    ) {
      ($0.odd, $0.tellsLength) = ($1 + "\r\n", false)
    }
    + [
      AskedShape("a length with zeros") {
        ($0.odd, $0.tellsLength) = ("Content-Length: 000000000000027\r\n", false)
      },
      AskedShape("no body") {
        ($0.odd, $0.tellsLength, $0.asksForStream) = ("Content-Length: 0\r\n", false, false)
        ($0.body, $0.forwardedBody) = ("", "")
      },
      AskedShape("the longest body") {
        ($0.odd, $0.tellsLength, $0.body) = ("Content-Length: 10485760\r\n", false, "")
        $0.form = .badline
        $0.refusal = AskedRefusal(status: 408, reason: "it took too long to come", time: 30_000)
      },
    ]
    + ["Chunked", "CHUNKED", "\tchunked "].enumerated().map { number, coding in
      AskedShape("coding \(number)") {
        ($0.odd, $0.tellsLength) = ("Transfer-Encoding: \(coding)\r\n", false)
        $0.body = "2\r\n{}\r\n0\r\n\r\n"
        ($0.forwardedBody, $0.asksForStream) = ("{}", false)
      }
    }

  /// Trailers (RFC 9112 section 7.1.2) after 10 bytes of a body.
  private static let trailers =
    refused(
      "trailer",
      badLines.map { ($0.text, 400, "\($0.reason) at byte \(10 + $0.place)") }
        + ["Content-Length: 2", "content-length: 2", "Transfer-Encoding: x", "transfer-encoding:"]
        .map { ($0 + "\r\n", 400, "bad trailer at byte 10") }
        + [
          ("X-A: 1\r\nContent-Length: 2\r\n", 400, "bad trailer at byte 18"),
          (trailer(of: 8_191), 400, "trailer too large at byte 8202"),
          (String(repeating: "X: 1\r\n", count: 101), 431, "too many fields at byte 610"),
        ]
    ) { $0.chunks = "2\r\n{}\r\n0\r\n\($1)\r\n" }
    + [
      "X-A: 1\r\n", "X-A:\r\nX-A: \r\n", "Content-Lengths: 1\r\n", "Trailer: X\r\n",
      trailer(of: 8_190), String(repeating: "X: 1\r\n", count: 100),
    ].enumerated().map { number, lines in
      AskedShape("taken trailer \(number)") {
        $0.chunks = "2\r\n{}\r\n0\r\n\(lines)\r\n"
        ($0.forwardedBody, $0.asksForStream) = ("{}", false)
      }
    }

  /// A trailer of `count` bytes.
  private static func trailer(of count: Int) -> String {
    "X: \(String(repeating: "t", count: count - 5))\r\n"
  }

  /// Heads at their limits: 16,384 bytes, and 100 fields.
  private static let heads: [AskedShape] = {
    let lines = String(repeating: "TE: a\r\n", count: 99)
    func last(_ count: Int) -> String {
      let rest = count - 36 - lines.utf8.count
      return "TE: \(String(repeating: "a", count: rest - 6))\r\n"
    }
    return [
      AskedShape("a full head") { $0.headCount = 16_384 },
      AskedShape("97 fields") { $0.odd = String(repeating: "TE: a\r\n", count: 97) },
    ]
      + refused(
        "large head",
        [
          (lines + last(16_384), 431, "head too large at byte 16384"),
          (lines + last(16_383), 431, "too many fields at byte 16383"),
        ]
      ) { $0.odd = $1 }
      + refused("overfull head", [("", 431, "head too large at byte 16384")]) { shape, _ in
        shape.headCount = 16_385
      }
  }()

  /// Options of a connection (RFC 9112 section 9.6), and `Expect` (RFC 9110 section 10.1.1).
  private static let connections: [AskedShape] =
    ["close", "Close", "CLOSE", "x, close", "close,x", ", ,close"].enumerated().map {
      number, value in
      AskedShape("closes \(number)") {
        ($0.fields, $0.closes) = ([Field("Connection", value)], true)
      }
    }
    + ["keep-alive", "closed", "clos", "x", "", "close x"].enumerated().map { number, value in
      AskedShape("stays \(number)") { $0.fields = [Field("Connection", value)] }
    }
    + [
      AskedShape("closes behind health") {
        ($0.method, $0.target, $0.form) = ("GET", "/health", .health)
        ($0.body, $0.asksForStream) = ("", false)
        ($0.fields, $0.closes) = ([Field("Connection", "close")], true)
      }
    ]
    + ["100-continue", "100-CONTINUE", "x, 100-continue"].enumerated().map { number, value in
      AskedShape("expects \(number)") {
        ($0.fields, $0.interims) = ([Field("Expect", value)], 1)
      }
    }
    + ["200-ok", "100-continues", "100", ""].enumerated().map { number, value in
      AskedShape("expects nothing \(number)") { $0.fields = [Field("Expect", value)] }
    }
}
