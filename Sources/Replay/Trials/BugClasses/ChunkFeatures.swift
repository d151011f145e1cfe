// What the JSON of one event holds, as far as bugs depend on it. One walk over its bytes tracks the
// current member and builds no tree: only a few members of the two dialects matter.

internal import MockQwen
internal import ProxyUnderTest
internal import Sockets
internal import Wire

/// The features of one event's data.
struct ChunkFeatures {
  /// The members that matter; all others are `other`.
  enum Key: UInt8 {
    case other, choices, delta, content, reasoning, toolCalls, index, id, function, name, type
    case arguments, finishReason, usage, error, code, vendor, text
  }

  /// The kind of a choice's `finish_reason`.
  enum Finish { case none, empty, stop, other }

  private(set) var isObject = false
  private(set) var hasChoices = false
  private(set) var choiceCount = 0
  private(set) var hasOtherChoice = false
  private(set) var hasUsage = false
  private(set) var hasError = false
  private(set) var hasVendorField = false
  package private(set) var finish = Finish.none
  /// The text of `content` or `text`, in its JSON spelling; empty when there is none.
  package private(set) var text: Range<Int> = 0..<0
  private(set) var hasText = false
  private(set) var hasReasoning = false
  private(set) var toolCount = 0
  private(set) var toolIndexCount = 0
  /// The index of the last tool call; -1 for none.
  package private(set) var tool = -1
  private(set) var hasEmptyToolID = false
  private(set) var hasToolNull = false

  private var keys: [Key] = []
  private var offset = 0

  /// Reads the data of an event, from its start; `keys` is only storage.
  package mutating func read(_ data: [UInt8]) {
    self = ChunkFeatures(keys: keys)
    guard data.first == UInt8(ascii: "{") else { return }
    isObject = true
    var pending = Key.other
    while offset < data.count {
      let byte = data[offset]
      switch byte {
      case UInt8(ascii: "{"):
        open(pending)
        pending = .other
      case UInt8(ascii: "["):
        if pending == .choices { hasChoices = true }
        keys.append(pending)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if !keys.isEmpty { keys.removeLast() }
        pending = .other
      case UInt8(ascii: ","):
        pending = .other
      case UInt8(ascii: "\""):
        let string = takeString(data)
        if offset < data.count, data[offset] == UInt8(ascii: ":") {
          pending = key(data[string])
          note(member: pending)
        } else {
          value(of: pending, data, string)
        }
        continue
      case UInt8(ascii: "n"):
        if pending == .name || pending == .type || pending == .arguments || pending == .id,
          isInTool
        {
          hasToolNull = true
        }
        if pending == .error { hasError = false }
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        number(of: pending, data)
        continue
      default: break
      }
      offset += 1
    }
  }

  init() {}

  private init(keys: [Key]) {
    self.keys = keys
    self.keys.removeAll(keepingCapacity: true)
  }

  private var isInTool: Bool { keys.contains(.toolCalls) }

  private mutating func open(_ pending: Key) {
    let parent = keys.last
    if parent == .choices { choiceCount += 1 }
    if parent == .toolCalls { toolCount += 1 }
    if pending == .usage { hasUsage = true }
    keys.append(pending)
  }

  /// Handles the name of a member.
  private mutating func note(member: Key) {
    switch member {
    case .vendor: hasVendorField = true
    case .error: hasError = true
    default: break
    }
  }

  private mutating func value(of key: Key, _ data: [UInt8], _ string: Range<Int>) {
    switch key {
    case .finishReason:
      if string.isEmpty || data[string].elementsEqual("null".utf8) {
        finish = .empty
      } else {
        finish = data[string].elementsEqual("stop".utf8) ? .stop : .other
      }
    case .content, .text:
      guard !isInTool else { return }
      hasText = hasText || !string.isEmpty
      text = string
    case .reasoning: hasReasoning = hasReasoning || !string.isEmpty
    case .id where isInTool: hasEmptyToolID = hasEmptyToolID || string.isEmpty
    case .code where keys.count == 1: hasError = true
    default: break
    }
  }

  private mutating func number(of key: Key, _ data: [UInt8]) {
    var value = 0
    while offset < data.count, 0x30...0x39 ~= data[offset] {
      value = min(value * 10 + Int(data[offset] - 0x30), 1_000_000)
      offset += 1
    }
    guard key == .index else { return }
    if isInTool {
      toolIndexCount += 1
      tool = value
    } else if value > 0, keys.dropLast().last == .choices {
      hasOtherChoice = true
    }
  }

  /// Takes a string; the range between its quotes.
  private mutating func takeString(_ data: [UInt8]) -> Range<Int> {
    let start = offset + 1
    offset = start
    while offset < data.count, data[offset] != UInt8(ascii: "\"") {
      offset += data[offset] == UInt8(ascii: "\\") ? 2 : 1
    }
    let end = min(offset, data.count)
    offset = min(offset + 1, data.count)
    return start..<max(start, end)
  }

  private func key(_ name: ArraySlice<UInt8>) -> Key {
    for (text, key) in Self.names where name.elementsEqual(text) { return key }
    return name.starts(with: Self.vendorStart) ? .vendor : .other
  }

  private static let vendorStart = Array("x_".utf8)
  private static let names: [([UInt8], Key)] = spelled([
    ("choices", .choices), ("delta", .delta), ("message", .delta), ("content", .content),
    ("index", .index), ("finish_reason", .finishReason), ("logprobs", .vendor),
    ("usage", .usage), ("system_fingerprint", .vendor), ("id", .id), ("text", .text),
    ("reasoning_content", .reasoning), ("reasoning", .reasoning), ("tool_calls", .toolCalls),
    ("function", .function), ("name", .name), ("type", .type), ("arguments", .arguments),
    ("error", .error), ("code", .code),
  ])

  private static func spelled(_ names: [(String, Key)]) -> [([UInt8], Key)] {
    names.map { (Array($0.0.utf8), $0.1) }
  }
}
