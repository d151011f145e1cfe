// What a stream says, whatever its JSON looks like: for gateways that read each chunk and write it
// anew. Every leaf of every event counts. Strings that grow from event to event are joined; of all
// other leaves the values are compared in their order, each once where it is repeated; the last usage
// stands for all. Choices and other numbered items are told apart by their index, calls by a new id
// too. What says nothing (null, an empty string, list or object) may be left out.

internal import Judging

/// What the events of a stream say, joined.
struct StreamContent: Hashable {
  /// What is said at one path.
  enum Leaf: Hashable {
    /// A string that grows: all of it.
    case text([UInt16])
    /// The values in their order.
    case values([JSONTree])
  }

  /// What is said at each path, as in `choices[0].delta.content`.
  private(set) var leaves: [String: Leaf] = [:]
  private let ignored: IgnoredPaths
  /// The calls of each list, by what names them.
  private var calls: [String: CallList] = [:]

  init(ignoring ignored: IgnoredPaths = IgnoredPaths()) { self.ignored = ignored }

  /// Reads the events of finished blocks.
  init(_ blocks: [Block], ignoring ignored: IgnoredPaths = IgnoredPaths()) {
    self.init(ignoring: ignored)
    for block in blocks { take(block) }
  }

  /// Takes the event of a block, if it is finished and has one.
  mutating func take(_ block: Block) {
    guard block.isFinished, let event = block.event else { return }
    guard let value = JSONTree(event.data), case .object(let members) = value else {
      return add(.text(Array(String(decoding: event.data, as: UTF8.self).utf16)), to: Self.plain)
    }
    // Events that name their type, and items of a numbered list, each have leaves of their own.
    var path = members["type"]?.string.map { "\($0): " } ?? ""
    if let index = members["index"]?.integer { path += "[\(index)]." }
    takeMembers(members, path, grows: false)
  }

  /// Where data that is not JSON object goes, such as `[DONE]`.
  private static let plain = "data"
  private static let done = JSONTree.text(Array("[DONE]".utf16))

  // MARK: Reading

  /// Containers whose strings grow.
  private static let growing: Set<String> = ["delta", "message"]
  /// Strings that grow wherever they stand.
  private static let growingTexts: Set<String> = [
    "text", "content", "response", "reasoning", "reasoning_content", "thinking", "refusal",
    "arguments", "transcript", "partial_json", "delta", "input", "data",
  ]
  /// Whether a path is that of a string that names something.
  static func isName(_ path: String) -> Bool {
    names.contains(path.split(separator: ".").last.map(String.init) ?? path)
  }

  /// Strings that name something, and may be repeated.
  private static let names: Set<String> = ["id", "type", "role", "name", "object", "model"]

  private mutating func takeMembers(
    _ members: [String: JSONTree], _ path: String, grows: Bool
  ) {
    for name in members.keys.sorted() where name != "index" {
      if let value = members[name] { take(value, name, path + name, grows: grows) }
    }
  }

  private mutating func take(
    _ value: JSONTree, _ name: String, _ path: String, grows: Bool
  ) {
    guard !value.isEmpty, !ignored.contains(path) else { return }
    // The last usage stands for all.
    if name == "usage" { leaves = leaves.filter { !$0.key.hasPrefix(path + ".") } }
    switch value {
    case .object(let members):
      takeMembers(members, path + ".", grows: grows || Self.growing.contains(name))
    case .list(let values): take(values, name, path, grows: grows)
    case .text(let units):
      // Native frames say "null" as a word until the last.
      if name == "finish_reason", value.string == "null" { return }
      if Self.names.contains(name) {
        grows ? join(units, to: path, unlessRepeated: true) : note(value, at: path)
      } else if grows || Self.growingTexts.contains(name) {
        join(units, to: path)
      } else {
        note(value, at: path)
      }
    case .flag, .number: note(value, at: path)
    case .null: break
    }
  }

  private mutating func take(_ values: [JSONTree], _ name: String, _ path: String, grows: Bool) {
    let isNumbered = name == "choices" || values.contains { $0["index"]?.integer != nil }
    for (place, value) in values.enumerated() {
      if name == "tool_calls", case .object(let members) = value {
        let call = calls[path, default: CallList()].number(of: value, at: place)
        takeMembers(members, "\(path)[\(call)].", grows: grows)
      } else if isNumbered, case .object(let members) = value {
        takeMembers(
          members, "\(path)[\(value["index"]?.integer ?? place)].", grows: grows)
      } else if grows || path.contains("logprobs") {
        add(value, to: path)
      } else {
        return note(.list(values), at: path)
      }
    }
  }

  private mutating func join(_ units: [UInt16], to path: String, unlessRepeated: Bool = false) {
    guard case .text(let known) = leaves[path] else {
      leaves[path] = .text(units)
      return
    }
    if !unlessRepeated || known != units { leaves[path] = .text(known + units) }
  }

  private mutating func add(_ value: JSONTree, to path: String) {
    guard case .values(let known) = leaves[path] else {
      leaves[path] = .values([value])
      return
    }
    leaves[path] = .values(known + [value])
  }

  /// Adds a value unless it only repeats the last.
  private mutating func note(_ value: JSONTree, at path: String) {
    if case .values(let known) = leaves[path], known.last == value { return }
    add(value, to: path)
  }

  // MARK: Comparing

  /// What differs, in the order of the paths; empty when both say the same. To a stream that is whole
  /// an end mark may be added.
  func differences(
    from received: StreamContent, isWhole: Bool = true
  ) -> [ContentDifference] {
    Set(leaves.keys).union(received.leaves.keys).sorted().compactMap { path in
      let (left, right) = (leaves[path], received.leaves[path])
      guard left != right else { return nil }
      if isWhole, path == Self.plain, right == .values(values(left) + [Self.done]) { return nil }
      return ContentDifference(path: path, expected: left, received: right)
    }
  }

  private func values(_ leaf: Leaf?) -> [JSONTree] {
    if case .values(let values)? = leaf { values } else { [] }
  }

  /// Whether all that `sent` says by now has been said here: its texts, arguments and finish reasons.
  /// Roles, ids and usage are no news to a reader who waits.
  func hasSaid(_ sent: StreamContent) -> Bool {
    sent.leaves.allSatisfy { path, leaf in
      switch (leaf, leaves[path]) {
      case (.text(let units), let came):
        let name = path.split(separator: ".").last.map(String.init) ?? path
        guard !Self.names.contains(name), case .text(let got)? = came else {
          return Self.names.contains(name)
        }
        return got.starts(with: units)
      case (.values(let values), .values(let got)?):
        return !path.hasSuffix("finish_reason") || got.starts(with: values)
      case (.values, _): return !path.hasSuffix("finish_reason")
      }
    }
  }
}

/// A path at which two streams say something else.
struct ContentDifference: Hashable {
  var path: String
  var expected: StreamContent.Leaf?
  var received: StreamContent.Leaf?

  /// Whether this only names something: a model, a role, a kind.
  var isName: Bool { StreamContent.isName(path) }

  var damage: Damage {
    received == nil ? .lost : expected == nil ? .added : .corrupted
  }

  /// The difference in a sentence without a full stop.
  var words: String {
    switch (expected, received) {
    case (let expected?, nil): "\(path) did not come (\(Self.words(expected)))"
    case (nil, let received?): "\(path) came, and nobody sent it (\(Self.words(received)))"
    case (.text(let left)?, .text(let right)?):
      "\(path) differs from character \(zip(left, right).prefix { $0 == $1 }.count) on: "
        + "\(right.count) instead of \(left.count)"
    case (let expected?, let received?):
      "\(path) is \(Self.words(received)) instead of \(Self.words(expected))"
    case (nil, nil): path
    }
  }

  private static func words(_ leaf: StreamContent.Leaf) -> String {
    switch leaf {
    case .text(let units): JSONTree.text(units).words()
    case .values(let values): values.prefix(3).map { $0.words() }.joined(separator: ", ")
    }
  }
}

/// The calls of one list: which call a piece belongs to.
private struct CallList: Hashable {
  /// The number of the call that pieces with an index, or (nil) without one, belong to.
  private var current: [Int?: Int] = [:]
  private var ids: [Int: String] = [:]

  /// The number of the call: its index, if it has one that no other call has taken, else the first
  /// that is free. A new id begins a new call.
  mutating func number(of piece: JSONTree, at place: Int) -> Int {
    let index = piece["index"]?.integer
    let id = piece["id"]?.string ?? ""
    if let known = current[index] {
      guard !id.isEmpty, let other = ids[known], !other.isEmpty, other != id else {
        if !id.isEmpty { ids[known] = id }
        return known
      }
      if let same = ids.first(where: { $0.value == id })?.key {
        current[index] = same
        return same
      }
    }
    let free = (0...ids.count).first { ids[$0] == nil } ?? ids.count
    let number = index.flatMap { ids[$0] == nil ? $0 : nil } ?? free
    current[index] = number
    ids[number] = id
    return number
  }
}

/// Paths that are not compared, without their indices: `choices.delta.foo`. A path covers all that is
/// below it, and `*` stands for one name.
package struct IgnoredPaths: Hashable, Sendable {
  /// What gateways make anew.
  package static let standard = ["id", "created", "system_fingerprint"]

  private let paths: [[Substring]]

  /// `more` are ignored beside the standard ones.
  package init(_ more: [String] = []) {
    paths = (Self.standard + more).map { Self.names($0) }
  }

  /// The names of a path: without indices and the type of an event.
  private static func names(_ path: String) -> [Substring] {
    var plain = ""
    var depth = 0
    for character in path {
      if character == "[" { depth += 1 }
      if depth == 0 { plain.append(character) }
      if character == "]" { depth -= 1 }
    }
    // The type of an event stands before its path, and ends with a colon.
    let start = plain.firstIndex(of: " ").map { plain.index(after: $0) } ?? plain.startIndex
    return plain[start...].split(separator: ".")
  }

  func contains(_ path: String) -> Bool {
    let names = Self.names(path)
    return paths.contains { ignored in
      ignored.count <= names.count
        && zip(ignored, names).allSatisfy { $0 == "*" || $0 == $1 }
    }
  }
}
