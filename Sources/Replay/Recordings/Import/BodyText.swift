// Bodies inside a text file: as they are, in base64 (RFC 4648, both alphabets, in lines of any length),
// in hexadecimal digits, or as a list of such pieces. Any other encoding is refused by name: a wrongly
// guessed body would become a recording of something that was never sent.

internal import Foundation

/// A body in a file of another tool.
struct BodyText {
  var value: ForeignValue?
  /// The encoding that the file names; empty for text.
  var encoding = ""
  /// Whether the file marks it as binary, as Polly and nock do.
  var isBinary = false

  private var saysBase64: Bool { ["base64", "base64url", "base-64"].contains(word) }
  private var saysHex: Bool { ["hex", "base16"].contains(word) }
  private var word: String { encoding.lowercased() }

  /// The bytes of the body, still in their content coding.
  func bytes() throws(ImportError) -> [UInt8] {
    guard let value else { return [] }
    switch value {
    case .bytes(let bytes): return bytes
    case .brokenText:
      throw ImportError("the body's text is damaged: half of a surrogate pair, or not UTF-8")
    case .null: return []
    case .bool, .number, .object: return Array(value.json.utf8)
    case .list(let list): return try pieces(list) ?? Array(value.json.utf8)
    case .text(let text): return try bytes(of: text)
    }
  }

  private func bytes(of text: String) throws(ImportError) -> [UInt8] {
    if let bytes = try pieces(list(in: text)) { return bytes }
    if saysBase64 { return try base64Bytes(text, "the body") }
    if saysHex { return try hexBytes(text, "the body") }
    switch word {
    case "", "utf-8", "utf8", "ascii-8bit", "us-ascii", "ascii", "binary", "identity", "plain",
      "text", "none":
      if isBinary, let bytes = try pieces([.text(text)]) { return bytes }
      return latin1Bytes(text, ifGzip: true) ?? Array(text.utf8)
    case "iso-8859-1", "latin1", "latin-1":
      return latin1Bytes(text, ifGzip: false) ?? Array(text.utf8)
    default: throw ImportError("the body's encoding '\(encoding)' is not known here")
    }
  }

  /// The list in a text that holds JSON, as Polly writes it.
  private func list(in text: String) -> [ForeignValue]? {
    guard text.first(where: { !$0.isWhitespace }) == "[" else { return nil }
    return (try? ForeignJSON.value(Array(text.utf8)))?.list
  }

  /// The pieces of a body, joined; nil when the list does not hold pieces.
  private func pieces(_ list: [ForeignValue]?) throws(ImportError) -> [UInt8]? {
    guard let list, saysBase64 || saysHex || isBinary else { return nil }
    var texts: [String] = []
    for piece in list {
      guard case .text(let text) = piece else { return nil }
      texts.append(text)
    }
    let isHex = !saysBase64 && texts.allSatisfy { (try? hexBytes($0, "")) != nil }
    var bytes: [UInt8] = []
    for (index, text) in texts.enumerated() {
      let name = "piece \(index + 1) of the body"
      bytes += try isHex ? hexBytes(text, name) : base64Bytes(text, name)
    }
    return bytes
  }
}

/// One byte for each scalar; nil when one is beyond U+00FF, or with `ifGzip` when it is not gzip data
/// that was stored as if it were Latin-1.
private func latin1Bytes(_ text: String, ifGzip: Bool) -> [UInt8]? {
  if ifGzip, !text.unicodeScalars.starts(with: ["\u{1F}", "\u{8B}"]) { return nil }
  var bytes: [UInt8] = []
  for scalar in text.unicodeScalars {
    guard let byte = UInt8(exactly: scalar.value) else { return nil }
    bytes.append(byte)
  }
  return bytes
}

/// Base64 with either alphabet; white space is skipped, and padding may be missing.
func base64Bytes(_ text: String, _ name: String) throws(ImportError) -> [UInt8] {
  var bytes: [UInt8] = []
  var held = 0
  var bitCount = 0
  var digitCount = 0
  var paddingCount = 0
  for (index, byte) in text.utf8.enumerated() {
    if [0x20, 0x09, 0x0A, 0x0D].contains(byte) { continue }
    if byte == UInt8(ascii: "=") {
      paddingCount += 1
      continue
    }
    // After padding another piece may begin, if the one before it was complete.
    if paddingCount > 0 {
      guard (digitCount + paddingCount) % 4 == 0, paddingCount <= 2 else {
        throw ImportError("\(name) is not base64: padding before character \(index + 1)")
      }
      (held, bitCount, digitCount, paddingCount) = (0, 0, 0, 0)
    }
    guard let digit = base64Digit(byte) else {
      throw ImportError("\(name) is not base64 at character \(index + 1)")
    }
    digitCount += 1
    held = (held << 6 | digit) & 0xFFFF
    bitCount += 6
    if bitCount >= 8 {
      bitCount -= 8
      bytes.append(UInt8(truncatingIfNeeded: held >> bitCount))
    }
  }
  let isWhole = paddingCount == 0 || paddingCount <= 2 && (digitCount + paddingCount) % 4 == 0
  guard digitCount % 4 != 1, isWhole else {
    throw ImportError("\(name) is not base64: it ends too early")
  }
  return bytes
}

private func base64Digit(_ byte: UInt8) -> Int? {
  switch byte {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 65
  case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte) - 97 + 26
  case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 48 + 52
  case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
  case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
  default: nil
  }
}

/// Hexadecimal digits, two per byte; white space is skipped.
func hexBytes(_ text: String, _ name: String) throws(ImportError) -> [UInt8] {
  var bytes: [UInt8] = []
  var high: Int?
  for (index, byte) in text.utf8.enumerated() {
    if [0x20, 0x09, 0x0A, 0x0D].contains(byte) { continue }
    guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
      throw ImportError("\(name) is not hexadecimal at character \(index + 1)")
    }
    if let first = high {
      bytes.append(UInt8(first << 4 | digit))
      high = nil
    } else {
      high = digit
    }
  }
  guard high == nil else { throw ImportError("\(name) is not hexadecimal: half a byte") }
  return bytes
}
