// Where the named cuts are. Plain scans of the body or of a transmission's layout; the offsets are in
// rising order, without duplicates.

/// The offsets in the session's body at which `cuts` cuts it into chunks.
package func bodyCuts(_ cuts: Cuts, _ session: Session) -> [Int] {
  let body = session.body
  let offsets: [Int]
  switch cuts {
  case .whole: offsets = []
  case .every(let count): offsets = Array(stride(from: count, to: body.count, by: count))
  case .at(let given): offsets = given
  case .recorded: offsets = session.fragments.map(\.end)
  case .random(let seed, let count): offsets = randomOffsets(seed, count, below: body.count)
  case .places(let place): offsets = bodyPlaces(place, session)
  }
  return offsets.filter { $0 > 0 && $0 < body.count }
}

/// The offsets in the transmission's bytes at which `cuts` cuts it into writes.
package func wireCuts(_ cuts: Cuts, _ transmission: Transmission) -> [Int] {
  let end = transmission.bytes.count
  let offsets: [Int]
  switch cuts {
  case .whole: offsets = []
  case .every(let count): offsets = Array(stride(from: count, to: end, by: count))
  case .at(let given): offsets = given
  case .recorded:
    offsets = transmission.session.fragments.map { transmission.wireOffset(behindBody: $0.end) }
  case .random(let seed, let count): offsets = randomOffsets(seed, count, below: end)
  case .places(let place):
    offsets =
      wirePlaces(place, transmission)
      ?? bodyPlaces(place, transmission.session).filter { $0 > 0 }.map {
        transmission.wireOffset(behindBody: $0)
      }
  }
  return offsets.filter { $0 > 0 && $0 < end }
}

/// The places that only the wire has; nil for a kind of place in the body.
private func wirePlaces(_ place: Cuts.Place, _ transmission: Transmission) -> [Int]? {
  let runs = transmission.runs
  guard case .chunked = transmission.framing else {
    switch place {
    case .head: return Array(1..<max(transmission.headEnd, 1))
    case .sizes, .chunkends, .last: return []
    default: return nil
    }
  }
  switch place {
  case .head:
    return Array(1..<transmission.headEnd)
  case .sizes:
    return runs.indices.flatMap { index in
      let start = index == 0 ? transmission.headEnd : runs[index - 1].wireEnd + 2
      return Array(start + 1..<runs[index].wire)
    }
  case .chunkends:
    return runs.flatMap { [$0.wireEnd, $0.wireEnd + 1] }
  case .last:
    let start = runs.last.map { $0.wireEnd + 2 } ?? transmission.headEnd
    return Array(start..<max(start, transmission.bytes.count))
  case .events, .crlf, .blank, .utf8, .fields, .escapes, .done:
    return nil
  }
}

/// The places of a kind in a body; none for the kinds that only the wire has.
private func bodyPlaces(_ place: Cuts.Place, _ session: Session) -> [Int] {
  let body = session.body
  switch place {
  case .events where session.hasJSONLines:
    return body.indices.filter { body[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
  case .events: return lineEndPairs(body).map(\.end)
  case .blank: return lineEndPairs(body).map(\.blank)
  case .crlf:
    return body.indices.dropFirst().filter {
      body[$0 - 1] == UInt8(ascii: "\r") && body[$0] == UInt8(ascii: "\n")
    }
  case .utf8: return body.indices.filter { body[$0] & 0xC0 == 0x80 }
  case .fields: return fieldNamePlaces(body)
  case .escapes: return escapePlaces(body)
  case .done:
    let word = Array("[DONE]".utf8)
    return body.indices.filter { body[$0...].starts(with: word) }.flatMap { start in
      (1..<word.count).map { start + $0 }
    }
  case .sizes, .chunkends, .last, .head: return []
  }
}

/// Every blank line: where it begins, and where its line end ends.
private func lineEndPairs(_ body: [UInt8]) -> [(blank: Int, end: Int)] {
  var pairs: [(blank: Int, end: Int)] = []
  var lineStart = 0
  var index = 0
  while index < body.count {
    let byte = body[index]
    guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
      index += 1
      continue
    }
    var end = index + 1
    if byte == UInt8(ascii: "\r"), end < body.count, body[end] == UInt8(ascii: "\n") { end += 1 }
    if index == lineStart { pairs.append((lineStart, end)) }
    lineStart = end
    index = end
  }
  return pairs
}

/// Every offset inside a field name at the start of a line, and the one before its colon.
private func fieldNamePlaces(_ body: [UInt8]) -> [Int] {
  var places: [Int] = []
  var isName = true
  for (index, byte) in body.enumerated() {
    switch byte {
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
      isName = true
    case UInt8(ascii: ":"):
      if isName, index > 0 { places.append(index) }
      isName = false
    default:
      if isName, index > 0, !isLineEnd(body[index - 1]) { places.append(index) }
    }
  }
  return places
}

/// Every offset inside a JSON escape: after the backslash, and between the hex digits of `\uXXXX`.
private func escapePlaces(_ body: [UInt8]) -> [Int] {
  var places: [Int] = []
  var index = 0
  while index + 1 < body.count {
    guard body[index] == UInt8(ascii: "\\") else {
      index += 1
      continue
    }
    let length = body[index + 1] == UInt8(ascii: "u") ? 6 : 2
    places += (1..<length).map { index + $0 }
    index += length
  }
  return places.filter { $0 < body.count }
}

private func isLineEnd(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
}

/// Up to `count` different offsets from 1 to `end - 1`, rising.
private func randomOffsets(_ seed: UInt64, _ count: Int, below end: Int) -> [Int] {
  guard end > 1 else { return [] }
  var generator = SeededGenerator(seed: seed)
  // More draws than there are places would only cost time and memory.
  let drawn = (0..<min(count, end - 1)).map { _ in 1 + generator.number(below: end - 1) }
  return Set(drawn).sorted()
}
