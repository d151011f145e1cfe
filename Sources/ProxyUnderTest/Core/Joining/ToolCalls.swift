// The tool calls of a message. Servers tell them apart in several ways: by index, as OpenAI does;
// by id alone, with no index or always the same one; by name alone. A new id is a new call whatever
// its index. A part without an id continues the call at its index, or the last one, unless it can
// only be the start of another call: it has a name of its own, and the call before it is complete.

internal import Wire

/// Tool calls that are put together from pieces.
struct ToolCalls: Hashable, Sendable {
  private struct Call: Hashable, Sendable {
    var object = GrownObject()
    var id: [UInt8] = []
    var index: [UInt8]?
    var name: [UInt8] = []
    var arguments = JSONProgress()
    /// The number of the list that last added to it.
    var list = 0
  }

  /// What one part holds to tell which call it belongs to.
  private struct Part {
    var id: [UInt8]
    var index: [UInt8]?
    var name: [UInt8]
    var arguments: [UInt8]

    /// Whether it has neither id, index nor name.
    var isBare: Bool { id.isEmpty && index == nil && name.isEmpty }

    init(_ piece: JSONPiece) {
      let function = piece["function"]
      id = Array(piece["id"]?.bytes ?? [])
      index = piece["index"].map { Array($0.bytes) }
      name = Array(function?["name"]?.inside ?? [])
      arguments = Array(function?["arguments"]?.inside ?? [])
    }
  }

  private var calls: [Call] = []
  /// The last call with an id, and the last one at an index.
  private var byID: [[UInt8]: Int] = [:]
  private var byIndex: [[UInt8]: Int] = [:]
  private var listCount = 0

  /// Joins the parts that one chunk has.
  mutating func join(_ parts: [JSONPiece], steps: inout Int) {
    listCount += 1
    for (position, piece) in parts.enumerated() where piece.isObject {
      let part = Part(piece)
      // Bare parts are told apart by their order.
      let isInOrder = parts.count > 1 && parts.count == calls.count && part.isBare
      let place = isInOrder ? position : place(of: part) ?? calls.count
      if place == calls.count { calls.append(Call()) }
      steps += 1
      calls[place].object.join(piece, in: .message, steps: &steps)
      take(part, at: place)
    }
  }

  private mutating func take(_ part: Part, at place: Int) {
    calls[place].arguments.feed(part.arguments)
    calls[place].list = listCount
    if !part.id.isEmpty {
      calls[place].id = part.id
      byID[part.id] = place
    }
    if let index = part.index {
      calls[place].index = index
      byIndex[index] = place
    }
    if !part.name.isEmpty { calls[place].name = part.name }
  }

  /// The call that a part continues; nil when it begins a new one.
  private func place(of part: Part) -> Int? {
    let there = part.index.map { byIndex[$0] } ?? calls.indices.last
    guard !part.id.isEmpty else {
      return there.flatMap { goesOn(part, with: calls[$0]) ? $0 : nil }
    }
    if let there, calls[there].id == part.id { return there }
    if let known = byID[part.id], part.index == nil || calls[known].index == nil { return known }
    guard let there, calls[there].id.isEmpty, goesOn(part, with: calls[there]) else { return nil }
    return there
  }

  /// Whether a part at the place of a call can continue it.
  private func goesOn(_ part: Part, with call: Call) -> Bool {
    // Two entries of one list without an index are two calls.
    if part.index == nil, call.list == listCount { return false }
    if part.name.isEmpty || call.name.isEmpty { return true }
    guard part.name == call.name else { return false }
    return part.arguments.isEmpty || !call.arguments.isComplete
  }

  /// What their texts show about the way of streaming.
  var signs: StreamingSigns { calls.reduce(into: StreamingSigns()) { $0.add($1.object.signs) } }

  /// Appends the calls as JSON, sorted by index when each has its own. Only native answers keep the
  /// index.
  func write(into bytes: inout [UInt8], _ style: GrownStyle) {
    var order = Array(calls.indices)
    let numbers = calls.map { $0.index.flatMap(indexNumber) }
    if !numbers.contains(nil), Set(numbers).count == numbers.count {
      order.sort { numbers[$0] ?? 0 < numbers[$1] ?? 0 }
    }
    bytes.append(UInt8(ascii: "["))
    for place in order {
      if place != order[0] { bytes.append(UInt8(ascii: ",")) }
      var object = calls[place].object
      // OpenAI's clients require it, and no other type has a function.
      if object["function"] != nil, object["type"]?.isEmpty ?? true {
        object["type"] = .fixed(Array("\"function\"".utf8))
      }
      object.write(into: &bytes, style, without: style.isNative ? "" : "index")
    }
    bytes.append(UInt8(ascii: "]"))
  }
}

/// The number in an `index`, given as a number or in a string; nil for any other value.
func indexNumber(_ index: [UInt8]) -> Int? {
  let digits = index.first == UInt8(ascii: "\"") ? index.dropFirst().dropLast() : index[...]
  return digits.count <= 9 ? wireNumber(digits) : nil
}
