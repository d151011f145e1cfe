// A proxy in another process, asked for a few more deliveries once its run has ended. It is started
// anew when the first question comes, for a run leaves nothing behind.

package import MockQwen
internal import Sockets

/// Looks at deliveries through a target.
package final class TargetWitness: Witness {
  /// The stage, held apart since it cannot be copied.
  private struct Slot: ~Copyable {
    var stage: TargetStage?
  }

  /// How long a question waits for a target that is silent, in milliseconds: a run waits longer.
  private static let patience = 500

  private let settings: TargetSettings
  private let environment: [String: String]
  private var slot = Slot(stage: nil)
  private var isGone = false

  package init(_ settings: TargetSettings, environment: [String: String]) {
    self.settings = settings
    self.environment = environment
  }

  /// What a delivery shows; nil once the target is gone, or when the delivery was not made as planned.
  package func look(at session: Session, _ plan: Plan) -> Sighting? {
    guard !isGone else { return nil }
    do {
      if slot.stage == nil {
        var stage = try TargetStage(settings, environment: environment)
        stage.patience = min(settings.timeout, Self.patience)
        do { try stage.start() } catch {
          stage.stop()
          throw error
        }
        slot.stage = consume stage
      }
      return try sighting(session, plan)
    } catch {
      end()
      return nil
    }
  }

  /// Ends the target that was started for questions.
  package func end() {
    isGone = true
    slot.stage?.stop()
    slot.stage = nil
  }

  private func sighting(_ session: Session, _ plan: Plan) throws -> Sighting? {
    let trial = TargetTrial(session, settings)
    let outcome = try trial.run(plan, Delivery(session, plan), on: &slot.stage!)
    if outcome.observation.crash != nil || outcome.observation.wasStopped {
      try slot.stage!.restart()
    }
    guard !outcome.violations.isEmpty || outcome.unprovenReason == nil else { return nil }
    return Sighting(outcome.violations, outcome.observation.clients)
  }
}
