// Who is let in, who may stay, and how the proxy ends.

import ProxyUnderTest
import Testing
import Wire

private let chunked =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

@Suite struct ExchangeBorderTests {
  // MARK: Keys

  static let keys = ["first-key", "k2"]

  static var locked: Settings {
    var settings = Bench.settings
    settings.clientKeys = keys
    return settings
  }

  /// Field lines, and whether they open the door.
  static let shown: [(fields: [String], opens: Bool)] = [
    (["Authorization: Bearer first-key"], true),
    (["Authorization: Bearer k2"], true),
    (["authorization: bearer   k2"], true),
    (["X-API-Key: first-key"], true),
    (["x-api-key: k2"], true),
    (["X-API-Key: wrong", "Authorization: Bearer k2"], true),
    (["Authorization: Basic eA==", "Authorization: Bearer k2"], true),
    ([], false),
    (["Authorization: Bearer"], false),
    (["Authorization: Bearer "], false),
    (["Authorization: k2"], false),
    (["Authorization: Basic k2"], false),
    (["Authorization: Bearer k2 k2"], false),
    (["Authorization: Bearer first-key,k2"], false),
    (["Authorization: Bearer first-ke"], false),
    (["Authorization: Bearer first-keyy"], false),
    (["Authorization: Bearer k2k2"], false),
    (["Authorization: Bearer K2"], false),
    (["X-API-Key:"], false),
    (["X-API-Key: Bearer k2"], false),
    (["X-API-Key: \u{E9}2"], false),
    (["Cookie: k2", "Proxy-Authorization: Bearer k2", "API-Key: k2"], false),
  ]

  @Test(arguments: shown.indices) func letsInWhoShowsAKey(_ index: Int) {
    let (fields, opens) = Self.shown[index]
    let lines = fields.map { $0 + "\r\n" }.joined()
    let request = Bench.request.replacing("Host: p\r\n", with: "Host: p\r\n\(lines)")
    let bench = asking(octets(request), Self.locked)
    if opens {
      #expect(bench.outputs == [.connect])
    } else {
      #expect(bench.outputs.orders == [.closeClient])
      let response = bench.responses?.first
      #expect(response?.status == 401)
      #expect(response?.values("WWW-Authenticate") == ["Bearer"])
      #expect(response?.values("Access-Control-Allow-Origin") == ["*"])
      #expect(ErrorObject.ofBody(response?.body ?? [])?.code == "invalid_api_key")
    }
    // Without keys the door is open.
    #expect(asking(octets(request)).outputs == [.connect])
  }

  @Test func aStrangersBodyIsNotAskedFor() {
    let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nExpect: 100-continue\r\n"
    let bench = asking(octets(head + "Content-Length: 9999999\r\n\r\n"), Self.locked)
    #expect(bench.responses?.map(\.status) == [401])
    #expect(bench.exchange.isClosed)
  }

  /// Whoever may not ask is not told what there is.
  @Test func onlyHealthAndOptionsAreOpen() {
    for (start, status) in [
      ("GET /health", 200), ("OPTIONS /v1/chat/completions", 204), ("OPTIONS /x", 204),
      ("GET /v1/models", 401), ("HEAD /v1/models", 401), ("GET /x", 401), ("PUT /health", 401),
    ] {
      let bench = asking(octets("\(start) HTTP/1.1\r\nHost: p\r\n\r\n"), Self.locked)
      let isHEAD = start.hasPrefix("HEAD")
      let responses = plainResponses(bench.outputs.clientBytes, toHEAD: isHEAD)
      #expect(responses?.map(\.status) == [status], "\(start)")
    }
  }

  // MARK: Half-closed clients

  static var patient: Settings {
    var settings = Bench.settings
    settings.keepsHalfClosed = true
    return settings
  }

  static let answer = octets(chunked + "9\r\ndata: a\n\n\r\n0\r\n\r\n")
  static let health = "GET /health HTTP/1.1\r\nHost: p\r\n\r\n"

  /// A client that ends its direction at any moment of an answer still gets all of it.
  @Test(arguments: 0...3) func aHalfClosedClientMayStay(_ moment: Int) {
    for requests in [Bench.request, Bench.request + Self.health] {
      let inputs: [Exchange.Input] = [
        .client(octets(requests)), .upstreamConnected, .upstream(Array(Self.answer[..<80])),
        .upstream(Array(Self.answer[80..<90])), .upstream(Array(Self.answer[90...])),
      ]
      var (patient, strict) = (Bench(Self.patient), Bench())
      for (index, input) in inputs.enumerated() {
        patient.take(input)
        strict.take(input)
        guard index == moment else { continue }
        #expect(patient.take(.clientClosed(.finished)) == [])
        #expect(strict.take(.clientClosed(.finished)) == [.closeUpstream, .closeClient])
      }
      let bodies = [octets("data: a\n\n"), octets(#"{"status":"ok"}"#)]
      #expect(
        patient.responses?.map(\.body) == Array(bodies[..<(requests == Bench.request ? 1 : 2)]))
      #expect(patient.responses?.allSatisfy { $0.end == .complete } == true)
      #expect(patient.outputs.last == .closeClient)
      #expect(patient.exchange.isClosed)
      #expect(strict.responses?.contains { $0.end == .complete && !$0.body.isEmpty } == false)
    }
  }

  @Test func aHalfClosedClientThatIsGoneIsGone() {
    var bench = Bench.asked(Bench.request, Self.patient)
    bench.take(.upstream(octets(chunked + "9\r\ndata")), .clientClosed(.finished))
    bench.outputs = []
    #expect(bench.take(.clientClosed(.reset)) == [.closeUpstream, .closeClient])
    // Half a request will never be whole.
    for start in [
      "", "GET /he", "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\nHost: p\r\n\r\n{",
    ] {
      var bench = Bench(Self.patient)
      bench.take(.client(octets(start)))
      #expect(bench.take(.clientClosed(.finished)) == [.closeClient])
      #expect(bench.exchange.isClosed)
    }
  }

  // MARK: The end of the proxy

  @Test func idleClientsGoAtOnce() {
    for stopping in [Stopping.gently, .now] {
      var bench = Bench()
      #expect(bench.take(.stop(stopping)) == [.closeClient])
      bench = asking(octets(Self.health))
      bench.outputs = []
      #expect(bench.take(.stop(stopping)) == [.closeClient])
      #expect(bench.exchange.isClosed)
    }
  }

  /// Requests that are not whole yet when the end is near, in two parts.
  @Test(arguments: [
    ("GET /v1/mo", "dels HTTP/1.1\r\nHost: p\r\n\r\n"),
    ("GET /heal", "th HTTP/1.1\r\nHost: p\r\n\r\n"),
    ("POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: 2\r\n\r\n{", "}"),
  ]) func noRequestIsTakenAnyMore(_ start: String, _ rest: String) {
    var bench = Bench()
    bench.take(.client(octets(start)))
    var ended = bench
    #expect(bench.take(.stop(.gently)) == [])
    bench.take(.client(octets(rest)))
    ended.take(.stop(.now))
    for bench in [bench, ended] {
      #expect(bench.responses?.map(\.status) == [503])
      #expect(bench.responses?.first?.values("Connection") == ["close"])
      #expect(ErrorObject.ofBody(bench.responses?.first?.body ?? [])?.code == "proxy_stopping")
      #expect(bench.outputs.orders == [.closeClient])
    }
  }

  /// What has happened when the proxy is to end, and what the client gets when it must end at once: a
  /// status, or the code of an error event.
  static let moments: [(inputs: [Exchange.Input], status: Int)] = [
    ([], 503), ([.upstreamConnected], 503),
    ([.upstreamConnected, .upstream(octets(chunked))], 503),
    ([.upstreamConnected, .upstream(octets(chunked + "9\r\ndata: a\n"))], 200),
    ([.upstreamConnected, .upstream(octets(chunked + "9\r\ndata: a\n\n\r\n"))], 200),
  ]

  @Test(arguments: moments.indices) func answersUnderWayMayEnd(_ index: Int) {
    let (inputs, status) = Self.moments[index]
    var bench = Bench()
    bench.take(.client(octets(Bench.request + Self.health)))
    for input in inputs { bench.take(input) }
    #expect(bench.take(.stop(.gently)) == [])
    var cut = bench
    cut.take(.stop(.now))
    #expect(cut.responses?.map(\.status) == [status])
    #expect(cut.exchange.isClosed)
    #expect(cut.outputs.orders.suffix(2) == [.closeUpstream, .closeClient])
    let body = cut.responses?.first?.body ?? []
    let error =
      status == 503
      ? ErrorObject.ofBody(body) : ErrorObject.ofEvent(body.drop { $0 != UInt8(ascii: "e") })
    #expect(error?.code == "proxy_stopping")
    #expect(cut.responses?.first?.end == (status == 503 ? .complete : .cut))

    let rest: [Exchange.Input] =
      [[.upstreamConnected], [.upstream(octets(chunked))]].dropFirst(inputs.count).flatMap { $0 }
    for input in rest { bench.take(input) }
    let sent =
      index == 3 ? "\n\r\n0\r\n\r\n" : index == 4 ? "0\r\n\r\n" : "9\r\ndata: a\n\n\r\n0\r\n\r\n"
    bench.take(.upstream(octets(sent)))
    #expect(bench.responses?.map(\.body) == [octets("data: a\n\n")])
    #expect(bench.responses?.map(\.end) == [.complete])
    #expect(bench.outputs.orders.suffix(2) == [.closeUpstream, .closeClient])
    #expect(bench.exchange.isClosed)
  }

  // MARK: Too many

  @Test func aClientTooManyIsToldWhenItAsks() {
    var bench = Bench()
    bench.take(.clientSurplus)
    #expect(bench.outputs == [])
    bench.take(.client(octets(Bench.request)))
    #expect(bench.responses?.map(\.status) == [503])
    #expect(bench.responses?.first?.values("Connection") == ["close"])
    #expect(ErrorObject.ofBody(bench.responses?.first?.body ?? [])?.code == "proxy_busy")
    #expect(bench.outputs.orders == [.closeClient])
  }
}
