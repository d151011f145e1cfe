// The table that a run prints, and the blocks about failures: for a tired person at night, what happened,
// where, and what to do next.

internal import Canaries
internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

extension RunReport {
  /// The table: a line for each recording, and what was run in all.
  func table(_ console: Console) -> String { resultTable.text(console) }

  /// The table for every format of the report.
  var resultTable: Table {
    let more = level == nil ? [] : ["cuts made", "reaches"]
    var table = Table(header: ["recording", "bytes", "events", "plans", "verdict", "time"] + more)
    table.leftColumns = [0, 4]
    table.rows = parts.map { part in
      let cells = [
        part.name, String(part.byteCount), String(part.eventCount), String(part.planCount),
        part.verdictText, timeText(part.seconds),
      ]
      return (cells + (part.target?.cells ?? [])).enumerated().map {
        Table.Cell($1, $0 == 4 ? part.tone : .plain)
      }
    }
    return table
  }

  /// The last lines: the verdict, and how much was run.
  func summary(_ console: Console, isVerbose: Bool = false) -> String {
    let cuts = parts.flatMap(\.stages)
    let sampled = parts.filter { part in
      part.stages.contains { $0.singleCutsTried > 0 && $0.singleCutsTried < $0.singleCutsInAll }
    }
    let tried = cuts.reduce(0) { $0 + $1.singleCutsTried }
    var lines = targetLines(console, isVerbose: isVerbose)
    // For a target, the lines about its level tell this.
    if target == nil, let first = firstUnproven { lines.append("nothing was tried: \(first.text)") }
    lines += policyLines(isVerbose: isVerbose)
    lines += [
      "\(verdictText(console)): \(counted(parts.count, "recording")), "
        + "\(counted(eventCount, "event")), \(counted(planCount, "plan")) on "
        + stages.map(\.rawValue).joined(separator: " and ") + " in \(timeText(seconds))",
      "subject \(subject); plans \(plans); seed \(seed)",
    ]
    // After an interruption it is not known which of them were run.
    if tried > 0, !isInterrupted {
      let everywhere = parts.count - sampled.count
      let longer =
        sampled.count > 3
        ? "\(sampled.count) longer ones" : sampled.map(\.sampleText).joined(separator: ", ")
      lines.append(
        "single cuts: every one of \(counted(everywhere, "recording"))"
          + (sampled.isEmpty ? "" : "; a spread sample of \(longer)") + "; \(tried) in all")
    }
    lines.append(classes.line)
    return lines.joined(separator: "\n")
  }

  private func verdictText(_ console: Console) -> String {
    switch verdict {
    case .interrupted: console.paint("INTERRUPTED", .yellow) + "  nothing failed by then"
    case .passed where (target?.knownCount ?? 0) > 0:
      console.paint("PASSED", .green) + "  only known failures"
    case .passed: console.paint("PASSED", .green) + "  nothing lost"
    case .failed where failureCount == 0:
      console.paint("FAILED", .red)
        + "  \(counted(unexpectedPasses.count, "unexpected pass", "unexpected passes"))"
    case .failed:
      console.paint("FAILED", .red) + "  \(failureCount) of \(counted(planCount, "plan"))"
        + rareText
    case .unproven:
      console.paint("UNPROVEN", .yellow)
        + "  \(unprovenCount) of \(counted(planCount, "plan")) not carried out as planned"
    }
  }

  /// How many of the failures are under rare conditions; empty when none is.
  private var rareText: String {
    let rare = rareFailures.values.reduce(0, +)
    guard rare > 0 else { return "" }
    let names = rareFailures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    return ", \(rare == failureCount ? "all" : "\(rare)") under what is rare from a model's "
      + "upstream (\(names.prefix(3).joined(separator: ", ")))"
  }

  /// A block for each recording that failed.
  ///
  /// Without `isVerbose` only the failure with the fewest cuts is described in full.
  func failureBlocks(
    _ console: Console, isVerbose: Bool = true, command: (Part, FailedPlan) -> String
  ) -> [String] {
    let failed = parts.filter { !$0.failures.isEmpty }
    guard !isVerbose, failed.count > 1 else {
      return failed.compactMap { block($0, console, command: command) }
    }
    let told = failed.min {
      ($0.smallest?.strip?.cutCount ?? .max) < ($1.smallest?.strip?.cutCount ?? .max)
    }
    let others = failed.filter { $0.path != told?.path }.map { part in
      "\(console.paint("FAILED", .red)) \(part.path): \(counted(part.failureCount, "plan")), "
        + "fewest cuts: \(part.smallest?.plan ?? "")"
    }
    let shown = others.prefix(Self.othersShown)
    let more =
      others.count > shown.count
      ? ["and \(counted(others.count - shown.count, "more recording")) failed"] : []
    let list = (shown + more + ["--verbose tells each in full"]).joined(separator: "\n")
    return [told.flatMap { block($0, console, command: command) }, list].compactMap { $0 }
  }

  /// How many failed recordings are listed besides that one.
  private static let othersShown = 12

  private func block(
    _ part: Part, _ console: Console, command: (Part, FailedPlan) -> String
  ) -> String? {
    guard let failure = part.smallest ?? part.failures.first else { return nil }
    return
      (["\(console.paint("FAILED", .red)) \(part.path): \(counted(part.failureCount, "plan"))"]
      + [
        "  \(breachText(part.breaches))", "",
        "  fewest cuts: \(failure.plan)  (\(failure.stageText))",
      ]
      + failure.violations.prefix(8).map(violationText)
      + (failure.violations.count > 8
        ? ["    and \(failure.violations.count - 8) more violations"] : [])
      + (failure.evidence.map { $0.lines(console) } ?? [])
      + ["", "  Reproduce with:", "    \(command(part, failure))"]).joined(separator: "\n")
  }

  /// The rules that decided something; all of them if `isVerbose`.
  private func policyLines(isVerbose: Bool) -> [String] {
    guard target == nil else { return [] }
    let lines = isVerbose ? policy.lines : decidingPolicyLines
    return lines.isEmpty ? [] : ["expected where there is a choice:"] + lines.map { "  " + $0 }
  }

  /// The rules of the checks that broke, and those that differ from the default.
  private var decidingPolicyLines: [String] {
    let broken = Set(
      parts.flatMap { $0.breaches.keys.compactMap { $0.split(separator: " ").first } })
    let checks: [Set<Substring>] = [
      ["cancel"], ["headtime"], ["posts"], ["liveness"], ["liveness"], ["memory"],
    ]
    let usual = Policy().lines
    return zip(policy.lines, zip(usual, checks)).filter { line, rule in
      line != rule.0 || !broken.isDisjoint(with: rule.1)
    }.map(\.0)
  }

  /// All rules of the run.
  var allPolicyText: String {
    (policy.lines + (target == nil ? [] : policy.gatewayLines)).joined(separator: "\n")
  }

  private func violationText(_ violation: Violation) -> String {
    "    \(violation.check.rawValue)  \(violation.name): \(violation.detail)"
  }
}

extension FailedPlan {
  /// Where it failed, and how often if it was run more than once.
  fileprivate var stageText: String {
    rate.runs > 1 ? "\(stage), failed in \(rate)" : "\(stage)"
  }
}

extension RunReport.Part {
  fileprivate var sampleText: String {
    let stage = stages.first { $0.singleCutsTried < $0.singleCutsInAll }
    return "\(name) (\(stage?.singleCutsTried ?? 0) of \(stage?.singleCutsInAll ?? 0))"
  }
}

extension Evidence {
  /// Expected and received bytes, one above the other, a caret below the first difference and a bar at
  /// every cut.
  func lines(_ console: Console) -> [String] {
    let (wanted, wantedMark) = shown(
      expected, from: expectedStart, mark: expectedOffset, cuts: Set(cuts))
    let (got, gotMark) = shown(received, from: receivedStart, mark: receivedOffset, cuts: [])
    let pad = String(repeating: " ", count: 13)
    return [
      "",
      "  at body byte \(expectedOffset); ┊ marks a cut",
      "    expected \(wanted)",
      pad + wantedMark,
      "    received \(got)",
      pad + gotMark,
    ]
  }

  private func shown(
    _ bytes: [UInt8], from start: Int, mark: Int, cuts: Set<Int>
  ) -> (text: String, mark: String) {
    var text = ""
    var place: Int?
    for (index, byte) in bytes.enumerated() {
      if cuts.contains(start + index) { text += "┊" }
      if start + index == mark { place = text.count }
      text += escaped(byte)
    }
    if cuts.contains(start + bytes.count) { text += "┊" }
    return (text, String(repeating: " ", count: place ?? text.count) + "^")
  }
}
