// One plan, two stages, the same observation: what the simulated stage proves counts for sockets.

import Foundation
import MockQwen
import ProxyUnderTest
import Synchronization
import Testing
import Wire

@testable import Canaries
@testable import Judging
@testable import Networks
@testable import ProxyServing
@testable import Stages
@testable import Trials

@Suite(.serialized, .timeLimit(.minutes(30))) struct StageTests {
  /// All plans of the quick set that the grain of sockets allows, so that both stages get the same.
  private func plans(_ session: Session) -> [Plan] {
    SessionPlans(session, set: .quick, seed: 7, isOnSockets: true).plans
  }

  /// Every third plan of each session, with sessions beginning at different ones: `replay` runs them all.
  @Test(arguments: Script.all.filter { $0.session.body.count < 8_192 }.enumerated().map(\.self))
  func bothStagesShowTheSame(_ number: Int, _ script: Script) throws {
    var simulated = try Stage<SimulatedNetwork, Exchange>(SimulatedNetwork())
    var sockets = try Stage<LoopbackNetwork, Exchange>(try LoopbackNetwork())
    let borders = Expectation.whole(script.session).borders
    for (index, plan) in plans(script.session).enumerated() where index % 3 == number % 3 {
      let delivery = Delivery(script.session, plan)
      var (left, right) = (
        try simulated.run(delivery, borders: borders), try sockets.run(delivery, borders: borders)
      )
      // The upstream's port stands in its Host field, and ports are the network's own.
      for index in left.requests.indices { left.requests[index].fields.remove("Host") }
      for index in right.requests.indices { right.requests[index].fields.remove("Host") }
      #expect(left.comparable == right.comparable, "\(plan)")
    }
  }

  /// Plans with all that is odd about a response, all that a client asks, and all that it does.
  static let unusual: [String] =
    ResponseAnomalies.names.flatMap { ["odd=\($0.name)", "cuts=1x framing=length odd=\($0.name)"] }
    + RequestForm.allCases.flatMap { form in
      ["", " framing=close", " fault=fin@900", " framing=length odd=extra"].map {
        "cuts=events request=\(form.rawValue)\($0)"
      }
    }
    + ClientBehavior.Kind.allCases.flatMap { kind in
      ["@0", "@0 streams=4", "@500", "@500 framing=close", "@500 fault=stall@1400"].map {
        "cuts=events client=\(kind.rawValue)\($0)"
      }
    }
    + [
      "first=401", "first=429", "first=503 request=again", "cuts=1x streams=3",
      "cuts=events streams=16 pacing=5ms fault=reset@900", "streams=256", "first=401 streams=20",
      "pacing=150000ms cuts=events", "pacing=200000ms cuts=events", "pacing=700000ms cuts=events",
      "pacing=100000ms cuts=1x",
    ]

  @Test(arguments: unusual) func unusualPlansHold(_ line: String) throws {
    let plan = try Plan(line)
    let outcome = try CaseRunner<Exchange>().run(Script.all[1].session, plan, on: .both)
    #expect(outcome.violations == [])
  }

  /// Wrong cores must show the same on both stages too, late blocks included.
  @Test(arguments: ["cuts=utf8", "cuts=1x", "cuts=events fault=reset@900"])
  func bothStagesShowTheSameFaults(_ line: String) throws {
    let plan = try Plan(line)
    let run = Run<CanaryProxy<LineHandler>>(Script.all[1].session)
    let simulated = try run.results(CollectionOfOne(plan), on: .simulated)
    let sockets = try run.results(CollectionOfOne(plan), on: .sockets)
    #expect(simulated.breaches == sockets.breaches)
    #expect(simulated.failures.first?.violations == sockets.failures.first?.violations)
    #expect(simulated.failureCount == 1)
  }

  /// A stall waits for the proxy's own deadline, which on both stages is only a number.
  @Test(arguments: StageKind.allCases) func aStallOfMinutesTakesNone(_ stage: StageKind) throws {
    var plan = Plan()
    plan.cuts = .places(.events)
    plan.fault = Fault(.stall, at: 1_000)
    let result = try Run<Exchange>(Script.all[0].session).results(
      repeatElement(plan, count: 20), on: stage)
    #expect(result.planCount == 20)
    #expect(result.failures == [])
  }

  /// A core that never answers leaves the client waiting; the stage must end all the same and say so.
  @Test func aSilentCoreIsSeen() throws {
    let result = try Run<SilentCore>(Script.all[0].session).results(
      CollectionOfOne(Plan()), on: .sockets)
    #expect(result.breaches["end WRONG"] == 1)
    #expect(result.breaches["posts WRONG"] == 1)
  }

  /// A core that forgets its connections is seen by what is left when the client has gone.
  @Test(arguments: StageKind.allCases) func aCoreThatLeaksIsSeen(_ stage: StageKind) throws {
    let result = try Run<LeakingCore>(Script.all[0].session).results(
      CollectionOfOne(Plan()), on: stage)
    #expect(result.breaches == ["leftovers WRONG": 1])
  }

  /// A core that keeps to itself until a neighbour is reset, and is then dead for everybody.
  @Test(arguments: StageKind.allCases) func aFaultThatSpreadsIsSeen(_ stage: StageKind) throws {
    let plan = try Plan("cuts=events fault=reset@900 streams=2")
    let result = try Run<ContagiousCore>(Script.all[0].session).results(
      CollectionOfOne(plan), on: stage)
    #expect(result.breaches["survival HARMED"] == 1)
    ContagiousCore.isDead.withLock { $0 = false }
  }

  @Test(.enabled(if: openDescriptors() != nil, "the system does not list descriptors"))
  func stagesLeaveNoDescriptor() throws {
    func runAll() throws {
      for line in ["cuts=events", "cuts=whole fault=reset@800", "cuts=whole fault=stall@900"] {
        let plans = repeatElement(try Plan(line), count: 20)
        _ = try Run<Exchange>(Script.all[0].session).results(plans, on: .sockets)
      }
    }
    try runAll()
    let before = try #require(openDescriptors())
    try runAll()
    // Other suites open and close descriptors at the same time; a leak here would be 240.
    #expect(try #require(openDescriptors()) < before + 100)
  }
}

/// How many descriptors this process has open; nil where the system does not tell.
private func openDescriptors() -> Int? {
  try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
}

/// The real core, which dies with the first upstream that is reset, in all its connections.
private struct ContagiousCore: ProxyCore {
  static let isDead = Mutex(false)
  private var core: Exchange
  init(settings: Settings) { core = Exchange(settings: settings) }
  var isClosed: Bool { core.isClosed }
  var deadline: Milliseconds? { core.deadline }
  mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    if input == .upstreamClosed(.reset) { Self.isDead.withLock { $0 = true } }
    if Self.isDead.withLock({ $0 }) {
      outputs += [.closeUpstream, .resetClient]
    } else {
      core.handle(input, at: now, into: &outputs)
    }
  }
}

/// Takes everything and says nothing.
private struct SilentCore: ProxyCore {
  init(settings: Settings) {}
  let isClosed = false
  let deadline: Milliseconds? = nil
  func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {}
}

/// The real core, which does not close the client's connection when the client does.
private struct LeakingCore: ProxyCore {
  private var core: Exchange
  init(settings: Settings) { core = Exchange(settings: settings) }
  var isClosed: Bool { core.isClosed }
  var deadline: Milliseconds? { core.deadline }
  mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    if case .clientClosed = input { return }
    core.handle(input, at: now, into: &outputs)
  }
}
