// Draws sessions. A mutated session is small, a few blocks taken from recordings or made of small lines,
// and is changed by the kinds that are on. It is kept as lines until the end, so that a change need not
// search for one, and is written with its line ends once.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Wire

/// A session that is being drawn.
struct SessionDraw {
  private let on: MutationSet
  private(set) var used = MutationSet()
  private var generator: SeededGenerator
  private var blocks: [[[UInt8]]] = []

  private init(_ generator: SeededGenerator, on: MutationSet) {
    self.generator = generator
    self.on = on
  }

  /// Draws a session with the kinds that are `on`; returns it with the kinds that were used.
  package static func session(
    from sources: [FuzzSource], on: MutationSet, _ generator: inout SeededGenerator
  ) -> (session: Session, used: MutationSet) {
    var draw = SessionDraw(generator, on: on)
    let source = draw.generator.pick(sources)
    defer { generator = draw.generator }
    if source.isDrawnWhole, draw.turn(.recording, 1, in: 32) {
      return (source.session, draw.used)
    }
    draw.drawBlocks(source)
    draw.changeBlocks()
    draw.changeLines()
    return (draw.written(source), draw.used)
  }

  /// Whether a kind is on and is drawn this time.
  private mutating func turn(_ mutation: Mutation, _ hits: Int, in tries: Int) -> Bool {
    guard generator.hits(hits, in: tries), on.contains(mutation) else { return false }
    used.insert(mutation)
    return true
  }

  private mutating func drawBlocks(_ source: FuzzSource) {
    let count = generator.number(in: 1...(generator.hits(1, in: 8) ? 12 : 4))
    let first = source.blocks.isEmpty ? 0 : generator.number(below: source.blocks.count)
    for index in 0..<count {
      if !source.blocks.isEmpty, generator.hits(1, in: 2) {
        blocks.append(source.blocks[(first + index) % source.blocks.count])
      } else {
        let lines = generator.hits(1, in: 4) ? 2 : 1
        blocks.append((0..<lines).map { _ in generator.pick(FuzzText.lines) })
      }
    }
  }

  private mutating func changeBlocks() {
    if turn(.doubled, 1, in: 6) {
      let index = generator.number(below: blocks.count)
      blocks.insert(blocks[index], at: index)
    }
    if blocks.count > 1, turn(.swapped, 1, in: 6) {
      let index = generator.number(below: blocks.count - 1)
      blocks.swapAt(index, index + 1)
    }
    if blocks.count > 1, turn(.dropped, 1, in: 6) {
      blocks.remove(at: generator.number(below: blocks.count))
    }
  }

  private mutating func changeLines() {
    add(.comment, FuzzText.comments)
    add(.unknownField, FuzzText.unknown)
    add(.idField, FuzzText.ids)
    add(.retryField, FuzzText.retries)
    add(.eventField, FuzzText.events)
    if turn(.spelling, 1, in: 5) { spell() }
    if turn(.hostile, 1, in: 3) { insert(generator.pick(FuzzText.hostile)) }
    if turn(.rawBytes, 1, in: 10) { insert(generator.pick(FuzzText.raw)) }
    if turn(.grown, 1, in: 8) {
      let isLong = generator.hits(1, in: 32)
      let count = generator.number(in: isLong ? 4_000...6_000 : 1...80)
      insert([UInt8](repeating: UInt8(generator.number(in: 0x61...0x7A)), count: count))
    }
  }

  /// Inserts one of `lines` into a block.
  private mutating func add(_ mutation: Mutation, _ lines: [[UInt8]]) {
    guard turn(mutation, 1, in: 8) else { return }
    let block = generator.number(below: blocks.count)
    let place = generator.number(in: 0...blocks[block].count)
    blocks[block].insert(generator.pick(lines), at: place)
  }

  /// Inserts bytes into a line.
  private mutating func insert(_ bytes: [UInt8]) {
    let block = generator.number(below: blocks.count)
    guard !blocks[block].isEmpty else { return }
    let line = generator.number(below: blocks[block].count)
    let place = generator.number(in: 0...blocks[block][line].count)
    blocks[block][line].insert(contentsOf: bytes, at: place)
  }

  /// Writes the fields of a block in another spelling.
  private mutating func spell() {
    let block = generator.number(below: blocks.count)
    let blanks = generator.number(below: 4)
    for line in blocks[block].indices {
      guard let colon = blocks[block][line].firstIndex(of: UInt8(ascii: ":")), colon > 0 else {
        continue
      }
      if blanks == 3 {
        blocks[block][line].removeSubrange(colon...)
      } else {
        let old = blocks[block][line].dropFirst(colon + 1).prefix { $0 == 0x20 }.count
        blocks[block][line].replaceSubrange(
          colon + 1..<colon + 1 + old, with: repeatElement(0x20, count: blanks))
      }
    }
  }

  private mutating func written(_ source: FuzzSource) -> Session {
    var session = Session(
      name: "fuzzed", request: .plainStream, response: .plainStream,
      framing: .chunked, body: [], fragments: [], ending: .complete)
    if generator.hits(1, in: 16) { session.response = source.session.response }
    if turn(.otherType, 1, in: 32) { session.response = FuzzSource.otherResponse }
    writeBody(into: &session)
    if turn(.unterminated, 1, in: 8) {
      let count = generator.number(in: 1...(generator.hits(1, in: 2) ? 2 : 8))
      let end = max(session.body.count - count, 0)
      session.body.removeSubrange(end...)
      session.fragments.removeAll { $0.end >= end }
      if end > 0 {
        session.fragments.append(
          Session.Fragment(end: end, milliseconds: 10 * session.fragments.count))
      }
    }
    if turn(.badEnding, 1, in: 16) {
      session.ending = generator.pick([.truncated, .reset, .timeout])
    }
    return session
  }

  private mutating func writeBody(into session: inout Session) {
    let ends = lineEnds()
    if turn(.byteOrderMark, 1, in: 8) {
      session.body += [0xEF, 0xBB, 0xBF]
      if generator.hits(1, in: 4) { session.body += ends[0] }
    }
    let addsBlanks = turn(.blankLines, 1, in: 8)
    for (number, block) in blocks.enumerated() {
      for line in block {
        session.body += line
        session.body += ends.count == 1 ? ends[0] : generator.pick(ends)
      }
      for _ in 0..<(addsBlanks ? generator.number(in: 1...3) : 1) {
        session.body += ends.count == 1 ? ends[0] : generator.pick(ends)
      }
      session.fragments.append(
        Session.Fragment(end: session.body.count, milliseconds: 10 * number))
    }
  }

  private mutating func lineEnds() -> [[UInt8]] {
    if turn(.crlf, 1, in: 6) { return [[0x0D, 0x0A]] }
    if turn(.cr, 1, in: 10) { return [[0x0D]] }
    if turn(.mixedEnds, 1, in: 6) { return [[0x0A], [0x0D], [0x0D, 0x0A]] }
    return [[0x0A]]
  }
}
