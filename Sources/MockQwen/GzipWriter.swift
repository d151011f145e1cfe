// A gzip body without compression (RFC 1952, RFC 1951 section 3.2.4): one stored block for each piece,
// so that an upstream that compresses and flushes behind every event can be played without a library.

/// The pieces as one gzip member, and where each flush ends in it. A piece has at most 65,535 bytes.
package func gzip(_ pieces: [[UInt8]]) -> (body: [UInt8], fragments: [Session.Fragment]) {
  var body: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
  var fragments: [Session.Fragment] = []
  for piece in pieces {
    let count = UInt32(piece.count)
    body.append(0)
    body += littleEndian(count).prefix(2)
    body += littleEndian(~count).prefix(2)
    body += piece
    fragments.append(Session.Fragment(end: body.count, milliseconds: 10 * fragments.count))
  }
  let content = pieces.flatMap { $0 }
  body += [1, 0, 0, 0xFF, 0xFF]
  body += littleEndian(checksum(content))
  body += littleEndian(UInt32(truncatingIfNeeded: content.count))
  fragments.append(Session.Fragment(end: body.count, milliseconds: 10 * fragments.count))
  return (body, fragments)
}

private func littleEndian(_ value: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// CRC-32 as RFC 1952 section 8 has it.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
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
