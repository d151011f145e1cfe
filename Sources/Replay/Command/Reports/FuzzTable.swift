// The report of a fuzz run for a person: what was exercised and what never was, each failure with the
// command that runs it again, and the verdict last.

internal import Canaries
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

extension FuzzReport {
  /// The whole text.
  func text(_ console: Console) -> String {
    (coverageLines + failures.flatMap { failureLines($0, console) } + ["", summary(console)])
      .joined(separator: "\n")
  }

  private var coverageLines: [String] {
    ["coverage"]
      + Coverage().tables.flatMap { table in
        lines(of: table, counts: coverage[table.title] ?? [:])
      }
  }

  /// What a table has reached and what it never has; for impossible entries the reason.
  private func lines(of table: Coverage.Table, counts: [String: Int]) -> [String] {
    let reached = table.names.filter { counts[$0, default: 0] > 0 }
    let impossible = Set(table.impossible.flatMap(\.names)).subtracting(reached)
    let never = table.names.filter { counts[$0, default: 0] == 0 && !impossible.contains($0) }
    let possible = table.names.count - impossible.count
    let shown = reached.map { "\($0) \(counts[$0, default: 0])" }
    let reasons = table.impossible.flatMap {
      ["    impossible, as \($0.reason):"] + wrapped($0.names)
    }
    return ["  \(table.title): \(reached.count) of \(possible)"] + wrapped(shown)
      + (never.isEmpty ? [] : ["    never:"] + wrapped(never)) + reasons
  }

  /// Words with commas between them, on lines of at most 100 characters.
  private func wrapped(_ words: [String]) -> [String] {
    var lines: [String] = []
    for word in words {
      if let last = lines.last, last.count + word.count < 97 {
        lines[lines.count - 1] = "\(last), \(word)"
      } else {
        lines.append("    " + word)
      }
    }
    return lines
  }

  private func failureLines(_ failure: Failure, _ console: Console) -> [String] {
    [
      "",
      "\(console.paint("FAILED", .red)) case \(failure.number): \(failure.check) \(failure.name)",
      "  \(failure.detail)",
      "  drawn:  \(failure.drawnPlan)  (\(failure.drawnBytes) bytes)",
      "  shrunk: \(failure.plan)  (\(failure.bytes) bytes, \(failure.events) events, stage "
        + "\(failure.stage.rawValue), \(failure.runs) runs)",
      "", "  Reproduce with:", "    \(CrashFile.command(failure.file))",
    ]
  }

  private var subject: String {
    target.map { "target " + $0.words.map(quoted).joined(separator: " ") } ?? "core \(core)"
  }

  /// What was proven through a target; empty for a core.
  private var targetLines: [String] {
    guard let target else { return [] }
    let cuts = "cuts made: \(target.cutsAchieved) of \(target.cutsRequested) requested"
    guard let first = target.firstUnproven else { return [cuts] }
    return [cuts, "UNPROVEN: \(target.unprovenCount) cases; first: \(first)"]
  }

  private func summary(_ console: Console) -> String {
    let verdict =
      if failureCount > 0 {
        console.paint("FAILED", .red) + "  \(failureCount) of \(caseCount) cases"
      } else if interrupted == true {
        console.paint("INTERRUPTED", .yellow) + "  nothing failed by then"
      } else if (target?.unprovenCount ?? 0) > 0 {
        console.paint("UNPROVEN", .yellow) + "  nothing failed, but not all cuts were made"
      } else {
        console.paint("PASSED", .green) + "  nothing lost"
      }
    let place = target == nil ? "\(socketsCaseCount) of them on sockets too, " : ""
    let part = shards.isEmpty ? "" : ", shard " + shards.joined(separator: ", ")
    return
      ([
        "\(verdict): \(counted(caseCount, "case")) below number \(casesBelow)\(part), "
          + "\(place)\(eventCount) events",
        "\(subject); seed \(seed); drawn from \(counted(sources.count, "recording"))",
        "bug classes exercised: \(bugClasses.count) of \(BugClass.all.count)",
      ] + targetLines + (breaches.isEmpty ? [] : [breachText(breaches)])).joined(separator: "\n")
  }
}
