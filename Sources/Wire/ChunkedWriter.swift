// Writes the chunked coding into the caller's buffer; nothing else is allocated. The style exists
// because decoders differ in which spellings they accept: the same data can be sent with upper case
// digits, with leading zeros, with extensions.

/// How the size lines of chunks are spelled (RFC 9112 section 7.1).
package struct ChunkStyle: Hashable, Sendable {
  /// Whether the hexadecimal digits above 9 are A to F rather than a to f.
  package var upperCaseHex = false
  /// How many zeros stand before the first significant digit, 0 or more.
  package var leadingZeros = 0
  /// What follows a semicolon after the size, such as `ieof="a\;b"`; nil for no semicolon.
  /// It is written as it is, one byte for each scalar U+0000–U+00FF; whether it follows the
  /// grammar (section 7.1.1) is up to the caller.
  package var extensionText: String?

  package init() {}
}

/// Appends the size line of a chunk, with its CRLF. The caller appends `size` bytes of data and
/// CRLF.
///
/// - Parameters:
///   - size: The bytes of data, 0 or more; 0 is the size line of the last chunk.
///   - style: The spelling of the size line.
///   - bytes: The buffer that is written to, at its end.
package func writeChunkHead(
  size: Int, style: ChunkStyle = ChunkStyle(), into bytes: inout [UInt8]
) {
  precondition(size >= 0, "a chunk size is 0 or more")
  for _ in 0..<style.leadingZeros { bytes.append(0x30) }
  let letters: UInt8 = style.upperCaseHex ? 0x41 : 0x61
  var shift = max(0, (Int.bitWidth - 1 - size.leadingZeroBitCount) / 4 * 4)
  while shift >= 0 {
    let digit = UInt8(truncatingIfNeeded: size >> shift & 0xF)
    bytes.append(digit < 10 ? 0x30 + digit : letters + digit - 10)
    shift -= 4
  }
  if let text = style.extensionText {
    bytes.append(Octet.semicolon)
    appendBytes(of: text, to: &bytes)
  }
  bytes.append(Octet.carriageReturn)
  bytes.append(Octet.lineFeed)
}

/// Appends a whole chunk: size line, data, CRLF.
///
/// - Parameters:
///   - data: At least one byte; an empty chunk would end the body.
///   - style: The spelling of the size line.
///   - bytes: The buffer that is written to, at its end.
package func writeChunk(
  _ data: Span<UInt8>, style: ChunkStyle = ChunkStyle(), into bytes: inout [UInt8]
) {
  precondition(!data.isEmpty, "an empty chunk would end the body")
  writeChunkHead(size: data.count, style: style, into: &bytes)
  bytes.append(copying: data)
  bytes.append(Octet.carriageReturn)
  bytes.append(Octet.lineFeed)
}

/// Appends the last chunk, the trailer section and its blank line: the end of the body.
///
/// - Parameters:
///   - style: The spelling of the last chunk's size line.
///   - trailers: The trailer fields (RFC 9112 section 7.1.2).
///   - bytes: The buffer that is written to, at its end.
package func writeLastChunk(
  style: ChunkStyle = ChunkStyle(), trailers: Fields = [], into bytes: inout [UInt8]
) {
  writeChunkHead(size: 0, style: style, into: &bytes)
  writeFieldLines(trailers, into: &bytes)
}
