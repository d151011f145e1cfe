// What a report says of one thing that is wrong with a proxy: a list of these stands above the pictures.
// Whoever finds out more about a failure than the names of the checks fills in more.

internal import Judging
internal import MockQwen
internal import Terminal
internal import Trials

/// One thing that is wrong, for a person.
struct DefectBlock: Hashable, Sendable {
  /// What the proxy does wrong, in a few words.
  var title: String
  /// How often it was seen.
  var count: Int
  /// When it happens, and when not; perhaps empty.
  var when = ""
  var whenNot = ""
  /// What a client sees: words or bytes.
  var clientSees = ""
  /// What to change, where that is known.
  var remedy = ""
  /// The id of the likely bug class, where there is one.
  var bugClass: String?
  /// The command that shows it.
  var reproduce: String

  var html: String {
    let facts = [
      ("when", when), ("not when", whenNot), ("seen", clientSees), ("likely remedy", remedy),
    ]
    .filter { !$0.1.isEmpty }
    .map { "<p><span class=\"soft\">\($0.0):</span> \(markup($0.1))</p>" }
    let known = bugClass.flatMap(BugClass.named).map { found in
      "<p><span class=\"soft\">likely:</span> <a href=\"#class-\(found.id)\">\(markup(found.id))</a>, "
        + "\(markup(found.title))</p>"
    }
    return "<article class=\"bad\"><h3>\(markup(title)) "
      + "<span class=\"soft\">\(PageParts.count(count, "time"))</span></h3>"
      + facts.joined() + (known ?? "") + PageParts.command(reproduce) + "</article>"
  }
}

extension RunReport {
  /// Defects that are told.
  private static let defectsShown = 8

  /// What is wrong, a block for each kind of breach, the most frequent first.
  func defects(command: (Part, FailedPlan) -> String) -> [DefectBlock] {
    var blocks: [String: DefectBlock] = [:]
    var counts: [String: Int] = [:]
    for part in parts { counts.merge(part.breaches, uniquingKeysWith: +) }
    for part in parts {
      let plans = [part.smallest].compactMap { $0 } + part.failures
      for failure in plans {
        for violation in failure.violations where blocks[violation.kind] == nil {
          blocks[violation.kind] = DefectBlock(
            title: violation.kind, count: counts[violation.kind] ?? 1,
            when: "\(part.name) under \(failure.plan)", clientSees: violation.detail,
            bugClass: violation.classes(among: failure.classes).first,
            reproduce: command(part, failure))
        }
      }
    }
    return Array(
      blocks.values.sorted { ($1.count, $0.title) < ($0.count, $1.title) }
        .prefix(Self.defectsShown))
  }
}
