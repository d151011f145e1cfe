// The steps of one redaction: first values by their names, then what is learnt from all parts of a
// session, then every place in fields, target and bodies where one of these occurs.

internal import Foundation
internal import MockQwen
internal import Wire

/// One session's redaction.
struct RedactionWork {
  /// One part of a session, and the texts in it.
  struct Part {
    var bytes: [UInt8]
    var texts: BodyTexts
    /// What was found in each text.
    var found: [[SecretPlace]] = []

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      texts = BodyTexts(bytes)
    }
  }

  /// A secret: the places of its pieces.
  fileprivate struct Secret {
    var kind: String
    var pieces: [(range: Range<Int>, isNumber: Bool)]
  }

  let takesIDs: Bool
  let regexes: [Regex<AnyRegexOutput>]
  var findings: [Redactor.Finding] = []
  private var scanner = SecretScanner()
  /// Values that are secret wherever they occur.
  private var values: Set<[UInt8]> = []
  private var known = KnownSecrets([])

  init(takesIDs: Bool, regexes: [Regex<AnyRegexOutput>]) {
    self.takesIDs = takesIDs
    self.regexes = regexes
  }

  /// Remembers a value to search for everywhere, unless it could be an ordinary word.
  mutating func remember(_ value: some Collection<UInt8>, isID: Bool = false) {
    let bytes = Array(value)
    if isID, bytes.count < 8 || !bytes.contains(where: isDigit) { return }
    if SecretValue(bytes[...]).isSpreadable { values.insert(bytes) }
  }

  func counts(_ kind: String) -> Bool { takesIDs || kind != NameMeaning.id.kind }

  /// Finds the secrets in one part, and remembers them for the others.
  mutating func learn(from part: inout Part) {
    for text in part.texts.texts {
      let bytes = text.text
      let places = scanner.places(in: bytes).filter { counts($0.kind) }
      for place in places {
        if place.isToken {
          values.insert(Array(bytes[place.range]))
        } else {
          remember(bytes[place.range], isID: place.kind == NameMeaning.id.kind)
        }
      }
      part.found.append(places)
    }
    for (secret, pieces) in part.texts.named where counts(secret.kind) && pieces.count == 1 {
      remember(part.bytes[pieces[0].range], isID: secret.kind == NameMeaning.id.kind)
    }
  }

  /// Ends the learning.
  mutating func sortKnown() { known = KnownSecrets(values) }

  /// Removes everything that was found or is known from a part.
  mutating func take(_ part: inout Part, where place: (Int) -> Redactor.Finding.Part) {
    var secrets = part.texts.named.filter { counts($0.secret.kind) }.map {
      let isNumber = $0.secret.isNumber
      return Secret(
        kind: $0.secret.kind, pieces: $0.pieces.map { ($0.range, $0.isNumber || isNumber) })
    }
    for (text, places) in zip(part.texts.texts, part.found) {
      let bytes = text.text
      var all = places
      all += known.places(in: bytes).map { SecretPlace(range: $0, kind: "a known secret") }
      all += encoded(in: bytes, apartFrom: places)
      all += matches(in: bytes).map { SecretPlace(range: $0, kind: "a match of --redact") }
      secrets += all.map { secret in
        let isNumber = secret.isNumber || bytes[secret.range].allSatisfy(isDigit)
        return Secret(
          kind: secret.kind,
          pieces: text.places(of: secret.range).map { ($0.range, $0.isNumber || isNumber) })
      }
    }
    secrets += part.texts.strings.compactMap { known.beginning(atEndOf: $0, in: part.bytes) }.map {
      Secret(kind: "the beginning of a known secret", pieces: [($0, false)])
    }
    for secret in secrets.sorted(by: { $0.start < $1.start }) {
      let open = secret.pieces.filter { !isFilled(part.bytes[$0.range]) }
      guard let first = open.first else { continue }
      findings.append(Redactor.Finding(part: place(first.range.lowerBound), kind: secret.kind))
      for piece in open { fill(&part.bytes, piece.range, isNumber: piece.isNumber) }
    }
  }

  /// Overwrites a secret with the filler. Line ends and the names of the fields after them stay: they
  /// belong to the stream.
  private func fill(_ bytes: inout [UInt8], _ range: Range<Int>, isNumber: Bool) {
    // A number must stay one.
    let filler = isNumber ? numberFiller : redactionFiller
    var index = range.lowerBound
    while index < range.upperBound {
      if bytes[index] == 0x0A || bytes[index] == 0x0D {
        index += 1
        for name in ["data: ", "data:"] where holds(bytes, Array(name.utf8), at: index) {
          index += name.utf8.count
          break
        }
      } else {
        bytes[index] = filler
        index += 1
      }
    }
  }

  /// Secrets in base64 (RFC 4648): known ones wherever they begin in it, and those by name and shape.
  private mutating func encoded(
    in text: [UInt8], apartFrom found: [SecretPlace]
  ) -> [SecretPlace] {
    var places: [SecretPlace] = []
    var next = 0
    for run in base64Runs(in: text) {
      while next < found.count, found[next].range.upperBound <= run.lowerBound { next += 1 }
      if next < found.count, found[next].range.overlaps(run) { continue }
      for offset in 0..<4 where run.count > offset {
        guard let bytes = decodedBase64(text[run.dropFirst(offset)]) else { continue }
        var inside = known.places(in: bytes).map { (range: $0, kind: "a known secret in base64") }
        if offset == 0, run.count >= 24, bytes.allSatisfy({ 0x09...0x7E ~= $0 }) {
          inside += scanner.places(in: bytes).filter { $0.kind != NameMeaning.id.kind }.map {
            (range: $0.range, kind: "\($0.kind) in base64")
          }
        }
        let start = run.lowerBound + offset
        places += inside.map { range, kind in
          let end = min(start + (range.upperBound * 4 + 2) / 3, run.upperBound)
          return SecretPlace(range: start + range.lowerBound * 4 / 3..<end, kind: kind)
        }
      }
    }
    return places
  }

  /// The matches of the user's patterns.
  private func matches(in bytes: [UInt8]) -> [Range<Int>] {
    guard !regexes.isEmpty else { return [] }
    var text = String(decoding: bytes, as: UTF8.self)
    // A repaired text has other lengths, unless it is ASCII.
    if !text.utf8.elementsEqual(bytes) {
      text = String(decoding: bytes.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
    return regexes.flatMap { regex in
      text.matches(of: regex).map { match in
        text.utf8.distance(
          from: text.startIndex, to: match.range.lowerBound)..<text.utf8.distance(
            from: text.startIndex, to: match.range.upperBound)
      }
    }.filter { !$0.isEmpty }
  }
}

extension RedactionWork.Secret {
  fileprivate var start: Int { pieces.first?.range.lowerBound ?? 0 }
}
