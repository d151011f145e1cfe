// Secrets that a place announces instead of a name beside them: a column of a table (RFC 4180, and tables of
// Markdown), a column of an SQL statement, a field of a password file, and what a shell pipes into a command
// that reads a password.

internal import Wire

extension SecretScanner {
  /// The longest head of a table, and how far its rows are read, in bytes. Rows of one table are read once
  /// for each of its secret columns.
  private static let headBytesMax = 512
  private static let rowsBytesMax = 65_536

  /// The cells below the head `name` of a column.
  mutating func column(in text: [UInt8], under name: Range<Int>) -> [SecretPlace] {
    guard endsCell(text, name.upperBound), let word = knownMeaning(of: text[name], .member),
      word != .id, let start = lineStart(in: text, before: name.lowerBound)
    else { return [] }
    let end = lineEnd(in: text, from: name.upperBound, max: Self.headBytesMax)
    guard end < text.count, text[end] == 0x0A,
      let separator = text[start..<end].first(where: { ",;\t|".utf8.contains($0) })
    else { return [] }
    let heads = cells(in: text, start..<end, separator)
    guard let number = heads.firstIndex(where: { $0.upperBound == name.upperBound }),
      heads.count > 1, heads.allSatisfy({ Self.isHead(text[$0], separator) }),
      let meaning = knownMeaning(of: text[heads[number]], .member), meaning != .id,
      // The rows of a table are not heads of another.
      start == 0 || cells(in: text, previousLine(in: text, start), separator).count != heads.count
    else { return [] }
    var places: [SecretPlace] = []
    var row = end + 1
    let limit = min(text.count, row + Self.rowsBytesMax)
    while row < limit {
      let rowEnd = lineEnd(in: text, from: row, max: limit - row)
      let values = cells(in: text, row..<rowEnd, separator)
      guard values.count == heads.count else { break }
      let value = values[number]
      // In a table of Markdown people describe what they name.
      let isParameter = separator != UInt8(ascii: "|")
      if SecretValue(text[value]).isSecret(meaning, isParameter: isParameter) {
        places.append(SecretPlace(range: value, kind: meaning.kind))
      }
      row = rowEnd + 1
    }
    return places
  }

  /// Whether a cell ends here: tables of Markdown have a blank before the separator.
  private func endsCell(_ text: [UInt8], _ index: Int) -> Bool {
    guard index < text.count else { return false }
    return ",;\t|\r\n\"".utf8.contains(text[index])
      || text[index] == 0x20 && index + 1 < text.count && text[index + 1] == UInt8(ascii: "|")
  }

  /// Whether a cell may be the head of a column: one to four words. The lines of a table in Markdown begin
  /// and end with an empty cell.
  private static func isHead(_ cell: ArraySlice<UInt8>, _ separator: UInt8) -> Bool {
    if cell.isEmpty { return separator == UInt8(ascii: "|") }
    return cell.count <= 40 && isLetter(cell[cell.startIndex])
      && cell.allSatisfy { isNameByte($0) || $0 == 0x20 } && cell.count { $0 == 0x20 } < 4
  }

  /// Where the line begins; nil when that is further away than a head is long.
  private func lineStart(in text: [UInt8], before index: Int) -> Int? {
    let window = max(index - Self.headBytesMax, 0)..<index
    if let end = text[window].lastIndex(of: 0x0A) { return end + 1 }
    return window.lowerBound == 0 ? 0 : nil
  }

  /// Where the line ends, or `max` bytes of it do.
  private func lineEnd(in text: [UInt8], from index: Int, max: Int) -> Int {
    let window = index..<min(text.count, index + max)
    return text[window].firstIndex(of: 0x0A) ?? window.upperBound
  }

  /// The line before the one that begins at `start`; only its last bytes when it is long.
  private func previousLine(in text: [UInt8], _ start: Int) -> Range<Int> {
    (lineStart(in: text, before: start - 1) ?? start - 1)..<start - 1
  }

  /// The cells of a line, without blanks and quotation marks around them.
  private func cells(in text: [UInt8], _ line: Range<Int>, _ separator: UInt8) -> [Range<Int>] {
    var cells: [Range<Int>] = []
    var start = line.lowerBound
    while start <= line.upperBound, cells.count <= 64 {
      while start < line.upperBound, text[start] == 0x20 { start += 1 }
      var end = start
      if end < line.upperBound, text[end] == UInt8(ascii: "\"") {
        end += 1
        while end < line.upperBound, text[end] != UInt8(ascii: "\"") { end += 1 }
        cells.append(start + 1..<end)
        while end < line.upperBound, text[end] != separator { end += 1 }
      } else {
        while end < line.upperBound, text[end] != separator { end += 1 }
        var last = end
        while last > start, text[last - 1] <= 0x20 { last -= 1 }
        cells.append(start..<last)
      }
      start = end + 1
    }
    return cells
  }

  /// The values of secret columns in `INSERT INTO t (user, password) VALUES ('bob', 'VALUE'), …`.
  mutating func insertedValues(in text: [UInt8], behind name: Range<Int>) -> [SecretPlace] {
    guard name.count == 6, String(decoding: text[name], as: UTF8.self).lowercased() == "values"
    else { return [] }
    let before = text[..<name.lowerBound].suffix(Self.headBytesMax)
    guard let close = before.lastIndex(where: { $0 > 0x20 }), text[close] == UInt8(ascii: ")"),
      let open = before[..<close].lastIndex(of: UInt8(ascii: "("))
    else { return [] }
    let columns = text[open + 1..<close].split(
      separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    let meanings = columns.map { column in
      knownMeaning(of: column.filter { isNameByte($0) }[...], .member)
    }
    guard meanings.contains(where: { $0 != nil && $0 != .id }) else { return [] }
    var places: [SecretPlace] = []
    var index = name.upperBound
    let limit = min(text.count, index + Self.rowsBytesMax)
    while let tuple = tuple(in: text, at: &index, limit) {
      guard tuple.count == meanings.count else { break }
      for (value, meaning) in zip(tuple, meanings) {
        guard let meaning, meaning != .id,
          SecretValue(text[value]).isSecret(meaning, isParameter: true)
        else { continue }
        places.append(SecretPlace(range: value, kind: meaning.kind))
      }
    }
    return places
  }

  /// The values of the next list in parentheses; nil when none follows.
  private func tuple(in text: [UInt8], at index: inout Int, _ limit: Int) -> [Range<Int>]? {
    while index < limit, text[index] <= 0x20 || text[index] == UInt8(ascii: ",") { index += 1 }
    guard index < limit, text[index] == UInt8(ascii: "(") else { return nil }
    index += 1
    var values: [Range<Int>] = []
    while index < limit, values.count <= 64 {
      while index < limit, text[index] <= 0x20 { index += 1 }
      let start = index
      while index < limit, !",)'".utf8.contains(text[index]) { index += 1 }
      if index < limit, text[index] == UInt8(ascii: "'"), index - start <= 1 {
        let from = index + 1
        index = from
        // A doubled mark is one character of the text.
        while index < limit,
          text[index] != 0x27 || index + 1 < limit && text[index + 1] == 0x27
        {
          index += text[index] == 0x27 ? 2 : 1
        }
        values.append(from..<min(index, limit))
        while index < limit, !",)".utf8.contains(text[index]) { index += 1 }
      } else {
        values.append(start..<index)
      }
      guard index < limit else { return nil }
      index += 1
      if text[index - 1] == UInt8(ascii: ")") { return values }
    }
    return nil
  }

  /// The password of `host:port:database:user:VALUE`, a line of PostgreSQL's password file; `name` is the
  /// user.
  func passwordFileEntry(in text: [UInt8], behind name: Range<Int>) -> SecretPlace? {
    guard name.upperBound < text.count, text[name.upperBound] == UInt8(ascii: ":"),
      name.lowerBound > 0, text[name.lowerBound - 1] == UInt8(ascii: ":")
    else { return nil }
    let line = text[..<name.lowerBound].suffix(192)
    let start = line.lastIndex { $0 <= 0x20 || "\"'`".utf8.contains($0) }.map { $0 + 1 }
    let fields = line[(start ?? line.startIndex)...].split(
      separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard fields.count == 4, fields[..<3].allSatisfy({ !$0.isEmpty }) else { return nil }
    let port = fields[1]
    let isUsual = port.elementsEqual("5432".utf8) || port.elementsEqual("*".utf8)
    guard isUsual || port.allSatisfy(isDigit) && port.count <= 5 else { return nil }
    let value = name.upperBound + 1..<endOfPlainValue(in: text, from: name.upperBound + 1)
    let isSecret =
      isUsual
      ? SecretValue(text[value]).isSecret(.password, isParameter: true)
      : SecretValue(text[value]).isRandom
    guard isSecret, !isFilled(text[value]) else { return nil }
    return SecretPlace(range: value, kind: NameMeaning.password.kind)
  }

  /// The text of `echo VALUE | docker login --password-stdin`, and of pipes like it.
  func pipedPassword(in text: [UInt8], behind name: Range<Int>) -> SecretPlace? {
    guard ["echo", "printf"].contains(where: { text[name].elementsEqual($0.utf8) }) else {
      return nil
    }
    let line =
      name.upperBound..<lineEnd(in: text, from: name.upperBound, max: Self.headBytesMax)
    guard let pipe = text[line].firstIndex(of: UInt8(ascii: "|")) else { return nil }
    let command = text[pipe..<line.upperBound].split { $0 <= 0x20 || "|\"'`".utf8.contains($0) }
    let words = command.map { String(decoding: $0, as: UTF8.self) }
    guard words.contains(where: Self.readers.contains) || words.starts(with: ["sudo", "-S"]) else {
      return nil
    }
    // `echo -n "VALUE"`, `printf '%s' "VALUE"`: the last word.
    guard let word = text[line.lowerBound..<pipe].split(whereSeparator: { $0 <= 0x20 }).last else {
      return nil
    }
    var value = word.indices
    while let first = value.first, "\"'".utf8.contains(text[first]) { value = value.dropFirst() }
    while let last = value.last, "\"'".utf8.contains(text[last]) { value = value.dropLast() }
    // `bob:VALUE | chpasswd`.
    if let colon = text[value].firstIndex(of: UInt8(ascii: ":")) {
      value = colon + 1..<value.upperBound
    }
    return password(value, in: text)
  }

  private static let readers: Set<String> = [
    "--password-stdin", "--with-token", "--token-stdin", "--stdin", "--passphrase-fd", "chpasswd",
    "--secret-stdin", "--api-key-stdin", "passwd",
  ]
}
