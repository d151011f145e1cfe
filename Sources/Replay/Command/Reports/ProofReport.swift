// The results of `replay prove`, for report files: the same formats as for a run.

internal import Foundation
internal import MockQwen
internal import Terminal
internal import Trials

/// The results, by recording and level.
struct ProofReport {
  struct Row {
    var path: String
    var name: String
    var found: LevelProof
    var seconds: Double
    /// The block that describes the counterexample; nil when the proof holds.
    var refutation: String?
    /// The command that shows the counterexample.
    var reproduce: String
  }

  var rows: [Row] = []
  var seconds = 0.0
  /// Whether the user interrupted it before everything was proven.
  var isInterrupted = false

  var verdict: String {
    if rows.contains(where: { $0.refutation != nil }) { return "REFUTED" }
    return isInterrupted ? Verdict.interrupted.rawValue : "PROVEN"
  }

  var faces: ReportFaces {
    ReportFaces(json: json, junit: junit, page: page)
  }

  private struct Document: Encodable {
    struct Entry: Encodable {
      var path: String
      var level: String
      var bytes: Int
      var verdict: String
      var feeds: Int?
      var piece: [Int]?
      var plan: String?
      var seconds: Double
    }

    var schema = "qwen-replay.report.v1"
    var kind = "prove"
    var version = Terminal.version
    var verdict: String
    var passed: Bool
    var interrupted: Bool?
    var seconds: Double
    var proofs: [Entry]
  }

  private func json() throws -> Data {
    try reportData(
      Document(
        verdict: verdict, passed: verdict == "PROVEN",
        interrupted: isInterrupted ? true : nil, seconds: seconds,
        proofs: rows.map { row in
          let piece = row.found.proof?.counterexample?.flaw.piece
          return Document.Entry(
            path: row.path, level: row.found.level.rawValue, bytes: row.found.byteCount,
            verdict: row.found.verdict, feeds: row.found.proof?.feedCount,
            piece: piece.map { [$0.lowerBound, $0.upperBound] },
            plan: piece == nil ? nil : row.found.plan.description, seconds: row.seconds)
        }))
  }

  private var junit: JUnit {
    var cases = rows.map { row in
      let outcome: JUnit.Outcome =
        if let text = row.refutation {
          .failed(
            type: "REFUTED", message: text.split(separator: "\n").first.map(String.init) ?? "",
            text: text)
        } else if row.found.proof == nil {
          .skipped(row.found.verdict)
        } else {
          .passed
        }
      return JUnit.Case(
        group: "replay.prove.\(row.found.level.rawValue)", name: row.name, seconds: row.seconds,
        file: row.path, outcome: outcome)
    }
    if isInterrupted { cases.append(.interrupted("replay.prove")) }
    return JUnit(suites: [.init(name: "replay.prove", cases: cases, seconds: seconds)])
  }

  private var page: ReportPage {
    var table = Table(header: ["recording", "bytes", "level", "proven", "feeds", "time"])
    table.leftColumns = [0, 2, 3]
    table.rows = rows.map { row in
      [
        Table.Cell(row.name), Table.Cell(String(row.found.byteCount)),
        Table.Cell(row.found.level.rawValue),
        Table.Cell(row.found.verdict, row.refutation == nil ? .good : .bad),
        Table.Cell(row.found.proof.map { String($0.feedCount) } ?? ""),
        Table.Cell(timeText(row.seconds)),
      ]
    }
    let refuted = rows.count { $0.refutation != nil }
    var page = ReportPage(
      title: "replay prove: \(verdict)", table: table,
      lines: ["\(counted(rows.count, "proof")) in \(timeText(seconds))"],
      blocks: rows.compactMap { row in
        row.refutation.map { .init(title: "\(row.name), \(row.found.level.rawValue)", text: $0) }
      })
    page.sentence =
      refuted == 0 && isInterrupted
      ? "Interrupted: \(counted(rows.count, "proof")) held by then"
      : refuted == 0
        ? "Proven: no way of cutting these recordings changes what comes out"
        : "Refuted: \(refuted) of \(counted(rows.count, "proof"))"
    page.tone = refuted == 0 ? (isInterrupted ? .warning : .good) : .bad
    let triangles = rows.map { row in
      "<article\(row.refutation == nil ? "" : " class=\"bad\"")><h3>\(markup(row.name)), "
        + "\(row.found.level.rawValue)</h3><p>\(markup(row.found.verdict))</p>\(row.found.picture)"
        + (row.refutation == nil ? "" : PageParts.command(row.reproduce)) + "</article>"
    }
    page.sections = [
      .init(
        title: "Pieces that were fed",
        html: "<div class=\"proofs\">" + triangles.joined(separator: "\n") + "</div>")
    ]
    return page
  }
}
