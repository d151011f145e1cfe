// A defect as it is read: the bytes decoded, repeats told once, the caret under the place where the two
// part; and the groups as the page of a report and a terminal show them.

import Judging
import MockQwen
import Testing

@testable import Commands
@testable import Terminal
@testable import Trials

@Suite struct DefectTextTests {
  /// Bytes, the mark, the cuts, the text that is shown, and the column of the mark.
  static let lanes: [(bytes: String, mark: Int, cuts: [Int], text: String, column: Int)] = [
    ("你好\n", 3, [3], "你┊好⏎", 3),
    ("a\r\n\r\n", 1, [2], "a␍┊⏎␍⏎", 1),
    ("xaaaaaaaaaaaay", 13, [], "xa×12y", 5),
    ("xaaaaaaaaaaaay", 5, [], "xaaaaa×8y", 5),
    ("aaaa", 4, [], "aaaa", 4),
  ]

  @Test(arguments: lanes.indices) func aLaneIsReadable(_ index: Int) {
    let (bytes, mark, cuts, text, column) = Self.lanes[index]
    let lane = Lane(Array(bytes.utf8), mark: mark, cuts: cuts)
    #expect(lane.text == text && lane.markColumn == column, "\(lane.text) \(lane.markColumn)")
  }

  @Test func brokenBytesAreSigns() {
    let lane = Lane([0xE4, 0xBD, 0x41], mark: 2, cuts: [])
    #expect(lane.text == #"\xE4\xBDA"# && lane.markColumn == 8)
  }

  @Test func theBlockOfADefect() async throws {
    let report = try await SampleReports.run("fragment-lines", .set(.quick))
    let text = try await SampleReports.defects(report, "fragment-lines").text(.plain)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[0].contains("of \(report.planCount) plans)"))
    for word in ["   when    ", "   client  ", "   likely  ", "   class   ", "   again   "] {
      #expect(lines.contains { $0.hasPrefix(word) }, "\(word): \(text)")
    }
    #expect(text.contains("3 of 3 on retry"))
  }

  @Test func whatComesAndGoesStandsBehind() {
    let rare = IntermittentFailure(
      recording: "a", plan: "cuts=1x", what: "blocks 2–8 lost", rate: Rate(failed: 1, runs: 21))
    let text = DefectText([], failureCount: 1, planCount: 80, intermittent: [rare]) { _, _ in "" }
    #expect(!text.isEmpty)
    #expect(
      text.text(.plain).hasSuffix(
        "INTERMITTENT  blocks 2–8 lost: 1 of 80 plans, 0 of 20 on retry: timing, not the plan"))
  }
}
