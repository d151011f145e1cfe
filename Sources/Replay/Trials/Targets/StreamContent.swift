// The content of a stream, whatever its JSON looks like: for gateways that parse each chunk and write it
// again. Every leaf of every event counts. Strings that grow from event to event are joined; of all other
// leaves the values are compared in order, repeated ones once; only the last usage counts. Choices and
// other numbered items are told apart by their index, calls also by a new id; an index that the upstream
// gave must come. Empty values (null, an empty string, list or object) may be left out, except lists and
// objects that clients read, and keep their kind. Readers stop at an end, so what follows `[DONE]`, and
// text after the finish of its choice, has leaves of its own.

internal import Judging

/// The content of the events of a stream, joined.
struct StreamContent: Hashable {
  /// The content at one path.
  enum Leaf: Hashable {
    /// A string that grows: the whole of it.
    case text([UInt16])
    /// The values in their order.
    case values([JSONTree])
  }

  /// The content at each path, as in `choices[0].delta.content`.
  private(set) var leaves: [String: Leaf] = [:]
  private let ignored: IgnoredPaths
  /// The calls of each list, by what names them.
  private var calls: [String: CallList] = [:]
  /// Values that gateways generate, at most two of each.
  private var madeAnew: [String: [JSONTree]] = [:]
  /// Containers that have a finish reason, as in `choices[0].`.
  private var finished: Set<String> = []
  private var isDone = false
  private(set) var shape = Shape()
  /// Whether numbered lists are read by position, as in an answer that is one value.
  private let keepsOrder: Bool

  init(ignoring ignored: IgnoredPaths = IgnoredPaths(), keepsOrder: Bool = false) {
    self.ignored = ignored
    self.keepsOrder = keepsOrder
  }

  /// Reads the events of finished blocks.
  init(_ blocks: [Block], ignoring ignored: IgnoredPaths = IgnoredPaths()) {
    self.init(ignoring: ignored)
    for block in blocks { take(block) }
  }

  /// Reads an answer that is one JSON value.
  init(value: [UInt8], ignoring ignored: IgnoredPaths) {
    self.init(ignoring: ignored, keepsOrder: true)
    take(BodyForm.single(value))
  }

  /// Takes the event of a block, if it is finished and has one.
  mutating func take(_ block: Block) {
    guard block.isFinished, let event = block.event else { return }
    guard let value = JSONTree(event.data), case .object(let members) = value else {
      let text = JSONTree.text(Array(String(decoding: event.data, as: UTF8.self).utf16))
      add(text, to: Self.plain)
      isDone = isDone || text == Self.done
      return
    }
    shape.noteRepeated(in: event.data)
    // Clients of chats act only on this name.
    if event.type.elementsEqual("error".utf8) { note(.text(Array("error".utf16)), at: "event") }
    // Events with a type, and items of a numbered list, have separate leaves.
    let type = members["type"]?.string
    if let type, type != "error" { note(eventName: event.type, ofType: type) }
    var path = type.map { "\($0): " } ?? ""
    if let index = members["index"]?.integer { path += "[\(index)]." }
    if !keepsOrder { shape.look(at: members) }
    takeMembers(members, path, grows: false)
  }

  /// The path of data that is not a JSON object, such as `[DONE]`.
  static let plain = "data"
  static let done = JSONTree.text(Array("[DONE]".utf16))

  // MARK: Reading

  /// Containers whose strings grow.
  private static let growing: Set<String> = ["delta", "message"]
  /// Strings that grow in every container.
  private static let growingTexts: Set<String> = [
    "text", "content", "response", "reasoning", "reasoning_content", "thinking", "refusal",
    "arguments", "transcript", "partial_json", "delta", "input", "data",
  ]
  /// Whether the string at a path names something.
  static func isName(_ path: String) -> Bool {
    let name = path.split(separator: ".").last.map(String.init) ?? path
    return names.contains(name) || name == "index" || path.hasSuffix(nameOfEvent)
  }

  /// Strings that name something, and may be repeated.
  private static let names: Set<String> = ["id", "type", "role", "name", "object", "model"]

  private mutating func takeMembers(
    _ members: [String: JSONTree], _ path: String, grows: Bool
  ) {
    for name in members.keys.sorted() {
      guard let value = members[name], name != "index" || value.integer == nil else { continue }
      take(value, name, path + name, grows: grows)
    }
    if Self.reasons.contains(where: { members[$0].map(Self.isReason) ?? false }) {
      finished.insert(path)
    }
  }

  /// Native frames have the string "null" until the last.
  private static func isReason(_ value: JSONTree) -> Bool {
    !value.isEmpty && value.string != "null"
  }

  private mutating func take(
    _ value: JSONTree, _ name: String, _ path: String, grows: Bool
  ) {
    guard !value.isEmpty else { return noteNothing(value, name, path, grows: grows) }
    guard !ignored.contains(path) else { return noteMadeAnew(value, path) }
    if name == "usage" { beginUsage(value, path) }
    switch value {
    case .object(let members):
      takeMembers(members, path + ".", grows: grows || Self.growing.contains(name))
    case .list(let values): take(values, name, path, grows: grows)
    case .text(let units):
      if Self.reasons.contains(name) {
        guard Self.isReason(value) else { return noteNothing(value, name, path, grows: grows) }
        noteReason(value, at: path)
      } else if Self.names.contains(name) {
        grows ? join(units, to: path, unlessRepeated: true) : note(value, at: path)
      } else if grows || Self.growingTexts.contains(name) {
        join(units, to: path)
      } else {
        note(value, at: path)
      }
    case .flag(true) where name == "done" && isLast(value, at: path):
      add(value, to: path + Self.again)
    case .flag, .number: note(value, at: path)
    case .null: break
    }
  }

  private mutating func take(_ values: [JSONTree], _ name: String, _ path: String, grows: Bool) {
    let isNumbered = name == "choices" || values.contains { $0["index"]?.integer != nil }
    if isNumbered, keepsOrder {
      note(.list(values.map { $0["index"] ?? .null }), at: path + ".index")
    }
    for (place, value) in values.enumerated() {
      if name == "tool_calls", case .object(let members) = value {
        let call = calls[path, default: CallList()].number(of: value, at: place)
        noteIndex(of: value, "\(path)[\(call)].", number: call)
        takeMembers(members, "\(path)[\(call)].", grows: grows)
      } else if isNumbered, case .object(let members) = value {
        let number = value["index"]?.integer ?? place
        noteIndex(of: value, "\(path)[\(number)].", number: number)
        takeMembers(members, "\(path)[\(number)].", grows: grows)
      } else if grows || path.contains("logprobs") {
        add(value, to: path)
      } else {
        return note(.list(values), at: path)
      }
    }
  }

  /// Notes the name of an event whose JSON has a type too: clients of such streams act on the name.
  private mutating func note(eventName name: [UInt8], ofType type: String) {
    guard !name.isEmpty, !name.elementsEqual("message".utf8) else { return }
    let text = Array(String(decoding: name, as: UTF8.self).utf16)
    note(.text(text), at: type + Self.nameOfEvent)
  }

  private mutating func noteIndex(of value: JSONTree, _ path: String, number: Int) {
    guard !keepsOrder, let index = value["index"]?.integer else { return }
    shape.noteIndex(index, at: path + "index", number: number)
    note(.number("\(index)"), at: path + "index")
  }

  /// Where texts are joined and names repeated, an empty one says no more than null.
  private mutating func noteNothing(
    _ value: JSONTree, _ name: String, _ path: String, grows: Bool
  ) {
    guard !Self.containers.contains(name), !ignored.contains(path) else { return }
    let isText = grows || Self.names.contains(name) || Self.growingTexts.contains(name)
    shape.noteNothing(isText && value == .text([]) ? .null : value, at: path)
  }

  /// The last usage stands for all; one that comes again is counted again.
  private mutating func beginUsage(_ value: JSONTree, _ path: String) {
    if shape.isRepeated(value, at: placed(path)) { add(value, to: path + Self.again) }
    let place = placed(path) + "."
    leaves = leaves.filter { !$0.key.hasPrefix(place) }
  }

  /// The path with a mark for content after the end mark, and for text after the finish of its container,
  /// which few readers see.
  private func placed(_ path: String, isText: Bool = false) -> String {
    if isDone { return "behind [DONE]: " + path }
    let isBehind = isText && finished.contains { path.hasPrefix($0) }
    return isBehind ? "behind the finish: " + path : path
  }

  private mutating func noteMadeAnew(_ value: JSONTree, _ path: String) {
    let known = madeAnew[path] ?? []
    guard ignored.isMadeAnew(path), known.count < 2, known.last != value else { return }
    madeAnew[path] = known + [value]
  }

  /// A repeated reason is a second finish.
  private mutating func noteReason(_ value: JSONTree, at path: String) {
    let isAgain = leaves[placed(path)] == .values([value])
    add(value, to: isAgain ? path + Self.again : path)
  }

  static let again = " again"

  private mutating func join(_ units: [UInt16], to path: String, unlessRepeated: Bool = false) {
    let path = placed(path, isText: !unlessRepeated)
    guard case .text(let known) = leaves[path] else {
      leaves[path] = .text(units)
      return
    }
    if !unlessRepeated || known != units { leaves[path] = .text(known + units) }
  }

  private mutating func add(_ value: JSONTree, to path: String) {
    let path = placed(path)
    guard case .values(let known) = leaves[path] else {
      leaves[path] = .values([value])
      return
    }
    leaves[path] = .values(known + [value])
  }

  /// Adds a value unless it only repeats the last.
  private mutating func note(_ value: JSONTree, at path: String) {
    if !isLast(value, at: path) { add(value, to: path) }
  }

  private func isLast(_ value: JSONTree, at path: String) -> Bool {
    if case .values(let known) = leaves[placed(path)] { known.last == value } else { false }
  }

  // MARK: Comparing

  /// The differences, in the order of the paths; empty when both have the same content. A complete stream
  /// may get an additional end mark.
  func differences(
    from received: StreamContent, isWhole: Bool = true
  ) -> [ContentDifference] {
    Set(leaves.keys).union(received.leaves.keys).sorted().compactMap { path in
      let (left, right) = (leaves[path], received.leaves[path])
      guard left != right, !mayBeNumbered(path) else { return nil }
      if isWhole, path == Self.plain, right == .values(values(left) + [Self.done]) { return nil }
      // A repeated finish with the same reason makes no difference.
      if path.hasSuffix(Self.again), values(left).starts(with: values(right)) { return nil }
      return ContentDifference(path: path, expected: left, received: right)
    } + differencesOfMadeAnew(received) + differencesOfShape(received)
  }

  /// A generated value must have the same kind as the upstream's, and one answer keeps its id.
  private func differencesOfMadeAnew(_ received: StreamContent) -> [ContentDifference] {
    madeAnew.sorted { $0.key < $1.key }.compactMap { path, values in
      guard let came = received.madeAnew[path], let first = values.first else { return nil }
      let isSteady = path != "id" || values.count > 1 || came.count == 1
      guard !isSteady || !came.allSatisfy(first.isSameKind) else { return nil }
      return ContentDifference(path: path, expected: .values(values), received: .values(came))
    }
  }

  private func values(_ leaf: Leaf?) -> [JSONTree] {
    if case .values(let values)? = leaf { values } else { [] }
  }
}
