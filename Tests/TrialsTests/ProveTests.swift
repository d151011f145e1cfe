// The prover is tested from three sides: what is right is proven, what is wrong is refuted with the
// smallest counterexample that is known beforehand, and for inputs of a few bytes its verdict is
// compared with that of running all ways of cutting them.

import MockQwen
import ProxyUnderTest
import Testing
import Wire

@testable import Judging
@testable import Trials

@Suite struct ProveTests {
  // MARK: Right relays

  @Test(arguments: [
    "", "\n", "data: a\n\n", "data: a\r\n\r\ndata: 你\r\n\r\n", "data: a\r\rdata: b\r\r\r",
    "id: 1\r\n: c\n\r\ndata: b\n\n\n\n", "data: unfinished", "data: a\n\ndata: half\r",
    "\r\n\r\n\r",
  ])
  func everyCutOfAShortBodyIsProven(_ body: String) async {
    let session = session(body)
    for level in ProofLevel.allCases {
      let found = await prove(session, at: level)
      #expect(found.proof?.counterexample == nil)
      #expect(found.proof?.scope == .all)
      #expect(found.proof?.feedCount == found.byteCount * (found.byteCount + 1) / 2)
    }
  }

  @Test(arguments: Session.Framing.allCases, Session.Ending.allCases)
  func everyFramingAndEndingIsProven(
    _ framing: Session.Framing, _ ending: Session.Ending
  ) async {
    var session = session("data: a\n\n: c\r\n\r\ndata: b")
    session.framing = framing
    session.ending = ending
    #expect(await prove(session, at: .wire).proof?.counterexample == nil)
  }

  @Test(arguments: Script.all.filter { $0.session.body.count < 2_000 })
  func shortScriptsAreProvenForSmallPieces(_ script: Script) async {
    let options = ProofOptions(window: 2)
    for level in ProofLevel.allCases {
      let found = await prove(script.session, at: level, options: options)
      #expect(found.proof?.counterexample == nil)
      #expect(found.proof != nil || level == .relay)
    }
  }

  @Test func whatIsNoEventStreamHasNothingToProveInTheRelay() async {
    var session = session("{}")
    session.response.fields.set("content-type", "application/json")
    #expect(await prove(session, at: .relay).proof == nil)
    #expect(await prove(session, at: .wire).proof?.counterexample == nil)
  }

  // MARK: Wrong relays

  @Test func aSplitLineEndIsRefutedWithThatOneCut() async throws {
    let session = session("data: a\r\n\ndata: b\n\n")
    let found = await prove(session, relay: SplitsLineEnds())
    let start = try #require(found.bodyStart)
    #expect(found.proof?.counterexample?.cuts == [8])
    #expect(found.plan.description == "cuts=\(start + 8) framing=close")
    #expect(Delivery(session, found.plan).fragmentEnds == [start + 8, start + 19])
  }

  @Test func aLongBlockIsRefuted() async {
    let long = String(repeating: "x", count: 516)
    let session = session("data: a\n\ndata: \(long)\n\n")
    let found = await prove(session, relay: ForgetsLongBlocks(), options: ProofOptions(window: 2))
    #expect(found.proof?.counterexample?.cuts == [9 + 513])
  }

  @Test func aSplitCharacterIsRefutedWithThatOneCut() async {
    let found = await prove(session("data: a\n\ndata: é\n\n"), relay: SplitsCharacters())
    #expect(found.proof?.counterexample?.cuts == [16])
  }

  @Test func aFlushIsRefutedWithTheFirstByteAndAResetBehindIt() async throws {
    let found = await prove(session("data: a\n\n"), relay: FlushesPieces())
    let start = try #require(found.bodyStart)
    let flaw = try #require(found.proof?.counterexample?.flaw)
    #expect(flaw == Flaw(kind: .early, piece: 0..<1, expected: [], received: Array("d".utf8)))
    #expect(
      found.plan.description == "cuts=\(start + 1) framing=close fault=reset@\(start + 1)")
  }

  @Test func aLostThirdByteIsRefutedWithTheFirstPieceOfThree() async {
    let example = await prove(session("data: a\n\n"), relay: DropsThirdByte()).proof?.counterexample
    #expect(example?.flaw == Flaw(kind: .otherState, piece: 0..<3, expected: [], received: []))
    #expect(example?.cuts == [3])
  }

  @Test func aHiddenCounterIsRefutedThoughTheOutputIsRight() async {
    let example = await prove(session("data: a\n\n"), relay: CountsPieces()).proof?.counterexample
    #expect(example?.flaw == Flaw(kind: .otherState, piece: 0..<2, expected: [], received: []))
    #expect(example?.cuts == [2])
  }

  @Test func aWrongCoreIsRefutedOnTheWire() async throws {
    let session = session("data: a\n\n")
    let found = await prove(session, core: DropsEmptyLines.self)
    let example = try #require(found.proof?.counterexample)
    // The end of the status line is the first CR LF.
    let end = "HTTP/1.1 200 OK".utf8.count
    #expect(example.flaw.piece == end..<end + 2)
    // With one cut only the CR LF behind the last chunk can be alone.
    #expect(example.cuts == [found.byteCount - 2])
    #expect(example.breach?.kind == .ending)
    #expect(found.plan.description == "cuts=\(found.byteCount - 2)")
  }

  @Test func theSmallestPieceIsFoundWhereverItLiesAndWhoeverIsFaster() async {
    let events = String(repeating: "data: 12345678\n\n", count: 2100)
    let body = Array((events + "data: @@\n\n" + events).utf8)
    let promise = Promise(relaying: session(body))
    let prover = Prover(DropsThirdByteAndPair(), eating: body, promise: promise, window: 4)
    var found: [Flaw?] = []
    for workers in [1, 2, 5] {
      found.append(await prover.prove(workers: workers).counterexample?.flaw)
    }
    let place = 16 * 2100 + 6
    #expect(found.allSatisfy { $0?.piece == place..<place + 2 && $0 == found[0] })
  }

  // MARK: Words

  @Test(
    arguments: [
      (nil, "all chunkings"), (8, "all chunkings whose pieces are at most 8 bytes"),
      (9, "all chunkings"), (1000, "all chunkings"),
    ] as [(Int?, String)])
  func theScopeIsSaidInWords(_ window: Int?, _ words: String) async {
    let found = await prove(
      session("data: a\n\n"), at: .relay, options: ProofOptions(window: window))
    #expect(found.proof?.scope.description == words)
  }

  @Test func whatIsTooLongGetsAWindow() async {
    let session = session(String(repeating: "data: a\n\n", count: 20))
    let short = await prove(session, at: .relay, options: ProofOptions(limitBytes: 180))
    #expect(short.proof?.scope == .all)
    let long = await prove(session, at: .relay, options: ProofOptions(limitBytes: 179))
    #expect(long.proof?.scope == .pieces(atMost: 64))
    #expect(long.proof?.feedCount == 64 * 181 - 64 * 65 / 2)
  }

  // MARK: All ways

  static let shortStreams = [
    "data:a\n\nx\n\n", "a\r\n\r\nb\r\n\r\n\r", "é\n\n\n\ré\r", "a\r\r\n\rb\n\r\n\rc",
    "\r\n\r\n\n\n:é",
    "abcdefghijkl",
  ]

  @Test(arguments: shortStreams) func theVerdictIsThatOfRunningAllWays(_ stream: String) async {
    let relays: [any (Provable & Sendable)] = [
      Relay(), SplitsLineEnds(), ForgetsLongBlocks(), SplitsCharacters(), FlushesPieces(),
      DropsThirdByte(), CountsPieces(), DropsThirdByteAndPair(),
    ]
    for relay in relays {
      #expect(await agrees(relay, Array(stream.utf8)), "\(relay)")
    }
    #expect(isRightAllWays(Relay(), Array(stream.utf8)))
  }

  private func agrees(_ relay: some Provable, _ body: [UInt8]) async -> Bool {
    let proof = await prove(session(body), relay: relay).proof
    return (proof?.counterexample == nil) == isRightAllWays(relay, body)
  }

  /// Runs all 2^(n-1) ways of cutting `body`: whether at every cut of each of them the complete
  /// blocks and nothing else have left and the state is that of the bytes one by one, and whether
  /// the end completes the last block.
  private func isRightAllWays(_ relay: some Provable, _ body: [UInt8]) -> Bool {
    let due = (0...body.count).map { count in
      ReferenceReader.blocks(in: Array(body[..<count])).last { $0.isFinished }?.range.upperBound
        ?? 0
    }
    let whole = Promise(relaying: session(body)).output
    var states = [relay]
    for byte in body {
      var next = states[states.count - 1]
      var left: [UInt8] = []
      next.feed([byte].span, into: &left)
      states.append(next)
    }
    return (0..<1 << max(0, body.count - 1)).allSatisfy { mask in
      var machine = relay
      var output: [UInt8] = []
      var start = 0
      for end in 1..<body.count + 1 where end == body.count || mask >> (end - 1) & 1 == 1 {
        machine.feed(body[start..<end].span, into: &output)
        guard machine == states[end], output == Array(body[..<due[end]]) else { return false }
        start = end
      }
      machine.finish(into: &output)
      return output == whole
    }
  }

  // MARK: Sessions

  private func session(_ body: String) -> Session { session(Array(body.utf8)) }

  private func session(_ body: [UInt8]) -> Session {
    Session(
      name: "short",
      request: Session.Request(method: "POST", target: "/", fields: [], body: Array("{}".utf8)),
      response: ResponseHead(status: 200, fields: [Field("content-type", "text/event-stream")]),
      framing: .chunked, body: body,
      fragments: body.isEmpty ? [] : [Session.Fragment(end: body.count, milliseconds: 0)],
      ending: .complete)
  }
}
