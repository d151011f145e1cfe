// The bytes around a difference as text: what the client got above what it should have got, characters as
// characters, line ends and invalid bytes as signs, long repeats once with their number, and a caret
// below the first difference.

internal import Trials

extension Evidence {
  /// What came, and what should have come.
  var lanes: (client: Lane, should: Lane) {
    (
      Lane(received, mark: receivedOffset - receivedStart, cuts: []),
      Lane(expected, mark: expectedOffset - expectedStart, cuts: cuts.map { $0 - expectedStart })
    )
  }
}

/// A run of bytes as one line of text.
struct Lane {
  private(set) var text = ""
  /// The column of the marked byte.
  private(set) var markColumn = 0

  /// From this many equal signs in a row on, they are shown once.
  private static let repeatsMin = 8

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
      let stops = ([mark] + cuts).filter { $0 > index }
      let count = Self.repeats(of: sign, length, in: bytes, from: index, before: stops.min())
      let word = count < Self.repeatsMin ? "" : "×\(count)"
      text += sign + word
      column += width + word.count
      index += length * (word.isEmpty ? 1 : count)
    }
    if !isMarked { markColumn = column }
  }

  /// How often a sign occurs in a row, up to a place that must be shown.
  private static func repeats(
    of sign: String, _ length: Int, in bytes: [UInt8], from start: Int, before stop: Int?
  ) -> Int {
    let first = bytes[start..<min(start + length, bytes.count)]
    var count = 1
    while start + (count + 1) * length <= min(stop ?? bytes.count, bytes.count),
      bytes[start + count * length..<start + (count + 1) * length].elementsEqual(first)
    {
      count += 1
    }
    return count
  }

  /// The next sign of a text: what is shown, how many bytes it takes, and how many columns.
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

  /// Whether a terminal shows a character two columns wide.
  private static func isWide(_ scalar: UnicodeScalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
