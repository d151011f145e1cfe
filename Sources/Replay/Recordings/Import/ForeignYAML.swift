// Reads the YAML of cassettes (of YAML 1.2, vcrpy, Ruby's VCR and go-vcr write a small part): mappings
// and sequences in blocks, scalars of all five styles, flow collections on one or more lines, anchors and
// aliases, the tags of strings and of binary data. The rest of YAML is refused with its line instead of
// being misread.

/// Reads one document.
struct ForeignYAML {
  /// A line without its end, and how far it is indented.
  struct Line {
    var number: Int
    var indent: Int
    /// The text from the first character that is not a blank.
    var text: Substring
    /// The whole line, for block scalars.
    var whole: Substring

    var isBlank: Bool { text.isEmpty }
    /// Whether it is blank or a comment.
    var isNothing: Bool { text.isEmpty || text.first == "#" }
  }

  var lines: [Line] = []
  var index = 0
  private var anchors: [String: ForeignValue] = [:]

  /// The value of the first document in `bytes`.
  static func value(_ bytes: [UInt8]) throws(ImportError) -> ForeignValue {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    guard let text = String(validating: bytes[start...], as: UTF8.self) else {
      throw ImportError("not UTF-8")
    }
    var reader = ForeignYAML()
    for (number, line) in yamlLines(text).enumerated() {
      let blanks = line.prefix { $0 == " " }
      reader.lines.append(
        Line(
          number: number + 1, indent: blanks.count, text: line[blanks.endIndex...], whole: line))
    }
    while let line = reader.peek(), line.text.first == "%" || line.text == "---" {
      reader.index += 1
    }
    let value = try reader.node(above: -1, depth: 0)
    if let line = reader.peek(), line.text != "...", line.text != "---" {
      throw reader.wrong("an unexpected line after the document")
    }
    return value
  }

  func wrong(_ what: String) -> ImportError {
    let number = index < lines.count ? lines[index].number : lines.last?.number ?? 1
    return ImportError("line \(number): YAML that is not read here: \(what)")
  }

  /// The next line that is neither blank nor a comment.
  mutating func peek() -> Line? {
    while index < lines.count, lines[index].isNothing { index += 1 }
    return index < lines.count ? lines[index] : nil
  }

  /// The node that begins on the next line, which must be indented by more than `indent`.
  private mutating func node(above indent: Int, depth: Int) throws(ImportError) -> ForeignValue {
    guard depth < ImportLimits.standard.depthMax else { throw wrong("nested too deeply") }
    guard let line = peek(), line.indent > indent, line.text != "---" || line.indent > 0 else {
      return .null
    }
    guard line.whole.first != "\t" else { throw wrong("a tab in front of it") }
    if line.text == "-" || line.text.hasPrefix("- ") {
      return try sequence(line.indent, depth: depth)
    }
    if try key(line.text) != nil { return try mapping(line.indent, depth: depth) }
    return try inline(line.text, indent: indent, depth: depth)
  }

  private mutating func sequence(
    _ indent: Int, depth: Int
  ) throws(ImportError) -> ForeignValue {
    var list: [ForeignValue] = []
    while let line = peek(), line.indent == indent, line.text == "-" || line.text.hasPrefix("- ") {
      let rest = line.text.dropFirst(1)
      let inner = rest.drop { $0 == " " }
      if inner.isEmpty || inner.first == "#" {
        index += 1
        list.append(try node(above: indent, depth: depth + 1))
        continue
      }
      // The content after the dash is a node that is indented by its own column.
      let column = indent + 1 + (rest.count - inner.count)
      let hasKey = try key(inner) != nil
      if hasKey || inner == "-" || inner.hasPrefix("- ") {
        lines[index].indent = column
        lines[index].text = inner
        list.append(try node(above: indent, depth: depth + 1))
      } else {
        list.append(try inline(inner, indent: indent, depth: depth + 1))
      }
    }
    if let line = peek(), line.indent > indent { throw wrong("it is indented too far") }
    return .list(list)
  }

  private mutating func mapping(
    _ indent: Int, depth: Int
  ) throws(ImportError) -> ForeignValue {
    var members: [ForeignValue.Member] = []
    while let line = peek(), line.indent == indent, line.text != "---", line.text != "...",
      let (name, rest) = try key(line.text)
    {
      let value: ForeignValue
      let inner = rest.drop { $0 == " " }
      if inner.isEmpty || inner.first == "#" {
        index += 1
        // A sequence may have the same indentation as its key.
        let isSequence = peek().map {
          $0.indent == indent && ($0.text == "-" || $0.text.hasPrefix("- "))
        }
        value = try node(above: isSequence == true ? indent - 1 : indent, depth: depth + 1)
      } else {
        value = try inline(inner, indent: indent, depth: depth + 1)
      }
      members.append(ForeignValue.Member(name: name, value: value))
    }
    if let line = peek(), line.indent > indent { throw wrong("it is indented too far") }
    return .object(members)
  }

  /// A node that begins inside a line, at `text`; `indent` is that of its collection.
  private mutating func inline(
    _ text: Substring, indent: Int, depth: Int
  ) throws(ImportError) -> ForeignValue {
    var rest = text
    var tag: Substring?
    var anchor: Substring?
    while rest.first == "!" || rest.first == "&" {
      let word = rest.prefix { $0 != " " }
      if rest.first == "!" { tag = word } else { anchor = word.dropFirst() }
      rest = rest[word.endIndex...].drop { $0 == " " }
    }
    if rest.first == "*" {
      let name = rest.dropFirst().prefix { $0 != " " && $0 != "#" }
      guard let value = anchors[String(name)] else {
        throw wrong("an alias without an anchor: \(name)")
      }
      index += 1
      return value
    }
    var value: ForeignValue
    if rest.isEmpty || rest.first == "#" {
      index += 1
      let isSequence = peek().map { $0.indent == indent && $0.text.hasPrefix("-") } ?? false
      value = try node(above: isSequence ? indent - 1 : indent, depth: depth + 1)
    } else {
      value = try scalarOrFlow(rest, indent: indent, depth: depth, isText: tag != nil)
    }
    if let tag { value = try tagged(value, tag) }
    if let anchor { anchors[String(anchor)] = value }
    return value
  }

  private func tagged(
    _ value: ForeignValue, _ tag: Substring
  ) throws(ImportError) -> ForeignValue {
    switch tag {
    case "!!binary", "!binary":
      guard case .text(let text) = value else { throw wrong("binary data that is not text") }
      return .bytes(try base64Bytes(text, "!!binary"))
    case "!!str", "!!python/unicode", "!!python/str", "!", "!ruby/string", "!str": return value
    case "!!map", "!!seq", "!!omap": return value
    case "!!int", "!!float":
      if case .text(let text) = value { return .number(text) }
      return value
    case "!!null": return .null
    default: throw wrong("the tag \(tag)")
    }
  }

  /// The key at the start of a line, and the text after its colon; nil when there is none.
  private func key(_ text: Substring) throws(ImportError) -> (String, Substring)? {
    if let quote = text.first, quote == "\"" || quote == "'" {
      guard let (name, rest) = try quotedKey(text), rest.first == ":",
        case let behind = rest.dropFirst(), behind.isEmpty || behind.first == " "
      else { return nil }
      return (name, behind)
    }
    guard let first = text.first, !"[{|>!&*%@`#,]}".contains(first) else { return nil }
    if text.hasPrefix("? ") { throw wrong("a key on a line of its own") }
    var at = text.startIndex
    while let colon = text[at...].firstIndex(of: ":") {
      let behind = text[text.index(after: colon)...]
      if text[..<colon].contains(" #") { return nil }
      if behind.isEmpty || behind.first == " " { return (trimmedEnd(text[..<colon]), behind) }
      at = text.index(after: colon)
    }
    return nil
  }

  private func trimmedEnd(_ text: Substring) -> String {
    var text = text
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// The lines of a text; YAML ends them with LF, CR LF or CR.
private func yamlLines(_ text: String) -> [Substring] {
  text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
}

/// Whether a file looks like a cassette in YAML.
func isCassetteInYAML(_ bytes: [UInt8]) -> Bool {
  let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  let names = ["interactions:", "http_interactions:", "- request:", "\"interactions\":"]
  return bytes[start...].split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).lazy.prefix(50)
    .contains { line in names.contains { line.starts(with: $0.utf8) } }
}

/// The value of a cassette, which is JSON or YAML.
func cassetteValue(_ bytes: [UInt8]) throws(ImportError) -> ForeignValue {
  let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
  let isJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  return try isJSON ? ForeignJSON.value(bytes) : ForeignYAML.value(bytes)
}
