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
  /// For each model how likely each case is by it alone.
  private var alone: [[Double]]
  /// For each model how often the subject failed under the model's own deliveries.
  private var trials: [Int: Rate] = [:]

  /// What another bug in the set must gain, in natural logarithms, so that it is believed: about three
  /// plans that fail without reason, for one or two fail by chance on a busy machine.
  private static let gainMin = 10.0
  /// What it costs a bug, in natural logarithms, that none of its failures exercised its class. It
  /// is one thing to believe, however many failures there are, so that it counts once.
  private static let strangenessMax = 5.0
  /// How likely a bug among several shows what it shows alone.
  private static let aloneAmongOthers = 0.8
  /// Failures that are thought of as not explained beside those that are not: few observations prove
  /// little (the rule of succession).
  private static let doubt = 0.5
  /// What remains of the quality when the subject passes wherever the bug shows most plainly.
  private static let refuted = 0.25
  /// What remains besides where the subject fails in many cases like the model in all respects: a bug
  /// that shows under some condition only is none the less the one that shows.
  private static let alikeShare = 0.45
  /// Cases that are many, and how much of what they show must be the same.
  private static let alikeMin = (count: 6.0, quality: 0.9)
  /// How much a failure that no bug explains, and that has nothing in common with those of a bug, counts
  /// against it: it may be another defect's.
  private static let strangerShare = 0.1
  /// A bug that no question can prove counts as one that failed in one of so many of its plainest cases.
  private static let unprovenRuns = 2
  /// More bugs at once are not looked for.
  private static let bugsMax = 4
  /// So many of the best single bugs are tried with every other.
  private static let startsMax = 10

  init(_ cases: [DiagnosisCase], _ models: [BugModel], shown: [[Sighting]]) {
    (self.cases, self.models, self.shown) = (cases, models, shown)
    weights = cases.map(Self.weight)
    alone = shown.map { sightings in
      zip(cases, sightings).map { $0.sighting.likelihood(given: $1) }
    }
    for number in cases.indices { noteTrial(number) }
  }

  /// Many plans that are alike are little more than one.
  private static func weight(_ example: DiagnosisCase) -> Double {
    min(1 + log2(Double(max(example.count, 1))) / 4, 3)
  }

  /// Adds a case, with what each model shows under it.
  mutating func add(_ example: DiagnosisCase, shown sightings: [Sighting]) {
    cases.append(example)
    weights.append(Self.weight(example))
    for number in sightings.indices {
      shown[number].append(sightings[number])
      alone[number].append(example.sighting.likelihood(given: sightings[number]))
    }
    noteTrial(cases.count - 1)
  }

  /// Notes the case for each model that it brings the bug of out most plainly, as it is judged here.
  private mutating func noteTrial(_ place: Int) {
    let example = cases[place]
    let probe = BugModel.Probe(of: example)
    for number in models.indices
    where shown[number][place].isFailure && models[number].plainProbes.contains(probe) {
      trials[number, default: Rate()].runs += 1
      trials[number, default: Rate()].failed += example.sighting.isFailure ? 1 : 0
    }
  }

  /// How well a set of models explains all cases: a logarithm, 0 at best.
  func score(of set: [Int]) -> Double {
    var sum = set.reduce(0) { $0 + models[$1].prior - strangeness(of: $1) }
    for number in cases.indices { sum += weights[number] * log(likelihood(number, set)) }
    return sum
  }

  /// A class that the failing deliveries do not exercise is hardly the one that fails.
  private func strangeness(of model: Int) -> Double {
    Self.strangenessMax * strangeShare(of: model)
  }

  /// How many of the cases in which the subject and a model fail do not exercise the model's class: 0 to 1.
  func strangeShare(of model: Int) -> Double {
    let failed = cases.indices.filter {
      cases[$0].sighting.isFailure && shown[model][$0].isFailure
    }
    guard !failed.isEmpty else { return 0 }
    let strange = failed.count { !cases[$0].exercises(models[model].bugClass) }
    return Double(strange) / Double(failed.count)
  }

  /// How likely what was seen in a case is, by a set of models.
  func likelihood(_ number: Int, _ set: [Int]) -> Double {
    if set.count == 1 { return alone[set[0]][number] }
    let seen = cases[number].sighting
    let failing = set.filter { shown[$0][number].isFailure }
    guard failing.count > 1 else {
      guard let only = failing.first else {
        return Sighting.likelihood(ofFailure: seen.isFailure, given: false)
      }
      return alone[only][number]
    }
    let joined = failing.map { shown[$0][number] }.reduce(Sighting()) { $0.joined(with: $1) }
    let best = failing.map { alone[$0][number] }.max() ?? 0
    return max(seen.likelihood(given: joined), best * Self.aloneAmongOthers)
  }

  /// The set of models that explains the cases best: one, or more where one leaves failures over. How
  /// the same bug looks differs from proxy to proxy, so that another is believed for the plans that
  /// fail without reason, and not for a likeness in detail.
  func best() -> [Int] {
    let singles = ranking().prefix(Self.startsMax)
    guard let first = singles.first else { return [] }
    var best = (set: [first.model], score: first.score)
    let least = fit(of: best.set) + Self.gainMin
    for start in singles.map(\.model) {
      guard let pair = improved([start]), fit(of: pair.set) > least,
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

  /// Whether a model shows a failure in one of the first cases.
  func fails(_ model: Int, amongFirst count: Int) -> Bool {
    shown[model].prefix(count).contains(where: \.isFailure)
  }

  /// How well a model parts failing from passing cases, whatever they show: 1 when it fails in all that
  /// are its own or nobody's and in none that passes.
  func contrast(of place: Int, in set: [Int]) -> Double {
    let model = set[place]
    var (failing, passing) = (Rate(), Rate())
    for number in cases.indices {
      let fails = shown[model][number].isFailure ? 1 : 0
      guard cases[number].sighting.isFailure else {
        passing.runs += 1
        passing.failed += fails
        continue
      }
      let owner = owner(of: number, in: set)
      guard owner == nil || owner == place else { continue }
      failing.runs += 1
      failing.failed += fails
    }
    func share(_ rate: Rate) -> Double { Double(rate.failed) / Double(max(rate.runs, 1)) }
    return share(failing) - share(passing)
  }

  /// How well a model explains those of some failures that it shows, by themselves: a delivery that is
  /// made for another bug says nothing about it, but one that passes where it fails does.
  func ownQuality(of model: Int, amongFirst count: Int) -> Double {
    var (likeness, own, alarms) = (0.0, 0, 0)
    for number in cases.indices where shown[model][number].isFailure {
      guard cases[number].sighting.isFailure else {
        alarms += 1
        continue
      }
      guard number < count else { continue }
      own += 1
      likeness += cases[number].sighting.quality(given: shown[model][number])
    }
    return likeness / (Double(own + alarms) + Self.doubt / 2)
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
  /// says hardly more than an empty place is left out, likely though it may be by itself.
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
    set.indices.filter { shown[set[$0]][number].isFailure }
      .map { (place: $0, likelihood: alone[set[$0]][number]) }
      .max { ($0.likelihood, $1.place) < ($1.likelihood, $0.place) }?.place
  }

  /// How well the model in one place of a set explains the failures, 0 to 1, whatever else there is to
  /// choose from: near 1 when it shows the same in many that are its own, when it fails nowhere else,
  /// when the set leaves no failure over, and when the subject fails where the bug shows most plainly.
  func quality(of place: Int, in set: [Int]) -> Double {
    let model = set[place]
    var (likeness, count) = (0.0, Self.doubt)
    var alike = 0.0
    let own = cases.indices.filter {
      cases[$0].sighting.isFailure && owner(of: $0, in: set) == place
    }
    for number in cases.indices {
      let seen = cases[number].sighting
      guard seen.isFailure else {
        if shown[model][number].isFailure { count += 1 }
        continue
      }
      let owner = owner(of: number, in: set)
      guard owner == nil || owner == place else { continue }
      guard owner == place else {
        // What is of another kind is another defect, and says little against this one.
        let kinship = own.map { seen.kinship(to: cases[$0].sighting) }.max() ?? 1
        count += max(kinship, Self.strangerShare)
        continue
      }
      count += 1
      let quality = seen.quality(given: shown[model][number])
      likeness += quality
      // All that hold bytes back give their clients the same in the end.
      if quality >= Self.alikeMin.quality, !seen.isOnlyLate { alike += 1 }
    }
    let unasked = Rate(failed: 1, runs: models[model].probes.isEmpty ? Self.unprovenRuns : 1)
    let trial = trials[model] ?? unasked
    let passed = 1 - Double(trial.failed) / Double(trial.runs)
    let refuted = Self.refuted + Self.alikeShare * min(alike / Self.alikeMin.count, 1)
    return likeness / count * (1 - (1 - refuted) * passed)
  }
}
