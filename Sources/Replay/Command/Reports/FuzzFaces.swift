// The formats of a fuzz run's report: the same four files as for a run.

internal import Canaries
internal import Foundation
internal import Terminal
internal import Trials

extension FuzzReport {
  /// The formats of a fuzz run; `defects` are the results of a diagnosis, `told` the observations when a
  /// saved failure was run once more, by its file.
  func faces(_ defects: DefectText? = nil, told: [String: DiagnosisCase] = [:]) -> ReportFaces {
    let blocks = defects?.blocks ?? []
    return ReportFaces(
      json: { try json(blocks) }, junit: junit, page: page(blocks, told))
  }

  /// The report as a JSON file, with the results of a diagnosis.
  private func json(_ defects: [DefectBlock]) throws -> Data {
    guard !defects.isEmpty else { return try json() }
    return try reportData(Diagnosed(report: withVerdict, defects: defects.map(DefectJSON.init)))
  }

  /// A report with one more member.
  private struct Diagnosed: Encodable {
    enum CodingKeys: CodingKey { case defects }

    let report: FuzzReport
    let defects: [DefectJSON]

    func encode(to encoder: any Encoder) throws {
      try report.encode(to: encoder)
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encode(defects, forKey: .defects)
    }
  }

  private var junit: JUnit {
    var cases = failures.map { failure in
      JUnit.Case(
        group: "replay.fuzz", name: "case \(failure.number)", file: failure.file,
        outcome: .failed(
          type: "\(failure.check) \(failure.name)", message: failure.detail,
          text: "drawn: \(failure.drawnPlan)\nshrunk: \(failure.plan)\nReproduce with: "
            + CrashFile.command(failure.file)))
    }
    // Some readers take a suite without a case for an error.
    if cases.isEmpty { cases = [.init(group: "replay.fuzz", name: "\(caseCount) cases")] }
    if interrupted == true { cases.append(.interrupted("replay.fuzz")) }
    return JUnit(
      suites: [
        .init(
          name: "replay.fuzz", cases: cases, seconds: 0,
          properties: [("seed", String(seed)), ("core", core), ("cases", String(caseCount))])
      ])
  }

  private func page(
    _ diagnosed: [DefectBlock], _ told: [String: DiagnosisCase]
  ) -> ReportPage {
    var table = Table(header: ["case", "check", "what", "plan", "bytes", "crash file"])
    table.leftColumns = [1, 2, 3, 5]
    table.rows = failures.map { failure in
      [
        Table.Cell(String(failure.number)), Table.Cell(failure.check),
        Table.Cell(failure.name, .bad), Table.Cell(failure.plan), Table.Cell(String(failure.bytes)),
        Table.Cell(failure.file),
      ]
    }
    var page = ReportPage(
      title: "replay fuzz: \(verdictName)", table: table,
      lines: [
        "\(PageParts.count(caseCount, "case")), \(PageParts.count(eventCount, "event")), seed \(seed)",
        "bug classes exercised: \(bugClasses.count) of \(BugClass.all.count)",
      ], blocks: [])
    page.sentence =
      failureCount == 0 && interrupted == true
      ? "Interrupted: nothing had failed after \(PageParts.count(caseCount, "case"))"
      : failureCount == 0
        ? "Nothing lost in \(PageParts.count(caseCount, "case"))"
        : "\(PageParts.grouped(failureCount)) of \(PageParts.count(caseCount, "case")) failed, in "
          + "\(PageParts.count(failures.count, "way"))"
    page.tone = failureCount == 0 ? (interrupted == true ? .warning : .good) : .bad
    let failed = failures.map { failure in
      var block = DefectBlock(
        title: "\(failure.check) \(failure.name)",
        count: breaches["\(failure.check) \(failure.name)"] ?? 1,
        when: "case \(failure.number), shrunk to \(failure.plan) and "
          + PageParts.count(failure.bytes, "byte"),
        clientSees: failure.detail, reproduce: CrashFile.command(failure.file))
      block.noun = "case"
      (block.strip, block.evidence) = (told[failure.file]?.strip, told[failure.file]?.evidence)
      return block
    }
    let defects = diagnosed + failed
    if !defects.isEmpty {
      page.sections.append(
        .init(
          title: "What is wrong",
          html: (told.isEmpty ? "" : Strip.legend) + defects.map(\.html).joined(separator: "\n")))
    }
    page.sections.append(.init(title: "What was exercised", html: coveragePicture))
    return page
  }

  /// Each table as a row of fields; a darker field was reached more often.
  private var coveragePicture: String {
    Coverage().tables.map { table in
      let counts = coverage[table.title] ?? [:]
      let fields = table.names.map { name in
        let count = counts[name] ?? 0
        let kind = count == 0 ? "unsent" : "arrived"
        return "<span><span class=\"\(kind)\">\(count == 0 ? "…" : "■")</span>"
          + "\(markup(name)) <span class=\"soft\">\(count)</span></span>"
      }
      let reached = table.names.count { (counts[$0] ?? 0) > 0 }
      return PageParts.fold(
        "\(table.title): \(reached) of \(table.names.count)",
        "<p class=\"legend\">\(fields.joined())</p>")
    }.joined(separator: "\n")
  }
}
