// Names the bugs of a proxy: runs every model of a bug under the plans of a run, finds the models that
// show the same, asks the proxy for a few more deliveries where two models are close, and names no
// class where none fits.

internal import Foundation
internal import Judging
internal import MockQwen

/// Finds the bugs that explain a run.
package struct Diagnoser: Sendable {
  /// Failing cases that all models are run under, and the best models of each that go on.
  private static let firstCasesMax = 8
  private static let firstModelsMax = 6
  /// Models whose scores differ by no more, in natural logarithms, show the same.
  private static let tieMax = 1.0
  /// Deliveries that the subject is asked for beyond its run.
  private static let questionsMax = 20
  /// Deliveries of each candidate that are thought of as questions.
  private static let probesMax = 3
  /// Models that are told apart by questions.
  private static let candidatesMax = 8
  /// A lead, in natural logarithms, that needs no question.
  private static let leadMin = 8.0
  /// Below this quality of its explanation no class is named.
  private static let qualityMin = 0.3
  /// Suspects that are named.
  private static let suspectsMax = 3

  private let models: [BugModel]

  /// - Parameter models: Proxies with one bug each; their looks judge as the subject was judged.
  package init(_ models: [BugModel]) { self.models = models }

  /// The defects that a run shows, the most harmful first.
  ///
  /// - Parameters:
  ///   - cases: What was tried, as `CaseTable` keeps it.
  ///   - subject: The proxy, for a few more deliveries.
  package func defects(
    _ cases: [DiagnosisCase], asking subject: inout some Witness
  ) async throws -> [Defect] {
    let sample = CaseSample(cases).cases
    guard sample.contains(where: \.sighting.isFailure) else { return [] }
    return try await Diagnoser(plausible(sample)).defects(cases, sample, asking: &subject)
  }

  private func defects(
    _ cases: [DiagnosisCase], _ sample: [DiagnosisCase], asking subject: inout some Witness
  ) async throws -> [Defect] {
    var explanations = Explanations(sample, models, shown: try await shown(sample))
    var set = explanations.best()
    var questionsLeft = Self.questionsMax
    var answers = ProbeAnswers()
    var place = 0
    while place < set.count, questionsLeft > 0 {
      let asked = try await ask(&explanations, set, place, &questionsLeft, &answers, &subject)
      if asked { set = explanations.best() }
      place += 1
    }
    var found: [Defect] = []
    for var defect in defects(cases, explanations, set) {
      let model = defect.bugClass.flatMap { bugClass in
        set.map { models[$0] }.first { $0.bugClass == bugClass }
      }
      defect.example = try ExampleSearch(example: defect.example, model: model)
        .smallest(asking: &subject)
      found.append(defect)
    }
    return found
  }

  // MARK: What the models show

  /// For each model what it shows under each case.
  private func shown(_ cases: [DiagnosisCase]) async throws -> [[Sighting]] {
    try await sideBySide(models) { model in
      cases.map { model.sighting($0.session, $0.plan) }
    }
  }

  /// The models that show something like the subject in a few of its failures: to run all of them under
  /// all cases takes seconds.
  private func plausible(_ sample: [DiagnosisCase]) async throws -> [BugModel] {
    let few = Array(sample.filter(\.sighting.isFailure).prefix(Self.firstCasesMax))
    let explanations = Explanations(few, models, shown: try await shown(few))
    var kept = Set(explanations.ranking().prefix(Self.firstModelsMax).map(\.model))
    for number in few.indices {
      let ranking = explanations.ranking(in: number)
      let best = ranking.first?.score ?? 0
      kept.formUnion(ranking.prefix(Self.firstModelsMax).map(\.model))
      // What shows the same as the best is not dropped for its place in the list.
      kept.formUnion(ranking.filter { best - $0.score < Self.tieMax }.map(\.model))
    }
    return models.indices.filter(kept.contains).map { models[$0] }
  }

  // MARK: Questions

  /// Asks the subject for the deliveries that part the best candidates; whether it answered any.
  private func ask(
    _ explanations: inout Explanations, _ set: [Int], _ place: Int, _ left: inout Int,
    _ answers: inout ProbeAnswers, _ subject: inout some Witness
  ) async throws -> Bool {
    var hasAnswered = false
    while left > 0 {
      let close = Self.close(explanations.ranking(at: place, of: set))
      guard Set(close.map { models[$0.model].bugClass.id }).count > 1,
        let probe = bestProbe(close, &answers)
      else { break }
      answers.asked.insert(probe)
      left -= 1
      guard let example = try subject.look(at: probe.session, probe.plan) else { continue }
      hasAnswered = true
      explanations.add(example, shown: try await shown([example]).map { $0[0] })
    }
    return hasAnswered
  }

  /// The models whose score is close to the best, with their weights.
  private static func close(
    _ ranking: [(model: Int, score: Double)]
  ) -> [(model: Int, weight: Double)] {
    guard let best = ranking.first else { return [] }
    return ranking.prefix(candidatesMax).filter { best.score - $0.score < leadMin }
      .map { ($0.model, exp(($0.score - best.score) / 4)) }
  }

  /// The delivery under which the candidates differ most: the one with the largest entropy.
  private func bestProbe(
    _ candidates: [(model: Int, weight: Double)], _ answers: inout ProbeAnswers
  ) -> BugModel.Probe? {
    var best: (probe: BugModel.Probe, entropy: Double)?
    let probes = candidates.flatMap { models[$0.model].probes.prefix(Self.probesMax) }
    for probe in probes where !answers.asked.contains(probe) {
      var weights: [Sighting: Double] = [:]
      for candidate in candidates {
        let seen = answers.sighting(of: models[candidate.model], candidate.model, at: probe)
        weights[seen, default: 0] += candidate.weight
      }
      let sum = candidates.reduce(0) { $0 + $1.weight }
      let entropy = weights.values.reduce(0) { $0 - $1 / sum * log($1 / sum) }
      if entropy > max(best?.entropy ?? 0, 0.05) { best = (probe, entropy) }
    }
    return best?.probe
  }

  // MARK: Defects

  private func defects(
    _ cases: [DiagnosisCase], _ explanations: Explanations, _ set: [Int]
  ) -> [Defect] {
    var owned = [[DiagnosisCase]](repeating: [], count: set.count)
    var strange: [DiagnosisCase] = []
    var owners: [Set<String>: Int] = [:]
    for number in explanations.cases.indices where explanations.cases[number].count > 0 {
      let example = explanations.cases[number]
      guard example.sighting.isFailure, let owner = explanations.owner(of: number, in: set)
      else { continue }
      if owners[example.sighting.symptoms] == nil { owners[example.sighting.symptoms] = owner }
    }
    for example in cases where example.sighting.isFailure {
      if let owner = owners[example.sighting.symptoms] {
        owned[owner].append(example)
      } else {
        strange.append(example)
      }
    }
    let passing = cases.filter { !$0.sighting.isFailure }
    var found = set.indices.filter { !owned[$0].isEmpty }.map { place in
      defect(
        owned[place], passing, all: cases, suspects: suspects(explanations, set, place))
    }
    // What nothing explains is told by what it does.
    for group in Dictionary(grouping: strange, by: { Harm($0.violations) }).values {
      found.append(defect(group, passing, all: cases, suspects: []))
    }
    return found.sorted {
      ($0.harm, $1.planCount, $0.example.plan.description)
        < ($1.harm, $0.planCount, $1.example.plan.description)
    }
  }

  private func defect(
    _ failing: [DiagnosisCase], _ passing: [DiagnosisCase], all: [DiagnosisCase],
    suspects: [Defect.Suspect]
  ) -> Defect {
    let bugClass = suspects.first?.bugClass
    // Where the class is not exercised, it shows as something else besides: that is not an example of it.
    let own = failing.filter { example in
      bugClass.map { example.conditions.classes.contains($0) } ?? true
    }
    let telling = own.isEmpty ? failing : own
    let example = telling.min(by: Self.isSimpler) ?? failing[0]
    let conditions = ConditionSearch(failing: telling, passing: passing)
    let when = conditions.when()
    func count(_ cases: [DiagnosisCase], exercising bugClass: BugClass) -> Int {
      cases.reduce(0) { $0 + ($1.conditions.classes.contains(bugClass) ? $1.count : 0) }
    }
    let exercised = bugClass.map {
      Rate(failed: count(failing, exercising: $0), runs: count(all, exercising: $0))
    }
    return Defect(
      harm: Harm(example.violations), example: example,
      planCount: failing.reduce(0) { $0 + $1.count }, exercised: exercised,
      when: when.map(\.words), not: [conditions.not(when)].compactMap { $0?.words },
      suspects: suspects)
  }

  /// Whether a case is simpler to look at: fewer cuts, then a shorter body.
  private static func isSimpler(_ left: DiagnosisCase, _ right: DiagnosisCase) -> Bool {
    func key(_ example: DiagnosisCase) -> [Int] {
      let delivery = Delivery(example.session, example.plan)
      return [
        delivery.fragmentEnds.count, example.session.body.count, example.plan.description.count,
      ]
    }
    return key(left).lexicographicallyPrecedes(key(right))
  }

  /// The classes that explain one place of a set, each once; none when the best does not fit.
  private func suspects(
    _ explanations: Explanations, _ set: [Int], _ place: Int
  ) -> [Defect.Suspect] {
    let quality = explanations.quality(of: place, in: set)
    guard quality >= Self.qualityMin else { return [] }
    let ranking = explanations.ranking(at: place, of: set)
    let best = ranking[0].score
    var weights: [(bugClass: BugClass, weight: Double)] = []
    for (model, score) in ranking {
      let bugClass = models[model].bugClass
      guard !weights.contains(where: { $0.bugClass == bugClass }) else { continue }
      weights.append((bugClass, exp((score - best) / 4)))
    }
    let sum = weights.reduce(0) { $0 + $1.weight }
    return weights.prefix(Self.suspectsMax).map {
      Defect.Suspect(bugClass: $0.bugClass, probability: $0.weight / sum * quality)
    }
  }
}

/// What models show under the deliveries that bring bugs out, each looked at once, and which of them the
/// subject was asked for.
private struct ProbeAnswers {
  private struct Key: Hashable {
    let model: Int
    let probe: BugModel.Probe
  }

  var asked: Set<BugModel.Probe> = []
  private var seen: [Key: Sighting] = [:]

  mutating func sighting(
    of model: BugModel, _ number: Int, at probe: BugModel.Probe
  ) -> Sighting {
    let key = Key(model: number, probe: probe)
    if let known = seen[key] { return known }
    let sighting = model.sighting(probe.session, probe.plan)
    seen[key] = sighting
    return sighting
  }
}

extension BugModel {
  /// What the model shows; nothing where it cannot be run.
  func sighting(_ session: Session, _ plan: Plan) -> Sighting {
    (try? look(session, plan)) ?? Sighting()
  }
}
