// The words of a command line, taken one option at a time. A word that is left at the end is an error, so
// a misspelt flag is never ignored silently.

/// The words after a command's name.
package struct Arguments: Hashable, Sendable {
  private var words: [String]
  /// The options that a command has, for hints.
  private let known: [String]
  /// Those of them that take no value.
  private let flags: Set<String>

  package init(_ words: [String], known: [String] = [], flags: Set<String> = []) {
    self.words = words
    self.known = known
    self.flags = flags
  }

  /// Appends words.
  package mutating func add(_ more: [String]) { words += more }

  /// The value of an option, without taking it; nil when the option is not there.
  package func value(of name: String) -> String? {
    var copy = self
    return (try? copy.options(name))?.first
  }

  /// The words that are neither an option nor, according to the help, may be the value of one.
  package var plainWords: [String] {
    words.indices.filter { index in
      !words[index].hasPrefix("-")
        && (index == 0 || !words[index - 1].hasPrefix("--") || words[index - 1].contains("=")
          || flags.contains(words[index - 1]))
    }.map { words[$0] }
  }

  /// Takes a flag without a value; true when it was there.
  package mutating func flag(_ name: String) -> Bool {
    let count = words.count
    words.removeAll { $0 == name }
    return words.count < count
  }

  /// Takes the value of an option given as `--name value` or `--name=value`; nil when it is not there.
  /// Throws for an option that occurs twice or has no value.
  package mutating func option(_ name: String) throws -> String? {
    let all = try options(name)
    guard all.count <= 1 else {
      throw UsageError("\(name) is given \(all.count) times, but it takes one value")
    }
    return all.first
  }

  /// Takes the values of an option that may be repeated, in order.
  package mutating func options(_ name: String) throws -> [String] {
    var values: [String] = []
    while let index = words.firstIndex(where: { $0 == name || $0.hasPrefix(name + "=") }) {
      if words[index] == name {
        guard index + 1 < words.count else { throw UsageError("\(name) needs a value") }
        values.append(words[index + 1])
        words.removeSubrange(index...index + 1)
      } else {
        values.append(String(words[index].dropFirst(name.count + 1)))
        words.remove(at: index)
      }
    }
    return values
  }

  /// Takes a whole number; nil when the option is not there.
  package mutating func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = try option(name) else { return nil }
    guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int(text), range ~= number
    else {
      throw UsageError(
        "\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
      )
    }
    return number
  }

  /// Takes the words of a comma-separated option; each must be one of a fixed set.
  package mutating func choices<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ type: Choice.Type
  ) throws -> [Choice]? where Choice.RawValue == String {
    guard let text = try option(name) else { return nil }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let choice = Choice(rawValue: String(word)) else {
        let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        let hint = nearest(String(word), Choice.allCases.map(\.rawValue))
        throw UsageError("\(name) does not know '\(word)'; it takes \(known)\(hint)")
      }
      return choice
    }
  }

  /// Whether an option is there.
  package func has(_ name: String) -> Bool {
    words.contains { $0 == name || $0.hasPrefix(name + "=") }
  }

  /// Throws for options that need others which are not there.
  package func refuse(_ names: [String], because reason: String) throws {
    for name in names where has(name) {
      throw UsageError("\(name) \(reason)")
    }
  }

  /// Takes the remaining words, such as file names. Throws for a word that looks like a flag.
  package mutating func rest() throws -> [String] {
    if let unknown = words.first(where: { $0.hasPrefix("-") && $0 != "-" }) {
      let name = String(unknown.prefix { $0 != "=" })
      throw UsageError("unknown option '\(unknown)'\(nearest(name, known))")
    }
    defer { words = [] }
    return words
  }

  /// Throws when a word is left.
  package mutating func finish() throws {
    if let word = try rest().first { throw UsageError("'\(word)' is not expected here") }
  }
}
