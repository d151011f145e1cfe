// Where the strings of a JSON text stand. Redaction changes bytes in place, so it must know from which
// bytes a string was read; Foundation's reader does not tell. The reader is lenient about what stands
// between strings, since a text that is only nearly JSON may hold a secret too, and gives up where
// the nesting has no sense any more.

internal import Wire

/// A value of a JSON text with the places of its strings.
enum JSONLayout {
  case object([(key: Range<Int>, value: JSONLayout)])
  case array([JSONLayout])
  /// The bytes between the quotation marks.
  case string(Range<Int>)
  /// A number, `true`, `false` or `null`.
  case word(Range<Int>)

  /// Reads the value in `range` of `bytes`; nil for what is no JSON object or array.
  package static func read(_ bytes: [UInt8], in range: Range<Int>) -> JSONLayout? {
    var reader = JSONLayoutReader(bytes: bytes, offset: range.lowerBound, end: range.upperBound)
    reader.skipBlanks()
    guard reader.next == UInt8(ascii: "{") || reader.next == UInt8(ascii: "[") else { return nil }
    return reader.value(depth: 0)
  }
}

private struct JSONLayoutReader {
  /// Deeper values are not read.
  static let depthMax = 200

  package let bytes: [UInt8]
  package var offset: Int
  package let end: Int

  package var next: UInt8? { offset < end ? bytes[offset] : nil }

  mutating func skipBlanks() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { offset += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  package mutating func value(depth: Int) -> JSONLayout? {
    guard depth < Self.depthMax else { return nil }
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return object(depth)
    case UInt8(ascii: "["): return array(depth)
    case UInt8(ascii: "\""): return string().map { .string($0) }
    default: return word()
    }
  }

  private mutating func object(_ depth: Int) -> JSONLayout? {
    offset += 1
    var members: [(key: Range<Int>, value: JSONLayout)] = []
    while !take("}") {
      if !members.isEmpty, !take(",") { return nil }
      skipBlanks()
      guard let key = string(), take(":"), let value = value(depth: depth + 1) else { return nil }
      members.append((key, value))
    }
    return .object(members)
  }

  private mutating func array(_ depth: Int) -> JSONLayout? {
    offset += 1
    var elements: [JSONLayout] = []
    while !take("]") {
      if !elements.isEmpty, !take(",") { return nil }
      guard let element = value(depth: depth + 1) else { return nil }
      elements.append(element)
    }
    return .array(elements)
  }

  private mutating func string() -> Range<Int>? {
    guard next == UInt8(ascii: "\"") else { return nil }
    offset += 1
    let start = offset
    while let byte = next, byte != UInt8(ascii: "\"") {
      offset += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard next != nil else { return nil }
    defer { offset += 1 }
    return start..<offset
  }

  private mutating func word() -> JSONLayout? {
    let start = offset
    while let byte = next, !",]} \t\r\n".utf8.contains(byte) { offset += 1 }
    return offset > start ? .word(start..<offset) : nil
  }
}
