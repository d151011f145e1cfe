// Under which conditions a defect shows: the one or two facts about deliveries that part the plans
// that failed from those that did not, and the fact under which it never shows.

internal import MockQwen

/// Failing and passing cases, to be parted.
struct Conditions {
  let failing: [DiagnosisCase]
  let passing: [DiagnosisCase]

  /// So much of the failing cases a condition must hold in.
  private static let coverageMin = 0.9
  /// So much better two conditions must be than one.
  private static let gainMin = 0.08

  /// The conditions that hold when it fails, at most two; empty when nothing parts the cases.
  func when() -> [Trait] {
    let singles = Trait.conditions.map { (traits: [$0], value: value(of: [$0])) }
    guard
      let best = singles.max(by: {
        ($0.value, $1.traits[0].rawValue) < ($1.value, $0.traits[0].rawValue)
      }),
      best.value > 0.5
    else { return [] }
    let pairs = Trait.conditions.filter { $0 != best.traits[0] }
      .map { (traits: best.traits + [$0], value: value(of: best.traits + [$0])) }
    guard
      let pair = pairs.max(by: {
        ($0.value, $1.traits[1].rawValue) < ($1.value, $0.traits[1].rawValue)
      }),
      pair.value > best.value + Self.gainMin
    else { return best.traits }
    return pair.traits
  }

  /// The condition under which it never fails although `conditions` hold; nil when there is none.
  func not(_ conditions: [Trait]) -> Trait? {
    let held = passing.filter { holds(conditions, $0) }
    guard !held.isEmpty else { return nil }
    let candidates = Trait.conditions.filter { trait in
      !conditions.contains(trait) && !failing.contains { $0.traits.contains(trait) }
    }
    let counted = candidates.map { trait in
      (trait: trait, count: held.count { $0.traits.contains(trait) })
    }
    return counted.filter { $0.count * 2 >= held.count }
      .max { ($0.count, $1.trait.rawValue) < ($1.count, $0.trait.rawValue) }?.trait
  }

  /// How well conditions part the cases: 1 when they hold in all that fail and in none that passes, 0
  /// when they say nothing.
  private func value(of traits: [Trait]) -> Double {
    let covered = share(failing, traits)
    guard covered >= Self.coverageMin else { return 0 }
    return passing.isEmpty ? 0 : covered - share(passing, traits)
  }

  private func share(_ cases: [DiagnosisCase], _ traits: [Trait]) -> Double {
    guard !cases.isEmpty else { return 0 }
    return Double(cases.count { holds(traits, $0) }) / Double(cases.count)
  }

  private func holds(_ traits: [Trait], _ example: DiagnosisCase) -> Bool {
    traits.allSatisfy(example.traits.contains)
  }
}
