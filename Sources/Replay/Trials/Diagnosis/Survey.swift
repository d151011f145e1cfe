// What a subject is asked for once its run is explained: of each model the delivery that brings its bug out
// most plainly. A run tries recordings, and a bug that no recording exercises does not show there; these
// deliveries are short, and each is made to show one bug. What they show is explained by itself: it takes
// no name away that the run has given.

internal import MockQwen

/// The plainest deliveries of the models, and what a subject made of them.
struct Survey {
  /// Deliveries that cost more, in the units of `PreparedDelivery.cost`, are not asked for.
  private static let costMax = 8_000
  /// Failures that are kept: a subject that fails everywhere says no more by failing once more.
  private static let failuresMax = 10

  /// The deliveries that the subject fails twice, each once.
  private(set) var failures: [DiagnosisCase] = []
  private(set) var passes: [DiagnosisCase] = []

  /// - Parameters:
  ///   - known: What need not be asked.
  ///   - explained: Bugs that the subject is known to have: where one of them fails, nothing new shows.
  init(
    _ models: [BugModel], known: Set<BugModel.Probe>, explainedBy explained: [BugModel],
    asking subject: inout some Witness
  ) async throws {
    var asked = known
    let probes = Self.probes(models).filter {
      Self.takes($0.plan) && asked.insert($0).inserted
        && PreparedDelivery.cost($0.session, $0.plan) <= Self.costMax
    }
    let isShown = try await sideBySide(probes) { probe in
      let prepared = PreparedDelivery(probe.session, probe.plan)
      return explained.contains { $0.sighting(prepared).isFailure }
    }
    subject.beginSurvey()
    for (probe, isShown) in zip(probes, isShown)
    where !isShown && failures.count < Self.failuresMax {
      guard var example = try subject.look(at: probe.session, probe.plan) else { continue }
      example.count = 1
      guard example.sighting.isFailure else {
        passes.append(example)
        continue
      }
      guard let again = try subject.look(at: probe.session, probe.plan) else {
        // One that has died of it is not asked again.
        failures.append(example)
        continue
      }
      guard again.sighting.isFailure else { continue }
      example.rate = Rate(failed: 2, runs: 2)
      failures.append(example)
    }
  }

  /// The plainest delivery of each model, and the next one where it is another session.
  private static func probes(_ models: [BugModel]) -> [BugModel.Probe] {
    models.compactMap(\.probes.first)
      + models.compactMap { model in
        model.plainProbes.dropFirst().first { $0.session != model.probes[0].session }
      }
  }

  /// Whether a plan is for a survey. Faults, departures and streams side by side are in every run, and
  /// wait for what may come; records are there over TLS only, and time is not turned forward.
  private static func takes(_ plan: Plan) -> Bool {
    plan.fault == nil && plan.behavior == nil && plan.streams == 1 && plan.pacing == .none
      && plan.stop == nil && plan.records == nil
  }
}

extension Diagnoser {
  /// From this quality on a bug is told that no plan of the run has shown.
  private static let surveyedMin = 0.2
  /// Who runs fewer plans asks about those and no others.
  private static let runMin = 30
  /// Where so many classes show the same that the first is less likely, none is told.
  private static let probabilityMin = 0.2
  /// What no plan of the run has shown is not certain.
  private static let probabilityMax = 0.5
  /// Passing deliveries that the candidates are run under.
  private static let passesMax = 24
  /// Bugs of which no more than the names are told.
  private static let surveyedMax = 2

  /// The defects of a run, with those that only the plainest deliveries of the models show. A defect of
  /// the run without a name gets the name of one of them if its model fails there too.
  func surveyed(
    _ found: [Defect], explainedBy known: [BugModel], _ cases: [DiagnosisCase],
    asking subject: inout some Witness
  ) async throws -> [Defect] {
    guard cases.reduce(0, { $0 + $1.count }) >= Self.runMin else { return found }
    let tried = Set(cases.map(BugModel.Probe.init(of:)))
    let exercised = cases.reduce(into: ClassSet()) { $0.formUnion($1.conditions.classes) }
    let order =
      models.filter { !exercised.contains($0.bugClass) }
      + models.filter { exercised.contains($0.bugClass) }
    let survey = try await Survey(order, known: tried, explainedBy: known, asking: &subject)
    var left = survey.failures
    var found = found
    for _ in 0..<Self.surveyedMax where !left.isEmpty {
      guard let bug = try await surveyedBug(left, survey.passes) else { break }
      left.removeAll { $0.isShown(by: [bug.model]) }
      guard !found.contains(where: { $0.bugClass == bug.model.bugClass }) else { continue }
      if let place = found.firstIndex(where: {
        $0.suspects.isEmpty && $0.example.isShown(by: [bug.model])
      }) {
        found[place].suspects = bug.defect.suspects
      } else {
        found.append(bug.defect)
      }
    }
    return found
  }

  /// The bug that explains what a survey has found best; nil when none does well.
  private func surveyedBug(
    _ failures: [DiagnosisCase], _ passes: [DiagnosisCase]
  ) async throws -> (model: BugModel, defect: Defect)? {
    let probes = Set(failures.map(BugModel.Probe.init(of:)))
    let candidates = models.filter { $0.plainProbes.contains(where: probes.contains) }
    let cases = failures + passes.prefix(Self.passesMax)
    let diagnoser = Diagnoser(candidates)
    let explanations = Explanations(cases, candidates, shown: try await diagnoser.shown(cases))
    let ranking = explanations.ranking().filter {
      explanations.fails($0.model, amongFirst: failures.count)
    }
    guard let best = ranking.first else { return nil }
    let quality = explanations.ownQuality(of: best.model, amongFirst: failures.count)
    guard quality >= Self.surveyedMin else { return nil }
    let suspects = diagnoser.suspects(ranking, min(quality, Self.probabilityMax))
    guard let first = suspects.first, first.probability >= Self.probabilityMin else { return nil }
    let model = candidates[best.model]
    let own = failures.filter { $0.isShown(by: [model]) }
    var defect = defect(own, passes, all: cases, suspects: suspects)
    defect.when.insert("the run has not tried it, and it was asked besides", at: 0)
    return (model, defect)
  }
}

extension DiagnosisCase {
  /// Whether one of some models fails there.
  fileprivate func isShown(by models: [BugModel]) -> Bool {
    let prepared = PreparedDelivery(session, plan)
    return models.contains { $0.sighting(prepared).isFailure }
  }
}
