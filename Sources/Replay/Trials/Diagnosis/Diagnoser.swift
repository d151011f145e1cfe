// Names the bugs of a proxy: runs every model of a bug under the plans of a run, finds the models that
// show the same, asks the proxy for a few more deliveries where two models are close, and names no
// class where none fits.

internal import Foundation
internal import Judging
internal import MockQwen

/// Finds the bugs that explain a run.
package struct Diagnoser: Sendable {
  /// Failing cases that the models are run under, and as many passing ones.
  private static let casesMax = 28
  /// Failing cases that all models are run under, and the best models of each that go on.
  private static let firstCasesMax = 8
  private static let firstModelsMax = 6
  /// Deliveries that the subject is asked for beyond its run.
  private static let questionsMax = 20
  /// Models that are told apart by questions.
  private static let candidatesMax = 8
  /// A lead, in natural logarithms, that needs no question.
  private static let leadMin = 8.0
  /// Below this mean likelihood of its failed cases no class is named.
  private static let fitMin = 0.2
  /// Sessions with longer bodies, in bytes, take too long to be run by every model, and are left out
  /// while there are others.
  private static let bodyMax = 16 * 1024
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
    let sample = Self.sample(cases)
    guard sample.contains(where: \.sighting.isFailure) else { return [] }
    return try await Diagnoser(await plausible(sample)).defects(cases, sample, asking: &subject)
  }

  private func defects(
    _ cases: [DiagnosisCase], _ sample: [DiagnosisCase], asking subject: inout some Witness
  ) async throws -> [Defect] {
    var explanations = Explanations(sample, models, shown: await shown(sample))
    var set = explanations.best()
    var questionsLeft = Self.questionsMax
    var place = 0
    while place < set.count, questionsLeft > 0 {
      let asked = try await ask(&explanations, set, place, &questionsLeft, &subject)
      if asked { set = explanations.best() }
      place += 1
    }
    return defects(cases, explanations, set)
  }

  // MARK: What the models show

  /// For each model what it shows under each case.
  private func shown(_ cases: [DiagnosisCase]) async -> [[Sighting]] {
    let threads = max(ProcessInfo.processInfo.activeProcessorCount, 1)
    return await withTaskGroup(of: [(Int, [Sighting])].self) { group in
      for first in 0..<min(threads, models.count) {
        group.addTask { [models] in
          stride(from: first, to: models.count, by: threads).map { number in
            (number, cases.map { models[number].sighting($0.session, $0.plan) })
          }
        }
      }
      var shown = [[Sighting]](repeating: [], count: models.count)
      for await part in group { for (number, sightings) in part { shown[number] = sightings } }
      return shown
    }
  }

  /// The models that show something like the subject in a few of its failures: to run all of them under
  /// all cases takes seconds.
  private func plausible(_ sample: [DiagnosisCase]) async -> [BugModel] {
    let few = Array(sample.filter(\.sighting.isFailure).prefix(Self.firstCasesMax))
    let explanations = Explanations(few, models, shown: await shown(few))
    var kept = Set(explanations.ranking().prefix(Self.firstModelsMax))
    for number in few.indices {
      kept.formUnion(explanations.ranking(in: number).prefix(Self.firstModelsMax))
    }
    return models.indices.filter(kept.contains).map { models[$0] }
  }

  /// The cases that the models are run under: of each kind of failure some, and as many that passed.
  private static func sample(_ cases: [DiagnosisCase]) -> [DiagnosisCase] {
    let short = cases.filter { $0.session.body.count <= bodyMax }
    let usable = short.contains(where: \.sighting.isFailure) ? short : Array(cases.prefix(casesMax))
    var groups: [Set<String>: [DiagnosisCase]] = [:]
    for example in usable where example.sighting.isFailure {
      groups[example.sighting.symptoms, default: []].append(example)
    }
    let ordered = groups.values.sorted { left, right in
      let key = { (cases: [DiagnosisCase]) in
        (cases.reduce(0) { $0 + $1.count }, cases[0].plan.description)
      }
      return key(right) < key(left)
    }
    var failing: [DiagnosisCase] = []
    var depth = 0
    while failing.count < casesMax, ordered.contains(where: { depth < $0.count }) {
      failing += ordered.filter { depth < $0.count }.map { $0[depth] }
      depth += 1
    }
    let passing = usable.filter { !$0.sighting.isFailure }
    let step = max(1, passing.count / casesMax)
    let kept = stride(from: 0, to: passing.count, by: step).prefix(casesMax).map { passing[$0] }
    return Array(failing.prefix(casesMax)) + kept
  }

  // MARK: Questions

  /// Asks the subject for the deliveries that part the best candidates; whether it answered any.
  private func ask(
    _ explanations: inout Explanations, _ set: [Int], _ place: Int, _ left: inout Int,
    _ subject: inout some Witness
  ) async throws -> Bool {
    var asked: Set<BugModel.Probe> = []
    var hasAnswered = false
    while left > 0 {
      let close = Self.close(explanations.ranking(at: place, of: set))
      guard Set(close.map { models[$0.model].bugClass.id }).count > 1,
        let probe = bestProbe(close, besides: asked)
      else { break }
      asked.insert(probe)
      left -= 1
      guard let seen = try subject.look(at: probe.session, probe.plan) else { continue }
      hasAnswered = true
      let whole = Expectation.whole(probe.session)
      let delivery = Delivery(probe.session, probe.plan)
      let conditions = SessionFeatures(probe.session, whole)
        .conditions(of: delivery, Expectation.of(delivery, whole: whole))
      let example = DiagnosisCase(
        session: probe.session, plan: probe.plan, sighting: seen, conditions: conditions, count: 0,
        violations: [])
      explanations.add(example, shown: await shown([example]).map { $0[0] })
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
    _ candidates: [(model: Int, weight: Double)], besides asked: Set<BugModel.Probe>
  ) -> BugModel.Probe? {
    var best: (probe: BugModel.Probe, entropy: Double)?
    for probe in candidates.flatMap({ models[$0.model].probes }) where !asked.contains(probe) {
      var weights: [Sighting: Double] = [:]
      for candidate in candidates {
        let seen = models[candidate.model].sighting(probe.session, probe.plan)
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
    let conditions = ConditionSearch(failing: failing, passing: passing)
    let when = conditions.when()
    let bugClass = suspects.first?.bugClass
    func count(_ cases: [DiagnosisCase], exercising bugClass: BugClass) -> Int {
      cases.reduce(0) { $0 + ($1.conditions.classes.contains(bugClass) ? $1.count : 0) }
    }
    let exercised = bugClass.map {
      Rate(failed: count(failing, exercising: $0), runs: count(all, exercising: $0))
    }
    return Defect(
      harm: failing.map { Harm($0.violations) }.min() ?? .other,
      example: failing.min(by: Self.isSimpler) ?? failing[0],
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
    let own = explanations.cases.indices.filter {
      explanations.cases[$0].sighting.isFailure && explanations.owner(of: $0, in: set) == place
    }
    let fit = own.reduce(0) { $0 + explanations.likelihood($1, [set[place]]) }
    guard !own.isEmpty, fit / Double(own.count) >= Self.fitMin else { return [] }
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
      Defect.Suspect(bugClass: $0.bugClass, probability: $0.weight / sum)
    }
  }
}

extension BugModel {
  /// What the model shows; nothing where it cannot be run.
  func sighting(_ session: Session, _ plan: Plan) -> Sighting {
    (try? look(session, plan)) ?? Sighting()
  }
}
