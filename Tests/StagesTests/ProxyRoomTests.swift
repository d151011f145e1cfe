// Many clients that are slow, or that ask and never read: what they hold has a bound, and the others
// are served.

import ProxyUnderTest
import Testing

@testable import Networks
@testable import ProxyServing
@testable import Stages

private let health = "GET /health HTTP/1.1\r\nHost: p\r\n\r\n"
private let post = "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: "
private let chat = post + "2\r\n\r\n{}"
private let head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
private let event = "9\r\ndata: a\n\n\r\n"

@Suite(.serialized, .timeLimit(.minutes(30))) struct ProxyRoomTests {
  // MARK: Clients that do not read

  /// Requests that the proxy answers itself, many times what it may hold.
  @Test(arguments: [
    health, "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: p\r\n\r\n",
    "GET /nowhere HTTP/1.1\r\nHost: p\r\n\r\n",
  ]) func aPipelineThatIsNotReadCostsLittleAndEnds(_ request: String) throws {
    let rig = try ProxyRig(SimulatedNetwork())
    let client = try rig.connect()
    try rig.setReading(false, on: client)
    try rig.send(String(repeating: request, count: 8 << 20 / request.utf8.count), on: client)
    #expect(rig.heldBytesMax > 128 * 1024 && rig.heldBytesMax <= 512 * 1024)
    #expect(rig.proxy.heldCount <= 128 * 1024)
    #expect(rig.unreadBytes(from: client) > 7 << 20, "the rest has to wait where it is")
    // It may not stay so: behind its time it is gone, and nothing of it is left.
    try rig.advance(milliseconds: 59_999)
    #expect(rig.endings.isEmpty)
    try rig.advance(milliseconds: 1)
    #expect(rig.endings == [client: .reset])
    #expect(rig.proxy.count == 0 && rig.proxy.heldCount == 0 && rig.proxy.deadline == nil)
  }

  /// The same without a fault: who reads again gets every answer.
  @Test func aPipelineThatIsReadLateIsAnswered() throws {
    let rig = try ProxyRig(SimulatedNetwork())
    let client = try rig.connect()
    try rig.setReading(false, on: client)
    try rig.send(String(repeating: health, count: 20_000), on: client)
    try rig.advance(milliseconds: 30_000)
    try rig.setReading(true, on: client)
    #expect(rig.text(on: client).ranges(of: "HTTP/1.1 200 OK\r\n").count == 20_000)
    #expect(rig.proxy.count == 1 && rig.unreadBytes(from: client) == 0)
  }

  /// A little now and then is not nothing.
  @Test func aClientThatTakesALittleStays() throws {
    let rig = try ProxyRig(SimulatedNetwork()) { $0.limits.sendTimeMax = 10_000 }
    let client = try rig.connect()
    try rig.send(chat, on: client)
    let upstream = try #require(rig.upstreams.last)
    try rig.send(head + event, on: upstream)
    for _ in 0..<10 {
      try rig.setReading(false, on: client)
      try rig.send(String(repeating: event, count: 20_000), on: upstream)
      try rig.advance(milliseconds: 9_000)
      try rig.setReading(true, on: client)
    }
    #expect(rig.endings.isEmpty)
    try rig.setReading(false, on: client)
    try rig.send(event, on: upstream)
    try rig.advance(milliseconds: 10_000)
    #expect(rig.endings == [client: .reset, upstream: .finished])
    #expect(rig.proxy.notes.contains { $0.contains("took nothing") })
  }

  // MARK: Abort behind what waits

  private func cutWithoutFraming<World: StageNetwork & ~Copyable>(_ rig: ProxyRig<World>) throws {
    let client = try rig.connect()
    try rig.setReading(false, on: client)
    try rig.send(chat.replacing("HTTP/1.1", with: "HTTP/1.0"), on: client)
    let upstream = try #require(rig.upstreams.last)
    let body = String(repeating: "x", count: 100_000)
    try rig.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n\(body)", on: upstream)
    try rig.finish(upstream)
    try rig.setReading(true, on: client)
    #expect(rig.text(on: client).hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(rig.text(on: client).hasSuffix("\r\n\r\n" + body))
    #expect(rig.endings[client] == .reset)
    #expect(rig.proxy.count == 0)
  }

  /// A cut body without framing ends with an abort, and the abort takes nothing back.
  @Test func anAbortComesBehindWhatWaits() throws {
    try cutWithoutFraming(ProxyRig(SimulatedNetwork()))
    try cutWithoutFraming(ProxyRig(try LoopbackNetwork()))
  }

  // MARK: Slow bodies

  /// More clients than there are places, and each sends a byte now and then.
  @Test func slowBodiesLockNobodyOut() throws {
    let rig = try ProxyRig(SimulatedNetwork()) {
      $0.limits.connectionsMax = 50
      $0.limits.surplusConnectionsMax = 5
    }
    var slow: [ConnectionID] = []
    for _ in 0..<56 {
      slow.append(try rig.connect())
      try rig.send(post + "1000\r\n\r\n{", on: slow[slow.count - 1])
    }
    #expect(rig.proxy.count == 55 && rig.endings.count == 1)
    for _ in 0..<3 {
      try rig.advance(milliseconds: 5_000)
      for client in slow where rig.endings[client] == nil { try rig.send("a", on: client) }
    }
    for round in 0..<8 {
      let watchdog = try rig.connect()
      try rig.send(health, on: watchdog)
      #expect(rig.text(on: watchdog).hasPrefix("HTTP/1.1 200 "), "\(round)")
      let client = try rig.connect()
      try rig.send(chat, on: client)
      if round < 6 { continue }
      // The surplus is gone by now, so that whoever comes has a place.
      try rig.send(head + event + "0\r\n\r\n", on: try #require(rig.upstreams.last))
      #expect(rig.text(on: client).hasSuffix(event + "0\r\n\r\n"), "\(round)")
    }
    // None of those that still hold a place holds it for ever.
    for _ in 0..<4 {
      try rig.advance(milliseconds: 5_000)
      for client in slow where rig.endings[client] == nil { try rig.send("a", on: client) }
    }
    #expect(slow.allSatisfy { rig.endings[$0] != nil })
  }

  /// Who asks quickly, or is being answered, keeps its place.
  @Test func theSlowestGoesFirst() throws {
    let rig = try ProxyRig(SimulatedNetwork()) {
      $0.limits.connectionsMax = 4
      $0.limits.surplusConnectionsMax = 0
    }
    let (answered, quick, slow, idle) = (
      try rig.connect(), try rig.connect(), try rig.connect(), try rig.connect()
    )
    try rig.send(chat, on: answered)
    try rig.send(post + "1000000\r\n\r\n" + String(repeating: "a", count: 500_000), on: quick)
    try rig.send(post + "1000000\r\n\r\na", on: slow)
    #expect(rig.endings.isEmpty)
    let early = try rig.connect()
    #expect(rig.endings == [early: .reset], "all have come just now")
    try rig.advance(milliseconds: 2_000)
    var expected = [early: Closing.reset]
    for victim in [slow, idle, quick] {
      let next = try rig.connect()
      try rig.send(chat, on: next)
      expected[victim] = .finished
      #expect(rig.endings == expected)
    }
    #expect(rig.text(on: slow).hasPrefix("HTTP/1.1 503 ") && rig.text(on: idle).isEmpty)
    let late = try rig.connect()
    #expect(rig.endings[late] == .reset, "all that are left are being answered")
  }

  /// All bodies together have a bound, and the slowest of those that are not whole go first.
  @Test func bodiesTogetherHaveABound() throws {
    let rig = try ProxyRig(SimulatedNetwork()) { $0.limits.allRequestBytesMax = 1_000_000 }
    var clients: [ConnectionID] = []
    let part = String(repeating: "a", count: 90_000)
    for _ in 0..<11 {
      clients.append(try rig.connect())
      try rig.send(post + "100000\r\n\r\n" + part, on: clients[clients.count - 1])
      try rig.advance(milliseconds: 100)
    }
    #expect(rig.proxy.heldCount == 990_000 && rig.endings.isEmpty)
    let last = try rig.connect()
    try rig.send(post + "100000\r\n\r\n" + part, on: last)
    #expect(rig.proxy.heldCount == 990_000)
    #expect(rig.endings == [clients[0]: .finished])
    #expect(rig.text(on: clients[0]).contains("proxy_busy"))
    // Whole ones stay, and answers that have begun need their request no more.
    for client in clients.dropFirst() { try rig.send(String(part.prefix(10_000)), on: client) }
    #expect(rig.upstreams.count == rig.proxy.count - (rig.endings[last] == nil ? 1 : 0))
    for upstream in rig.upstreams { try rig.send(head + event, on: upstream) }
    #expect(rig.proxy.heldCount <= 90_000)
    for upstream in rig.upstreams { try rig.send("0\r\n\r\n", on: upstream) }
    for client in clients where rig.endings[client] == nil { try rig.finish(client) }
    if rig.endings[last] == nil { try rig.finish(last) }
    #expect(rig.proxy.heldCount == 0 && rig.proxy.count == 0)
  }

  // MARK: Clients that come and go

  /// Nothing is left of many requests and of many clients that go in the middle.
  @Test func nothingGrowsOverManyRequestsAndAborts() throws {
    let rig = try ProxyRig(SimulatedNetwork())
    let client = try rig.connect()
    for round in 0..<2_000 {
      try rig.send(round % 2 == 0 ? health : chat, on: client)
      if round % 2 == 1 {
        try rig.send(head + event + "0\r\n\r\n", on: try #require(rig.upstreams.last))
      }
      let passing = try rig.connect()
      try rig.send(round % 3 == 0 ? String(chat.dropLast()) : chat, on: passing)
      if round % 3 == 2 { try rig.send(head + event, on: try #require(rig.upstreams.last)) }
      try rig.reset(passing)
      guard rig.proxy.count == 1, rig.proxy.heldCount == 0 else {
        Issue.record("round \(round): \(rig.proxy.count) clients, \(rig.proxy.heldCount) bytes")
        return
      }
    }
    try rig.finish(client)
    #expect(rig.proxy.count == 0 && rig.proxy.deadline == nil)
  }
}
