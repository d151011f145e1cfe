// The field lines of a head and of a trailer section are the same lines under different limits, so
// one reader reads both (RFC 9112 sections 5 and 7.1.2). Every line is parsed when its CRLF has
// come; only the field is kept of it.

/// Reads field lines up to the blank line that ends their section.
struct FieldSectionReader: Hashable, Sendable {
  /// Which of the two field sections of a message this is.
  enum Kind: Hashable, Sendable { case head, trailer }

  /// The field lines so far.
  private(set) var list: [Field] = []
  /// The lines; a head reader takes its start line from here first.
  var lines: LineReader
  private let fieldsMax: Int
  private let kind: Kind

  init(_ kind: Kind, consumed: Int, limits: Limits) {
    let bytesMax = kind == .head ? limits.headBytesMax : limits.trailerBytesMax
    self.lines = LineReader(consumed: consumed, bytesMax: bytesMax)
    self.fieldsMax = limits.fieldsMax
    self.kind = kind
  }

  /// What is thrown for a section that is larger than its limit.
  var tooLarge: WireError.Reason { kind == .head ? .headTooLarge : .trailerTooLarge }

  /// Reads field lines; true when the blank line at their end was consumed, false when `bytes`
  /// ended first.
  mutating func read(_ bytes: Span<UInt8>, at offset: inout Int) throws(WireError) -> Bool {
    let kind = kind
    while offset < bytes.count {
      try refuseOneTooMany(bytes, at: &offset)
      let line = try lines.next(bytes, at: &offset, tooLarge: tooLarge) {
        (line, start) throws(WireError) in
        try FieldSectionReader.field(in: line, at: start, kind)
      }
      guard let line else { return false }
      guard let field = line else { return true }
      if list.isEmpty { list.reserveCapacity(min(fieldsMax, kind == .head ? 16 : 2)) }
      list.append(field)
    }
    return false
  }

  /// Throws at the first byte of a field line that is one more than allowed. A CR or LF there
  /// belongs to the end of the section and is left to the line reader.
  private func refuseOneTooMany(
    _ bytes: Span<UInt8>, at offset: inout Int
  ) throws(WireError) {
    guard list.count >= fieldsMax, lines.isAtLineStart, lines.bytesLeft > 0 else { return }
    guard bytes[offset] != Octet.carriageReturn, bytes[offset] != Octet.lineFeed else { return }
    offset += 1
    throw WireError(.tooManyFields, at: lines.consumed)
  }

  /// The field on a line (RFC 9112 section 5: name, colon, optional blanks, value, optional
  /// blanks), or nil for the blank line.
  private static func field(
    in line: Span<UInt8>, at start: Int, _ kind: Kind
  ) throws(WireError) -> Field? {
    guard !line.isEmpty else { return nil }
    // RFC 9112 section 5.2: a line fold is refused, not repaired.
    guard !line[0].isBlank else { throw WireError(.obsoleteFold, at: start) }
    let colon = try colonIndex(in: line, at: start)
    var from = colon + 1
    var to = line.count
    while from < to, line[from].isBlank { from += 1 }
    while to > from, line[to - 1].isBlank { to -= 1 }
    for index in from..<to where !line[index].isFieldText {
      throw WireError(.controlByteInField, at: start + index)
    }
    let field = Field(text(line.extracting(..<colon)), text(line.extracting(from..<to)))
    // RFC 9110 section 6.5.1: a trailer may not change how the message is framed.
    if kind == .trailer, field.isNamed("Content-Length") || field.isNamed("Transfer-Encoding") {
      throw WireError(.badTrailer, at: start)
    }
    return field
  }

  /// Where the colon after the field name stands. RFC 9112 section 5.1: no white space between the
  /// two.
  private static func colonIndex(in line: Span<UInt8>, at start: Int) throws(WireError) -> Int {
    var index = 0
    while index < line.count, line[index].isToken { index += 1 }
    if index > 0, index < line.count, line[index] == Octet.colon { return index }
    var next = index
    while next < line.count, line[next].isBlank { next += 1 }
    let isSpaced = next > index && next < line.count && line[next] == Octet.colon
    throw WireError(isSpaced ? .spaceBeforeColon : .badFieldName, at: start + index)
  }
}
