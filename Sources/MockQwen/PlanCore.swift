// The proxy's part of a plan: the settings of the embedded core, and whether its upstream can be reached
// at all. A proxy in another process has its own settings, so these words do not apply to it.
//
//     core=heartbeat:15000+reuse+idle:30000

/// Settings of the embedded core that differ from the usual ones.
package struct CoreWords: Hashable, Sendable {
  /// How long a stream is silent before its client gets a comment, in milliseconds; nil for none.
  package var heartbeat: Int?
  /// The limits for a whole answer, for a silence, for the wait for a first body byte and for the wait
  /// for a connection, in milliseconds; nil for the documented value.
  package var total: Int?
  package var idle: Int?
  package var first: Int?
  package var connect: Int?
  /// The largest open block, in bytes; nil for the documented value.
  package var block: Int?
  /// How many client connections are served; nil for the documented value.
  package var connections: Int?
  /// Whether upstream connections are kept for later requests.
  package var reuses = false
  /// Whether a client that asks for a stream gets it in one piece (`STREAM=false`).
  package var joins = false
  /// Whether a client that has ended its direction still gets its answer.
  package var keepsHalfClosed = false
  /// Whether clients must show a key.
  package var asksForKey = false
  /// Whether there is a default model.
  package var namesModel = false

  package init() {}

  /// The default model, if there is one.
  package static let model = "model-of-the-plan"

  /// The numbers, by their names in a plan's line, with their ranges.
  package static var numbers:
    [(name: Substring, path: WritableKeyPath<CoreWords, Int?>, range: ClosedRange<Int>)]
  {
    // A day at most: sums of longer times could overflow.
    let times = 1...Pacing.fixedMax
    return [
      ("heartbeat", \.heartbeat, times), ("total", \.total, times), ("idle", \.idle, times),
      ("first", \.first, times), ("connect", \.connect, times), ("block", \.block, 1...1 << 30),
      ("connections", \.connections, 1...Plan.streamsMax),
    ]
  }

  /// The switches, by their names in a plan's line.
  package static var switches: [(name: Substring, path: WritableKeyPath<CoreWords, Bool>)] {
    [
      ("reuse", \.reuses), ("join", \.joins), ("half-close", \.keepsHalfClosed),
      ("keys", \.asksForKey), ("model", \.namesModel),
    ]
  }
}

extension CoreWords: CustomStringConvertible {
  /// The words joined with `+`; empty when all settings are the usual ones.
  package var description: String {
    let numbers = Self.numbers.compactMap { name, path, _ in
      self[keyPath: path].map { "\(name):\($0)" }
    }
    return (numbers + Self.switches.filter { self[keyPath: $0.path] }.map { String($0.name) })
      .joined(separator: "+")
  }

  /// Reads words joined with `+`, each once.
  init(_ text: Substring) throws(PlanError) {
    self.init()
    for word in text.split(separator: "+", omittingEmptySubsequences: false) {
      guard set(word) else {
        let words =
          Self.numbers.map { "\($0.name):N" } + Self.switches.map { String($0.name) }
        throw PlanError(word: String(word), expected: words.joined(separator: ", ") + ", each once")
      }
    }
  }

  private mutating func set(_ word: Substring) -> Bool {
    if let path = Self.switches.first(where: { $0.name == word })?.path {
      guard !self[keyPath: path] else { return false }
      self[keyPath: path] = true
      return true
    }
    let parts = word.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let known = Self.numbers.first(where: { $0.name == parts[0] }),
      self[keyPath: known.path] == nil, let number = wholeNumber(parts[1]),
      known.range.contains(number)
    else { return false }
    self[keyPath: known.path] = number
    return true
  }
}

/// Whether the proxy reaches its upstream.
package enum Reach: String, Hashable, Sendable, CaseIterable {
  /// At once.
  case answers
  /// The connection is refused.
  case refuses
  /// The connection is never opened. Only on the simulated stage: on loopback no address is silent.
  case silent
}
