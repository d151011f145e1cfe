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
  /// As a proxy in another process is; whether the head must come at once.
  case target(CompareLevel, comparesComments: Bool, headAtOnce: Bool = false)

  /// As a target with these settings is.
  package static func target(_ settings: TargetSettings) -> SightingJudge {
    .target(
      settings.level, comparesComments: settings.comparesComments,
      headAtOnce: settings.policy.headAtOnce)
  }
}

/// Looks at deliveries through a proxy core.
package struct CoreWitness<Core: ProxyCore>: Witness {
  private let judge: SightingJudge
  private let lastWords: @Sendable () -> String?
  package let isFresh = false

  /// - Parameter lastWords: What the process has said that the core stands for, once it has died.
  package init(judge: SightingJudge, lastWords: @escaping @Sendable () -> String? = { nil }) {
    (self.judge, self.lastWords) = (judge, lastWords)
  }

  package func look(at session: Session, _ plan: Plan) throws -> DiagnosisCase? {
    let prepared = PreparedDelivery(session, plan)
    let run = try judged(prepared)
    var example = DiagnosisCase(
      at: prepared, Sighting(run.violations, run.observations), run.violations)
    example.evidence = Evidence(run.violations, run.seen, run.expectation, run.delivery)
    example.strip = Strip(run.seen, run.expectation, run.delivery, fault: plan.fault)
    return example
  }

  /// What a delivery shows, and no more.
  package func sighting(at prepared: PreparedDelivery) throws -> Sighting {
    let run = try judged(prepared)
    return Sighting(run.violations, run.observations)
  }

  private func judged(_ prepared: PreparedDelivery) throws -> JudgedRun {
    // A delivery that fails may leave its stage in disorder: each gets its own.
    var stage = try Stage<SimulatedNetwork, Core>(SimulatedNetwork())
    let (session, plan) = (prepared.session, prepared.plan)
    let (whole, delivery) = (prepared.whole, prepared.delivery)
    switch judge {
    // Streams side by side are judged alike on every stage.
    case .target where plan.streams > 1:
      let alike = Self(judge: .embedded(Policy()), lastWords: lastWords)
      return alike.withCrash(try alike.judged(prepared))
    case .embedded(let policy):
      var own = Judge(
        upstreamKey: Stage<SimulatedNetwork, Core>.upstreamKey,
        clientKey: Stage<SimulatedNetwork, Core>.clientKey)
      own.policy = policy
      return try own.run(session, plan, delivery, whole: whole, on: &stage)
    case .target(let level, let comparesComments, let headAtOnce):
      var seen = try stage.run(delivery, borders: whole.borders)
      // In another process all may have gone through before the client goes: nothing is left to cancel.
      if delivery.isSentBeforeDeparture { seen.upstreamsLeft = 0 }
      var settings = TargetSettings()
      (settings.level, settings.comparesComments) = (level, comparesComments)
      settings.policy.headAtOnce = headAtOnce
      // The stage counts bytes; a proxy that writes anew may say the same in fewer.
      if let delay = seen.delay, !session.body.starts(with: seen.body) {
        var progress = TargetProgress(whole, body: session.body, settings)
        let received = Array(seen.body.prefix(delay.received))
        let due = progress.lastBorder(upTo: delay.due)
        if progress.hasReached(due, received) { seen.delay = nil }
      }
      let expectation = prepared.expectation
      let findings = TargetJudge(settings: settings)
        .findings(seen, TargetCase(delivery: delivery, expectation: expectation))
      return withCrash(
        JudgedRun(
          observations: [seen], violations: findings.violations, expectation: expectation,
          delivery: delivery))
    }
  }

  /// The run as it is told when the process has died of it.
  private func withCrash(_ run: JudgedRun) -> JudgedRun {
    guard let words = lastWords() else { return run }
    var run = run
    run.violations = run.violations.withCrash("the target has died: \(words)")
    return run
  }
}

extension Delivery {
  /// Whether the last fragment has gone out when the client leaves.
  fileprivate var isSentBeforeDeparture: Bool {
    guard let behavior, behavior.isDeparture else { return false }
    let count = fragmentEnds.dropLast().last.map { transmission.bodyCount(before: $0) } ?? 0
    return count < max(behavior.offset, 1)
  }
}

extension DiagnosisCase {
  /// A case that was seen by asking, and stands for no plan of the run.
  init(at prepared: PreparedDelivery, _ sighting: Sighting, _ violations: [Violation]) {
    self.init(
      session: prepared.session, plan: prepared.plan, sighting: sighting,
      conditions: SessionFeatures(prepared.session, prepared.whole)
        .conditions(of: prepared.delivery, prepared.expectation),
      count: 0, violations: violations)
  }
}

/// A proxy that is no longer there: it answers no question.
package struct NoWitness: Witness {
  package let isFresh = false
  package init() {}
  package func look(at session: Session, _ plan: Plan) -> DiagnosisCase? { nil }
}
