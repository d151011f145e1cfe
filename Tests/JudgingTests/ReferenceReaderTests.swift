// The reference reader against a table written by hand from the standard. Every case states the
// events in full (type, data, last event ID), and the comments and the retry of all blocks; the
// general promises (ranges end to end, content that does not depend on the line ends) are checked
// on every input of the table.

import Testing

@testable import Judging

@Suite struct ReferenceReaderTests {
  @Test(arguments: ReaderCase.all) func readsAsTheStandardSays(_ reading: ReaderCase) {
    let blocks = ReferenceReader.blocks(in: reading.input)
    #expect(ReferenceReader.events(in: reading.input) == reading.events)
    #expect(blocks.flatMap(\.comments) == reading.comments.map { Array($0.utf8) })
    #expect(blocks.compactMap(\.retry).last == reading.retry)
  }

  @Test func theTableIsLargeAndItsNamesAreUnique() {
    #expect(ReaderCase.all.count >= 60)
    #expect(Set(ReaderCase.all.map(\.name)).count == ReaderCase.all.count)
  }

  @Test(arguments: ReaderCase.all) func rangesLieEndToEnd(_ reading: ReaderCase) {
    var end = 0
    let blocks = ReferenceReader.blocks(in: reading.input)
    for block in blocks {
      #expect(block.range.lowerBound == end)
      #expect(!block.range.isEmpty)
      end = block.range.upperBound
    }
    #expect(end == reading.input.count)
    #expect(blocks.dropLast().allSatisfy { $0.isFinished })
  }

  @Test(arguments: ["\r", "\r\n"]) func lineEndsDoNotMatter(_ lineEnd: String) {
    for reading in ReaderCase.all where !reading.input.contains(0x0D) {
      let other = reading.input.flatMap { $0 == 0x0A ? Array(lineEnd.utf8) : [$0] }
      #expect(
        ReferenceReader.blocks(in: other).map(\.content)
          == ReferenceReader.blocks(in: reading.input).map(\.content), "\(reading.name)")
    }
  }

  @Test func aBlockSaysAllThatStoodInIt() {
    let input = Array(
      "\u{FEFF}id:1\nevent:result\n:HTTP_STATUS/200\nx\nretry: 5\ndata: {}\r\n\r\n".utf8)
    let blocks = ReferenceReader.blocks(in: input)
    #expect(blocks.count == 1)
    #expect(blocks[0].range == 0..<input.count)
    #expect(
      blocks[0].fields == [
        line("id", "1"), line("event", "result"), line("x", ""), line("retry", "5"),
        line("data", "{}"),
      ])
    #expect(blocks[0].comments == [Array("HTTP_STATUS/200".utf8)])
    #expect(blocks[0].retry == 5)
    #expect(blocks[0].event == event("{}", type: "result", id: "1"))
    #expect(blocks[0].isFinished)
    #expect(!blocks[0].isBlank)
  }

  @Test func blankLinesThatCloseNothingAreBlocksOfTheirOwn() {
    let blocks = ReferenceReader.blocks(in: Array("\r\ndata:a\r\n\r\n\r\n\n".utf8))
    #expect(blocks.map(\.range) == [0..<2, 2..<12, 12..<14, 14..<15])
    #expect(blocks.map(\.isBlank) == [true, false, true, true])
    #expect(blocks.allSatisfy { $0.isFinished })
  }

  @Test(arguments: [
    ("data:a", 1, false), ("data:a\n", 1, false), ("data:a\n\n", 1, true), ("", 0, true),
    ("\u{FEFF}", 1, false), ("data:a\n\n:c", 2, false), ("\n", 1, true),
  ])
  func onlyTheLastBlockMayBeUnfinished(_ input: String, count: Int, isFinished: Bool) {
    let blocks = ReferenceReader.blocks(in: Array(input.utf8))
    #expect(blocks.count == count)
    #expect(blocks.allSatisfy { $0.isFinished } == isFinished)
  }

  @Test func anUnfinishedBlockHoldsWhatABlankLineWouldDispatch() {
    let input = Array("id:7\ndata:half".utf8)
    #expect(ReferenceReader.blocks(in: input)[0].event == event("half", id: "7"))
    #expect(ReferenceReader.events(in: input).isEmpty)
    #expect(ReferenceReader.lastEventID(in: input).isEmpty)
    #expect(ReferenceReader.lastEventID(in: input + Array("\n\n".utf8)) == Array("7".utf8))
  }

  @Test func canonicallyEquivalentTextsAreDifferent() {
    let composed = ReferenceReader.events(in: Array("data:\u{E9}\n\n".utf8))
    let decomposed = ReferenceReader.events(in: Array("data:e\u{301}\n\n".utf8))
    #expect(composed != decomposed)
  }

  @Test(.timeLimit(.minutes(30))) func aLineOf16MiBIsOneEvent() {
    let value = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 20)
    let events = ReferenceReader.events(in: Array("data:".utf8) + value + Array("\n\n".utf8))
    #expect(events.count == 1)
    #expect(events[0].data == value)
  }
}

/// An event from texts, for tables.
func event(_ data: String, type: String = "message", id: String = "") -> Event {
  Event(type: Array(type.utf8), data: Array(data.utf8), id: Array(id.utf8))
}

/// A field line from texts, for tables.
func line(_ name: String, _ value: String) -> Line {
  Line(Array(name.utf8), Array(value.utf8))
}
