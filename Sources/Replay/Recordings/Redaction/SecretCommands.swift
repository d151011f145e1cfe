// Passwords that stand where a command, a call or a list expects one, without a name of their own:
// `mysql -pVALUE`, `auth=("bob", "VALUE")`, and `value:` below `name: API_KEY`. Values that stand so may be
// anything, so they count only if they look random.

extension SecretScanner {
  /// The password of `docker login -p VALUE` and options like it.
  func commandPassword(in text: [UInt8], behind name: Range<Int>) -> SecretPlace? {
    guard text[name.lowerBound] == UInt8(ascii: "-"), name.count >= 2,
      Self.letters.contains(text[name.lowerBound + 1]),
      name.lowerBound == 0 || text[name.lowerBound - 1] == 0x20
    else { return nil }
    let line = text[..<name.lowerBound].suffix(160)
    let command = line[
      ((line.lastIndex { $0 == 0x0A || $0 == UInt8(ascii: "|") } ?? line.startIndex - 1) + 1)...]
    let words = command.split { $0 <= 0x20 || "`'\"/\\".utf8.contains($0) }
    guard words.contains(where: { word in Self.commands.contains { word.elementsEqual($0.utf8) } })
    else { return nil }
    var start = name.lowerBound + 2
    if start == name.upperBound, start < text.count, text[start] == 0x20 { start += 1 }
    if start < text.count, "\"'".utf8.contains(text[start]) { start += 1 }
    let value = start..<endOfPlainValue(in: text, from: start)
    guard SecretValue(text[value]).isRandom, !SecretValue(text[value]).isPlaceholder else {
      return nil
    }
    return SecretPlace(range: value, kind: NameMeaning.password.kind)
  }

  private static let letters = Array("pPaw".utf8)
  private static let commands = [
    "mysql", "mysqldump", "mysqladmin", "mariadb", "sshpass", "login", "redis-cli", "zip", "unzip",
    "7z", "mongo", "mongosh", "mongodump", "ldapsearch", "ldapadd", "sqlcmd", "cypher-shell",
  ]

  /// The second text of `auth=("bob", "VALUE")` and `HTTPBasicAuth("bob", "VALUE")`, and the one of
  /// `IDENTIFIED BY 'VALUE'`.
  func callPassword(in text: [UInt8], behind name: Range<Int>) -> SecretPlace? {
    guard let first = text[name].last, first == UInt8(ascii: "h") || first == UInt8(ascii: "Y")
    else {
      return nil
    }
    if text[name].elementsEqual("BY".utf8) {
      guard text[..<name.lowerBound].suffix(11).elementsEqual("IDENTIFIED ".utf8),
        holds(text, [0x20, 0x27], at: name.upperBound)
      else { return nil }
      return password(quotedValue(in: text, at: name.upperBound + 2, 0x27), in: text)
    }
    let isAuth = text[name].elementsEqual("auth".utf8)
    let opening = isAuth ? ["=(", " = ("] : ["("]
    guard isAuth || text[name].suffix(9).elementsEqual("BasicAuth".utf8),
      let mark = opening.first(where: { holds(text, Array($0.utf8), at: name.upperBound) })
    else { return nil }
    var index = name.upperBound + mark.utf8.count
    for _ in 0..<2 {
      while index < text.count, " \\".utf8.contains(text[index]) { index += 1 }
      guard index < text.count, "\"'".utf8.contains(text[index]) else { return nil }
      let quote = text[index]
      guard let value = quotedValue(in: text, at: index + 1, quote) else { return nil }
      index = value.upperBound
      while index < text.count, "\\\"'".utf8.contains(text[index]) { index += 1 }
      guard index < text.count, text[index] == UInt8(ascii: ",") else {
        return password(value, in: text)
      }
      index += 1
    }
    return nil
  }

  /// The place of a password that a command or a call takes; nil when the value is none.
  func password(_ value: Range<Int>?, in text: [UInt8]) -> SecretPlace? {
    guard let value, SecretValue(text[value]).isSecret(.password, isParameter: false) else {
      return nil
    }
    return SecretPlace(range: value, kind: NameMeaning.password.kind)
  }

  /// The value below a name in a list of YAML: `- name: API_KEY`, then `value: …`.
  mutating func namedAbove(in text: [UInt8], _ gap: NameGap) -> SecretPlace? {
    var index = gap.end
    while index < text.count, index - gap.end <= 64, isNameByte(text[index]) { index += 1 }
    let name = gap.end..<index
    guard 3...64 ~= name.count, index < text.count, text[index] == 0x0A else { return nil }
    while index < text.count, text[index] <= 0x20, index - name.upperBound < 40 { index += 1 }
    let label = Array("value: ".utf8)
    guard holds(text, label, at: index),
      let meaning = knownMeaning(of: text[name], .member)
    else { return nil }
    index += label.count
    if index < text.count, "\"'".utf8.contains(text[index]) { index += 1 }
    let value = index..<endOfPlainValue(in: text, from: index)
    guard !isFilled(text[value]), SecretValue(text[value]).isSecret(meaning, isParameter: false)
    else { return nil }
    return SecretPlace(
      range: value, kind: meaning.kind, isNumber: text[value].allSatisfy(isDigit))
  }

  /// Tokens without a prefix, known by their parts: Discord's, Airtable's, Terraform's, Zhipu's and
  /// Mailchimp's. `word` is their first part.
  func dottedToken(in text: [UInt8], at word: Range<Int>) -> SecretPlace? {
    guard 14...40 ~= word.count, word.upperBound < text.count else {
      return word.count > 34 ? mailchimpKey(in: text, at: word) : nil
    }
    guard text[word.upperBound] == UInt8(ascii: ".") else {
      return mailchimpKey(in: text, at: word)
    }
    var end = word.upperBound
    let limit = min(text.count, end + 256)
    while end < limit, isNameByte(text[end]) || text[end] == UInt8(ascii: ".") { end += 1 }
    while end > word.upperBound, !isAlphanumeric(text[end - 1]) { end -= 1 }
    let parts = text[word.lowerBound..<end].split(separator: UInt8(ascii: "."))
    guard parts.count >= 2, !isFilled(parts[1]) else { return nil }
    let isDiscord =
      parts.count == 3 && 23...30 ~= word.count && parts[1].count == 6
      && parts[2].count >= 27 && "MNO".utf8.contains(text[word.lowerBound])
    let isAirtable =
      parts.count == 2 && word.count == 17 && parts[1].count == 64
      && text[word].starts(with: "pat".utf8)
    let isTerraform =
      parts.count == 3 && word.count == 14 && parts[2].count >= 60
      && parts[1].elementsEqual("atlasv1".utf8)
    let isZhipu =
      parts.count == 2 && word.count == 32 && parts[1].count == 16
      && text[word].allSatisfy(isHexadecimal) && isRandomSegment(text[word])
    guard isDiscord || isAirtable || isTerraform || isZhipu else { return nil }
    return SecretPlace(range: word.lowerBound..<end, kind: "a token", isToken: true)
  }

  private func mailchimpKey(in text: [UInt8], at word: Range<Int>) -> SecretPlace? {
    guard 36...37 ~= word.count, text[word].prefix(32).allSatisfy(isHexadecimal),
      text[word].dropFirst(32).starts(with: "-us".utf8),
      text[word].dropFirst(35).allSatisfy(isDigit), isRandomSegment(text[word].prefix(32))
    else { return nil }
    return SecretPlace(range: word, kind: "a key", isToken: true)
  }
}

private func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || 0x61...0x66 ~= byte }
