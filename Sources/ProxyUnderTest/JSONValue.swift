// JSON as a value (RFC 8259) whose texts and numbers stay as they were written: nothing is rounded,
// and two halves of an escaped character that came in two texts are whole when the texts are joined.

/// A JSON value.
indirect enum JSONValue: Hashable, Sendable {
  /// One member of an object: the inside of the name's string, and the value.
  struct Member: Hashable, Sendable {
    var name: [UInt8]
    var value: JSONValue
  }

  /// The inside of a string, escapes as they stand.
  case text([UInt8])
  /// A number, `true`, `false` or `null`, as it stands.
  case word([UInt8])
  case list([JSONValue])
  case object([Member])

  static let null = JSONValue.word(Array("null".utf8))

  /// How deeply lists and objects may lie in each other.
  private static let depthMax = 64

  /// Reads a whole text; nil when it is no JSON, or too deep.
  init?(_ text: [UInt8]) {
    var scanner = JSONScanner(text)
    guard let value = Self.read(&scanner, text, depth: 0), scanner.isAtEnd else { return nil }
    self = value
  }

  private static func read(
    _ scanner: inout JSONScanner, _ text: [UInt8], depth: Int
  ) -> JSONValue? {
    guard depth < depthMax else { return nil }
    switch scanner.peek() {
    case UInt8(ascii: "\"")?:
      return scanner.string().map { .text(Array(text[$0])) }
    case UInt8(ascii: "[")?:
      var values: [JSONValue] = []
      _ = scanner.take(UInt8(ascii: "["))
      if scanner.take(UInt8(ascii: "]")) { return .list([]) }
      repeat {
        guard let value = read(&scanner, text, depth: depth + 1) else { return nil }
        values.append(value)
      } while scanner.take(UInt8(ascii: ","))
      return scanner.take(UInt8(ascii: "]")) ? .list(values) : nil
    case UInt8(ascii: "{")?:
      var members: [Member] = []
      _ = scanner.take(UInt8(ascii: "{"))
      if scanner.take(UInt8(ascii: "}")) { return .object([]) }
      repeat {
        guard let name = scanner.string(), scanner.take(UInt8(ascii: ":")),
          let value = read(&scanner, text, depth: depth + 1)
        else { return nil }
        members.append(Member(name: Array(text[name]), value: value))
      } while scanner.take(UInt8(ascii: ","))
      return scanner.take(UInt8(ascii: "}")) ? .object(members) : nil
    default:
      return scanner.scalar().map { .word(Array(text[$0])) }
    }
  }

  /// The value of the first member with this name; nil when there is none, or this is no object.
  /// Setting adds a member at the end where there is none, and does nothing to what is no object.
  subscript(_ name: String) -> JSONValue? {
    get {
      guard case .object(let members) = self else { return nil }
      return members.first { $0.name.elementsEqual(name.utf8) }?.value
    }
    set {
      guard case .object(var members) = self else { return }
      self = .null
      let index = members.firstIndex { $0.name.elementsEqual(name.utf8) }
      if let index, let newValue {
        members[index].value = newValue
      } else if let newValue {
        members.append(Member(name: Array(name.utf8), value: newValue))
      } else if let index {
        members.remove(at: index)
      }
      self = .object(members)
    }
  }

  /// Whether this says nothing: `null`, or an empty text.
  var isEmpty: Bool { self == .null || self == .text([]) }

  /// Appends the value as JSON, without blanks.
  func write(into bytes: inout [UInt8]) {
    switch self {
    case .text(let text): Self.writeString(text, into: &bytes)
    case .word(let word): bytes += word
    case .list(let values):
      bytes.append(UInt8(ascii: "["))
      for index in values.indices {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        values[index].write(into: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for index in members.indices {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.writeString(members[index].name, into: &bytes)
        bytes.append(UInt8(ascii: ":"))
        members[index].value.write(into: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func writeString(_ inside: [UInt8], into bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    bytes += inside
    bytes.append(UInt8(ascii: "\""))
  }
}
