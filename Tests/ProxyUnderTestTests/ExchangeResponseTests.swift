// What an upstream answers, and what of it the client gets: the same, however the bytes were cut.

import ProxyUnderTest
import TestSupport
import Testing

private let stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
private let chunked = stream + "Transfer-Encoding: chunked\r\n\r\n"
private let json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

/// The fields that every event stream has towards a client.
private let streamFields = [
  "Content-Type: text/event-stream", "Cache-Control: no-cache, no-transform",
  "X-Accel-Buffering: no", "Transfer-Encoding: chunked",
]

@Suite struct ExchangeResponseTests {
  /// A whole response of an upstream, and what the client gets.
  struct Case {
    var response: String
    /// Whether the upstream closes behind it.
    var closes = false
    var status = 200
    var fields = streamFields
    var body: String
  }

  static let cases: [Case] = [
    // Event streams under each framing.
    Case(
      response: chunked + "9\r\ndata: a\n\n\r\n6\r\ndata: \r\n3\r\nb\n\n\r\n0\r\n\r\n",
      body: "data: a\n\ndata: b\n\n"),
    Case(
      response: stream + "Content-Length: 18\r\n\r\ndata: a\n\ndata: b\n\n",
      body: "data: a\n\ndata: b\n\n"),
    Case(
      response: stream + "\r\ndata: a\n\ndata: b\n\n", closes: true,
      body: "data: a\n\ndata: b\n\n"),
    Case(
      response: "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n",
      closes: true, body: "data: a\n\n"),
    Case(response: chunked + "0\r\n\r\n", body: ""),
    Case(response: stream + "Content-Length: 0\r\n\r\n", body: ""),
    Case(response: stream + "\r\n", closes: true, body: ""),
    // Chunks in every spelling, with extensions and trailers.
    Case(
      response: chunked + "A;a=b;c=\"\\\"d;\\r\"\r\n: 2345678\n\r\n00001\r\n\n\r\n"
        + "000;x\r\nX-Usage: 5\r\nSet-Cookie: a\r\n\r\n",
      body: ": 2345678\n\n"),
    Case(response: chunked + "0a\r\n: 2345678\n\r\n1\r\n\n\r\n0\r\n\r\n", body: ": 2345678\n\n"),
    // Chunk borders inside line ends and characters; chunk sizes inside the data.
    Case(
      response: chunked + "9\r\ndata: 1\r\n\r\n1\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n",
      body: "data: 1\r\n\r\n"),
    Case(
      response: chunked + "7\r\ndata: \u{C3}\r\n3\r\n\u{A9}\n\n\r\n0\r\n\r\n",
      body: "data: \u{C3}\u{A9}\n\n"),
    Case(
      response: chunked + "f\r\ndata: 0\r\n\r\n5\r\n\n\r\n0\r\n\r\n",
      body: "data: 0\r\n\r\n5\r\n\n"),
    // A proper end completes the last block.
    Case(response: chunked + "7\r\ndata: a\r\n0\r\n\r\n", body: "data: a\n\n"),
    Case(response: stream + "Content-Length: 8\r\n\r\ndata: a\n", body: "data: a\n\n"),
    Case(response: stream + "\r\n\ndata: a\r", closes: true, body: "\ndata: a\r\n\n"),
    // What stands behind the body is not of it.
    Case(response: chunked + "9\r\ndata: a\n\n\r\n0\r\n\r\ndata: x\n\n", body: "data: a\n\n"),
    Case(
      response: stream + "Content-Length: 9\r\n\r\ndata: a\n\nHTTP/1.1 200 OK\r\n\r\n",
      body: "data: a\n\n"),
    // Interim responses are passed over.
    Case(
      response: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n"
        + "Content-Length: 5\r\n\r\n" + chunked + "9\r\ndata: a\n\n\r\n0\r\n\r\n",
      body: "data: a\n\n"),
    // Fields of one connection, cookies and buffering are not passed on; the others are.
    Case(
      response:
        "HTTP/1.1 200 Fine\r\nDate: now\r\nCACHE-CONTROL: public\r\ncache-control: max-age=1\r\n"
        + "Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
        + "Set-Cookie: a=b\r\n"
        + "X-Accel-Buffering: yes\r\nX-Request-Id: 7\r\nTrailer: X\r\nUpgrade: h2c\r\n"
        + "content-TYPE: Text/Event-Stream ; charset=UTF-8\r\nX-Request-Id: 8\r\n"
        + "Content-Encoding: identity\r\nTransfer-encoding: Chunked\r\n\r\n"
        + "9\r\ndata: a\n\n\r\n0\r\n\r\n",
      fields: [
        "Date: now", "CACHE-CONTROL: no-cache, no-transform", "X-Accel-Buffering: no",
        "X-Request-Id: 7", "content-TYPE: Text/Event-Stream ; charset=UTF-8", "X-Request-Id: 8",
        "Content-Encoding: identity", "Transfer-Encoding: chunked",
      ], body: "data: a\n\n"),
    // Credentials of the upstream are not passed on, nor its own word on which pages may read it.
    Case(
      response: json + "Set-Cookie: a=b\r\nset-cookie: c\r\nSet-Cookie2: d\r\nAuthorization: e\r\n"
        + "X-API-Key: f\r\nCookie: g\r\nAuthentication-Info: h\r\nProxy-Authenticate: i\r\n"
        + "Proxy-Authentication-Info: j\r\nX-Kept: 1\r\nAccess-Control-Allow-Origin: http://a\r\n"
        + "access-control-allow-credentials: true\r\nAccess-Control-Allow-Methods: PUT\r\n"
        + "Access-Control-Allow-Headers: X\r\nAccess-Control-Max-Age: 1\r\nVary: Origin\r\n"
        + "Access-Control-Expose-Headers: X\r\nWWW-Authenticate: Bearer\r\nContent-Length: 2\r\n\r\n{}",
      fields: [
        "Content-Type: application/json", "X-Kept: 1", "Vary: Origin", "WWW-Authenticate: Bearer",
        "Content-Length: 2",
      ], body: "{}"),
    // Everything else passes as it is.
    Case(
      response: "HTTP/1.1 429 Slow Down\r\nContent-Type: application/json\r\nRetry-After: 7\r\n"
        + "Content-Length: 12\r\n\r\n{\"error\":{}}",
      status: 429,
      fields: ["Content-Type: application/json", "Retry-After: 7", "Content-Length: 12"],
      body: "{\"error\":{}}"),
    Case(
      response: "HTTP/1.1 500\r\nTransfer-Encoding: chunked\r\n\r\n4\r\noops\r\n0\r\n\r\n",
      status: 500, fields: ["Transfer-Encoding: chunked"], body: "oops"),
    Case(
      response: json + "\r\n{\"a\":1}", closes: true,
      fields: ["Content-Type: application/json", "Transfer-Encoding: chunked"], body: "{\"a\":1}"),
    Case(
      response: json + "Content-Length: 0\r\n\r\n",
      fields: ["Content-Type: application/json", "Content-Length: 0"], body: ""),
    Case(
      response: stream + "Content-Encoding: gzip\r\nCache-Control: a\r\nContent-Length: 9\r\n\r\n"
        + "\u{1F}\u{8B}\n\n\u{8}\0a\u{FF}b",
      fields: [
        "Content-Type: text/event-stream", "Content-Encoding: gzip", "Cache-Control: a",
        "Content-Length: 9",
      ], body: "\u{1F}\u{8B}\n\n\u{8}\0a\u{FF}b"),
    Case(
      response: stream + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "4\r\n\u{1F}\u{8B}\n\n\r\n1\r\na\r\n0\r\n\r\n",
      fields: [
        "Content-Type: text/event-stream", "Content-Encoding: gzip", "Transfer-Encoding: chunked",
      ], body: "\u{1F}\u{8B}\n\na"),
    // No body, whatever the fields say.
    Case(
      response: "HTTP/1.1 204 No Content\r\nX-A: 1\r\nContent-Length: 5\r\n\r\n", status: 204,
      fields: ["X-A: 1"], body: ""),
    Case(
      response: "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", status: 204,
      fields: [], body: ""),
    Case(
      response: "HTTP/1.1 304 Not Modified\r\nETag: a\r\n\r\n", status: 304, fields: ["ETag: a"],
      body: ""),
  ]

  @Test(arguments: cases.indices) func passesOn(_ index: Int) {
    let expected = Self.cases[index]
    let response = bytes(expected.response)
    let end: Exchange.Input? = expected.closes ? .upstreamClosed(.finished) : nil
    let found = outcome(of: response, end: end)
    #expect(
      found.responses?.openToPages == [
        PlainResponse(status: expected.status, fields: expected.fields, body: bytes(expected.body))
      ])
    #expect(found.orders == [.closeUpstream])
    #expect(found.exchange == Bench().exchange, "ready for the next request")

    // A client of the older version gets no chunks, and an end by close.
    let old = outcome(of: response, end: end, from: .asked(Bench.oldRequest))
    let fields = expected.fields.filter { $0 != "Transfer-Encoding: chunked" }
    let isFramed = expected.fields == fields
    #expect(
      old.responses?.openToPages == [
        PlainResponse(
          status: expected.status, fields: fields + ["Connection: close"],
          body: bytes(expected.body), end: isFramed ? .complete : .untilClose)
      ])
    #expect(old.orders == [.closeUpstream, .closeClient])
    #expect(old.exchange.isClosed)
  }

  @Test func closesWhereTheClientWantsIt() {
    let request = Bench.request.replacing("Host: p", with: "Host: p\r\nconnection: a, Close")
    let wire = octets(chunked + "9\r\ndata: a\n\n\r\n0\r\n\r\n")
    let found = outcome(of: wire, from: .asked(request))
    #expect(found.responses?.openToPages?.first?.fields == streamFields + ["Connection: close"])
    #expect(found.responses?.first?.end == .complete)
    #expect(found.orders == [.closeUpstream, .closeClient])
  }

  /// Fragments between bars, and what the client gets of each at once.
  static let pictures: [(String, [String])] = [
    (chunked + "9\r\ndata: a\n\n|\r\n0|\r\n\r\n", ["data: a\n\n", "", ""]),
    (chunked + "|8\r\ndata: a\n|\r\n1\r\n|\n|\r\n", ["", "", "", "data: a\n\n", ""]),
    (
      chunked + "12\r\ndata: a\n\ndata: |b\n\n\r\n9|\r\ndata: c\n\n",
      ["data: a\n\n", "data: b\n\n", "data: c\n\n"]
    ),
    (
      stream + "Content-Length: 99\r\n\r\ndata: a\r\n\r|\ndata: b|\r\r|: c",
      ["data: a\r\n\r", "\n", "data: b\r\r", ""]
    ),
    (stream + "\r\ndat|a: a\n\n: b\n|\n\n", ["", "data: a\n\n", ": b\n\n\n"]),
    (json + "\r\n{|\"a\"|:1", ["{", "\"a\"", ":1"]),
    (stream + "Content-Encoding: br\r\n\r\na|b", ["a", "b"]),
  ]

  @Test(arguments: pictures.indices) func anEventLeavesWithItsLastByte(_ index: Int) {
    let (picture, expected) = Self.pictures[index]
    for request in [Bench.request, Bench.oldRequest] {
      var bench = Bench.asked(request)
      var bodies: [String] = []
      for fragment in picture.split(separator: "|") {
        let before = bench.responses?.first?.body.count ?? 0
        bench.take(.upstream(octets(String(fragment))))
        let body = bench.responses?.first?.body ?? []
        bodies.append(String(decoding: body[before...], as: UTF8.self))
      }
      #expect(bodies == expected)
    }
  }

  @Test func sendsTheHeadWithTheFirstBodyByte() {
    var bench = Bench.asked()
    bench.take(.upstream(octets(chunked + "9\r\n")))
    #expect(bench.outputs == [])
    bench.take(.upstream(octets("d")))
    #expect(bench.responses?.openToPages?.first?.fields == streamFields)
    #expect(bench.responses?.first?.end == .cut)
  }

  @Test func readsAResponseThatComesInOnePieceWithItsEnd() {
    var bench = Bench.asked()
    bench.take(.upstream(octets(stream + "\r\ndata: a")), .upstreamClosed(.finished))
    #expect(bench.responses?.first?.body == octets("data: a\n\n"))
    #expect(bench.responses?.first?.end == .complete)
  }
}

/// One byte for each scalar U+0000–U+00FF of `text`.
private func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }
