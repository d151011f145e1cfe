// JSON as text (RFC 8259): which members an object has, and where they are. Only what must be
// decoded is decoded, so a member can be put into a request while every other byte of it stays.

/// Walks over a JSON text.
struct JSONScanner {
  private let bytes: [UInt8]
  private(set) var index: Int

  init(_ bytes: [UInt8], at index: Int = 0) {
    self.bytes = bytes
    self.index = index
  }

  /// Whether nothing but blanks is left.
  var isAtEnd: Bool {
    mutating get {
      skipBlanks()
      return index == bytes.count
    }
  }

  /// The next byte that is not a blank, or nil at the end.
  mutating func peek() -> UInt8? {
    skipBlanks()
    return index < bytes.count ? bytes[index] : nil
  }

  /// Takes `byte` after any blanks; false when something else comes.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    index += 1
    return true
  }

  /// Takes a string: the range between its quotes, escapes not decoded; nil when there is none.
  mutating func string() -> Range<Int>? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    let start = index
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      guard bytes[index] >= 0x20 else { return nil }
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard index < bytes.count else { return nil }
    defer { index += 1 }
    return start..<index
  }

  /// Takes a number or a word: the range of its bytes; nil when there is none.
  mutating func scalar() -> Range<Int>? {
    skipBlanks()
    let start = index
    while index < bytes.count, isScalarByte(bytes[index]) { index += 1 }
    return start < index ? start..<index : nil
  }

  /// Skips a value of any kind, however deeply nested; inside an object or a list it looks only for
  /// the end. The range of its bytes, or nil when there is none.
  mutating func value() -> Range<Int>? {
    guard let first = peek() else { return nil }
    let start = index
    var depth = 0
    switch first {
    case UInt8(ascii: "\""): return string().map { _ in start..<index }
    case UInt8(ascii: "{"), UInt8(ascii: "["): break
    default: return scalar()
    }
    repeat {
      guard let byte = peek() else { return nil }
      switch byte {
      case UInt8(ascii: "\""): guard string() != nil else { return nil }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        index += 1
      default: index += 1
      }
    } while depth > 0
    return start..<index
  }

  private mutating func skipBlanks() {
    while index < bytes.count, isBlank(bytes[index]) { index += 1 }
  }
}

private func isBlank(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}

private func isScalarByte(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-")
    || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "E")
}

/// The value of the member of a JSON object that has this ASCII name, as it stands in the text; the
/// last one when there are several. When there is no such member, an empty range right after the
/// opening brace; nil when `text` is not an object.
func member(_ name: String, of text: [UInt8]) -> Range<Int>? {
  var scanner = JSONScanner(text)
  guard scanner.take(UInt8(ascii: "{")) else { return nil }
  var found = scanner.index..<scanner.index
  guard !scanner.take(UInt8(ascii: "}")) else { return scanner.isAtEnd ? found : nil }
  repeat {
    guard let key = scanner.string(), scanner.take(UInt8(ascii: ":")), let value = scanner.value()
    else { return nil }
    if isName(text[key], name) { found = value }
  } while scanner.take(UInt8(ascii: ","))
  return scanner.take(UInt8(ascii: "}")) && scanner.isAtEnd ? found : nil
}

/// Puts a member at the front of a JSON object that has none of this name. All other bytes stay as
/// they are; a text that is not an object is left unchanged.
func addMember(_ name: String, _ value: [UInt8], to text: inout [UInt8]) {
  guard let place = member(name, of: text), place.isEmpty else { return }
  var scanner = JSONScanner(text, at: place.lowerBound)
  var added = Array("\"\(name)\":".utf8) + value
  if scanner.peek() != UInt8(ascii: "}") { added.append(UInt8(ascii: ",")) }
  text.insert(contentsOf: added, at: place.lowerBound)
}

/// Whether the inside of a JSON string is this ASCII name, whichever of its letters are escaped.
private func isName(_ text: ArraySlice<UInt8>, _ name: String) -> Bool {
  var rest = text
  for wanted in name.utf8 {
    guard let byte = rest.popFirst() else { return false }
    guard byte == UInt8(ascii: "\\") else {
      guard byte == wanted else { return false }
      continue
    }
    // The letters of the names here have no short escape.
    guard rest.popFirst() == UInt8(ascii: "u"),
      Int(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16) == Int(wanted)
    else { return false }
    rest = rest.dropFirst(4)
  }
  return rest.isEmpty
}

/// `text` as a JSON string, with its quotes.
func jsonString(_ text: String) -> [UInt8] {
  var bytes = [UInt8(ascii: "\"")]
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
    case 0..<0x20:
      let digits = String(byte, radix: 16)
      bytes += "\\u00\(digits.utf8.count == 1 ? "0" : "")\(digits)".utf8
    default: bytes.append(byte)
    }
  }
  return bytes + [UInt8(ascii: "\"")]
}
