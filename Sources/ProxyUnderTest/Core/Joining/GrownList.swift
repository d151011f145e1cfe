// A list that grows. What a chunk's list means depends on where it stands: more elements, the parts
// of one text, or the whole list again.

/// A JSON list that is put together from pieces.
struct GrownList: Hashable, Sendable {
  /// How the list of the next chunk is joined.
  enum Kind: Hashable, Sendable {
    /// More elements; one with an index continues the element that has this index.
    case appending
    /// Parts of a text: each continues the last element when both are of the same kind.
    case parts
    /// The same list again, perhaps with more at its end; any other list is more elements.
    case repeating
  }

  private struct Key: Hashable, Sendable {
    var index: [UInt8]
    var type: [UInt8]
  }

  private let kind: Kind
  private var elements: [Grown] = []
  /// Elements by index and type.
  private var places: [Key: Int] = [:]
  /// The kind of the last part.
  private var lastPart: [UInt8] = []
  /// The inside of a repeating list.
  private var inside: [UInt8] = []

  init(_ kind: Kind) { self.kind = kind }

  mutating func join(_ piece: JSONPiece, steps: inout Int) {
    switch kind {
    case .repeating: joinRepeated(piece.bytes.dropFirst().dropLast())
    case .appending: for element in piece.elements { joinIndexed(element, steps: &steps) }
    case .parts: for element in piece.elements { joinPart(element, steps: &steps) }
    }
  }

  /// Appends a piece of plain text where parts are listed.
  mutating func append(text: ArraySlice<UInt8>, steps: inout Int) {
    let part = Array("{\"type\":\"text\",\"text\":\"".utf8) + text + Array("\"}".utf8)
    guard !text.isEmpty, kind == .parts, let piece = JSONPiece(part) else { return }
    joinPart(piece, steps: &steps)
  }

  private mutating func joinRepeated(_ more: ArraySlice<UInt8>) {
    let known = trimmed(inside[...])
    let more = trimmed(more)
    let comma = UInt8(ascii: ",")
    guard !more.isEmpty else { return }
    let goesOn = known.isEmpty || more.dropFirst(known.count).first ?? comma == comma
    if goesOn, more.starts(with: known) {
      inside = Array(more)
    } else {
      inside.append(comma)
      inside += more
    }
  }

  private mutating func joinIndexed(_ element: JSONPiece, steps: inout Int) {
    steps += 1
    guard let index = element["index"], index.word != nil else {
      elements.append(.fixed(Array(element.bytes)))
      return
    }
    let key = Key(index: Array(index.bytes), type: Array(element["type"]?.bytes ?? []))
    let place = places[key] ?? elements.count
    if place == elements.count { elements.append(.nothing) }
    places[key] = place
    elements[place].join(element, named: [], in: .message, steps: &steps)
  }

  private mutating func joinPart(_ element: JSONPiece, steps: inout Int) {
    steps += 1
    guard let first = element.members.list.first?.name else {
      elements.append(.fixed(Array(element.bytes)))
      return
    }
    let part = element["type"]?.inside.map(Array.init) ?? first
    let isText = textParts.contains(part)
    if !isText || part != lastPart || elements.isEmpty { elements.append(.nothing) }
    lastPart = part
    elements[elements.count - 1].join(element, named: [], in: .message, steps: &steps)
  }

  var signs: StreamingSigns { elements.reduce(into: StreamingSigns()) { $0.add($1.signs) } }

  func write(into bytes: inout [UInt8], _ style: GrownStyle) {
    bytes.append(UInt8(ascii: "["))
    bytes += inside
    for index in elements.indices {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      elements[index].write(into: &bytes, named: [], style)
    }
    bytes.append(UInt8(ascii: "]"))
  }
}

/// Parts that come in pieces: their types, or the names of their first members.
private let textParts = Set(
  ["text", "output_text", "thinking", "reasoning", "audio", "input_audio"].map { Array($0.utf8) })
