// The life of a client connection: its requests one after the other, its deadlines, and how it is
// given up.

import ProxyUnderTest
import Testing
import Wire

private let chunked =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
private let answer = octets(chunked + "9\r\ndata: a\n\n\r\n0\r\n\r\n")
private let health = "GET /health HTTP/1.1\r\nHost: p\r\n\r\n"

@Suite struct ExchangeTests {
  /// Each phase: what has happened, and whether an upstream connection is open or asked for.
  static let phases: [(name: String, inputs: [Exchange.Input], holdsUpstream: Bool)] = [
    ("nothing", [], false),
    ("half a head", [.client(octets("POST /v1/ch"))], false),
    ("half a body", [.client(octets(Bench.request).dropLast())], false),
    ("connecting", [.client(octets(Bench.request))], true),
    ("connecting, early bytes", [.client(octets(Bench.request + "POST"))], true),
    ("asked", asked, true),
    ("half an answer's head", asked + [.upstream(octets("HTTP/1.1 200 O"))], true),
    ("an interim answer", asked + [.upstream(octets("HTTP/1.1 100 Continue\r\n\r\n"))], true),
    ("an answer's head", asked + [.upstream(octets(chunked))], true),
    ("half a chunk size", asked + [.upstream(octets(chunked + "1"))], true),
    ("half an event", asked + [.upstream(octets(chunked + "9\r\ndata"))], true),
    ("a whole event", asked + [.upstream(octets(chunked + "9\r\ndata: a\n\n"))], true),
    ("half a trailer", asked + [.upstream(answer.dropLast())], true),
    ("a whole answer", asked + [.upstream(answer)], false),
    ("half a second request", asked + [.upstream(answer), .client(octets("GET"))], false),
    ("an error", asked + [.upstreamClosed(.reset)], false),
  ]

  static let asked: [Exchange.Input] = [.client(octets(Bench.request)), .upstreamConnected]

  @Test(arguments: phases.indices, [Closing.finished, .reset])
  func theClientLeaves(_ index: Int, _ closing: Closing) {
    let (name, inputs, holdsUpstream) = Self.phases[index]
    var bench = Bench()
    for input in inputs { bench.take(input) }
    let outputs = bench.take(.clientClosed(closing))
    #expect(
      outputs == (holdsUpstream ? [.closeUpstream, .closeClient] : [.closeClient]), "\(name)")
    #expect(bench.exchange.isClosed)
    #expect(bench.exchange.deadline == nil)
  }

  /// Everything that can happen to an exchange.
  static let inputs: [Exchange.Input] = [
    .client(octets(Bench.request)), .client([]), .clientClosed(.finished), .clientClosed(.reset),
    .upstreamConnected, .upstreamRefused, .upstream(answer), .upstream(octets("garbage\n")),
    .upstreamClosed(.finished), .upstreamClosed(.reset), .deadline, .clientOpened, .clientSurplus,
    .clientSlow(true), .clientSlow(false), .stop(.gently), .stop(.now), .clientEvicted,
  ]

  @Test func nothingHappensBehindTheEnd() {
    var bench = Bench()
    bench.take(.clientClosed(.finished))
    let closed = bench
    for input in Self.inputs {
      bench.take(input, at: .max)
      #expect(bench == closed, "\(input)")
    }
  }

  /// However an exchange ends, it is then one and the same value: no request, no key of a client, no
  /// bytes of a body are left in it.
  @Test(arguments: phases.indices) func holdsNothingBehindTheEnd(_ index: Int) {
    var closed = Bench()
    closed.take(.clientClosed(.finished))
    var bench = Bench()
    for input in Self.phases[index].inputs { bench.take(input) }
    for last in [Exchange.Input.clientClosed(.reset), .upstreamClosed(.reset), .client([0])] {
      var ended = bench
      ended.take(last)
      #expect(!ended.exchange.isClosed || ended.exchange == closed.exchange, "\(last)")
    }
    #expect(asking(octets(health + "garbage\r\nmore")).exchange == closed.exchange)
  }

  /// Late news of an upstream that was given up does not touch the next request.
  @Test(arguments: [0, 13, 15]) func lateNewsChangeNothing(_ index: Int) {
    var bench = Bench()
    for input in Self.phases[index].inputs { bench.take(input) }
    let before = bench
    for input in Self.inputs[4...10] + [.clientSlow(false)] {
      bench.take(input, at: 1)
      #expect(bench == before, "\(input)")
    }
  }

  @Test func answersRequestsOneAfterTheOther() {
    var bench = Bench()
    for count in 1...3 {
      #expect(bench.take(.client(octets(Bench.request))) == [.connect])
      bench.take(.upstreamConnected, .upstream(answer))
      bench.take(.client(octets(health)))
      #expect(bench.responses?.count == 2 * count)
    }
    #expect(bench.responses?.allSatisfy { $0.status == 200 && $0.end == .complete } == true)
    #expect(bench.exchange == Bench().exchange)
  }

  @Test func answersPipelinedRequestsInOrder() {
    let requests = octets(health + Bench.request + "\r\n" + health + Bench.request + health)
    var bench = asking(requests)
    #expect(bench.responses?.map(\.body) == [octets(#"{"status":"ok"}"#)])
    #expect(bench.outputs.orders == [.connect])
    for _ in 1...2 { bench.take(.upstreamConnected, .upstream(answer)) }
    let health = octets(#"{"status":"ok"}"#)
    let stream = octets("data: a\n\n")
    #expect(bench.responses?.map(\.body) == [health, stream, health, stream, health])
    let upstream = bench.outputs.orders.filter { $0 != .connect && $0 != .closeUpstream }
    #expect(upstream.count == 2 && upstream.first == upstream.last)
    #expect(
      bench.outputs.orders.map { $0 == .connect } == [true, false, false, true, false, false])
    #expect(bench.exchange == Bench().exchange)
  }

  @Test func answersTheNextRequestBehindAnError() {
    for failure in [Exchange.Input.upstreamRefused, .upstreamClosed(.finished), .deadline] {
      var bench = asking(octets(Bench.request + health))
      bench.take(failure, at: bench.exchange.deadline ?? 0)
      #expect(bench.responses?.last?.status == 200)
      #expect(bench.responses?.count == 2)
    }
  }

  @Test func aBadRequestBehindAGoodOneIsRefusedInItsTurn() {
    var bench = asking(octets(Bench.request + "garbage\r\n" + health))
    bench.take(.upstreamConnected, .upstream(answer))
    #expect(bench.responses?.map(\.status) == [200, 400])
    #expect(bench.outputs.last == .closeClient)
  }

  @Test func answersNothingBehindTheLastRequest() {
    let last = health.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n")
    let bench = asking(octets(last + health))
    #expect(bench.responses?.map { $0.values("Connection") } == [["close"]])
    #expect(bench.outputs.last == .closeClient)
    let old = asking(octets(health.replacing("1.1", with: "1.0") + health))
    #expect(old.responses?.map { $0.values("Connection") } == [["close"]])
    #expect(old.outputs.last == .closeClient)
  }

  @Test func keepsALimitedNumberOfEarlyBytes() {
    var settings = Bench.settings
    settings.limits.earlyBytesMax = 10
    var bench = Bench.asked(Bench.request, settings)
    #expect(bench.take(.client(octets("012345"))) == [])
    #expect(bench.take(.client(octets("678"))) == [])
    #expect(bench.take(.client(octets("9"))) == [.readClient(false)])
    // What was on its way all the same is kept too.
    #expect(bench.take(.client(octets("a"))) == [])
    // The same when they come with the request.
    #expect(asking(octets(Bench.request + "012345678"), settings).outputs == [.connect])
    let outputs: [Exchange.Output] = [.connect, .readClient(false)]
    #expect(asking(octets(Bench.request + "0123456789a"), settings).outputs == outputs)
    // What can be answered at once is not early.
    let answered = asking(octets(health + health + health), settings)
    #expect(answered.responses?.map(\.status) == [200, 200, 200])
  }

  @Test func statesWhenItWantsToBeWoken() {
    var settings = Bench.settings
    settings.limits.connectTimeMax = 10
    settings.limits.firstByteTimeMax = 100
    settings.limits.idleTimeMax = 50
    settings.limits.headTimeMax = 20
    settings.limits.clientIdleTimeMax = 1_000
    var bench = Bench(settings)
    /// Input, its time, and the deadline behind it.
    let steps: [(Exchange.Input, at: Milliseconds, deadline: Milliseconds?)] = [
      (.deadline, 999, 1_000),
      (.client(octets("\r\n")), 2, 1_000),
      (.client(octets("POST")), 3, 23),
      (.client(Array(octets(Bench.request).dropFirst(4).dropLast(2))), 4, 1_004),
      (.client(octets("{")), 5, 1_005),
      (.client(octets("}")), 5, 15),
      (.deadline, 14, 15),
      (.upstreamConnected, 7, 107),
      (.upstream(octets("HTTP/1.1 100 Continue\r\n\r\n")), 50, 107),
      (.upstream(octets(chunked)), 60, 107),
      (.upstream(octets("9\r\n")), 61, 107),
      (.deadline, 106, 107),
      (.upstream(octets("d")), 107, 157),
      (.upstream(octets("ata: a")), 150, 200),
      (.deadline, 199, 200),
      (.upstream(octets("\n\n")), 199, 249),
      (.client(octets("GET")), 230, 249),
      (.upstream(octets("\r")), 240, 290),
      (.upstream(octets("\n0\r\n\r\n")), 241, 261),
      (.client(octets(" /health HTTP/1.1\r\nHost: p\r\n\r\n")), 250, 1_250),
      (.deadline, 1_250, nil),
    ]
    for (input, now, deadline) in steps {
      bench.take(input, at: now)
      #expect(bench.exchange.deadline == deadline, "\(input) at \(now)")
    }
    #expect(bench.responses?.map(\.body) == [octets("data: a\n\n"), octets(#"{"status":"ok"}"#)])
    #expect(bench.responses?.map(\.end) == [.complete, .complete])
    #expect(bench.exchange.isClosed)
  }

  @Test func notesEveryFragmentWithoutItsBytes() {
    var settings = Bench.settings
    settings.notesFragments = true
    let secret = "s3cret"
    let request = Bench.request.replacing("Host: p", with: "Host: p\r\nAuthorization: \(secret)")
      .replacing("/completions", with: "/completions?\(secret)")
    var bench = Bench.asked(request, settings)
    let wire = octets(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX: \(secret)\r\n\r\n"
        + "data: \(secret)\n\n"
    )
    for fragment in [wire[..<9], wire[9..<70], wire[70...]] {
      bench.take(.upstream(Array(fragment)))
    }
    bench.take(.upstreamClosed(.reset))
    let notes = bench.outputs.compactMap { output -> String? in
      if case .note(let text) = output { text } else { nil }
    }
    let fragments = ["0: bytes 0..<9", "1: bytes 9..<70", "2: bytes 70..<\(wire.count)"]
    #expect(notes.filter { $0.contains("upstream") } == fragments.map { "upstream fragment \($0)" })
    #expect(
      notes.last { $0.contains("client") }?.hasSuffix("..<\(bench.outputs.clientBytes.count)")
        == true)
    for text in [secret, Bench.key, "data"] { #expect(!notes.joined().contains(text)) }
    // The same without notes.
    var silent = Bench.asked(request)
    for fragment in [wire[..<9], wire[9..<70], wire[70...]] {
      silent.take(.upstream(Array(fragment)))
    }
    silent.take(.upstreamClosed(.reset))
    #expect(
      silent.outputs
        == bench.outputs.filter { output in
          if case .note = output { false } else { true }
        })
  }

  /// Requests that the proxy answers itself: their answers are fragments too.
  @Test(arguments: [health, "garbage\r\n", Bench.request])
  func notesItsOwnAnswers(_ request: String) {
    var settings = Bench.settings
    settings.notesFragments = true
    var bench = Bench(settings)
    bench.take(.client(octets(request)), .upstreamRefused)
    #expect(bench.outputs.contains(.note("client bytes 0..<\(bench.outputs.clientBytes.count)")))
  }
}
