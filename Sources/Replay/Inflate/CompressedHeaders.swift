// The headers before DEFLATE data. Both functions return false when more bytes are needed, and throw as
// soon as a byte is wrong.

/// Reads a gzip member's header (RFC 1952 section 2.3).
func gzipHeader(_ reader: inout BitReader) throws(InflateError) -> Bool {
  let start = reader
  for (index, byte) in [0x1F, 0x8B, 8].enumerated() {
    guard let read = reader.byte() else { return false }
    guard read == byte else { throw InflateError(.badHeader, at: start.offset + index) }
  }
  guard let flags = reader.byte() else { return false }
  // Section 2.3.1.2: reserved bits must be zero.
  guard flags & 0xE0 == 0 else { throw InflateError(.badHeader, at: start.offset + 3) }
  // MTIME, XFL and OS do not matter for the data.
  for _ in 0..<6 { guard reader.byte() != nil else { return false } }
  if flags & 4 != 0 {
    guard let count = reader.littleEndian(2) else { return false }
    for _ in 0..<count { guard reader.byte() != nil else { return false } }
  }
  // FNAME and FCOMMENT end with a zero.
  for flag: UInt8 in [8, 16] where flags & flag != 0 {
    repeat {
      guard let byte = reader.byte() else { return false }
      if byte == 0 { break }
    } while true
  }
  guard flags & 2 != 0 else { return true }
  // FHCRC: the lower half of the CRC-32 of all bytes before it.
  var crc = Crc32()
  crc.take(reader.bytes[start.position / 8..<reader.position / 8])
  guard let sum = reader.littleEndian(2) else { return false }
  guard sum == crc.value & 0xFFFF else { throw InflateError(.badChecksum, at: reader.offset - 2) }
  return true
}

/// Reads a zlib stream's header (RFC 1950 section 2.2).
func zlibHeader(_ reader: inout BitReader) throws(InflateError) -> Bool {
  let offset = reader.offset
  guard let method = reader.byte() else { return false }
  guard method & 0x0F == 8, method >> 4 <= 7 else { throw InflateError(.badHeader, at: offset) }
  guard let flags = reader.byte() else { return false }
  guard (Int(method) << 8 | Int(flags)) % 31 == 0 else {
    throw InflateError(.badHeader, at: offset + 1)
  }
  guard flags & 0x20 == 0 else { throw InflateError(.needsDictionary, at: offset + 1) }
  return true
}
