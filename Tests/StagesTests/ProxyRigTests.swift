// The proxy's borders where they meet a network: the same on the simulated one and on sockets.

import ProxyUnderTest
import Testing

@testable import Networks
@testable import ProxyServing
@testable import Stages

private let chat =
  "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nAuthorization: Bearer client-key\r\n"
  + "Cookie: client-cookie\r\nContent-Length: 2\r\n\r\n{}"
private let head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
private let event = "9\r\ndata: a\n\n\r\n"

@Suite(.serialized, .timeLimit(.minutes(30))) struct ProxyRigTests {
  /// Runs a case on both networks, each with a proxy of its own.
  private func onBoth(
    _ change: @escaping (inout Settings) -> Void = { _ in },
    simulated: (ProxyRig<SimulatedNetwork>) throws -> Void,
    sockets: (ProxyRig<LoopbackNetwork>) throws -> Void
  ) throws {
    try simulated(ProxyRig(SimulatedNetwork(), change))
    try sockets(ProxyRig(try LoopbackNetwork(), change))
  }

  // MARK: Clients that go

  private func clientGoes<World: StageNetwork & ~Copyable>(_ rig: ProxyRig<World>) throws {
    for (index, sent) in ["", "HTTP/1.1 200", head, head + event].enumerated() {
      for resets in [false, true] {
        let client = try rig.connect()
        try rig.send(chat, on: client)
        let upstream = try #require(rig.upstreams.last)
        #expect(rig.upstreams.count == 2 * index + (resets ? 2 : 1))
        try rig.send(sent, on: upstream)
        if resets { try rig.reset(client) } else { try rig.finish(client) }
        #expect(rig.endings[upstream] == .finished, "\(sent.prefix(20)), resets: \(resets)")
        #expect(rig.proxy.count == 0)
      }
    }
  }

  /// Before the first token too, and with no time in between.
  @Test func aClientThatGoesTakesTheUpstreamAlong() throws {
    try onBoth(simulated: clientGoes, sockets: clientGoes)
  }

  private func clientHalfCloses<World: StageNetwork & ~Copyable>(_ rig: ProxyRig<World>) throws {
    let client = try rig.connect()
    try rig.send(chat, on: client)
    try rig.finish(client)
    let upstream = try #require(rig.upstreams.last)
    #expect(rig.endings.isEmpty)
    try rig.send(head + event, on: upstream)
    try rig.send(event + "0\r\n\r\n", on: upstream)
    #expect(rig.text(on: client).hasSuffix("\r\n\r\n\(event)\(event)0\r\n\r\n"))
    #expect(rig.endings[client] == .finished)
    #expect(rig.proxy.count == 0)
    // One that is gone altogether is noticed all the same.
    let second = try rig.connect()
    try rig.send(chat, on: second)
    try rig.reset(second)
    #expect(rig.endings[try #require(rig.upstreams.last)] == .finished)
    #expect(rig.proxy.count == 0)
  }

  @Test func aHalfClosedClientStaysWhereItMay() throws {
    try onBoth(
      { $0.keepsHalfClosed = true }, simulated: clientHalfCloses, sockets: clientHalfCloses)
  }

  // MARK: The end of the proxy

  private func proxyStops<World: StageNetwork & ~Copyable>(_ rig: ProxyRig<World>) throws {
    let (idle, whole, cut, half) = (
      try rig.connect(), try rig.connect(), try rig.connect(), try rig.connect()
    )
    for client in [whole, cut] {
      try rig.send(chat, on: client)
      try rig.send(head + event, on: try #require(rig.upstreams.last))
    }
    try rig.send("GET /v1/mod", on: half)
    try rig.stop(.gently)
    #expect(rig.endings == [idle: .finished])
    try rig.send("els HTTP/1.1\r\nHost: p\r\n\r\n", on: half)
    #expect(rig.text(on: half).hasPrefix("HTTP/1.1 503 "))
    #expect(rig.endings[half] == .finished)
    #expect(rig.upstreams.count == 2)
    // Who comes now goes at once.
    let late = try rig.connect()
    #expect(rig.endings[late] == .finished)
    try rig.advance(milliseconds: 29_999)
    try rig.send(event + "0\r\n\r\n", on: rig.upstreams[0])
    #expect(rig.text(on: whole).hasSuffix("\r\n\r\n\(event)\(event)0\r\n\r\n"))
    #expect(rig.endings[whole] == .finished)
    #expect(rig.proxy.count == 1 && rig.endings[cut] == nil)
    try rig.stop(.now)
    let rest = rig.text(on: cut)
    #expect(rest.contains(event) && rest.contains("event: error\ndata: {\"error\":"))
    #expect(rest.contains("\"code\":\"proxy_stopping\"") && !rest.hasSuffix("0\r\n\r\n"))
    #expect(rig.endings[cut] == .finished && rig.endings[rig.upstreams[1]] == .finished)
    #expect(rig.proxy.count == 0)
  }

  @Test func answersUnderWayMayEndWhenTheProxyStops() throws {
    try onBoth(simulated: proxyStops, sockets: proxyStops)
  }

  // MARK: Too many, too slow

  private func clientsAreTooMany<World: StageNetwork & ~Copyable>(_ rig: ProxyRig<World>) throws {
    let health = "GET /health HTTP/1.1\r\nHost: p\r\n\r\n"
    let (first, second) = (try rig.connect(), try rig.connect())
    let (told, dropped) = (try rig.connect(), try rig.connect())
    #expect(rig.endings == [dropped: .reset])
    try rig.send(chat, on: told)
    #expect(rig.text(on: told).hasPrefix("HTTP/1.1 503 "))
    #expect(rig.text(on: told).contains("proxy_busy"))
    #expect(rig.endings[told] == .finished)
    for client in [first, second] {
      try rig.send(health, on: client)
      #expect(rig.text(on: client).hasPrefix("HTTP/1.1 200 "))
    }
    // A place that is free again is given away again.
    try rig.finish(first)
    let next = try rig.connect()
    try rig.send(health, on: next)
    #expect(rig.text(on: next).hasPrefix("HTTP/1.1 200 "))
  }

  @Test func oneClientTooManyIsTold() throws {
    try onBoth(
      {
        $0.limits.connectionsMax = 2
        $0.limits.surplusConnectionsMax = 1
      }, simulated: clientsAreTooMany, sockets: clientsAreTooMany)
  }

  private func clientsAreSlow<World: StageNetwork & ~Copyable>(_ rig: ProxyRig<World>) throws {
    let (silent, slow) = (try rig.connect(), try rig.connect())
    try rig.send("GET /health HTTP/1.1\r\nHo", on: slow)
    try rig.advance(milliseconds: 9_999)
    #expect(rig.endings.isEmpty)
    try rig.advance(milliseconds: 1)
    #expect(rig.text(on: slow).hasPrefix("HTTP/1.1 408 "))
    #expect(rig.endings == [slow: .finished])
    try rig.advance(milliseconds: 65_000)
    #expect(rig.endings[silent] == .finished && rig.text(on: silent).isEmpty)
    #expect(rig.proxy.count == 0)
  }

  @Test func clientsThatAskNothingAreNotWaitedForForEver() throws {
    try onBoth(simulated: clientsAreSlow, sockets: clientsAreSlow)
  }

  /// The upstream of a slow client is not read; how long that takes is no silence of the upstream.
  @Test func aSlowClientIsWaitedFor() throws {
    let rig = try ProxyRig(SimulatedNetwork())
    let client = try rig.connect()
    try rig.send(chat, on: client)
    let upstream = try #require(rig.upstreams.last)
    try rig.send(head + event, on: upstream)
    try rig.setReading(false, on: client)
    let data = "data: " + String(repeating: "x", count: 40_000) + "\n\n"
    let chunk = String(data.utf8.count, radix: 16) + "\r\n\(data)\r\n"
    for _ in 0..<50 { try rig.send(chunk, on: upstream) }
    try rig.advance(milliseconds: 59_999)
    #expect(rig.endings.isEmpty)
    try rig.send("0\r\n\r\n", on: upstream)
    try rig.setReading(true, on: client)
    #expect(
      rig.text(on: client).hasSuffix(event + String(repeating: chunk, count: 50) + "0\r\n\r\n"))
    // Once it reads again, silence counts again.
    try rig.send(chat, on: client)
    try rig.send(head + event, on: try #require(rig.upstreams.last))
    try rig.advance(milliseconds: 240_000)
    #expect(rig.text(on: client).contains("upstream_idle_timeout"))
  }

  // MARK: Hostile clients

  private static let chunkedPost =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nTransfer-Encoding: chunked\r\n"

  static let hostile: [(String, status: Int)] = [
    (
      "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: 2\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
    ),
    (
      "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
      400
    ),
    (chunkedPost + "Content-Length: 0\r\n\r\n0\r\n\r\n", 400),
    (chunkedPost.replacing("HTTP/1.1", with: "HTTP/1.0") + "\r\n0\r\n\r\n", 400),
    (chunkedPost + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (chunkedPost.replacing(": chunked", with: ": chunked, identity") + "\r\n0\r\n\r\n", 400),
    (chunkedPost.replacing(": chunked", with: ": \u{0B}chunked") + "\r\n0\r\n\r\n", 400),
    (chunkedPost.replacing(": chunked", with: " : chunked") + "\r\n0\r\n\r\n", 400),
    (chunkedPost.replacing("Transfer", with: " Transfer") + "\r\n0\r\n\r\n", 400),
    (chunkedPost + "\r\n+5\r\nabcde\r\n0\r\n\r\n", 400),
    (chunkedPost + "\r\n0x5\r\nabcde\r\n0\r\n\r\n", 400),
    (chunkedPost + "\r\n5 \r\nabcde\r\n0\r\n\r\n", 400),
    (chunkedPost + "\r\n5\nabcde\r\n0\r\n\r\n", 400),
    (chunkedPost + "\r\n5;a\nb\r\nabcde\r\n0\r\n\r\n", 400),
    (chunkedPost + "\r\n2\r\n{}0\r\n\r\n", 400),
    ("POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: +2\r\n\r\n{}", 400),
    ("POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: 2, 3\r\n\r\n{}", 400),
    ("POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: 0x2\r\n\r\n{}", 400),
    ("POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length : 2\r\n\r\n{}", 400),
    ("POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nHost: q\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\n\r\n", 400),
    ("GET  /health HTTP/1.1\r\nHost: p\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p\r\nA: b\r\n c\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p\r\nA: b\0c\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p\r\nA: b\rc\r\n\r\n", 400),
    ("GET /health HTTP/1.1\r\nHost: p\r\nA : b\r\n\r\n", 400),
    (
      "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
      400
    ),
    (
      "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "FFFFFFFFFFFFFFFFF\r\n", 400
    ),
    (
      "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
      501
    ),
    ("POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: 10485761\r\n\r\n", 413),
    (
      "GET /health HTTP/1.1\r\nHost: p\r\nA: " + String(repeating: "a", count: 16_384) + "\r\n\r\n",
      431
    ),
    (
      "GET /health HTTP/1.1\r\nHost: p\r\n" + String(repeating: "A: b\r\n", count: 100) + "\r\n",
      431
    ),
  ]

  private func clientsAreHostile<World: StageNetwork & ~Copyable>(_ rig: ProxyRig<World>) throws {
    for (request, status) in Self.hostile {
      let client = try rig.connect()
      // Whatever follows is not a request of its own.
      try rig.send(request + "GET /health HTTP/1.1\r\nHost: p\r\n\r\n", on: client)
      let text = rig.text(on: client)
      #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(request.prefix(120).debugDescription)")
      #expect(text.contains("\r\nConnection: close\r\n") && text.contains("{\"error\":{"))
      #expect(text.ranges(of: "HTTP/1.1 ").count == 1)
      #expect(rig.endings[client] == .finished)
    }
    #expect(rig.upstreams.isEmpty && rig.proxy.count == 0)
  }

  @Test func hostileRequestsAreRefusedAndHarmNobody() throws {
    try onBoth(simulated: clientsAreHostile, sockets: clientsAreHostile)
  }

  // MARK: What stays on one side

  private func fieldsPass<World: StageNetwork & ~Copyable>(_ rig: ProxyRig<World>) throws {
    let hop =
      "Connection: X-Hop, keep-alive\r\nX-Hop: hop-secret\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
      + "Trailer: X-T\r\nUpgrade: h2c\r\nProxy-Authorization: Basic hop-secret\r\nX-End: 1\r\n"
      + "Transfer_Encoding: chunked\r\nCONTENT_LENGTH: 7\r\nX_Hop: hop-secret\r\nX_End: 2\r\n"
    let client = try rig.connect()
    try rig.send(
      chat.replacing("Cookie:", with: hop + "X-API-Key: client-other-key\r\nCookie:"), on: client)
    let upstream = try #require(rig.upstreams.last)
    try rig.send(
      head.replacing("Transfer", with: hop + "Set-Cookie: upstream-cookie=1\r\nTransfer"),
      on: upstream)
    try rig.send(event + "0\r\n\r\n", on: upstream)
    let (asked, answered) = (rig.text(on: upstream), rig.text(on: client))
    #expect(asked.contains("\r\nAuthorization: Bearer sk-upstream\r\n"))
    #expect(answered.hasSuffix("\r\n\r\n" + event + "0\r\n\r\n"))
    for text in [asked, answered] {
      #expect(text.contains("\r\nX-End: 1\r\n"))
      #expect(text.contains("\r\nX_End: 2\r\n"))
      for name in [
        "Transfer_Encoding", "CONTENT_LENGTH", "X_Hop", "X-Hop", "Keep-Alive", "TE", "Trailer",
        "Upgrade", "Proxy-Authorization",
      ] {
        #expect(!text.contains("\r\n\(name):"), "\(name)")
      }
    }
    let secrets = [
      "client-key", "client-other-key", "client-cookie", "sk-upstream", "upstream-cookie",
      "hop-secret",
    ]
    for secret in secrets {
      #expect(!answered.contains(secret))
      #expect(!asked.contains(secret) || secret == "sk-upstream")
      #expect(!rig.proxy.notes.contains { $0.contains(secret) })
    }
    #expect(rig.proxy.notes.count > 3)
  }

  @Test func credentialsAndFieldsOfOneHopStayOnTheirSide() throws {
    try onBoth({ $0.notesFragments = true }, simulated: fieldsPass, sockets: fieldsPass)
  }
}
