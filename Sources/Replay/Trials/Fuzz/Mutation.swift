// How a fuzzed session differs from a recorded one, and the texts that are inserted. Everything here is
// legal in an event stream: a proxy that changes any of it has lost data.

package import MockQwen
internal import Recordings
internal import Wire

/// A kind of change to a session.
enum Mutation: Int, BitSetMember, CaseIterable, Hashable, Sendable {
  /// No change: a recording as it is.
  case recording
  /// A block is left out, comes twice, or is swapped with its neighbour.
  case dropped, doubled, swapped
  /// A line is longer, rarely by thousands of bytes.
  case grown
  /// Text that is easily misread is inserted into a line.
  case hostile
  /// Bytes that are not UTF-8 are inserted into a line.
  case rawBytes
  /// Lines end with CRLF, with CR, or with all kinds in turn.
  case crlf, cr, mixedEnds
  /// Fields are written without a blank, with many, or without a colon.
  case spelling
  case comment, unknownField, idField, retryField, eventField
  /// The body begins with a byte order mark.
  case byteOrderMark
  /// More than one blank line between blocks.
  case blankLines
  /// The last block lacks its blank line, or more.
  case unterminated
  /// The session ended badly when it was recorded.
  case badEnding
  /// The response is not an event stream.
  case otherType
}

/// The kinds that are switched on, or that were used.
typealias MutationSet = BitSet<Mutation>

extension SeededGenerator {
  /// True in `hits` of `tries` draws.
  mutating func hits(_ hits: Int, in tries: Int) -> Bool { number(below: tries) < hits }

  /// A number of a range.
  package mutating func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + number(below: range.count)
  }

  /// One of `choices`, which must not be empty.
  mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
    choices[number(below: choices.count)]
  }
}

/// Texts that go into lines.
enum FuzzText {
  /// Text that some readers misread.
  static let hostile: [[UInt8]] =
    [
      "👩‍👩‍👧", "\u{2028}", "\u{2029}", "\u{85}", "\u{B}", "\u{C}", "\u{0}", "\u{FEFF}",
      "\u{1C}\u{1E}",
      "[DONE]", "data:", "data: [DONE]", ": ", #"\n\n"#, #"\r\n\r\n"#, #"\n\ndata: [DONE]\n\n"#,
      #"\ud83d"#, #"\uD83D\uDE00"#, #"\udc00x"#, #"\u0000"#, #"\""#, #"\\"#, #"\/"#,
      "18446744073709551617", "9007199254740993", "-0.0", "1e400", "\t", "  ", "event: error",
      "event: error data: {\"error\":{}}", "你好", "é", "e\u{301}", "\u{FFFD}", "0\u{D7FF}",
      "HTTP/1.1 200 OK", "0", "5;ext", "</script>", "\u{7F}", "\u{10FFFF}",
    ].map { Array($0.utf8) }

  /// Bytes that are not UTF-8: alone, cut short, overlong, a surrogate.
  static let raw: [[UInt8]] = [
    [0xFF], [0xFE, 0xFF], [0xC3], [0xE4, 0xBD], [0xF0, 0x9F, 0x98], [0x80], [0xC0, 0x80],
    [0xED, 0xA0, 0x80], [0xEF, 0xBB], [0xBF],
  ]

  /// Small lines for blocks.
  package static let lines: [[UInt8]] =
    [
      "data: x", "data:y", "data", "data:", "data: ", "data: {\"content\":\"ha\"}", "data: [DONE]",
      "data: {\"choices\":[{\"delta\":{\"content\":\"你\"}}]}", "event: message", "event: result",
      "id:1", ":HTTP_STATUS/200", "data:{\"output\":{\"text\":\"a\\nb\"}}",
    ].map { Array($0.utf8) }

  package static let comments: [[UInt8]] = [":", ": keep-alive", ":\u{2028}", "::", ": data: x"].map
  {
    Array($0.utf8)
  }
  static let unknown: [[UInt8]] = ["note: 1", "Data: x", " data: x", "x", "datax: 1", "da ta:"].map
  {
    Array($0.utf8)
  }
  package static let ids: [[UInt8]] = ["id: 7", "id:", "id", "id: \u{0}", "id: ü"].map {
    Array($0.utf8)
  }
  static let retries: [[UInt8]] = [
    "retry: 3000", "retry: soon", "retry:", "retry: 99999999999999999999",
  ]
  .map { Array($0.utf8) }
  package static let events: [[UInt8]] = ["event: ping", "event:", "event", "event: error"].map {
    Array($0.utf8)
  }
}
