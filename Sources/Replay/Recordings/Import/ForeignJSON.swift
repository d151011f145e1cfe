// Reads JSON (RFC 8259) from other tools. Foundation's reader refuses a whole file for half of a
// surrogate pair in one string, which browsers do write; this one marks the string and continues.

/// Reads one JSON text.
struct ForeignJSON {
  private let bytes: [UInt8]
  private var index = 0

  /// The value of a file, which may begin with a byte order mark. Throws `ImportError`.
  static func value(_ bytes: [UInt8]) throws(ImportError) -> ForeignValue {
    var reader = ForeignJSON(bytes)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.index = 3 }
    let value = try reader.value(depth: 0)
    reader.skipBlanks()
    guard reader.index == bytes.count else { throw reader.wrong("more after the value") }
    return value
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private func wrong(_ what: String) -> ImportError {
    let line = bytes[..<min(index, bytes.count)].count { $0 == 0x0A } + 1
    let end = index >= bytes.count ? ": the file ends too early" : ""
    return ImportError("line \(line): not JSON, \(what)\(end)")
  }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipBlanks() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
  }

  private mutating func take(_ byte: Character) -> Bool {
    guard next == byte.asciiValue else { return false }
    index += 1
    return true
  }

  private mutating func value(depth: Int) throws(ImportError) -> ForeignValue {
    guard depth < ImportLimits.standard.depthMax else { throw wrong("nested too deeply") }
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return try string()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(
    _ word: String, _ value: ForeignValue
  ) throws(ImportError) -> ForeignValue {
    guard bytes[index...].starts(with: word.utf8) else { throw wrong("an unknown word") }
    index += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(ImportError) -> ForeignValue {
    index += 1
    var members: [ForeignValue.Member] = []
    skipBlanks()
    if take("}") { return .object([]) }
    repeat {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw wrong("a name is missing") }
      let name = try string()
      skipBlanks()
      guard take(":") else { throw wrong("a colon is missing") }
      let value = try value(depth: depth + 1)
      members.append(ForeignValue.Member(name: name.string ?? "", value: value))
      skipBlanks()
    } while take(",")
    guard take("}") else { throw wrong("an object does not end") }
    return .object(members)
  }

  private mutating func list(depth: Int) throws(ImportError) -> ForeignValue {
    index += 1
    var list: [ForeignValue] = []
    skipBlanks()
    if take("]") { return .list([]) }
    repeat {
      list.append(try value(depth: depth + 1))
      skipBlanks()
    } while take(",")
    guard take("]") else { throw wrong("a list does not end") }
    return .list(list)
  }

  /// A number (section 6).
  private mutating func number() throws(ImportError) -> ForeignValue {
    let start = index
    func digits(_ reader: inout ForeignJSON) -> Int {
      let first = reader.index
      while let byte = reader.next, 0x30...0x39 ~= byte { reader.index += 1 }
      return reader.index - first
    }
    _ = take("-")
    let first = next
    let whole = digits(&self)
    guard whole > 0, whole == 1 || first != 0x30 else { throw wrong("an unknown value") }
    if take("."), digits(&self) == 0 { throw wrong("a number without its fraction") }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      if digits(&self) == 0 { throw wrong("a number without its exponent") }
    }
    return .number(String(decoding: bytes[start..<index], as: UTF8.self))
  }

  /// A string (section 7).
  private mutating func string() throws(ImportError) -> ForeignValue {
    index += 1
    var text: [UInt8] = []
    var isBroken = false
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw wrong("a control character in a string") }
      index += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      if let scalar = try escape() {
        text += Array(String(scalar).utf8)
      } else {
        isBroken = true
        text += [0xEF, 0xBF, 0xBD]
      }
    }
    guard take("\"") else { throw wrong("a string does not end") }
    guard let valid = String(validating: text, as: UTF8.self) else {
      return .brokenText(String(decoding: text, as: UTF8.self))
    }
    return isBroken ? .brokenText(valid) : .text(valid)
  }

  /// The character after a backslash; nil for half of a surrogate pair.
  private mutating func escape() throws(ImportError) -> Unicode.Scalar? {
    let byte = next
    index += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw wrong("an unknown escape")
    }
    let high = try codeUnit()
    guard 0xD800...0xDBFF ~= high else { return Unicode.Scalar(high) }
    let start = index
    guard take("\\"), take("u"), case let low = try codeUnit(), 0xDC00...0xDFFF ~= low else {
      index = start
      return nil
    }
    return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
  }

  private mutating func codeUnit() throws(ImportError) -> UInt32 {
    guard index + 4 <= bytes.count,
      bytes[index..<index + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
    else { throw wrong("an escape without its four digits") }
    index += 4
    return unit
  }
}
