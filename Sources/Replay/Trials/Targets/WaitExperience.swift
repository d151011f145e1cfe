// What a run has learned of waiting for a target. Each hang costs the whole patience, each late block
// its bound, and each answer that is broken off a moment in which the target may turn out to have
// died. What was seen a few times over is waited for less: a run of many plans ends soon, and its
// notes say what was shortened. The experience goes from recording to recording.

internal import Judging

/// What has been waited for, by the circumstances of the plans.
struct WaitExperience {
  /// Late plans that are believed; behind them the first plan of each kind is waited for, and a sample.
  private static let latePlansMax = 3
  private static let lateSampleStep = 32
  /// Broken answers of one kind that the target has lived through before it is trusted with them.
  private static let survivalsMin = 2
  /// The part of the patience with a hang that was seen before.
  private static let hurry = 10
  /// How long after its connections a target that dies is gone, in milliseconds: at first, and under
  /// circumstances that it has lived through.
  private static let deathTime = 100
  private static let deathTimeOfTrusted = 10

  /// Runs in which an upstream connection outlived its client that are waited for in full.
  private static let lingersMin = 2

  private var hung: Set<String> = []
  private var lingers = 0
  private var latePlanCount = 0
  private var survivals: [String: Int] = [:]
  private var met: Set<String> = []

  /// Whether a plan is the first of its kind.
  mutating func isFirst(_ circumstances: String) -> Bool { met.insert(circumstances).inserted }

  /// Whether a plan's blocks are waited for; `number` is that of the plan in its recording.
  func awaitsProgress(ofPlan number: Int, isFirst: Bool) -> Bool {
    latePlanCount < Self.latePlansMax || isFirst || number % Self.lateSampleStep == 0
  }

  /// Whether the same has hung before, so that less patience is had with it.
  func isHurried(_ circumstances: String) -> Bool { hung.contains(circumstances) }

  /// How long a silent target is waited for, of `whole` milliseconds.
  func patience(_ circumstances: String, of whole: Int) -> Int {
    isHurried(circumstances) ? hurried(whole) : whole
  }

  /// Whether upstream connections have outlived their clients so often that less patience is had.
  var expectsLingering: Bool { lingers >= Self.lingersMin }

  /// How long an upstream connection may outlive its client, of `whole` milliseconds.
  func departureTime(of whole: Int) -> Int {
    expectsLingering ? hurried(whole) : whole
  }

  private func hurried(_ whole: Int) -> Int { max(whole / Self.hurry, 1) }

  /// How long a target that has broken off an answer is watched for its death, in milliseconds.
  func deathTime(_ circumstances: String) -> Int {
    survivals[circumstances, default: 0] < Self.survivalsMin
      ? Self.deathTime : Self.deathTimeOfTrusted
  }

  /// Notes what one run of a plan has shown.
  mutating func note(_ outcome: TargetOutcome, _ circumstances: String) {
    if outcome.hasHung { hung.insert(circumstances) }
    if outcome.hasLingered { lingers += 1 }
    let isBroken = outcome.observation.clients.contains { $0.ending != .complete }
    if outcome.observation.crash != nil {
      survivals[circumstances] = nil
    } else if isBroken {
      survivals[circumstances, default: 0] += 1
    }
  }

  /// Notes that a plan was late, in the end.
  mutating func noteLatePlan(_ outcome: TargetOutcome) {
    if outcome.wasLate { latePlanCount += 1 }
  }
}

extension TargetOutcome {
  /// Whether an upstream connection has outlived its client.
  var hasLingered: Bool { observation.clients.contains { $0.upstreamsLeft > 0 } }
  /// Whether a block was waited for in vain, whether it came later or was lost.
  var wasLate: Bool { observation.clients.contains { $0.delay != nil } }
}
