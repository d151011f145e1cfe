// What the chunks of a stream contribute to one place of the answer, joined. The rules depend on
// where a member stands: the texts of a message grow, members that name things are set once, lists
// of a message are joined, and what stands beside the choices replaces its earlier value. Joining a
// piece costs time in proportion to the piece alone: members and calls are found by a table of
// names, not by a search.

/// A JSON value that is put together from pieces.
indirect enum Grown: Hashable, Sendable {
  /// JSON as it came.
  case fixed([UInt8])
  case text(GrownText)
  case object(GrownObject)
  case list(GrownList)
  case calls(ToolCalls)

  static let nothing = Grown.fixed(Array("null".utf8))

  /// Where a value stands.
  enum Place: Hashable, Sendable {
    /// Beside the choices.
    case answer
    /// Beside a choice's message.
    case choice
    /// In a message, a tool call or what lies in them.
    case message

    /// The place of the members of an object called `name`.
    fileprivate func inside(_ name: [UInt8]) -> Place {
      guard self == .choice else { return self }
      let isMessage = ["delta", "message", "logprobs"].contains { name.elementsEqual($0.utf8) }
      return isMessage ? .message : .answer
    }
  }

  /// Whether no chunk has contributed anything.
  var isEmpty: Bool {
    switch self {
    case .fixed(let bytes): bytes.elementsEqual("null".utf8) || bytes.elementsEqual("\"\"".utf8)
    case .text(let text): text.joined.isEmpty
    case .object, .list, .calls: false
    }
  }

  /// Joins what a chunk contributes to the member `name`; adds to `steps` the bytes and members
  /// looked at, except those that an object or a list counts itself.
  mutating func join(
    _ piece: JSONPiece, named name: [UInt8], in place: Place, steps: inout Int
  ) {
    steps += 1
    if piece.isObject {
      joinObject(piece, named: name, in: place, steps: &steps)
    } else if piece.isList {
      joinList(piece, named: name, in: place, steps: &steps)
    } else if let text = piece.inside, grows(name, in: place) {
      joinText(text, steps: &steps)
    } else if isEmpty, !piece.isNull {
      self = .fixed(Array(piece.bytes))
    }
  }

  private mutating func joinText(_ text: ArraySlice<UInt8>, steps: inout Int) {
    // The value must have one owner while it grows, or every join would copy all that came before.
    switch self {
    case .text(var known):
      self = .nothing
      known.append(text)
      self = .text(known)
    case .list(var list):
      self = .nothing
      list.append(text: text, steps: &steps)
      self = .list(list)
    case .fixed where isEmpty:
      var known = GrownText()
      known.append(text)
      self = .text(known)
    case .fixed, .object, .calls: break
    }
  }

  private mutating func joinObject(
    _ piece: JSONPiece, named name: [UInt8], in place: Place, steps: inout Int
  ) {
    // A later usage includes the earlier ones.
    if place == .answer, name.elementsEqual("usage".utf8) {
      self = .fixed(Array(piece.bytes))
      return
    }
    var known = GrownObject()
    if case .object(let object) = self { known = object } else if !isEmpty { return }
    self = .nothing
    known.join(piece, in: place.inside(name), steps: &steps)
    self = .object(known)
  }

  private mutating func joinList(
    _ piece: JSONPiece, named name: [UInt8], in place: Place, steps: inout Int
  ) {
    if place == .message, name.elementsEqual("tool_calls".utf8) {
      var calls = ToolCalls()
      if case .calls(let known) = self { calls = known } else if !isEmpty { return }
      self = .nothing
      calls.join(piece.elements, steps: &steps)
      self = .calls(calls)
      return
    }
    var list = GrownList(place == .answer ? .repeating : listsParts(name) ? .parts : .appending)
    switch self {
    case .list(let known): list = known
    case .text(let text): list.append(text: text.joined[...], steps: &steps)
    case .fixed where isEmpty: break
    case .fixed, .object, .calls: return
    }
    self = .nothing
    list.join(piece, steps: &steps)
    self = .list(list)
  }

  /// What its texts show about the way of streaming.
  var signs: StreamingSigns {
    switch self {
    case .fixed: StreamingSigns()
    case .calls(let calls): calls.signs
    case .text(let text): text.signs
    case .object(let object): object.signs
    case .list(let list): list.signs
    }
  }

  /// Appends the value as JSON.
  func write(into bytes: inout [UInt8], named name: [UInt8], _ style: GrownStyle) {
    switch self {
    case .fixed(let value): bytes += value
    case .text(let text):
      let isOne = style.isCumulative || (text.isConstant && !isKnownToGrow(name))
      bytes.append(UInt8(ascii: "\""))
      bytes += isOne ? text.last : text.joined[...]
      bytes.append(UInt8(ascii: "\""))
    case .object(let object): object.write(into: &bytes, style)
    case .list(let list): list.write(into: &bytes, style)
    case .calls(let calls): calls.write(into: &bytes, style)
    }
  }
}

/// How joined values are written.
struct GrownStyle: Hashable, Sendable {
  /// Whether the last piece of a text is the whole text.
  var isCumulative = false
  /// Whether the answer is one of DashScope's native protocol.
  var isNative = false

  /// The same style for texts whose pieces are always new.
  var incremental: GrownStyle { GrownStyle(isNative: isNative) }
}

/// Whether the texts of a member come in pieces. In a message all do, except those that name
/// things.
private func grows(_ name: [UInt8], in place: Grown.Place) -> Bool {
  switch place {
  case .answer: false
  case .choice: name.elementsEqual("text".utf8)
  case .message: !namingMembers.contains(name)
  }
}

/// Members of a message whose text comes once, or is repeated unchanged.
private let namingMembers = Set(
  [
    "role", "id", "type", "name", "index", "object", "model", "status", "phase", "format",
    "finish_reason", "title", "url",
  ].map { Array($0.utf8) })

/// Members whose pieces are joined even when they are all equal. For an unknown member, equal
/// pieces are the same text again.
private func isKnownToGrow(_ name: [UInt8]) -> Bool { growingMembers.contains(name) }

private let growingMembers = Set(
  [
    "content", "reasoning_content", "reasoning", "reasoning_text", "thinking", "thinking_content",
    "thought", "summary", "refusal", "arguments", "text", "transcript", "data", "input", "output",
    "partial_json", "code",
  ].map { Array($0.utf8) })

/// Members whose lists hold the parts of a text.
private func listsParts(_ name: [UInt8]) -> Bool {
  name.elementsEqual("content".utf8) || name.elementsEqual("thinking".utf8)
}
