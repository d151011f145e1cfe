// The bytes around a difference as text: what was sent above what came, characters as characters, line
// ends and broken bytes as signs, and a caret below the place where the two part.

internal import Trials

extension Evidence {
  /// Two lanes and a caret; `indent` blanks before each line.
  func sideBySide(indent: Int) -> [String] {
    let pad = String(repeating: " ", count: indent)
    let sent = Lane(
      expected, mark: expectedOffset - expectedStart, cuts: cuts.map { $0 - expectedStart })
    let got = Lane(received, mark: receivedOffset - receivedStart, cuts: [])
    let caret = { (lane: Lane) in String(repeating: " ", count: indent + 6 + lane.markColumn) + "^"
    }
    let isAligned = sent.markColumn == got.markColumn
    return [pad + "sent  " + sent.text] + (isAligned ? [] : [caret(sent)])
      + [pad + "got   " + got.text, caret(got)]
  }
}

/// A run of bytes as one line of text.
private struct Lane {
  private(set) var text = ""
  /// The column of the marked byte.
  private(set) var markColumn = 0

  init(_ bytes: [UInt8], mark: Int, cuts: [Int]) {
    // An excerpt may begin inside a character.
    var index = min(bytes.prefix(3).prefix { $0 & 0xC0 == 0x80 }.count, max(mark, 0))
    if index > 0 { text = "…" }
    var column = text.count
    var isMarked = false
    while index < bytes.count {
      if !isMarked, index >= mark { (markColumn, isMarked) = (column, true) }
      if cuts.contains(index) {
        text += "┊"
        column += 1
        if index == mark { markColumn = column }
      }
      let (sign, length, width) = Self.sign(bytes[index...])
      text += sign
      column += width
      index += length
    }
    if !isMarked { markColumn = column }
  }

  /// The next sign of a text: what is shown, the bytes that it takes, and the columns.
  private static func sign(_ bytes: ArraySlice<UInt8>) -> (String, Int, Int) {
    let first = bytes[bytes.startIndex]
    switch first {
    case 0x0A: return ("⏎", 1, 1)
    case 0x0D: return ("␍", 1, 1)
    case 0x09: return ("⇥", 1, 1)
    case 0x20...0x7E: return (String(UnicodeScalar(first)), 1, 1)
    case 0xC2...0xF4:
      let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
      let part = bytes.prefix(length)
      guard part.count == length, let character = String(validating: part, as: UTF8.self),
        let scalar = character.unicodeScalars.first, character.unicodeScalars.count == 1,
        scalar.properties.generalCategory != .control
      else { fallthrough }
      return (character, length, isWide(scalar) ? 2 : 1)
    default:
      let digits = String(first, radix: 16, uppercase: true)
      return ("\\x" + (first < 16 ? "0" : "") + digits, 1, 4)
    }
  }

  /// Whether a terminal shows a character in two columns.
  private static func isWide(_ scalar: UnicodeScalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
