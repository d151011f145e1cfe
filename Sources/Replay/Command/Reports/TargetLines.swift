// What a report adds for a target: the level that it reaches, and the cuts that were requested and
// achieved.

internal import Canaries
internal import Judging
internal import MockQwen
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

extension RunReport {
  /// The lines before the verdict; none without a target.
  func targetLines(_ console: Console, isVerbose: Bool = false) -> [String] {
    guard let target, let level else { return [] }
    let reached = console.paint("reaches: \(target.reachedText)", .bold)
    var lines = target.notes.intermittent.lines(planCount: planCount).map {
      console.paint("INTERMITTENT", .yellow) + "  \($0)"
    }
    lines += ["\(reached)  (compared: \(level.rawValue))", "cuts made: \(target.cutsText)"]
    if let first = target.firstUnproven { lines.append("first unproven: \(first.text)") }
    return lines + target.notes.lines + knownLines(target, console)
      + gatewayLines(isVerbose: isVerbose)
  }

  /// What a gateway may do: all of it if `isVerbose`, else what it may do beyond the default.
  private func gatewayLines(isVerbose: Bool) -> [String] {
    let usual = Policy().gatewayLines
    let lines = policy.gatewayLines.filter { isVerbose || !usual.contains($0) }
    return lines.isEmpty ? [] : ["what a gateway may do:"] + lines.map { "  " + $0 }
  }
}

extension RunReport {
  /// The known failures that occurred, and those in the list that did not.
  private func knownLines(_ target: TargetFigures, _ console: Console) -> [String] {
    var lines: [String] = []
    if target.knownCount > 0 {
      lines.append(
        "known failures: \(target.knownCount) of \(counted(planCount, "plan")) failed as listed: "
          + breachText(target.knownBreaches))
    }
    guard !unexpectedPasses.isEmpty else { return lines }
    let shown = unexpectedPasses.prefix(Self.passesShown).map { pass in
      "\(console.paint("UNEXPECTED PASS", .red)) \(pass.text)"
    }
    let more = unexpectedPasses.count - shown.count
    return lines + shown + (more > 0 ? ["and \(more) more unexpected passes"] : [])
      + ["these are listed as known, but did not happen: rewrite the list with --record-known"]
  }

  /// How many unexpected passes are named.
  private static let passesShown = 8
}

/// Breaches and how often each was seen, the most frequent first.
func breachText(_ breaches: [String: Int]) -> String {
  breaches.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) ×\($0.value)" }
    .joined(separator: ", ")
}

extension RunReport.Part {
  /// The verdict on a recording, as short as a cell.
  var verdictText: String {
    if failureCount > 0 { return "\(failureCount) FAILED" }
    let unproven =
      (target?.unprovenCount ?? 0) + stages.count { $0.unproven != nil }
    if unproven > 0 { return "\(unproven) UNPROVEN" }
    if stages.contains(where: \.isInterrupted) { return "interrupted" }
    let known = target?.knownCount ?? 0
    return known > 0 ? "\(known) known" : "ok"
  }

  /// The tone of the verdict.
  var tone: Table.Tone {
    if failureCount > 0 { return .bad }
    if stages.contains(where: \.isInterrupted) { return .warning }
    let isDoubtful =
      target.map { $0.unprovenCount + $0.knownCount > 0 } ?? stages.contains { $0.unproven != nil }
    return isDoubtful ? .warning : .good
  }
}

extension TargetFigures {
  /// The cells of the table's last columns.
  var cells: [String] { ["\(cutsAchieved)/\(cutsRequested)", reachedText] }

  /// The level that held under all plans; otherwise each level with the number of plans under which it is
  /// the highest that held.
  var reachedText: String {
    let levels: [CompareLevel?] = [.bytes, .events, .content, nil]
    let counts = levels.compactMap { level in reachCounts[level].map { (level, $0) } }
    let all = counts.reduce(0) { $0 + $1.1 }
    guard counts.count > 1 else { return reached?.rawValue ?? "nothing" }
    return counts.enumerated().map { place, count in
      "\(count.0?.rawValue ?? "nothing") in \(count.1)"
        + (place == 0 ? " of \(counted(all, "plan"))" : "")
    }.joined(separator: ", ")
  }

  fileprivate var cutsText: String {
    let text = "\(cutsAchieved) of \(cutsRequested) requested"
    if usedPause {
      return text + "; the kernel could not be asked everywhere, and a pause took its place"
    }
    return cutsRequested > 0 ? text + ", each confirmed by the kernel as a separate read" : text
  }
}

extension UnprovenPlan {
  /// The plan and the reason, for a person.
  var text: String { "\(recording) under '\(plan)': \(reason)" }
}
