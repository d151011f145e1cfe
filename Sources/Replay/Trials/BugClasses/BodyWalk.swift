// One walk over the bytes of a body: line ends, the spelling of fields, kinds of characters, escapes, and
// for each offset what a cut there would split. It looks at bytes, not at what events mean.

internal import Judging
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Wire

/// A walk over a body.
struct BodyWalk {
  private(set) var conditions: ConditionSet = []
  private var index = 0
  private var lineStart = 0
  /// Whether the walk is in the name of a field.
  private var isName = true
  /// Digits in a row.
  private var digits = 0
  private var ends = (lf: false, cr: false, crlf: false)

  /// A number of this many digits may be above 2^53.
  private static let bigDigitsMin = 16

  /// Walks; adds to `places` what a cut at each offset would split.
  mutating func walk(_ body: [UInt8], _ places: inout [UInt8]) {
    if body.starts(with: [0xEF, 0xBB, 0xBF]) {
      conditions.insert(.byteOrderMark)
      places[1] |= bit(.cutInMark)
      places[2] |= bit(.cutInMark)
      index = 3
      lineStart = 3
    }
    while index < body.count {
      switch body[index] {
      case 0x0A, 0x0D: endLine(body, &places)
      case 0x80...: takeCharacter(body, &places)
      default: takeASCII(body[index], body, &places)
      }
    }
    let isMixed = [ends.lf, ends.cr, ends.crlf].count { $0 } > 1
    conditions.insert(.mixedLineEnds, if: isMixed)
    // The last characters may be incomplete.
    let tail = body.suffix(3)
    if let lead = tail.lastIndex(where: { $0 >= 0xC0 }),
      tail.suffix(from: lead).dropFirst()
        .allSatisfy({ $0 & 0xC0 == 0x80 }), body.count - lead < length(of: body[lead])
    {
      conditions.insert(.endsInCharacter)
    }
  }

  private func bit(_ condition: Condition) -> UInt8 { 1 << UInt8(condition.rawValue) }

  private func length(of lead: UInt8) -> Int { lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2 }

  private mutating func endLine(_ body: [UInt8], _ places: inout [UInt8]) {
    let start = index
    let isPair = body[start] == 0x0D && start + 1 < body.count && body[start + 1] == 0x0A
    if isPair { places[start + 1] |= bit(.cutInLineEnd) }
    index += isPair ? 2 : 1
    let isBlank = start == lineStart && start > 0
    if isBlank { places[start] |= bit(.cutBeforeBlankLine) }
    if isPair {
      ends.crlf = true
      conditions.insert(.crlfBlankLine, if: isBlank)
    } else if body[start] == 0x0D {
      ends.cr = true
      conditions.insert(.crBlankLine, if: isBlank)
    } else {
      ends.lf = true
    }
    let last = start > lineStart ? body[start - 1] : 0
    conditions.insert(.manySpaces, if: !isName && (last == 0x20 || last == 0x09))
    lineStart = index
    isName = true
    digits = 0
  }

  private mutating func takeASCII(_ byte: UInt8, _ body: [UInt8], _ places: inout [UInt8]) {
    if isName, index > lineStart { places[index] |= bit(.cutInFieldName) }
    var length = 1
    switch byte {
    case 0x3A:
      if isName { endName(body) }
    case 0x5C:
      length = takeEscape(body, &places)
    case 0x5B:
      length = takeDone(body, &places)
    case 0x0B, 0x0C, 0x1C...0x1E:
      conditions.insert(.oddSeparator)
      conditions.insert(.controlCharacter)
    case 0x00...0x1F where byte != 0x09:
      conditions.insert(.controlCharacter)
    default: break
    }
    digits = 0x30...0x39 ~= byte ? digits + 1 : 0
    if digits == Self.bigDigitsMin { conditions.insert(.bigNumber) }
    index += length
  }

  /// Handles the colon after a field's name.
  private mutating func endName(_ body: [UInt8]) {
    isName = false
    guard index > lineStart, index + 1 < body.count else { return }
    let (next, second) = (body[index + 1], index + 2 < body.count ? body[index + 2] : 0)
    conditions.insert(.noSpace, if: next != 0x20 && next != 0x0A && next != 0x0D)
    conditions.insert(.manySpaces, if: (next == 0x20 && second == 0x20) || next == 0x09)
    let isVendor =
      body[lineStart..<index].elementsEqual("event".utf8)
      && body[(index + 1)...].starts(with: "error".utf8)
    conditions.insert(.vendorError, if: isVendor)
  }

  /// Takes a backslash and what it escapes; returns the number of bytes.
  private mutating func takeEscape(_ body: [UInt8], _ places: inout [UInt8]) -> Int {
    guard index + 1 < body.count else { return 1 }
    let kind = body[index + 1]
    guard kind >= 0x20 else { return 1 }
    let isCode = kind == UInt8(ascii: "u") && index + 5 < body.count
    let length = isCode ? 6 : 2
    for offset in 1..<length { places[index + offset] |= bit(.cutInEscape) }
    // Escapes that every writer must use prove nothing.
    conditions.insert(.escape, if: isCode || kind == UInt8(ascii: "/"))
    if isCode {
      let first = body[index + 2] | 0x20
      let second = body[index + 3] | 0x20
      conditions.insert(
        .surrogateEscape, if: first == UInt8(ascii: "d") && second >= UInt8(ascii: "8"))
      let isNull = body[(index + 2)...].starts(with: "0000".utf8)
      conditions.insert(.controlCharacter, if: isNull)
    }
    return length
  }

  /// Takes a bracket; returns the number of bytes. A `[DONE]` that is not the whole of a data line is
  /// text.
  private mutating func takeDone(_ body: [UInt8], _ places: inout [UInt8]) -> Int {
    guard index + 6 <= body.count, body[index + 1] == UInt8(ascii: "D"),
      body[index...].starts(with: "[DONE]".utf8)
    else { return 1 }
    for offset in 1..<6 { places[index + offset] |= bit(.cutInDone) }
    let line = body[lineStart..<index]
    let isAlone = line.elementsEqual("data: ".utf8) || line.elementsEqual("data:".utf8)
    let end = index + 6 < body.count ? body[index + 6] : 0x0A
    conditions.insert(.doneInText, if: !isAlone || (end != 0x0A && end != 0x0D))
    return 6
  }

  /// Takes a character of several bytes, or a byte that does not begin one.
  private mutating func takeCharacter(_ body: [UInt8], _ places: inout [UInt8]) {
    conditions.insert(.nonASCII)
    if isName, index > lineStart { places[index] |= bit(.cutInFieldName) }
    digits = 0
    let lead = body[index]
    let start = index
    index += 1
    guard lead >= 0xC2 else { return }
    let end = min(start + length(of: lead), body.count)
    while index < end, body[index] & 0xC0 == 0x80 {
      places[index] |= bit(.cutInCharacter)
      index += 1
    }
    let second = start + 1 < body.count ? body[start + 1] : 0
    let third = start + 2 < body.count ? body[start + 2] : 0
    let isOdd =
      (lead == 0xE2 && second == 0x80 && (third == 0xA8 || third == 0xA9))
      || (lead == 0xC2 && second == 0x85)
    conditions.insert(.oddSeparator, if: isOdd)
  }
}
