// A text of YAML in quotes, taken line by line (YAML 1.2 sections 5.7, 7.3.1 and 7.3.2), and the flow
// collections that hold such texts.

/// A text in quotes.
struct QuotedScalar {
  let quote: Character
  private(set) var text = ""
  /// Line ends that are not folded yet.
  private var endCount = 0
  /// Whether the last line ended with a backslash: the next one continues it without a blank.
  private var isJoined = false

  init(quote: Character) { self.quote = quote }

  /// Takes a line without its end. Returns the text after the closing quote; nil when the quote is not
  /// there.
  mutating func take(
    _ line: Substring, _ reader: ForeignYAML
  ) throws(ImportError) -> Substring? {
    // Blanks at the end of a line that continues are not part of the text, unless they were escaped.
    var blanks = ""
    var rest = line
    if !rest.isEmpty { fold() }
    while let next = rest.popFirst() {
      if next == quote {
        if quote == "'", rest.first == "'" {
          rest.removeFirst()
          text += blanks + "'"
          blanks = ""
          continue
        }
        text += blanks
        return rest
      }
      if next == " " || next == "\t" {
        blanks.append(next)
      } else if next == "\\", quote == "\"" {
        text += blanks
        blanks = ""
        if rest.isEmpty {
          isJoined = true
        } else {
          try escape(&rest, reader)
        }
      } else {
        text += blanks
        blanks = ""
        text.append(next)
      }
    }
    endCount += 1
    return nil
  }

  private mutating func fold() {
    guard endCount > 0 else { return }
    if endCount > 1 {
      text += String(repeating: "\n", count: endCount - 1)
    } else if !isJoined {
      text += " "
    }
    (endCount, isJoined) = (0, false)
  }

  private mutating func escape(
    _ rest: inout Substring, _ reader: ForeignYAML
  ) throws(ImportError) {
    let mark = rest.removeFirst()
    let plain: [Character: String] = [
      "0": "\0", "a": "\u{7}", "b": "\u{8}", "t": "\t", "\t": "\t", "n": "\n", "v": "\u{B}",
      "f": "\u{C}", "r": "\r", "e": "\u{1B}", " ": " ", "\"": "\"", "/": "/", "\\": "\\",
      "N": "\u{85}", "_": "\u{A0}", "L": "\u{2028}", "P": "\u{2029}",
    ]
    if let known = plain[mark] {
      text += known
      return
    }
    let counts: [Character: Int] = ["x": 2, "u": 4, "U": 8]
    guard let count = counts[mark], var value = Self.digits(&rest, count) else {
      throw reader.wrong("the escape \\\(mark)")
    }
    // JSON's notation for characters beyond U+FFFF, which some writers keep.
    if 0xD800...0xDBFF ~= value, rest.hasPrefix("\\u") {
      rest.removeFirst(2)
      guard let low = Self.digits(&rest, 4), 0xDC00...0xDFFF ~= low else {
        throw reader.wrong("half of a surrogate pair")
      }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw reader.wrong("half of a surrogate pair") }
    text.unicodeScalars.append(scalar)
  }

  private static func digits(_ rest: inout Substring, _ count: Int) -> UInt32? {
    let digits = rest.prefix(count)
    guard digits.count == count, digits.allSatisfy(\.isHexDigit) else { return nil }
    rest.removeFirst(count)
    return UInt32(digits, radix: 16)
  }
}

/// A flow collection on one line.
struct FlowReader {
  var text: Substring

  /// The value at the start; nil when the text ends before it.
  mutating func value(
    depth: Int, _ reader: ForeignYAML
  ) throws(ImportError) -> ForeignValue? {
    guard depth < ImportLimits.standard.depthMax else { throw reader.wrong("nested too deeply") }
    skipBlanks()
    switch text.first {
    case nil: return nil
    case "[": return try list(depth: depth, reader)
    case "{": return try object(depth: depth, reader)
    case "\"", "'": return try quoted(reader).map { .text($0) }
    case "!", "&", "*": throw reader.wrong("a tag or an anchor inside a flow collection")
    default:
      let word = text.prefix { !",[]{}".contains($0) }
      guard word.endIndex < text.endIndex else { return nil }
      text = text[word.endIndex...]
      return ForeignYAML.resolved(String(word.trimmingBlanks))
    }
  }

  private mutating func skipBlanks() { text = text.drop { $0 == " " || $0 == "\t" } }

  private mutating func quoted(_ reader: ForeignYAML) throws(ImportError) -> String? {
    var scanner = QuotedScalar(quote: text.removeFirst())
    guard let rest = try scanner.take(text, reader) else { return nil }
    text = rest
    return scanner.text
  }

  private mutating func list(
    depth: Int, _ reader: ForeignYAML
  ) throws(ImportError) -> ForeignValue? {
    text.removeFirst()
    var list: [ForeignValue] = []
    while true {
      skipBlanks()
      if text.first == "]" {
        text.removeFirst()
        return .list(list)
      }
      guard let value = try value(depth: depth + 1, reader) else { return nil }
      list.append(value)
      skipBlanks()
      if text.first == "," {
        text.removeFirst()
      } else if text.first != "]" {
        if text.isEmpty { return nil }
        throw reader.wrong("a flow sequence")
      }
    }
  }

  private mutating func object(
    depth: Int, _ reader: ForeignYAML
  ) throws(ImportError) -> ForeignValue? {
    text.removeFirst()
    var members: [ForeignValue.Member] = []
    while true {
      skipBlanks()
      if text.first == "}" {
        text.removeFirst()
        return .object(members)
      }
      guard let first = text.first else { return nil }
      var name: String
      if first == "\"" || first == "'" {
        guard let own = try quoted(reader) else { return nil }
        name = own
      } else {
        name = String(text.prefix { !":,{}[]".contains($0) }.trimmingBlanks)
        text = text.drop { !":,{}[]".contains($0) }
      }
      skipBlanks()
      guard text.first == ":" else {
        if text.isEmpty { return nil }
        throw reader.wrong("a flow mapping")
      }
      text.removeFirst()
      guard let value = try value(depth: depth + 1, reader) else { return nil }
      members.append(ForeignValue.Member(name: name, value: value))
      skipBlanks()
      if text.first == "," {
        text.removeFirst()
      } else if text.first != "}" {
        if text.isEmpty { return nil }
        throw reader.wrong("a flow mapping")
      }
    }
  }
}

extension Substring {
  fileprivate var trimmingBlanks: Substring {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
