// A grid for people: a row for each proxy, the most harmful first, with what a user wants to know: does
// it keep every byte, is it on time, does it report cuts, does it survive, is it steady. A sentence tells
// what is wrong in plain words. The bug classes that explain a row are behind a fold.

internal import Foundation
internal import Judging
internal import Terminal
internal import Trials

extension GridReport {
  /// The verdict in one word, for the page's title.
  var verdictText: String {
    let hasFailed = columns.contains { $0.report?.verdict == .failed }
    if isInterrupted, !hasFailed { return Verdict.interrupted.rawValue }
    return switch exitCode(acceptsUnproven: true) {
    case 0: columns.contains { $0.report?.verdict == .unproven } ? "UNPROVEN" : "PASSED"
    case 1, interruptedCode: "FAILED"
    default: columns.contains { $0.report != nil } ? "FAILED" : "COULD NOT RUN"
    }
  }

  /// The result of the whole grid: `20 of 22 judged: 5 pass, 15 have defects, 2 crash`.
  var headline: String {
    let judged = columns.filter { $0.report != nil }
    let crashing = judged.count { $0.crashes }
    let passing = judged.count { !$0.crashes && $0.isRight }
    let defective = judged.count - crashing - passing
    return "\(judged.count) of \(columns.count) judged: \(counted(passing, "passes", "pass")), "
      + counted(defective, "has defects", "have defects")
      + (crashing > 0 ? ", " + counted(crashing, "crashes", "crash") : "")
  }

  /// The columns, the most harmful first; those that were not judged come last.
  var byHarm: [Column] {
    columns.enumerated().sorted {
      ($1.element.harm, $0.offset) < ($0.element.harm, $1.offset)
    }.map(\.element)
  }

  static let header = [
    "proxy", "version", "compared", "keeps every byte", "on time", "tells of cuts",
    "survives faults", "steady", "verdict", "in a sentence",
  ]

  /// The part of it for a Markdown page.
  var pageText: String { "\(headline).\n\n\(table.markdown)" }

  var table: Table {
    var table = Table(header: Self.header)
    table.leftColumns = Set(table.header.indices)
    table.rows = byHarm.map { column in
      [
        Table.Cell(column.target.name), Table.Cell(column.version.isEmpty ? "–" : column.version),
        Table.Cell(column.target.settings.level.rawValue), column.keepsCell, column.timeCell,
        column.endCell, column.survivalCell, column.steadinessCell, column.verdictCell,
        Table.Cell(column.sentence),
      ]
    }
    return table
  }

  /// The lines below the table: what was run, what did not run, what passed although the list has it as
  /// failing, and the verdict last.
  func lines(_ console: Console) -> [String] {
    var lines = [headline]
    for column in columns {
      switch column.result {
      case .skipped(let reason): lines.append("skipped: \(column.target.name): \(reason)")
      case .failed(let error): lines.append("could not run: \(column.target.name): \(error)")
      case .ran(let report):
        lines += report.unexpectedPasses.map { pass in
          "UNEXPECTED PASS \(pass.of(target: column.target.name).text)"
        }
        if let first = report.target?.firstUnproven {
          lines.append("first unproven: \(column.target.name): \(first.text)")
        }
        if let reason = report.target?.notes.endedBecause {
          lines.append("ended early: \(column.target.name): \(reason)")
        }
      }
    }
    let reports = columns.compactMap(\.report)
    if reports.contains(where: { !$0.unexpectedPasses.isEmpty }) {
      lines.append("unexpected passes: rewrite the list with --record-known")
    }
    if let report = reports.first {
      lines.append(
        "each target: \(counted(report.parts.count, "recording")), "
          + "\(counted(report.eventCount, "event")), plans "
          + "\(report.plans), seed \(report.seed)")
    }
    lines.append(machineLine)
    let colour: Console.Colour = verdictText == "PASSED" ? .green : .red
    lines.append(
      "\(console.paint(verdictText, colour))  \(tally) in "
        + timeText(seconds))
    return lines
  }

  /// What the verdict counts: `2 of 3 targets failed`.
  private var tally: String {
    let failed = columns.count { column in
      if case .failed = column.result { true } else { column.report?.verdict == .failed }
    }
    return "\(failed) of \(counted(columns.count, "target")) failed"
  }

  /// When and where it was measured.
  private var machineLine: String {
    let date = Date().formatted(.iso8601.year().month().day())
    let info = ProcessInfo.processInfo
    return "measured on \(date), \(info.operatingSystemVersionString), "
      + "\(info.activeProcessorCount) cores"
  }

  /// The failures that are not known: a block for each target and recording, a few per target; then the
  /// last output of those that could not run, and then the classes.
  func blocks(_ console: Console, invocation: String) -> [ReportPage.Block] {
    let failures = byHarm.flatMap { column -> [ReportPage.Block] in
      switch column.result {
      case .skipped: return []
      case .failed(let error):
        guard column.target.settings.launch != nil else { return [] }
        return [ReportPage.Block(title: "\(column.target.name): \(error)", text: error.outputText)]
      case .ran(let report):
        if let defects = column.defects, !defects.isEmpty {
          return [ReportPage.Block(title: column.target.name, text: defects.text(console))]
        }
        let all = report.failureBlocks(console, command: column.command(invocation))
        let shown = all.prefix(Self.blocksShown).map {
          ReportPage.Block(title: column.target.name, text: $0)
        }
        guard all.count > shown.count else { return shown }
        let more = "\(column.target.name): \(all.count - shown.count) more recordings fail"
        return shown + [ReportPage.Block(title: more, text: "")]
      }
    }
    return failures + (showsClasses ? [classBlock].compactMap { $0 } : [])
  }

  /// How many failure blocks of one target are shown; the JSON report has all.
  private static let blocksShown = 1

  /// The bug classes that explain what fails, by target.
  private var classBlock: ReportPage.Block? {
    let lines = byHarm.flatMap { column in
      column.telling.map { bugClass, figures in
        "\(column.target.name): \(bugClass.id), \(figures.brokenCount) of \(figures.planCount): "
          + bugClass.title
      }
    }
    guard !lines.isEmpty else { return nil }
    return ReportPage.Block(
      title: "bug classes that fail in nearly all plans that trigger them, and hardly any other",
      text: lines.joined(separator: "\n"))
  }

  /// The grid as a page.
  func page(invocation: String) -> ReportPage {
    var page = ReportPage(
      title: "replay grid: \(headline)", table: table, lines: Array(lines(.plain).dropFirst()),
      blocks: blocks(.plain, invocation: invocation))
    page.sentence = "Grid: \(headline)"
    page.tone = verdictText == "PASSED" ? .good : verdictText == "FAILED" ? .bad : .warning
    page.sections = pictures(invocation: invocation)
    return page
  }
}
