// Defects for a person at night: what happens, when, when not, what the client gets next to what it
// should have got, which bug it probably is and what to change, and one command that shows it again.
// Intermittent failures are a group of their own after them.

internal import Judging
internal import MockQwen
internal import Terminal
internal import Trials

/// The defects of a run, for a person.
struct DefectText {
  let defects: [DiagnosedRun.Finding]
  private let failureCount: Int
  private let planCount: Int
  /// Intermittent failures.
  let intermittent: [IntermittentFailure]
  /// The command that runs a plan again on the recording at a path.
  let command: (_ path: String, _ plan: String) -> String

  /// The column at which the text after a word begins.
  private static let column = 11
  /// The column of the number of plans.
  private static let countColumn = 50
  /// Below this probability a class is not named alone.
  static let certainMin = 0.6
  /// Suspects below this probability are not worth a line.
  private static let suspectMin = 0.05

  init(
    _ defects: [DiagnosedRun.Finding], failureCount: Int, planCount: Int,
    intermittent: [IntermittentFailure] = [],
    command: @escaping (_ path: String, _ plan: String) -> String
  ) {
    (self.defects, self.command, self.intermittent) = (defects, command, intermittent)
    (self.failureCount, self.planCount) = (failureCount, planCount)
  }

  init(
    _ defects: [DiagnosedRun.Finding], _ report: RunReport,
    command: @escaping (_ path: String, _ plan: String) -> String
  ) {
    self.init(
      defects, failureCount: report.failureCount, planCount: report.planCount,
      intermittent: report.target?.notes.intermittent ?? [], command: command)
  }

  var isEmpty: Bool { defects.isEmpty && intermittent.isEmpty }

  /// All defects, a block each, and a line for each kind of intermittent failure.
  func text(_ console: Console) -> String {
    let head =
      "\(counted(defects.count, "defect")) (\(failureCount) of \(counted(planCount, "plan")))"
    let blocks = defects.enumerated().map { index, found in
      block(found.defect, at: found.path, number: index + 1, console)
    }
    let lines = intermittent.lines(planCount: planCount).map {
      console.paint("INTERMITTENT", .yellow) + "  \($0)"
    }
    let group = lines.isEmpty ? [] : [lines.joined(separator: "\n")]
    return ([console.paint(head, .bold)] + blocks + group).joined(separator: "\n\n")
  }

  private func block(
    _ defect: Defect, at path: String, number: Int, _ console: Console
  ) -> String {
    let headline = "\(number). \(defect.harm.headline)"
    let pad = String(repeating: " ", count: max(2, Self.countColumn - headline.count))
    var lines = [console.paint(headline, .red) + pad + defect.countText]
    if !defect.when.isEmpty { lines += row("when", defect.when.joined(separator: ", and ")) }
    if !defect.not.isEmpty { lines += row("not", "when " + defect.not.joined(separator: ", or ")) }
    lines += client(defect)
    lines += suspects(defect)
    lines += row("again", command(path, defect.example.plan.description))
    return lines.joined(separator: "\n")
  }

  /// What the client gets in the smallest case, and what it should get.
  private func client(_ defect: Defect) -> [String] {
    guard let evidence = defect.example.evidence else {
      return row("client", "\(defect.seen)   (should: \(defect.harm.should))")
    }
    let (client, should) = evidence.lanes
    let caret = { (lane: Lane) in
      String(repeating: " ", count: Self.column + lane.markColumn) + "^"
    }
    let isAligned = client.markColumn == should.markColumn
    return row("seen", defect.seen) + row("client", client.text)
      + (isAligned ? [] : [caret(client)]) + row("should", should.text) + [caret(should)]
  }

  private func suspects(_ defect: Defect) -> [String] {
    guard let first = defect.suspects.first else {
      return row("likely", "unknown: it behaves like none of the \(BugClass.all.count) known bugs")
    }
    var lines = row("likely", first.bugClass.title)
    lines += row("change", first.bugClass.remedy)
    let counts = defect.exercised.map { $0.runs == 0 ? "" : ", \($0.failed) of \($0.runs)" } ?? ""
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

extension Defect {
  /// Under how many plans it occurs, and how often the example failed when it was tried again.
  var countText: String {
    let plans = counted(planCount, "plan")
    return example.rate.runs > 1
      ? "\(plans), \(example.rate.failed) of \(example.rate.runs) on retry" : plans
  }

  /// What a client sees of it, in a sentence; similar breaches are named once.
  var seen: String {
    guard let first = example.violations.first else { return "it fails" }
    let alike = example.violations.count { $0.kind == first.kind }
    let more = alike > 1 ? ", and \(alike - 1) more alike" : ""
    return "\(first.check.rawValue) \(first.name): \(first.detail)\(more)"
  }
}
