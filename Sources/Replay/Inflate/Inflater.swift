// Decodes the content codings that use DEFLATE (RFC 9110 section 8.4.1): `gzip` (RFC 1952), which may
// have several members one after the other, and `deflate`, which is zlib's format (RFC 1950), although
// some servers send raw DEFLATE data. Checksums and lengths are checked against the output. The caller
// limits the size of the output, so that a few kilobytes cannot become gigabytes.

/// A compressed stream that is decoded as it comes.
package struct Inflater: Hashable, Sendable {
  /// The format around the DEFLATE data.
  package enum Wrapper: String, Hashable, Sendable, CaseIterable { case raw, zlib, gzip }

  private enum Phase: Hashable, Sendable { case header, data, trailer, between, over }

  package let wrapper: Wrapper
  /// How many bytes of output are allowed.
  private let limit: Int
  private var phase: Phase
  private var reader = BitReader()
  private var deflated = Deflated()
  private var crc = Crc32()
  private var adler = Adler32()
  /// The output so far; of a gzip file, that of all members.
  package private(set) var output: [UInt8] = []
  /// Where the output of this member begins.
  private var memberStart = 0

  /// - Parameters:
  ///   - wrapper: The format around the data.
  ///   - limit: How many bytes of output are allowed; one more is refused as `tooLarge`.
  package init(_ wrapper: Wrapper, limit: Int) {
    self.wrapper = wrapper
    self.limit = limit
    phase = wrapper == .raw ? .data : .header
  }

  /// Whether the input may end here: the data is complete and its checksum was verified.
  package var isComplete: Bool { phase == .over || phase == .between }

  /// Takes more of the input and appends the decoded bytes to `output`.
  package mutating func take(_ bytes: some Sequence<UInt8>) throws(InflateError) {
    reader.append(bytes)
    var goesOn = true
    while goesOn {
      goesOn =
        switch phase {
        case .header: try header()
        case .data: try data()
        case .trailer: try trailer()
        case .between: try nextMember()
        case .over: try nothingMore()
        }
    }
  }

  private mutating func header() throws(InflateError) -> Bool {
    let start = reader.position
    let isRead = wrapper == .gzip ? try gzipHeader(&reader) : try zlibHeader(&reader)
    guard isRead else {
      reader.position = start
      return false
    }
    memberStart = output.count
    deflated = Deflated(outputStart: memberStart)
    crc = Crc32()
    phase = .data
    return true
  }

  private mutating func data() throws(InflateError) -> Bool {
    let start = output.count
    try deflated.read(&reader, into: &output, limit: limit)
    if wrapper == .gzip { crc.take(output[start...]) }
    if wrapper == .zlib { adler.take(output[start...]) }
    guard deflated.isOver else { return false }
    reader.alignToByte()
    phase = wrapper == .raw ? .over : .trailer
    return true
  }

  private mutating func trailer() throws(InflateError) -> Bool {
    guard reader.bytesLeft >= (wrapper == .gzip ? 8 : 4) else { return false }
    let offset = reader.offset
    let sum = reader.littleEndian(4) ?? 0
    guard sum == (wrapper == .gzip ? crc.value : adler.value.byteSwapped) else {
      throw InflateError(.badChecksum, at: offset)
    }
    guard wrapper == .gzip else {
      phase = .over
      return true
    }
    let length = UInt32(truncatingIfNeeded: output.count - memberStart)
    guard reader.littleEndian(4) == length else { throw InflateError(.badLength, at: offset + 4) }
    phase = .between
    return true
  }

  /// RFC 1952 section 2.2: members follow each other. Zeroes that pad a block of a tape are skipped, as
  /// in gzip.
  private mutating func nextMember() throws(InflateError) -> Bool {
    guard reader.bytesLeft > 0 else { return false }
    if reader.bytes[reader.position / 8] == 0 {
      _ = reader.byte()
      return true
    }
    guard reader.bytes[reader.position / 8] == 0x1F else { return try nothingMore() }
    phase = .header
    return true
  }

  private func nothingMore() throws(InflateError) -> Bool {
    guard reader.bytesLeft == 0 else { throw InflateError(.bytesBehind, at: reader.offset) }
    return false
  }
}

/// The decoded content of a compressed body; at most `limit` bytes.
package func inflated(
  _ bytes: some Sequence<UInt8>, _ wrapper: Inflater.Wrapper, limit: Int
) throws(InflateError) -> [UInt8] {
  var inflater = Inflater(wrapper, limit: limit)
  try inflater.take(bytes)
  guard inflater.isComplete else { throw InflateError(.endsEarly, at: Array(bytes).count) }
  return inflater.output
}
