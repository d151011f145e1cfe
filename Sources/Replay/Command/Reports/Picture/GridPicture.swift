// A grid as a matrix: a row for each check that any proxy broke, a column for each proxy, in each field
// the number of plans under which it broke; and the delays that each proxy adds as a line.

internal import Judging
internal import Terminal
internal import Trials

extension GridReport {
  /// The pictures of a grid.
  func pictures(invocation: String) -> [ReportPage.Section] {
    let judged = byHarm.filter { $0.report != nil }
    guard !judged.isEmpty else { return [] }
    let strips = judged.compactMap { column -> String? in
      guard let report = column.report,
        let part = report.parts.max(by: { $0.failureCount < $1.failureCount }),
        part.failureCount > 0, let failure = part.smallest
      else { return nil }
      return "<article class=\"bad\"><h3>\(markup(column.target.name)) <span class=\"soft\">"
        + "\(markup(column.sentence))</span></h3><p><code>\(markup(failure.plan))</code></p>"
        + (part.strip?.picture() ?? "") + (failure.evidence?.picture ?? "")
        + PageParts.command(column.command(invocation)(part, failure)) + "</article>"
    }
    var sections = [ReportPage.Section(title: "Which check breaks where", html: matrix(judged))]
    if !strips.isEmpty {
      sections.append(
        .init(title: "What was lost", html: Strip.legend + strips.joined(separator: "\n")))
    }
    return sections
  }

  private func matrix(_ judged: [Column]) -> String {
    let checks = Check.allCases.filter { check in judged.contains { $0.plansBreaking(check) > 0 } }
    let head = judged.map { "<th>\(markup($0.target.name))</th>" }.joined()
    let rows = checks.map { check in
      let cells = judged.map { column in
        let count = column.plansBreaking(check)
        let all = max(column.report?.planCount ?? 1, 1)
        guard count > 0 else { return "<td class=\"arrived\" title=\"holds\">✓</td>" }
        let level = min(4, 1 + count * 4 / (all + 1))
        return
          "<td class=\"h\(level)\" title=\"\(count) of \(counted(all, "plan"))\">✗ \(count)</td>"
      }
      return "<tr><th title=\"\(markup(check.promise))\">\(check.rawValue)</th>"
        + cells.joined() + "</tr>"
    }
    let delays = judged.map { column in
      let delays = column.report?.target?.notes.delays ?? Delays()
      let text =
        delays.count > 0
        ? "median \(delays.median / 1_000) ms, 99 % below \(delays.high / 1_000) ms"
        : "not measured"
      return "<td>\(PageParts.sparkline(delays.all, label: "delays, sorted: \(text)"))"
        + "<br><span class=\"soft\">\(text)</span></td>"
    }
    return "<div class=\"scroll\"><table><thead><tr><th>check</th>\(head)</tr></thead><tbody>"
      + (rows.isEmpty ? "" : rows.joined(separator: "\n"))
      + "<tr><th>delays</th>\(delays.joined())</tr></tbody></table></div>"
      + (rows.isEmpty ? "<p>every check holds for every proxy</p>" : "")
  }
}

extension GridReport.Column {
  /// The number of plans under which a check broke.
  fileprivate func plansBreaking(_ check: Check) -> Int {
    report?.target?.checkCounts[check] ?? 0
  }
}
