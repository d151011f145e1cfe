// Lines that end in CRLF, found in bytes that come in any pieces. A line that lies whole in one
// piece is parsed in place; only an unfinished one is copied and held, at most up to the section's
// limit, so each byte is looked at once however small the pieces are. What is held is exactly the
// bytes of the unfinished line (including a CR that waits for its LF): the reader's value after n
// bytes is the same for all ways of cutting those n bytes.

/// The lines of a head or of a trailer section (RFC 9112 section 2.2), strict: a line ends in
/// CRLF, and neither CR nor LF stands anywhere else.
struct LineReader: Hashable, Sendable {
  /// The bytes of the line that has not ended yet.
  private var held: [UInt8] = []
  /// The place of the next byte, counted as `WireError.offset` is.
  private(set) var consumed: Int
  /// How many bytes the section may still have, 0 or more.
  private(set) var bytesLeft: Int

  init(consumed: Int, bytesMax: Int) {
    self.consumed = consumed
    self.bytesLeft = bytesMax
  }

  /// Whether no byte of the next line has come yet.
  var isAtLineStart: Bool { held.isEmpty }

  /// Reads up to the end of the next line and returns what `parse` makes of it; nil when `bytes`
  /// ends first. `parse` gets the line without its CRLF, and the place of its first byte.
  ///
  /// - Throws: `bareLineFeed`, `bareCarriageReturn` (at the CR), `tooLarge` at the first byte
  ///   over the limit, and what `parse` throws. `offset` is then past the byte that decided it.
  mutating func next<Value>(
    _ bytes: Span<UInt8>, at offset: inout Int, tooLarge: WireError.Reason,
    parse: (Span<UInt8>, Int) throws(WireError) -> Value
  ) throws(WireError) -> Value? {
    let from = offset
    let end = from + min(bytes.count - from, bytesLeft)
    let isWhole = try findLineEnd(bytes, at: &offset, before: end)
    consumed += offset - from
    bytesLeft -= offset - from
    guard isWhole else {
      hold(bytes, from..<end)
      guard end == bytes.count else {
        offset += 1
        throw WireError(tooLarge, at: consumed)
      }
      return nil
    }
    if held.isEmpty {
      return try parse(bytes.extracting(from..<(offset - 2)), consumed - (offset - from))
    }
    hold(bytes, from..<(offset - 1))
    let line = held
    held = []
    return try parse(line.span.extracting(droppingLast: 1), consumed - line.count - 1)
  }

  /// Moves `offset` past the next CRLF and returns true, or to `end` and returns false.
  private func findLineEnd(
    _ bytes: Span<UInt8>, at offset: inout Int, before end: Int
  ) throws(WireError) -> Bool {
    let from = offset
    var isAfterReturn = held.last == Octet.carriageReturn
    var index = from
    defer { offset = index }
    while index < end {
      let byte = bytes[index]
      index += 1
      if byte > Octet.carriageReturn && !isAfterReturn { continue }
      if isAfterReturn {
        guard byte == Octet.lineFeed else {
          throw WireError(.bareCarriageReturn, at: consumed + index - from - 2)
        }
        return true
      }
      if byte == Octet.lineFeed { throw WireError(.bareLineFeed, at: consumed + index - from - 1) }
      isAfterReturn = byte == Octet.carriageReturn
    }
    return false
  }

  private mutating func hold(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    for index in range { held.append(bytes[index]) }
  }
}
