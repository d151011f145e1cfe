// Which parts of a stream are an end, and which parts a reader waits for.

internal import Judging

extension StreamContent {
  /// Members with the reason why an answer has ended.
  static let reasons: Set<String> = ["finish_reason", "stop_reason", "done_reason"]
  /// Events whose type means an end.
  private static let lastEvents: Set<String> = ["message_stop: type", "response.completed: type"]

  private static func name(of path: String) -> String {
    path.split(separator: ".").last.map(String.init) ?? path
  }

  /// How many ends a leaf holds: end marks, finish reasons, last events.
  static func ends(_ leaf: Leaf?, at path: String) -> Int {
    guard case .values(let values)? = leaf else { return 0 }
    let name = name(of: path)
    if path == plain { return values.count { $0 == done } }
    if name == "done" { return values.count { $0 == .flag(true) } }
    return reasons.contains(name) || lastEvents.contains(path) ? values.count : 0
  }

  /// Whether all of `sent` that matters to a reader is in this one too: its texts, arguments and ends.
  /// Roles, ids, usage and the end mark are nothing that a reader waits for.
  func hasSaid(_ sent: StreamContent) -> Bool {
    sent.leaves.allSatisfy { path, leaf in
      switch (leaf, leaves[path]) {
      case (.text(let units), let came):
        guard !Self.isName(path) else { return true }
        guard case .text(let got)? = came else { return false }
        return got.starts(with: units)
      case (.values, let came):
        return path == Self.plain || Self.ends(came, at: path) >= Self.ends(leaf, at: path)
      }
    }
  }
}
