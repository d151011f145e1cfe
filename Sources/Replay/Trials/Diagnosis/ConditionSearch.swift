// Under which conditions a defect shows: the one or two facts about deliveries that part the plans
// that failed from those that did not, and the fact under which it never shows.

internal import MockQwen

/// Failing and passing cases, to be parted.
struct ConditionSearch {
  let failing: [DiagnosisCase]
  let passing: [DiagnosisCase]

  /// So much of the failing cases a condition must hold in.
  private static let coverageMin = 0.9
  /// So much more often among failing than among passing cases what is said of them holds.
  private static let mostlyMin = 0.3
  /// So much better two conditions must be than one.
  private static let gainMin = 0.08

  /// The conditions that hold when it fails, at most two; empty when nothing parts the cases.
  func when() -> [Condition] {
    let singles = Condition.conditions.map { (conditions: [$0], value: value(of: [$0])) }
    guard
      let best = singles.max(by: {
        ($0.value, $1.conditions[0].rawValue) < ($1.value, $0.conditions[0].rawValue)
      }),
      best.value > 0.5
    else { return [] }
    let pairs = Condition.conditions.filter { $0 != best.conditions[0] }
      .map { (conditions: best.conditions + [$0], value: value(of: best.conditions + [$0])) }
    guard
      let pair = pairs.max(by: {
        ($0.value, $1.conditions[1].rawValue) < ($1.value, $0.conditions[1].rawValue)
      }),
      pair.value > best.value + Self.gainMin
    else { return best.conditions }
    return pair.conditions
  }

  /// The condition that parts the cases best, though not in nearly all of them; nil when none does.
  func mostly() -> Condition? {
    guard !passing.isEmpty else { return nil }
    return Condition.conditions
      .map { (condition: $0, value: share(failing, [$0]) - share(passing, [$0])) }
      .filter { $0.value >= Self.mostlyMin }
      .max { ($0.value, $1.condition.rawValue) < ($1.value, $0.condition.rawValue) }?.condition
  }

  /// The condition under which it never fails although `conditions` hold; nil when there is none.
  func not(_ conditions: [Condition]) -> Condition? {
    let held = passing.filter { holds(conditions, $0) }
    guard !held.isEmpty else { return nil }
    let candidates = Condition.conditions.filter { condition in
      !conditions.contains(condition) && !failing.contains { $0.conditions.contains(condition) }
    }
    let counted = candidates.map { condition in
      (condition: condition, count: held.count { $0.conditions.contains(condition) })
    }
    return counted.filter { $0.count * 2 >= held.count }
      .max { ($0.count, $1.condition.rawValue) < ($1.count, $0.condition.rawValue) }?.condition
  }

  /// How well conditions part the cases: 1 when they hold in all that fail and in none that passes, 0
  /// when they say nothing.
  private func value(of conditions: [Condition]) -> Double {
    let covered = share(failing, conditions)
    guard covered >= Self.coverageMin else { return 0 }
    return passing.isEmpty ? 0 : covered - share(passing, conditions)
  }

  private func share(_ cases: [DiagnosisCase], _ conditions: [Condition]) -> Double {
    guard !cases.isEmpty else { return 0 }
    return Double(cases.count { holds(conditions, $0) }) / Double(cases.count)
  }

  private func holds(_ conditions: [Condition], _ example: DiagnosisCase) -> Bool {
    conditions.allSatisfy(example.conditions.contains)
  }
}
