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
  /// Under how many plans, or cases, it shows.
  var count: Int
  /// What is counted.
  var noun = "plan"
  /// When it happens, and when not; perhaps empty.
  var when = ""
  var whenNot = ""
  /// What a client sees: words or bytes.
  var clientSees = ""
  /// What to change, where that is known.
  var remedy = ""
  /// The id of the likely bug class, where there is one.
  var bugClass: String?
  /// Other classes that it may be.
  var alternatives: [String] = []
  /// What became of the blocks of the smallest case, and its bytes; nil where there are none to show.
  var strip: Strip?
  var evidence: Evidence?
  /// The command that shows it.
  var reproduce: String

  var html: String {
    let features = [
      ("when", when), ("not when", whenNot), ("seen", clientSees), ("likely remedy", remedy),
    ]
    .filter { !$0.1.isEmpty }
    .map { "<p><span class=\"soft\">\($0.0):</span> \(markup($0.1))</p>" }
    let known = bugClass.flatMap(BugClass.named).map { found in
      "<p><span class=\"soft\">likely:</span> <a href=\"#class-\(found.id)\">\(markup(found.id))</a>, "
        + "\(markup(found.title))</p>"
    }
    let others =
      alternatives.isEmpty
      ? ""
      : "<p><span class=\"soft\">or:</span> \(markup(alternatives.joined(separator: ", ")))</p>"
    return "<article class=\"bad\"><h3>\(markup(title)) "
      + "<span class=\"soft\">\(PageParts.count(count, noun))</span></h3>"
      + features.joined() + (known ?? "") + others + (strip?.picture() ?? "")
      + (evidence?.picture ?? "")
      + PageParts.command(reproduce) + "</article>"
  }
}

extension DefectText {
  /// The defects as blocks of a page, with the bytes of the smallest case in two lanes.
  var blocks: [DefectBlock] {
    defects.map { found in
      let defect = found.defect
      let seen = defect.example.violations.prefix(2).map { "\($0.kind): \($0.detail)" }
      let suspect = defect.suspects.first
      var block = DefectBlock(
        title: defect.harm.headline, count: defect.planCount,
        when: defect.when.joined(separator: ", and "),
        whenNot: defect.not.joined(separator: ", or "),
        clientSees: seen.joined(separator: "; "), remedy: suspect?.bugClass.remedy ?? "",
        bugClass: suspect?.bugClass.id,
        reproduce: command(found.path, defect.example.plan.description))
      block.evidence = defect.example.evidence
      if let suspect, suspect.probability < Self.certainMin {
        block.alternatives = defect.suspects.dropFirst().prefix(3).map(\.bugClass.id)
      }
      return block
    }
  }
}
