// Heads that are read, and what of the bytes is left behind them.

import Testing
import Wire

@Suite struct HeadReaderTests {
  static let requests: [(String, RequestHead)] = [
    ("GET / HTTP/1.1\r\n\r\n", RequestHead(method: "GET", target: "/")),
    ("GET / HTTP/1.0\r\n\r\n", RequestHead(method: "GET", target: "/", version: .http10)),
    (
      "POST /v1/chat/completions?a=b%20c HTTP/1.1\r\nHost: a:1\r\nX-Empty:\r\n\r\n",
      RequestHead(
        method: "POST", target: "/v1/chat/completions?a=b%20c",
        fields: [Field("Host", "a:1"), Field("X-Empty", "")])
    ),
    // Order, spelling and duplicates stay; only the blanks around a value go.
    (
      "M-SEARCH * HTTP/1.1\r\nx-A: 1\r\nB:\t two words \t\r\nX-a:2:3\r\n\r\n",
      RequestHead(
        method: "M-SEARCH", target: "*",
        fields: [Field("x-A", "1"), Field("B", "two words"), Field("X-a", "2:3")])
    ),
    // Obs-text: one scalar for each byte, here the two bytes of an "é" in UTF-8.
    (
      "GET / HTTP/1.1\r\nX: caf\u{C3}\u{A9}\u{FF}\ta\r\n\r\n",
      RequestHead(method: "GET", target: "/", fields: [Field("X", "caf\u{C3}\u{A9}\u{FF}\ta")])
    ),
    (
      "!#$%&'*+-.^_`|~09azAZ x HTTP/1.1\r\n!#$%&'*+-.^_`|~09azAZ:\"v\"\r\n\r\n",
      RequestHead(
        method: "!#$%&'*+-.^_`|~09azAZ", target: "x",
        fields: [Field("!#$%&'*+-.^_`|~09azAZ", "\"v\"")])
    ),
    ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", RequestHead(method: "GET", target: "/")),
  ]

  @Test(arguments: requests) func readsRequest(_ text: String, expected: RequestHead) {
    let bytes = octets(text)
    let found = outcome(of: bytes, from: RequestHeadReader())
    #expect(found.product == expected)
    #expect(found.error == nil)
    #expect(found.consumed == bytes.count)
    #expect(found.reader == RequestHeadReader(), "ready for the next head")
  }

  static let responses: [(String, ResponseHead)] = [
    ("HTTP/1.1 200 OK\r\n\r\n", ResponseHead(status: 200, reason: "OK")),
    (
      "HTTP/1.0 404 Not  Found\r\nA: b\r\n\r\n",
      ResponseHead(
        version: .http10, status: 404, reason: "Not  Found", fields: [Field("A", "b")])
    ),
    ("HTTP/1.1 200 \r\n\r\n", ResponseHead(status: 200, reason: "")),
    ("HTTP/1.1 200\r\n\r\n", ResponseHead(status: 200, reason: "")),
    ("HTTP/1.1 100 Continue\r\n\r\n", ResponseHead(status: 100, reason: "Continue")),
    ("HTTP/1.1 999 \t\u{E9}\r\n\r\n", ResponseHead(status: 999, reason: "\t\u{E9}")),
  ]

  @Test(arguments: responses) func readsResponse(_ text: String, expected: ResponseHead) {
    let bytes = octets(text)
    let found = outcome(of: bytes, from: ResponseHeadReader())
    #expect(found.product == expected)
    #expect(found.error == nil)
    #expect(found.consumed == bytes.count)
    #expect(found.reader == ResponseHeadReader(), "ready for the next head")
  }

  @Test func leavesWhatIsBehindTheHead() {
    let head = "GET /a HTTP/1.1\r\n\r\n"
    for rest in ["G", "\r\n", "GET /b HTTP/1.1\r\n\r\n"] {
      let found = outcome(of: octets(head + rest), from: RequestHeadReader())
      #expect(found.product == RequestHead(method: "GET", target: "/a"))
      #expect(found.consumed == 19)
    }
  }

  @Test func readsPipelinedHeadsWithOneReader() throws {
    let bytes = octets("GET /a HTTP/1.1\r\n\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET")
    var reader = RequestHeadReader()
    var offset = 0
    #expect(try reader.read(bytes.span, at: &offset)?.target == "/a")
    #expect(offset == 19)
    #expect(try reader.read(bytes.span, at: &offset)?.target == "/b")
    #expect(offset == 40)
    #expect(reader.isEmpty)
    #expect(try reader.read(bytes.span, at: &offset) == nil)
    #expect(offset == 43)
    #expect(!reader.isEmpty)
  }

  static let unfinished: [(String, Bool)] = [
    ("", true), ("\r", false), ("\r\n", true), ("\r\n\r\n", true), ("G", false),
    ("GET / HTTP/1.1\r\n", false), ("GET / HTTP/1.1\r\nA: b\r\n\r", false),
  ]

  @Test(arguments: unfinished) func saysWhetherAHeadHasBegun(_ text: String, isEmpty: Bool) {
    let found = outcome(of: octets(text), from: RequestHeadReader())
    #expect(found.product == nil)
    #expect(found.error == nil)
    #expect(found.consumed == text.utf8.count)
    #expect(found.reader.isEmpty == isEmpty)
  }

  @Test func readsBackWhatWasWritten() {
    for (_, head) in Self.requests {
      var bytes: [UInt8] = []
      head.write(into: &bytes)
      #expect(outcome(of: bytes, from: RequestHeadReader()).product == head)
    }
    for (_, head) in Self.responses {
      var bytes: [UInt8] = []
      head.write(into: &bytes)
      #expect(outcome(of: bytes, from: ResponseHeadReader()).product == head)
    }
  }
}
