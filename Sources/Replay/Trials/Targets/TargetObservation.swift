// The result of one run through a target.

internal import Judging
internal import MockQwen
internal import Networks
internal import Stages
internal import Wire

/// What the clients of a target have seen, and what is known of the delivery.
struct TargetObservation {
  /// What each client saw; at least one once the run is over.
  var clients: [Observation] = []
  /// For each client, whether it received exactly the bytes that the mock sent, the head included.
  var verbatim: [Bool] = []
  /// The cuts of the plan, as long as the answer was still needed.
  private(set) var cutsRequested = 0
  /// Cuts that are known to lie between two reads of the target, by client.
  var cutsAchieved: [Int: Int] = [:]
  /// Whether a pause was used because the kernel could not tell.
  var usedPause = false
  /// How the target has ended, in words; nil while it runs.
  var crash: String?
  /// Whether it was told to stop, by the plan.
  var wasStopped = false
  /// The target's own requests, and how often each came.
  var asides: [String: Int] = [:]
  /// The same for those that came before the run: while the target started, or behind the last run.
  var asidesBefore: [String: Int] = [:]
  /// What was wrong with what came to the upstream and is no request.
  var malformed: [WireError] = []
  /// The steps of the first client's answer, by the clock; empty when there are several clients.
  var moments: [Moment] = []
  /// Blocks that had to come in time, and how many of them were not waited for.
  var blocksDue = 0
  var blocksNotAwaited = 0

  // During the run, by client.

  /// The offset in the body up to which progress was checked.
  var progressDue: [Int: Int] = [:]
  /// When something became late, in microseconds.
  var lateSince: [Int: Int] = [:]

  var cutCount: Int { cutsAchieved.values.reduce(0, +) }

  /// What the first client saw.
  var seen: Observation { clients[0] }

  /// Counts the cuts of a client's delivery.
  mutating func count(_ index: Int, _ client: TargetClient, answers: Int, _ isUnfinished: Bool) {
    let made = cutsAchieved[index, default: 0]
    // The client's answer was over, or another one came: the rest has nothing to cut.
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
