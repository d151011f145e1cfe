// The page of a run: the verdict, the defects, a strip for each recording with the worst first, and for
// each failure in detail its bytes, its text, its steps and the map of its cuts.

internal import Canaries
internal import Judging
internal import MockQwen
internal import Terminal
internal import Trials

extension RunReport {
  /// How many recordings are shown with all details of their failure.
  private static let detailedMax = 12
  /// How many other failed plans of a recording are listed.
  private static let plansListed = 40

  /// The verdict in one sentence.
  var verdictSentence: String {
    let plans = PageParts.count(planCount, "plan")
    switch verdict {
    case .passed where (target?.knownCount ?? 0) > 0:
      return "Only known failures: \(plans)"
    case .passed:
      return "Nothing lost: \(PageParts.count(parts.count, "recording")), "
        + "\(PageParts.count(eventCount, "event")), \(plans)"
    case .interrupted:
      return "Interrupted: nothing had failed after \(plans)"
    case .unproven:
      return "Unproven: \(PageParts.grouped(unprovenCount)) of \(plans) not carried out"
    case .failed where failureCount == 0:
      return "\(PageParts.count(unexpectedPasses.count, "known failure")) did not happen"
    case .failed:
      let kinds = Set(parts.flatMap { $0.breaches.keys })
      let clauses = GridReport.Column.clauses.filter { clause in
        kinds.contains { $0.hasPrefix(clause.prefix) }
      }.map(\.words).prefix(3)
      return "The proxy \(clauses.isEmpty ? "fails" : clauses.joined(separator: ", ")): "
        + "\(PageParts.grouped(failureCount)) of \(plans) failed"
        + (isInterrupted ? ", then it was interrupted" : "")
    }
  }

  /// The recordings, the worst first.
  private var byHarm: [Part] {
    parts.enumerated().sorted {
      ($1.element.failureCount, $0.offset) < ($0.element.failureCount, $1.offset)
    }.map(\.element)
  }

  /// The pictures, part by part.
  func pictures(
    _ defects: [DefectBlock], command: (Part, FailedPlan) -> String
  ) -> [ReportPage.Section] {
    var sections: [ReportPage.Section] = []
    if !defects.isEmpty {
      sections.append(
        .init(title: "What is wrong", html: defects.map(\.html).joined(separator: "\n")))
    }
    let articles = byHarm.enumerated().map { index, part in
      article(part, isDetailed: index < Self.detailedMax, isOpen: index == 0, command)
    }
    let filter = failureCount > 0 ? filterBar : ""
    sections.append(
      .init(
        title: "Recordings",
        html: Strip.legend + filter + articles.joined(separator: "\n")))
    let classes = glossary(defects)
    if !classes.isEmpty { sections.append(.init(title: "Bug classes named above", html: classes)) }
    return sections
  }

  private func article(
    _ part: Part, isDetailed: Bool, isOpen: Bool, _ command: (Part, FailedPlan) -> String
  ) -> String {
    let strip = part.strip?.picture() ?? ""
    guard let failure = part.smallest else {
      return "<article><h3>\(markup(part.name)) <span class=\"\(part.tone.rawValue)\">"
        + "\(part.verdictText)</span> <span class=\"soft\">"
        + "\(PageParts.count(part.planCount, "plan"))</span></h3>\(strip)</article>"
    }
    let shown = failure.violations.prefix(5).map { violation in
      "<li><strong>\(markup(violation.kind))</strong> \(markup(violation.detail))</li>"
    }
    let more = failure.violations.count - shown.count
    var html =
      "<article class=\"bad\"><h3>\(markup(part.name)) <span class=\"bad\">"
      + "\(PageParts.grouped(part.failureCount)) of \(PageParts.count(part.planCount, "plan")) "
      + "failed</span></h3>\n<p>Fewest cuts: <code>\(markup(failure.plan))</code> "
      + "<span class=\"soft\">(\(failure.stage.rawValue))</span></p>\n\(strip)\n<ul>"
      + shown.joined() + (more > 0 ? "<li>and \(more) more</li>" : "") + "</ul>\n"
      + PageParts.command(command(part, failure))
    if isDetailed {
      html += PageParts.fold("Bytes, text and steps", details(part, failure), isOpen: isOpen)
    }
    return html + otherPlans(part, command) + "</article>"
  }

  private func details(_ part: Part, _ failure: FailedPlan) -> String {
    let place = failure.evidence?.expectedOffset
    let steps = failure.portrait?.waterfall(around: place) ?? ""
    let heat = part.heat?.picture(part.session?.body ?? []) ?? ""
    return [
      failure.evidence.map { "<h4>The bytes</h4>\($0.picture)" } ?? "",
      failure.portrait?.textPicture ?? "",
      steps.isEmpty ? "" : "<h4>Step by step</h4>\(steps)",
      heat.isEmpty ? "" : "<h4>Where cuts do harm</h4>\(heat)",
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Failed plans with a filter, the first of each stage.
  private func otherPlans(_ part: Part, _ command: (Part, FailedPlan) -> String) -> String {
    let rows = part.failures.prefix(Self.plansListed).map { failure in
      let checks = Set(failure.violations.map(\.check.rawValue)).sorted()
      let classes = Set(failure.violations.flatMap { $0.classes(among: failure.classes) }).sorted()
      return
        "<div data-plan=\"\(markup(failure.plan))\" data-checks=\"\(checks.joined(separator: " "))\" "
        + "data-classes=\"\(classes.joined(separator: " "))\"><p><code>\(markup(failure.plan))</code> "
        + "<span class=\"soft\">\(failure.stage.rawValue): "
        + "\(markup(failure.violations.first?.kind ?? ""))</span></p>"
        + (failure.strip?.picture(isSmall: true) ?? "") + "</div>"
    }
    guard !rows.isEmpty else { return "" }
    let title =
      rows.count < part.failureCount
      ? "\(rows.count) of \(PageParts.grouped(part.failureCount)) failed plans"
      : PageParts.count(rows.count, "failed plan")
    return PageParts.fold(title, rows.joined(separator: "\n"), kind: "more")
  }

  private var filterBar: String {
    let failures = parts.flatMap(\.failures)
    let checks = Set(failures.flatMap { $0.violations.map(\.check.rawValue) }).sorted()
    let classes = Set(
      failures.flatMap { failure in
        failure.violations.flatMap { $0.classes(among: failure.classes) }
      }
    ).sorted()
    func select(_ name: String, _ values: [String]) -> String {
      "<label>\(name) <select name=\"\(name)\"><option value=\"\">any</option>"
        + values.map { "<option>\(markup($0))</option>" }.joined() + "</select></label>"
    }
    return "<div class=\"filter\">" + select("check", checks) + select("class", classes)
      + "<label>plan word <input name=\"word\" size=\"14\" placeholder=\"fault=reset\"></label>"
      + "<output class=\"soft\"></output></div>"
  }

  /// The explanations of the classes that the defects name.
  private func glossary(_ defects: [DefectBlock]) -> String {
    var seen: Set<String> = []
    return defects.compactMap(\.bugClass).filter { seen.insert($0).inserted }
      .compactMap(BugClass.named).map { known in
        "<article id=\"class-\(known.id)\"><h3>\(markup(known.id))</h3><p>\(markup(known.title)).</p>"
          + "<p><span class=\"soft\">brought out by</span> <code>\(markup(known.picture))</code></p>"
          + "<p><span class=\"soft\">seen as</span> \(markup(known.symptom)).</p>"
          + "<p class=\"soft\">\(markup(known.threads.prefix(4).joined(separator: ", ")))</p></article>"
      }.joined(separator: "\n")
  }
}
