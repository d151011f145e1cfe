// The chunked coding as a value: size lines are read byte by byte by a small state machine, data
// passes as ranges without being looked at, and the trailer section is read like the fields of a
// head. The phase is a plain enum. The counters beside it are zero whenever they are not in use,
// and the trailer reader exists only once a last chunk was read: so equal places have equal values,
// and the data path touches no memory but the value itself.
//
// Strict where decoders differ: no white space around a size, no sign, no prefix, and exactly CRLF
// at the end of a line and after data (RFC 9112 sections 7.1 and 11.2).

/// Decodes a body in the chunked coding (RFC 9112 section 7.1).
struct ChunkedReader: Hashable, Sendable {
  /// Where in the coding the next byte stands.
  private enum Phase: Hashable, Sendable {
    case size
    case chunkExtension(ChunkExtension)
    case sizeLineFeed
    case data
    case dataReturn
    case dataLineFeed
    case trailer
    case complete
    case refused
  }

  private var phase = Phase.size
  /// In a size line: the size so far. In data: how many bytes are left. Else 0.
  private var size = 0
  /// In a size line: its bytes so far. Else 0.
  private var lineBytes = 0
  /// The place of the next byte; stands still in the trailer section, which has its own count.
  private var consumed = 0
  /// How many data bytes the body may still have.
  private var bodyBytesLeft: Int
  private var trailer: FieldSectionReader?
  /// Why the body was refused, once it was.
  private var failure: WireError?
  private let limits: Limits

  init(limits: Limits) {
    self.limits = limits
    self.bodyBytesLeft = limits.bodyBytesMax
  }

  var isComplete: Bool {
    if case .complete = phase { true } else { false }
  }

  /// The trailer fields so far.
  var trailers: Fields { Fields(trailer?.list ?? []) }

  /// The next range of chunk data; the contract of `BodyReader.read`.
  mutating func read(
    _ bytes: Span<UInt8>, at offset: inout Int
  ) throws(WireError) -> Range<Int>? {
    if let failure { throw failure }
    while offset < bytes.count {
      switch phase {
      case .data:
        return takeData(of: bytes, at: &offset)
      case .trailer:
        try readTrailer(bytes, at: &offset)
      case .complete:
        return nil
      case .size:
        try takeSize(bytes, at: &offset)
      default:
        let byte = bytes[offset]
        offset += 1
        try take(byte)
        consumed += 1
      }
    }
    return nil
  }

  private mutating func takeData(of bytes: Span<UInt8>, at offset: inout Int) -> Range<Int> {
    let from = offset
    let count = min(size, bytes.count - from)
    offset += count
    consumed += count
    size -= count
    if size == 0 { phase = .dataReturn }
    return from..<offset
  }

  /// One byte of the framing around the data.
  private mutating func take(_ byte: UInt8) throws(WireError) {
    switch phase {
    case .chunkExtension(let place):
      try countLineByte()
      try takeExtension(byte, place)
    case .sizeLineFeed:
      try countLineByte()
      guard byte == Octet.lineFeed else { throw refusal(.bareCarriageReturn, at: consumed - 1) }
      try endSizeLine()
    case .dataReturn:
      guard byte == Octet.carriageReturn else { throw refusal(.missingChunkLineEnd) }
      phase = .dataLineFeed
    case .dataLineFeed:
      guard byte == Octet.lineFeed else { throw refusal(.missingChunkLineEnd) }
      phase = .size
    case .size, .data, .trailer, .complete, .refused:
      preconditionFailure("not a framing byte")
    }
  }

  private mutating func countLineByte() throws(WireError) {
    guard lineBytes < limits.chunkLineBytesMax else { throw refusal(.chunkLineTooLong) }
    lineBytes += 1
  }

  /// The digits of a size, and the byte after them.
  private mutating func takeSize(
    _ bytes: Span<UInt8>, at offset: inout Int
  ) throws(WireError) {
    let from = offset
    let end = from + min(bytes.count - from, limits.chunkLineBytesMax - lineBytes)
    var index = from
    var value = size
    // 15 significant digits are below 2^60; one more is refused before it could overflow.
    while index < end, value < 1 << 56, let digit = bytes[index].hexValue {
      value = value << 4 | digit
      index += 1
    }
    size = value
    lineBytes += index - from
    consumed += index - from
    offset = index
    guard index < bytes.count else { return }
    offset += 1
    try endSize(bytes[index])
    consumed += 1
  }

  /// The byte after the digits that were taken.
  private mutating func endSize(_ byte: UInt8) throws(WireError) {
    let hasDigits = lineBytes > 0
    try countLineByte()
    switch byte {
    case Octet.carriageReturn where hasDigits: phase = .sizeLineFeed
    case Octet.semicolon where hasDigits: phase = .chunkExtension(.beforeName)
    case Octet.lineFeed: throw refusal(.bareLineFeed)
    default: throw refusal(byte.hexValue == nil ? .badChunkSize : .chunkSizeTooLarge)
    }
  }

  private mutating func takeExtension(_ byte: UInt8, _ place: ChunkExtension) throws(WireError) {
    if byte == Octet.lineFeed { throw refusal(.bareLineFeed) }
    if byte == Octet.carriageReturn, place.mayEnd {
      phase = .sizeLineFeed
      return
    }
    guard let next = place.next(byte) else { throw refusal(.badChunkExtension) }
    phase = .chunkExtension(next)
  }

  /// The size line is complete; its LF is the byte at hand.
  private mutating func endSizeLine() throws(WireError) {
    guard size <= bodyBytesLeft else { throw refusal(.bodyTooLarge) }
    bodyBytesLeft -= size
    lineBytes = 0
    phase = .data
    if size == 0 {
      phase = .trailer
      trailer = FieldSectionReader(.trailer, consumed: consumed + 1, limits: limits)
    }
  }

  private mutating func readTrailer(
    _ bytes: Span<UInt8>, at offset: inout Int
  ) throws(WireError) {
    do throws(WireError) {
      if try trailer?.read(bytes, at: &offset) == true { phase = .complete }
    } catch {
      throw refusal(error.reason, at: error.offset)
    }
  }

  /// Makes the refusal final and returns the error to throw, by default for the current byte.
  private mutating func refusal(_ reason: WireError.Reason, at offset: Int? = nil) -> WireError {
    let error = WireError(reason, at: offset ?? consumed)
    phase = .refused
    failure = error
    trailer = nil
    return error
  }
}
