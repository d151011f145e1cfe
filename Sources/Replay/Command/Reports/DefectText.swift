// Defects as a person at night reads them: what happens, when, when not, what the client gets, which
// bug it probably is and what to change, and one command that shows it again.

internal import Judging
internal import MockQwen
internal import Terminal
internal import Trials

/// The defects of a run, for a person.
struct DefectText {
  let defects: [DiagnosedRun.Finding]
  private let report: RunReport
  /// The command that runs a plan on the recording at a path again.
  let command: (_ path: String, _ plan: String) -> String

  /// The column at which the text behind a word begins.
  private static let column = 11
  /// Below this probability a class is not named alone.
  static let certainMin = 0.6
  /// Suspects below this probability are not worth a line.
  private static let suspectMin = 0.05

  init(
    _ defects: [DiagnosedRun.Finding], _ report: RunReport,
    command: @escaping (_ path: String, _ plan: String) -> String
  ) {
    (self.defects, self.report, self.command) = (defects, report, command)
  }

  var isEmpty: Bool { defects.isEmpty }

  /// All defects, a block each.
  func text(_ console: Console) -> String {
    let count = defects.count == 1 ? "1 defect" : "\(defects.count) defects"
    let head = "\(count) (\(report.failureCount) of \(report.planCount) plans)"
    let blocks = defects.enumerated().map { index, found in
      block(found.defect, at: found.path, number: index + 1, console)
    }
    return ([console.paint(head, .bold)] + blocks).joined(separator: "\n\n")
  }

  private func block(
    _ defect: Defect, at path: String, number: Int, _ console: Console
  ) -> String {
    let plans = defect.planCount == 1 ? "1 plan" : "\(defect.planCount) plans"
    let headline = "\(number). \(defect.harm.headline)"
    let pad = String(repeating: " ", count: max(2, 52 - headline.count))
    var lines = [console.paint(headline, .red) + pad + plans]
    if !defect.when.isEmpty { lines += row("when", defect.when.joined(separator: ", and ")) }
    if !defect.not.isEmpty { lines += row("not", "when " + defect.not.joined(separator: ", or ")) }
    lines += client(defect)
    lines += suspects(defect)
    lines += row("again", command(path, defect.example.plan.description))
    return lines.joined(separator: "\n")
  }

  /// What the client gets in the smallest case.
  private func client(_ defect: Defect) -> [String] {
    let shown = defect.example.violations.prefix(2).flatMap {
      row("client", "\($0.check.rawValue) \($0.name): \($0.detail)")
    }
    return shown + (defect.example.evidence.map { $0.sideBySide(indent: Self.column) } ?? [])
  }

  private func suspects(_ defect: Defect) -> [String] {
    guard let first = defect.suspects.first else {
      return row("likely", "unknown: it behaves like none of the \(BugClass.all.count) known bugs")
    }
    var lines = row("likely", first.bugClass.title)
    lines += row("change", first.bugClass.remedy)
    let counts =
      defect.exercised.map { $0.runs == 0 ? "" : ", \($0.failed) of \($0.runs) plans" } ?? ""
    lines += row("class", "\(name(first))\(counts)   docs/bug-classes.md#\(first.bugClass.id)")
    let others = defect.suspects.dropFirst().filter { $0.probability >= Self.suspectMin }
    if !others.isEmpty { lines += row("or", others.map(name).joined(separator: ", ")) }
    return lines
  }

  private func name(_ suspect: Defect.Suspect) -> String {
    let percent = Int((suspect.probability * 100).rounded())
    return suspect.probability >= Self.certainMin
      ? suspect.bugClass.id : "\(suspect.bugClass.id) (\(percent) %)"
  }

  private func row(_ word: String, _ text: String) -> [String] {
    let pad = String(repeating: " ", count: max(1, Self.column - 3 - word.count))
    return ["   \(word)\(pad)\(text)"]
  }
}
