// The output of curl with --trace-ascii or --trace, with or without --trace-time and --trace-ids. A line
// announces what follows and how many bytes it has; the lines below hold the bytes, each with its offset,
// so the CR LF between two of them is known and a missing one is noticed. --trace shows every byte in
// hexadecimal digits; --trace-ascii shows line feeds and bytes that are not ASCII as dots.

internal import Foundation
internal import MockQwen

/// Reads the pieces of a trace.
struct TraceReader {
  /// One piece of the trace.
  struct Piece {
    enum Kind { case info, sentHeader, sentData, receivedHeader, receivedData, other }

    var kind: Kind
    /// The number of its first line, from 1.
    var line: Int
    /// The text of a line of information.
    var info = ""
    /// The transfer, with --trace-ids; else empty.
    var transfer = ""
    /// Milliseconds since midnight; 0 without --trace-time.
    var milliseconds = 0
    /// How many bytes the line announces.
    var count = 0
    /// Nil when the rows do not hold the announced bytes.
    var bytes: [UInt8]? = []
  }

  static func isTrace(_ bytes: [UInt8]) -> Bool {
    let start = String(decoding: bytes.prefix(4_000), as: UTF8.self)
    return start.split(whereSeparator: \.isNewline).prefix(8).contains { piece($0, 1) != nil }
  }

  /// Whether the rows show bytes as text, so that not all of them are known.
  let isASCII: Bool
  private(set) var pieces: [Piece] = []

  init(_ bytes: [UInt8]) {
    var rows: [(offset: Int, text: Substring)] = []
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let shown = lines.filter { Self.piece($0, 0) == nil }.compactMap(Self.row)
    isASCII = !shown.allSatisfy { Self.hexRow($0.text) != nil }
    for (index, line) in lines.enumerated() {
      if let next = Self.piece(line, index + 1) {
        close(&rows)
        pieces.append(next)
      } else if let row = Self.row(line) {
        rows.append(row)
      } else if line.hasPrefix("curl: (") {
        close(&rows)
        pieces.append(Piece(kind: .info, line: index + 1, info: String(line)))
      }
    }
    close(&rows)
  }

  /// Gives the last piece its bytes.
  private mutating func close(_ rows: inout [(offset: Int, text: Substring)]) {
    defer { rows = [] }
    guard let last = pieces.indices.last, pieces[last].kind != .info else { return }
    pieces[last].bytes = joined(rows, pieces[last].count)
  }

  /// The piece that a line announces; nil for other lines.
  private static func piece(_ line: Substring, _ number: Int) -> Piece? {
    var rest = line
    var piece = Piece(kind: .other, line: number)
    if let time = time(rest) {
      piece.milliseconds = time
      rest = rest.dropFirst(16)
    }
    if rest.first == "[", let end = rest.firstIndex(of: "]") {
      piece.transfer = String(rest[..<end].dropFirst().prefix { $0 != "-" })
      rest = rest[rest.index(after: end)...].drop { $0 == " " }
    }
    if rest.hasPrefix("== Info:") {
      piece.kind = .info
      piece.info = rest.dropFirst(8).trimmingCharacters(in: .whitespaces)
      return piece
    }
    guard rest.hasPrefix("=> Send ") || rest.hasPrefix("<= Recv "),
      let comma = rest.firstIndex(of: ","),
      case let words = rest[comma...].dropFirst(2).split(separator: " "), words.count >= 2,
      words[1] == "bytes", let count = wholeNumber(words[0])
    else { return nil }
    piece.count = count
    piece.kind =
      switch rest[..<comma] {
      case "=> Send header": .sentHeader
      case "=> Send data": .sentData
      case "<= Recv header": .receivedHeader
      case "<= Recv data": .receivedData
      default: .other
      }
    return piece
  }

  /// `hh:mm:ss.uuuuuu ` in milliseconds; nil for anything else.
  private static func time(_ line: Substring) -> Int? {
    let bytes = Array(line.utf8.prefix(16))
    guard bytes.count == 16, bytes[2] == 0x3A, bytes[5] == 0x3A, bytes[8] == 0x2E, bytes[15] == 0x20
    else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for byte in bytes[range] {
        guard 0x30...0x39 ~= byte else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    guard let hours = number(0..<2), let minutes = number(3..<5), let seconds = number(6..<8),
      let micro = number(9..<15)
    else { return nil }
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000 + micro / 1_000
  }

  /// A row: its offset in hexadecimal digits, a colon, a blank, and the bytes.
  private static func row(_ line: Substring) -> (offset: Int, text: Substring)? {
    guard let colon = line.firstIndex(of: ":"),
      line.distance(from: line.startIndex, to: colon) >= 4,
      line[..<colon].utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }),
      let offset = Int(line[..<colon].prefix(15), radix: 16)
    else { return nil }
    return (offset, line[line.index(after: colon)...].dropFirst())
  }

  /// The bytes of a row of up to sixteen pairs of digits; nil when it is not one.
  private static func hexRow(_ text: Substring) -> [UInt8]? {
    let columns = Array(text.utf8.prefix(48))
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: columns.count, by: 3) {
      let pair = columns[start..<min(start + 2, columns.count)]
      if pair.allSatisfy({ $0 == 0x20 }) { break }
      guard pair.count == 2, pair.allSatisfy({ 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }),
        let byte = UInt8(String(decoding: pair, as: UTF8.self), radix: 16),
        start + 2 == columns.count || columns[start + 2] == 0x20
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  /// The bytes of a piece's rows; nil when they are not `count` bytes, each at its offset.
  private func joined(_ rows: [(offset: Int, text: Substring)], _ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    for (index, row) in rows.enumerated() {
      guard row.offset == bytes.count else { return nil }
      let end = index + 1 < rows.count ? rows[index + 1].offset : count
      if isASCII {
        bytes += Array(row.text.utf8)
        if bytes.count + 2 == end { bytes += [0x0D, 0x0A] }
      } else {
        bytes += Self.hexRow(row.text) ?? []
      }
      guard bytes.count == end else { return nil }
    }
    return bytes.count == count ? bytes : nil
  }
}
