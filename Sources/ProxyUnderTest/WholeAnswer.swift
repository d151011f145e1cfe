// With STREAM=false a client that asks for a stream gets one JSON answer. The upstream is asked for a
// stream all the same: the request stays as it is, models that think only in streams do so, and
// silence is told from work. The whole stream is kept, and joined when it has properly ended; one that
// has not gives an HTTP error, for nothing has been sent yet.

/// An answer in one piece.
struct WholeAnswer: Hashable, Sendable {
  /// 200, or 502 when the stream held an error.
  var status: Int
  var body: [UInt8]

  /// Joins the events of a whole stream; nil when they are no chunks of a completion.
  static func of(_ stream: [UInt8]) -> WholeAnswer? {
    var whole = JSONValue.object([])
    var choices: [JSONValue] = []
    var chunkCount = 0
    for data in eventData(in: stream) where !data.elementsEqual("[DONE]".utf8) {
      guard let chunk = JSONValue(data), case .object(let members) = chunk else { return nil }
      if let error = chunk["error"], !error.isEmpty {
        return WholeAnswer(status: 502, value: .object([.init(name: "error", value: error)]))
      }
      chunkCount += 1
      for member in members {
        if member.name.elementsEqual("choices".utf8) {
          guard case .list(let parts) = member.value else { continue }
          for part in parts { merge(part, intoListOf: &choices) }
        } else {
          keep(member, in: &whole)
        }
      }
    }
    guard chunkCount > 0 else { return nil }
    whole["choices"] = .list(choices.map(finished))
    return WholeAnswer(status: 200, value: whole)
  }

  private init(status: Int, value: JSONValue) {
    self.status = status
    body = []
    value.write(into: &body)
  }

  /// Keeps what all chunks say once: the first word of each, but the last of the usage.
  private static func keep(_ member: JSONValue.Member, in whole: inout JSONValue) {
    let name = String(decoding: member.name, as: UTF8.self)
    if name == "object", case .text(let type) = member.value {
      let ending = Array(".chunk".utf8)
      whole[name] = .text(type.suffix(6) == ending[...] ? Array(type.dropLast(6)) : type)
    } else if name == "usage" ? !member.value.isEmpty : whole[name]?.isEmpty ?? true {
      whole[name] = member.value
    }
  }

  /// Joins a part of a choice, or of a tool call, with what came of it before, by its index.
  private static func merge(_ part: JSONValue, intoListOf values: inout [JSONValue]) {
    let index = part["index"] ?? .word([UInt8(ascii: "0")])
    if let place = values.firstIndex(where: { ($0["index"] ?? index) == index }) {
      merge(part, into: &values[place])
    } else {
      var first = JSONValue.object([])
      merge(part, into: &first)
      values.append(first)
    }
  }

  private static func merge(_ part: JSONValue, into whole: inout JSONValue) {
    guard case .object(let members) = part, case .object(var known) = whole else { return }
    // What is joined must have one owner, or every joint would copy all that came before.
    whole = .null
    for member in members {
      if let index = known.firstIndex(where: { $0.name == member.name }) {
        join(member, into: &known[index].value)
      } else {
        known.append(JSONValue.Member(name: member.name, value: emptied(member.value)))
        join(member, into: &known[known.count - 1].value)
      }
    }
    whole = .object(known)
  }

  /// What the parts of `value` are joined to.
  private static func emptied(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object: .object([])
    case .list: .list([])
    case .text, .word: .null
    }
  }

  /// Joins one member: texts that grow and lists are put together, tool calls by their index, objects
  /// member by member; of the rest the first that says something stays.
  private static func join(_ member: JSONValue.Member, into known: inout JSONValue) {
    switch (member.value, known) {
    case (.text(let more), .text(var text)) where growing.contains(member.name):
      known = .null
      text += more
      known = .text(text)
    case (.list(let more), .list(var list)):
      known = .null
      if member.name.elementsEqual("tool_calls".utf8) {
        for part in more { merge(part, intoListOf: &list) }
      } else {
        list += more
      }
      known = .list(list)
    case (.object, .object): merge(member.value, into: &known)
    default:
      guard known.isEmpty else { return }
      switch member.value {
      case .object, .list:
        known = emptied(member.value)
        join(member, into: &known)
      case .text, .word: known = member.value
      }
    }
  }

  /// The texts that come in pieces.
  private static let growing = Set(
    ["content", "reasoning_content", "reasoning", "refusal", "arguments", "text"]
      .map { Array($0.utf8) })

  /// A choice as an answer in one piece has it: `message` for `delta`, and no index in tool calls.
  private static func finished(_ choice: JSONValue) -> JSONValue {
    guard case .object(var members) = choice else { return choice }
    for index in members.indices where members[index].name.elementsEqual("delta".utf8) {
      members[index].name = Array("message".utf8)
      var message = members[index].value
      if message["role"]?.isEmpty ?? true { message["role"] = .text(Array("assistant".utf8)) }
      if message["content"] == nil { message["content"] = .null }
      if case .list(var calls)? = message["tool_calls"] {
        for call in calls.indices { calls[call]["index"] = nil }
        message["tool_calls"] = .list(calls)
      }
      members[index].value = message
    }
    return .object(members)
  }
}

extension JSONValue.Member {
  fileprivate init(name: String, value: JSONValue) {
    self.init(name: Array(name.utf8), value: value)
  }
}

/// The data of all events in a whole stream, in order (WHATWG HTML section 9.2.6). An event that lacks
/// its blank line counts: the stream has properly ended.
private func eventData(in stream: [UInt8]) -> [[UInt8]] {
  var events: [[UInt8]] = []
  var data: [UInt8]?
  var index = stream.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  while index < stream.count {
    let start = index
    while index < stream.count, stream[index] != 0x0A, stream[index] != 0x0D { index += 1 }
    let line = stream[start..<index]
    let isCRLF = index + 1 < stream.count && stream[index] == 0x0D && stream[index + 1] == 0x0A
    index += isCRLF ? 2 : 1
    if line.isEmpty {
      if let data { events.append(data) }
      data = nil
    } else if line.starts(with: "data:".utf8) {
      let value = line.dropFirst(5)
      let text = value.first == 0x20 ? value.dropFirst() : value
      data = data.map { $0 + [0x0A] + text } ?? Array(text)
    }
  }
  if let data { events.append(data) }
  return events
}
