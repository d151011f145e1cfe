// Runs cases through a target, one after the other. A target that has died or does not answer is
// started again for the next case, if the harness started it: what killed it is one case.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Sockets
internal import Wire

/// A stage that can be replaced.
private final class TargetSeat {
  package var stage: TargetStage

  init(_ settings: TargetSettings, _ environment: [String: String]) throws {
    stage = try TargetStage(settings)
    do {
      try stage.start(environment: environment)
    } catch {
      stage.stop()
      throw error
    }
  }

  deinit { stage.stop() }
}

/// Runs cases through one target.
final class TargetCaseRunner {
  /// What a case has shown.
  package struct Outcome {
    /// Empty when all checks hold.
    package var violations: [Violation]
    package var eventCount: Int
    package var classes: ClassSet
    package var cutsRequested: Int
    package var cutsAchieved: Int
    /// Why the case proves nothing, when nothing failed; nil when it proves something.
    var unprovenReason: String?
  }

  private let settings: TargetSettings
  private let environment: [String: String]
  private let judge: TargetJudge
  private var seat: TargetSeat?

  init(_ settings: TargetSettings, _ environment: [String: String]) {
    self.settings = settings
    self.environment = environment
    judge = TargetJudge(level: settings.level, comparesComments: settings.comparesComments)
  }

  /// Runs a case. Throws `TargetError` when the target cannot be judged.
  package func run(_ session: Session, _ plan: Plan) throws -> Outcome {
    try run(session, plan, Transmission(session, plan))
  }

  /// Runs a case that is framed already.
  package func run(_ session: Session, _ plan: Plan, _ transmission: Transmission) throws -> Outcome
  {
    let whole = Expectation.whole(session)
    let delivery = Delivery(transmission, plan)
    let expectation = Expectation.of(delivery, whole: whole)
    let observed = try observation(delivery, Borders(whole))
    let wasAsked = !observed.seen.requests.isEmpty
    let verdict = judge.verdict(observed.seen, expectation, delivery)
    return Outcome(
      violations: wasAsked ? verdict.violations : [], eventCount: whole.eventCount,
      classes: SessionFacts(session, whole).traits(of: delivery, expectation).classes,
      cutsRequested: observed.cutsRequested, cutsAchieved: observed.cutsAchieved,
      unprovenReason: observed.unprovenReason)
  }

  private func observation(_ delivery: Delivery, _ borders: Borders) throws -> TargetObservation {
    let own = try seat ?? TargetSeat(settings, environment)
    seat = own
    do {
      return try own.stage.run(delivery, borders)
    } catch {
      seat = nil
      throw error
    }
  }
}
