// One proxy of a grid as a row: its plain columns, how harmful it is, and a sentence.

internal import Judging
internal import Terminal
internal import Trials

extension GridReport.Column {
  /// Under how many plans each breach occurred, known or not.
  var breaches: [String: Int] {
    (report?.target?.ways ?? [:]).reduce(into: [:]) { $0[$1.key.breach, default: 0] += $1.value }
  }

  private var notes: TargetNotes { report?.target?.notes ?? TargetNotes() }

  var crashes: Bool { breaches["liveness CRASHED"] != nil }

  /// Whether there is no breach at all, known or not.
  var isRight: Bool { breaches.isEmpty && report?.verdict == .passed }

  /// How bad it is for a user: lost data weighs most, slowness least.
  var harm: Int {
    guard let report else { return -1 }
    let sum =
      Self.harms.reduce(0) { sum, harm in
        sum + (breaches.keys.contains { $0.hasPrefix(harm.prefix) } ? harm.weight : 0)
      } + (notes.intermittent.isEmpty ? 0 : 40) + (notes.addedDelay.median > 20_000 ? 2 : 0)
    // A failure only under rare plans harms few users.
    let isRare =
      report.failureCount > 0 && report.rareFailures.values.reduce(0, +) == report.failureCount
    return isRare ? sum / 10 : sum
  }

  private static let harms: [(prefix: String, weight: Int)] = [
    ("liveness CRASHED", 1_000), ("mixing", 900), ("survival", 300), ("blocks", 200), ("bytes", 20),
    ("end INVENTED", 150), ("end FALSE END", 120), ("request", 100), ("posts", 100),
    ("end WRONG", 60), ("framing", 50), ("head", 40), ("cancel", 30), ("progress", 10),
  ]

  private func isKnown(_ prefixes: [String]) -> Bool {
    (report?.target?.ways.keys ?? [:].keys).allSatisfy { way in
      known.contains(way) || !prefixes.contains { way.breach.hasPrefix($0) }
    }
  }

  /// A cell: yes, or the first of these breaches that occurred and under how many plans.
  private func cell(_ prefixes: [String], yes: String = "yes") -> Table.Cell {
    guard report != nil else { return "–" }
    let found = breaches.filter { kind, _ in prefixes.contains { kind.hasPrefix($0) } }
    let worst = found.max { ($0.value, $1.key) < ($1.value, $0.key) }
    guard let worst else { return Table.Cell(yes, .good) }
    let word = worst.key.split(separator: " ").dropFirst().joined(separator: " ").lowercased()
    let name =
      word == "wrong" ? worst.key.split(separator: " ").first.map(String.init) ?? word : word
    return Table.Cell(
      "no: \(name), \(counted(worst.value, "plan"))", isKnown(prefixes) ? .warning : .bad)
  }

  var keepsCell: Table.Cell { cell(["blocks", "bytes", "head", "request", "posts", "mixing"]) }

  var timeCell: Table.Cell {
    let delay = notes.addedDelay
    guard delay.target.count > 0 else { return cell(["progress"]) }
    let text = "+\(tenths(delay.median)) ms"
    return cell(["progress"], yes: "yes, \(text)")
  }

  var endCell: Table.Cell { cell(["end FALSE END", "end INVENTED"]) }

  var survivalCell: Table.Cell {
    cell(["liveness", "survival", "end WRONG", "cancel", "framing"])
  }

  var steadinessCell: Table.Cell {
    guard report != nil else { return "–" }
    let count = notes.intermittent.count
    return count == 0
      ? Table.Cell("yes", .good) : Table.Cell("no: \(counted(count, "plan")) now and then", .bad)
  }

  var verdictCell: Table.Cell {
    switch result {
    case .skipped: return "skipped"
    case .failed: return Table.Cell("not judged", .bad)
    case .ran(let report):
      switch report.verdict {
      case .failed where report.failureCount == 0: return Table.Cell("UNEXPECTED PASS", .bad)
      case .failed:
        let plans = counted(report.planCount, "plan")
        let fail = report.failureCount == 1 ? "fails" : "fail"
        return Table.Cell("\(report.failureCount) of \(plans) \(fail)", .bad)
      case .unproven: return Table.Cell("UNPROVEN", .warning)
      case .interrupted: return Table.Cell("interrupted", .warning)
      case .passed where (report.target?.knownCount ?? 0) > 0:
        let known = counted(report.target?.knownCount ?? 0, "plan fails", "plans fail")
        return Table.Cell("\(known), as known", .warning)
      case .passed: return Table.Cell("pass", .good)
      }
    }
  }

  /// What is wrong with it in plain words.
  var sentence: String {
    switch result {
    case .skipped(let reason): return reason
    case .failed(let error): return error.description
    case .ran:
      let clauses = Self.clauses.filter { clause in
        breaches.keys.contains { $0.hasPrefix(clause.prefix) }
      }.map(\.words)
      let slow =
        notes.addedDelay.median > 20_000 && breaches["progress LATE"] == nil
        ? ["adds \(tenths(notes.addedDelay.median)) ms to every event"] : []
      let rare = notes.intermittent.isEmpty ? [] : ["fails now and then"]
      let all = Array((clauses + slow + rare).prefix(3))
      guard let first = all.first else { return "keeps every promise" }
      return all.count == 1 ? first : all.dropLast().joined(separator: ", ") + " and " + all.last!
    }
  }

  /// The meaning of breaches, in plain words.
  static let clauses: [(prefix: String, words: String)] = [
    ("liveness CRASHED", "dies"), ("mixing", "mixes streams"),
    ("blocks LOST", "loses events"), ("blocks DUPLICATED", "repeats events"),
    ("blocks MERGED", "joins events"), ("blocks SPLIT", "splits events"),
    ("blocks REORDERED", "reorders events"), ("blocks CORRUPTED", "changes events"),
    ("blocks ADDED", "adds events"), ("end INVENTED", "makes up an end"),
    ("end FALSE END", "ends cut answers as whole"), ("end WRONG", "leaves clients waiting"),
    ("request", "changes requests"), ("posts", "asks more than once"),
    ("framing", "writes malformed HTTP"), ("head", "changes the head"),
    ("progress", "holds events back"), ("cancel", "goes on when the client has left"),
    ("survival", "lets one stream harm another"), ("bytes", "writes bodies anew"),
  ]

  /// The classes that fail in nearly all plans that trigger them and in hardly any other: those tell what
  /// is wrong. A class that all plans trigger tells nothing.
  var telling: [(BugClass, ClassFigures)] {
    guard let target = report?.target else { return [] }
    let all = target.reachCounts.values.reduce(0, +)
    return BugClass.all.compactMap { bugClass in
      guard let figures = target.classes[bugClass.number], figures.planCount < all else {
        return nil
      }
      let broken = bugClass.checks.map { target.checkCounts[$0] ?? 0 }.max() ?? 0
      let outside = max(broken - figures.brokenCount, 0)
      let isTelling =
        figures.brokenCount * 10 >= figures.planCount * 9 && figures.brokenCount > 0
        && outside * 10 <= all - figures.planCount
      return isTelling ? (bugClass, figures) : nil
    }
  }

  /// Microseconds as milliseconds with one decimal.
  private func tenths(_ microseconds: Int) -> String {
    "\(microseconds / 1_000).\(microseconds % 1_000 / 100)"
  }
}
