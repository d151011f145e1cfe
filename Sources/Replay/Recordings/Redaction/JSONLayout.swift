// Where the strings of a JSON text are. Redaction changes bytes in place, so it must know the bytes of
// each string, which Foundation's reader does not report. The reader is lenient about the bytes between
// strings, because a text that is only nearly JSON may hold a secret too. It gives up when the nesting
// makes no sense. A text that was cut off ends everything that is open.

/// A value of a JSON text with the places of its strings.
package indirect enum JSONLayout {
  case object([JSONMember])
  case array([JSONLayout])
  /// The bytes between the quotation marks.
  case string(Range<Int>)
  /// A number, `true`, `false` or `null`.
  case word(Range<Int>)

  /// Reads the object or array in `range` of `bytes`; nil for any other value, and when more bytes follow
  /// it.
  package static func read(_ bytes: [UInt8], in range: Range<Int>) -> JSONLayout? {
    var reader = JSONLayoutReader(bytes: bytes, offset: range.lowerBound, end: range.upperBound)
    reader.skipBlanks()
    guard reader.next == UInt8(ascii: "{") || reader.next == UInt8(ascii: "[") else { return nil }
    guard let value = reader.value(depth: 0) else { return nil }
    reader.skipBlanks()
    return reader.next == nil ? value : nil
  }
}

/// A member of an object.
package struct JSONMember {
  /// The bytes between the quotation marks of the name.
  package var key: Range<Int>
  package var value: JSONLayout
}

private struct JSONLayoutReader {
  /// Deeper values are not read.
  static let depthMax = 200

  let bytes: [UInt8]
  var offset: Int
  let end: Int

  var next: UInt8? { offset < end ? bytes[offset] : nil }

  mutating func skipBlanks() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { offset += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  mutating func value(depth: Int) -> JSONLayout? {
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
    var members: [JSONMember] = []
    while !take("}"), next != nil {
      if !members.isEmpty, !take(",") { return nil }
      skipBlanks()
      if next == nil { break }
      guard let key = string() else { return nil }
      if next == nil { break }
      guard take(":") else { return nil }
      skipBlanks()
      if next == nil { break }
      guard let value = value(depth: depth + 1) else { return nil }
      members.append(JSONMember(key: key, value: value))
    }
    return .object(members)
  }

  private mutating func array(_ depth: Int) -> JSONLayout? {
    offset += 1
    var elements: [JSONLayout] = []
    while !take("]"), next != nil {
      if !elements.isEmpty, !take(",") { return nil }
      skipBlanks()
      if next == nil { break }
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
    offset = min(offset, end)
    defer { offset = min(offset + 1, end) }
    return start..<offset
  }

  private mutating func word() -> JSONLayout? {
    let start = offset
    while let byte = next, !",]} \t\r\n".utf8.contains(byte) { offset += 1 }
    return offset > start ? .word(start..<offset) : nil
  }
}
