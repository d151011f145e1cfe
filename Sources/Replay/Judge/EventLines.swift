// Events as texts for line diffs: one JSON object (RFC 8259) per line, keys always in the same order, so
// that two streams can be compared with any line tool. Only what JSON requires is escaped.

internal import MockQwen
internal import Wire

/// `event` as one line of JSON without a line end: an object with the strings `type`, `data` and
/// `id`, in this order. Bytes that are not valid UTF-8 become U+FFFD.
package func eventLine(_ event: Event) -> String {
  let members = [("type", event.type), ("data", event.data), ("id", event.id)]
  return "{" + members.map { "\"\($0)\":\(jsonString($1))" }.joined(separator: ",") + "}"
}

/// `bytes`, decoded as UTF-8, as a JSON string with its quotation marks (RFC 8259 section 7).
private func jsonString(_ bytes: [UInt8]) -> String {
  var text: [UInt8] = [UInt8(ascii: "\"")]
  for byte in String(decoding: bytes, as: UTF8.self).utf8 {
    switch byte {
    case UInt8(ascii: "\""): text += Array(#"\""#.utf8)
    case UInt8(ascii: "\\"): text += Array(#"\\"#.utf8)
    case 0x08: text += Array(#"\b"#.utf8)
    case 0x09: text += Array(#"\t"#.utf8)
    case 0x0A: text += Array(#"\n"#.utf8)
    case 0x0C: text += Array(#"\f"#.utf8)
    case 0x0D: text += Array(#"\r"#.utf8)
    case 0x00..<0x20:
      let digits = String(byte, radix: 16, uppercase: true)
      text += Array((byte < 0x10 ? #"\u000"# : #"\u00"#).utf8) + Array(digits.utf8)
    default: text.append(byte)
    }
  }
  text.append(UInt8(ascii: "\""))
  return String(decoding: text, as: UTF8.self)
}
