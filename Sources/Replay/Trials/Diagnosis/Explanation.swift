// How well bugs explain what was seen. Every model is run under the plans of the run; a set of models
// explains a case as well as one of them shows the same, or as their sum does (a noisy-or). The best
// single model comes first, then each that adds more than chance would.

internal import Foundation
internal import MockQwen

/// What models show under the cases of a run, and how well they explain it.
struct Explanations {
  private(set) var cases: [DiagnosisCase]
  let models: [BugModel]
  /// For each model what it shows under each case.
  private(set) var shown: [[Sighting]]
  private var weights: [Double]

  /// What another bug in the set must gain, in natural logarithms, so that it is believed: about three
  /// plans that fail without reason, for one or two fail by chance on a busy machine.
  private static let gainMin = 10.0
  /// How much less likely a bug is behind a failure where its class was not exercised.
  private static let strangeness = 0.3
  /// More bugs at once are not looked for.
  private static let bugsMax = 4
  /// So many of the best single bugs are tried with every other.
  private static let startsMax = 10

  init(_ cases: [DiagnosisCase], _ models: [BugModel], shown: [[Sighting]]) {
    self.cases = cases
    self.models = models
    self.shown = shown
    weights = cases.map(Self.weight)
  }

  /// Many plans that are alike are little more than one.
  private static func weight(_ example: DiagnosisCase) -> Double {
    min(1 + log2(Double(max(example.count, 1))) / 4, 3)
  }

  /// Adds a case, with what each model shows under it.
  mutating func add(_ example: DiagnosisCase, shown sightings: [Sighting]) {
    cases.append(example)
    weights.append(Self.weight(example))
    for number in sightings.indices { shown[number].append(sightings[number]) }
  }

  /// How well a set of models explains all cases: a logarithm, 0 at best.
  func score(of set: [Int]) -> Double {
    var sum = set.reduce(0) { $0 + models[$1].prior }
    for number in cases.indices { sum += weights[number] * log(likelihood(number, set)) }
    return sum
  }

  /// How likely what was seen in a case is, by a set of models.
  func likelihood(_ number: Int, _ set: [Int]) -> Double {
    let seen = cases[number].sighting
    let joined = set.map { shown[$0][number] }.reduce(Sighting()) { $0.joined(with: $1) }
    let failing = set.filter { shown[$0][number].isFailure }
    let alone = failing.map { seen.likelihood(given: shown[$0][number]) * 0.8 }.max()
    let likelihood = max(seen.likelihood(given: joined), alone ?? 0)
    // A class that the delivery does not exercise is hardly the one that failed.
    guard seen.isFailure, !failing.isEmpty,
      !failing.contains(where: { cases[number].conditions.classes.contains(models[$0].bugClass) })
    else { return likelihood }
    return likelihood * Self.strangeness
  }

  /// The set of models that explains the cases best: one, or more where one leaves failures over. How
  /// the same bug looks differs from proxy to proxy, so that another is believed for the plans that
  /// fail without reason, and not for a likeness in detail.
  func best() -> [Int] {
    let singles = ranking().prefix(Self.startsMax)
    guard let first = singles.first else { return [] }
    var best = (set: [first.model], score: first.score)
    let least = fit(of: best.set) + Self.gainMin
    for start in singles {
      guard let pair = improved([start.model]), fit(of: pair.set) > least,
        best.set.count == 1 || pair.score > best.score
      else { continue }
      best = pair
    }
    while best.set.count < Self.bugsMax, let more = improved(best.set) { best = more }
    return best.set
  }

  /// The set with the model more that explains best, of those that explain plans that fail without
  /// reason; nil when none does.
  private func improved(_ set: [Int]) -> (set: [Int], score: Double)? {
    let least = fit(of: set) + Self.gainMin
    return models.indices.filter { !set.contains($0) && fit(of: set + [$0]) > least }
      .map { (set: set + [$0], score: score(of: set + [$0])) }
      .max { ($0.score, $1.set.last!) < ($1.score, $0.set.last!) }
  }

  /// How well a set of models says which cases fail, whatever they show then: a logarithm, 0 at best.
  private func fit(of set: [Int]) -> Double {
    cases.indices.reduce(0) { sum, number in
      let fails = set.contains { shown[$0][number].isFailure }
      let likelihood = Sighting.likelihood(
        ofFailure: cases[number].sighting.isFailure, given: fails)
      return sum + weights[number] * log(likelihood)
    }
  }

  /// All models by how well they explain one case, or all cases, best first.
  func ranking(in number: Int? = nil) -> [(model: Int, score: Double)] {
    models.indices.map { model in
      let score = number.map { models[model].prior + log(likelihood($0, [model])) }
      return (model: model, score: score ?? self.score(of: [model]))
    }
    .sorted { ($1.score, $0.model) < ($0.score, $1.model) }
  }

  /// The models in one place of a set by how well they explain the cases there, best first. One that
  /// says hardly more than nobody in that place is none of them, likely though it may be by itself.
  func ranking(at place: Int, of set: [Int]) -> [(model: Int, score: Double)] {
    var others = set
    others.remove(at: place)
    let least = fit(of: others) + Self.gainMin / 2
    return models.indices.filter { $0 == set[place] || !set.contains($0) }
      .filter { $0 == set[place] || fit(of: others + [$0]) > least }
      .map { model in
        var other = set
        other[place] = model
        return (model, score(of: other))
      }
      .sorted { ($1.score, $0.model) < ($0.score, $1.model) }
  }

  /// The place in a set of the model that explains a failed case; nil when none shows a failure there.
  func owner(of number: Int, in set: [Int]) -> Int? {
    let seen = cases[number].sighting
    return set.indices.filter { shown[set[$0]][number].isFailure }
      .map { (place: $0, likelihood: seen.likelihood(given: shown[set[$0]][number])) }
      .max { ($0.likelihood, $1.place) < ($1.likelihood, $0.place) }?.place
  }

  /// How well the model in one place of a set explains the failures that are its own, 0 to 1, whatever
  /// else there is to choose from: 1 when it shows the same in all of them and fails nowhere else.
  func quality(of place: Int, in set: [Int]) -> Double {
    let own = cases.indices.filter {
      cases[$0].sighting.isFailure && owner(of: $0, in: set) == place
    }
    guard !own.isEmpty else { return 0 }
    let mean = own.reduce(0) { $0 + likelihood($1, [set[place]]) } / Double(own.count)
    let against = cases.indices.count {
      !cases[$0].sighting.isFailure && shown[set[place]][$0].isFailure
    }
    let same = Sighting.likelihood(ofFailure: true, given: true)
    return min(1, mean / same) * Double(own.count) / Double(own.count + against)
  }
}
