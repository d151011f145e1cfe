// Bits as DEFLATE packs them (RFC 1951 section 3.1.1): from the least significant bit of each byte on.
// Every read returns nil when the bytes so far do not hold it completely; the caller then goes back to
// where it began and tries again when more has come.

/// Bytes that are read bit by bit.
struct BitReader: Hashable, Sendable {
  /// The unread bytes, and a few before them.
  private(set) var bytes: [UInt8] = []
  /// The next bit, counted from the first of `bytes`.
  var position = 0
  /// How many bytes were dropped before `bytes`.
  private var droppedCount = 0

  /// The byte in which the next bit lies, counted from the first that ever came.
  var offset: Int { droppedCount + position / 8 }

  /// How many whole bytes are left.
  var bytesLeft: Int { bytes.count - (position + 7) / 8 }

  /// Adds bytes at the end, and drops those that are read.
  mutating func append(_ more: some Sequence<UInt8>) {
    let readCount = position / 8
    if readCount > 0 {
      bytes.removeFirst(readCount)
      droppedCount += readCount
      position %= 8
    }
    bytes += more
  }

  /// The next `count` bits, 0 to 16, as a number: the first bit is the least significant.
  mutating func bits(_ count: Int) -> Int? {
    guard position + count <= bytes.count * 8 else { return nil }
    var value = 0
    for index in 0..<count {
      let bit = bytes[position / 8] >> (position % 8) & 1
      value |= Int(bit) << index
      position += 1
    }
    return value
  }

  /// Moves to the next border of a byte.
  mutating func alignToByte() { position = (position + 7) / 8 * 8 }

  /// The next byte; the position must be at the border of one.
  mutating func byte() -> UInt8? {
    guard position / 8 < bytes.count else { return nil }
    defer { position += 8 }
    return bytes[position / 8]
  }

  /// The next `count` bytes as a number, the least significant byte first.
  mutating func littleEndian(_ count: Int) -> UInt32? {
    guard bytesLeft >= count else { return nil }
    var value: UInt32 = 0
    for index in 0..<count { value |= UInt32(byte() ?? 0) << (8 * index) }
    return value
  }
}
