// The cases that all models are run under. A run has hundreds of cases and there are more than a hundred
// models, so that a sample must do: of each kind of failure some, as many that passed, and the cheap
// ones first, for a delivery in single bytes costs a hundred times what one in events costs.

internal import MockQwen

/// A part of the cases of a run.
struct CaseSample {
  /// Failing cases that the models are run under, and as many passing ones.
  private static let casesMax = 28
  /// What the models may be run under in all, in the units of `PreparedDelivery.cost`: the bound of a
  /// diagnosis's time. All models are run under a part of it.
  static let costMax = 40_000
  private static let firstPart = 4
  /// Sessions with longer bodies, in bytes, are left out while there are others.
  private static let bodyMax = 16 * 1024

  /// The sample: failing cases first.
  let cases: [DiagnosisCase]
  private let costMax: Int

  /// The first failing cases, at most `count`, that cost little together; one at least.
  func first(_ count: Int, of cases: [DiagnosisCase]) -> [DiagnosisCase] {
    var taken: [DiagnosisCase] = []
    var sum = 0
    for example in cases where example.sighting.isFailure && taken.count < count {
      let cost = PreparedDelivery.cost(example.session, example.plan)
      guard taken.isEmpty || sum + cost <= costMax / Self.firstPart else { continue }
      taken.append(example)
      sum += cost
    }
    return taken
  }

  init(_ all: [DiagnosisCase], costMax: Int = costMax) {
    self.costMax = costMax
    let short = all.filter { $0.session.body.count <= Self.bodyMax }
    let usable = short.contains(where: \.sighting.isFailure) ? short : all
    let costs = Dictionary(
      usable.map { (Key($0), PreparedDelivery.cost($0.session, $0.plan)) },
      uniquingKeysWith: { first, _ in first })
    let sorted = usable.map { (cost: costs[Key($0)] ?? 0, words: "\($0.plan)", example: $0) }
      .sorted {
        ($0.cost, $0.example.session.name, $0.words)
          < ($1.cost, $1.example.session.name, $1.words)
      }
      .map(\.example)
    let failing = sorted.filter(\.sighting.isFailure)
    let passing = sorted.filter { !$0.sighting.isFailure }
    let byKind = Dictionary(grouping: failing, by: \.sighting.symptoms).values
      .sorted { Self.order($0).lexicographicallyPrecedes(Self.order($1)) }
    let byFeature = Dictionary(grouping: passing, by: \.conditions).values
      .sorted { Self.order($0).lexicographicallyPrecedes(Self.order($1)) }
    cases =
      Self.inTurn(byKind, costs, costMax / 2) + Self.inTurn(byFeature, costs, costMax / 2)
  }

  private struct Key: Hashable {
    let name: String
    let plan: Plan

    init(_ example: DiagnosisCase) { (name, plan) = (example.session.name, example.plan) }
  }

  /// The groups that stand for most plans come first.
  private static func order(_ group: [DiagnosisCase]) -> [String] {
    let count = group.reduce(0) { $0 + $1.count }
    return [String(1 << 40 - min(count, 1 << 30)), group[0].session.name, "\(group[0].plan)"]
  }

  /// Of each group one, then of each another, as long as there is room.
  private static func inTurn(
    _ groups: [[DiagnosisCase]], _ costs: [Key: Int], _ costMax: Int
  ) -> [DiagnosisCase] {
    var taken: [DiagnosisCase] = []
    var sum = 0
    var depth = 0
    while taken.count < casesMax, groups.contains(where: { depth < $0.count }) {
      for group in groups where depth < group.count && taken.count < casesMax {
        let cost = costs[Key(group[depth])] ?? 0
        // One at least: without a failing case there is nothing to explain.
        guard taken.isEmpty || sum + cost <= costMax else { continue }
        taken.append(group[depth])
        sum += cost
      }
      depth += 1
    }
    return taken
  }
}
