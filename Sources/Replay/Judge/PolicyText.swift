// A policy as text: words of NAME=VALUE; those at their default are not printed.

internal import MockQwen
internal import Wire

extension Policy: CustomStringConvertible {
  /// The syntax of a policy, for a help text.
  package static let usage =
    "half-close=leaves|stays head=may-wait|at-once unauthorized=passed|retried"
  /// The words about what a gateway may do, for a help text.
  package static let gatewayUsage =
    "model=mapped fields=added key=replaced path=mapped headers=own posts=own retries=N"

  /// The words whose values are numbers.
  package static let numberUsage = "patience=S silence=S barren=S ahead=KIB"

  /// The policy as one line that `init(_:)` reads back; empty when all is at its default.
  package var description: String {
    let standard = Policy()
    var words: [String] = []
    if halfClosedStays { words.append("half-close=stays") }
    if headAtOnce { words.append("head=at-once") }
    if retriesUnauthorized { words.append("unauthorized=retried") }
    words += Self.switches.filter { self[keyPath: $0.path] }.map { "\($0.name)=\($0.on)" }
    for (name, path, unit) in Self.numbers where self[keyPath: path] != standard[keyPath: path] {
      words.append("\(name)=\(self[keyPath: path] / unit)")
    }
    return words.joined(separator: " ")
  }

  /// The switches that a gateway may need, with their words for on and off.
  private static var switches:
    [(name: String, on: String, off: String, path: WritableKeyPath<Policy, Bool>)]
  {
    [
      ("model", "mapped", "kept", \.mapsModel), ("fields", "added", "kept", \.addsMembers),
      ("key", "replaced", "kept", \.replacesKey), ("path", "mapped", "kept", \.mapsPath),
      ("headers", "own", "kept", \.ownHeaders), ("posts", "own", "none", \.ownPosts),
    ]
  }

  /// The switches that are numbers, with their unit.
  private static var numbers: [(name: Substring, path: WritableKeyPath<Policy, Int>, unit: Int)] {
    [
      ("patience", \.patienceMin, 1000), ("silence", \.silenceMax, 1000),
      ("barren", \.barrenMax, 1000), ("ahead", \.aheadMax, 1024), ("retries", \.retries, 1),
    ]
  }

  /// Reads a policy; words that are left out have their default.
  package init(_ line: String) throws(PolicyError) {
    self.init()
    for word in line.split(separator: " ") {
      guard set(word) else {
        throw PolicyError(
          "--policy does not know '\(word)'; it takes \(Self.usage) \(Self.numberUsage), and for a "
            + "gateway \(Self.gatewayUsage)")
      }
    }
    guard patienceMin <= min(silenceMax, barrenMax) else {
      throw PolicyError("--policy: patience= is more than silence= or barren=, where it must end")
    }
  }

  private mutating func set(_ word: Substring) -> Bool {
    switch word {
    case "half-close=stays", "half-close=leaves": halfClosedStays = word.hasSuffix("stays")
    case "head=at-once", "head=may-wait": headAtOnce = word.hasSuffix("at-once")
    case "unauthorized=retried", "unauthorized=passed":
      retriesUnauthorized = word.hasSuffix("retried")
    default:
      let parts = word.split(separator: "=", omittingEmptySubsequences: false)
      if parts.count == 2, let known = Self.switches.first(where: { $0.name == parts[0] }) {
        self[keyPath: known.path] = parts[1] == known.on
        return parts[1] == known.on || parts[1] == known.off
      }
      guard parts.count == 2, let number = wholeNumber(parts[1]), (0...1_000_000).contains(number),
        let (_, path, unit) = Self.numbers.first(where: { $0.name == parts[0] })
      else { return false }
      self[keyPath: path] = number * unit
    }
    return true
  }
}

/// A policy that cannot be understood.
package struct PolicyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong with which word.
  package let description: String

  package init(_ description: String) { self.description = description }
}
