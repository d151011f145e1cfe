// What is known of a target's failures while plans are still being run: how often each kind was seen. So
// a failure is confirmed by another run first, and is not repeated a hundred times once it is confirmed.

internal import Judging
internal import MockQwen

/// The failures of a target by their signature: what broke, and under which circumstances.
struct PlanBeliefs {
  /// How often a failing plan is run at first; it is run more often when the results differ.
  static let runsMin = 3
  static let runsMax = 20
  /// After this many failures with one signature, the plans of its circumstances are only sampled.
  private static let believedMin = 3
  /// One in this many of them still runs.
  private static let sampleStep = 8

  private var failures: [String: Int] = [:]
  /// Plans that were late every time, without another fault.
  private var lateCount = 0
  private var believed: Set<String> = []
  private var passed: [String: Int] = [:]
  private var asked: [String: Int] = [:]

  /// Whether to skip a plan: plans with its circumstances have failed in the same way often enough.
  mutating func leavesOut(_ plan: Plan) -> Bool {
    let circumstances = KnownFailure.circumstances(of: plan)
    guard believed.contains(circumstances) else { return false }
    asked[circumstances, default: 0] += 1
    return asked[circumstances, default: 0] % Self.sampleStep != 0
  }

  /// Whether failures of this kind are confirmed under these circumstances.
  func knows(_ outcome: TargetOutcome, _ plan: Plan) -> Bool {
    if outcome.isOnlyLate, lateCount >= Self.believedMin { return true }
    return failures[signature(outcome, plan), default: 0] >= Self.believedMin
  }

  /// Records the final outcome of a plan. An intermittent kind is not sampled.
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
    // If others with the circumstances pass, only running them shows which fail.
    if failed >= Self.believedMin, passed[circumstances, default: 0] <= failed / 2 {
      believed.insert(circumstances)
    }
  }

  private func signature(_ outcome: TargetOutcome, _ plan: Plan) -> String {
    outcome.kinds + " under " + KnownFailure.circumstances(of: plan)
  }
}
