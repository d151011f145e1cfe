// Heads are read line by line: the start line, then fields up to the blank line (RFC 9112 section
// 2.1). `HeadReader` does it for both kinds of message; the two package types wrap it. A reader
// whose head is complete is as good as new, so one reader serves all messages of a connection. A
// reader that refused a head stays refused and repeats its error: after a bad message nobody knows
// where the next one starts.

/// Reads request heads, one after the other, from bytes cut anywhere.
package struct RequestHeadReader: Hashable, Sendable {
  private var reader: HeadReader<RequestLine>

  package init(limits: Limits = Limits()) { reader = HeadReader(limits: limits) }

  /// Whether no byte of the next head has come. Empty lines before it (RFC 9112 section 2.2) are
  /// not a part of it.
  package var isEmpty: Bool { reader.isEmpty }

  /// Reads from `offset` on, and moves it past what was consumed.
  ///
  /// - Returns: The head when its last blank line was consumed, with `offset` right after it;
  ///   nil when `bytes` ended first, with `offset` at its end.
  /// - Throws: Why the head is refused: `badStartLine`, `badVersion`, the field and line reasons,
  ///   `headTooLarge`, `tooManyFields`. `offset` is then past the byte that decided it (the line
  ///   end for what is wrong inside a line), and every later call throws the same error.
  package mutating func read(
    _ bytes: Span<UInt8>, at offset: inout Int
  ) throws(WireError) -> RequestHead? {
    guard let (line, fields) = try reader.read(bytes, at: &offset) else { return nil }
    return RequestHead(
      method: line.method, target: line.target, version: line.version, fields: fields)
  }
}

/// Reads response heads, one after the other, from bytes cut anywhere.
package struct ResponseHeadReader: Hashable, Sendable {
  private var reader: HeadReader<StatusLine>

  package init(limits: Limits = Limits()) { reader = HeadReader(limits: limits) }

  /// Whether no byte of the next head has come.
  package var isEmpty: Bool { reader.isEmpty }

  /// Reads from `offset` on, and moves it past what was consumed; the same contract as
  /// `RequestHeadReader.read`. A missing reason phrase is read as an empty one.
  package mutating func read(
    _ bytes: Span<UInt8>, at offset: inout Int
  ) throws(WireError) -> ResponseHead? {
    guard let (line, fields) = try reader.read(bytes, at: &offset) else { return nil }
    return ResponseHead(
      version: line.version, status: line.status, reason: line.reason, fields: fields)
  }
}

/// Reads heads with either start line.
private struct HeadReader<Start: StartLine>: Hashable, Sendable {
  private let limits: Limits
  private var start: Start?
  private var emptyLines = 0
  private var section: FieldSectionReader
  private var failure: WireError?

  init(limits: Limits) {
    self.limits = limits
    self.section = FieldSectionReader(.head, consumed: 0, limits: limits)
  }

  var isEmpty: Bool { start == nil && failure == nil && section.lines.isAtLineStart }

  mutating func read(
    _ bytes: Span<UInt8>, at offset: inout Int
  ) throws(WireError) -> (Start, Fields)? {
    if let failure { throw failure }
    do throws(WireError) {
      guard let start = try readStart(bytes, at: &offset) else { return nil }
      guard try section.read(bytes, at: &offset) else { return nil }
      let fields = Fields(section.list)
      self = HeadReader(limits: limits)
      return (start, fields)
    } catch {
      self = HeadReader(limits: limits)
      failure = error
      throw error
    }
  }

  /// The start line, from an earlier call or read now; nil when `bytes` ended first.
  private mutating func readStart(
    _ bytes: Span<UInt8>, at offset: inout Int
  ) throws(WireError) -> Start? {
    while start == nil, offset < bytes.count {
      let mayBeEmpty = emptyLines < Start.emptyLinesMax
      let line = try section.lines.next(bytes, at: &offset, tooLarge: section.tooLarge) {
        (line, place) throws(WireError) -> Start? in
        guard line.isEmpty else { return try Start(parsing: line, at: place) }
        guard mayBeEmpty else { throw WireError(.badStartLine, at: place) }
        return nil
      }
      guard let line else { return nil }
      if line == nil { emptyLines += 1 }
      start = line
    }
    return start
  }
}
