// Shrinking: on every canary the smallest case has a form that is known beforehand, and comes out
// of few runs.

import MockQwen
import Testing

@testable import Canaries
@testable import Judging
@testable import ProxyServing
@testable import Trials

@Suite(.timeLimit(.minutes(30))) struct FuzzShrinkTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var canary: CanaryName
    var check: Check
    var name: String
    /// The plan that fails at first.
    var drawn: String
    var plan: String
    var body: String
    var runs: Int
    var testDescription: String { "\(canary.rawValue): \(check.rawValue) \(name)" }
  }

  static let cases = [
    Case(
      canary: .fragmentLines, check: .blocks, name: "LOST",
      drawn: "cuts=fields chunks=7,20,33 framing=chunked+extensions+zeros pacing=20ms",
      plan: "cuts=84", body: "data\n\n", runs: 52),
    Case(
      canary: .fragmentLines, check: .blocks, name: "CORRUPTED",
      drawn: "cuts=done chunks=whole framing=close", plan: "cuts=84", body: "aa\n\n", runs: 39),
    Case(
      canary: .fragmentLines, check: .blocks, name: "SPLIT",
      drawn: "cuts=1x chunks=7,20,33 framing=chunked+upper+zeros", plan: "cuts=84",
      body: "a\na\n\n", runs: 46),
    Case(
      canary: .lineHandler, check: .blocks, name: "LOST",
      drawn: "cuts=utf8 chunks=5x framing=length pacing=recorded", plan: "cuts=whole",
      body: "a\ndata\n\n", runs: 39),
    Case(
      canary: .lineHandler, check: .blocks, name: "MERGED",
      drawn: "cuts=random:7/20 chunks=3x", plan: "cuts=whole", body: "a\n\na\n\n", runs: 21),
    Case(
      canary: .directPipe, check: .end, name: "FALSE END",
      drawn: "cuts=1x chunks=3x framing=chunked+trailers fault=reset@700",
      plan: "cuts=whole fault=fin@84", body: "\n",
      runs: 26),
  ]

  @Test(arguments: cases) func hasTheKnownForm(_ example: Case) throws {
    func shrunk<Core: ProxyCore>(_ core: Core.Type) throws -> (ShrinkCandidate, Int) {
      let runner = CaseRunner<Core>()
      let shrinker = Shrinker(
        CanaryTests.session, try Plan(example.drawn), fails: example.check, example.name
      ) { try runner.run($0, $1, on: .simulated).violations }
      shrinker.shrink()
      return (shrinker.best, shrinker.runs)
    }
    let (best, runs) = try shrunk(example.canary.core)
    #expect(best.plan.description == example.plan)
    #expect(String(decoding: best.session.body, as: UTF8.self) == example.body)
    #expect(runs == example.runs)
  }

  /// The first failure of a kind that a canary shows under seed 7.
  struct Found: Sendable, CustomTestStringConvertible {
    var canary: CanaryName
    var kind: String
    var number: Int
    var plan: String
    var bytes: Int
    var runs: Int
    var testDescription: String { "\(canary.rawValue): \(kind)" }
  }

  static let found = [
    Found(
      canary: .directPipe, kind: "end FALSE END", number: 74, plan: "cuts=whole fault=fin@84",
      bytes: 1, runs: 20),
    Found(
      canary: .directPipe, kind: "blocks ADDED", number: 5, plan: "cuts=whole fault=fin@84",
      bytes: 3, runs: 22),
    Found(
      canary: .lineHandler, kind: "blocks MERGED", number: 3, plan: "cuts=whole", bytes: 6, runs: 25
    ),
    Found(
      canary: .lineHandler, kind: "blocks LOST",
      number: 10, plan: "cuts=whole", bytes: 8, runs: 42),
    Found(
      canary: .fragmentLines, kind: "blocks CORRUPTED", number: 0, plan: "cuts=84", bytes: 4,
      runs: 31),
    Found(
      canary: .fragmentLines, kind: "blocks LOST", number: 14, plan: "cuts=84", bytes: 6, runs: 48),
    Found(
      canary: .fragmentLines, kind: "blocks SPLIT", number: 154, plan: "cuts=84", bytes: 5, runs: 28
    ),
    Found(
      canary: .smallBuffer, kind: "blocks CORRUPTED", number: 1534, plan: "cuts=4183", bytes: 4099,
      runs: 209),
  ]

  @Test(arguments: found) func isFoundAndShrunk(_ example: Found) async throws {
    var options = FuzzTests.options(cases: example.number + 1, core: example.canary.rawValue)
    // The shard that has this number and few others.
    options.shard = try Shard("\(example.number + 1)/\(example.number + 1)")
    let failure = try #require(try await Fuzzer(options).run().report.failures.first)
    #expect("\(failure.check) \(failure.name)" == example.kind)
    #expect(failure.plan == example.plan)
    #expect(failure.bytes == example.bytes)
    #expect(failure.runs == example.runs)
  }

  @Test func deletesManyInFewRuns() {
    // 1,024 things of which one matters, behind 300 that do not.
    var calls = 0
    let count = largest(upTo: 1_024) { count in
      calls += 1
      return count <= 300
    }
    #expect(count == 300)
    #expect(calls < 20)
    #expect(largest(upTo: 0) { _ in true } == 0)
    #expect(largest(upTo: 5) { _ in true } == 5)
    #expect(largest(upTo: 5) { _ in false } == 0)
  }

  @Test func cutsStayWhereTheyMatterWhenTheBodyChanges() throws {
    var plan = try Plan("cuts=3 chunks=10")
    let session = CanaryTests.session
    let transmission = Transmission(session, plan)
    // One cut in the head, one behind body byte 4, one behind byte 60.
    let behind = [4, 60].map(transmission.wireOffset(behindBody:))
    plan.cuts = .at([3] + behind)
    plan.fault = Fault(.fin, at: behind[1] + 1)
    let changed = ShrinkCandidate(session, plan).removing(20..<40)
    let moved = changed.transmission
    #expect(changed.session.body.count == session.body.count - 20)
    #expect(
      changed.plan.cuts
        == .at([3, moved.wireOffset(behindBody: 4), moved.wireOffset(behindBody: 40)]))
    #expect(changed.plan.fault == Fault(.fin, at: moved.wireOffset(behindBody: 41)))
    #expect(changed.plan.chunks == .at([10]))
  }
}
