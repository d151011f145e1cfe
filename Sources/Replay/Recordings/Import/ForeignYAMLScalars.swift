// The scalars of YAML (YAML 1.2 chapters 7 and 8) and its flow collections. Scalars span lines, which are
// folded: one line end becomes a blank, each further one stays. Only double quotes have escapes.

extension ForeignYAML {
  /// A scalar or a flow collection that begins at `text`, the rest of the current line; leaves `index`
  /// after its last line.
  mutating func scalarOrFlow(
    _ text: Substring, indent: Int, depth: Int, isText: Bool
  ) throws(ImportError) -> ForeignValue {
    switch text.first {
    case "|", ">": return .text(try blockScalar(text, indent: indent))
    case "\"", "'": return .text(try quoted(text, indent: indent))
    case "[", "{": return try flow(text, indent: indent, depth: depth)
    case "@", "`", "%": throw wrong("a scalar that begins with \(text.prefix(1))")
    default:
      let plain = try plainScalar(text, indent: indent)
      return isText ? .text(plain) : Self.resolved(plain)
    }
  }

  /// The value of a plain scalar (section 10.3.2, the core schema).
  static func resolved(_ text: String) -> ForeignValue {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default:
      let isNumber =
        text.utf8.allSatisfy { 0x30...0x39 ~= $0 || "+-.eE".utf8.contains($0) }
        && text.utf8.contains { 0x30...0x39 ~= $0 } && Double(text) != nil
      return isNumber ? .number(text) : .text(text)
    }
  }

  /// A plain scalar (section 7.3.3). Lines that are indented more than the collection continue it.
  private mutating func plainScalar(
    _ text: Substring, indent: Int
  ) throws(ImportError) -> String {
    var parts = [withoutComment(text)]
    index += 1
    while index < lines.count {
      let line = lines[index]
      guard line.isBlank || line.indent > indent, line.text.first != "#" else { break }
      let part = withoutComment(line.text)
      guard !part.contains(": "), !part.hasSuffix(":") else {
        throw wrong("a key inside a text without quotes")
      }
      parts.append(part)
      index += 1
    }
    while parts.last?.isEmpty == true { parts.removeLast() }
    return folded(parts)
  }

  private func withoutComment(_ text: Substring) -> String {
    var end = text.endIndex
    if let range = text.firstRange(of: " #") { end = range.lowerBound }
    var kept = text[..<end]
    while let last = kept.last, last == " " || last == "\t" { kept.removeLast() }
    return String(kept)
  }

  /// Lines folded into one text (section 6.5).
  private func folded(_ parts: [String]) -> String {
    var text = parts.first ?? ""
    var blankCount = 0
    for part in parts.dropFirst() {
      if part.isEmpty {
        blankCount += 1
      } else {
        text += blankCount == 0 ? " " : String(repeating: "\n", count: blankCount)
        text += part
        blankCount = 0
      }
    }
    return text
  }

  /// A quoted scalar (sections 7.3.1 and 7.3.2).
  private mutating func quoted(
    _ text: Substring, indent: Int
  ) throws(ImportError) -> String {
    var scanner = QuotedScalar(quote: text.first ?? "'")
    var rest = text.dropFirst()
    while true {
      if let behind = try scanner.take(rest, self) {
        let more = behind.drop { $0 == " " }
        guard more.isEmpty || more.first == "#" else { throw wrong("more after a quoted text") }
        index += 1
        return scanner.text
      }
      index += 1
      guard index < lines.count else { throw wrong("a quoted text does not end") }
      guard lines[index].isBlank || lines[index].indent > indent else {
        throw wrong("a quoted text continues with too little indentation")
      }
      rest = lines[index].whole.drop { $0 == " " || $0 == "\t" }
    }
  }

  /// A key in quotes, and the text after it on its line; nil when it does not end there.
  func quotedKey(_ text: Substring) throws(ImportError) -> (String, Substring)? {
    var scanner = QuotedScalar(quote: text.first ?? "'")
    guard let rest = try scanner.take(text.dropFirst(), self) else { return nil }
    return (scanner.text, rest)
  }

  /// A block scalar (section 8.1): literal or folded text below its header.
  private mutating func blockScalar(
    _ header: Substring, indent: Int
  ) throws(ImportError) -> String {
    let marks = withoutComment(header).dropFirst()
    guard marks.allSatisfy({ "+-123456789".contains($0) }), marks.count <= 2 else {
      throw wrong("a block text with the marks \(marks)")
    }
    index += 1
    let told = marks.first(where: \.isNumber).flatMap { Int(String($0)) }
    let first = lines[min(index, lines.count)...].first { !$0.isBlank }
    let column = told.map { max(indent, 0) + $0 } ?? max(first?.indent ?? 0, indent + 1)
    var parts: [Substring] = []
    while index < lines.count, case let line = lines[index], line.isBlank || line.indent >= column {
      parts.append(line.whole.dropFirst(column))
      index += 1
    }
    // A text at the end of the file has no line after its last line feed.
    if index == lines.count, parts.last?.isEmpty == true { parts.removeLast() }
    let ends = parts.reversed().prefix { $0.isEmpty }.count
    let kept = parts.dropLast(ends)
    let body = header.first == "|" ? kept.joined(separator: "\n") : foldedBlock(Array(kept))
    if marks.contains("-") { return body }
    if marks.contains("+") {
      return body + String(repeating: "\n", count: ends + (kept.isEmpty ? 0 : 1))
    }
    return kept.isEmpty ? "" : body + "\n"
  }

  /// A folded block (section 8.1.3): lines that are indented more keep their line ends.
  private func foldedBlock(_ parts: [Substring]) -> String {
    func isMore(_ part: Substring) -> Bool { part.first == " " || part.first == "\t" }
    var text = ""
    var blankCount = 0
    var last: Substring?
    for part in parts {
      if part.isEmpty {
        blankCount += 1
        continue
      }
      if let last {
        let keeps = isMore(last) || isMore(part)
        text +=
          blankCount == 0 && !keeps
          ? " " : String(repeating: "\n", count: blankCount + (keeps ? 1 : 0))
      } else {
        text += String(repeating: "\n", count: blankCount)
      }
      text += part
      blankCount = 0
      last = part
    }
    return text
  }

  /// A flow collection (section 7.4), over any number of lines.
  private mutating func flow(
    _ text: Substring, indent: Int, depth: Int
  ) throws(ImportError) -> ForeignValue {
    var whole = String(text)
    while true {
      var reader = FlowReader(text: whole[...])
      if let value = try reader.value(depth: depth, self) {
        let rest = reader.text.drop { $0 == " " }
        guard rest.isEmpty || rest.first == "#" else {
          throw wrong("more after a flow collection")
        }
        index += 1
        return value
      }
      index += 1
      guard index < lines.count, lines[index].isBlank || lines[index].indent > indent else {
        throw wrong("a flow collection does not end")
      }
      whole += " " + lines[index].text
    }
  }
}
