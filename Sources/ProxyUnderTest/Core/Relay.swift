// The relay keeps the promise that no block is lost. It takes the body bytes of an upstream, cut
// anywhere, and passes on everything up to the last block border that it has seen; what follows
// that border is the open event and is held. It decodes nothing: a block leaves as it came.
//
// A block ends with a blank line (WHATWG HTML section 9.2.5: a line ends with LF, CRLF or a lone CR).
// So the relay never has to look at a block's text, only for two line ends in a row, and of those
// only for the last pair in a fragment: it searches each fragment from its end.

internal import Wire

/// Passes on complete blocks of an event stream, and holds the open one.
///
/// Two equal relays have the same future: the bytes held, their place in the stream and the place
/// in the line are the whole state, whatever the fragments were.
package struct Relay: Hashable, Sendable {
  /// Where the stream stands, by its last bytes.
  private enum Place: Hashable, Sendable {
    /// The last byte is not a line end.
    case insideLine
    /// The stream is at its start, or the last byte is an LF.
    case lineStart
    /// The last byte is a CR: the next line has begun, but an LF would still belong to this end.
    case afterCarriageReturn
  }

  private var place = Place.lineStart

  /// Whether no border has come yet: what is held began with the stream.
  private var isAtStart = true

  /// Bytes that are compared in blocks; `==` of arrays goes byte by byte.
  private struct Bytes: Hashable, Sendable {
    var list: [UInt8] = []

    static func == (left: Bytes, right: Bytes) -> Bool { areSameBytes(left.list, right.list) }
  }

  private var open = Bytes()

  /// The bytes of the open block: all that came after the last border.
  package var held: [UInt8] { open.list }

  package init() {}

  /// Whether the stream is right after a block, so that another could follow: nothing is held, and
  /// no LF is missing that would belong to the line end before.
  var isBetweenBlocks: Bool { held.isEmpty && place == .lineStart && !isAtStart }

  /// Takes the next fragment of the stream; appends to `output` what it completes: the held bytes
  /// and the part of the fragment up to its last block border, or nothing.
  package mutating func feed(_ fragment: Span<UInt8>, into output: inout [UInt8]) {
    let border = lastBorder(in: fragment)
    if border > 0 {
      isAtStart = false
      if !held.isEmpty {
        output.append(contentsOf: held)
        open.list.removeAll(keepingCapacity: true)
      }
      output.append(copying: fragment.extracting(first: border))
    }
    if border < fragment.count {
      open.list.append(copying: fragment.extracting(droppingFirst: border))
      place = Self.place(after: fragment[fragment.count - 1])
    } else if border > 0 {
      place = Self.place(after: fragment[border - 1])
    }
  }

  /// Takes the proper end of the stream: appends the open block with the blank line that it lacks.
  ///
  /// After a CR, one LF would only make it a CRLF; so two are needed, as inside a line.
  package mutating func finish(into output: inout [UInt8]) {
    guard !held.isEmpty else { return }
    isAtStart = false
    output.append(contentsOf: held)
    open.list = []
    output.append(UInt8(ascii: "\n"))
    if place != .lineStart { output.append(UInt8(ascii: "\n")) }
    place = .lineStart
  }

  private static func place(after byte: UInt8) -> Place {
    switch byte {
    case UInt8(ascii: "\n"): .lineStart
    case UInt8(ascii: "\r"): .afterCarriageReturn
    default: .insideLine
    }
  }

  /// How many bytes of `fragment` lie before the end of its last blank line; 0 when no blank line
  /// ends in it.
  private func lastBorder(in fragment: Span<UInt8>) -> Int {
    var end = fragment.count
    while let lineEnd = lastLineEnd(in: fragment, before: end) {
      if endsBlankLine(fragment, lineEnd) { return lineEnd + 1 }
      end = lineEnd
    }
    return 0
  }

  /// Whether the line end at `index` ends a blank line: it follows another line end directly, not
  /// counting its own CR.
  private func endsBlankLine(_ fragment: Span<UInt8>, _ index: Int) -> Bool {
    if fragment[index] == UInt8(ascii: "\r") { return startsLine(fragment, index) }
    guard index > 0 else {
      // An LF after a CR of the fragment before belongs to that CR's line end, and leaves with it.
      return place == .lineStart || (place == .afterCarriageReturn && held.isEmpty)
        || isBehindMark(fragment, index)
    }
    return switch fragment[index - 1] {
    case UInt8(ascii: "\n"): true
    case UInt8(ascii: "\r"): startsLine(fragment, index - 1)
    default: isBehindMark(fragment, index)
    }
  }

  /// Whether a line starts at `index` when the byte there is not an LF.
  private func startsLine(_ fragment: Span<UInt8>, _ index: Int) -> Bool {
    if isBehindMark(fragment, index) { return true }
    guard index > 0 else { return place != .insideLine }
    return isLineEnd(fragment[index - 1])
  }

  /// Whether the whole stream before `index` is one byte order mark. That is not text (WHATWG HTML
  /// section 9.2.6 strips it when decoding), so the first line starts after it.
  private func isBehindMark(_ fragment: Span<UInt8>, _ index: Int) -> Bool {
    guard isAtStart, held.count + index == 3 else { return false }
    var start = held
    start.append(copying: fragment.extracting(first: index))
    return start == [0xEF, 0xBB, 0xBF]
  }
}

private func isLineEnd(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
}

/// The index of the last LF or CR of `bytes` before `end`, or nil.
///
/// The plain loop runs at about 1.6 GB/s; blocks without branches become vector operations. Large
/// blocks are only checked for whether they can hold one; the smaller ones tell its place.
private func lastLineEnd(in bytes: Span<UInt8>, before end: Int) -> Int? {
  var end = end
  while end >= 128 {
    let start = end - 128
    if mayHoldLineEnd(bytes.extracting(start..<end), count: 128),
      let found = lastLineEnd(in: bytes, start..<end)
    {
      return found
    }
    end = start
  }
  return lastLineEnd(in: bytes, 0..<end)
}

/// The index of the last LF or CR of `bytes` in `range`, or nil.
private func lastLineEnd(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
  var end = range.upperBound
  while end - range.lowerBound >= 32 {
    let found = lastLineEnd(inBlock: bytes.extracting(end - 32..<end), count: 32)
    if found > 0 { return end - 33 + found }
    end -= 32
  }
  while end - range.lowerBound >= 8 {
    let found = lastLineEnd(inBlock: bytes.extracting(end - 8..<end), count: 8)
    if found > 0 { return end - 9 + found }
    end -= 8
  }
  while end > range.lowerBound {
    end -= 1
    if isLineEnd(bytes[end]) { return end }
  }
  return nil
}

// Both use minima and masks: the compiler turns comparisons into branches instead of vectors.

/// Whether one of the `count` bytes of `block` can be an LF or a CR: text has few other bytes as
/// low.
@inline(__always)
private func mayHoldLineEnd(_ block: Span<UInt8>, count: Int) -> Bool {
  var least = UInt8.max
  for index in 0..<count { least = min(least, block[index]) }
  return least <= UInt8(ascii: "\r")
}

/// One more than the index of the last LF or CR among the `count` bytes of `block`; 0 for none.
@inline(__always)
private func lastLineEnd(inBlock block: Span<UInt8>, count: Int) -> Int {
  var last: UInt8 = 0
  for index in 0..<count {
    let mask = min(distanceFromLineEnd(block[index]), 1) &- 1
    last = max(last, mask & UInt8(truncatingIfNeeded: index + 1))
  }
  return Int(last)
}

/// 0 for an LF or a CR, and for no other byte.
@inline(__always)
private func distanceFromLineEnd(_ byte: UInt8) -> UInt8 {
  min(byte ^ UInt8(ascii: "\n"), byte ^ UInt8(ascii: "\r"))
}
