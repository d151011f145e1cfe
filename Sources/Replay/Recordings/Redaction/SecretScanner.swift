// What is secret in a text without a structure of its own: a token of a known shape, a value after a name
// that means a secret, a password in a URL, a private key. One walk over the bytes asks each rule at each
// border of a word whether its kind of secret begins there. The walk is linear: what a rule reads ahead
// is bounded, or remembered. The filler of redaction is not a secret to the rules, so redacting twice
// changes nothing.

/// A secret in a text.
struct SecretPlace: Hashable {
  var range: Range<Int>
  /// What it is, in words.
  var kind: String
  /// Whether it is written as a number, and must remain one.
  var isNumber = false
  /// Whether its own characters show that it is a secret, without a name.
  var isToken = false
}

/// Reads texts for secrets.
struct SecretScanner {
  /// The meanings of names seen so far, so that a name in a thousand events is evaluated once.
  private var meanings: [NamePlace: [[UInt8]: NameMeaning?]] = [:]
  /// The end of the unquoted value that was read last; names inside it have the same end.
  private var valueEnd = 0
  /// The first comma at or behind the place from which one was last looked for, and that place.
  private var comma = (from: 0, at: 0)
  private let starts = tokenStarts

  /// The secrets in `text`, in rising order of their starts; they may overlap.
  mutating func places(in text: [UInt8]) -> [SecretPlace] {
    var places: [SecretPlace] = []
    var nameEnd = 0
    var index = 0
    valueEnd = 0
    comma = (0, 0)
    while index < text.count {
      let byte = text[index]
      if byte == UInt8(ascii: ":"), let secret = userInformation(in: text, at: index) {
        places.append(secret)
        index = secret.range.upperBound
        continue
      }
      if byte == UInt8(ascii: "-"), let block = privateKey(in: text, at: index) {
        places += block.places
        index = block.end
        continue
      }
      if index + 1 < text.count, starts[Int(byte) << 8 | Int(text[index + 1])],
        let token = token(in: text, at: index)
      {
        places.append(token)
        index = token.range.upperBound
        continue
      }
      if index >= nameEnd, byte >= 0x80 || isNameByte(byte) {
        nameEnd = index + 1
        while nameEnd < text.count, isWordByte(in: text, at: nameEnd) { nameEnd += 1 }
        places += secrets(in: text, behind: index..<nameEnd)
      }
      index += 1
    }
    // The cells of a table are found with its head.
    return places.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  /// Whether a name continues; a full-width colon ends one.
  private func isWordByte(in text: [UInt8], at index: Int) -> Bool {
    isNameByte(text[index])
      || text[index] >= 0x80 && !(text[index] == 0xEF && holds(text, wideColon, at: index))
  }

  /// The secrets that the word `name` announces.
  private mutating func secrets(in text: [UInt8], behind name: Range<Int>) -> [SecretPlace] {
    if let credential = credential(in: text, behind: name) { return [credential] }
    if let path = secretPath(in: text, behind: name) { return [path] }
    if let password = optionPassword(in: text, behind: name)
      ?? commandPassword(in: text, behind: name) ?? callPassword(in: text, behind: name)
      ?? pipedPassword(in: text, behind: name) ?? passwordFileEntry(in: text, behind: name)
    {
      return [password]
    }
    let placed = column(in: text, under: name) + insertedValues(in: text, behind: name)
    if !placed.isEmpty { return placed }
    if let token = dottedToken(in: text, at: name) { return [token] }
    guard name.count <= 64, let gap = NameGap(in: text, behind: name) else { return [] }
    if gap.quote == nil, gap.separator == .colon, NameBesides.isMarker(text[name]),
      let place = namedAbove(in: text, gap)
    {
      return [place]
    }
    if gap.quote != nil, NameBesides.isMarker(text[name]), let place = namedBesides(in: text, gap) {
      return [place]
    }
    let before = name.lowerBound > 0 ? text[name.lowerBound - 1] : 0x20
    let isParameter = gap.separator == .equals && !gap.hasBlank && "?&#".utf8.contains(before)
    guard let meaning = knownMeaning(of: text[name], isParameter ? .parameter : .member) else {
      return []
    }
    return values(in: text, meaning, gap, isParameter: isParameter)
  }

  mutating func knownMeaning(of name: ArraySlice<UInt8>, _ place: NamePlace) -> NameMeaning? {
    let key = Array(name)
    if let known = meanings[place]?[key] { return known }
    let meaning = meaning(ofName: key, place)
    if meanings[place, default: [:]].count < 4_096 { meanings[place]?[key] = .some(meaning) }
    return meaning
  }

  /// The values after a name and its separator.
  private mutating func values(
    in text: [UInt8], _ meaning: NameMeaning, _ gap: NameGap, isParameter: Bool
  ) -> [SecretPlace] {
    if gap.opensList {
      return quotedList(in: text, at: gap.end).filter {
        SecretValue(text[$0]).isSecret(meaning, isParameter: false)
      }.map { SecretPlace(range: $0, kind: meaning.kind) }
    }
    if let quote = gap.quote {
      let value = quotedValue(in: text, at: gap.end, quote)
      guard let value else { return [] }
      let isSure = ![.comma, .verb].contains(gap.separator) || SecretValue(text[value]).isRandom
      guard isSure, SecretValue(text[value]).isSecret(meaning, isParameter: isParameter) else {
        return []
      }
      return [SecretPlace(range: value, kind: meaning.kind)]
    }
    guard gap.separator != .comma else { return [] }
    return plainValue(in: text, meaning, gap, isParameter: isParameter)
  }

  /// The unquoted value after a name.
  private mutating func plainValue(
    in text: [UInt8], _ meaning: NameMeaning, _ gap: NameGap, isParameter: Bool
  ) -> [SecretPlace] {
    // A name inside the value of another has only the first of its members.
    let isInside = gap.end < valueEnd
    if !isInside { valueEnd = endOfPlainValue(in: text, from: gap.end) }
    var value = gap.end..<max(valueEnd, gap.end)
    if isParameter || isInside { value = value.lowerBound..<firstComma(in: text, value) }
    while let last = value.last, ".:!?,".utf8.contains(text[last]) {
      value = value.lowerBound..<last
    }
    guard !value.isEmpty else { return [] }
    if gap.separator == .verb, !SecretValue(text[value]).isRandom { return [] }
    // `os.environ["KEY"]`, `compute(…)`: code.
    if value.upperBound < text.count, "([{".utf8.contains(text[value.upperBound]) { return [] }
    let bytes = text[value]
    if gap.separator == .tag, !holds(text, Array("</".utf8), at: value.upperBound) { return [] }
    // After a link in a text anything may follow, so a short word is not a secret.
    if isParameter, bytes.count < 8, !bytes.contains(where: isDigit) { return [] }
    if bytes.allSatisfy(isDigit) {
      guard meaning != .perhaps || isParameter, bytes.count >= 6, !isFilled(bytes) else {
        return []
      }
      return [SecretPlace(range: value, kind: meaning.kind, isNumber: true)]
    }
    // `Authorization: ApiKey abc…`: a scheme, then the value.
    if bytes.count <= 16, bytes.allSatisfy(isLetter), value.upperBound < text.count,
      text[value.upperBound] == 0x20
    {
      let start = value.upperBound + 1
      let next = start..<endOfPlainValue(in: text, from: start)
      if meaning == .secret, SecretValue(text[next]).isRandom, !isFilled(text[next]) {
        return [SecretPlace(range: next, kind: meaning.kind)]
      }
    }
    let pieces = isParameter || isInside ? [value] : members(of: value, in: text)
    return pieces.filter {
      !isFilled(text[$0]) && SecretValue(text[$0]).isSecret(meaning, isParameter: isParameter)
    }.map { SecretPlace(range: $0, kind: meaning.kind) }
  }

  /// Where the first comma in a range stands, or the range ends. It is remembered, because the values of
  /// nested names end together.
  private mutating func firstComma(in text: [UInt8], _ range: Range<Int>) -> Int {
    if !(comma.from..<comma.at ~= range.lowerBound) {
      let place = text[range].firstIndex(of: UInt8(ascii: ","))
      comma = (range.lowerBound, place ?? range.upperBound)
    }
    return min(comma.at, range.upperBound)
  }

  /// The members of a value like `a,b,c`.
  private func members(of value: Range<Int>, in text: [UInt8]) -> [Range<Int>] {
    text[value].split(separator: UInt8(ascii: ",")).map(\.indices)
  }
}
