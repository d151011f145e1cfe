// The results of `replay again`, for report files: the same formats as for a run.

internal import Foundation
internal import Terminal
internal import Trials

/// The results for saved failures.
struct AgainReport {
  struct Row {
    var path: String
    var status: AgainCommand.Status
    var words: String
    var seconds: Double
  }

  var rows: [Row] = []
  var seconds = 0.0
  /// Whether the user interrupted it before all files were run.
  var isInterrupted = false

  private var worst: AgainCommand.Status {
    rows.map(\.status).max { $0.rawValue < $1.rawValue } ?? .fixed
  }

  private var verdict: String {
    isInterrupted && worst == .fixed ? Verdict.interrupted.rawValue : worst.name
  }

  func faces(_ invocation: String) -> ReportFaces {
    ReportFaces(json: json, junit: junit, page: page(invocation))
  }

  private struct Document: Encodable {
    struct Entry: Encodable {
      var path: String
      var verdict: String
      var detail: String
      var seconds: Double
    }

    var schema = "qwen-replay.report.v1"
    var kind = "again"
    var version = Terminal.version
    var verdict: String
    var passed: Bool
    var interrupted: Bool?
    var seconds: Double
    var files: [Entry]
  }

  private func json() throws -> Data {
    try reportData(
      Document(
        verdict: verdict, passed: worst == .fixed && !isInterrupted,
        interrupted: isInterrupted ? true : nil, seconds: seconds,
        files: rows.map {
          .init(path: $0.path, verdict: $0.status.name, detail: $0.words, seconds: $0.seconds)
        }))
  }

  private var junit: JUnit {
    var cases = rows.map { row in
      let outcome: JUnit.Outcome =
        switch row.status {
        case .fixed: .passed
        case .failed: .failed(type: "FAILED", message: row.words, text: "")
        case .error: .error(type: "ERROR", message: row.words, text: "")
        }
      return JUnit.Case(
        group: "replay.again", name: row.path, seconds: row.seconds, file: row.path,
        outcome: outcome)
    }
    if isInterrupted { cases.append(.interrupted("replay.again")) }
    return JUnit(suites: [.init(name: "replay.again", cases: cases, seconds: seconds)])
  }

  private func page(_ invocation: String) -> ReportPage {
    var table = Table(header: ["crash file", "verdict", "what"])
    table.leftColumns = [0, 1, 2]
    table.rows = rows.map { row in
      [
        Table.Cell(row.path), Table.Cell(row.status.name, row.status == .fixed ? .good : .bad),
        Table.Cell(row.words),
      ]
    }
    let bad = rows.filter { $0.status != .fixed }
    var page = ReportPage(
      title: "replay again: \(verdict)", table: table,
      lines: ["\(counted(rows.count, "crash file")) in \(timeText(seconds))"], blocks: [])
    page.sentence =
      bad.isEmpty && isInterrupted
      ? "Interrupted: \(counted(rows.count, "saved failure")) fixed by then"
      : bad.isEmpty
        ? "All \(counted(rows.count, "saved failure")) are fixed"
        : "\(bad.count) of \(counted(rows.count, "saved failure")) still fail"
    page.tone = bad.isEmpty ? (isInterrupted ? .warning : .good) : .bad
    if !bad.isEmpty {
      page.sections = [
        .init(
          title: "What still fails",
          html: bad.map { row in
            "<article class=\"bad\"><h3>\(markup(row.path))</h3><p>\(markup(row.words))</p>"
              + PageParts.command("\(invocation) again \(quoted(row.path))") + "</article>"
          }.joined(separator: "\n"))
      ]
    }
    return page
  }
}

extension AgainCommand.Status {
  /// The verdict in one word.
  var name: String {
    switch self {
    case .fixed: "FIXED"
    case .failed: "FAILED"
    case .error: "ERROR"
    }
  }
}
