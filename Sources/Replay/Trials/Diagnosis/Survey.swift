// What a subject is asked for before its run is explained: of each model one delivery, the one that brings
// its bug out most plainly. A run tries recordings, and a bug that no recording exercises does not show
// there; these deliveries are short, and each is made to show one bug.

internal import MockQwen

/// Asks a subject for the plainest delivery of each model.
struct Survey {
  /// Deliveries that cost more, in the units of `PreparedDelivery.cost`, are not asked for.
  private static let costMax = 4_000
  /// Failures that are kept: a subject that fails everywhere says no more by failing once more.
  private static let failuresMax = 12

  /// The deliveries that the subject fails twice, each once.
  private(set) var failures: [DiagnosisCase] = []
  private var passes: [BugModel.Probe: DiagnosisCase] = [:]

  init(_ models: [BugModel], asking subject: inout some Witness) throws {
    var asked: Set<BugModel.Probe> = []
    for probe in models.compactMap(\.probes.first) where failures.count < Self.failuresMax {
      guard Self.takes(probe.plan), asked.insert(probe).inserted,
        PreparedDelivery.cost(probe.session, probe.plan) <= Self.costMax,
        var example = try subject.glance(at: probe.session, probe.plan)
      else { continue }
      example.isSurveyed = true
      example.sighting = example.sighting.withoutLateness()
      guard example.sighting.isFailure else {
        passes[probe] = example
        continue
      }
      let again = try subject.glance(at: probe.session, probe.plan)
      if again?.sighting.withoutLateness().isFailure == true { failures.append(example) }
    }
  }

  /// The failures, and of the deliveries that the subject passes those that were asked for some models.
  func answers(about models: [BugModel]) -> [DiagnosisCase] {
    var passes = passes
    return failures
      + models.compactMap { $0.probes.first.flatMap { passes.removeValue(forKey: $0) } }
  }

  /// Whether a plan is for a survey. Faults, departures and streams side by side are in every run, and
  /// wait for what may come.
  private static func takes(_ plan: Plan) -> Bool {
    plan.fault == nil && plan.behavior == nil && plan.stop == nil && plan.pacing == .none
      && plan.streams == 1 && plan.firstStatus == nil
  }
}
