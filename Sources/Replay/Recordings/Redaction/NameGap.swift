// The text between a name and its value: `NAME=value`, `name: value`, `"name": "value"`, `env["NAME"] =
// 'value'`, `set("name", "value")`, `--name value`, `<name>value</name>`, `NAME 'value'`, `NAME "value"`,
// `name: type = "value"`, `name{"value"}`, `| name | value |`, `the name is value`, and the same with
// escaped quotes.

/// A full-width colon, used in Chinese texts.
let wideColon: [UInt8] = [0xEF, 0xBC, 0x9A]

/// The gap between a name and its value.
struct NameGap {
  enum Separator { case equals, colon, comma, tag, blank, verb }

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
    let isClosed = skip("\\\"'`*") > 0
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
    case let mark where blanks > 0 && !isClosed && "'\"".utf8.contains(mark): separator = .blank
    case UInt8(ascii: "\\") where blanks > 0 && !isClosed && holds(text, [0x5C, 0x22], at: index):
      separator = .blank
    // C++: `name{"value"}`.
    case UInt8(ascii: "{") where blanks == 0 && holds(text, [0x7B, 0x22], at: index):
      separator = .equals
    default:
      if let verb = Self.verb(in: text, at: index, behind: name), !isClosed, blanks < 2 {
        index = verb
        self.init(
          separator: .verb, quote: Self.quote(text, &index, verb + 4), hasBlank: true, end: index)
        return
      }
      guard blanks == 1, Self.takesWord(text, name), !isClosed else { return nil }
      self.init(
        separator: .blank, quote: Self.quote(text, &index, limit), hasBlank: true, end: index)
      return
    }
    if separator != .blank { index += 1 }
    // `:=`, `=>` and `==`, which only compares.
    let isComparison = index < limit && text[index] == UInt8(ascii: "=") && separator == .equals
    _ = skip("=>")
    // Markdown: `**Password:** value`.
    if separator == .colon, holds(text, Array("** ".utf8), at: index) { index += 2 }
    let hasBlank = skip(" \t\u{A0}") + blanks > 0
    // A long bracket of Lua, if it is closed soon.
    if separator == .equals, holds(text, [0x5B, 0x5B], at: index),
      text[index...].prefix(256).contains(UInt8(ascii: "]"))
    {
      self.init(separator: separator, quote: UInt8(ascii: "]"), hasBlank: hasBlank, end: index + 2)
      return
    }
    let opensList = index < limit && text[index] == UInt8(ascii: "[")
    if opensList {
      index += 1
      _ = skip(" \t\r\n")
    }
    var quote = Self.quote(text, &index, limit)
    if separator == .colon, quote == nil, !opensList, let value = Self.typed(text, at: index) {
      index = value
      quote = Self.quote(text, &index, value + 4)
    }
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

  /// Whether a name of one or two words fills a cell of a table in Markdown.
  private static func isCell(_ text: [UInt8], _ name: Range<Int>) -> Bool {
    var before = text[..<name.lowerBound].suffix(24)
    while let last = before.last, last == 0x20 || last == UInt8(ascii: "`") { before.removeLast() }
    if before.count < 24, let word = before.last, isLetter(word) {
      before = before.prefix(
        before.lastIndex { !isLetter($0) }.map { $0 - before.startIndex + 1 } ?? 0)
      while before.last == 0x20 { before.removeLast() }
    }
    return before.last == UInt8(ascii: "|")
  }

  /// Whether the word after a name is its value: an option, a line of netrc, of a Dockerfile or a shell.
  private static func takesWord(_ text: [UInt8], _ name: Range<Int>) -> Bool {
    let isOption = holds(text, Array("--".utf8), at: name.lowerBound) && name.count > 4
    let isLongOption = text[name.lowerBound] == UInt8(ascii: "-") && name.count > 6
    return isOption || isLongOption || isBehindLogin(text, name) || isDirective(text, name)
  }

  /// Whether a name begins a line of a configuration, or follows a word that sets variables.
  private static func isDirective(_ text: [UInt8], _ name: Range<Int>) -> Bool {
    if ["requirepass", "masterauth"].contains(where: { text[name].elementsEqual($0.utf8) }) {
      return true
    }
    let before = text[..<name.lowerBound].suffix(12)
    guard before.last == 0x20 else { return false }
    let word = before.dropLast().split(omittingEmptySubsequences: false) { $0 <= 0x20 }.last ?? []
    return ["ENV", "ARG", "setenv", "setx"].contains { word.elementsEqual($0.utf8) }
  }

  /// Where the value begins in `the token is VALUE`, also in Chinese.
  private static func verb(in text: [UInt8], at index: Int, behind name: Range<Int>) -> Int? {
    let isChinese = ["是", "为"].contains { text[name].suffix(3).elementsEqual($0.utf8) }
    if isChinese { return index }
    for verb in ["is: ", "is ", "was ", "to "] where holds(text, Array(verb.utf8), at: index) {
      return index > name.upperBound ? index + verb.utf8.count : nil
    }
    return nil
  }

  /// Where the quoted value begins in `name: type = "value"`, given where the type begins.
  private static func typed(_ text: [UInt8], at start: Int) -> Int? {
    let end = min(text.count, start + 48)
    guard
      let sign = text[start..<end].firstIndex(where: {
        !isNameByte($0) && !" &'<>?.:[]*".utf8.contains($0)
      }), sign > start, text[sign] == UInt8(ascii: "="), sign + 2 < text.count
    else { return nil }
    let value = text[sign + 1] == 0x20 ? sign + 2 : sign + 1
    let isQuote = "\"'`".utf8.contains(text[value]) || holds(text, [0x5C, 0x22], at: value)
    return isQuote ? value : nil
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
    let limit = min(limit, text.count)
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
