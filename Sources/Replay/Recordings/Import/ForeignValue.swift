// Values of files from other tools: the values of JSON, and the bytes of YAML's `!!binary`. Numbers keep
// their spelling and members their order, so that a value that was a body can be written out again. Text
// that is not valid Unicode is kept apart: its original bytes are lost.

/// A value of a foreign file.
indirect enum ForeignValue: Hashable, Sendable {
  struct Member: Hashable, Sendable {
    var name: String
    var value: ForeignValue
  }

  case null
  case bool(Bool)
  /// A number in its spelling.
  case number(String)
  case text(String)
  /// Text with half of a surrogate pair in it, or with bytes that are not UTF-8.
  case brokenText(String)
  case bytes([UInt8])
  case list([ForeignValue])
  case object([Member])

  /// The member of this name, the last one if there are several; nil for null and when this is not an
  /// object.
  subscript(_ name: String) -> ForeignValue? {
    guard case .object(let members) = self,
      let value = members.last(where: { $0.name == name })?.value, value != .null
    else { return nil }
    return value
  }

  /// The first of these members that exists.
  func first(_ names: String...) -> ForeignValue? { names.lazy.compactMap { self[$0] }.first }

  var members: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  var list: [ForeignValue]? {
    if case .list(let list) = self { list } else { nil }
  }

  /// Text, or a number as text.
  var string: String? {
    switch self {
    case .text(let text), .number(let text): text
    default: nil
    }
  }

  var double: Double? { string.flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } }

  /// A whole number, also as text (`"200"`) or with a fraction of zero.
  var integer: Int? { string.flatMap { Int($0) } ?? double.flatMap { Int(exactly: $0) } }

  var isTrue: Bool { self == .bool(true) || self == .text("true") }

  /// Whether it holds broken text anywhere.
  var isBroken: Bool {
    switch self {
    case .brokenText: true
    case .list(let list): list.contains(where: \.isBroken)
    case .object(let members): members.contains(where: \.value.isBroken)
    case .null, .bool, .number, .text, .bytes: false
    }
  }

  /// The value as JSON without white space.
  var json: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let text): text
    case .text(let text), .brokenText(let text): jsonString(text)
    case .bytes(let bytes): jsonString(String(decoding: bytes, as: UTF8.self))
    case .list(let list): "[" + list.map(\.json).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { jsonString($0.name) + ":" + $0.value.json }.joined(separator: ",") + "}"
    }
  }
}

/// Text as a string of JSON (RFC 8259 section 7), with the escapes that JSON.stringify writes.
private func jsonString(_ text: String) -> String {
  var json = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": json += "\\\""
    case "\\": json += "\\\\"
    case "\n": json += "\\n"
    case "\r": json += "\\r"
    case "\t": json += "\\t"
    case "\u{8}": json += "\\b"
    case "\u{C}": json += "\\f"
    case "\u{0}"..<" ":
      let digits = String(scalar.value, radix: 16)
      json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: json.unicodeScalars.append(scalar)
    }
  }
  return json + "\""
}

/// Why a foreign file, or one entry of it, is refused.
struct ImportError: Error, Hashable, Sendable {
  var reason: String

  init(_ reason: String) { self.reason = reason }
}
