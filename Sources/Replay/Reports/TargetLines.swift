// What a report says of a target, beside what it says of every run: the level that it reaches, and the
// cuts that were asked for and made.

extension RunReport {
  /// The lines before the verdict; none without a target.
  func targetLines(_ console: Console) -> [String] {
    guard let target, let level else { return [] }
    let reached = console.paint("reaches: \(target.reachedText)", .bold)
    var lines = ["\(reached)  (compared: \(level.rawValue))", "cuts made: \(target.cutsText)"]
    if let first = target.firstUnproven { lines.append("first unproven: \(first.text)") }
    return lines
  }
}

extension RunReport.Part {
  /// The verdict on a recording, as short as a cell.
  var verdictText: String {
    if failureCount > 0 { return "\(failureCount) FAILED" }
    let unproven = target?.unprovenCount ?? 0
    return unproven > 0 ? "\(unproven) UNPROVEN" : "ok"
  }

  /// How the verdict is meant.
  var tone: Table.Tone {
    if failureCount > 0 { return .bad }
    return (target?.unprovenCount ?? 0) > 0 ? .warning : .good
  }
}

extension TargetFigures {
  /// The cells of the table's last columns.
  var cells: [String] { ["\(cutsAchieved)/\(cutsRequested)", reachedText] }

  fileprivate var reachedText: String { reached?.rawValue ?? "nothing" }

  fileprivate var cutsText: String {
    let text = "\(cutsAchieved) of \(cutsRequested) requested"
    if usedPause {
      return text + "; the kernel could not be asked everywhere, and a pause took its place"
    }
    return cutsRequested > 0 ? text + ", each seen by the kernel as a read of its own" : text
  }
}

extension UnprovenPlan {
  /// The plan and the reason, for a person.
  var text: String { "\(recording) under '\(plan)': \(reason)" }
}
