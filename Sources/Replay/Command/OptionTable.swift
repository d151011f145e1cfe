// The options of a command, read from its help: exactly the words with two hyphens in the help are
// options. Hints for misspelt options and completions for shells come from here, so they always agree
// with the help.

/// An option as a help text lists it.
struct OptionTable: Hashable, Sendable {
  struct Entry: Hashable, Sendable {
    /// Its name with the hyphens.
    var name: String
    /// Its value in the words of the help; empty for a flag.
    var value: String
    /// The first line of its description in the help.
    var words: String
  }

  /// In the order of the help.
  private(set) var entries: [Entry] = []

  init(help: String) {
    for line in help.split(separator: "\n") {
      let text = line.drop { $0 == " " }
      guard text.hasPrefix("--"), line.count - text.count >= 2 else { continue }
      let name = String(text.prefix { $0 == "-" || $0.isLetter || $0.isNumber })
      guard name.count > 2, !entries.contains(where: { $0.name == name }) else { continue }
      let rest = text.dropFirst(name.count)
      let value = rest.hasPrefix(" ") && !rest.hasPrefix("  ") ? Self.value(rest.dropFirst()) : ""
      let words = rest.dropFirst(value.isEmpty ? 0 : value.count + 1).drop { $0 == " " }
      entries.append(Entry(name: name, value: value, words: String(words)))
    }
    entries.append(Entry(name: "--help", value: "", words: "what the command does"))
  }

  /// The text up to two blanks.
  private static func value(_ text: Substring) -> String {
    var value = ""
    var last: Character = " "
    for character in text {
      if character == " ", last == " " { break }
      value.append(character)
      last = character
    }
    let trimmed = value.reversed().drop { $0 == " " }.reversed()
    let word = String(trimmed)
    return word.first.map { $0.isUppercase || $0 == "'" || $0 == "m" } == true ? word : ""
  }

  var names: [String] { entries.map(\.name) }

  /// The options without a value.
  var flags: Set<String> { Set(entries.filter(\.value.isEmpty).map(\.name)) }

  /// The options of both, each once.
  static func + (one: OptionTable, other: OptionTable) -> OptionTable {
    var sum = one
    sum.entries += other.entries.filter { entry in !one.names.contains(entry.name) }
    return sum
  }
}
