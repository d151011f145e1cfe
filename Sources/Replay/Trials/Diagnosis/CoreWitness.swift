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

  package func look(at session: Session, _ plan: Plan) throws -> Sighting? {
    // A delivery that fails may leave its stage in disorder: each gets its own.
    var stage = try Stage<SimulatedNetwork, Core>(SimulatedNetwork())
    let whole = Expectation.whole(session)
    let delivery = Delivery(session, plan)
    switch judge {
    // Streams side by side are judged alike on every stage.
    case .target where plan.streams > 1:
      return try Self(judge: .embedded(Policy())).look(at: session, plan)
    case .embedded(let policy):
      var own = Judge(
        upstreamKey: Stage<SimulatedNetwork, Core>.upstreamKey,
        clientKey: Stage<SimulatedNetwork, Core>.clientKey)
      own.policy = policy
      let run = try own.run(session, plan, delivery, whole: whole, on: &stage)
      return Sighting(run.violations, run.observations)
    case .target(let level, let comparesComments):
      let seen = try stage.run(delivery, borders: whole.borders)
      let expectation = Expectation.of(delivery, whole: whole)
      let verdict = TargetJudge(level: level, comparesComments: comparesComments)
        .verdict(seen, TargetCase(delivery: delivery, expectation: expectation))
      return Sighting(verdict.violations, [seen])
    }
  }
}

/// A proxy that is no longer there: it answers no question.
package struct NoWitness: Witness {
  package init() {}
  package func look(at session: Session, _ plan: Plan) -> Sighting? { nil }
}
