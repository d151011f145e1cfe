// Proves the diagnosis by the catalogue itself: each canary is run as the subject. With its own model it
// must be named; with its model left out it must be called by its family or unknown, never by another
// family's class with confidence.

internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyServing
internal import Recordings
internal import Trials

/// What the diagnosis has said of the canaries.
package struct DiagnosisProof: Sendable {
  /// What was said of one canary.
  package struct Row: Sendable {
    package var canary: String
    package var bugClass: String
    /// The place at which its class was named, from 1; nil when it was not among the first three.
    package var place: Int?
    /// The first names, a defect each, with the canary's own model and without it.
    package var names: [String]
    package var namesWithout: [String]
    /// Whether a class of another family was named with confidence when its model was left out.
    package var isMistaken: Bool
    /// How long the diagnosis took with its model, in seconds.
    package var seconds: Double
  }

  /// From this probability on a class is named with confidence.
  package static let certainMin = 0.6
  package static let firstMin = 0.98

  package private(set) var rows: [Row] = []

  package var firstCount: Int { rows.count { $0.place == 1 } }
  package var amongCount: Int { rows.count { $0.place != nil } }
  package var mistakes: [Row] { rows.filter(\.isMistaken) }
  package var secondsMax: Double { rows.map(\.seconds).max() ?? 0 }

  package var holds: Bool {
    !rows.isEmpty && Double(firstCount) >= Self.firstMin * Double(rows.count)
      && amongCount == rows.count && mistakes.isEmpty
  }

  /// Diagnoses canaries, one after the other: a diagnosis uses all cores by itself.
  package static func prove(
    _ canaries: [Canary] = Canary.all, progress: (Int) -> Void = { _ in }
  ) async throws -> DiagnosisProof {
    let models = Canary.models(judgedBy: .embedded(Policy()))
    var proof = DiagnosisProof()
    for canary in canaries {
      if let row = try await row(of: canary, canary.core, models) { proof.rows.append(row) }
      progress(proof.rows.count)
    }
    return proof
  }

  /// Sessions that every canary is run with, beside those that bring its bug out.
  private static let plainSessions = Script.all.prefix(3).map(\.session)

  private static func row<Core: ProxyCore>(
    of canary: Canary, _ core: Core.Type, _ models: [BugModel]
  ) async throws -> Row? {
    var cases: [DiagnosisCase] = []
    for trial in canary.trials where trial.policy == Policy() {
      let plans = [trial.plan, Plan(), try Plan("cuts=events"), try Plan("cuts=1x")]
      cases += try seen(core, trial.session, plans)
    }
    for session in plainSessions {
      cases += try seen(
        core, session,
        Array(SessionPlans(session, set: .quick, seed: 1, isOnSockets: false).all))
    }
    // One that is noticed under another policy only shows nothing here.
    guard cases.contains(where: \.sighting.isFailure) else { return nil }
    var witness = CanaryWitness<Core>(judge: .embedded(Policy()))
    let start = ContinuousClock.now
    let defects = try await Diagnoser(models).defects(cases, asking: &witness)
    let time = Trials.seconds(since: start)
    let without = try await Diagnoser(models.filter { $0.name != canary.name })
      .defects(cases, asking: &witness)
    let places = defects.compactMap { defect in
      defect.suspects.firstIndex { $0.bugClass.id == canary.bugClass }
    }
    let family = BugClass.named(canary.bugClass)?.family
    return Row(
      canary: canary.name, bugClass: canary.bugClass, place: places.min().map { $0 + 1 },
      names: names(of: defects), namesWithout: names(of: without),
      isMistaken: without.contains { defect in
        guard let first = defect.suspects.first, first.probability >= certainMin else {
          return false
        }
        return first.bugClass.family != family
      }, seconds: time)
  }

  private static func names(of defects: [Defect]) -> [String] {
    defects.map { $0.bugClass?.id ?? "unknown" }
  }

  private static func seen<Core: ProxyCore>(
    _ core: Core.Type, _ session: Session, _ plans: [Plan]
  ) throws -> [DiagnosisCase] {
    try SharedMemory.$current.withValue(SharedMemory()) {
      try Run<Core>(session).results(plans, on: .simulated).cases.cases(of: session)
    }
  }
}
