// "Did you mean" for the words of plans and policies.

internal import Judging
internal import MockQwen
internal import Terminal

/// The words of a plan, and the values that have names.
enum WordHints {
  private static let planWords: [(name: String, values: [String])] = [
    ("cuts", ["whole", "1x", "recorded", "random"] + Cuts.Place.allCases.map(\.rawValue)),
    ("chunks", ["whole", "1x", "recorded", "random"] + Cuts.Place.allCases.map(\.rawValue)),
    ("framing", ["chunked", "length", "close"]), ("pacing", ["none", "recorded"]),
    ("fault", Fault.Kind.allCases.map(\.rawValue)), ("odd", ResponseAnomalies.names.map(\.name)),
    ("first", []), ("request", RequestForm.allCases.map(\.rawValue)),
    ("client", ClientBehavior.Kind.allCases.map(\.rawValue)), ("streams", []), ("stop", []),
    ("core", []), ("octet", []),
    ("upstream", ["refuses", "silent"]),
    ("tls", ["whole", "1x", "recorded", "random"] + Cuts.Place.allCases.map(\.rawValue)),
    ("handshake", HandshakeMessage.Kind.allCases.map(\.rawValue)),
  ]

  /// A hint for the first word of a plan that is nearly a known one; empty when there is none.
  static func plan(_ line: String) -> String { hint(line, planWords) }

  /// The same for a policy.
  static func policy(_ line: String) -> String {
    let words =
      "\(Policy.usage) \(Policy.gatewayUsage) \(Policy.numberUsage)"
      .split(separator: " ").map { word in
        let parts = word.split(separator: "=").map(String.init)
        return (name: parts[0], values: parts[1].split(separator: "|").map(String.init))
      }
    return hint(line, words)
  }

  private static func hint(_ line: String, _ known: [(name: String, values: [String])]) -> String {
    for word in line.split(separator: " ") {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard let name = parts.first else { continue }
      guard let entry = known.first(where: { $0.name == name }) else {
        return nearestWord(name, known.map(\.name)).map { "; did you mean '\($0)='?" } ?? ""
      }
      guard parts.count == 2 else { continue }
      let value = String(parts[1].prefix { $0.isLetter || $0 == "-" })
      if !value.isEmpty, !entry.values.contains(value), value.count > 2,
        let near = nearestWord(value, entry.values)
      {
        return "; did you mean '\(name)=\(near)'?"
      }
    }
    return ""
  }
}
