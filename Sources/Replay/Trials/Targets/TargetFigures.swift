// The results of a run through a target besides failures: how much of the stream the target keeps, and
// whether the cuts of the plans were really made. A plan whose cuts were not made has proven nothing,
// whatever its result.

package import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Wire

/// The results of a target for one recording.
package struct TargetFigures: Hashable, Sendable {
  /// The highest level that held under every plan; nil when none did.
  package var reached: CompareLevel? = .bytes
  package var cutsRequested = 0
  /// Cuts that lay between two reads of the target, according to the kernel.
  package var cutsAchieved = 0
  /// Plans in which nothing failed but which prove nothing, because not all their cuts were made.
  package var unprovenCount = 0
  /// The first of these plans, and why.
  package var firstUnproven: UnprovenPlan?
  /// Whether a pause was used because the kernel could not tell.
  package var usedPause = false
  /// Plans that failed only in known ways.
  package var knownCount = 0
  /// How often each check was broken under these, with the name of what happened.
  package var knownBreaches: [String: Int] = [:]
  /// In how many plans each kind of failure was seen, known or not.
  package var ways: [KnownFailure: Int] = [:]
  /// The results for each bug class that the plans exercised, by its number.
  package var classes: [Int: ClassFigures] = [:]

  /// Under how many plans each level held; nil is for those under which none did.
  package var reachCounts: [CompareLevel?: Int] = [:]
  /// Under how many plans each check broke.
  package var checkCounts: [Check: Int] = [:]
  /// Events that are not failures.
  package var notes = TargetNotes()

  package init() {}

  /// The sum of both.
  package static func + (left: TargetFigures, right: TargetFigures) -> TargetFigures {
    var sum = left
    sum.reached = lower(left.reached, right.reached)
    sum.reachCounts.merge(right.reachCounts, uniquingKeysWith: +)
    sum.checkCounts.merge(right.checkCounts, uniquingKeysWith: +)
    sum.notes = left.notes + right.notes
    sum.cutsRequested += right.cutsRequested
    sum.cutsAchieved += right.cutsAchieved
    sum.unprovenCount += right.unprovenCount
    sum.firstUnproven = left.firstUnproven ?? right.firstUnproven
    sum.usedPause = left.usedPause || right.usedPause
    sum.knownCount += right.knownCount
    sum.knownBreaches.merge(right.knownBreaches, uniquingKeysWith: +)
    sum.ways.merge(right.ways, uniquingKeysWith: +)
    sum.classes.merge(right.classes, uniquingKeysWith: +)
    return sum
  }

  /// The lower of two levels; nil is below all.
  static func lower(_ left: CompareLevel?, _ right: CompareLevel?) -> CompareLevel? {
    guard let left, let right else { return nil }
    return min(left, right)
  }
}

/// The results of the plans that exercise a bug class.
package struct ClassFigures: Hashable, Sendable {
  /// Plans that exercised the class and were judged.
  package var planCount = 0
  /// Those in which a check broke that notices the class.
  package var brokenCount = 0
  /// Those of them that failed in a way that is not known.
  package var failedCount = 0

  static func + (left: ClassFigures, right: ClassFigures) -> ClassFigures {
    ClassFigures(
      planCount: left.planCount + right.planCount,
      brokenCount: left.brokenCount + right.brokenCount,
      failedCount: left.failedCount + right.failedCount)
  }
}

/// A plan that was not carried out exactly.
package struct UnprovenPlan: Hashable, Sendable {
  package var recording: String
  package var plan: String
  package var reason: String
}

/// How a run ended.
package enum Verdict: String, Hashable, Sendable {
  case passed = "PASSED"
  case failed = "FAILED"
  /// Nothing failed, but not all plans were carried out exactly.
  case unproven = "UNPROVEN"
  /// Nothing had failed when the user interrupted the run.
  case interrupted = "INTERRUPTED"
}
