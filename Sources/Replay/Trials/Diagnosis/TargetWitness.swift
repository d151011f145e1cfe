// A proxy in another process, asked for a few more deliveries once its run has ended. It is started
// anew when the first question comes, for a run leaves nothing behind.

internal import Judging
package import MockQwen
internal import Sockets

/// Looks at deliveries through a target.
package final class TargetWitness: Witness {
  /// The stage, held apart since it cannot be copied.
  private struct Slot: ~Copyable {
    var stage: TargetStage?
  }

  /// How long a question waits for a target that is silent, for a block that is complete, and for one whose
  /// client has left, in milliseconds: a run waits longer.
  private static let patience = 500
  private static let lateAfter = 250
  private static let departureTime = 1_000
  /// How often it must survive a broken answer before it is watched for a shorter time, in milliseconds.
  private static let survivalsMin = 2
  private static let deathTimeOfTrusted = 10

  /// How many deliveries may wait for what is late or does not come, each as long as `patience`: a failed
  /// run is told soon. A survey may wait besides, and start a target anew that has died.
  private static let waitsMax = 3
  private static let surveyWaitsMax = 2
  private static let deathsMax = 2
  /// A delivery that takes as long, in milliseconds, has waited for much that came late.
  private static let waitMin = 1_000

  /// How many fragments all questions may have, and a survey: one takes some 50 µs.
  private static let fragmentsMax = 12_000

  /// How long all may take, in milliseconds. Deliveries that wait for nothing take a few each, so that only
  /// a very slow machine comes here: what is asked does not depend on the machine.
  private static let timeMax = 10_000

  package let isFresh = false
  private var settings: TargetSettings
  private let environment: [String: String]
  private var slot = Slot(stage: nil)
  private var isGone = false
  private var waitsLeft = TargetWitness.waitsMax
  /// How often a target that dies is started anew.
  private var livesLeft = 0
  private var survivals = 0
  private var fragmentCount = 0
  /// Nil before the first question.
  private var endOfQuestions: Int?

  package init(_ settings: TargetSettings, environment: [String: String]) {
    self.settings = settings
    self.settings.lateAfter = min(settings.lateAfter, Self.lateAfter)
    self.environment = environment
  }

  /// What a delivery shows; nil once the target is gone, or when the delivery was not made as planned.
  package func look(at session: Session, _ plan: Plan) -> DiagnosisCase? {
    // What needs a clock that can be turned forward is not asked in real time.
    guard !isGone, plan.pacing == .none, plan.fault?.kind != .stall, plan.stop == nil else {
      return nil
    }
    let delivery = Delivery(session, plan)
    fragmentCount += delivery.fragmentEnds.count
    guard fragmentCount <= Self.fragmentsMax else { return nil }
    do {
      if slot.stage == nil {
        var stage = try TargetStage(settings, environment: environment)
        stage.patience = min(settings.timeout, Self.patience)
        stage.departureTime = Self.departureTime
        do { try stage.start() } catch {
          stage.stop()
          throw error
        }
        slot.stage = consume stage
      }
      if endOfQuestions == nil { endOfQuestions = Self.time(of: &slot.stage!) + Self.timeMax }
      return try seen(session, plan, delivery)
    } catch {
      end()
      return nil
    }
  }

  /// A survey has a share of its own, for it comes when the questions have used theirs.
  package func beginSurvey() {
    (isGone, waitsLeft, fragmentCount) = (false, Self.surveyWaitsMax, 0)
    endOfQuestions = nil
    livesLeft = Self.deathsMax
  }

  /// Ends the target that was started for questions.
  package func end() {
    isGone = true
    slot.stage?.stop()
    slot.stage = nil
  }

  private static func time(of stage: inout TargetStage) -> Int { stage.now }

  private func seen(
    _ session: Session, _ plan: Plan, _ delivery: Delivery
  ) throws -> DiagnosisCase? {
    let trial = TargetTrial(session, settings)
    let start = Self.time(of: &slot.stage!)
    let outcome = try trial.run(plan, delivery, on: &slot.stage!)
    let now = Self.time(of: &slot.stage!)
    if outcome.hasWaited || now - start > Self.waitMin { waitsLeft -= 1 }
    let hasDied = outcome.observation.crash != nil
    if !hasDied, outcome.observation.clients.contains(where: { $0.ending != .complete }) {
      survivals += 1
      if survivals >= Self.survivalsMin { slot.stage!.deathTime = Self.deathTimeOfTrusted }
    }
    // Who has died once would die again and again.
    if hasDied && livesLeft == 0 || waitsLeft < 1 || now > endOfQuestions ?? .max {
      end()
    } else if hasDied {
      livesLeft -= 1
      slot.stage?.stop()
      slot.stage = nil
    } else if outcome.observation.wasStopped {
      try slot.stage!.restart()
    }
    guard !outcome.violations.isEmpty || outcome.unprovenReason == nil else { return nil }
    var example = DiagnosisCase(
      at: PreparedDelivery(session, plan),
      Sighting(outcome.violations, outcome.observation.clients),
      outcome.violations)
    example.evidence = Evidence(
      outcome.violations, outcome.seen, outcome.expectation, outcome.delivery)
    example.strip = Strip(
      outcome.seen, outcome.expectation, outcome.delivery, fault: plan.fault)
    return example
  }
}
