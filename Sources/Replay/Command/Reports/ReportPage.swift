// A report as a page of its own: the verdict, a table, and a block for each failure. The HTML is one
// file that asks nobody for anything, so that CI can keep it as an artifact.

internal import Canaries
internal import Judging
internal import MockQwen
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// A page, in Markdown or HTML.
struct ReportPage: Hashable, Sendable {
  /// A text to be shown as it stands, letter under letter.
  struct Block: Hashable, Sendable {
    var title: String
    var text: String
  }

  /// The verdict, short.
  var title: String
  var table: Table
  /// What is said below the table, line by line.
  var lines: [String]
  var blocks: [Block]

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
      (["## \(Table.markdownText(title))", table.markdown, list] + details)
      .filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  var html: String {
    let details = blocks.map { block in
      guard !block.text.isEmpty else { return "<p>\(markup(block.title))</p>" }
      return "<details open><summary>\(markup(block.title))</summary>\n"
        + "<pre>\(markup(block.text))</pre></details>"
    }
    let list = lines.map { "<p>\(markup($0))</p>" }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(markup(title))</title>
      <style>
      :root { color-scheme: light dark; }
      body { font: 15px/1.5 system-ui, sans-serif; margin: 2em; }
      table { border-collapse: collapse; display: block; overflow-x: auto; }
      th, td { padding: .2em .7em; border-bottom: 1px solid #8884; text-align: left; }
      .number { text-align: right; font-variant-numeric: tabular-nums; }
      .good { color: #1a7f37; } .bad { color: #cf222e; font-weight: 600; }
      .warning { color: #9a6700; }
      pre { overflow-x: auto; padding: 1em; background: #8881; }
      </style>
      </head>
      <body>
      <h1>\(markup(title))</h1>
      \(([table.html] + list + details).joined(separator: "\n"))
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
  func page(command: (Part, FailedPlan) -> String) -> ReportPage {
    let console = Console.plain
    var blocks: [ReportPage.Block] = []
    for block in failureBlocks(console, command: command) {
      let lines = block.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      blocks.append(.init(title: String(lines[0]), text: lines.count > 1 ? String(lines[1]) : ""))
    }
    return ReportPage(
      title: "replay: \(verdict.rawValue)", table: resultTable,
      lines: summary(console).split(separator: "\n").map(String.init), blocks: blocks)
  }
}
