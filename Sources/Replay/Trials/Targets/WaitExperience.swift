// What a run has learned about waiting for a target. Each hang costs the whole timeout, each late block
// its limit, and each broken answer a moment in which the target may turn out to have died. What was seen
// a few times is waited for less, so that a run of many plans ends soon; its notes tell what was
// shortened. The experience is kept from recording to recording.

internal import Judging

/// What was waited for, by the circumstances of the plans.
struct WaitExperience {
  /// After this many late plans, only the first plan of each kind and a sample are waited for.
  private static let latePlansMax = 3
  private static let lateSampleStep = 32
  /// How many broken answers of one kind a target must survive before it is no longer watched after them.
  private static let survivalsMin = 2
  /// The divisor of the timeout for a hang that was seen before.
  private static let hurry = 10
  /// How long after its connections a dying target is gone, in milliseconds: at first, and under
  /// circumstances that it has survived.
  private static let deathTime = 100
  private static let deathTimeOfTrusted = 10

  /// How many runs in which an upstream connection outlived its client are waited for in full.
  private static let lingersMin = 2

  private var hung: Set<String> = []
  private var lingers = 0
  private var latePlanCount = 0
  private var survivals: [String: Int] = [:]
  private var met: Set<String> = []

  /// Whether a plan is the first of its kind.
  mutating func isFirst(_ circumstances: String) -> Bool { met.insert(circumstances).inserted }

  /// Whether to wait for a plan's blocks; `number` is that of the plan in its recording.
  func awaitsProgress(ofPlan number: Int, isFirst: Bool) -> Bool {
    latePlanCount < Self.latePlansMax || isFirst || number % Self.lateSampleStep == 0
  }

  /// Whether the same has hung before, so that the timeout is shorter.
  func isHurried(_ circumstances: String) -> Bool { hung.contains(circumstances) }

  /// How long to wait for a silent target, of `whole` milliseconds.
  func patience(_ circumstances: String, of whole: Int) -> Int {
    isHurried(circumstances) ? hurried(whole) : whole
  }

  /// Whether upstream connections have outlived their clients so often that the wait is shorter.
  var expectsLingering: Bool { lingers >= Self.lingersMin }

  /// How long an upstream connection may outlive its client, of `whole` milliseconds.
  func departureTime(of whole: Int) -> Int {
    expectsLingering ? hurried(whole) : whole
  }

  private func hurried(_ whole: Int) -> Int { max(whole / Self.hurry, 1) }

  /// How long to watch whether a target that has broken off an answer dies, in milliseconds.
  func deathTime(_ circumstances: String) -> Int {
    survivals[circumstances, default: 0] < Self.survivalsMin
      ? Self.deathTime : Self.deathTimeOfTrusted
  }

  /// Records the result of one run of a plan.
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

  /// Records that a plan was late, in the end.
  mutating func noteLatePlan(_ outcome: TargetOutcome) {
    if outcome.wasLate { latePlanCount += 1 }
  }
}

extension TargetOutcome {
  /// Whether an upstream connection has outlived its client.
  var hasLingered: Bool { observation.clients.contains { $0.upstreamsLeft > 0 } }
  /// Whether a block was waited for in vain, even if it came later or was lost.
  var wasLate: Bool { observation.clients.contains { $0.delay != nil } }
}
