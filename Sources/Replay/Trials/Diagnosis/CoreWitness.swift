// Looks at deliveries through a proxy core on the simulated stage, judged as the subject of a
// diagnosis was judged: only then can what two proxies show be compared.

package import Judging
package import MockQwen
internal import Networks
package import ProxyServing
internal import Stages

/// How sightings are judged.
package enum SightingJudge: Hashable, Sendable {
  /// As the embedded proxy is.
  case embedded(Policy)
  /// As a proxy in another process is.
  case target(CompareLevel, comparesComments: Bool)
}

/// Looks at deliveries through a proxy core.
package struct CoreWitness<Core: ProxyCore>: Witness {
  private let judge: SightingJudge

  package init(judge: SightingJudge) { self.judge = judge }

  package func look(at session: Session, _ plan: Plan) throws -> DiagnosisCase? {
    let run = try judged(session, plan)
    var example = DiagnosisCase(
      at: session, plan, Sighting(run.violations, run.observations), run.violations)
    example.evidence = Evidence(run.violations, run.seen, run.expectation, run.delivery)
    return example
  }

  /// What a delivery shows, and no more.
  package func sighting(at session: Session, _ plan: Plan) throws -> Sighting {
    let run = try judged(session, plan)
    return Sighting(run.violations, run.observations)
  }

  private func judged(_ session: Session, _ plan: Plan) throws -> JudgedRun {
    // A delivery that fails may leave its stage in disorder: each gets its own.
    var stage = try Stage<SimulatedNetwork, Core>(SimulatedNetwork())
    let whole = Expectation.whole(session)
    let delivery = Delivery(session, plan)
    switch judge {
    // Streams side by side are judged alike on every stage.
    case .target where plan.streams > 1:
      return try Self(judge: .embedded(Policy())).judged(session, plan)
    case .embedded(let policy):
      var own = Judge(
        upstreamKey: Stage<SimulatedNetwork, Core>.upstreamKey,
        clientKey: Stage<SimulatedNetwork, Core>.clientKey)
      own.policy = policy
      return try own.run(session, plan, delivery, whole: whole, on: &stage)
    case .target(let level, let comparesComments):
      var seen = try stage.run(delivery, borders: whole.borders)
      // The stage counts bytes; a proxy that writes anew may say the same in fewer.
      if let delay = seen.delay {
        var progress = TargetProgress(
          whole, body: session.body, level: level, ignored: TargetSettings().ignored)
        let received = Array(seen.body.prefix(delay.received))
        if progress.hasReached(delay.due, received) { seen.delay = nil }
      }
      let expectation = Expectation.of(delivery, whole: whole)
      let findings = TargetJudge(level: level, comparesComments: comparesComments)
        .findings(seen, TargetCase(delivery: delivery, expectation: expectation))
      return JudgedRun(
        observations: [seen], violations: findings.violations, expectation: expectation,
        delivery: delivery)
    }
  }
}

extension DiagnosisCase {
  /// A case that was seen by asking, and stands for no plan of the run.
  init(at session: Session, _ plan: Plan, _ sighting: Sighting, _ violations: [Violation]) {
    let whole = Expectation.whole(session)
    let delivery = Delivery(session, plan)
    let conditions = SessionFeatures(session, whole)
      .conditions(of: delivery, Expectation.of(delivery, whole: whole))
    self.init(
      session: session, plan: plan, sighting: sighting, conditions: conditions, count: 0,
      violations: violations)
  }
}

/// A proxy that is no longer there: it answers no question.
package struct NoWitness: Witness {
  package init() {}
  package func look(at session: Session, _ plan: Plan) -> DiagnosisCase? { nil }
}
