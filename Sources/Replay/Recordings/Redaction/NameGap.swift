// The text between a name and its value: `NAME=value`, `name: value`, `"name": "value"`, `env["NAME"] =
// 'value'`, `set("name", "value")`, `--name value`, `<name>value</name>`, `NAME 'value'`,
// `| name | value |`, and the same with escaped quotes.

/// A full-width colon, used in Chinese texts.
let wideColon: [UInt8] = [0xEF, 0xBC, 0x9A]

/// The gap between a name and its value.
struct NameGap {
  enum Separator { case equals, colon, comma, tag, blank }

  var separator: Separator
  /// The quotation mark before the value.
  var quote: UInt8?
  /// Whether there are blanks around the separator.
  var hasBlank = false
  /// Whether a list begins.
  var opensList = false
  /// Where the value begins.
  var end: Int

  private static let gapMax = 32

  /// The gap after `name`; nil when no value follows.
  init?(in text: [UInt8], behind name: Range<Int>) {
    var index = name.upperBound
    let limit = min(text.count, index + Self.gapMax)
    func skip(_ bytes: String) -> Int {
      let from = index
      while index < limit, bytes.utf8.contains(text[index]) { index += 1 }
      return index - from
    }
    let isTag = name.lowerBound > 0 && text[name.lowerBound - 1] == UInt8(ascii: "<")
    if isTag, index < limit, text[index] == UInt8(ascii: ">") {
      self.init(separator: .tag, quote: nil, end: index + 1)
      return
    }
    let isClosed = skip("\\\"'`") > 0
    if isClosed { _ = skip("])") }
    let blanks = skip(" \t")
    guard index < limit else { return nil }
    let separator: Separator
    switch text[index] {
    case UInt8(ascii: "="): separator = .equals
    case UInt8(ascii: ":"): separator = .colon
    case UInt8(ascii: ",") where isClosed: separator = .comma
    // A full-width colon.
    case 0xEF where holds(text, wideColon, at: index):
      separator = .colon
      index += 2
    case UInt8(ascii: "|") where Self.isCell(text, name): separator = .colon
    // SQL: `PASSWORD 'value'`; netrc: `login bob password value`.
    case UInt8(ascii: "'") where blanks > 0 && !isClosed: separator = .blank
    default:
      let isOption = holds(text, Array("--".utf8), at: name.lowerBound) && name.count > 4
      guard blanks == 1, isOption || Self.isBehindLogin(text, name), !isClosed else { return nil }
      self.init(
        separator: .blank, quote: Self.quote(text, &index, limit), hasBlank: true, end: index)
      return
    }
    if separator != .blank { index += 1 }
    // `:=`, `=>` and `==`, which only compares.
    let isComparison = index < limit && text[index] == UInt8(ascii: "=") && separator == .equals
    _ = skip("=>")
    let hasBlank = skip(" \t\u{A0}") + blanks > 0
    let opensList = index < limit && text[index] == UInt8(ascii: "[")
    if opensList {
      index += 1
      _ = skip(" \t\r\n")
    }
    let quote = Self.quote(text, &index, limit)
    if isComparison, quote == nil { return nil }
    self.init(
      separator: separator, quote: quote, hasBlank: hasBlank, opensList: opensList && quote != nil,
      end: index)
    if opensList, quote == nil { return nil }
  }

  private init(
    separator: Separator, quote: UInt8?, hasBlank: Bool = false, opensList: Bool = false, end: Int
  ) {
    self.separator = separator
    self.quote = quote
    self.hasBlank = hasBlank
    self.opensList = opensList
    self.end = end
  }

  /// Whether a name fills a cell of a table in Markdown.
  private static func isCell(_ text: [UInt8], _ name: Range<Int>) -> Bool {
    let before = text[..<name.lowerBound].suffix(8).last { $0 != 0x20 && $0 != UInt8(ascii: "`") }
    return before == UInt8(ascii: "|")
  }

  /// Whether a name follows `login NAME `, as in a netrc file.
  private static func isBehindLogin(_ text: [UInt8], _ name: Range<Int>) -> Bool {
    let words = text[..<name.lowerBound].suffix(80).split { $0 <= 0x20 || $0 == UInt8(ascii: "\\") }
    guard words.count >= 2, text[name].elementsEqual("password".utf8) else { return false }
    return words[words.count - 2].elementsEqual("login".utf8)
      || words[words.count - 2].elementsEqual("nlogin".utf8)
  }

  /// Skips an opening quotation mark with the backslashes of its escape.
  private static func quote(_ text: [UInt8], _ index: inout Int, _ limit: Int) -> UInt8? {
    var next = index
    while next < limit, text[next] == UInt8(ascii: "\\") { next += 1 }
    // The prefix of a string in Python: b"…", r'…'.
    if next + 1 < limit, "brfu".utf8.contains(text[next]), "\"'".utf8.contains(text[next + 1]) {
      next += 1
    }
    guard next < limit, "\"'`".utf8.contains(text[next]) else { return nil }
    index = next + 1
    while index < limit, text[index] == text[next] { index += 1 }
    return text[next]
  }
}

/// The text up to the closing mark; nil when it is empty.
func quotedValue(in text: [UInt8], at start: Int, _ quote: UInt8) -> Range<Int>? {
  var end = start
  while end < text.count, text[end] != quote, text[end] != UInt8(ascii: "\\"), text[end] != 0x0A,
    text[end] != UInt8(ascii: "\"")
  {
    end += 1
  }
  return end - start >= 3 && !isFilled(text[start..<end]) ? start..<end : nil
}

/// The texts of a list of quoted texts whose first one begins at `start`; at most 256.
func quotedList(in text: [UInt8], at start: Int) -> [Range<Int>] {
  var list: [Range<Int>] = []
  var index = start
  while list.count < 256, let value = quotedValue(in: text, at: index, text[index - 1]) {
    list.append(value)
    index = value.upperBound
    while index < text.count, "\\\"', \t\r\n".utf8.contains(text[index]) { index += 1 }
    guard index < text.count, index > value.upperBound, text[index] != UInt8(ascii: "]"),
      "\"'".utf8.contains(text[index - 1])
    else { break }
  }
  return list
}

/// Where a value without quotes ends.
func endOfPlainValue(in text: [UInt8], from start: Int) -> Int {
  var end = start
  while end < text.count {
    let byte = text[end]
    if byte <= 0x20 || "&\"'\\;<>`)]}|".utf8.contains(byte) { break }
    // A bracket after a path of names means that it is code.
    if "([{".utf8.contains(byte), end == start || SecretValue(text[start..<end]).isNamePath {
      break
    }
    end += 1
  }
  return end
}
