// JSON that is checked once (RFC 8259) and then read in place: a piece is a range of a text.
// Nothing is decoded, so no number is rounded, and two halves of an escaped character that came in
// two texts are whole again when the texts are joined.

/// A JSON value inside a text that is known to be well-formed.
struct JSONPiece {
  let text: [UInt8]
  let range: Range<Int>

  /// Checks a whole text; nil when it is not JSON, or nested too deeply.
  init?(_ text: [UInt8]) {
    var check = JSONCheck(text)
    guard check.passes() else { return nil }
    var scanner = JSONScanner(text)
    guard let range = scanner.value() else { return nil }
    self.init(text, range)
  }

  private init(_ text: [UInt8], _ range: Range<Int>) {
    self.text = text
    self.range = range
  }

  /// The value as it stands in the text.
  var bytes: ArraySlice<UInt8> { text[range] }

  private var first: UInt8 { text[range.lowerBound] }

  var isObject: Bool { first == UInt8(ascii: "{") }
  var isList: Bool { first == UInt8(ascii: "[") }

  /// The inside of a string, escapes not decoded; nil when this is not a string.
  var inside: ArraySlice<UInt8>? {
    first == UInt8(ascii: "\"") ? text[(range.lowerBound + 1)..<(range.upperBound - 1)] : nil
  }

  /// Whether this is `null` or an empty string.
  var isEmpty: Bool { isNull || inside?.isEmpty == true }

  var isNull: Bool { bytes.elementsEqual("null".utf8) }

  /// The members of an object in order: the insides of their names, and their values; none where this
  /// is not an object.
  var members: JSONMembers {
    var members = JSONMembers()
    guard isObject else { return members }
    var scanner = JSONScanner(text, at: range.lowerBound + 1)
    while let name = scanner.string(), scanner.take(UInt8(ascii: ":")),
      let value = scanner.value()
    {
      members.list.append((Array(text[name]), JSONPiece(text, value)))
      _ = scanner.take(UInt8(ascii: ","))
    }
    return members
  }

  /// The elements of a list; none where this is not a list.
  var elements: [JSONPiece] {
    guard isList else { return [] }
    var scanner = JSONScanner(text, at: range.lowerBound + 1)
    var found: [JSONPiece] = []
    while scanner.peek() != UInt8(ascii: "]"), let value = scanner.value() {
      found.append(JSONPiece(text, value))
      _ = scanner.take(UInt8(ascii: ","))
    }
    return found
  }

  /// The first member with this name that is neither `null` nor an empty string; nil when there is
  /// none.
  subscript(_ name: String) -> JSONPiece? { members[name] }

  /// The text of a string of plain ASCII letters, or of a number or word; nil for all else.
  var word: String? {
    guard !isObject, !isList else { return nil }
    return String(decoding: inside ?? bytes, as: UTF8.self)
  }
}

/// The members of an object in order, found once for several looks at them.
struct JSONMembers {
  fileprivate(set) var list: [(name: [UInt8], value: JSONPiece)] = []

  /// The first member with this name that is neither `null` nor an empty string; nil when there is
  /// none.
  subscript(_ name: String) -> JSONPiece? {
    list.first { $0.name.elementsEqual(name.utf8) && !$0.value.isEmpty }?.value
  }
}

/// Checks that a text is one JSON value; a string, a number or a word counts too.
private struct JSONCheck {
  /// How deep lists and objects may be nested. Answers need about ten levels.
  private static let depthMax = 64

  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func passes() -> Bool {
    /// The closing brackets that are still missing.
    var open: [UInt8] = []
    while true {
      let closing: UInt8? =
        take(UInt8(ascii: "{"))
        ? UInt8(ascii: "}") : take(UInt8(ascii: "[")) ? UInt8(ascii: "]") : nil
      if let closing {
        if !take(closing) {
          open.append(closing)
          guard open.count < Self.depthMax, passesName(in: closing) else { return false }
          continue
        }
      } else if !passesString(), !passesScalar() {
        return false
      }
      while let awaited = open.last, !take(UInt8(ascii: ",")) {
        guard take(awaited) else { return false }
        open.removeLast()
      }
      guard let inner = open.last else { break }
      guard passesName(in: inner) else { return false }
    }
    skipBlanks()
    return index == bytes.count
  }

  /// The name of a member and its colon, where an object is open.
  private mutating func passesName(in closing: UInt8) -> Bool {
    guard closing == UInt8(ascii: "}") else { return true }
    return passesString() && take(UInt8(ascii: ":"))
  }

  private mutating func passesString() -> Bool {
    guard take(UInt8(ascii: "\"")) else { return false }
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      guard bytes[index] >= 0x20 else { return false }
      guard bytes[index] == UInt8(ascii: "\\") else {
        index += 1
        continue
      }
      guard index + 1 < bytes.count else { return false }
      index += 2
      guard bytes[index - 1] == UInt8(ascii: "u") else {
        guard "\"\\/bfnrt".utf8.contains(bytes[index - 1]) else { return false }
        continue
      }
      guard bytes.count - index >= 4, bytes[index..<(index + 4)].allSatisfy(isHexDigit) else {
        return false
      }
      index += 4
    }
    index += 1
    return index <= bytes.count
  }

  /// A number (RFC 8259 section 6), `true`, `false` or `null`.
  private mutating func passesScalar() -> Bool {
    if index < bytes.count, 0x61...0x7A ~= bytes[index] {
      let word = ["true", "false", "null"].first { bytes[index...].starts(with: $0.utf8) }
      index += word?.utf8.count ?? 0
      return word != nil
    }
    if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
    let start = index
    guard skipDigits() else { return false }
    guard bytes[start] != UInt8(ascii: "0") || index == start + 1 else { return false }
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      index += 1
      guard skipDigits() else { return false }
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < bytes.count, "+-".utf8.contains(bytes[index]) { index += 1 }
      guard skipDigits() else { return false }
    }
    return true
  }

  private mutating func skipDigits() -> Bool {
    let start = index
    while index < bytes.count, 0x30...0x39 ~= bytes[index] { index += 1 }
    return index > start
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func skipBlanks() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index += 1
      default: return
      }
    }
  }
}

private func isHexDigit(_ byte: UInt8) -> Bool {
  0x30...0x39 ~= byte || 0x61...0x66 ~= byte | 0x20
}
