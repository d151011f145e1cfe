// The data of an event as a proxy has it that decodes and encodes: members keep their order, and numbers
// and strings stay as they are written, so that nothing changes but what a canary means to change.

internal import Judging
internal import Recordings

/// A JSON value (RFC 8259) that can be changed and written again.
indirect enum EventJSON: Hashable, Sendable {
  struct Member: Hashable, Sendable {
    /// What stands between the quotation marks of the name.
    var name: [UInt8]
    var value: EventJSON
  }

  case object([Member])
  case list([EventJSON])
  /// What stands between the quotation marks, escapes as they are.
  case text([UInt8])
  /// A number, `true`, `false` or `null`.
  case word([UInt8])

  /// Reads an object or a list; nil for anything else, and for what is not JSON.
  init?(_ bytes: [UInt8]) {
    // The layout alone is lenient about what is cut off.
    guard JSONTree(bytes) != nil, let layout = JSONLayout.read(bytes, in: 0..<bytes.count) else {
      return nil
    }
    self.init(layout, in: bytes)
  }

  private init(_ layout: JSONLayout, in bytes: [UInt8]) {
    switch layout {
    case .object(let members):
      self = .object(
        members.map { Member(name: Array(bytes[$0.key]), value: Self($0.value, in: bytes)) })
    case .array(let values): self = .list(values.map { Self($0, in: bytes) })
    case .string(let range): self = .text(Array(bytes[range]))
    case .word(let range): self = .word(Array(bytes[range]))
    }
  }

  /// A whole number.
  init(_ number: Int) { self = .word(Array("\(number)".utf8)) }

  /// The value without blanks.
  var bytes: [UInt8] {
    switch self {
    case .object(let members):
      let parts = members.map { Self.quoted($0.name) + [0x3A] + $0.value.bytes }
      return [0x7B] + parts.joined(separator: [0x2C]) + [0x7D]
    case .list(let values):
      return [0x5B] + values.map(\.bytes).joined(separator: [0x2C]) + [0x5D]
    case .text(let text): return Self.quoted(text)
    case .word(let word): return word
    }
  }

  private static func quoted(_ text: [UInt8]) -> [UInt8] { [0x22] + text + [0x22] }

  /// Whether it says nothing: null, or empty.
  var isEmpty: Bool {
    switch self {
    case .object(let members): members.isEmpty
    case .list(let values): values.isEmpty
    case .text(let text): text.isEmpty
    case .word(let word): word == Array("null".utf8)
    }
  }

  var integer: Int? {
    if case .word(let word) = self { Int(String(decoding: word, as: UTF8.self)) } else { nil }
  }

  /// The member of an object: nil where there is none; set to nil it is gone.
  subscript(_ name: String) -> EventJSON? {
    get {
      guard case .object(let members) = self else { return nil }
      return members.first { $0.name.elementsEqual(name.utf8) }?.value
    }
    set {
      guard case .object(var members) = self else { return }
      let place = members.firstIndex { $0.name.elementsEqual(name.utf8) }
      switch (place, newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append(Member(name: Array(name.utf8), value: value))
      case (nil, nil): return
      }
      self = .object(members)
    }
  }

  /// Keeps of an object's members those with these names.
  mutating func keep(_ names: Set<String>) {
    guard case .object(let members) = self else { return }
    self = .object(members.filter { names.contains(String(decoding: $0.name, as: UTF8.self)) })
  }

  /// Changes each item of the list that a member holds.
  mutating func change(eachOf name: String, _ change: (inout EventJSON) -> Void) {
    guard case .list(var values)? = self[name] else { return }
    for index in values.indices { change(&values[index]) }
    self[name] = .list(values)
  }

  /// Changes the delta of each choice of a chunk.
  mutating func changeDeltas(_ change: (inout EventJSON) -> Void) {
    self.change(eachOf: "choices") { choice in
      guard var delta = choice["delta"] else { return }
      change(&delta)
      choice["delta"] = delta
    }
  }

  /// Changes each piece of a tool call in a chunk.
  mutating func changeCalls(_ change: (inout EventJSON) -> Void) {
    changeDeltas { $0.change(eachOf: "tool_calls", change) }
  }

  /// Changes each number of the value, however deep.
  mutating func changeNumbers(_ change: (inout [UInt8]) -> Void) {
    switch self {
    case .object(var members):
      for index in members.indices { members[index].value.changeNumbers(change) }
      self = .object(members)
    case .list(var values):
      for index in values.indices { values[index].changeNumbers(change) }
      self = .list(values)
    case .text: return
    case .word(var word):
      change(&word)
      self = .word(word)
    }
  }
}
