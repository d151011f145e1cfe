// The context of a cut, as far as a parser can depend on it. Two cuts with the same context look the same
// to every parser whose state is that of the line, the character, the escape and the line ends around the
// cut: trying one of them covers both. Places that only the wire has (size lines, chunk ends, the head)
// have contexts of their own.

internal import MockQwen

/// What surrounds a cut between two bytes.
struct CutContext: Hashable, Sendable {
  /// Where in its line a cut in the body falls (WHATWG HTML section 9.2.5), or which part of the wire
  /// it cuts (RFC 9112 sections 2 and 7.1).
  enum Place: UInt8, Hashable, Sendable {
    case lineStart, name, behindColon, value, comment, mark, done
    case statusLine, fieldName, fieldValue, headLineEnd, headEnd
    case chunkSize, chunkExtension, sizeLineEnd, chunkStart, chunkEnd, lastChunk, trailer
  }

  var place: Place
  /// Inside a UTF-8 character: its length × 4 plus the number of its bytes before the cut; 0 outside.
  var character: UInt8 = 0
  /// Inside a JSON escape: the number of its bytes before the cut; 0 outside, 7 between two surrogates.
  var escape: UInt8 = 0
  /// Line ends directly before the cut, 0 to 2.
  var lineEnds: UInt8 = 0
  /// Whether the cut separates CR and LF.
  var isInLineEnd = false
  /// Whether the next byte ends the line: the cut is before an LF or CR.
  var isBeforeLineEnd = false
}

/// The contexts of the cuts in a body: element n is the cut before byte n.
func bodyContexts(_ body: [UInt8]) -> [CutContext] {
  var walk = ContextWalk(body)
  return body.indices.map { walk.context(at: $0) }
}

/// Walks through a body byte by byte.
private struct ContextWalk {
  let body: [UInt8]
  private var place = CutContext.Place.lineStart
  private var lineEnds: UInt8 = 2
  private var escape: UInt8 = 0
  /// The total number of bytes of the current escape.
  private var escapeLength: UInt8 = 0
  private var characterLength: UInt8 = 0
  private var characterCount: UInt8 = 0
  private var doneEnd = 0

  private static let done = Array("[DONE]".utf8)
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  init(_ body: [UInt8]) { self.body = body }

  /// The context before byte `index`; the walk then takes that byte. `index` must rise by one.
  mutating func context(at index: Int) -> CutContext {
    let byte = body[index]
    let previous = index > 0 ? body[index - 1] : 0x0A
    var context = CutContext(place: place)
    context.character = characterCount > 0 ? characterLength * 4 + characterCount : 0
    context.escape = escape
    context.lineEnds = lineEnds
    context.isInLineEnd = previous == 0x0D && byte == 0x0A && index > 0
    context.isBeforeLineEnd = byte == 0x0A || byte == 0x0D
    if index < doneEnd { context.place = .done }
    if (1..<3).contains(index), body.starts(with: Self.mark) { context.place = .mark }
    take(byte, previous, at: index)
    return context
  }

  private mutating func take(_ byte: UInt8, _ previous: UInt8, at index: Int) {
    if byte == 0x0A || byte == 0x0D {
      if !(byte == 0x0A && previous == 0x0D && index > 0) { lineEnds = min(lineEnds + 1, 2) }
      (place, escape, characterCount) = (.lineStart, 0, 0)
      return
    }
    lineEnds = 0
    takeCharacter(byte)
    takeEscape(byte)
    if byte == UInt8(ascii: "["), body[index...].starts(with: Self.done) {
      doneEnd = index + Self.done.count
    }
    switch place {
    case .lineStart: place = byte == UInt8(ascii: ":") ? .comment : .name
    case .name: if byte == UInt8(ascii: ":") { place = .behindColon }
    case .behindColon: place = .value
    default: break
    }
  }

  private mutating func takeCharacter(_ byte: UInt8) {
    switch byte {
    case 0xC0...0xDF: (characterLength, characterCount) = (2, 1)
    case 0xE0...0xEF: (characterLength, characterCount) = (3, 1)
    case 0xF0...0xF7: (characterLength, characterCount) = (4, 1)
    case 0x80...0xBF where characterCount > 0 && characterCount + 1 < characterLength:
      characterCount += 1
    default: characterCount = 0
    }
  }

  private mutating func takeEscape(_ byte: UInt8) {
    switch escape {
    case 0, 7: escape = byte == UInt8(ascii: "\\") ? 1 : 0
    case 1:
      escapeLength = byte == UInt8(ascii: "u") ? 6 : 2
      escape = escapeLength == 6 ? 2 : 0
    default:
      escape += 1
      // After a complete escape another may follow, as in a surrogate pair.
      if escape >= escapeLength { escape = 7 }
    }
  }
}

/// The contexts of the cuts on the wire that do not lie between two body bytes, by their offsets.
func wireContexts(_ transmission: Transmission) -> [(offset: Int, context: CutContext)] {
  let bytes = transmission.bytes
  var contexts = headContexts(bytes, end: transmission.headEnd)
  guard case .chunked = transmission.framing else {
    if transmission.headEnd < bytes.count {
      contexts.append((transmission.headEnd, CutContext(place: .headEnd)))
    }
    return contexts
  }
  var start = transmission.headEnd
  for run in transmission.runs {
    contexts += sizeLineContexts(bytes, start..<run.wire)
    contexts.append((run.wire, CutContext(place: .chunkStart)))
    contexts.append((run.wireEnd, CutContext(place: .chunkEnd, isBeforeLineEnd: true)))
    contexts.append((run.wireEnd + 1, CutContext(place: .chunkEnd, isInLineEnd: true)))
    start = run.wireEnd + 2
  }
  for offset in start..<max(start, bytes.count) where offset > 0 {
    let isSize = offset < start + 3
    contexts.append(
      (offset, around(offset, bytes, place: isSize ? .lastChunk : .trailer)))
  }
  return contexts.filter { $0.offset > 0 && $0.offset < bytes.count }
}

private func sizeLineContexts(
  _ bytes: [UInt8], _ range: Range<Int>
) -> [(offset: Int, context: CutContext)] {
  var hasExtension = false
  return range.map { offset in
    if offset > range.lowerBound, bytes[offset - 1] == UInt8(ascii: ";") { hasExtension = true }
    let place: CutContext.Place =
      offset == range.lowerBound ? .chunkEnd : hasExtension ? .chunkExtension : .chunkSize
    return (offset, around(offset, bytes, place: place))
  }
}

private func headContexts(_ bytes: [UInt8], end: Int) -> [(offset: Int, context: CutContext)] {
  var place = CutContext.Place.statusLine
  return (1..<max(end, 1)).map { offset in
    let previous = bytes[offset - 1]
    if previous == 0x0A { place = .fieldName }
    if previous == UInt8(ascii: ":"), place == .fieldName { place = .fieldValue }
    return (offset, around(offset, bytes, place: place))
  }
}

private func around(_ offset: Int, _ bytes: [UInt8], place: CutContext.Place) -> CutContext {
  var context = CutContext(place: place)
  context.isInLineEnd = bytes[offset - 1] == 0x0D && bytes[offset] == 0x0A
  context.isBeforeLineEnd = bytes[offset] == 0x0D
  context.lineEnds = bytes[offset - 1] == 0x0A ? 1 : 0
  return context
}
