// What is known of a target's failures while plans are still being run: how often each kind was seen, so
// that a failure is tried again before it is believed, and is not tried a hundred times once it is.

internal import Judging
internal import MockQwen

/// The failures of a target by their signature: what broke, and under which circumstances.
struct PlanBeliefs {
  /// A failing plan is run so often at once, and so often when the results differ.
  static let runsMin = 3
  static let runsMax = 20
  /// After so many failures of one signature the plans of its circumstances are sampled.
  private static let believedMin = 3
  /// Every so many-th of them is still run.
  private static let sampleStep = 8

  private var failures: [String: Int] = [:]
  /// Plans that were late every time, and nothing else.
  private var lateCount = 0
  private var believed: Set<String> = []
  private var passed: [String: Int] = [:]
  private var asked: [String: Int] = [:]

  /// Whether a plan is left out: plans like it have failed alike often enough, and none has passed
  /// since.
  mutating func leavesOut(_ plan: Plan) -> Bool {
    let circumstances = KnownFailure.circumstances(of: plan)
    guard believed.contains(circumstances) else { return false }
    asked[circumstances, default: 0] += 1
    return asked[circumstances, default: 0] % Self.sampleStep != 0
  }

  /// Whether failures of this kind have been believed under these circumstances.
  func knows(_ outcome: TargetOutcome, _ plan: Plan) -> Bool {
    if outcome.isOnlyLate, lateCount >= Self.believedMin { return true }
    return failures[signature(outcome, plan), default: 0] >= Self.believedMin
  }

  /// Notes what a plan has shown in the end. A kind that fails now and then is not sampled.
  mutating func note(_ outcome: TargetOutcome, _ plan: Plan) {
    let circumstances = KnownFailure.circumstances(of: plan)
    guard !outcome.violations.isEmpty else {
      passed[circumstances, default: 0] += 1
      return
    }
    guard !outcome.rate.isIntermittent else { return }
    if outcome.isOnlyLate { lateCount += 1 }
    let signature = signature(outcome, plan)
    failures[signature, default: 0] += 1
    let failed = failures[signature, default: 0]
    // Where others of the circumstances pass, only running them tells which fail.
    if failed >= Self.believedMin, passed[circumstances, default: 0] <= failed / 2 {
      believed.insert(circumstances)
    }
  }

  private func signature(_ outcome: TargetOutcome, _ plan: Plan) -> String {
    outcome.kinds + " under " + KnownFailure.circumstances(of: plan)
  }
}
