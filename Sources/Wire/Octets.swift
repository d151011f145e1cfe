// The classes of bytes that the grammar of HTTP is made of (RFC 9110 section 5.6 and RFC 5234
// appendix B.1), and the conversion between bytes and text: one byte, one scalar U+0000–U+00FF.

/// Names for the single bytes of the grammar.
enum Octet {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let quote: UInt8 = 0x22
  static let colon: UInt8 = 0x3A
  static let semicolon: UInt8 = 0x3B
  static let equals: UInt8 = 0x3D
  static let backslash: UInt8 = 0x5C
}

extension UInt8 {
  /// SP or HTAB (the members of OWS and BWS, RFC 9110 section 5.6.3).
  var isBlank: Bool { self == Octet.space || self == Octet.tab }

  /// VCHAR, SP, HTAB or obs-text: what a field value, a reason phrase and a quoted string hold
  /// (RFC 9110 sections 5.5 and 5.6.4).
  var isFieldText: Bool { (self >= 0x20 && self != 0x7F) || self == Octet.tab }

  /// tchar (RFC 9110 section 5.6.2). The two words hold one bit for each ASCII byte.
  var isToken: Bool {
    let low: UInt64 = 0x03FF_6CFA_0000_0000
    let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
    guard self < 0x80 else { return false }
    return (self < 0x40 ? low >> self : high >> (self & 0x3F)) & 1 == 1
  }

  /// The value of an ASCII hexadecimal digit in either case, else nil.
  var hexValue: Int? {
    switch self {
    case 0x30...0x39: Int(self) - 0x30
    case 0x41...0x46: Int(self) - 0x37
    case 0x61...0x66: Int(self) - 0x57
    default: nil
    }
  }
}

/// The text that has one scalar U+0000–U+00FF for each byte.
func text(_ bytes: Span<UInt8>) -> String {
  var isASCII = true
  for index in bytes.indices where bytes[index] >= 0x80 {
    isASCII = false
    break
  }
  if isASCII, let valid = try? UTF8Span(validating: bytes) { return String(copying: valid) }
  var text = String.UnicodeScalarView()
  for index in bytes.indices { text.append(Unicode.Scalar(bytes[index])) }
  return String(text)
}
