// Whether a JSON text inside a string is complete so far, such as the arguments of a tool call.

/// Follows the brackets of a JSON text that comes in pieces, each the inside of a JSON string.
struct JSONProgress: Hashable, Sendable {
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  private var hasBrackets = false

  /// Whether an object or a list has begun and ended.
  var isComplete: Bool { hasBrackets && depth == 0 }

  /// Takes the next piece; escapes of the string around it are decoded.
  mutating func feed(_ piece: [UInt8]) {
    var index = 0
    while index < piece.count {
      guard piece[index] == UInt8(ascii: "\\"), index + 1 < piece.count else {
        take(piece[index])
        index += 1
        continue
      }
      guard piece[index + 1] == UInt8(ascii: "u") else {
        // A line end or a tab counts as a letter: neither opens nor closes anything.
        take("\"\\".utf8.contains(piece[index + 1]) ? piece[index + 1] : 0x20)
        index += 2
        continue
      }
      let digits = String(decoding: piece[(index + 2)...].prefix(4), as: UTF8.self)
      take(UInt8(digits, radix: 16) ?? 0x20)
      index += 6
    }
  }

  private mutating func take(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if isInString {
      isEscaped = byte == UInt8(ascii: "\\")
      if byte == UInt8(ascii: "\"") { isInString = false }
    } else {
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        hasBrackets = true
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(depth - 1, 0)
      default: break
      }
    }
  }
}
