// What a secret looks like in a text: a token of a known shape, or a value behind a telling name. The
// scanners are plain loops over bytes, since a body may be long; each names its rule. What redaction
// leaves behind is no secret to them, so that redacting twice changes nothing.

internal import Judging
internal import MockQwen
internal import Wire

/// A secret in a text.
struct SecretPlace: Hashable {
  package var range: Range<Int>
  /// What it is, in words.
  package var kind: String
  /// Whether it stands as a number, which must stay one.
  var isNumber = false
}

/// The byte that stands for each byte of a secret.
let redactionFiller = UInt8(ascii: "x")
/// The byte that stands for each digit of a secret number; a JSON number must not begin with 0.
let numberFiller = UInt8(ascii: "1")

/// The secrets in `text`, in rising order of their starts; they may overlap.
func secretPlaces(in text: [UInt8]) -> [SecretPlace] {
  var places: [SecretPlace] = []
  var index = 0
  while index < text.count {
    let byte = text[index]
    if wordStarts[Int(byte)] {
      if let token = token(in: text, at: index) {
        places.append(token)
        index = token.range.upperBound
        continue
      }
      if index == 0 || !isNameByte(text[index - 1]), let value = namedValue(in: text, at: index) {
        places.append(value)
      }
    }
    index += 1
  }
  return places
}

/// The first bytes of all shapes and names, in both cases.
private let wordStarts: [Bool] = {
  var starts = [Bool](repeating: false, count: 256)
  for shape in tokenShapes {
    if let first = shape.bytes.first { starts[Int(first)] = true }
  }
  for name in secretNames.union(idNames) {
    if let first = name.utf8.first {
      starts[Int(first)] = true
      starts[Int(first & ~0x20)] = true
    }
  }
  for byte in "xXbB".utf8 { starts[Int(byte)] = true }
  return starts
}()

/// A token of a known shape.
private struct TokenShape {
  package var prefix: String
  /// The least number of bytes behind the prefix.
  package var least: Int
  package var kind: String
  package let bytes: [UInt8]

  init(prefix: String, least: Int, kind: String) {
    self.prefix = prefix
    self.least = least
    self.kind = kind
    bytes = Array(prefix.utf8)
  }
}

private let shapesByFirst: [[TokenShape]] = (0...255).map { byte in
  tokenShapes.filter { $0.bytes.first == UInt8(byte) }
}

private let tokenShapes = [
  TokenShape(prefix: "sk-", least: 8, kind: "a key (sk-…)"),
  TokenShape(prefix: "LTAI", least: 12, kind: "an access key (LTAI…)"),
  TokenShape(prefix: "AKIA", least: 16, kind: "an access key (AKIA…)"),
  TokenShape(prefix: "ghp_", least: 20, kind: "a token (ghp_…)"),
  TokenShape(prefix: "gho_", least: 20, kind: "a token (gho_…)"),
  TokenShape(prefix: "github_pat_", least: 20, kind: "a token (github_pat_…)"),
  TokenShape(prefix: "xoxb-", least: 16, kind: "a token (xoxb-…)"),
  TokenShape(prefix: "AIza", least: 30, kind: "a key (AIza…)"),
  TokenShape(prefix: "hf_", least: 20, kind: "a token (hf_…)"),
  TokenShape(prefix: "eyJ", least: 8, kind: "a JWT"),
]

/// The token that begins at `start`.
private func token(in text: [UInt8], at start: Int) -> SecretPlace? {
  for shape in shapesByFirst[Int(text[start])] where holds(text, shape.bytes, at: start) {
    let from = start + shape.bytes.count
    var end = from
    let isJWT = shape.prefix == "eyJ"
    while end < text.count, isTokenByte(text[end]) || isJWT && text[end] == UInt8(ascii: ".") {
      end += 1
    }
    while end > from, !isAlphanumeric(text[end - 1]) { end -= 1 }
    let count = end - from
    guard count >= shape.least, !isFilled(text[from..<end]) else { continue }
    // Inside a longer word, as in `task-…`, only what is clearly random is a token.
    let isInside = start > 0 && isAlphanumeric(text[start - 1])
    let hasDigit = text[from..<end].contains { 0x30...0x39 ~= $0 }
    guard !isInside || count >= 20 && hasDigit else { continue }
    guard !isJWT || text[from..<end].contains(UInt8(ascii: ".")) else { continue }
    return SecretPlace(range: start..<end, kind: shape.kind)
  }
  return bearer(in: text, at: start)
}

private func holds(_ text: [UInt8], _ bytes: [UInt8], at start: Int) -> Bool {
  guard start + bytes.count <= text.count else { return false }
  for index in bytes.indices where text[start + index] != bytes[index] { return false }
  return true
}

/// What follows the word `Bearer` (RFC 6750 section 2.1).
private func bearer(in text: [UInt8], at start: Int) -> SecretPlace? {
  let word = "bearer"
  let from = start + word.utf8.count
  guard from < text.count, text[from] == 0x20,
    zip(text[start..<from], word.utf8).allSatisfy({ $0 | 0x20 == $1 })
  else { return nil }
  var end = from + 1
  while end < text.count, isTokenByte(text[end]) || "./+~=".utf8.contains(text[end]) { end += 1 }
  let value = text[from + 1..<end]
  let hasDigit = value.contains { 0x30...0x39 ~= $0 }
  guard value.count >= (hasDigit ? 8 : 16), !isFilled(value) else { return nil }
  return SecretPlace(range: from + 1..<end, kind: "a bearer token")
}

/// The value behind the name at `start`: quoted, or right behind an equals sign, or a number.
private func namedValue(in text: [UInt8], at start: Int) -> SecretPlace? {
  var end = start
  while end < text.count, end - start <= 40, isNameByte(text[end]) { end += 1 }
  guard end - start <= 40, let kind = secretKind(ofName: text[start..<end]) else { return nil }
  let isQuote = { (byte: UInt8) in byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
  var index = end
  func skip(_ matches: (UInt8) -> Bool) -> Bool {
    let from = index
    while index < text.count, matches(text[index]) { index += 1 }
    return index > from
  }
  _ = skip { isQuote($0) || $0 == UInt8(ascii: "\\") }
  _ = skip { $0 == 0x20 }
  guard index < text.count, text[index] == UInt8(ascii: ":") || text[index] == UInt8(ascii: "=")
  else { return nil }
  let isEquals = text[index] == UInt8(ascii: "=")
  index += 1
  let hasBlank = skip { $0 == 0x20 }
  let isQuoted = skip { isQuote($0) || $0 == UInt8(ascii: "\\") }
  let from = index
  let isNumber = !isQuoted && (!isEquals || hasBlank)
  if isQuoted {
    _ = skip { !isQuote($0) && $0 != UInt8(ascii: "\\") && $0 != 0x0A }
  } else if !isNumber {
    _ = skip { $0 > 0x20 && !"&\"'\\;,<>(){}[]".utf8.contains($0) }
  } else {
    _ = skip { 0x30...0x39 ~= $0 }
    guard index - from >= 6 else { return nil }
  }
  guard index - from >= 3, !isFilled(text[from..<index]) else { return nil }
  return SecretPlace(range: from..<index, kind: kind, isNumber: isNumber)
}

/// What the value under a name is, in words; nil when the name tells nothing.
func secretKind(ofName name: some Sequence<UInt8>) -> String? {
  let plain = name.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }.map {
    0x41...0x5A ~= $0 ? $0 | 0x20 : $0
  }
  var word = String(decoding: plain, as: UTF8.self)
  if word.hasPrefix("x"), word.utf8.count > 5 { word.removeFirst() }
  if word.hasPrefix("dashscope") { word.removeFirst("dashscope".count) }
  if secretNames.contains(word) { return "the value of a secret" }
  return idNames.contains(word) ? "an id" : nil
}

private let secretNames: Set<String> = [
  "apikey", "authkey", "accesskey", "accesskeyid", "accesskeysecret", "secret", "secretkey",
  "clientsecret", "accesstoken", "refreshtoken", "idtoken", "sessiontoken", "authtoken",
  "securitytoken", "bearertoken", "apitoken", "password", "passwd", "passphrase", "authorization",
  "proxyauthorization", "cookie", "setcookie", "credential", "credentials", "privatekey",
  "subscriptionkey", "signature",
]

private let idNames: Set<String> = [
  "requestid", "accountid", "aliyunuid", "aliuid", "userid", "organizationid", "orgid",
  "organization", "tenantid", "workspaceid", "ownerid", "parentuid", "eagleeyetraceid", "traceid",
  "openaiorganization", "openaiproject", "acsrequestid", "amznrequestid", "correlationid",
]

/// Whether redaction has been here.
func isFilled(_ bytes: ArraySlice<UInt8>) -> Bool {
  bytes.allSatisfy { $0 == redactionFiller || $0 == numberFiller }
    || bytes.elementsEqual("[redacted]".utf8)
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
  0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte
}

private func isNameByte(_ byte: UInt8) -> Bool {
  isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
}

private func isTokenByte(_ byte: UInt8) -> Bool { isNameByte(byte) }
