// DEFLATE (RFC 1951) as a value that takes bytes as they come. It reads in steps: a block's head, a
// symbol, a run of stored bytes. A step without enough bits is undone and tried again when more has come,
// so every way of cutting the input gives the same output.

/// The blocks of one DEFLATE stream.
struct Deflated: Hashable, Sendable {
  private enum Phase: Hashable, Sendable { case blockHead, stored, symbols, over }

  private var phase = Phase.blockHead
  private var isLastBlock = false
  /// How many bytes of a stored block are still missing.
  private var storedLeft = 0
  private var literals: PrefixCode?
  private var distances: PrefixCode?

  /// Whether the last block has ended.
  var isOver: Bool { phase == .over }

  /// Where the output of this stream begins; references reach back to there.
  private let outputStart: Int

  init(outputStart: Int = 0) { self.outputStart = outputStart }

  /// Reads as many complete steps as the input holds and appends the output, which may have `limit` bytes
  /// in all.
  mutating func read(
    _ reader: inout BitReader, into output: inout [UInt8], limit: Int
  ) throws(InflateError) {
    while phase != .over {
      let start = reader.position
      let hasStepped =
        switch phase {
        case .blockHead: try blockHead(&reader)
        case .stored: storedBytes(&reader, &output)
        case .symbols: try symbol(&reader, &output)
        case .over: false
        }
      guard output.count <= limit else { throw InflateError(.tooLarge, at: reader.offset) }
      guard hasStepped else {
        reader.position = start
        return
      }
    }
  }

  /// The head of a block (section 3.2.3).
  private mutating func blockHead(_ reader: inout BitReader) throws(InflateError) -> Bool {
    guard let last = reader.bits(1), let kind = reader.bits(2) else { return false }
    switch kind {
    case 0:
      // A stored block (section 3.2.4).
      reader.alignToByte()
      guard let count = reader.littleEndian(2), let complement = reader.littleEndian(2) else {
        return false
      }
      guard count ^ complement == 0xFFFF else {
        throw InflateError(.badStoredLength, at: reader.offset)
      }
      storedLeft = Int(count)
      phase = .stored
    case 1:
      (literals, distances) = (fixedLiteralCode, fixedDistanceCode)
      phase = .symbols
    case 2:
      guard let codes = try dynamicCodes(&reader) else { return false }
      (literals, distances) = codes
      phase = .symbols
    default: throw InflateError(.badBlock, at: reader.offset)
    }
    isLastBlock = last == 1
    return true
  }

  private mutating func endBlock() { phase = isLastBlock ? .over : .blockHead }

  private mutating func storedBytes(_ reader: inout BitReader, _ output: inout [UInt8]) -> Bool {
    let count = min(storedLeft, reader.bytesLeft)
    guard count > 0 || storedLeft == 0 else { return false }
    for _ in 0..<count { if let byte = reader.byte() { output.append(byte) } }
    storedLeft -= count
    if storedLeft == 0 { endBlock() }
    return true
  }

  /// One symbol (section 3.2.3): a literal, the end of the block, or a length and a distance.
  private mutating func symbol(
    _ reader: inout BitReader, _ output: inout [UInt8]
  ) throws(InflateError) -> Bool {
    guard let literal = try word(literals, &reader) else { return false }
    if literal < 256 {
      output.append(UInt8(literal))
      return true
    }
    if literal == 256 {
      endBlock()
      return true
    }
    guard literal - 257 < lengthBases.count else {
      throw InflateError(.badSymbol, at: reader.offset)
    }
    guard let extraLength = reader.bits(lengthExtraBits[literal - 257]),
      let distanceSymbol = try word(distances, &reader)
    else { return false }
    guard distanceSymbol < distanceBases.count else {
      throw InflateError(.badSymbol, at: reader.offset)
    }
    guard let extraDistance = reader.bits(distanceExtraBits[distanceSymbol]) else { return false }
    let distance = distanceBases[distanceSymbol] + extraDistance
    guard distance <= output.count - outputStart else {
      throw InflateError(.badDistance, at: reader.offset)
    }
    // The source may overlap what is being written.
    for _ in 0..<lengthBases[literal - 257] + extraLength {
      output.append(output[output.count - distance])
    }
    return true
  }

  private func word(_ code: PrefixCode?, _ reader: inout BitReader) throws(InflateError) -> Int? {
    switch code?.read(&reader) {
    case .symbol(let symbol)?: return symbol
    case .unknown?: throw InflateError(.badSymbol, at: reader.offset)
    case nil: return nil
    }
  }

  /// The codes of a block with dynamic codes (section 3.2.7); nil when more bits are needed.
  private func dynamicCodes(
    _ reader: inout BitReader
  ) throws(InflateError) -> (literals: PrefixCode, distances: PrefixCode)? {
    guard let extraLiterals = reader.bits(5), let extraDistances = reader.bits(5),
      let extraLengths = reader.bits(4)
    else { return nil }
    let (literalCount, distanceCount) = (257 + extraLiterals, 1 + extraDistances)
    guard literalCount <= 286, distanceCount <= 30 else {
      throw InflateError(.badCode, at: reader.offset)
    }
    var own = [Int](repeating: 0, count: codeLengthOrder.count)
    for index in codeLengthOrder.prefix(4 + extraLengths) {
      guard let length = reader.bits(3) else { return nil }
      own[index] = length
    }
    guard let lengthCode = PrefixCode(lengths: own, mayBeSingle: false),
      own.contains(where: { $0 > 0 })
    else {
      throw InflateError(.badCode, at: reader.offset)
    }
    var lengths: [Int] = []
    while lengths.count < literalCount + distanceCount {
      guard let symbol = try word(lengthCode, &reader) else { return nil }
      guard let run = run(symbol, &reader) else { return nil }
      guard symbol != 16 || !lengths.isEmpty,
        lengths.count + run <= literalCount + distanceCount
      else { throw InflateError(.badCode, at: reader.offset) }
      let length = symbol == 16 ? lengths[lengths.count - 1] : symbol > 16 ? 0 : symbol
      lengths += repeatElement(length, count: run)
    }
    // A block that cannot end is malformed.
    guard lengths[256] > 0, let literals = PrefixCode(lengths: lengths[..<literalCount]),
      let distances = PrefixCode(lengths: lengths[literalCount...])
    else { throw InflateError(.badCode, at: reader.offset) }
    return (literals, distances)
  }

  /// How often a length is repeated for a symbol of the code length code.
  private func run(_ symbol: Int, _ reader: inout BitReader) -> Int? {
    switch symbol {
    case 16: reader.bits(2).map { 3 + $0 }
    case 17: reader.bits(3).map { 3 + $0 }
    case 18: reader.bits(7).map { 11 + $0 }
    default: 1
    }
  }
}
