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
  private static let tiedModelsMax = 64
  /// Models whose scores differ by no more, in natural logarithms, show the same.
  private static let tieMax = 1.0
  /// Below this quality of its explanation no class is named.
  private static let qualityMin = 0.3
  /// Nor is one below this quality that fails where the subject does, and nowhere else, in this measure,
  /// in this many cases at least: one failure is parted from all else by anything.
  private static let partingQualityMin = 0.1
  private static let contrastMin = 0.75
  private static let partingCasesMin = 2
  /// Defects without a name that are explained by themselves, and their cases that all models are run
  /// under.
  private static let strangersMax = 2
  private static let strangeCasesMax = 4
  /// What one failing case may cost, in the units of `PreparedDelivery.cost`, that the best models are run
  /// under to know whose it is, and what all of them may.
  private static let lookCostMax = 10_000
  private static let looksCostMax = 300_000
  /// Failing cases that they are run under although they cost more.
  private static let dearLooksMax = 3
  /// How much less likely a class is that none of its failing deliveries exercises.
  private static let strangeDoubt = 0.5
  /// Suspects that are named.
  private static let suspectsMax = 3

  let models: [BugModel]

  /// - Parameter models: Proxies with one bug each; their looks judge as the subject was judged.
  package init(_ models: [BugModel]) { self.models = models }

  /// A defect, and the cases that are its own.
  struct Finding {
    var defect: Defect
    let failing: [DiagnosisCase]
  }

  /// The defects that a run shows, the most harmful first.
  ///
  /// - Parameters:
  ///   - cases: What was tried, as `CaseTable` keeps it.
  ///   - subject: The proxy, for a few more deliveries.
  package func defects(
    _ cases: [DiagnosisCase], asking subject: inout some Witness
  ) async throws -> [Defect] {
    let chosen = CaseSample(cases)
    let seen = chosen.cases
    guard seen.contains(where: \.sighting.isFailure) else { return [] }
    let fresh = try seen.map { try alone($0, &subject) }
    let sample = fresh.contains(where: \.sighting.isFailure) ? fresh : seen
    let few = chosen.first(Self.firstCasesMax, of: sample)
    var (found, known) = try await Diagnoser(try await plausible(few))
      .defects(cases, sample, asking: &subject)
    try await nameStrangers(&found, cases)
    return try await surveyed(found.map(\.defect), explainedBy: known, cases, asking: &subject)
  }

  private func defects(
    _ cases: [DiagnosisCase], _ sample: [DiagnosisCase], asking subject: inout some Witness
  ) async throws -> (found: [Finding], known: [BugModel]) {
    var explanations = Explanations(sample, models, shown: try await shown(sample))
    var set = explanations.best()
    var questions = Questions(models, known: sample)
    // An answer may bring another bug to a place that was asked about before.
    var asked: Set<Int> = []
    while questions.left > 0, let place = set.indices.first(where: { !asked.contains(set[$0]) }) {
      asked.insert(set[place])
      if try await ask(&questions, of: &subject, about: place, in: set, &explanations) {
        set = explanations.best()
      }
    }
    var found: [Finding] = []
    for var finding in try await defects(cases, explanations, set) {
      let model = finding.defect.bugClass.flatMap { bugClass in
        set.map { models[$0] }.first { $0.bugClass == bugClass }
      }
      finding.defect.example = try ExampleSearch(example: finding.defect.example, model: model)
        .smallest(asking: &subject)
      found.append(finding)
    }
    let named = found.compactMap(\.defect.bugClass)
    return (found, set.map { models[$0] }.filter { named.contains($0.bugClass) })
  }

  // MARK: What the models show

  /// A failing case as it is when nothing came before it, as models are run: a proxy that mixes its
  /// streams also fails later, for what an earlier delivery has left behind.
  private func alone(
    _ example: DiagnosisCase, _ subject: inout some Witness
  ) throws -> DiagnosisCase {
    guard subject.isFresh, example.sighting.isFailure,
      let seen = try subject.look(at: example.session, example.plan)
    else { return example }
    var example = example
    example.sighting = seen.sighting
    return example
  }

  /// For each model what it shows under each case.
  func shown(_ cases: [DiagnosisCase]) async throws -> [[Sighting]] {
    let prepared = cases.map { PreparedDelivery($0.session, $0.plan) }
    return try await sideBySide(models) { model in prepared.map(model.sighting) }
  }

  /// The models that show something like the subject in a few of its failures: to run all of them under
  /// all cases takes seconds.
  private func plausible(_ few: [DiagnosisCase]) async throws -> [BugModel] {
    let explanations = Explanations(few, models, shown: try await shown(few))
    var kept = Set(explanations.ranking().prefix(Self.firstModelsMax).map(\.model))
    for number in few.indices {
      let ranking = explanations.ranking(in: number)
      let best = ranking.first?.score ?? 0
      kept.formUnion(ranking.prefix(Self.firstModelsMax).map(\.model))
      // What shows the same as the best is not dropped for its place in the list; the models of what the
      // case exercises come first, for a bug that only one delivery shows has no other way in.
      let tied = ranking.filter {
        best - $0.score < Self.tieMax && explanations.shown[$0.model][number].isFailure
      }
      let (own, others) = tied.parted { few[number].exercises(models[$0.model].bugClass) }
      kept.formUnion((own + others).prefix(Self.tiedModelsMax).map(\.model))
    }
    return models.indices.filter(kept.contains).map { models[$0] }
  }

  /// Asks the subject for the deliveries that prove or part the best candidates; whether it answered any.
  private func ask(
    _ questions: inout Questions, of subject: inout some Witness, about place: Int, in set: [Int],
    _ explanations: inout Explanations
  ) async throws -> Bool {
    var hasAnswered = false
    while let probe = questions.next(explanations.ranking(at: place, of: set)) {
      guard let example = try subject.look(at: probe.session, probe.plan) else { continue }
      hasAnswered = true
      explanations.add(example, shown: try await shown([example]).map { $0[0] })
    }
    return hasAnswered
  }

  // MARK: Defects

  /// Explains defects that have no name by themselves: beside another bug, a few plans say too little.
  private func nameStrangers(_ found: inout [Finding], _ cases: [DiagnosisCase]) async throws {
    let passing = cases.filter { !$0.sighting.isFailure }
    let nameless = found.indices.filter { found[$0].defect.suspects.isEmpty }
    for place in nameless.prefix(Self.strangersMax) {
      let chosen = CaseSample(found[place].failing + passing, costMax: CaseSample.costMax / 2)
      let sample = chosen.cases
      let few = chosen.first(Self.strangeCasesMax, of: sample)
      let kept = Diagnoser(try await plausible(few))
      let explanations = Explanations(sample, kept.models, shown: try await kept.shown(sample))
      guard let best = explanations.ranking().first else { continue }
      let suspects = kept.suspects(explanations, [best.model], 0)
      let isKnown = found.contains { $0.defect.bugClass == suspects.first?.bugClass }
      if !isKnown { found[place].defect.suspects = suspects }
    }
  }

  private func defects(
    _ cases: [DiagnosisCase], _ explanations: Explanations, _ set: [Int]
  ) async throws -> [Finding] {
    let (owned, strange) = try await parted(cases, set.map { models[$0] })
    let passing = cases.filter { !$0.sighting.isFailure }
    // Two forms of one bug are one defect, told by the form that explains more.
    let classes = Dictionary(grouping: set.indices) { models[set[$0]].bugClass.id }
    var found: [Finding] = classes.values.compactMap { places in
      let failing = places.flatMap { owned[$0] }
      let suspects = places.sorted { owned[$0].count > owned[$1].count }
        .map { self.suspects(explanations, set, $0) }
      guard !failing.isEmpty else { return nil }
      let defect = defect(
        failing, passing, all: cases, suspects: suspects.first { !$0.isEmpty } ?? [])
      return Finding(defect: defect, failing: failing)
    }
    // What nothing explains is told by what it does.
    for group in Signature.groups(strange) {
      let defect = defect(group, passing, all: cases, suspects: [])
      found.append(Finding(defect: defect, failing: group))
    }
    return found.sorted {
      ($0.defect.harm, $1.defect.planCount, $0.defect.example.plan.description)
        < ($1.defect.harm, $0.defect.planCount, $1.defect.example.plan.description)
    }
  }

  /// The failing cases by the model, of some, that fails there as the subject does. Where none fails, or
  /// none is looked at, a case goes where most with its symptoms went; what is left is strange.
  private func parted(
    _ cases: [DiagnosisCase], _ models: [BugModel]
  ) async throws -> (owned: [[DiagnosisCase]], strange: [DiagnosisCase]) {
    var owned = [[DiagnosisCase]](repeating: [], count: models.count)
    var counts: [Set<String>: [Int]] = [:]
    func own(_ example: DiagnosisCase, _ place: Int) {
      owned[place].append(example)
      counts[example.sighting.symptoms, default: models.map { _ in 0 }][place] += 1
    }
    let failing = cases.filter(\.sighting.isFailure)
    var costLeft = Self.looksCostMax / max(models.count, 1)
    let (cheap, dear) = failing.parted { example in
      let cost = PreparedDelivery.cost(example.session, example.plan)
      guard cost <= Self.lookCostMax, cost <= costLeft else { return false }
      costLeft -= cost
      return true
    }
    let owners = try await sideBySide(cheap) { owner(of: $0, models) ?? -1 }
    var open: [DiagnosisCase] = []
    for (example, place) in zip(cheap, owners) {
      if place < 0 { open.append(example) } else { own(example, place) }
    }
    // Some are looked at whatever they cost: it may be that none is cheap.
    var looksLeft = Self.dearLooksMax
    for example in dear {
      let isLookedAt = looksLeft > 0 && counts[example.sighting.symptoms] == nil
      looksLeft -= isLookedAt ? 1 : 0
      if isLookedAt, let place = owner(of: example, models) {
        own(example, place)
      } else {
        open.append(example)
      }
    }
    var strange: [DiagnosisCase] = []
    for example in open {
      let likes = counts[example.sighting.symptoms] ?? []
      if let place = likes.indices.max(by: { likes[$0] < likes[$1] }) {
        owned[place].append(example)
      } else {
        strange.append(example)
      }
    }
    return (owned, strange)
  }

  /// The place of the model that fails as the case does; nil when none does.
  private func owner(of example: DiagnosisCase, _ models: [BugModel]) -> Int? {
    let prepared = PreparedDelivery(example.session, example.plan)
    return models.enumerated().map { (place: $0.offset, shown: $0.element.sighting(prepared)) }
      .filter(\.shown.isFailure)
      .max {
        example.sighting.likelihood(given: $0.shown) < example.sighting.likelihood(given: $1.shown)
      }?.place
  }

  func defect(
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
      when: when.isEmpty
        ? conditions.mostly().map { ["mostly " + $0.words] } ?? [] : when.map(\.words),
      not: [conditions.not(when)].compactMap { $0?.words },
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
    // A form of the bug that nobody has written down looks different, and fails under the same plans.
    let isParting =
      quality >= Self.partingQualityMin
      && explanations.cases.count(where: \.sighting.isFailure) >= Self.partingCasesMin
      && explanations.contrast(of: place, in: set) >= Self.contrastMin
    guard quality >= Self.qualityMin || isParting else { return [] }
    // What no failing delivery exercises may be the same by chance.
    let doubt = Self.strangeDoubt * explanations.strangeShare(of: set[place])
    return suspects(explanations.ranking(at: place, of: set), quality * (1 - doubt))
  }

  /// The classes of models that are ranked, each once.
  func suspects(_ ranking: [(model: Int, score: Double)], _ quality: Double) -> [Defect.Suspect] {
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

extension Array {
  /// The elements of which something holds, and the others, each in their order.
  fileprivate func parted(by holds: (Element) -> Bool) -> ([Element], [Element]) {
    reduce(into: ([], [])) { parts, element in
      if holds(element) { parts.0.append(element) } else { parts.1.append(element) }
    }
  }
}

extension BugModel {
  /// What the model shows; nothing where it cannot be run.
  func sighting(_ prepared: PreparedDelivery) -> Sighting {
    (try? look(prepared)) ?? Sighting()
  }
}
