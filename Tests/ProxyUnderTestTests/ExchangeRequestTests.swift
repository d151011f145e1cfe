// What a client asks: what of it goes upstream, what is answered at once, what is refused.

import ProxyUnderTest
import Testing
import Wire

@Suite struct ExchangeRequestTests {
  /// Field lines of a client besides Host, and those of them that go upstream.
  static let fields: [(sent: [String], kept: [String])] = [
    ([], []),
    (
      ["Content-Type: application/json", "X-DashScope-SSE: enable", "User-Agent: a/1 (b; c)"],
      ["Content-Type: application/json", "X-DashScope-SSE: enable", "User-Agent: a/1 (b; c)"]
    ),
    (
      ["Authorization: Bearer client", "X-API-Key: client", "Cookie: a=b", "X-Kept: 1"],
      ["X-Kept: 1"]
    ),
    (["authorization: Basic eA==", "x-api-key: client", "cookie: a", "COOKIE: b"], []),
    (
      ["Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: 5", "x-kept: 1", "x-hop: 2"],
      ["x-kept: 1"]
    ),
    (
      ["Connection: x-a", "X-A: 1", "connection:\tX-B ,, x-c", "x-b: 2", "X-C: 3", "X-D: 4"],
      ["X-D: 4"]
    ),
    (
      [
        "TE: trailers", "Trailer: X", "Upgrade: h2c", "Proxy-Authorization: a",
        "Proxy-Connection: keep-alive", "Proxy-Authenticate: Basic",
      ], []
    ),
    (["Accept-Encoding: gzip, br", "Accept: text/event-stream"], ["Accept: text/event-stream"]),
    (["X-Twice: 1", "X-Between: é", "X-Twice: 2"], ["X-Twice: 1", "X-Between: é", "X-Twice: 2"]),
    (["X-Empty:", "X-Blanks: \t a b \t"], ["X-Empty: ", "X-Blanks: a b"]),
  ]

  @Test(arguments: fields.indices) func sendsTheRequestUpstream(_ index: Int) {
    let (sent, kept) = Self.fields[index]
    let body = "{\"stream\":true,\"content\":\"\\n 你好 🙂\0\"}"
    let count = body.utf8.count
    let bodies = [
      ["Content-Length: \(count)", "", body],
      [
        "Transfer-Encoding: chunked", "", "1;a=b", "{",
        "00\(String(count - 1, radix: 16, uppercase: true))", String(body.dropFirst()),
        "0", "X-Trailer: 1", "", "",
      ],
    ]
    let expected = [
      "POST /base/v1/chat/completions HTTP/1.1", "Host: up.example:8080",
      kept.joined(separator: "\r\n"),
      "Authorization: Bearer \(Bench.key)", "Accept-Encoding: identity", "Via: 1.1 replay",
      "Content-Length: \(count)", "Connection: close",
    ]
    let head = expected.filter { !$0.isEmpty }.joined(separator: "\r\n") + "\r\n\r\n"
    for lines in bodies {
      let start = ["POST /v1/chat/completions HTTP/1.1", "Host: p.example"] + sent
      var bench = asking(octets((start + lines).joined(separator: "\r\n")))
      #expect(bench.outputs == [.connect])
      #expect(bench.take(.upstreamConnected) == [.upstream(octets(head + body))])
    }
  }

  @Test(arguments: ["p", "P.example:8080", "[::1]:80", "127.0.0.1", "p:", "", "a_b.%41,c"])
  func takesEveryHost(_ host: String) {
    let bench = asking(octets("GET /health HTTP/1.1\r\nhost: \(host)\r\n\r\n"))
    #expect(bench.responses?.map(\.status) == [200])
  }

  @Test func callsForABodyThatWaits() {
    let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: 2\r\n"
    let interim = Exchange.Output.client(octets("HTTP/1.1 100 Continue\r\n\r\n"))
    #expect(asking(octets(head + "Expect: 100-continue\r\n\r\n")).outputs == [interim])
    var bench = asking(octets(head + "expect: 100-Continue\r\n\r\n{}"))
    #expect(bench.outputs == [interim, .connect])
    let upstream = bench.take(.upstreamConnected)
    #expect(!"\(upstream)".contains("xpect"))
    #expect(asking(octets(head + "Expect: other\r\n\r\n{}")).outputs == [.connect])
    let empty = head.replacing("Content-Length: 2", with: "Content-Length: 0")
    #expect(asking(octets(empty + "Expect: 100-continue\r\n\r\n")).outputs == [.connect])
    let old = head.replacing("HTTP/1.1", with: "HTTP/1.0")
    #expect(asking(octets(old + "Expect: 100-continue\r\n\r\n")).outputs == [])
  }

  /// RFC 9110 section 10.1.1: no call for a body that is refused by its length already.
  @Test func callsForNoBodyThatIsTooLarge() {
    var settings = Bench.settings
    settings.limits.requestBytesMax = 20
    let bench = asking(
      octets(Self.post + "Expect: 100-continue\r\nContent-Length: 21\r\n\r\n"), settings)
    #expect(bench.responses?.map(\.status) == [413])
    #expect(bench.outputs.last == .closeClient)
  }

  static let post = "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\n"
  static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

  /// Requests that are not well-formed HTTP, or too large.
  static let refused: [(String, status: Int)] = [
    ("\u{16}\u{3}\u{1}\u{2}\r\n", 400),
    ("\r\n\r\n\r\n", 400),
    (" GET / HTTP/1.1\r\n", 400),
    ("GET  / HTTP/1.1\r\n", 400),
    ("GET /\r\n", 400),
    ("GET /\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p\rX: 1\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost : p\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p\r\n X: 1\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p\r\nX: a\0b\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p\r\n: a\r\n", 400),
    ("GET /health HTTP/2.0\r\n", 505),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    // RFC 9112 section 3.2: one Host, that could be one.
    ("GET /health HTTP/1.1\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nX-Host: p\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p\r\nhost: p\r\n\r\n", 400),
    ("GET /health HTTP/1.0\r\nHost: p\r\nHost: q\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p, q\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: a@p\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p/x\r\n\r\n", 400),
    (post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    (post + "Content-Length: 2, 2\r\n\r\n{}", 400),
    (post + "Content-Length: +2\r\n\r\n{}", 400),
    (post + "Content-Length: -2\r\n\r\n{}", 400),
    (post + "Content-Length: 0x2\r\n\r\n{}", 400),
    (post + "Content-Length: 2 2\r\n\r\n{}", 400),
    (post + "Content-Length:\r\n\r\n{}", 400),
    (post + "Content-Length: 99999999999999999999\r\n\r\n{}", 400),
    // RFC 9112 section 6.1: a coding that is not known, under a chunked one that is.
    (post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
    (post + "Transfer-Encoding: gzip\r\ntransfer-encoding: Chunked\r\n\r\n", 501),
    (post + "Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
    (post + "Transfer-Encoding: identity\r\n\r\n", 400),
    (post + "Transfer-Encoding: chunked, chunked\r\n\r\n", 400),
    (post + "Transfer-Encoding: xchunked\r\n\r\n", 400),
    ("POST /v1/chat/completions HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (chunked + "+2\r\n", 400),
    (chunked + "-2\r\n", 400),
    (chunked + "0x2\r\n", 400),
    (chunked + "2 \r\n", 400),
    (chunked + "2\n", 400),
    (chunked + "\r\n", 400),
    (chunked + "FFFFFFFFFFFFFFFFF\r\n", 400),
    (chunked + "2\r\n{}0\r\n\r\n", 400),
    (chunked + "2\r\n{}\n", 400),
    (chunked + "0\r\nContent-Length: 2\r\n\r\n", 400),
    (post + "X: " + String(repeating: "a", count: 500) + "\r\n\r\n", 431),
    ("GET /" + String(repeating: "a", count: 500), 431),
    (post + String(repeating: "X: 1\r\n", count: 12) + "\r\n", 431),
    (post + "Content-Length: 21\r\n\r\n", 413),
    (chunked + "15\r\n", 413),
    (chunked + "14\r\n01234567890123456789\r\n1\r\n", 413),
  ]

  @Test(arguments: refused.indices) func refuses(_ index: Int) {
    let (text, status) = Self.refused[index]
    var settings = Bench.settings
    settings.limits.wire.headBytesMax = 400
    settings.limits.wire.fieldsMax = 10
    settings.limits.requestBytesMax = 20
    let bench = asking(octets(text), settings)
    #expect(bench.responses?.map(\.status) == [status])
    let response = bench.responses?.first
    #expect(response?.end == .complete)
    #expect(response?.values("Connection") == ["close"])
    #expect(ErrorObject.ofBody(response?.body ?? [])?.type == "invalid_request_error")
    #expect(bench.outputs.orders == [.closeClient])
    #expect(bench.exchange.isClosed)
  }

  @Test func takesWhatIsAsLargeAsItsLimit() {
    var settings = Bench.settings
    settings.limits.requestBytesMax = 20
    let body = "01234567890123456789"
    let length = Self.post + "Content-Length: 20\r\n\r\n" + body
    #expect(asking(octets(length), settings).outputs == [.connect])
    let chunks = Self.chunked + "14\r\n" + body + "\r\n0\r\n\r\n"
    #expect(asking(octets(chunks), settings).outputs == [.connect])
  }
}
