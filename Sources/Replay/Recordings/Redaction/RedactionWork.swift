// The steps of one redaction: first what names tell, then what is learnt from both bodies, then every
// place in fields, query and bodies at which something of that stands.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Wire

/// One session's redaction.
struct RedactionWork {
  /// What a value must have at least to be looked for elsewhere, in bytes.
  static let knownMin = 8
  /// What the beginning of such a value must have at least, in bytes.
  static let beginningMin = 6

  package let takesIDs: Bool
  let regexes: [Regex<AnyRegexOutput>]
  package var findings: [Redactor.Finding] = []
  /// Values that are secret wherever they stand.
  package var known: Set<[UInt8]> = []

  mutating func remember(_ value: some Collection<UInt8>) {
    if value.count >= Self.knownMin, !isFilled(Array(value)[...]) { known.insert(Array(value)) }
  }

  package func counts(_ kind: String) -> Bool { takesIDs || kind != "an id" }
}

// Fields and the query.
extension RedactionWork {
  /// Takes the values of fields whose names tell; the scheme of an authorization stays.
  mutating func takeNamed(_ fields: inout Fields, _ part: Redactor.Finding.Part) {
    for (index, field) in fields.list.enumerated() {
      guard let kind = secretKind(ofName: field.name.utf8), counts(kind) else { continue }
      let words = field.value.split(separator: " ", maxSplits: 1)
      let isCredential = words.count == 2 && field.name.lowercased().hasSuffix("authorization")
      let value = isCredential ? String(words[1]) : field.value
      guard !isFilled(Array(value.utf8)[...]) else { continue }
      findings.append(Redactor.Finding(part: part, kind: "\(kind) in \(field.name)"))
      remember(value.utf8)
      for pair in value.split(separator: ";") {
        remember((pair.split(separator: "=", maxSplits: 1).last ?? "").utf8)
      }
      fields.list[index].value = isCredential ? "\(words[0]) [redacted]" : "[redacted]"
    }
  }

  /// Takes the values of query parameters whose names tell.
  mutating func takeQuery(_ target: inout [UInt8]) {
    guard let mark = target.firstIndex(of: UInt8(ascii: "?")) else { return }
    for pair in target[(mark + 1)...].split(separator: UInt8(ascii: "&")) {
      guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = String(decoding: pair[..<equals], as: UTF8.self).removingPercentEncoding ?? ""
      let value = pair[(equals + 1)...]
      let isSecret = ["key", "token", "sig", "auth", "code"].contains(name.lowercased())
      let kind = isSecret ? "the value of a secret" : secretKind(ofName: name.utf8)
      guard let kind, counts(kind), !isFilled(value) else { continue }
      findings.append(Redactor.Finding(part: .request, kind: "\(kind) in the query"))
      remember(value)
      remember((String(decoding: value, as: UTF8.self).removingPercentEncoding ?? "").utf8)
      for index in value.indices { target[index] = redactionFiller }
    }
  }

  /// Takes tokens, known values and matches of patterns out of all fields.
  mutating func takeValues(_ fields: inout Fields, _ part: Redactor.Finding.Part) {
    for (index, field) in fields.list.enumerated() {
      var value = Array(field.value.utf8)
      let views = BodyViews(texts: [TextView(value)], strings: [], named: [])
      take(&value, views) { _ in part }
      fields.list[index].value = String(decoding: value, as: UTF8.self)
    }
  }
}

// Bodies.
extension RedactionWork {
  /// Remembers the tokens of a body, so that they are found in the other one too.
  mutating func learn(from views: BodyViews) {
    for view in views.texts {
      for place in secretPlaces(in: view.text) where counts(place.kind) {
        remember(view.text[place.range])
      }
    }
    guard let body = views.texts.first?.text else { return }
    for place in views.named where counts(place.kind) { remember(body[place.range]) }
  }

  package mutating func take(
    _ body: inout [UInt8], _ views: BodyViews, part: (Int) -> Redactor.Finding.Part
  ) {
    var places = views.named.filter { counts($0.kind) }
    for view in views.texts {
      var found = secretPlaces(in: view.text).filter { counts($0.kind) }
      found += known.flatMap { value in
        occurrences(of: value, in: view.text).map { SecretPlace(range: $0, kind: "a known secret") }
      }
      found += matches(in: view.text).map { SecretPlace(range: $0, kind: "a match of --redact") }
      for secret in found {
        let isNumber = isDigits(view.text[secret.range])
        places += view.places(of: secret.range).map {
          SecretPlace(range: $0, kind: secret.kind, isNumber: isNumber)
        }
      }
    }
    places += beginnings(body, views.strings)
    for place in places.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
    where !isFilled(body[place.range]) {
      findings.append(
        Redactor.Finding(part: part(place.range.lowerBound), kind: place.kind))
      // A number must stay one.
      let filler = place.isNumber ? numberFiller : redactionFiller
      for index in place.range { body[index] = filler }
    }
  }

  /// Where a string ends in the beginning of a known value: frames that repeat the answer so far do.
  private func beginnings(_ body: [UInt8], _ strings: [Range<Int>]) -> [SecretPlace] {
    var places: [SecretPlace] = []
    for range in strings {
      let string = body[range]
      for value in known {
        let longest = min(value.count - 1, string.count)
        guard longest >= Self.beginningMin else { continue }
        for count in stride(from: longest, through: Self.beginningMin, by: -1)
        where string.suffix(count).elementsEqual(value[..<count]) {
          let from = range.upperBound - count
          places.append(
            SecretPlace(range: from..<range.upperBound, kind: "the beginning of a known secret"))
          break
        }
      }
    }
    return places
  }

  /// What the user's patterns match.
  private func matches(in bytes: [UInt8]) -> [Range<Int>] {
    guard !regexes.isEmpty else { return [] }
    var text = String(decoding: bytes, as: UTF8.self)
    // A repaired text has other lengths; one of ASCII has not.
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

private func isDigits(_ bytes: ArraySlice<UInt8>) -> Bool {
  bytes.allSatisfy { 0x30...0x39 ~= $0 }
}

/// Where `value` stands in `text`; places do not overlap.
private func occurrences(of value: [UInt8], in text: [UInt8]) -> [Range<Int>] {
  guard let first = value.first, text.count >= value.count else { return [] }
  var ranges: [Range<Int>] = []
  var index = 0
  while index <= text.count - value.count {
    if text[index] == first, text[index..<index + value.count].elementsEqual(value) {
      ranges.append(index..<index + value.count)
      index += value.count
    } else {
      index += 1
    }
  }
  return ranges
}
