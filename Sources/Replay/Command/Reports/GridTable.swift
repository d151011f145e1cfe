// A grid for people: a row for each check and for each way of breaking it that was seen, a column for
// each proxy; if it is asked for, a row for each bug class too. What is known of a proxy is not red.

internal import Canaries
internal import Foundation
internal import Judging
internal import MockQwen
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

extension GridReport {
  /// The verdict in one word, for the page's title.
  var verdictText: String {
    switch exitCode(acceptsUnproven: true) {
    case 0: columns.contains { $0.report?.verdict == .unproven } ? "UNPROVEN" : "PASSED"
    case 1: "FAILED"
    default: "COULD NOT RUN"
    }
  }

  var table: Table {
    var table = Table(header: ["check"] + columns.map(\.target.name))
    table.leftColumns = Set(table.header.indices)
    func add(_ title: String, _ cell: (Column) -> Table.Cell) {
      table.rows.append([Table.Cell(title)] + columns.map(cell))
    }
    func addFigure(_ title: String, _ text: (RunReport) -> String) {
      add(title) { Table.Cell($0.report.map(text) ?? "–") }
    }
    add("version") { Table.Cell($0.version.isEmpty ? "–" : $0.version) }
    addFigure("reaches") { $0.target?.reached?.rawValue ?? "nothing" }
    addFigure("plans") { String($0.planCount) }
    addFigure("cuts made") { $0.target.map { "\($0.cutsAchieved)/\($0.cutsRequested)" } ?? "–" }
    for check in checks {
      add(check.rawValue) { $0.cell(ofCheck: check) }
      let kinds = Set(columns.flatMap(\.breaches.keys))
        .filter { $0.hasPrefix("\(check.rawValue) ") }
      for kind in kinds.sorted() {
        add("· " + kind.dropFirst(check.rawValue.count + 1)) { $0.cell(ofBreach: kind) }
      }
    }
    if showsClasses {
      let judged = Set(columns.flatMap { $0.report?.target?.classes.keys.map(\.self) ?? [] })
      for bugClass in BugClass.all where judged.contains(bugClass.number) {
        add(bugClass.id) { $0.cell(of: bugClass) }
      }
    }
    add("verdict", \.verdictCell)
    return table
  }

  /// The checks that are asked of targets at these levels.
  private var checks: [Check] {
    let comparesBytes = columns.contains { $0.target.settings.level == .bytes }
    return TargetJudge.checks.filter { $0 != .bytes || comparesBytes }
  }

  /// What is said below the table: what was tried, what did not run, what passed against the list,
  /// and the verdict last.
  func lines(_ console: Console) -> [String] {
    var lines: [String] = []
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
      }
    }
    let reports = columns.compactMap(\.report)
    if reports.contains(where: { !$0.unexpectedPasses.isEmpty }) {
      lines.append("unexpected passes: write the list anew with --record-known")
    }
    if let report = reports.first {
      lines.append(
        "each target: \(report.parts.count) recordings, \(report.eventCount) events, plans "
          + "\(report.plans), seed \(report.seed), compared: \(report.level?.rawValue ?? "")")
    }
    let colour: Console.Colour = verdictText == "PASSED" ? .green : .red
    lines.append(
      "\(console.paint(verdictText, colour))  \(reports.count) of \(columns.count) targets in "
        + timeText(seconds))
    return lines
  }

  /// What failed and is not known: a block for each target and recording, a few of each target; and
  /// the last words of those that could not run.
  func blocks(_ console: Console, invocation: String) -> [ReportPage.Block] {
    columns.flatMap { column -> [ReportPage.Block] in
      switch column.result {
      case .skipped: return []
      case .failed(let error):
        guard column.target.settings.launch != nil else { return [] }
        return [ReportPage.Block(title: "\(column.target.name): \(error)", text: error.outputText)]
      case .ran(let report):
        let all = report.failureBlocks(console, command: column.command(invocation))
        let shown = all.prefix(Self.blocksShown).map {
          ReportPage.Block(title: column.target.name, text: $0)
        }
        guard all.count > shown.count else { return shown }
        let more = "\(column.target.name): \(all.count - shown.count) more recordings fail"
        return shown + [ReportPage.Block(title: more, text: "")]
      }
    }
  }

  /// Failure blocks of one target that are shown; the JSON report has all.
  private static let blocksShown = 1

  /// The grid as a page.
  func page(invocation: String) -> ReportPage {
    ReportPage(
      title: "replay grid: \(verdictText)", table: table, lines: lines(.plain),
      blocks: blocks(.plain, invocation: invocation))
  }
}

extension GridReport.Column {
  /// Under how many plans each breach was seen, known or not.
  var breaches: [String: Int] {
    (report?.target?.ways ?? [:]).reduce(into: [:]) { $0[$1.key.breach, default: 0] += $1.value }
  }

  private func isKnown(where holds: (KnownFailure) -> Bool) -> Bool {
    (report?.target?.ways.keys.filter(holds) ?? []).allSatisfy(known.contains)
  }

  fileprivate func cell(ofCheck check: Check) -> Table.Cell {
    guard report != nil else { return "–" }
    let isOf = { (breach: String) in breach.hasPrefix("\(check.rawValue) ") }
    guard breaches.keys.contains(where: isOf) else { return Table.Cell("ok", .good) }
    return isKnown { isOf($0.breach) } ? Table.Cell("known", .warning) : Table.Cell("FAILED", .bad)
  }

  fileprivate func cell(ofBreach breach: String) -> Table.Cell {
    guard report != nil else { return "–" }
    guard let count = breaches[breach] else { return "" }
    return Table.Cell("\(count) plans", isKnown { $0.breach == breach } ? .warning : .bad)
  }

  /// Under how many of the plans that exercise a class a check broke by which it is noticed.
  fileprivate func cell(of bugClass: BugClass) -> Table.Cell {
    guard let target = report?.target else { return "–" }
    guard let figures = target.classes[bugClass.number] else { return "" }
    guard figures.brokenCount > 0 else { return Table.Cell("ok", .good) }
    return Table.Cell(
      "\(figures.brokenCount) of \(figures.planCount)", figures.failedCount == 0 ? .warning : .bad)
  }

  fileprivate var verdictCell: Table.Cell {
    switch result {
    case .skipped: return "skipped"
    case .failed: return Table.Cell("COULD NOT RUN", .bad)
    case .ran(let report):
      switch report.verdict {
      case .failed where report.failureCount == 0: return Table.Cell("UNEXPECTED PASS", .bad)
      case .failed: return Table.Cell("\(report.failureCount) FAILED", .bad)
      case .unproven: return Table.Cell("UNPROVEN", .warning)
      case .passed where (report.target?.knownCount ?? 0) > 0:
        return Table.Cell("\(report.target?.knownCount ?? 0) known", .warning)
      case .passed: return Table.Cell("ok", .good)
      }
    }
  }
}
