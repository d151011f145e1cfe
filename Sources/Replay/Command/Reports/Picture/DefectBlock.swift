// What a report tells about one defect of a proxy: a list of these is above the pictures. A diagnosis
// fills in more than the names of the checks.

internal import Judging
internal import MockQwen
internal import Terminal
internal import Trials

/// One defect, for a person.
struct DefectBlock: Hashable, Sendable {
  /// What the proxy does wrong, in a few words.
  var title: String
  /// Under how many plans, or cases, it occurs.
  var count: Int
  /// What is counted.
  var noun = "plan"
  /// When it happens, and when not; may be empty.
  var when = ""
  var whenNot = ""
  /// How often the example failed when it was tried again; nil when it was not.
  var retry: Rate?
  /// What a client sees, in a sentence.
  var clientSees = ""
  /// The text that it got around the difference, and what it should have got; when there are no bytes to
  /// show, what it should have got in words.
  var client = ""
  var should = ""
  /// What to change, if that is known; else empty.
  var remedy = ""
  /// The id of the likely bug class, if there is one.
  var bugClass: String?
  /// Other classes that it may be.
  var alternatives: [String] = []
  /// What happened to the blocks of the smallest case, and its bytes; nil when there are none to show.
  var strip: Strip?
  var evidence: Evidence?
  /// The command that shows it.
  var reproduce: String

  private var retryText: String { retry.map { ", \($0.failed) of \($0.runs) on retry" } ?? "" }

  var html: String {
    let rows = [
      ("when", when), ("not when", whenNot), ("seen", clientSees), ("client", client),
      ("should", should), ("likely remedy", remedy),
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
      + "<span class=\"soft\">\(PageParts.count(count, noun))\(retryText)</span></h3>"
      + rows.joined() + (known ?? "") + others + (strip?.picture() ?? "")
      + (evidence?.picture ?? "")
      + PageParts.command(reproduce) + "</article>"
  }
}

extension DefectText {
  /// The defects as blocks of a page, with the bytes of the smallest case in two lanes.
  var blocks: [DefectBlock] {
    defects.map { found in
      let defect = found.defect
      let suspect = defect.suspects.first
      var block = DefectBlock(
        title: defect.harm.headline, count: defect.planCount,
        when: defect.when.joined(separator: ", and "),
        whenNot: defect.not.joined(separator: ", or "),
        clientSees: defect.seen, should: defect.harm.should, remedy: suspect?.bugClass.remedy ?? "",
        bugClass: suspect?.bugClass.id,
        reproduce: command(found.path, defect.example.plan.description))
      block.evidence = defect.example.evidence
      block.retry = defect.example.rate.runs > 1 ? defect.example.rate : nil
      if let lanes = block.evidence?.lanes {
        (block.client, block.should) = (lanes.client.text, lanes.should.text)
      }
      if let suspect, suspect.probability < Self.certainMin {
        block.alternatives = defect.suspects.dropFirst().prefix(3).map(\.bugClass.id)
      }
      return block
    }
  }
}
