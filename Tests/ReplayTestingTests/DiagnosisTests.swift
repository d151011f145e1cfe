// The one line that says what a person wants to know of damaged text.

import Testing

@testable import ReplayTesting
@testable import Trials

@Suite struct DiagnosisTests {
  /// A text as it was sent and as it came, the cuts in it, and what is said.
  static let cases: [(sent: String, came: String, cuts: [Int], words: String?)] = [
    ("a你好 and more", "a???好 and more", [2], "(你) came as ???: one cut inside 你, byte 2"),
    (
      "a你好 and more", "a\u{FFFD}\u{FFFD}好 and more", [3],
      "(你) came as \u{FFFD}\u{FFFD}: one cut inside 你, byte 3"
    ),
    ("a你好 and more", "a好 and more", [3], "(你) did not come: one cut inside 你, byte 3"),
    ("aé and more", "aè and more", [], "(é) came as è: no cut there, byte 1"),
    (
      "a你好 and more", "a?????? and more", [2, 5],
      "(你好) came as ??????: 2 cuts inside, the first at byte 2"
    ),
    ("a\r\n\r\nbcdefgh", "a\n\nbcdefgh", [2], #"(\r\n\r) came as \n: one cut inside \r\n, byte 2"#),
    ("the end is other", "the end is OTHER", [], nil),
    ("short", "", [], nil),
  ]

  @Test(arguments: cases.indices) func saysWhatCameAsWhat(_ index: Int) {
    let (sent, came, cuts, words) = Self.cases[index]
    let (left, right) = (Array(sent.utf8), Array(came.utf8))
    let offset = zip(left, right).prefix { $0 == $1 }.count
    let evidence = Evidence(
      expected: left, at: offset, received: right, at: offset, cuts: cuts)
    #expect(Diagnosis(evidence)?.words == words)
  }
}
