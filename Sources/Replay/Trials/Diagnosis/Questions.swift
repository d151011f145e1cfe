// What a subject is asked for beyond its run: where two candidates are as good as equal, the delivery under
// which they differ most; then the one under which the best candidate's bug shows most plainly, for who has
// the bug fails there too; then what parts it from those that are still close.

internal import Foundation
internal import MockQwen

/// The questions to one subject.
struct Questions {
  /// Deliveries that the subject is asked for in all.
  private static let questionsMax = 20
  /// Plainest deliveries of the best candidate that are asked for.
  private static let proofsMax = 2
  /// Deliveries that cost more, in the units of `PreparedDelivery.cost`, are not asked for.
  private static let costMax = 20_000
  /// What models may be run under in all, in these units, to choose questions.
  private static let thoughtCostMax = 300_000
  /// Models that are told apart by questions.
  private static let candidatesMax = 8
  /// Candidates with a lead no larger, in natural logarithms, are as good as equal.
  private static let tieMax = 1.0
  /// A lead, in natural logarithms, that needs no question.
  private static let leadMin = 8.0
  /// A question whose answer is as good as known says nothing.
  private static let entropyMin = 0.05

  private struct Key: Hashable {
    let model: Int
    let probe: BugModel.Probe
  }

  /// How many more are asked.
  private(set) var left = questionsMax
  private let models: [BugModel]
  private var asked: Set<BugModel.Probe>
  private var prepared: [BugModel.Probe: PreparedDelivery] = [:]
  private var seen: [Key: Sighting] = [:]
  private var costLeft = thoughtCostMax

  /// - Parameter known: What need not be asked.
  init(_ models: [BugModel], known: [DiagnosisCase]) {
    self.models = models
    asked = Set(known.map(BugModel.Probe.init(of:)))
  }

  /// The next question about a place for which candidates are ranked; nil when none would help.
  mutating func next(_ ranking: [(model: Int, score: Double)]) -> BugModel.Probe? {
    guard left > 0, let best = ranking.first else { return nil }
    // A proof says nothing where another class has the same: what parts them is asked first, for few
    // questions are answered by a subject that lets all of them wait.
    let isTied = ranking.contains {
      best.score - $0.score < Self.tieMax
        && models[$0.model].bugClass != models[best.model].bugClass
    }
    guard let probe = (isTied ? parting(ranking) : nil) ?? proof(of: best.model) ?? parting(ranking)
    else { return nil }
    asked.insert(probe)
    left -= 1
    return probe
  }

  private mutating func proof(of model: Int) -> BugModel.Probe? {
    for probe in models[model].plainProbes.prefix(Self.proofsMax)
    where !asked.contains(probe) && delivery(probe).cost <= Self.costMax {
      return probe
    }
    return nil
  }

  /// The delivery under which the candidates close to the best differ most: the one with the largest
  /// entropy. Nil when they are one class, or no delivery parts them.
  private mutating func parting(_ ranking: [(model: Int, score: Double)]) -> BugModel.Probe? {
    let close = ranking.prefix(Self.candidatesMax)
      .filter { ranking[0].score - $0.score < Self.leadMin }
      .map { (model: $0.model, weight: exp(($0.score - ranking[0].score) / 4)) }
    guard Set(close.map { models[$0.model].bugClass.id }).count > 1 else { return nil }
    let sum = close.reduce(0) { $0 + $1.weight }
    var best: (probe: BugModel.Probe, entropy: Double)?
    for probe in close.flatMap({ models[$0.model].plainProbes })
    where !asked.contains(probe) && delivery(probe).cost <= Self.costMax {
      guard canThink(of: probe, close.map(\.model)) else { continue }
      var weights: [Sighting: Double] = [:]
      for candidate in close {
        weights[sighting(candidate.model, probe), default: 0] += candidate.weight
      }
      let entropy = weights.values.reduce(0) { $0 - $1 / sum * log($1 / sum) }
      if entropy > max(best?.entropy ?? 0, Self.entropyMin) { best = (probe, entropy) }
    }
    return best?.probe
  }

  /// Whether there is enough left to run models under a delivery.
  private mutating func canThink(of probe: BugModel.Probe, _ models: [Int]) -> Bool {
    let count = models.count { seen[Key(model: $0, probe: probe)] == nil }
    return delivery(probe).cost * count <= costLeft
  }

  private mutating func delivery(_ probe: BugModel.Probe) -> PreparedDelivery {
    if let known = prepared[probe] { return known }
    let delivery = PreparedDelivery(probe.session, probe.plan)
    prepared[probe] = delivery
    return delivery
  }

  private mutating func sighting(_ model: Int, _ probe: BugModel.Probe) -> Sighting {
    let key = Key(model: model, probe: probe)
    if let known = seen[key] { return known }
    costLeft -= delivery(probe).cost
    let sighting = models[model].sighting(delivery(probe))
    seen[key] = sighting
    return sighting
  }
}
