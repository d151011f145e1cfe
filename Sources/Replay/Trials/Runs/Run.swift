// A run executes the plans of one recording on one stage, with one proxy core, and keeps the failures.
// Everything that does not change from plan to plan is computed once.

package import Judging
package import MockQwen
internal import Networks
package import ProxyServing
internal import Recordings
internal import Sockets
internal import Stages
internal import Wire

/// Where a plan runs.
package enum StageKind: String, Hashable, Sendable, CaseIterable {
  case simulated, sockets
  /// Through a proxy in another process.
  case target

  /// The stages of an embedded proxy.
  package static let allCases: [StageKind] = [.simulated, .sockets]
}

/// A plan that failed.
package struct FailedPlan: Hashable, Sendable {
  package var stage: StageKind
  /// The plan's line.
  package var plan: String
  /// The violations; at least one.
  package var violations: [Violation]
  /// The bytes around the first difference; nil when no violation has a place in the body.
  package var evidence: Evidence?
  /// The bug classes that the plan exercised.
  package var classes = ClassSet()
  /// How often it failed of how many runs, if it was run more than once.
  package var rate = Rate()
  /// What happened to the blocks.
  package var strip: Strip?
  /// More for the pictures, only for the failure that is shown in detail.
  package var portrait: Portrait?
}

/// The result of one recording on one stage.
package struct StageResult: Hashable, Sendable {
  package var stage: StageKind
  /// How many plans were run.
  package var planCount = 0
  /// How many of them failed.
  package var failureCount = 0
  /// How many of them are under conditions that are rare with a model's upstream, by condition.
  package var rareFailures: [String: Int] = [:]
  /// The first failures; a broken core fails thousands of plans in the same way.
  package var failures: [FailedPlan] = []
  /// How often each check was broken, with the name of what happened: `blocks LOST`.
  package var breaches: [String: Int] = [:]
  /// Single cuts tried.
  package var singleCutsTried = 0
  /// Single cuts that are possible.
  package var singleCutsInAll = 0
  /// The bug classes that the plans exercised.
  package var classes = ClassSet()
  /// The results that only a target has; nil on the other stages.
  package var target: TargetFigures?
  /// The first plan that had no effect, and why; nil when all had one. For a target, this is in its
  /// figures.
  package var unproven: UnprovenPlan?
  /// The input of a diagnosis.
  package var cases = CaseTable()
  /// The failure with the fewest cuts, which is shown in detail.
  package var smallest: FailedPlan?
  private var smallestWeight: PlanWeight?
  /// Where cuts did harm; nil when no plan failed.
  package private(set) var heat: CutHeat?
  /// The blocks of the recording, if no plan failed.
  package var strip: Strip?
  /// Time spent, in seconds.
  package var seconds = 0.0
  /// Whether the user interrupted the run before all plans were run.
  package var isInterrupted = false

  package init(stage: StageKind) { self.stage = stage }

  /// Called for a plan that was judged a failure: counts it, and keeps it among the first. `complete`
  /// adds what only kept failures need.
  package mutating func add(
    _ failure: FailedPlan, _ plan: Plan, _ delivery: Delivery,
    complete: (inout FailedPlan) -> Void
  ) {
    failureCount += 1
    let rare = plan.rareParts
    if !rare.isEmpty { rareFailures[rare.joined(separator: " and "), default: 0] += 1 }
    for violation in failure.violations {
      breaches[violation.kind, default: 0] += 1
    }
    if heat == nil { heat = CutHeat(byteCount: delivery.transmission.session.body.count) }
    heat?.take(delivery)
    let weight = PlanWeight(delivery, plan)
    let isSmallest = smallestWeight.map { weight < $0 } ?? true
    let isKept = failures.count < Self.failuresKept
    guard isSmallest || isKept else { return }
    var whole = failure
    complete(&whole)
    if isKept { failures.append(whole) }
    if isSmallest { (smallest, smallestWeight) = (whole, weight) }
  }

  /// How many failures are kept in full.
  private static let failuresKept = 20
}

/// The session on the wire, kept while the framing stays the same: most plans differ in their cuts.
struct LastTransmission {
  private var last: (plan: Plan, transmission: Transmission)?

  package mutating func delivery(_ session: Session, _ plan: Plan) -> Delivery {
    if let last, last.plan.chunks == plan.chunks, last.plan.anomalies == plan.anomalies,
      last.plan.octet == plan.octet, last.plan.framing == plan.framing
    {
      return Delivery(last.transmission, plan)
    }
    let framed = Transmission(session, plan)
    last = (plan, framed)
    return Delivery(framed, plan)
  }
}

/// One recording, ready to run.
package struct Run<Core: ProxyCore> {
  package let session: Session
  /// The command that runs the recording, without stage and plan; printed if a core traps.
  package var command = "replay run"
  private let whole: Expectation
  private let features: SessionFeatures
  private let progress: PlanCount?
  private var judge = Judge(
    upstreamKey: Stage<SimulatedNetwork, Core>.upstreamKey,
    clientKey: Stage<SimulatedNetwork, Core>.clientKey)

  /// - Parameter policy: What is expected where several behaviours are right.
  package init(_ session: Session, policy: Policy = Policy(), progress: PlanCount? = nil) {
    self.session = session
    self.progress = progress
    judge.policy = policy
    whole = .whole(session)
    features = SessionFeatures(session, whole)
  }

  /// Runs the plans of a set on a stage.
  package func results(_ set: PlanSet, seed: UInt64, on kind: StageKind) throws -> StageResult {
    let plans = SessionPlans(session, set: set, seed: seed, isOnSockets: kind == .sockets)
    var result = try results(plans.all, on: kind, shrinks: true)
    result.unproven = unproven(Plan())
    result.singleCutsTried = plans.singleCuts.count
    result.singleCutsInAll = plans.singleCutCount
    return result
  }

  /// The plan and the reason, if it has no effect on this session.
  func unproven(_ plan: Plan) -> UnprovenPlan? {
    emptyReason(Delivery(session, plan), plan).map {
      UnprovenPlan(recording: session.name, plan: plan.description, reason: $0)
    }
  }

  /// Runs plans on a stage, one after the other. With `shrinks` the failure that is shown in detail is
  /// made as small as possible.
  package func results(
    _ plans: some Sequence<Plan>, on kind: StageKind, shrinks: Bool = false
  ) throws -> StageResult {
    var result = StageResult(stage: kind)
    switch kind {
    case .simulated:
      var stage = try Stage<SimulatedNetwork, Core>(SimulatedNetwork())
      try run(plans, on: &stage, into: &result)
    case .sockets:
      var stage = try Stage<LoopbackNetwork, Core>(try LoopbackNetwork())
      try run(plans, on: &stage, into: &result)
    case .target:
      preconditionFailure("a target is run by TargetRun")
    }
    if result.failureCount == 0 { result.strip = Strip(arrived: session, whole) }
    if let smallest = result.smallest, !result.isInterrupted {
      result.smallest = try told(smallest, policy: judge.policy, shrinks: shrinks)
    }
    return result
  }

  private func run<World: StageNetwork & ~Copyable>(
    _ plans: some Sequence<Plan>, on stage: inout Stage<World, Core>, into result: inout StageResult
  ) throws {
    var transmissions = LastTransmission()
    defer { TrapNote.set("") }
    // Built once: a note is set for each plan.
    let stageName = result.stage.rawValue
    let opening = "replay: the proxy core trapped: recording \(session.name), plan '"
    let middle = "', stage \(stageName)\nReproduce with: \(command) --stage \(stageName) --plan '"
    for plan in plans {
      if Interruption.count > 0 {
        result.isInterrupted = true
        break
      }
      let words = plan.description
      TrapNote.set(opening + words + middle + words + "'")
      let delivery = transmissions.delivery(session, plan)
      let run = try judge.run(session, plan, delivery, whole: whole, on: &stage)
      note(run, plan, delivery, into: &result)
      progress?.add()
    }
  }

  private func note(
    _ run: JudgedRun, _ plan: Plan, _ delivery: Delivery, into result: inout StageResult
  ) {
    result.planCount += 1
    let conditions = conditions(of: run, plan, delivery)
    result.classes.formUnion(conditions.classes)
    guard !run.violations.isEmpty else {
      result.cases.note(plan, delivery, conditions)
      return
    }
    result.cases.note(
      plan, delivery, conditions, Sighting(run.violations, run.observations), run.violations,
      Evidence(run.violations, run.seen, run.expectation, run.delivery))
    let failure = FailedPlan(
      stage: result.stage, plan: plan.description, violations: run.violations,
      classes: conditions.classes)
    result.add(failure, plan, run.delivery) { failure in
      failure.evidence = Evidence(run.violations, run.seen, run.expectation, run.delivery)
      failure.strip = Strip(run.seen, run.expectation, run.delivery, fault: plan.fault)
    }
  }

  private func conditions(of run: JudgedRun, _ plan: Plan, _ delivery: Delivery) -> ConditionSet {
    // The bytes of one of several streams also have its tags; the features are those of the session.
    let expectation =
      plan.streams == 1
      ? run.expectation : Expectation.of(delivery, whole: whole, policy: judge.policy)
    return features.conditions(of: delivery, expectation)
  }

  /// Runs one plan and judges it.
  func judged<World: StageNetwork & ~Copyable>(
    _ plan: Plan, on stage: inout Stage<World, Core>
  ) throws -> (JudgedRun, ClassSet) {
    let delivery = Delivery(session, plan)
    let run = try judge.run(session, plan, delivery, whole: whole, on: &stage)
    return (run, conditions(of: run, plan, delivery).classes)
  }
}

/// Makes a trap of this process report its run.
func catchTrapsOfThisProcess() { TrapNote.catchTraps() }
