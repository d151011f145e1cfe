// The choices of an answer, each joined by its index; a choice without an index is known by its
// place.

/// Choices that are put together from pieces.
struct GrownChoices: Hashable, Sendable {
  private var choices: [GrownObject] = []
  private var indexes: [[UInt8]] = []
  private var places: [[UInt8]: Int] = [:]
  /// How many choices have no finish reason yet.
  private var openCount = 0

  var isEmpty: Bool { choices.isEmpty }

  /// Whether every choice has a finish reason.
  var areFinished: Bool { openCount == 0 && !isEmpty }

  /// Joins a part of a choice, which stands at `position` in its chunk.
  mutating func join(_ part: JSONPiece, at position: Int, steps: inout Int) {
    let index = part["index"].map { Array($0.bytes) } ?? Array(String(position).utf8)
    let place = places[index] ?? choices.count
    if place == choices.count {
      places[index] = place
      indexes.append(index)
      choices.append(GrownObject())
      openCount += 1
    }
    let wasOpen = !endsChoice(choices[place]["finish_reason"])
    for (name, value) in part.members.list {
      steps += 1
      // In native streams the string "null" means that there is no reason yet.
      if name.elementsEqual("finish_reason".utf8), value.word == "null" { continue }
      let isMessage = name.elementsEqual("delta".utf8) || name.elementsEqual("message".utf8)
      if isMessage, !value.isObject { continue }
      choices[place].join(value, named: name, in: .choice, steps: &steps)
    }
    if wasOpen, endsChoice(choices[place]["finish_reason"]) { openCount -= 1 }
  }

  /// Appends the choices as JSON, in the order of their indexes.
  func write(into bytes: inout [UInt8], isNative: Bool) {
    let order = choices.indices.sorted {
      (indexNumber(indexes[$0]) ?? .max, $0) < (indexNumber(indexes[$1]) ?? .max, $1)
    }
    var signs = StreamingSigns()
    for choice in choices { if let message = choice["message"] { signs.add(message.signs) } }
    let style = GrownStyle(isCumulative: signs.isCumulative, isNative: isNative)
    bytes.append(UInt8(ascii: "["))
    for place in order {
      if place != order[0] { bytes.append(UInt8(ascii: ",")) }
      writeChoice(choices[place], index: indexes[place], style, into: &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// A choice has one message, whatever its parts were called; in OpenAI's format it has an index
  /// too.
  private func writeChoice(
    _ choice: GrownObject, index: [UInt8], _ style: GrownStyle, into bytes: inout [UInt8]
  ) {
    let message = Message(choice, style)
    var isFirst = true
    bytes.append(UInt8(ascii: "{"))
    if !style.isNative, choice["index"]?.isEmpty ?? true {
      writeName(Array("index".utf8), isFirst: &isFirst, into: &bytes)
      bytes += index
    }
    var hasMessage = false
    for name in choice.names {
      let isMessage = ["delta", "message"].contains { name.elementsEqual($0.utf8) }
      let isMissingIndex = name.elementsEqual("index".utf8) && choice["index"]?.isEmpty ?? true
      if isMissingIndex || isMessage && hasMessage { continue }
      hasMessage = hasMessage || isMessage
      writeName(isMessage ? Array("message".utf8) : name, isFirst: &isFirst, into: &bytes)
      if isMessage {
        message.write(into: &bytes)
      } else {
        choice[name]?.write(into: &bytes, named: name, style.incremental)
      }
    }
    bytes.append(UInt8(ascii: "}"))
  }
}

/// The message of a choice. Some servers send each chunk twice, as a `delta` and as a `message`:
/// what the deltas lack is taken from the messages.
private struct Message {
  private var members: [(name: [UInt8], value: Grown, style: GrownStyle)] = []

  init(_ choice: GrownObject, _ style: GrownStyle) {
    for (part, style) in [("delta", style.incremental), ("message", style)] {
      guard case .object(let object)? = choice[part] else { continue }
      for name in object.names {
        guard let value = object[name] else { continue }
        let known = members.firstIndex { $0.name == name }
        guard let known else {
          members.append((name, value, style))
          continue
        }
        if members[known].value.isEmpty { members[known] = (name, value, style) }
      }
    }
    guard !style.isNative else { return }
    add("role", Array("\"assistant\"".utf8), isNeeded: { $0.isEmpty })
    add("content", Array("null".utf8), isNeeded: { _ in false })
  }

  /// Adds a member that every message has in OpenAI's format.
  private mutating func add(_ name: String, _ value: [UInt8], isNeeded: (Grown) -> Bool) {
    let known = members.firstIndex { $0.name.elementsEqual(name.utf8) }
    guard let known else {
      members.append((Array(name.utf8), .fixed(value), GrownStyle()))
      return
    }
    if isNeeded(members[known].value) { members[known].value = .fixed(value) }
  }

  func write(into bytes: inout [UInt8]) {
    var isFirst = true
    bytes.append(UInt8(ascii: "{"))
    for (name, value, style) in members {
      writeName(name, isFirst: &isFirst, into: &bytes)
      value.write(into: &bytes, named: name, style)
    }
    bytes.append(UInt8(ascii: "}"))
  }
}

/// Whether a finish reason says that a choice is complete.
func endsChoice(_ reason: Grown?) -> Bool {
  guard case .fixed(let bytes)? = reason else { return false }
  return !(reason?.isEmpty ?? true) && !bytes.elementsEqual("\"null\"".utf8)
}
