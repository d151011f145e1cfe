// The one failure of a recording that is shown in detail: the one with the fewest cuts, made smaller
// still by the shrinker of `replay fuzz` without changing the recording, and run once more so that its
// steps can be drawn.

package import Judging
package import MockQwen
internal import Networks
internal import ProxyServing
package import Stages

/// The data for the pictures of that failure.
package struct Portrait: Hashable, Sendable {
  /// The answer's text as it was sent, and as the client shows it.
  package var sentText: String
  package var shownText: String
  /// The steps of the run; empty when they were not recorded.
  package var moments: [Moment]

  package init(
    _ observation: Observation, _ expectation: Expectation, moments: [Moment] = []
  ) {
    sentText = Trials.shownText(of: expectation.body, as: expectation.form)
    shownText = Trials.shownText(of: observation.body, as: expectation.form)
    self.moments = moments
  }
}

/// How simple a failed plan is; the least is shown: plans without a fault come first, then those with the
/// fewest cuts.
package struct PlanWeight: Hashable, Sendable, Comparable {
  private var parts: [Int]

  package init(_ delivery: Delivery, _ plan: Plan) {
    let words = plan.description.split(separator: " ").count
    parts = [
      plan.fault == nil ? 0 : 1, delivery.fragmentEnds.count, words,
      plan.description.utf8.count, plan.fault?.offset ?? 0,
    ]
  }

  package static func < (left: PlanWeight, right: PlanWeight) -> Bool {
    left.parts.lexicographicallyPrecedes(right.parts)
  }
}

extension Run {
  /// Failures of bodies with up to this many bytes are shrunk: longer ones take too long.
  private static var shrunkBytesMax: Int { 16 * 1024 }
  /// The most runs for shrinking.
  private static var shrinkRunsMax: Int { 120 }

  /// A failed plan with its portrait, shrunk if possible and `shrinks` is set.
  func told(_ failure: FailedPlan, policy: Policy, shrinks: Bool) throws -> FailedPlan {
    guard let first = failure.violations.first, let plan = try? Plan(failure.plan) else {
      return failure
    }
    var best = plan
    if shrinks, session.body.count <= Self.shrunkBytesMax {
      let runner = CaseRunner<Core>(policy: policy)
      let stage: CaseStage = failure.stage == .sockets ? .sockets : .simulated
      let shrinker = Shrinker(
        session, plan, fails: first.check, first.name, runsMax: Self.shrinkRunsMax
      ) { [session] changed, plan in
        changed == session ? try runner.run(changed, plan, on: stage).violations : []
      }
      shrinker.shrinkPlan()
      best = shrinker.best.plan
    }
    return try shown(best, on: failure.stage) ?? shown(plan, on: failure.stage) ?? failure
  }

  /// The result of running a plan once more, with its portrait; nil when it does not fail.
  private func shown(_ plan: Plan, on kind: StageKind) throws -> FailedPlan? {
    switch kind {
    case .simulated:
      var stage = try Stage<SimulatedNetwork, Core>(SimulatedNetwork())
      return try portrait(of: plan, on: &stage, kind)
    case .sockets:
      var stage = try Stage<LoopbackNetwork, Core>(try LoopbackNetwork())
      return try portrait(of: plan, on: &stage, kind)
    case .target: return nil
    }
  }

  private func portrait<World: StageNetwork & ~Copyable>(
    of plan: Plan, on stage: inout Stage<World, Core>, _ kind: StageKind
  ) throws -> FailedPlan? {
    if plan.streams == 1 { stage.moments = [] }
    let (run, classes) = try judged(plan, on: &stage)
    guard !run.violations.isEmpty else { return nil }
    var failure = FailedPlan(
      stage: kind, plan: plan.description, violations: run.violations,
      evidence: Evidence(run.violations, run.seen, run.expectation, run.delivery),
      classes: classes)
    failure.strip = Strip(run.seen, run.expectation, run.delivery, fault: plan.fault)
    failure.portrait = Portrait(run.seen, run.expectation, moments: stage.moments ?? [])
    return failure
  }
}
