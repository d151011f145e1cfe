// What of a stream is an end, and what of it a reader waits for.

internal import Judging

extension StreamContent {
  /// Members that tell why an answer has ended.
  static let reasons: Set<String> = ["finish_reason", "stop_reason", "done_reason"]
  /// Events that are an end by their type.
  private static let lastEvents: Set<String> = ["message_stop: type", "response.completed: type"]

  private static func name(of path: String) -> String {
    path.split(separator: ".").last.map(String.init) ?? path
  }

  /// How many ends a leaf holds: end marks, reasons why an answer has ended, last events.
  static func ends(_ leaf: Leaf?, at path: String) -> Int {
    guard case .values(let values)? = leaf else { return 0 }
    let name = name(of: path)
    if path == plain { return values.count { $0 == done } }
    if name == "done" { return values.count { $0 == .flag(true) } }
    return reasons.contains(name) || lastEvents.contains(path) ? values.count : 0
  }

  /// Whether all that `sent` says by now has been said here: its texts, arguments and ends. Roles, ids,
  /// usage and the end mark are no news to a reader who waits.
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
