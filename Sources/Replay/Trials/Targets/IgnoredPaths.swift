// What the level `content` does not compare: values that gateways generate, and what the user excludes.

/// Paths that are not compared, without their indices: `choices.delta.foo`. A path covers everything
/// below it, and `*` stands for one name.
package struct IgnoredPaths: Hashable, Sendable {
  /// Values that gateways generate.
  package static let standard = ["id", "created", "system_fingerprint"]

  private let made = Self.standard.map { Self.names($0) }
  private let more: [[Substring]]

  /// `more` is ignored in addition to the standard ones.
  package init(_ more: [String] = []) { self.more = more.map { Self.names($0) } }

  /// The names of a path, without indices and the type of an event.
  private static func names(_ path: String) -> [Substring] {
    var plain = ""
    var depth = 0
    for character in path {
      if character == "[" { depth += 1 }
      if depth == 0 { plain.append(character) }
      if character == "]" { depth -= 1 }
    }
    // The type of an event comes before its path, and ends with a colon.
    let start = plain.firstIndex(of: " ").map { plain.index(after: $0) } ?? plain.startIndex
    return plain[start...].split(separator: ".")
  }

  func contains(_ path: String) -> Bool { covers(more + made, path) }

  /// Whether a gateway may generate its own value for the path, and the user does not ignore the path.
  func isMadeAnew(_ path: String) -> Bool { covers(made, path) && !covers(more, path) }

  private func covers(_ paths: [[Substring]], _ path: String) -> Bool {
    let names = Self.names(path)
    return paths.contains { ignored in
      ignored.count <= names.count
        && zip(ignored, names).allSatisfy { $0 == "*" || $0 == $1 }
    }
  }
}
