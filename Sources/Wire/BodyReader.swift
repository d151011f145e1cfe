// A body reader tells which ranges of its input are body data. It copies nothing: data passes as
// ranges, and only the framing around it is looked at. Every end is noticed at the byte that makes
// it, so the value after n bytes is the same for all ways of cutting them.

/// Reads one body from bytes cut anywhere.
package struct BodyReader: Hashable, Sendable {
  /// What is still to come; a plain enum, with the chunked decoder beside it.
  private enum Phase: Hashable, Sendable {
    case complete
    case length(left: Int)
    case untilClose(left: Int)
    case chunked
    case refused(WireError)
  }

  private var phase: Phase
  private var chunks: ChunkedReader
  private let bodyBytesMax: Int

  /// - Parameters:
  ///   - framing: How the body ends. A length below 0 is a programmer's mistake.
  ///   - limits: The bounds of the body and of its chunk lines and trailers.
  package init(_ framing: BodyFraming, limits: Limits = Limits()) {
    chunks = ChunkedReader(limits: limits)
    bodyBytesMax = limits.bodyBytesMax
    switch framing {
    case .none, .length(0):
      phase = .complete
    case .length(let count):
      precondition(count > 0, "a length is 0 or more")
      phase =
        count <= bodyBytesMax
        ? .length(left: count) : .refused(WireError(.bodyTooLarge, at: 0))
    case .chunked:
      phase = .chunked
    case .untilClose:
      phase = .untilClose(left: bodyBytesMax)
    }
  }

  /// Whether the whole body was read; bytes after it belong to the next message.
  package var isComplete: Bool {
    if case .complete = phase { true } else { chunks.isComplete }
  }

  /// The trailer fields of a chunked body (RFC 9112 section 7.1.2); all of them once the body is
  /// complete, none under other framings.
  package var trailers: Fields { chunks.trailers }

  /// Reads from `offset` on, and moves it past what was consumed. Call it until it returns nil.
  ///
  /// - Returns: The next range of `bytes` that is body data, never empty, with `offset` at its
  ///   end; nil when there is no more data in `bytes`: either `offset` is at its end, or the body
  ///   is complete and what follows `offset` is not part of this body.
  /// - Throws: `bodyTooLarge`: for a length by the first call, for chunks at the end of the size
  ///   line that exceeds the limit, until close at the byte that does; and all that is wrong with
  ///   chunks and trailers. `offset` is then past the byte that decided it, and every later call
  ///   throws the same error.
  package mutating func read(
    _ bytes: Span<UInt8>, at offset: inout Int
  ) throws(WireError) -> Range<Int>? {
    switch phase {
    case .chunked:
      return try chunks.read(bytes, at: &offset)
    case .length(let left):
      guard let range = take(left, of: bytes, at: &offset) else { return nil }
      phase = range.count == left ? .complete : .length(left: left - range.count)
      return range
    case .untilClose(let left):
      if left == 0 && offset < bytes.count {
        offset += 1
        phase = .refused(WireError(.bodyTooLarge, at: bodyBytesMax))
        return try read(bytes, at: &offset)
      }
      guard let range = take(left, of: bytes, at: &offset) else { return nil }
      phase = .untilClose(left: left - range.count)
      return range
    case .complete:
      return nil
    case .refused(let error):
      throw error
    }
  }

  /// Tells the reader that the peer closed the connection.
  ///
  /// - Returns: Whether the body is complete by its framing (RFC 9112 section 8): always for a
  ///   body until close that was not refused; else only when its last byte was read, for chunks
  ///   the final CRLF after the trailer section.
  package mutating func closed() -> Bool {
    if case .untilClose = phase { phase = .complete }
    return isComplete
  }

  /// The next range of at most `left` bytes; nil when there is none.
  private func take(_ left: Int, of bytes: Span<UInt8>, at offset: inout Int) -> Range<Int>? {
    let from = offset
    offset += min(left, bytes.count - from)
    return from < offset ? from..<offset : nil
  }
}
