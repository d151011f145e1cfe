// A text that is read from bytes, and the way back. A secret may stand in a body as it is, in a JSON
// string with escapes, or in pieces of many strings; a view is the text that a reader sees in the end,
// and knows for each of its bytes which bytes of the body it came from.

internal import Judging
internal import MockQwen
internal import Wire

/// A text, and where it came from.
struct TextView {
  /// Bytes of the text that came from as many bytes, one from one; or from one escape.
  private struct Run {
    package var text: Int
    package var count: Int
    package var place: Int
    /// How many bytes it came from; as many as `count` unless it is an escape.
    package var placeCount: Int
    var isEscape: Bool
  }

  package private(set) var text: [UInt8] = []
  private var runs: [Run] = []

  init() {}

  /// The bytes themselves.
  init(_ bytes: [UInt8]) {
    text = bytes
    runs = [
      Run(text: 0, count: bytes.count, place: 0, placeCount: bytes.count, isEscape: false)
    ]
  }

  /// Appends bytes as they are.
  package mutating func append(_ range: Range<Int>, of bytes: [UInt8]) {
    guard !range.isEmpty else { return }
    runs.append(
      Run(
        text: text.count, count: range.count, place: range.lowerBound, placeCount: range.count,
        isEscape: false))
    text += bytes[range]
  }

  /// Appends what a JSON string says; `range` is between its quotation marks.
  package mutating func append(jsonString range: Range<Int>, of bytes: [UInt8]) {
    var start = range.lowerBound
    while start < range.upperBound {
      let escape =
        bytes[start..<range.upperBound].firstIndex(of: UInt8(ascii: "\\")) ?? range.upperBound
      append(start..<escape, of: bytes)
      start = escape
      guard start < range.upperBound else { return }
      let (scalars, count) = unescaped(bytes[start..<range.upperBound])
      runs.append(
        Run(
          text: text.count, count: scalars.count, place: start, placeCount: count, isEscape: true))
      text += scalars
      start += count
    }
  }

  /// The bytes that a range of the text came from. An escape of which any part is meant is whole.
  package func places(of range: Range<Int>) -> [Range<Int>] {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].text + runs[middle].count <= range.lowerBound {
        low = middle + 1
      } else {
        high = middle
      }
    }
    var places: [Range<Int>] = []
    while low < runs.count, runs[low].text < range.upperBound {
      let run = runs[low]
      low += 1
      if run.isEscape {
        places.append(run.place..<run.place + run.placeCount)
      } else {
        let start = max(range.lowerBound, run.text) - run.text
        let end = min(range.upperBound, run.text + run.count) - run.text
        if start < end { places.append(run.place + start..<run.place + end) }
      }
    }
    return places
  }
}

/// What the escape at the start of `bytes` says in UTF-8, and how many bytes it takes (RFC 8259
/// section 7). What is no escape says what it is.
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
  let digits = bytes[start + 2..<start + 6]
  guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
  return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
}
