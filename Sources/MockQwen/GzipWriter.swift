// A coded body without compression (RFC 1951 section 3.2.4): stored blocks for each piece, in gzip (RFC
// 1952) or zlib (RFC 1950). So the mock can act like an upstream that compresses and flushes after every
// event, and a decoded body can be encoded again, without a library.

/// The container around the data.
package enum StoredFormat: Hashable, Sendable { case gzip, zlib }

/// The most bytes that a stored block can hold.
private let blockBytesMax = 65_535

/// The pieces as one stream, and where each flush ends in it; the last end is that of the trailer.
package func stored(
  _ pieces: [ArraySlice<UInt8>], in format: StoredFormat
) -> (body: [UInt8], ends: [Int]) {
  var body: [UInt8] = format == .gzip ? [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] : [0x78, 0x01]
  var ends: [Int] = []
  for piece in pieces {
    for start in stride(from: piece.startIndex, to: piece.endIndex, by: blockBytesMax) {
      let block = piece[start..<min(start + blockBytesMax, piece.endIndex)]
      let count = UInt32(block.count)
      body.append(0)
      body += littleEndian(count).prefix(2)
      body += littleEndian(~count).prefix(2)
      body += block
    }
    ends.append(body.count)
  }
  let content = pieces.flatMap { $0 }
  body += [1, 0, 0, 0xFF, 0xFF]
  switch format {
  case .gzip:
    body += littleEndian(crc32(content))
    body += littleEndian(UInt32(truncatingIfNeeded: content.count))
  case .zlib: body += littleEndian(adler32(content)).reversed()
  }
  return (body, ends + [body.count])
}

/// The pieces as one gzip member, and where each flush ends in it, 10 milliseconds apart.
package func gzip(_ pieces: [[UInt8]]) -> (body: [UInt8], fragments: [Session.Fragment]) {
  let (body, ends) = stored(pieces.map { $0[...] }, in: .gzip)
  let fragments = ends.enumerated().map { index, end in
    Session.Fragment(end: end, milliseconds: 10 * index)
  }
  return (body, fragments)
}

private func littleEndian(_ value: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// CRC-32 as in RFC 1952 section 8.
private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var value: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    value ^= UInt32(byte)
    for _ in 0..<8 {
      let isOdd = value & 1 == 1
      value >>= 1
      if isOdd { value ^= 0xEDB8_8320 }
    }
  }
  return ~value
}

/// Adler-32 as in RFC 1950 section 9.
private func adler32(_ bytes: [UInt8]) -> UInt32 {
  var (low, high): (UInt32, UInt32) = (1, 0)
  for byte in bytes {
    low = (low + UInt32(byte)) % 65_521
    high = (high + low) % 65_521
  }
  return high << 16 | low
}
