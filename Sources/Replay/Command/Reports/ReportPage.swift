// A report as a separate page: the verdict, a table, and a block for each failure. The HTML is one file
// that loads nothing from elsewhere, so CI can keep it as an artifact.

internal import Canaries
internal import Judging
internal import MockQwen
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// A page, in Markdown or HTML.
struct ReportPage: Hashable, Sendable {
  /// A text that is shown literally in a fixed-width font.
  struct Block: Hashable, Sendable {
    var title: String
    var text: String
  }

  /// A part of the page in HTML, below a heading.
  struct Section: Hashable, Sendable {
    var title: String
    var html: String
  }

  /// The verdict in short.
  var title: String
  var table: Table
  /// The lines below the table.
  var lines: [String]
  var blocks: [Block]
  /// The verdict in one sentence; if empty, the title is used.
  var sentence = ""
  var tone = Table.Tone.plain
  /// The pictures of the page in HTML.
  var sections: [Section] = []
  /// Details that few readers need, at the end behind folds.
  var folded: [Block] = []

  var markdown: String {
    let details = blocks.map { block in
      let title = "### \(Table.markdownText(block.title))"
      guard !block.text.isEmpty else { return title }
      let count = max(3, Self.longestRun(of: "`", in: block.text) + 1)
      let fence = String(repeating: "`", count: count)
      return "\(title)\n\n\(fence)text\n\(block.text)\n\(fence)"
    }
    let list = lines.map { "- \(Table.markdownText($0))" }.joined(separator: "\n")
    return
      (["## \(Table.markdownText(title))", Table.markdownText(sentence), table.markdown, list]
      + details)
      .filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  /// The page in HTML: the verdict first, then the pictures, the table, the texts, and the folded
  /// details.
  var html: String {
    let texts = blocks.map { block in
      guard !block.text.isEmpty else { return "<p>\(markup(block.title))</p>" }
      let isOpen = sections.isEmpty ? " open" : ""
      return "<details\(isOpen)><summary>\(markup(block.title))</summary>\n"
        + "<pre>\(markup(block.text))</pre></details>"
    }
    let list = lines.map { "<p>\(markup($0))</p>" }
    let pictures = sections.map {
      "<section>\n<h2>\(markup($0.title))</h2>\n\($0.html)\n</section>"
    }
    let results = "<section>\n<h2>Results</h2>\n<div class=\"scroll\">\(table.html)</div>\n"
    let details = folded.map { PageParts.fold($0.title, "<pre>\(markup($0.text))</pre>") }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(markup(title))</title>
      <style>
      \(pageStyle)
      </style>
      </head>
      <body>
      <header class="\(tone.rawValue)">
      <h1>\(markup(sentence.isEmpty ? title : sentence))</h1>
      \(list.joined(separator: "\n"))
      </header>
      <main>
      \(pictures.joined(separator: "\n"))
      \(results)\(texts.joined(separator: "\n"))
      </section>
      \(details.joined(separator: "\n"))
      </main>
      <script>
      \(pageScript)
      </script>
      </body>
      </html>

      """
  }

  private static func longestRun(of letter: Character, in text: String) -> Int {
    var longest = 0
    var run = 0
    for character in text {
      run = character == letter ? run + 1 : 0
      longest = max(longest, run)
    }
    return longest
  }
}

extension RunReport {
  /// The report as a page; `command` runs a failed plan again.
  func page(
    _ defects: [DefectBlock] = [], _ defectText: String? = nil,
    command: (Part, FailedPlan) -> String
  ) -> ReportPage {
    let console = Console.plain
    var blocks: [ReportPage.Block] = []
    for block in failureBlocks(console, command: command) {
      let lines = block.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      blocks.append(.init(title: String(lines[0]), text: lines.count > 1 ? String(lines[1]) : ""))
    }
    var page = ReportPage(
      title: "replay: \(verdict.rawValue)", table: resultTable,
      lines: summary(console).split(separator: "\n").map(String.init), blocks: blocks)
    page.sentence = verdictSentence
    page.tone = verdict.tone
    page.lines = summary(console).split(separator: "\n").filter { !$0.hasPrefix("  ") }.map(
      String.init)
    page.blocks += stripBlock
    page.sections = pictures(defects, command: command)
    if let defectText, !defects.isEmpty {
      page.blocks.insert(.init(title: "What is wrong", text: defectText), at: 0)
    }
    page.folded = [.init(title: "What is expected where there is a choice", text: allPolicyText)]
    return page
  }
}

extension RunReport {
  /// How many strips a text shows.
  private static let stripsShown = 20

  /// What happened to the blocks of each failed recording, as text.
  private var stripBlock: [ReportPage.Block] {
    let failed = parts.filter { $0.failureCount > 0 }.prefix(Self.stripsShown)
    guard !failed.isEmpty else { return [] }
    let width = failed.map(\.name.count).max() ?? 0
    let lines = failed.map { part in
      part.name + String(repeating: " ", count: width - part.name.count)
        + "  \(part.strip?.line ?? "")  \(part.smallest?.plan ?? "")"
    }
    let legend = Strip.State.allCases.map { "\($0.sign) \($0.rawValue)" }.joined(separator: "  ")
    return [.init(title: "Blocks", text: (lines + ["", legend]).joined(separator: "\n"))]
  }
}

extension Verdict {
  /// The tone of the verdict.
  var tone: Table.Tone {
    switch self {
    case .passed: .good
    case .failed: .bad
    case .unproven, .interrupted: .warning
    }
  }
}
