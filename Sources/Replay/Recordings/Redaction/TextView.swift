// A text that is decoded from bytes, and the mapping back. A secret may be in a body as it is, in a JSON
// string with escapes, in a list of byte values, or in pieces of many strings. A view is the text that a
// reader sees in the end, and knows the source bytes of each of its bytes.

internal import Wire

/// A text, and its source bytes.
struct TextView {
  /// Bytes of the text that came one by one from as many bytes, or together from one escape.
  private struct Run {
    var text: Int
    var count: Int
    var place: Int
    /// How many source bytes it has; the same as `count` unless it is an escape.
    var placeCount: Int
    var isEscape = false
    /// Whether its source is a number, which must remain one.
    var isNumber = false
  }

  private(set) var text: [UInt8] = []
  private var runs: [Run] = []

  init() {}

  /// Whether the text is the bytes themselves.
  var isWhole: Bool { runs.count == 1 && runs[0].place == 0 && !runs[0].isEscape }

  /// The bytes themselves.
  init(_ bytes: [UInt8]) {
    text = bytes
    runs = [Run(text: 0, count: bytes.count, place: 0, placeCount: bytes.count)]
  }

  /// Appends bytes as they are.
  mutating func append(_ range: Range<Int>, of bytes: [UInt8]) {
    guard !range.isEmpty else { return }
    runs.append(
      Run(
        text: text.count, count: range.count, place: range.lowerBound, placeCount: range.count))
    text += bytes[range]
  }

  private mutating func append(escape scalars: [UInt8], from start: Int, count: Int) {
    runs.append(
      Run(text: text.count, count: scalars.count, place: start, placeCount: count, isEscape: true))
    text += scalars
  }

  /// Appends the byte whose value is written as a number.
  mutating func append(byte: UInt8, number range: Range<Int>) {
    runs.append(
      Run(
        text: text.count, count: 1, place: range.lowerBound, placeCount: range.count,
        isEscape: true, isNumber: true))
    text.append(byte)
  }

  /// Appends the content of a JSON string; `range` is between its quotation marks.
  mutating func append(jsonString range: Range<Int>, of bytes: [UInt8]) {
    var start = range.lowerBound
    while start < range.upperBound {
      let escape =
        bytes[start..<range.upperBound].firstIndex(of: UInt8(ascii: "\\")) ?? range.upperBound
      append(start..<escape, of: bytes)
      start = escape
      guard start < range.upperBound else { return }
      let (scalars, count) = unescaped(bytes[start..<range.upperBound])
      append(escape: scalars, from: start, count: count)
      start += count
    }
  }

  /// Appends percent-decoded bytes (RFC 3986 section 2.1).
  mutating func append(percentEncoded range: Range<Int>, of bytes: [UInt8]) {
    var start = range.lowerBound
    var index = start
    while index < range.upperBound {
      guard bytes[index] == UInt8(ascii: "%"), index + 2 < range.upperBound,
        let high = hexadecimalValue(bytes[index + 1]), let low = hexadecimalValue(bytes[index + 2])
      else {
        index += 1
        continue
      }
      append(start..<index, of: bytes)
      append(escape: [high << 4 | low], from: index, count: 3)
      index += 3
      start = index
    }
    append(start..<range.upperBound, of: bytes)
  }

  /// The source bytes of a range of the text. An escape that is touched counts as a whole.
  func places(of range: Range<Int>) -> [(range: Range<Int>, isNumber: Bool)] {
    var low = runs.partitionPoint { $0.text + $0.count <= range.lowerBound }
    var places: [(range: Range<Int>, isNumber: Bool)] = []
    while low < runs.count, runs[low].text < range.upperBound {
      let run = runs[low]
      low += 1
      if run.isEscape {
        places.append((run.place..<run.place + run.placeCount, run.isNumber))
      } else {
        let start = max(range.lowerBound, run.text) - run.text
        let end = min(range.upperBound, run.text + run.count) - run.text
        if start < end { places.append((run.place + start..<run.place + end, false)) }
      }
    }
    return places
  }
}

/// The escape at the start of `bytes`, decoded to UTF-8, and how many bytes it takes (RFC 8259 section
/// 7). A sequence that is not an escape stands for itself.
private func unescaped(_ bytes: ArraySlice<UInt8>) -> (text: [UInt8], count: Int) {
  let start = bytes.startIndex
  guard bytes.count >= 2 else { return ([bytes[start]], 1) }
  switch bytes[start + 1] {
  case UInt8(ascii: "b"): return ([0x08], 2)
  case UInt8(ascii: "f"): return ([0x0C], 2)
  case UInt8(ascii: "n"): return ([0x0A], 2)
  case UInt8(ascii: "r"): return ([0x0D], 2)
  case UInt8(ascii: "t"): return ([0x09], 2)
  case UInt8(ascii: "u"):
    guard let high = codeUnit(bytes, at: start) else { return ([UInt8(ascii: "u")], 2) }
    if 0xD800..<0xDC00 ~= high, let low = codeUnit(bytes, at: start + 6), 0xDC00..<0xE000 ~= low {
      let value = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
      return (Array(String(Unicode.Scalar(value) ?? "?").utf8), 12)
    }
    return (Array(String(Unicode.Scalar(high) ?? "\u{FFFD}").utf8), 6)
  default: return ([bytes[start + 1]], 2)
  }
}

/// The code unit of `\uXXXX` at `start`.
private func codeUnit(_ bytes: ArraySlice<UInt8>, at start: Int) -> UInt16? {
  guard start + 6 <= bytes.endIndex, bytes[start] == UInt8(ascii: "\\"),
    bytes[start + 1] == UInt8(ascii: "u")
  else { return nil }
  var value: UInt16 = 0
  for byte in bytes[start + 2..<start + 6] {
    guard let digit = hexadecimalValue(byte) else { return nil }
    value = value << 4 | UInt16(digit)
  }
  return value
}
