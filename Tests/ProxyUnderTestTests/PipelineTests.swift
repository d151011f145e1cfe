// What a client costs that asks and does not read, or asks for more than its turn: little, and in
// proportion to what it sends.

import Testing
import Wire

@testable import ProxyUnderTest

private let health = "GET /health HTTP/1.1\r\nHost: p\r\n\r\n"
private let options = "OPTIONS / HTTP/1.1\r\nHost: p\r\n\r\n"
private let longOptions = options.replacing(
  "p\r\n",
  with: "p\r\nAccess-Control-Request-Headers: \(String(repeating: "a", count: 15_000))\r\n")
private let answer =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
  + "9\r\ndata: a\n\n\r\n0\r\n\r\n"

/// The answer without its end.
private let cutAnswer = Array(octets(answer).dropLast(5))

private func times(_ count: Int, _ text: String) -> [UInt8] {
  octets(String(repeating: text, count: count))
}

@Suite struct PipelineTests {
  /// What other clients wait for is bounded, and nothing is lost by it.
  @Test(arguments: [
    (health, 200, 4_000), (options, 204, 4_000),
    (longOptions, 204, 20),
  ]) func aPipelineIsAnsweredInTurns(_ request: String, _ status: Int, _ count: Int) {
    var bench = Bench()
    bench.take(.client(times(count, request)))
    var turns = 1
    var most = bench.outputs.clientBytes.count
    while bench.exchange.deadline == 0 {
      most = max(most, bench.take(.deadline, at: 5).clientBytes.count)
      turns += 1
    }
    #expect(most < 64 * 1024 + 20_000 && turns > 2)
    #expect(bench.responses?.map(\.status) == Array(repeating: status, count: count))
    #expect(bench.exchange.deadline == 75_005)
  }

  @Test func aSlowClientGetsNoMoreAnswers() {
    var bench = Bench()
    bench.take(.client(times(8, health)), .clientSlow(true))
    #expect(bench.responses?.count == 8)
    // They wait, and at last their sender waits with them.
    #expect(bench.take(.client(times(1_000, health))) == [])
    #expect(bench.take(.client(times(1_000, health))) == [.readClient(false)])
    #expect(bench.exchange.deadline == 75_000, "it may not wait for ever")
    #expect(bench.exchange.heldRequestCount == 2_000 * health.utf8.count)
    bench.take(.clientSlow(false))
    while bench.exchange.deadline == 0 { bench.take(.deadline) }
    #expect(bench.responses?.count == 2_008)
    #expect(bench.outputs.orders == [.readClient(false), .readClient(true)])
  }

  /// More than is kept comes behind a request: its answer goes on, and the rest is asked for later.
  @Test func whatComesTooEarlyWaitsInTheKernel() {
    var bench = Bench.asked()
    let more = times(2_000, health)
    #expect(bench.take(.client(Array(more[..<65_535]))) == [])
    #expect(bench.take(.client(Array(more[65_535...]))) == [.readClient(false)])
    bench.take(.upstream(octets(answer)))
    while bench.exchange.deadline == 0 { bench.take(.deadline) }
    #expect(bench.responses?.count == 2_001)
    #expect(bench.outputs.orders == [.readClient(false), .closeUpstream, .readClient(true)])
  }

  /// Steps, not seconds: the bytes that are moved for a pipeline are as many as it has, twice at most.
  @Test(arguments: [100, 200, 400, 800]) func theRestOfAPipelineIsNotCopiedForEachRequest(
    _ count: Int
  ) {
    var bench = Bench()
    let request = octets(Bench.request)
    bench.take(.client(times(count, Bench.request)))
    var backlog = Backlog()
    for number in 1...count {
      backlog = bench.exchange.early
      #expect(backlog.count == (count - number) * request.count)
      bench.take(.upstreamConnected, .upstream(octets(answer)))
    }
    #expect(bench.responses?.count == count)
    #expect(backlog.movedCount <= 2 * count * request.count)
  }

  @Test func bytesOfABacklogComeInOrder() {
    var backlog = Backlog()
    var taken: [UInt8] = []
    for number in 0..<1_000 {
      backlog.append(pattern(number % 97)[...])
      backlog.consume { bytes, start in
        let end = min(start + number % 89, bytes.count)
        taken += bytes[start..<end]
        start = end
      }
    }
    backlog.consume { bytes, start in
      taken += bytes[start...]
      start = bytes.count
    }
    #expect(taken == (0..<1_000).flatMap { pattern($0 % 97) })
    #expect(backlog.isEmpty && backlog == Backlog() && backlog.hashValue == Backlog().hashValue)
    #expect(backlog.movedCount <= 3 * taken.count)
  }

  private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0) } }

  /// A peer chooses the names in `Connection`: a thousand cost a look-up, not a thousand comparisons.
  @Test func manyConnectionOptionsAreLookedUp() {
    let names = (0..<4_000).map { "x\($0)" }
    let set = FieldNames(names)
    #expect(set.comparisonsMax == 1)
    #expect(names.allSatisfy { set.contains(Field($0.uppercased(), "")) })
    #expect(!set.contains(Field("x4000", "")) && !set.contains(Field("y", "")))
    #expect(FieldNames(["a", "B"]).contains(Field("b", "")))
  }

  // MARK: Making room

  /// What has happened, and what an eviction brings: a status, the orders.
  static let moments: [(name: String, inputs: [Exchange.Input], status: Int?, goes: Bool)] = [
    ("nothing", [], nil, true),
    ("an answered request", [.client(octets(health))], 200, true),
    ("half a head", [.client(octets("GET /he"))], 503, true),
    ("half a body", [.client(Array(octets(Bench.request).dropLast()))], 503, true),
    ("a whole request", [.client(octets(Bench.request))], nil, false),
    (
      "an answer under way",
      [.client(octets(Bench.request)), .upstreamConnected, .upstream(cutAnswer)], 200, false
    ),
  ]

  @Test(arguments: moments.indices) func aClientMakesRoomUnlessItIsAnswered(_ index: Int) {
    let (name, inputs, status, goes) = Self.moments[index]
    var bench = Bench()
    for input in inputs { bench.take(input) }
    let outputs = bench.take(.clientEvicted)
    #expect(bench.exchange.isClosed == goes, "\(name)")
    #expect(outputs.orders == (goes ? [.closeClient] : []), "\(name)")
    #expect(bench.responses?.last?.status == status, "\(name)")
    guard status == 503 else { return }
    #expect(bench.responses?.last?.values("Retry-After") == ["1"])
    #expect(ErrorObject.ofBody(bench.responses?.last?.body ?? [])?.code == "proxy_busy")
  }

  @Test(arguments: [
    (health, 200), (options, 204), ("GET /x HTTP/1.1\r\nHost: p\r\n\r\n", 503),
    (Bench.request, 503), ("GET /v1/models HTTP/1.1\r\nHost: p\r\n\r\n", 503),
  ]) func aBusyProxyStillTellsThatItLives(_ request: String, _ status: Int) {
    var bench = Bench()
    bench.take(.clientSurplus, .client(octets(request)))
    #expect(bench.responses?.map(\.status) == [status])
    #expect(bench.exchange.isClosed)
  }
}
