// Tables and pages: the same cells at a terminal, in Markdown and in HTML, whatever stands in them.

import Foundation
import Testing

@testable import Commands
@testable import Terminal

@Suite struct ReportPageTests {
  static let table: Table = {
    var table = Table(header: ["name", "plans", "verdict"])
    table.leftColumns = [0, 2]
    table.rows = [
      ["a|b", "7", Table.Cell("ok", .good)], ["<i>&\u{1}*", "1234", Table.Cell("1 FAILED", .bad)],
    ]
    return table
  }()

  @Test func namesStandLeftAndNumbersRight() {
    #expect(
      Self.table.text(.plain) == """
        name    plans  verdict
        a|b         7  ok
        <i>&\u{1}*   1234  1 FAILED
        """)
  }

  @Test func markdownKeepsItsColumns() {
    #expect(
      Self.table.markdown == """
        | name | plans | verdict |
        |---|--:|---|
        | a\\|b | 7 | ok |
        | &lt;i>&amp;\u{1}\\* | 1234 | 1 FAILED |
        """)
  }

  @Test func htmlHoldsNoMarkupOfTheTexts() {
    let html = Self.table.html
    #expect(html.contains("<td class=\"plain\">&lt;i&gt;&amp;*</td>"))
    #expect(html.contains("<td class=\"bad\">1 FAILED</td>"))
    #expect(html.contains("<td class=\"plain number\">1234</td>"))
  }

  /// Emoji are beyond the first plane, and XML takes them.
  @Test(arguments: [("一家人👨‍👩‍👧‍👦👍🏽", "一家人👨‍👩‍👧‍👦👍🏽"), ("a\u{FFFE}\u{1}\u{FFFD}", "a\u{FFFD}")])
  func markupKeepsEveryCharacterOfXML(_ text: String, _ kept: String) {
    #expect(markup(text) == kept)
  }

  @Test func aFenceIsLongerThanWhatItHolds() {
    let page = ReportPage(
      title: "t", table: Self.table, lines: ["one", "<two>"],
      blocks: [.init(title: "FAILED <x>", text: "a ```` b\n</pre>")])
    #expect(page.markdown.contains("\n`````text\na ```` b\n</pre>\n`````\n"))
    #expect(page.html.contains("<pre>a ```` b\n&lt;/pre&gt;</pre>"))
    #expect(page.html.contains("<p>&lt;two&gt;</p>"))
    #expect(page.html.contains("<summary>FAILED &lt;x&gt;</summary>"))
  }
}
