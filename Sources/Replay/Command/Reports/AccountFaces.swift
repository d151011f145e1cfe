// The formats of the report about a proxy with accounts: the same four files as for a run.

internal import Terminal
internal import Trials

extension AccountFuzzReport {
  func faces(command: (Failure) -> String) -> ReportFaces {
    var cases = failures.map { failure in
      JUnit.Case(
        group: "replay.accounts", name: "case \(failure.number)",
        outcome: .failed(
          type: failure.violations.first?.split(separator: ":").first.map(String.init) ?? "FAILED",
          message: failure.violations.first ?? "",
          text: ([failure.text] + failure.violations + ["Reproduce with: \(command(failure))"])
            .joined(separator: "\n")))
    }
    if failures.isEmpty {
      cases.append(
        .init(
          group: "replay.accounts", name: "\(caseCount) cases",
          outcome: holds
            ? .passed : .failed(type: "LEAK", message: "descriptors leak", text: "")))
    }
    var table = Table(header: ["case", "what"])
    table.leftColumns = [1]
    table.rows = failures.map { [Table.Cell(String($0.number)), Table.Cell($0.text, .bad)] }
    var page = ReportPage(
      title: "replay fuzz --accounts: \(holds ? "PASSED" : "FAILED")", table: table,
      lines: text(.plain, command: command).split(separator: "\n").suffix(2).map(String.init),
      blocks: failures.prefix(20).map { failure in
        .init(
          title: "case \(failure.number)",
          text: (failure.violations + ["", command(failure)]).joined(separator: "\n"))
      })
    page.sentence =
      holds
      ? "Every rule held in \(PageParts.count(caseCount, "case")) of accounts"
      : "\(failures.count) of \(PageParts.count(caseCount, "case")) of accounts failed"
    page.tone = holds ? .good : .bad
    return ReportFaces(
      json: { try reportData(self) },
      junit: JUnit(suites: [.init(name: "replay.accounts", cases: cases, seconds: 0)]), page: page)
  }
}
