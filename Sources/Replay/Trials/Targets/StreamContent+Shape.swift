// What holds the leaves of a stream: by which index a part is looked up, which lists and objects a
// client goes through, and what kind of nothing stands where nothing is said.

internal import Judging

extension StreamContent {
  /// The shape of a stream, beside its leaves.
  struct Shape: Hashable {
    /// Paths of an index that is not the number of its part, as where two calls share one.
    fileprivate(set) var shared: Set<String> = []
    /// Containers that clients go through, without indices, by whether they were there.
    fileprivate(set) var present: Set<String> = []
    fileprivate(set) var missing: Set<String> = []
    /// What stood at a path that said nothing: null, `""`, `[]`, `{}`, and of a reason the word `null`.
    fileprivate(set) var nothings: [String: Set<JSONTree>] = [:]
    /// The last usage at each path.
    fileprivate(set) var usages: [String: JSONTree] = [:]
    /// Members that stand twice in one object: which of the two counts is up to the reader.
    fileprivate(set) var repeated: Set<String> = []

    /// Whether a usage only repeats the last one at its path.
    mutating func isRepeated(_ usage: JSONTree, at path: String) -> Bool {
      usages.updateValue(usage, forKey: path) == usage
    }

    /// Notes the index of a part; false when the number of the part is another.
    mutating func noteIndex(_ index: Int, at path: String, number: Int) {
      if index != number { shared.insert(path) }
    }

    /// Looks for the lists and objects that clients go through; an error has none.
    mutating func look(at members: [String: JSONTree]) {
      guard members["error"]?.isEmpty ?? true else { return }
      guard case .list(let choices)? = members["choices"] else {
        missing.insert("choices")
        return
      }
      present.insert("choices")
      for case .object(let choice) in choices {
        if case .object? = choice["delta"] {
          present.insert("choices.delta")
        } else {
          missing.insert("choices.delta")
        }
      }
    }

    mutating func noteRepeated(in text: [UInt8]) {
      if let name = JSONTree.repeatedName(in: text) { repeated.insert(name) }
    }

    mutating func noteNothing(_ value: JSONTree, at path: String) {
      nothings[path, default: []].insert(value)
    }
  }

  /// Containers whose absence `look` has told.
  static let containers: Set<String> = ["choices", "delta"]

  /// The end of the path at which the name of an event is.
  static let nameOfEvent = ": event"

  /// Whether a difference at this path is none: an index that the upstream did not give, or gave twice,
  /// and the name of an event to which it gave none.
  func mayBeNumbered(_ path: String) -> Bool {
    path.hasSuffix(".index") && (leaves[path] == nil || shape.shared.contains(path))
      || path.hasSuffix(Self.nameOfEvent) && leaves[path] == nil
  }

  /// What differs in the shape.
  func differencesOfShape(_ received: StreamContent) -> [ContentDifference] {
    let (sent, came) = (shape, received.shape)
    let lost = came.missing.filter { sent.present.contains($0) && !sent.missing.contains($0) }
    let absent = lost.sorted().map { path in
      let nothing: JSONTree = path == "choices" ? .list([]) : .object([:])
      return ContentDifference(path: path, expected: .values([nothing]), received: nil)
    }
    let repeated = came.repeated.subtracting(sent.repeated).sorted().map { name in
      ContentDifference(
        path: name + Self.again, expected: nil, received: .values([.text(Array(name.utf16))]))
    }
    return absent + repeated
      + came.nothings.keys.sorted().compactMap { path in
        guard let known = sent.nothings[path], let kinds = came.nothings[path],
          !kinds.isSubset(of: known)
        else { return nil }
        return ContentDifference(
          path: path, expected: .values(Self.sorted(known)),
          received: .values(Self.sorted(kinds.subtracting(known))))
      }
  }

  private static func sorted(_ values: Set<JSONTree>) -> [JSONTree] {
    values.sorted { $0.words() < $1.words() }
  }
}
