// Swift source as tokens, as far as the rules need it: words, numbers, strings, operators and
// brackets, each with its place. Comments and blanks are left out, but whether a blank stands before
// and behind an operator is kept: it tells `a < b` from `Array<Int>`.

/// A piece of Swift source.
struct Token {
  enum Kind { case word, number, text, raw, operation, bracket, other }

  var kind: Kind
  var text: String
  /// Offsets in the file, in bytes.
  var start: Int
  var end: Int
  /// From 1 on.
  var line: Int
  /// Whether it is the first on its line.
  var startsLine: Bool
  /// Whether blanks stand on both sides.
  var isSpaced: Bool
}

/// The tokens of a file, in order.
func scannedTokens(_ source: [UInt8]) -> [Token] {
  var scanner = Scanner(source: source)
  scanner.scan()
  return scanner.found
}

private struct Scanner {
  let source: [UInt8]
  var found: [Token] = []
  var index = 0
  var line = 1
  var startsLine = true

  init(source: [UInt8]) { self.source = source }

  mutating func scan() {
    while index < source.count {
      let byte = source[index]
      switch byte {
      case 0x0A:
        line += 1
        startsLine = true
        index += 1
      case 0x20, 0x09, 0x0D: index += 1
      case UInt8(ascii: "/") where next == UInt8(ascii: "/"):
        while index < source.count, source[index] != 0x0A { index += 1 }
      case UInt8(ascii: "\""): add(.text, to: endOfText(hashes: 0))
      case UInt8(ascii: "#") where startsRawText: addRaw()
      case _ where Self.isDigit(byte):
        var end = index
        while end < source.count, Self.isWordByte(source[end]) { end += 1 }
        add(.number, to: end)
      case _ where Self.isWordByte(byte) || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "@"):
        var end = index + 1
        while end < source.count, Self.isWordByte(source[end]) { end += 1 }
        add(.word, to: end)
      case _ where "()[]{}".utf8.contains(byte): add(.bracket, to: index + 1)
      case _ where Self.isOperator(byte):
        var end = index
        while end < source.count, Self.isOperator(source[end]) { end += 1 }
        add(.operation, to: end)
      default: add(.other, to: index + 1)
      }
    }
  }

  private var next: UInt8 { index + 1 < source.count ? source[index + 1] : 0 }

  private mutating func add(_ kind: Token.Kind, to end: Int) {
    let isSpaced =
      index > 0 && source[index - 1] <= 0x20 && end < source.count && source[end] <= 0x20
    found.append(
      Token(
        kind: kind, text: String(decoding: source[index..<end], as: UTF8.self), start: index,
        end: end, line: line, startsLine: startsLine, isSpaced: isSpaced))
    line += source[index..<end].count { $0 == 0x0A }
    startsLine = false
    index = end
  }

  private var startsRawText: Bool {
    var place = index
    while place < source.count, source[place] == UInt8(ascii: "#") { place += 1 }
    return place < source.count && source[place] == UInt8(ascii: "\"")
  }

  private mutating func addRaw() {
    var hashes = 0
    while source[index + hashes] == UInt8(ascii: "#") { hashes += 1 }
    let mark = [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "#"), count: hashes)
    var end = index + hashes + 1
    while end < source.count, !source[end...].starts(with: mark) { end += 1 }
    add(.raw, to: end + mark.count)
  }

  /// Where the string literal at `index` ends; interpolations may hold further literals.
  private func endOfText(hashes: Int) -> Int {
    if source[index...].starts(with: Array("\"\"\"".utf8)) {
      var end = index + 3
      while !source[end...].starts(with: Array("\"\"\"".utf8)) { end += 1 }
      return end + 3
    }
    var end = index + 1
    var depth = 0
    while end < source.count {
      let byte = source[end]
      if byte == UInt8(ascii: "\\") {
        if source[end + 1] == UInt8(ascii: "(") { depth += 1 }
        end += 2
        continue
      }
      if depth > 0 {
        if byte == UInt8(ascii: "(") { depth += 1 }
        if byte == UInt8(ascii: ")") { depth -= 1 }
      } else if byte == UInt8(ascii: "\"") {
        return end + 1
      }
      end += 1
    }
    return end
  }

  static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
  static func isWordByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte || byte == 0x5F || byte >= 0x80
  }
  static func isOperator(_ byte: UInt8) -> Bool { "+-*/%=<>!&|^~?.".utf8.contains(byte) }
}
