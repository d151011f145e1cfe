// A session as a timeline: a line for each block, with the time at which its last byte was read, its
// place and its content; below it, the places where reads ended inside the block. A plain body file does
// not have these times and places.

internal import Judging
package import MockQwen
internal import Terminal
internal import Wire

/// A line for each block of a session, in order, and one below it when a cut lies inside; with `blocks`,
/// only the blocks with these numbers, from 1.
package func timeline(_ session: Session, blocks: ClosedRange<Int>? = nil) -> [String] {
  var fragment = 0
  var number = 0
  return ReferenceReader.blocks(in: session.body).filter { !$0.isBlank }.flatMap {
    block -> [String] in
    let (start, end) = (block.range.lowerBound, block.range.upperBound)
    var cuts: [Int] = []
    while fragment < session.fragments.count, session.fragments[fragment].end < end {
      let cut = session.fragments[fragment].end
      if cut > start { cuts.append(cut) }
      fragment += 1
    }
    let time =
      session.fragments.indices.contains(fragment)
      ? "\(session.fragments[fragment].milliseconds) ms" : ""
    let mark = cuts.isEmpty ? "   " : "✂\(cuts.count) "
    let line =
      "\(padded(time, 9))  @\(padded(String(start), 7)) \(mark)\(words(block))"
      + (block.isFinished ? "" : "  (no blank line)")
    number += 1
    if let blocks, !blocks.contains(number) { return [] }
    let edge = String(repeating: " ", count: 20)
    return cuts.isEmpty
      ? [line] : [line, edge + "✂  " + cutText(session.body[block.range], at: cuts)]
  }
}

/// The bytes of a block, with a mark at each cut; the middle of long pieces is left out.
private func cutText(_ bytes: ArraySlice<UInt8>, at cuts: [Int]) -> String {
  let (marksMax, pieceMax) = (24, 48)
  var start = bytes.startIndex
  var pieces: [String] = []
  for end in cuts.prefix(marksMax) + [cuts.count > marksMax ? cuts[marksMax] : bytes.endIndex] {
    let text = visible(bytes[start..<end])
    let half = pieceMax / 2
    pieces.append(
      text.count > pieceMax ? "\(text.prefix(half))…\(text.suffix(half))" : text)
    start = end
  }
  let more = cuts.count > marksMax ? "┊… and \(cuts.count - marksMax - 1) more cuts" : ""
  return pieces.joined(separator: "┊") + more
}

/// Bytes as text on one line; line ends, control characters and invalid characters as escapes.
private func visible(_ bytes: ArraySlice<UInt8>) -> String {
  var text = ""
  var rest = bytes
  while let byte = rest.first {
    let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
    if byte >= 0xC0, let character = String(validating: rest.prefix(length), as: UTF8.self) {
      text += printable(character)
      rest = rest.dropFirst(length)
    } else {
      text += escaped(byte)
      rest = rest.dropFirst()
    }
  }
  return text
}

/// The content of a block: its event, else its fields; and its comments.
private func words(_ block: Block) -> String {
  let comments = block.comments.map { ":" + shown($0[...]) }
  guard let event = block.event else {
    let fields = block.fields.map { shown($0.name[...]) + ":" + shown($0.value[...]) }
    return (comments + fields).joined(separator: " ")
  }
  let id = event.id.isEmpty ? "" : " #" + shown(event.id[...])
  return (["\(shown(event.type[...]))\(id)  \(shown(event.data[...]))"] + comments)
    .joined(separator: "  ")
}

private func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

/// Bytes as text on one line: control characters as escapes, bytes that are not UTF-8 as U+FFFD.
package func shown(_ bytes: ArraySlice<UInt8>) -> String {
  let limit = 2_000
  var text = ""
  for scalar in String(decoding: bytes.prefix(limit), as: UTF8.self).unicodeScalars {
    if scalar.value < 0x20 || scalar.value == 0x7F {
      text += escaped(UInt8(scalar.value))
    } else {
      text.unicodeScalars.append(scalar)
    }
  }
  return bytes.count > limit ? text + "… (\(bytes.count) bytes)" : text
}
