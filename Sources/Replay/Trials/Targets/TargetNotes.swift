// What a report tells of a run through a target besides its failures: what was tried again, what was left
// out, which requests the target made by itself, and how much time it adds.

internal import Judging
internal import MockQwen
internal import Terminal

/// Durations in microseconds, sorted.
package struct Delays: Hashable, Sendable {
  /// The durations in microseconds, rising.
  package private(set) var all: [Int] = []

  package init(_ all: [Int] = []) { self.all = all.sorted() }

  package var count: Int { all.count }
  /// The 50th percentile, in microseconds.
  package var median: Int { at(50) }
  /// The 99th percentile, in microseconds.
  package var high: Int { at(99) }

  private func at(_ percent: Int) -> Int {
    all.isEmpty ? 0 : all[min(all.count * percent / 100, all.count - 1)]
  }

  package static func + (left: Delays, right: Delays) -> Delays {
    right.count == 0 ? left : left.count == 0 ? right : Delays(left.all + right.all)
  }
}

/// How much a target adds to the time of a direct connection.
package struct AddedDelay: Hashable, Sendable {
  package var target: Delays
  package var direct: Delays

  /// In microseconds, 0 or more.
  package var median: Int { max(target.median - direct.median, 0) }
  /// In microseconds, 0 or more.
  package var high: Int { max(target.high - direct.median, 0) }
  /// Whether nearly every block takes about as long as any other.
  package var isSteady: Bool { high <= max(2 * median, median + 5_000) }

  /// For a person; nil when there are no measurements.
  package var text: String? {
    guard target.count > 0 else { return nil }
    return "\(milliseconds(median)) in the median, \(milliseconds(high)) at the 99th percentile, "
      + (isSteady ? "steady" : "not steady") + "; \(target.count) blocks, against "
      + "\(milliseconds(direct.median)) without it" + (cause.map { ". Usual cause: \($0)" } ?? "")
  }

  /// What usually causes such delays; nil when the pattern is not known.
  package var cause: String? {
    switch max(median, high > 150_000 ? high : 0) {
    case 36_000..<46_000, 195_000..<225_000:
      "Nagle's algorithm waits for a delayed acknowledgement: set TCP_NODELAY (haproxy: option "
        + "http-no-delay; nginx: tcp_nodelay on)"
    case 95_000..<106_000: "a flush timer of 100 ms (Go: FlushInterval -1; .NET: FlushAsync)"
    case 45_000..<56_000: "a flush timer of 50 ms"
    case 450_000...: "a buffer that waits to be full (nginx: proxy_buffering off)"
    default: nil
    }
  }
}

/// Events of a run that are not failures.
package struct TargetNotes: Hashable, Sendable {
  /// The target's own requests, and how often each came.
  package var asides: [String: Int] = [:]
  /// How often the target has died.
  package var crashCount = 0
  /// Plans that were run again over a fresh connection, because the target had answered by itself.
  package var retriedCount = 0
  /// Plans that were left out, because enough plans like them had failed in the same way.
  package var leftOutCount = 0
  /// Plans in which progress was not checked, because enough had been late.
  package var progressNotJudgedCount = 0
  /// Runs with a shorter timeout, because the same kind had hung before.
  package var hurriedCount = 0
  /// Blocks that had to come in time.
  package var blocksDue = 0
  /// How many of them were not waited for.
  package var blocksNotAwaited = 0
  /// How long blocks took from the mock through the target to the client.
  package var delays = Delays()
  /// How long they took without a target.
  package var directDelays = Delays()
  /// Intermittent plans, and how often they failed.
  package var intermittent: [IntermittentFailure] = []
  /// The results of sessions under load, by shape; empty without the plan set `load`.
  package var load: [LoadFigure] = []
  /// Why the run was ended before all plans were run; nil when they were.
  package var endedBecause: String?

  package init() {}

  package static func + (left: TargetNotes, right: TargetNotes) -> TargetNotes {
    var sum = left
    sum.asides.merge(right.asides, uniquingKeysWith: +)
    sum.crashCount += right.crashCount
    sum.retriedCount += right.retriedCount
    sum.leftOutCount += right.leftOutCount
    sum.progressNotJudgedCount += right.progressNotJudgedCount
    sum.hurriedCount += right.hurriedCount
    sum.blocksDue += right.blocksDue
    sum.blocksNotAwaited += right.blocksNotAwaited
    sum.delays = left.delays + right.delays
    sum.directDelays = left.directDelays + right.directDelays
    sum.intermittent += right.intermittent
    sum.load = .joined(left.load, right.load)
    sum.endedBecause = left.endedBecause ?? right.endedBecause
    return sum
  }

  package var addedDelay: AddedDelay { AddedDelay(target: delays, direct: directDelays) }

  /// The lines of a report; empty when there is nothing to report.
  package var lines: [String] {
    var lines: [String] = []
    if let text = addedDelay.text { lines.append("added delay: \(text)") }
    if blocksNotAwaited > 0 {
      lines.append(
        "progress: \(blocksDue - blocksNotAwaited) of \(blocksDue) blocks were waited for, as every "
          + "one takes as long")
    }
    if progressNotJudgedCount > 0 {
      lines.append(
        "progress was not looked at in \(progressNotJudgedCount) plans, as three had been late")
    }
    if !asides.isEmpty {
      let shown = asides.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(6)
        .map { "\(printable($0.key)) ×\($0.value)" }
      lines.append("asked by itself, and answered: " + shown.joined(separator: ", "))
    }
    if retriedCount > 0 {
      lines.append(
        "\(retriedCount) plans were run again over a fresh connection: the target answered by itself, "
          + "most often over a kept connection that the plan before had killed")
    }
    if leftOutCount > 0 {
      lines.append(
        "sampled: \(leftOutCount) plans were left out, as three like them had failed in the same way"
      )
    }
    if hurriedCount > 0 {
      lines.append(
        "a hang was waited for in full once of each kind; \(hurriedCount) further runs had less "
          + "patience")
    }
    lines += load.map(\.line)
    if crashCount > 0 { lines.append("crashed and was started again: \(crashCount) times") }
    if let endedBecause { lines.append("ended early: \(endedBecause)") }
    return lines
  }
}

/// Microseconds as milliseconds with one decimal.
private func milliseconds(_ microseconds: Int) -> String {
  "\(microseconds / 1_000).\(microseconds % 1_000 / 100) ms"
}
