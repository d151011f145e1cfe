// JSON as a judge compares it (RFC 8259): by value. Members have no order, numbers are equal when they
// are the same number however they are written, and strings are UTF-16 code units, so half of a surrogate
// pair is kept. Integers are compared digit by digit: a number that went through a double has lost some
// of them.

/// A JSON value.
package indirect enum JSONTree: Hashable, Sendable {
  case null
  case flag(Bool)
  /// The number in a normal form: equal texts are equal numbers.
  case number(String)
  /// UTF-16 code units; a byte that is not valid UTF-8 is the lone surrogate 0xDC00 plus the byte.
  case text([UInt16])
  case list([JSONTree])
  /// When a name occurs twice, the last member counts.
  case object([String: JSONTree])

  /// Deeper values are not read.
  private static let depthMax = 200

  /// Reads a whole text; nil when it is not JSON, or nested too deeply.
  package init?(_ bytes: some Sequence<UInt8>) {
    var reader = JSONTreeReader(bytes: Array(bytes), depthMax: Self.depthMax)
    guard let value = reader.value(depth: 0) else { return nil }
    reader.skipBlanks()
    guard reader.offset == reader.bytes.count else { return nil }
    self = value
  }

  /// A member name that occurs twice in one object of a text; nil when there is none. Readers differ in
  /// which of the two counts (RFC 8259 section 4).
  package static func repeatedName(in bytes: some Sequence<UInt8>) -> String? {
    var reader = JSONTreeReader(bytes: Array(bytes), depthMax: depthMax)
    _ = reader.value(depth: 0)
    return reader.repeatedName
  }

  /// Whether both are of one kind: null, a flag, a number, a text, a list or an object.
  package func isSameKind(as other: JSONTree) -> Bool {
    switch (self, other) {
    case (.null, .null), (.flag, .flag), (.number, .number), (.text, .text), (.list, .list),
      (.object, .object):
      true
    default: false
    }
  }

  /// The member of an object; nil when there is none or this is not an object.
  package subscript(_ name: String) -> JSONTree? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  /// The value as a Swift string; nil when it is not a string.
  package var string: String? {
    if case .text(let units) = self { String(decoding: units, as: UTF16.self) } else { nil }
  }

  /// The number as an integer; nil for any other value.
  package var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }

  /// Whether the value is null, or an empty string, list or object.
  package var isEmpty: Bool {
    switch self {
    case .null: true
    case .text(let units): units.isEmpty
    case .list(let values): values.isEmpty
    case .object(let members): members.isEmpty
    case .flag, .number: false
    }
  }

  /// The value for a person, in about `limit` characters at most.
  package func words(limit: Int = 40) -> String {
    let all = text
    return all.count > limit ? all.prefix(limit) + "…" : all
  }

  /// A text with its control characters in JSON's escapes.
  private static func onOneLine(_ units: [UInt16]) -> String {
    guard units.contains(where: { $0 < 0x20 }) else {
      return String(decoding: units, as: UTF16.self)
    }
    return String(decoding: units, as: UTF16.self).unicodeScalars.map { scalar in
      switch scalar {
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      case "\u{0}"..<"\u{20}":
        "\\u00" + (scalar.value < 16 ? "0" : "")
          + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }.joined()
  }

  private var text: String {
    switch self {
    case .null: "null"
    case .flag(let flag): flag ? "true" : "false"
    case .number(let number): number
    case .text(let units): "\"" + Self.onOneLine(units) + "\""
    case .list(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      "{"
        + members.keys.sorted().map { "\"\($0)\":\(members[$0]?.text ?? "")" }
        .joined(separator: ",") + "}"
    }
  }
}

/// Reads one value, byte by byte.
private struct JSONTreeReader {
  let bytes: [UInt8]
  let depthMax: Int
  var offset = 0
  private(set) var repeatedName: String?

  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      offset += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  mutating func value(depth: Int) -> JSONTree? {
    guard depth < depthMax else { return nil }
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return object(depth)
    case UInt8(ascii: "["): return list(depth)
    case UInt8(ascii: "\""): return string().map(JSONTree.text)
    default: return word()
    }
  }

  private mutating func object(_ depth: Int) -> JSONTree? {
    offset += 1
    var members: [String: JSONTree] = [:]
    if take("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard next == UInt8(ascii: "\""), let name = string(), take(":"),
        let value = value(depth: depth + 1)
      else { return nil }
      let key = String(decoding: name, as: UTF16.self)
      if members.updateValue(value, forKey: key) != nil { repeatedName = repeatedName ?? key }
    } while take(",")
    return take("}") ? .object(members) : nil
  }

  private mutating func list(_ depth: Int) -> JSONTree? {
    offset += 1
    var values: [JSONTree] = []
    if take("]") { return .list(values) }
    repeat {
      guard let value = value(depth: depth + 1) else { return nil }
      values.append(value)
    } while take(",")
    return take("]") ? .list(values) : nil
  }

  private mutating func string() -> [UInt16]? {
    offset += 1
    var units: [UInt16] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return units
      case UInt8(ascii: "\\"):
        guard let unit = escape() else { return nil }
        units.append(unit)
      case 0x00..<0x20: return nil
      case 0x20..<0x80:
        units.append(UInt16(byte))
        offset += 1
      default: takeCharacter(into: &units)
      }
    }
    return nil
  }

  private mutating func escape() -> UInt16? {
    guard offset + 1 < bytes.count else { return nil }
    let letter = bytes[offset + 1]
    offset += 2
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(letter)
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "f"): return 0x0C
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "u"):
      guard offset + 4 <= bytes.count else { return nil }
      let digits = bytes[offset..<offset + 4]
      guard digits.allSatisfy(isHexDigit) else { return nil }
      offset += 4
      return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    default: return nil
    }
  }

  /// A character of more than one byte.
  private mutating func takeCharacter(into units: inout [UInt16]) {
    let length = bytes[offset] >= 0xF0 ? 4 : bytes[offset] >= 0xE0 ? 3 : 2
    let end = min(offset + length, bytes.count)
    if let text = String(validating: bytes[offset..<end], as: UTF8.self), !text.isEmpty {
      units += text.utf16
      offset = end
    } else {
      units.append(0xDC00 + UInt16(bytes[offset]))
      offset += 1
    }
  }

  private mutating func word() -> JSONTree? {
    let start = offset
    while let byte = next, isWordByte(byte) { offset += 1 }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    switch text {
    case "null": return .null
    case "true": return .flag(true)
    case "false": return .flag(false)
    default: return normalNumber(text).map(JSONTree.number)
    }
  }
}

private func isHexDigit(_ byte: UInt8) -> Bool {
  0x30...0x39 ~= byte || 0x41...0x46 ~= byte || 0x61...0x66 ~= byte
}

private func isWordByte(_ byte: UInt8) -> Bool {
  0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte
    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
}

/// A number (RFC 8259 section 6) in its normal form: an integer as its digits, any other as the double
/// that it stands for. Nil for text that is not a number.
private func normalNumber(_ text: String) -> String? {
  var rest = Substring(text)
  let isNegative = rest.first == "-"
  if isNegative { rest = rest.dropFirst() }
  let whole = rest.prefix(while: \.isASCIIDigit)
  rest = rest.dropFirst(whole.count)
  guard !whole.isEmpty, whole == "0" || whole.first != "0" else { return nil }
  var fraction: Substring = ""
  if rest.first == "." {
    fraction = rest.dropFirst().prefix(while: \.isASCIIDigit)
    guard !fraction.isEmpty else { return nil }
    rest = rest.dropFirst(1 + fraction.count)
  }
  var exponent = 0
  if rest.first == "e" || rest.first == "E" {
    rest = rest.dropFirst()
    let sign = rest.first == "-" ? -1 : 1
    if rest.first == "-" || rest.first == "+" { rest = rest.dropFirst() }
    let digits = rest.prefix(while: \.isASCIIDigit)
    guard !digits.isEmpty else { return nil }
    exponent = sign * (digits.count < 6 ? Int(digits) ?? 0 : 999_999)
    rest = rest.dropFirst(digits.count)
  }
  guard rest.isEmpty else { return nil }
  var digits = Array((whole + fraction).drop { $0 == "0" })
  exponent -= fraction.count
  while digits.last == "0" {
    digits.removeLast()
    exponent += 1
  }
  guard !digits.isEmpty else { return "0" }
  if (0...400).contains(exponent) {
    return (isNegative ? "-" : "") + String(digits) + String(repeating: "0", count: exponent)
  }
  // A number too small for a double is 0 for everyone who reads it into one.
  return Double(text).map { $0 == 0 ? "0" : "\($0)" } ?? text
}

extension Character {
  fileprivate var isASCIIDigit: Bool { "0"..."9" ~= self && utf8.count == 1 }
}
