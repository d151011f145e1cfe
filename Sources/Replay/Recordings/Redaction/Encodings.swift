// Encoded texts: base64 (RFC 4648), percent-encoding (RFC 3986 section 2.1). A secret that occurs in
// clear in one place of a session often occurs encoded in another.

/// The value of a base64 digit, in the alphabets of sections 4 and 5.
private let base64Values: [UInt8] = {
  var values = [UInt8](repeating: 0xFF, count: 256)
  let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  for (index, byte) in digits.utf8.enumerated() { values[Int(byte)] = UInt8(index) }
  for (byte, value) in zip("+-/_".utf8, [62, 62, 63, 63] as [UInt8]) { values[Int(byte)] = value }
  return values
}()

/// Whether a byte is a digit of base64, in either alphabet.
func isBase64(_ byte: UInt8) -> Bool { base64Values[Int(byte)] != 0xFF }

/// The bytes of base64 digits, without the rest of an unfinished group; nil for other bytes.
func decodedBase64(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(digits.count * 3 / 4)
  var held: UInt32 = 0
  var bits = 0
  for digit in digits where digit != UInt8(ascii: "=") {
    let value = base64Values[Int(digit)]
    guard value != 0xFF else { return nil }
    held = held << 6 | UInt32(value)
    bits += 6
    if bits >= 8 {
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
    }
  }
  return bytes
}

/// The value of a hexadecimal digit; nil for any other byte.
package func hexadecimalValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x41 + 10
  case 0x61...0x66: byte - 0x61 + 10
  default: nil
  }
}

/// Runs of base64 in a text that may have a meaning: long enough, and not plain words or numbers.
func base64Runs(in text: [UInt8]) -> [Range<Int>] {
  var runs: [Range<Int>] = []
  var index = 0
  while index < text.count {
    guard isBase64(text[index]) else {
      index += 1
      continue
    }
    let start = index
    var hasCapital = false
    var hasSmall = false
    while index < text.count, isBase64(text[index]) {
      hasCapital = hasCapital || 0x41...0x5A ~= text[index]
      hasSmall = hasSmall || 0x61...0x7A ~= text[index]
      index += 1
    }
    if index - start >= 11, hasCapital, hasSmall { runs.append(start..<index) }
  }
  return runs
}
