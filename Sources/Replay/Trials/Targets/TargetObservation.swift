// What one run through a target showed.

internal import Judging
internal import MockQwen
internal import Networks
internal import Stages

/// What the clients of a target have seen, and what is known of the delivery.
struct TargetObservation {
  /// What each client saw; one at least once the run is over.
  var clients: [Observation] = []
  /// Whether all bytes that a client got are those that the mock sent, the head included.
  var verbatim: [Bool] = []
  /// Cuts that the plan asks for, as far as the answer was still wanted.
  private(set) var cutsRequested = 0
  /// Cuts that are known to lie between two reads of the target, by client.
  var cutsAchieved: [Int: Int] = [:]
  /// Whether a pause stood in for the kernel's word.
  var usedPause = false
  /// How the target has ended, in words; nil when it runs.
  var crash: String?
  /// Whether it was told to end, as the plan says.
  var wasStopped = false
  /// What the target has asked of its own accord, and how often.
  var asides: [String: Int] = [:]
  /// The steps of the first client's answer, by the clock; empty where several ask.
  var moments: [Moment] = []
  /// Blocks that had to come in time, and those of them that were not waited for.
  var blocksDue = 0
  var blocksNotAwaited = 0

  // While the run goes on, by client.

  /// Up to which offset of the body progress was looked at.
  var progressDue: [Int: Int] = [:]
  /// When something became late, in microseconds.
  var lateSince: [Int: Int] = [:]

  var cutCount: Int { cutsAchieved.values.reduce(0, +) }

  /// The first client's.
  var seen: Observation { clients[0] }

  /// Counts the cuts that a client's delivery asks for.
  mutating func count(_ index: Int, _ client: TargetClient, answers: Int, _ isUnfinished: Bool) {
    let made = cutsAchieved[index, default: 0]
    // For the client the answer was over, or another one came: what is left has nothing to cut.
    let delivery = client.delivery
    let wasOver =
      client.ending == .left || client.ending == .complete && isUnfinished || wasStopped
      || delivery.request == .head || delivery.request == .options
      || delivery.firstStatus != nil && answers < 2
    let isTwice = client.delivery.request == .again || client.delivery.request == .pipelined
    let asked = max(client.delivery.fragmentEnds.count - 1, 0) * (isTwice ? max(answers, 1) : 1)
    cutsRequested += wasOver ? made : max(asked, made)
  }
}
