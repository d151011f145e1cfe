// The plans for a recording: a named set, or one plan by its line.

internal import Judging
internal import MockQwen
internal import Trials

/// The plans to run with a recording.
public struct RunPlans: Hashable, Sendable {
  /// A set by its name; nil for a single plan.
  private let named: PlanSet?
  private let line: Plan
  /// The seed of the random cuts of a set.
  public var seed: UInt64 = 1

  private init(set: PlanSet?, line: Plan = Plan()) {
    named = set
    self.line = line
  }

  /// Every named cut and framing once, and a few faults: about 60 plans.
  public static let quick = RunPlans(set: .quick)
  /// `quick`, faults at every kind of place, and every single cut of answers up to 8 KiB.
  public static let standard = RunPlans(set: .standard)
  /// `standard`, and every single cut and every fault at every byte, for bodies of any size.
  public static let exhaustive = RunPlans(set: .exhaustive)

  /// One plan, in the syntax of `replay run --plan` and of `RunFailure.plan`.
  ///
  /// - Parameter line: Such as `cuts=17,18 fault=reset@512`; `replay run --help` lists the words.
  /// - Throws: `ReplayError` with the word that was not understood.
  public static func line(_ line: String) throws -> RunPlans {
    RunPlans(set: nil, line: try asReplayError { try Plan(line) })
  }

  var plans: PlanChoice { named.map { .set($0) } ?? .one(line) }
}
