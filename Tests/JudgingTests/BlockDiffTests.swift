// The diff against tables: streams as short texts, in which `|` ends a block, and the differences
// as short texts, `NAME expected>received` with block indices. Then line handlers that are wrong on
// purpose, and the size at which the diff still has to be quick.

import Testing

@testable import Judging

@Suite struct BlockDiffTests {
  static let cases: [(String, String, [String])] = [
    ("a|b|c|", "a|b|c|", []),
    ("", "", []),
    ("a|b|", "|a|||b|", []),
    // One block of a stream.
    ("a|b|c|", "a|c|", ["LOST 1>-"]),
    ("a|b|c|", "b|c|", ["LOST 0>-"]),
    ("a|b|c|", "", ["LOST 0>-", "LOST 1>-", "LOST 2>-"]),
    ("a|c|", "a|b|c|", ["ADDED ->1"]),
    ("", "a|", ["ADDED ->0"]),
    ("a|b|c|", "a|b|b|c|", ["DUPLICATED 1>2"]),
    ("a|b|c|", "a|b|c|a|", ["DUPLICATED 0>3"]),
    ("a|b|c|d|", "a|c|b|d|", ["REORDERED 1>2"]),
    ("a|b|c|d|e|", "e|a|b|c|d|", ["REORDERED 4>0"]),
    ("aaaa|bbbb|cccc|", "aaaa|bxbb|cccc|", ["CORRUPTED 1>1"]),
    // Merged: a blank line lost; all line ends lost; re-framed; with bytes lost.
    ("a|b|c|", "a/b|c|", ["MERGED 0>0"]),
    ("a|b|c|", "a/b/c|", ["MERGED 0>0"]),
    ("first|second|third|", "firstdata: second|third|", ["MERGED 0>0"]),
    ("first|second|third|", "firstsecond|third|", ["MERGED 0>0"]),
    ("first/:note|second|third|", "first/second|third|", ["MERGED 0>0"]),
    ("first|second!|third|", "first, second?|third|", ["CORRUPTED 0>0", "LOST 1>-"]),
    ("first/#x|second/#y|third|", "first/second/#y|third|", ["MERGED 0>0"]),
    ("first/#x|second/#y|third|", "(first)/(second)|third|", ["MERGED 0>0"]),
    // Split: at a line end, within a line, re-framed.
    ("a/b|c|", "a|b|c|", ["SPLIT 0>0"]),
    ("a/b/c|d|", "a|b|c|d|", ["SPLIT 0>0"]),
    ("#x/abc|d|", "#x|abc|d|", ["SPLIT 0>0"]),
    ("abc|d|", "a|bc|d|", ["SPLIT 0>0"]),
    // Comments and fields alone are blocks too.
    (":x|a|:y|", "a|:y|", ["LOST 0>-"]),
    ("a/:x|b|", "a|b|", ["CORRUPTED 0>0"]),
    ("#1|a|#2|b|", "#1|a|b|", ["LOST 2>-"]),
    // Several at once.
    ("a|b|c|d|e|f|", "a|c|d|d|f|x|", ["LOST 1>-", "LOST 4>-", "DUPLICATED 3>3", "ADDED ->5"]),
    ("a|b|c|d|e|f|", "a|c|x|d|y|f|z|", ["LOST 1>-", "ADDED ->2", "CORRUPTED 4>4", "ADDED ->6"]),
    ("aa1|bb2|cc3|dd4|", "aa1|cc9|dd4|", ["LOST 1>-", "CORRUPTED 2>1"]),
    // One lost or added ID is one difference, although later events carry it on.
    ("@1|a|b|c|", "a|b|c|", ["LOST 0>-"]),
    ("@1/a|b|c|", "@2/a|b|c|", ["CORRUPTED 0>0"]),
    // The end of the stream.
    ("a|b", "a|b", []),
    ("a|b", "a|b|", []),
    ("a|b|", "a|b", ["CORRUPTED 1>1"]),
    ("a|bcd|", "a|bc", ["CORRUPTED 1>1"]),
    ("a|bcd|e|", "a|bc", ["CORRUPTED 1>1", "LOST 2>-"]),
  ]

  @Test(arguments: cases)
  func namesTheDamage(_ expected: String, _ received: String, names: [String]) {
    #expect(differences(stream(expected), stream(received)).map(summary) == names)
  }

  @Test func everyDamageStandsInTheTable() {
    for damage in Damage.allCases {
      #expect(Self.cases.contains { $0.2.contains { $0.hasPrefix(damage.rawValue) } })
    }
  }

  @Test func offsetsPointAtTheFirstDifferentByte() {
    let corrupted = differences("data: a\n\ndata: bcd\n\n", "data: a\n\ndata: bxd\n\n")
    #expect(corrupted.map(\.expectedOffset) == [16])
    #expect(corrupted.map(\.receivedOffset) == [16])
    let merged = differences("data: a\n\ndata: b\n\n", "data: a\ndata: b\n\n")
    #expect(merged.map(\.expectedOffset) == [8])
    #expect(merged.map(\.receivedOffset) == [8])
    let lost = differences("data: a\n\ndata: b\n\n", "data: a\n\n")
    #expect(lost.map(\.expectedOffset) == [9])
    #expect(lost.map(\.receivedOffset) == [nil])
    let marked = differences("\u{FEFF}data: ab\n\n", "data: ax\n\n")
    #expect(marked.map(\.expectedOffset) == [10])
    #expect(marked.map(\.receivedOffset) == [7])
  }

  @Test func lineEndsAndSpacesBeforeValuesAreNoDamage() {
    #expect(differences("data: a\n\n:b\n\n", "\u{FEFF}data:a\r\n\r\n\r\n:b\r\r").isEmpty)
  }

  @Test func theLimitBoundsTheList() {
    let all = stream("a|b|c|d|")
    #expect(differences(all, "", limit: 2).map(summary) == ["LOST 0>-", "LOST 1>-"])
    #expect(differences(all, "", limit: 0).isEmpty)
  }

  // MARK: Wrong on purpose

  static let frames = (1...3).map {
    "id:\($0)\nevent:result\n:HTTP_STATUS/200\ndata:{\"output\":{\"text\":\"word \($0)\"}}\n\n"
  }.joined()

  @Test func aRightLineHandlerHasNoDamage() {
    let received = Self.frames.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\n")
    #expect(differences(Self.frames, received).isEmpty)
  }

  /// Gives a line its end back only when it starts with `data:` or `event:` or is empty, so `id:1`
  /// runs into `event:result`, and the comment swallows the data.
  @Test func aHandlerThatForgetsLineEndsLosesEveryFrame() {
    let found = differences(Self.frames, forgettingLineEnds(Self.frames))
    #expect(found.map(summary) == ["LOST 0>0", "LOST 1>1", "LOST 2>2"])
    #expect(found[0].expectedOffset == 4)
    #expect(found[0].receivedOffset == 4)
  }

  /// The same, with the blank lines forgotten too: everything fuses into one line.
  @Test func aHandlerThatForgetsBlankLinesMergesTheFrames() {
    let received = Self.frames.filter { $0 != "\n" } + "\n\n"
    #expect(differences(Self.frames, received).map(summary) == ["MERGED 0>0"])
  }

  /// Drops comments and empty lines, and ends the stream with one blank line.
  @Test func aHandlerThatDropsEmptyLinesMergesTheFrames() {
    let lines = Self.frames.split(separator: "\n").filter { !$0.hasPrefix(":") }
    let received = lines.joined(separator: "\n") + "\n\n"
    #expect(differences(Self.frames, received).map(summary) == ["MERGED 0>0"])
  }

  /// Takes each fragment for whole lines: what is cut gets a line end, here in the data of the
  /// second frame, so the rest of the data becomes an unknown field of the same block.
  @Test func aHandlerThatTakesFragmentsForLinesCorruptsTheFrameThatIsCut() throws {
    let cut = try #require(Self.frames.firstRange(of: "word 2")).lowerBound
    let received = fragmentsAsLines([Self.frames[..<cut], Self.frames[cut...]])
    let found = differences(Self.frames, received)
    #expect(found.map(summary) == ["CORRUPTED 1>1"])
    #expect(
      found[0].expectedOffset == Self.frames.utf8.distance(from: Self.frames.startIndex, to: cut))
  }

  /// The same, cut right after a line end: the line end that is added makes a blank line.
  @Test func aHandlerThatTakesFragmentsForLinesSplitsTheFrameCutAtALineEnd() throws {
    let cut = try #require(Self.frames.firstRange(of: "event:result")).lowerBound
    let received = Self.frames[..<cut] + "\n" + Self.frames[cut...]
    #expect(differences(Self.frames, String(received)).map(summary) == ["SPLIT 0>0"])
  }

  /// Sends every event as its own, with the frame's data cut into two.
  @Test func aHandlerThatEndsEveryFragmentWithABlankLineSplits() throws {
    let cut = try #require(Self.frames.firstRange(of: "word 2")).lowerBound
    let received = Self.frames[..<cut] + "\n\n" + Self.frames[cut...]
    #expect(differences(Self.frames, String(received)).map(summary) == ["SPLIT 1>1"])
  }

  // MARK: Size

  @Test(.timeLimit(.minutes(30))) func tenThousandBlocksWithManyDifferencesEnd() {
    let expected = (0..<10_000).map { "data: {\"index\":\($0)}\n\n" }
    var received = expected
    for index in stride(from: 0, to: 9_000, by: 3) {
      received[index] = "data: {\"other\":\(index)}\n\n"
    }
    let found = differences(expected.joined(), received.joined(), limit: 10_000)
    #expect(found.count == 3_000)
    #expect(Set(found.map(\.damage)) == [.corrupted])
    #expect(found.map(\.expected) == found.map(\.received))
  }

  /// Nothing in common, a few contents over and over, and the order turned round.
  @Test(.timeLimit(.minutes(30))) func streamsThatShareNoOrderEnd() {
    let blocks = (0..<2_000).map { "data: {\"index\":\($0)}\n\n" }
    let others = (0..<2_000).map { "data: \($0)\n\n" }
    #expect(differences(blocks.joined(), others.joined(), limit: 10_000).count == 2_000)
    let few = (0..<2_000).map { "data: \($0 % 7)\n\n" }
    let fewer = (0..<2_000).map { "data: \($0 % 5)\n\n" }
    #expect(differences(few.joined(), fewer.joined()).count == 100)
    let turned = differences(blocks.joined(), blocks.reversed().joined(), limit: 10_000)
    #expect(turned.count == 1_999)
    #expect(Set(turned.map(\.damage)) == [.reordered])
  }
}

/// The differences between two streams.
private func differences(
  _ expected: String, _ received: String, limit: Int = 100
) -> [Difference] {
  let (left, right) = (Array(expected.utf8), Array(received.utf8))
  return differences(
    expected: ReferenceReader.blocks(in: left), received: ReferenceReader.blocks(in: right),
    expectedBytes: left, receivedBytes: right, limit: limit)
}

/// The stream that a picture shows: `|` ends a block, `/` a line; `#x` is the event type x, `@1`
/// the ID 1, `:x` a comment, everything else data.
private func stream(_ picture: String) -> String {
  var blocks = picture.split(separator: "|", omittingEmptySubsequences: false).map { block in
    block.split(separator: "/").map { line in
      switch line.first {
      case "#": "event: \(line.dropFirst())\n"
      case "@": "id: \(line.dropFirst())\n"
      case ":": "\(line)\n"
      default: "data: \(line)\n"
      }
    }.joined()
  }
  let last = blocks.removeLast()
  return blocks.map { $0 + "\n" }.joined() + last
}

/// A difference as it stands in the table.
private func summary(_ difference: Difference) -> String {
  let (expected, received) = (difference.expected, difference.received)
  return "\(difference.damage.rawValue) \(expected.map { "\($0)" } ?? "-")>"
    + (received.map { "\($0)" } ?? "-")
}

/// Wrong on purpose: most lines do not get their line end back.
private func forgettingLineEnds(_ stream: String) -> String {
  stream.split(separator: "\n", omittingEmptySubsequences: false).map {
    $0.isEmpty || $0.hasPrefix("data:") || $0.hasPrefix("event:") ? $0 + "\n" : String($0)
  }.joined()
}

/// Wrong on purpose: every piece of a line in a fragment is taken for a whole line.
private func fragmentsAsLines(_ fragments: [Substring]) -> String {
  fragments.map { fragment in
    var lines = fragment.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    return lines.map { $0 + "\n" }.joined()
  }.joined()
}
