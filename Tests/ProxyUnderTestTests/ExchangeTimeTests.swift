// Time: every wait has an end of its own, silence is told from life, and nobody waits for ever unless
// the operator wants it.

import ProxyUnderTest
import Testing
import Wire

private let chunked =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

@Suite struct ExchangeTimeTests {
  static var settings: Settings {
    var settings = Bench.settings
    settings.limits.totalTimeMax = 1_000_000
    return settings
  }

  @Test func hasTheLimitsThatAreWrittenDown() {
    let limits = ProxyLimits()
    #expect(limits.connectTimeMax == 10_000 && limits.firstByteTimeMax == 300_000)
    #expect(limits.idleTimeMax == 240_000 && limits.totalTimeMax == nil)
    #expect(limits.headTimeMax == 10_000 && limits.drainTimeMax == 30_000)
    #expect(limits.connectionsMax == 1_024 && limits.requestBytesMax == 10 * 1024 * 1024)
    #expect(limits.wire.headBytesMax == 16 * 1024 && limits.wire.fieldsMax == 100)
    #expect(Settings().heartbeatTime == nil && !Settings().keepsHalfClosed)
  }

  /// Where an answer stands, when its time is over, and what the client is told then.
  static let waits: [(inputs: [Exchange.Input], end: Milliseconds, code: String)] = [
    ([], 10_000, "upstream_connect_timeout"),
    ([.upstreamConnected], 300_000, "upstream_first_byte_timeout"),
    (
      [.upstreamConnected, .upstream(octets(chunked + "9\r\n"))], 300_000,
      "upstream_first_byte_timeout"
    ),
    (
      [.upstreamConnected, .upstream(octets(chunked + "9\r\nd"))], 240_000, "upstream_idle_timeout"
    ),
  ]

  @Test(arguments: waits.indices) func everyWaitEndsInItsOwnWay(_ index: Int) {
    let (inputs, end, code) = Self.waits[index]
    for total in [nil, end + 1, end, end - 1, 1] as [Milliseconds?] {
      var settings = Bench.settings
      settings.limits.totalTimeMax = total
      var bench = Bench(settings)
      bench.take(.client(octets(Bench.request)))
      for input in inputs { bench.take(input) }
      let isTotal = total.map { $0 <= end } ?? false
      let due = isTotal ? total ?? 0 : end
      #expect(bench.exchange.deadline == due)
      let before = bench
      bench.take(.deadline, at: due - 1)
      #expect(bench == before, "woken too early")
      bench.take(.deadline, at: due)
      let expected = isTotal ? "upstream_total_timeout" : code
      #expect(bench.responses?.count == 1)
      let response = bench.responses?.first
      if bench.exchange.isClosed {
        #expect(response?.status == 200 && response?.end == .cut)
        #expect(ErrorObject.ofEvent(response?.body[...] ?? [])?.code == expected)
      } else {
        #expect(response?.status == 504 && response?.end == .complete)
        #expect(ErrorObject.ofBody(response?.body ?? [])?.code == expected)
      }
      #expect(bench.outputs.orders.contains(.closeUpstream))
    }
  }

  /// Comments, chunk framing and single bytes are life, for as long as they like.
  @Test(arguments: ["2\r\n:\n\r\n", "1\r\n:\r\n", "1\r\na\r\n", "1", "1;a=", "7\r\ndata: a\r\n"])
  func everyByteKeepsAStreamAlive(_ fragment: String) {
    var bench = Bench.asked()
    var now = 0
    bench.take(.upstream(octets(chunked + "9\r\ndata: a\n\n\r\n")))
    for byte in octets(fragment) {
      now += 239_999
      bench.take(.upstream([byte]), at: now)
      bench.take(.deadline, at: now)
      #expect(!bench.exchange.isClosed)
      #expect(bench.exchange.deadline == now + 240_000)
    }
    bench.take(.deadline, at: now + 240_000)
    #expect(bench.exchange.isClosed)
  }

  @Test func aDripDoesNotOutliveTheTotalLimit() {
    var bench = Bench.asked(Bench.request, Self.settings)
    bench.take(.upstream(octets(chunked + "ffffff\r\ndata: ")))
    var now = 0
    while !bench.exchange.isClosed, now < 2_000_000 {
      now += 5_000
      bench.take(.deadline, at: now)
      bench.take(.upstream(octets("a")), at: now)
    }
    #expect(now == 1_000_000)
    let body = bench.responses?.first?.body ?? []
    #expect(ErrorObject.ofEvent(body[...])?.code == "upstream_total_timeout")
    #expect(bench.responses?.first?.end == .cut)
  }

  /// Each request has its own time.
  @Test func theTotalLimitIsForOneAnswer() {
    var bench = Bench(Self.settings)
    for start in [0, 900_000, 1_800_000] {
      bench.take(.client(octets(Bench.request)), .upstreamConnected, at: start)
      bench.take(.upstream(octets(chunked + "9\r\ndata: a\n\n\r\n0\r\n\r\n")), at: start + 5)
    }
    #expect(bench.responses?.map(\.end) == [.complete, .complete, .complete])
    #expect(bench.exchange.deadline == 1_800_005 + 75_000)
  }

  // MARK: A slow client

  @Test func theSilenceOfAnUpstreamThatIsNotReadSaysNothing() {
    var bench = Bench.asked(Bench.request, Self.settings)
    bench.take(.upstream(octets(chunked + "9\r\ndata: a\n\n\r\n")), at: 10)
    #expect(bench.exchange.deadline == 240_010)
    bench.take(.clientSlow(true), at: 20)
    #expect(bench.exchange.deadline == 240_020, "the client's own wait, and the total limit, go on")
    // What had been read by then still comes.
    bench.take(.upstream(octets("9\r\ndata: b\n\n\r\n")), at: 30)
    bench.take(.clientSlow(true), at: 40)
    #expect(bench.exchange.deadline == 240_020)
    bench.take(.deadline, at: 240_019)
    var stuck = bench
    bench.take(.clientSlow(false), at: 240_019)
    #expect(bench.exchange.deadline == 480_019)
    #expect(bench.responses?.first?.body == octets("data: a\n\ndata: b\n\n"))
    // Nobody's fault but the client's, and the stream says so if it is ever read.
    stuck.take(.deadline, at: 240_020)
    #expect(stuck.outputs.orders == [.closeUpstream, .closeClient])
    let rest = stuck.responses?.first?.body.dropFirst(18) ?? []
    #expect(ErrorObject.ofEvent(rest)?.code == "client_too_slow")

    var free = Bench.asked()
    free.take(.upstream(octets(chunked + "9\r\ndata: a\n\n\r\n")), .clientSlow(true), at: 10)
    #expect(free.exchange.deadline == 240_010)
    free.take(.clientSlow(false), at: 200_000)
    #expect(free.exchange.deadline == 440_000)
    let before = free
    free.take(.clientSlow(false), at: 600_000)
    #expect(free == before, "nothing has changed")
    free.take(.upstream(octets("0\r\n\r\n")), at: 600_000)
    #expect(free.responses?.first?.end == .complete)
  }

  // MARK: Heartbeat

  static var beating: Settings {
    var settings = Bench.settings
    settings.heartbeatTime = 15_000
    return settings
  }

  /// Fragments, and whether a comment may follow each.
  static let fragments: [(picture: String, canBeat: [Bool])] = [
    ("data: a\n\n|data|: b\n|\n|: c\n|\n", [true, false, false, true, false, true]),
    ("data: a\r\n\r\n|data: b\r\n|\r|\n", [true, false, false, true]),
    // A CR may be half of a line end.
    ("data: a\r\r|\n|data: b\r\r", [false, true, false]),
    ("\u{FEFF}|data: a\n\n|\n|\r\n", [false, true, true, true]),
    ("\u{FEFF}\n", [true]),
  ]

  @Test(arguments: fragments.indices) func beatsOnlyBetweenBlocks(_ index: Int) {
    let (picture, expected) = Self.fragments[index]
    var bench = Bench.asked(Bench.request, Self.beating)
    bench.take(.upstream(octets(chunked)))
    #expect(bench.exchange.deadline == 300_000, "not before the body has begun")
    var body: [UInt8] = []
    for (fragment, canBeat) in zip(picture.split(separator: "|"), expected) {
      let size = String(fragment.utf8.count, radix: 16)
      bench.take(.upstream(octets("\(size)\r\n\(fragment)\r\n")))
      body += octets(String(fragment))
      #expect(
        bench.exchange.deadline == (canBeat ? 15_000 : 240_000), "\(fragment.debugDescription)")
      guard canBeat else { continue }
      var beaten = bench
      let outputs = beaten.take(.deadline, at: 15_000)
      #expect(outputs == [.client(octets("e\r\n: keep-alive\n\n\r\n"))])
      #expect(beaten.exchange.deadline == 30_000)
      beaten.take(.deadline, at: 30_000)
      #expect(
        beaten.responses?.first?.body == body + octets(": keep-alive\n\n: keep-alive\n\n"))
      // It does not count as life of the upstream.
      for beat in 3...15 { beaten.take(.deadline, at: beat * 15_000) }
      #expect(beaten.exchange.deadline == 240_000)
      beaten.take(.deadline, at: 240_000)
      let rest = beaten.responses?.first?.body.dropFirst(body.count + 15 * 14) ?? []
      #expect(ErrorObject.ofEvent(rest)?.code == "upstream_idle_timeout")
    }
    #expect(bench.responses?.first?.body.starts(with: body[..<plainBorder(body)]) == true)
  }

  @Test func aHeartbeatWaitsForTheLastBytesSent() {
    var bench = Bench.asked(Bench.request, Self.beating)
    bench.take(.upstream(octets(chunked + "9\r\ndata: a\n\n")), at: 1_000)
    #expect(bench.exchange.deadline == 16_000)
    // Framing alone sends nothing.
    bench.take(.upstream(octets("\r\n9")), at: 9_000)
    #expect(bench.exchange.deadline == 16_000)
    bench.take(.upstream(octets("\r\ndata: b\n\n")), at: 10_000)
    #expect(bench.exchange.deadline == 25_000)
    // Nobody who is slow needs it.
    bench.take(.clientSlow(true), at: 11_000)
    #expect(bench.exchange.deadline == 251_000)
    bench.take(.clientSlow(false), at: 50_000)
    #expect(bench.exchange.deadline == 65_000)
    bench.take(.upstream(octets("\r\n0\r\n\r\n")), at: 60_000)
    #expect(bench.responses?.first?.body == octets("data: a\n\ndata: b\n\n"))
    #expect(bench.exchange.deadline == 60_000 + 75_000)
  }

  /// What is not an event stream has no place for a comment.
  @Test(arguments: ["application/json", "text/event-stream\r\nContent-Encoding: br"])
  func onlyEventStreamsBeat(_ type: String) {
    var bench = Bench.asked(Bench.request, Self.beating)
    bench.take(.upstream(octets("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\r\na\n\n")))
    #expect(bench.exchange.deadline == 240_000)
  }

  // MARK: Slow requests

  @Test func aSlowHeadIsRefused() {
    let head = octets("GET /health HTTP/1.1\r\nHost: p\r\n")
    var bench = Bench()
    for index in head.indices {
      bench.take(.client([head[index]]), at: 1_000 + index * 100)
      #expect(bench.exchange.deadline == 11_000)
    }
    bench.take(.deadline, at: 11_000)
    #expect(bench.responses?.map(\.status) == [408])
    #expect(bench.responses?.first?.values("Connection") == ["close"])
    #expect(bench.outputs.orders == [.closeClient])
    #expect(bench.exchange.isClosed)
  }

  @Test func aRequestThatDoesNotComeIsWaitedForALittle() {
    var bench = Bench()
    bench.take(.client(octets("\r\n")), at: 74_999)
    #expect(bench.take(.deadline, at: 75_000) == [.closeClient])
    #expect(bench.exchange.isClosed)
    // Behind an answer too.
    bench = Bench()
    bench.take(.client(octets("GET /health HTTP/1.1\r\nHost: p\r\n\r\n")), at: 74_999)
    bench.outputs = []
    #expect(bench.take(.deadline, at: 149_998) == [])
    #expect(bench.take(.deadline, at: 149_999) == [.closeClient])
  }

  @Test func aBodyMayTakeItsTimeButNotStandStill() {
    var settings = Bench.settings
    settings.limits.clientIdleTimeMax = 10_000
    var bench = Bench(settings)
    bench.take(.client(octets(Bench.request.replacing("{}", with: ""))))
    bench.take(.client(octets("{")), at: 9_999)
    #expect(bench.take(.deadline, at: 19_998) == [])
    bench.take(.deadline, at: 19_999)
    #expect(bench.responses?.map(\.status) == [408])
    #expect(bench.outputs.orders == [.closeClient])
  }

  /// How a body drips: a piece over and over, its pause, and when the wait for it ends.
  static let drips: [(name: String, framing: String, piece: String, pause: Int, end: Int?)] = [
    ("a byte every 5 s", "Content-Length: 9999", "a", 5_000, 30_024),
    ("a chunk of a byte every 5 s", "Transfer-Encoding: chunked", "1\r\na\r\n", 5_000, 30_024),
    ("an endless size line", "Transfer-Encoding: chunked", "0", 5_000, 30_000),
    (
      "a kilobyte a second", "Content-Length: 999999", String(repeating: "a", count: 1_024), 1_000,
      nil
    ),
  ]

  @Test(arguments: drips.indices) func aBodyThatDripsIsNotWaitedForForEver(_ index: Int) {
    let drip = Self.drips[index]
    var bench = Bench()
    let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\n\(drip.framing)\r\n\r\n"
    bench.take(.client(octets(head)))
    var now = 0
    for _ in 0..<200 {
      guard let deadline = bench.exchange.deadline, deadline > now + drip.pause else { break }
      now += drip.pause
      bench.take(.client(octets(drip.piece)), at: now)
    }
    #expect(bench.outputs.isEmpty, "\(drip.name)")
    guard let end = drip.end else {
      #expect(now == 200_000)
      return
    }
    #expect(bench.exchange.deadline.map { 0...24 ~= end - $0 } == true, "\(drip.name)")
    bench.wake()
    #expect(bench.responses?.map(\.status) == [408], "\(drip.name)")
    #expect(bench.exchange.isClosed)
  }
}
