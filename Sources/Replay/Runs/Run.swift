// A run takes one recording through its plans on one stage, with one proxy core, and keeps what
// failed. Everything that does not change from plan to plan is worked out once.

internal import MockQwen
internal import ProxyUnderTest

/// Where a plan runs.
package enum StageKind: String, Hashable, Sendable, CaseIterable {
  case simulated, sockets
}

/// A plan that failed.
package struct Failure: Hashable, Sendable {
  package var stage: StageKind
  /// The plan's line.
  package var plan: String
  /// At least one.
  package var violations: [Violation]
  package var evidence: Evidence?
}

/// What one recording showed on one stage.
package struct StageResult: Hashable, Sendable {
  package var stage: StageKind
  package var planCount = 0
  package var failureCount = 0
  /// The first failures; a broken core fails thousands of plans in the same way.
  package var failures: [Failure] = []
  /// How often each check was broken, with the name of what happened: `blocks LOST`.
  package var breaches: [String: Int] = [:]
  /// Single cuts tried.
  package var singleCutsTried = 0
  /// Single cuts that there are.
  package var singleCutsInAll = 0
}

/// One recording, ready to be run.
struct Run<Core: ProxyCore> {
  /// Failures kept in full.
  static var failuresKept: Int { 20 }

  let session: Session
  private let whole: Expectation
  private let judge = Judge(
    upstreamKey: Stage<SimulatedNetwork, Core>.upstreamKey,
    clientKey: Stage<SimulatedNetwork, Core>.clientKey)

  init(_ session: Session) {
    self.session = session
    whole = .whole(session)
  }

  /// The number of events that a client must see when all arrives.
  var eventCount: Int { whole.eventCount }

  /// Runs the plans of a set on a stage.
  func results(_ set: PlanSet, seed: UInt64, on kind: StageKind) throws -> StageResult {
    let plans = SessionPlans(session, set: set, seed: seed, isOnSockets: kind == .sockets)
    var result = StageResult(stage: kind)
    result.singleCutsTried = plans.singleCuts.count
    result.singleCutsInAll = plans.singleCutCount
    switch kind {
    case .simulated:
      var stage = try Stage<SimulatedNetwork, Core>(SimulatedNetwork())
      try run(plans, on: &stage, into: &result)
    case .sockets:
      var stage = try Stage<LoopbackNetwork, Core>(try LoopbackNetwork())
      try run(plans, on: &stage, into: &result)
    }
    return result
  }

  /// Runs one plan on a stage.
  func result(_ plan: Plan, on kind: StageKind) throws -> StageResult {
    var result = StageResult(stage: kind)
    switch kind {
    case .simulated:
      var stage = try Stage<SimulatedNetwork, Core>(SimulatedNetwork())
      try run(plan, Delivery(session, plan), on: &stage, into: &result)
    case .sockets:
      var stage = try Stage<LoopbackNetwork, Core>(try LoopbackNetwork())
      try run(plan, Delivery(session, plan), on: &stage, into: &result)
    }
    return result
  }

  private func run<World: StageNetwork & ~Copyable>(
    _ plans: SessionPlans, on stage: inout Stage<World, Core>, into result: inout StageResult
  ) throws {
    for plan in plans.plans {
      try run(plan, Delivery(session, plan), on: &stage, into: &result)
    }
    var plan = Plan()
    let transmission = Transmission(session, framing: plan.framing, chunks: plan.chunks)
    for cut in plans.singleCuts {
      plan.cuts = .at([cut])
      try run(plan, Delivery(transmission, plan), on: &stage, into: &result)
    }
  }

  private func run<World: StageNetwork & ~Copyable>(
    _ plan: Plan, _ delivery: Delivery, on stage: inout Stage<World, Core>,
    into result: inout StageResult
  ) throws {
    let observation = try stage.run(delivery, borders: whole.borders)
    let expectation = Expectation.of(delivery, whole: whole)
    let violations = judge.violations(observation, expectation, request: session.request)
    result.planCount += 1
    guard !violations.isEmpty else { return }
    result.failureCount += 1
    for violation in violations {
      result.breaches["\(violation.check.rawValue) \(violation.name)", default: 0] += 1
    }
    guard result.failures.count < Self.failuresKept else { return }
    result.failures.append(
      Failure(
        stage: result.stage, plan: plan.description, violations: violations,
        evidence: Evidence(violations, observation, expectation, delivery)))
  }
}
