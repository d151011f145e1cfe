// Compares what a client should have got with what it got, block by block, and names every difference.
// Equal beginnings and ends are left out first, so that a stream without damage costs one pass; the rest
// is aligned (Alignment.swift), and the blocks without a partner are named by the rules of
// BlockComparison.swift. Blank blocks are ignored on both sides. Two blocks are the same when their field
// lines and their comments are: event, retry and the inherited ID all follow from these, so one lost `id`
// is one difference, not one for every event that would have inherited it.

internal import MockQwen
internal import Wire

/// What happened to blocks on their way.
package enum Damage: String, Hashable, Sendable, CaseIterable {
  /// An expected block did not come, or came so changed that it no longer dispatches its event.
  case lost = "LOST"
  /// A block came again: its content had already been delivered as often as expected.
  case duplicated = "DUPLICATED"
  /// An expected block came at another place.
  case reordered = "REORDERED"
  /// Two or more consecutive expected blocks came as one.
  case merged = "MERGED"
  /// One expected block came as two or more.
  case split = "SPLIT"
  /// An expected block came with other content, or without its blank line, at its place.
  case corrupted = "CORRUPTED"
  /// A block came that was not sent.
  case added = "ADDED"
}

/// One named difference between two streams. A merge or a split is one difference, which names the first
/// of its blocks.
package struct Difference: Hashable, Sendable {
  /// What happened.
  package var damage: Damage
  /// The index of the expected block, blank ones counted; nil for `added`. For `duplicated`, the block
  /// that the received one repeats.
  package var expected: Int?
  /// The index of the received block, blank ones counted; for `lost`, the block in its place, if there is
  /// one.
  package var received: Int?
  /// A byte offset in the expected stream, nil for `added`: the first byte that differs
  /// (`corrupted`, `merged`, `split`, `lost` with something in its place), else the start of the block.
  package var expectedOffset: Int?
  /// A byte offset in the received stream if there is a received block; else nil.
  package var receivedOffset: Int?
}

/// The differences between the blocks of two streams, in the order of the expected stream; empty exactly
/// when both hold the same, apart from blank blocks.
///
/// An unfinished last block equals a finished one when the expected stream ends unfinished, because a
/// proxy may complete it. When only the received stream ends unfinished, its last block is `corrupted`:
/// no browser would see it. Time is about proportional to the number of blocks.
/// - Parameters:
///   - expected: The blocks of `expectedBytes`, all of them, from `ReferenceReader`.
///   - received: The blocks of `receivedBytes`, all of them, from `ReferenceReader`.
///   - limit: How many differences are returned at most, 0 or more.
package func differences(
  expected: [Block], received: [Block], expectedBytes: [UInt8], receivedBytes: [UInt8],
  limit: Int = 100
) -> [Difference] {
  let mayEndUnfinished = expected.last?.isFinished == false
  let left = Side(blocks: expected, bytes: expectedBytes, isCutWhenUnfinished: false)
  let right = Side(blocks: received, bytes: receivedBytes, isCutWhenUnfinished: !mayEndUnfinished)
  let shorter = min(left.count, right.count)
  var prefix = 0
  while prefix < shorter, left.isSame(prefix, right, prefix) { prefix += 1 }
  var suffix = 0
  while suffix < shorter - prefix,
    left.isSame(left.count - 1 - suffix, right, right.count - 1 - suffix)
  {
    suffix += 1
  }
  let middle = Gap(
    expected: prefix..<left.count - suffix, received: prefix..<right.count - suffix)
  guard !middle.isEmpty else { return [] }
  var comparison = BlockComparison(expected: left, received: right)
  return Array(comparison.differences(in: middle).prefix(limit))
}

/// One of the two streams of a comparison, without its blank blocks. A place is the number of a
/// block among those that are not blank.
package struct Side: Hashable, Sendable {
  private let blocks: [Block]
  private let bytes: [UInt8]
  private let indices: [Int]
  private let isCutWhenUnfinished: Bool
  private let textStart: Int

  package init(blocks: [Block], bytes: [UInt8], isCutWhenUnfinished: Bool) {
    self.blocks = blocks
    self.bytes = bytes
    self.isCutWhenUnfinished = isCutWhenUnfinished
    indices = blocks.indices.filter { !blocks[$0].isBlank }
    textStart = ReferenceReader.startOfText(in: bytes)
  }

  /// The number of places.
  package var count: Int { indices.count }

  /// The index of the block at `place`, blank ones counted.
  package func index(_ place: Int) -> Int { indices[place] }

  /// The part of the block at `place` that makes it the same as another.
  package func identity(_ place: Int) -> Identity {
    let block = blocks[indices[place]]
    return Identity(fields: block.fields, comments: block.comments, isCut: isCut(place))
  }

  /// Whether `place` is the same as `otherPlace` of the other side; cheaper than comparing `identity`.
  package func isSame(_ place: Int, _ other: Side, _ otherPlace: Int) -> Bool {
    let (block, otherBlock) = (blocks[indices[place]], other.blocks[other.indices[otherPlace]])
    return block.fields == otherBlock.fields && block.comments == otherBlock.comments
      && isCut(place) == other.isCut(otherPlace)
  }

  /// The bytes of the blocks from `first` to `last`, without a byte order mark, as offsets in the
  /// stream.
  package func range(_ first: Int, through last: Int) -> Range<Int> {
    max(blocks[indices[first]].range.lowerBound, textStart)..<blocks[indices[last]].range.upperBound
  }

  /// The bytes of the block at `place` without its line ends.
  package func text(_ place: Int) -> [UInt8] {
    bytes[range(place, through: place)].filter { $0 != 0x0A && $0 != 0x0D }
  }

  /// Whether the block at `place` dispatches an event.
  func hasEvent(_ place: Int) -> Bool { blocks[indices[place]].event != nil }

  /// The values of the `data` lines at `place`, joined without a separator.
  package func data(_ place: Int) -> [UInt8] {
    blocks[indices[place]].fields.filter { $0.name == nameOfData }.flatMap(\.value)
  }

  /// The offsets of the first byte that differs between a range of this stream and a range of the
  /// other; the upper bounds when one of them ends first.
  func firstDifference(_ range: Range<Int>, _ other: Side, _ otherRange: Range<Int>) -> Pair {
    let same = sharedPrefixCount(bytes[range], other.bytes[otherRange])
    return Pair(expected: range.lowerBound + same, received: otherRange.lowerBound + same)
  }

  private func isCut(_ place: Int) -> Bool {
    isCutWhenUnfinished && !blocks[indices[place]].isFinished
  }
}

/// What makes two blocks the same in a comparison.
package struct Identity: Hashable, Sendable {
  package var fields: [Line]
  package var comments: [[UInt8]]
  package var isCut: Bool
}

private let nameOfData = Array("data".utf8)
