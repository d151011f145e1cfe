// Runs cases through a target, one after the other. A target that has died or does not answer is started
// again for the next case, if the harness started it: one case has killed it.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Sockets
internal import Wire

/// A stage that can be replaced.
private final class TargetBox {
  var stage: TargetStage

  init(_ settings: TargetSettings, _ environment: [String: String]) throws {
    stage = try TargetStage(settings, environment: environment)
    do {
      try stage.start()
    } catch {
      stage.stop()
      throw error
    }
  }

  deinit { stage.stop() }
}

/// Runs cases through one target.
final class TargetCaseRunner {
  /// The result of a case.
  package struct Outcome {
    /// Empty when all checks hold.
    package var violations: [Violation]
    package var eventCount: Int
    package var classes: ClassSet
    package var cutsRequested: Int
    package var cutsAchieved: Int
    /// Why the case proves nothing, when nothing failed; nil when it proves something.
    var unprovenReason: String?
    /// How often it failed of how many runs.
    var rate: Rate
  }

  private let settings: TargetSettings
  private let environment: [String: String]
  private var box: TargetBox?

  init(_ settings: TargetSettings, _ environment: [String: String]) {
    self.settings = settings
    self.environment = environment
  }

  /// Runs a case. Throws `TargetError` when the target cannot be judged.
  package func run(_ session: Session, _ plan: Plan) throws -> Outcome {
    try run(session, plan, Transmission(session, plan))
  }

  /// Runs a case that is already framed; once more if the target has answered by itself, for example on a
  /// connection that the case before has killed.
  package func run(
    _ session: Session, _ plan: Plan, _ transmission: Transmission
  ) throws -> Outcome {
    let trial = TargetTrial(session, settings)
    let delivery = Delivery(transmission, plan)
    var outcome = try once(trial, plan, delivery)
    if outcome.answeredItself { outcome = try once(trial, plan, delivery) }
    return Outcome(
      violations: outcome.violations, eventCount: trial.whole.eventCount,
      classes: outcome.classes, cutsRequested: outcome.observation.cutsRequested,
      cutsAchieved: outcome.observation.cutCount, unprovenReason: outcome.unprovenReason,
      rate: outcome.rate)
  }

  /// Runs a case again until its outcome is confirmed: a failure three times, and up to twenty times if
  /// the results differ.
  package func believed(
    _ first: Outcome, _ session: Session, _ plan: Plan, _ transmission: Transmission
  ) throws -> Outcome {
    var outcome = first
    var rate = first.rate
    while rate.runs < PlanBeliefs.runsMin || rate.isIntermittent && rate.runs < PlanBeliefs.runsMax
    {
      let next = try run(session, plan, transmission)
      rate.runs += 1
      if !next.violations.isEmpty { rate.failed += 1 }
    }
    outcome.rate = rate
    return outcome
  }

  private func once(
    _ trial: TargetTrial, _ plan: Plan, _ delivery: Delivery
  ) throws -> TargetOutcome {
    let own = try box ?? TargetBox(settings, environment)
    box = own
    do {
      let outcome = try trial.run(plan, delivery, on: &own.stage)
      // This case has killed the target: the next gets a new one.
      if outcome.observation.crash != nil || outcome.observation.wasStopped { box = nil }
      return outcome
    } catch {
      box = nil
      throw error
    }
  }
}
