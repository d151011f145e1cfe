// What a diagnosis works on: the plans of a run, failed or not, that differ in what they showed or in
// what they exercised. A run has thousands of plans and mostly a few dozen such cases, so that the
// table stays small however long the run is.

package import Judging
package import MockQwen

/// One plan of a run, and what it showed.
package struct DiagnosisCase: Hashable, Sendable {
  package var session: Session
  package var plan: Plan
  package var sighting: Sighting
  /// What the delivery exercised.
  var conditions: ConditionSet
  /// How many plans of the run showed the same under the same conditions.
  package var count = 1
  /// The breaches as they were first seen.
  package var violations: [Violation]
  /// The bytes around the first difference; nil where there is none.
  package var evidence: Evidence?
  /// What became of the blocks, where a case was looked at by itself.
  package var strip: Strip?
  /// How often it has failed of how many runs, where it was run more than once.
  package var rate = Rate()
}

/// The cases of one recording.
package struct CaseTable: Hashable, Sendable {
  /// More kinds of failing cases than this are counted, and not kept; of passing ones half as many.
  private static let kindsMax = 256

  /// What cases have in common that are counted as one.
  private struct Kind: Hashable {
    var symptoms: Set<String>
    var conditions: ConditionSet
  }

  private struct Entry: Hashable {
    var plan: Plan
    var sighting: Sighting
    var conditions: ConditionSet
    var violations: [Violation]
    var evidence: Evidence?
    var rate: Rate
    var fragments: Int
    var count = 1
  }

  private var entries: [Kind: Entry] = [:]
  /// How many failing plans are not kept because there were too many kinds.
  package private(set) var uncounted = 0

  package init() {}

  /// Notes a plan; of those that are alike the one with the fewest fragments is kept. Without a
  /// sighting it is one that passed.
  mutating func note(
    _ plan: Plan, _ delivery: Delivery, _ conditions: ConditionSet,
    _ sighting: Sighting = Sighting(),
    _ violations: [Violation] = [], rate: Rate = Rate(),
    _ evidence: @autoclosure () -> Evidence? = nil
  ) {
    let kind = Kind(symptoms: sighting.symptoms, conditions: conditions)
    let fragments = delivery.fragmentEnds.count
    guard let index = entries.index(forKey: kind) else {
      let limit = sighting.isFailure ? Self.kindsMax * 3 / 2 : Self.kindsMax / 2
      guard entries.count < limit else {
        if sighting.isFailure { uncounted += 1 }
        return
      }
      entries[kind] = Entry(
        plan: plan, sighting: sighting, conditions: conditions, violations: violations,
        evidence: evidence(), rate: rate, fragments: fragments)
      return
    }
    entries.values[index].count += 1
    guard fragments < entries.values[index].fragments else { return }
    let count = entries.values[index].count
    entries.values[index] = Entry(
      plan: plan, sighting: sighting, conditions: conditions, violations: violations,
      evidence: evidence(), rate: rate, fragments: fragments, count: count)
  }

  package mutating func formUnion(_ other: CaseTable) {
    for (kind, entry) in other.entries {
      guard var own = entries[kind] else {
        if entries.count < Self.kindsMax { entries[kind] = entry }
        continue
      }
      let count = own.count + entry.count
      if entry.fragments < own.fragments { own = entry }
      own.count = count
      entries[kind] = own
    }
    uncounted += other.uncounted
  }

  /// The cases, those that stand for most plans first.
  package func cases(of session: Session) -> [DiagnosisCase] {
    entries.values.map { (words: $0.plan.description, entry: $0) }
      .sorted {
        ($1.entry.count, $0.entry.fragments, $0.words)
          < ($0.entry.count, $1.entry.fragments, $1.words)
      }
      .map { _, entry in
        DiagnosisCase(
          session: session, plan: entry.plan, sighting: entry.sighting,
          conditions: entry.conditions, count: entry.count, violations: entry.violations,
          evidence: entry.evidence, rate: entry.rate)
      }
  }
}

extension DiagnosisCase {
  /// Whether the delivery exercised a class.
  package func exercises(_ bugClass: BugClass) -> Bool { conditions.classes.contains(bugClass) }

  /// Whether a check broke that is named for a class.
  package func breaks(_ bugClass: BugClass) -> Bool {
    violations.contains { bugClass.checks.contains($0.check) }
  }
}
