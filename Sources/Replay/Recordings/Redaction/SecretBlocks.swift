// Secrets that are recognized by their surroundings: the password of a URL, the words after `Bearer` and
// `Basic`, the addresses of webhooks, private keys, and values whose name is in a text of its own, as in
// forms and in pairs of name and value.

extension SecretScanner {
  /// The password in `scheme://user:password@host` (RFC 3986 section 3.2.1); `colon` is after the scheme.
  /// Without a colon, a user that looks random is a token.
  func userInformation(in text: [UInt8], at colon: Int) -> SecretPlace? {
    guard holds(text, Self.authorityStart, at: colon) else { return nil }
    let start = colon + 3
    var at: Int?
    var end = start
    // The last @ before the host ends: a password may hold one.
    while end < text.count, end - start < 1_024, text[end] > 0x20,
      !"/?#\"'<>\\,`".utf8.contains(text[end])
    {
      if text[end] == UInt8(ascii: "@") { at = end }
      end += 1
    }
    guard let at else { return nil }
    guard let mark = text[start..<at].firstIndex(of: UInt8(ascii: ":")) else {
      let user = start..<at
      guard SecretValue(text[user]).isRandom else { return nil }
      return SecretPlace(range: user, kind: "a token in a URL")
    }
    let password = mark + 1..<at
    let value = SecretValue(text[password])
    guard !value.isPlaceholder, !value.isOrdinaryWord,
      !["pass", "pw"].contains(String(decoding: text[password], as: UTF8.self).lowercased())
    else { return nil }
    return SecretPlace(range: password, kind: "a password in a URL")
  }

  private static let authorityStart = Array("://".utf8)
  private static let keyBorder = Array("----".utf8)

  /// The text after `Bearer` (RFC 6750 section 2.1), `Basic` (RFC 7617) and `Token`.
  func credential(in text: [UInt8], behind name: Range<Int>) -> SecretPlace? {
    guard 5...6 ~= name.count, name.upperBound < text.count, text[name.upperBound] == 0x20 else {
      return nil
    }
    let scheme = String(decoding: text[name], as: UTF8.self).lowercased()
    guard ["bearer", "basic", "token"].contains(scheme) else { return nil }
    let from = name.upperBound + 1
    var end = from
    while end < text.count, isNameByte(text[end]) || "./+~=:".utf8.contains(text[end]) { end += 1 }
    while end > from, ".:".utf8.contains(text[end - 1]) { end -= 1 }
    let bytes = text[from..<end]
    let value = SecretValue(bytes)
    guard !isFilled(bytes), !value.isPlaceholder else { return nil }
    let isMixed = bytes.contains(where: isDigit) && bytes.contains(where: isLetter)
    let isSecret =
      switch scheme {
      case "bearer": value.isRandom || isMixed && bytes.count >= 8 && !value.isCode
      case "basic": decodedBase64(bytes)?.contains(UInt8(ascii: ":")) ?? false
      default: value.isRandom
      }
    guard isSecret else { return nil }
    return SecretPlace(
      range: from..<end, kind: "a \(scheme == "basic" ? "basic credential" : "bearer token")")
  }

  /// The password of `curl -u USER:PASSWORD`, or of an option like it.
  func optionPassword(in text: [UInt8], behind name: Range<Int>) -> SecretPlace? {
    guard text[name.lowerBound] == UInt8(ascii: "-"), name.count <= Self.userOptionBytesMax,
      Self.userOptions.contains(where: { text[name].elementsEqual($0) })
    else { return nil }
    var index = name.upperBound
    let limit = min(text.count, index + 8)
    while index < limit, " \t=\\\"'".utf8.contains(text[index]) { index += 1 }
    guard index > name.upperBound else { return nil }
    let end = text[index...].prefix(1_024).firstIndex { $0 <= 0x20 || "\"'\\`".utf8.contains($0) }
    let value = index..<(end ?? min(text.count, index + 1_024))
    guard let colon = text[value].firstIndex(of: UInt8(ascii: ":")), colon > value.lowerBound,
      // `docker run -u 1000:1000` names a group.
      !text[value.lowerBound..<colon].allSatisfy(isDigit)
    else { return nil }
    let password = colon + 1..<value.upperBound
    guard SecretValue(text[password]).isSecret(.password, isParameter: false) else { return nil }
    return SecretPlace(range: password, kind: NameMeaning.password.kind)
  }

  private static let userOptions = ["-u", "-U", "--user", "--proxy-user"].map { Array($0.utf8) }
  private static let userOptionBytesMax = 12

  /// The address of a webhook of Slack or Discord, or of a bot of Telegram: whoever knows it can send.
  func secretPath(in text: [UInt8], behind name: Range<Int>) -> SecretPlace? {
    let next = name.upperBound
    guard next + 1 < text.count, text[next] == UInt8(ascii: "/") || text[next] == UInt8(ascii: ":")
    else { return nil }
    let isHook = ["services", "workflows", "webhooks", "IncomingWebhook"].contains {
      text[name].elementsEqual($0.utf8)
    }
    if isHook, text[next] == UInt8(ascii: "/") {
      var end = next + 1
      while end < text.count, isNameByte(text[end]) || text[end] == UInt8(ascii: "/") { end += 1 }
      let path = next + 1..<end
      guard text[path].contains(UInt8(ascii: "/")), SecretValue(text[path]).isRandom else {
        return nil
      }
      return SecretPlace(range: path, kind: "the address of a webhook")
    }
    guard text[next] == UInt8(ascii: ":"),
      text[name].starts(with: "bot".utf8) || isDigit(text[name.lowerBound]),
      text[name].count(where: isDigit) >= 8, text[name].drop(while: isLetter).allSatisfy(isDigit)
    else { return nil }
    var end = next + 1
    while end < text.count, isNameByte(text[end]) { end += 1 }
    guard end - next > 30, SecretValue(text[next + 1..<end]).isRandom else { return nil }
    return SecretPlace(range: next + 1..<end, kind: "a token of a bot")
  }

  /// The value that belongs to a name in a text of its own: `name="api_key"` of a form (RFC 7578 section
  /// 4.2) or a page, `{"name": "X-Api-Key", "value": "…"}` in any notation.
  mutating func namedBesides(in text: [UInt8], _ gap: NameGap) -> SecretPlace? {
    guard let quote = gap.quote,
      let name = quotedValue(in: text, at: gap.end, quote), name.count <= 64,
      let (value, isForm) = NameBesides.value(in: text, behind: name.upperBound),
      let meaning = knownMeaning(of: text[name], isForm ? .parameter : .member),
      SecretValue(text[value]).isSecret(meaning, isParameter: true)
    else { return nil }
    let isNumber = text[value].allSatisfy(isDigit)
    return SecretPlace(range: value, kind: meaning.kind, isNumber: isNumber)
  }

  /// The text of a private key (RFC 7468) that begins at `start`: its lines, and where it ends. A
  /// certificate and a public key are not secrets.
  func privateKey(in text: [UInt8], at start: Int) -> (places: [SecretPlace], end: Int)? {
    if text[start...].prefix(8).elementsEqual("-Lines: ".utf8) {
      return puttyKey(in: text, at: start)
    }
    guard holds(text, Self.keyBorder, at: start), start == 0 || text[start - 1] != text[start]
    else {
      return nil
    }
    var index = start
    while index < text.count, "- ".utf8.contains(text[index]) { index += 1 }
    guard holds(text, Array("BEGIN ".utf8), at: index) else { return nil }
    let label = text[index..<min(index + 64, text.count)]
    guard let close = label.firstIndex(of: UInt8(ascii: "-")),
      label[..<close].split(separator: 0x20).contains(where: { $0.elementsEqual("PRIVATE".utf8) })
    else { return nil }
    index = close
    while index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
    var places: [SecretPlace] = []
    var headWords = 0
    while let word = keyWord(in: text, at: &index) {
      let isKey = text[word].allSatisfy { isBase64($0) || $0 == UInt8(ascii: "=") }
      let isLast = index >= text.count || "-\"'`".utf8.contains(text[index])
      if isKey, word.count >= 16 || !places.isEmpty && isLast {
        if !isFilled(text[word]) { places.append(SecretPlace(range: word, kind: "a private key")) }
      } else if places.isEmpty, headWords < 12 {
        headWords += 1  // Proc-Type: 4,ENCRYPTED
      } else {
        break
      }
      if word.count >= 16 { headWords = 12 }
    }
    return places.isEmpty ? nil : (places, places[places.count - 1].range.upperBound)
  }

  /// The lines of a private key in PuTTY's format, behind `Private` at `start`.
  private func puttyKey(
    in text: [UInt8], at start: Int
  ) -> (places: [SecretPlace], end: Int)? {
    guard text[..<start].suffix(7).elementsEqual("Private".utf8) else { return nil }
    var index = start + 8
    while index < text.count, isDigit(text[index]) { index += 1 }
    var places: [SecretPlace] = []
    while let word = keyWord(in: text, at: &index),
      text[word].allSatisfy({ isBase64($0) || $0 == 0x3D })
    {
      guard word.count >= 16 || !places.isEmpty else { return nil }
      if !isFilled(text[word]) { places.append(SecretPlace(range: word, kind: "a private key")) }
    }
    return places.last.map { (places, $0.range.upperBound) }
  }

  /// The next word of a private key: the text between blanks and line ends, escaped or not. The key ends
  /// at hyphens and at a quotation mark.
  private func keyWord(in text: [UInt8], at index: inout Int) -> Range<Int>? {
    while index < text.count {
      if text[index] == UInt8(ascii: "\\"), index + 1 < text.count,
        "nr".utf8.contains(text[index + 1])
      {
        index += 2
      } else if text[index] <= 0x20 || isLineMark(text, index) {
        index += 1
      } else {
        break
      }
    }
    let start = index
    while index < text.count, text[index] > 0x20, !"\\\"'`".utf8.contains(text[index]),
      !holds(text, Self.keyBorder, at: index)
    {
      index += 1
    }
    return index > start ? start..<index : nil
  }
}

/// Whether a character before a line of a private key quotes it, or makes it a comment.
private func isLineMark(_ text: [UInt8], _ index: Int) -> Bool {
  index > 0 && text[index - 1] <= 0x20 && index + 1 < text.count && text[index + 1] <= 0x20
    && ">#*|".utf8.contains(text[index])
}

/// Names that are texts beside their values.
enum NameBesides {
  /// How far after its name a value may begin, in bytes.
  private static let gapMax = 256

  private static let markers = [
    "name", "key", "header", "field", "Name", "Key", "param", "variable",
  ].map {
    Array($0.utf8)
  }

  /// Whether a word announces that a name follows.
  static func isMarker(_ word: ArraySlice<UInt8>) -> Bool {
    3...8 ~= word.count && markers.contains { word.elementsEqual($0) }
  }

  /// The value after the name that ends at `start`, and whether it is in a part of a form.
  static func value(in text: [UInt8], behind start: Int) -> (range: Range<Int>, isForm: Bool)? {
    let window = start..<min(start + gapMax, text.count)
    // A form: the blank line that ends the part's head.
    for blank in ["\r\n\r\n", "\n\n"] {
      guard let head = firstPlace(of: blank, in: text, window),
        !text[start..<head.lowerBound].contains(0x7B)
      else { continue }
      let end = text[head.upperBound...].firstIndex { $0 == 0x0D || $0 == 0x0A } ?? text.count
      return head.upperBound < end ? (head.upperBound..<end, true) : nil
    }
    // `<meta name="csrf-token" content="…">`.
    guard let word = ["alue", "ontent"].compactMap({ firstPlace(of: $0, in: text, window) }).first,
      !text[start..<word.lowerBound].contains(where: { "}>\n".utf8.contains($0) }),
      let gap = NameGap(in: text, behind: word.upperBound..<word.upperBound), let quote = gap.quote
    else { return nil }
    return quotedValue(in: text, at: gap.end, quote).map { ($0, false) }
  }
}

/// Where the bytes of a short word first stand within a range of the text. The library's search takes
/// a hundred times as long for a range as short as these.
private func firstPlace(of word: String, in text: [UInt8], _ range: Range<Int>) -> Range<Int>? {
  let bytes = Array(word.utf8)
  guard range.count >= bytes.count else { return nil }
  for start in range.lowerBound...range.upperBound - bytes.count
  where text[start] == bytes[0] && holds(text, bytes, at: start) {
    return start..<start + bytes.count
  }
  return nil
}
