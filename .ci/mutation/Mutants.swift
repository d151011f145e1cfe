// Mutants: small changes to the sources by rule, each chosen at run time. A mutant is a few words put
// into the source (never a line end, so that line numbers stay): `x < y` becomes
// `x &- Mutant.one(17) < y`, which is `x <= y` while mutant 17 is on and nothing else but `x < y`.
// The rules look at tokens, not at types, so that some of what they make does not compile: those
// mutants are left out, by the places at which the compiler complains.

/// A change to the source.
struct Mutant {
  enum Rule: String, CaseIterable {
    case negated = "condition negated"
    case border = "border moved by one"
    case omitted = "statement left out"
    case constant = "constant changed"
    case swapped = "branches swapped"
    case dropped = "case dropped"
  }

  /// Text that is put into the source at an offset; of those at one offset the smaller rank is first.
  struct Insertion {
    var offset: Int
    var text: String
    var rank: Int
  }

  var number = 0
  var file: String
  var line: Int
  var rule: Rule
  /// What is changed, in words: the operator, the constant, the first word of the statement.
  var what: String
  /// The source line without the blanks around it.
  var source: String
  /// Which of the mutants with the same file, rule, words and source line it is, from 1 on.
  var occurrence = 1
  var insertions: [Insertion] = []

  /// What a list of known mutants calls it.
  var key: String {
    "\(file) | \(rule.rawValue): \(what) | \(source)" + (occurrence > 1 ? " | \(occurrence)" : "")
  }
}

/// Finds the mutants of one file.
struct MutantFinder {
  private let file: String
  private let tokens: [Token]
  private let lines: [String]
  private(set) var mutants: [Mutant] = []

  init(file: String, source: String) {
    self.file = file
    tokens = scannedTokens(Array(source.utf8))
    lines = source.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for index in tokens.indices { look(at: index) }
  }

  private mutating func look(at index: Int) {
    let token = tokens[index]
    switch (token.kind, token.text) {
    case (.word, "if"), (.word, "guard"), (.word, "while"): negateClauses(behind: index)
    case (.word, "where"): negateWhere(index)
    case (.word, "case"): dropCase(index)
    case (.word, "true"), (.word, "false"):
      wrap(token, "Mutant.flag(", .constant)
    case (.number, _):
      if index > 0, [".", "$"].contains(tokens[index - 1].text) { return }
      wrap(token, "Mutant.number(", .constant)
    case (.text, let text) where text.count > 2 && !text.contains("\\"):
      // What a program says before it stops is not what a client sees.
      if lines[token.line - 1].contains("precondition") { return }
      // What must be a literal: `UInt8(ascii: "a")`, and the raw value of a case.
      if index > 1, tokens[index - 2].text == "ascii" { return }
      if lines[token.line - 1].trimmed.hasPrefix("case "), tokens[index - 1].text == "=" { return }
      wrap(token, "Mutant.text(", .constant)
    case (.operation, "<") where token.isSpaced, (.operation, ">=") where token.isSpaced:
      insert(.border, token.text, (token.start, "&- Mutant.one(#) ", 1))
    case (.operation, "<=") where token.isSpaced, (.operation, ">") where token.isSpaced:
      insert(.border, token.text, (token.start, "&+ Mutant.one(#) ", 1))
    case (.operation, "..<") where !token.isSpaced:
      insert(.border, token.text, (token.end, "Mutant.one(#) &+ ", 0))
    case (.operation, "...") where !token.isSpaced:
      insert(.border, token.text, (token.end, "Mutant.minusOne(#) &+ ", 0))
    case (.operation, "?") where token.isSpaced:
      insert(.swapped, "?", (token.start, "~~ # ", 1))
    case (.operation, "&&"), (.operation, "||"):
      if isFirstOperand(before: index) {
        insert(.negated, "before \(token.text)", (token.start, "~& # ", 1))
      }
      insert(.negated, "behind \(token.text)", (token.end, " Mutant.isOn(#) ~^", 1))
    case (.operation, "=="), (.operation, "!="):
      insert(.negated, token.text, (token.start, "~% # ", 1))
    default: break
    }
    if token.startsLine { omit(from: index) }
  }

  private mutating func insert(
    _ rule: Mutant.Rule, _ what: String, _ insertions: (Int, String, Int)...,
    line: Int? = nil
  ) {
    let offset = insertions[0].0
    let number = line ?? tokens.last { $0.start <= offset }?.line ?? 1
    var mutant = Mutant(
      file: file, line: number, rule: rule, what: what,
      source: lines[number - 1].trimmed)
    mutant.insertions = insertions.map { Mutant.Insertion(offset: $0.0, text: $0.1, rank: $0.2) }
    mutants.append(mutant)
  }

  private mutating func wrap(_ token: Token, _ opening: String, _ rule: Mutant.Rule) {
    insert(rule, token.text, (token.start, opening + "#, ", 2), (token.end, ")", 0), line: token.line)
  }

  /// Every clause of a condition that is not a pattern.
  private mutating func negateClauses(behind index: Int) {
    let isGuard = tokens[index].text == "guard"
    var depth = 0
    var first = index + 1
    var place = index + 1
    while place < tokens.count {
      let text = tokens[place].text
      let isOver = depth == 0 && (isGuard ? text == "else" : text == "{")
      if isOver || (depth == 0 && text == ",") {
        negate(first..<place)
        first = place + 1
      }
      if isOver { return }
      depth += change(of: depth, at: place)
      place += 1
    }
  }

  /// Whether what stands before the `&&` or `||` at `index` is not behind another one already.
  private func isFirstOperand(before index: Int) -> Bool {
    var depth = 0
    for place in (0..<index).reversed() {
      depth -= change(of: depth, at: place)
      if depth < 0 { return true }
      guard depth == 0 else { continue }
      if ["&&", "||"].contains(tokens[place].text) { return false }
      if [",", "return", "=", "?", ":", "if", "guard", "while", "where"].contains(tokens[place].text) {
        return true
      }
    }
    return true
  }

  private func change(of depth: Int, at place: Int) -> Int {
    guard tokens[place].kind == .bracket else { return 0 }
    return "([{".contains(tokens[place].text) ? 1 : -1
  }

  private mutating func negate(_ clause: Range<Int>) {
    guard let first = clause.first, let last = clause.last,
      !["case", "let", "var", "try", "unsafe"].contains(tokens[first].text)
    else { return }
    // A clause with an operator between whole conditions is changed at that operator.
    if clause.contains(where: { ["&&", "||", "?"].contains(tokens[$0].text) && tokens[$0].isSpaced }) {
      return
    }
    if clause.contains(where: { ["==", "!="].contains(tokens[$0].text) }) { return }
    insert(.negated, tokens[first].text, (tokens[last].end, " ~~ #", 2), line: tokens[first].line)
  }

  private mutating func negateWhere(_ index: Int) {
    var depth = 0
    var place = index + 1
    while place < tokens.count {
      let text = tokens[place].text
      if depth == 0, text == "{" || text == ":" || text == "," {
        negate(index + 1..<place)
        return
      }
      depth += change(of: depth, at: place)
      place += 1
    }
  }

  /// A case of a switch no longer matches; what has no default does not compile then.
  private mutating func dropCase(_ index: Int) {
    guard tokens[index].startsLine, hasDefault(index) else { return }
    let indent = indent(tokens[index].line)
    var depth = 0
    var hasWhere = false
    var place = index + 1
    while place < tokens.count {
      let text = tokens[place].text
      // The case of an enum's declaration has no colon.
      if tokens[place].startsLine, self.indent(tokens[place].line) <= indent { return }
      if text == "where" { hasWhere = true }
      if depth == 0, text == "," || text == ":" {
        insert(
          .dropped, tokens[place - 1].text,
          (tokens[place - 1].end, (hasWhere ? " &&" : " where") + " !Mutant.isOn(#)", 1),
          line: tokens[place - 1].line)
        hasWhere = false
        if text == ":" { return }
      }
      if depth == 0, text == "=" || text == "{" { return }
      depth += change(of: depth, at: place)
      place += 1
    }
  }

  /// Whether the switch of a case has a default, so that the case can be missing.
  private func hasDefault(_ index: Int) -> Bool {
    let indent = indent(tokens[index].line)
    for token in tokens[(index + 1)...] where token.startsLine {
      if self.indent(token.line) < indent { return false }
      if self.indent(token.line) == indent, token.text == "default" { return true }
    }
    return false
  }

  private static let noStatements: Set<String> = [
    "let", "var", "func", "case", "if", "guard", "while", "for", "switch", "default", "else", "do",
    "struct", "enum", "extension", "import", "internal", "package", "private", "fileprivate",
    "static", "mutating", "init", "protocol", "catch", "where", "typealias", "subscript", "get",
    "set", "_modify", "infix", "precondition", "preconditionFailure", "indirect", "lazy", "defer",
    "public", "final", "class", "repeat",
  ]

  /// A statement that begins a line is left out.
  private mutating func omit(from index: Int) {
    let token = tokens[index]
    guard token.kind == .word, !token.text.hasPrefix("@"), !token.text.hasPrefix("#"),
      !Self.noStatements.contains(token.text), index > 0,
      ["{", "}", ")", ":"].contains(tokens[index - 1].text) || endsStatement(index - 1)
    else { return }
    let indent = indent(token.line)
    var depth = 0
    var place = index
    while place < tokens.count {
      depth += change(of: depth, at: place)
      if depth < 0 { return }
      let isLast =
        place + 1 == tokens.count
        || (tokens[place + 1].startsLine
          && self.indent(tokens[place + 1].line) <= indent)
      if depth == 0, isLast { break }
      place += 1
    }
    guard place < tokens.count else { return }
    insert(
      .omitted, token.text, (token.start, "if !Mutant.isOn(#) { ", 3), (tokens[place].end, " }", 3),
      line: token.line)
  }

  private func indent(_ line: Int) -> Int { lines[line - 1].prefix { $0 == " " }.count }

  /// Whether a line that ends with this token can end a statement.
  private func endsStatement(_ index: Int) -> Bool {
    let token = tokens[index]
    switch token.kind {
    case .word, .number, .text, .raw: return !["return", "in", "else", "case"].contains(token.text)
    case .bracket: return ")]}".contains(token.text)
    case .operation, .other: return false
    }
  }
}

extension String {
  /// Without blanks at its ends.
  var trimmed: String {
    let start = firstIndex { $0 != " " } ?? endIndex
    return String(self[start...])
  }
}
