// Secrets by the names of header fields, of parameters of a query and of a form. There a value has no
// other parts, so the whole of it is removed.

internal import Foundation
internal import Wire

extension RedactionWork {
  /// Removes the values of fields whose names mean a secret; the scheme of an authorization stays.
  mutating func takeNamed(_ fields: inout Fields, _ part: Redactor.Finding.Part) {
    for (index, field) in fields.list.enumerated() {
      let named = meaning(ofName: field.name.utf8, .parameter)
      guard let meaning = named ?? (part == .requestField ? unnamedMeaning(field) : nil),
        counts(meaning.kind), !field.value.isEmpty
      else { continue }
      let words = field.value.split(separator: " ", maxSplits: 1)
      let hasScheme = words.count == 2 && Self.schemes.contains(words[0].lowercased())
      let value = hasScheme ? String(words[1]) : field.value
      let bytes = Array(value.utf8)
      guard !isFilled(bytes[...]), !Self.isState(value) else { continue }
      findings.append(Redactor.Finding(part: part, kind: "\(meaning.kind) in \(field.name)"))
      remember(parts: value, of: field.name, isID: meaning == .id)
      fields.list[index].value = hasScheme ? "\(words[0]) [redacted]" : "[redacted]"
    }
  }

  /// What a request's field is whose name tells nothing: a secret when nobody knows the name and the value is
  /// one random word.
  private func unnamedMeaning(_ field: Field) -> NameMeaning? {
    let name = field.name.lowercased()
    let isKnown =
      Self.knownFields.contains(name) || Self.knownStarts.contains(where: name.hasPrefix)
    let value = Array(field.value.utf8)
    guard !isKnown, value.count >= 16,
      value.allSatisfy({ isNameByte($0) || "+/=.~".utf8.contains($0) }),
      SecretValue(value[...]).isRandom
    else { return nil }
    return .secret
  }

  /// Fields of requests with values of a known kind (RFC 9110, and what clients of models send).
  private static let knownFields: Set<String> = [
    "host", "connection", "user-agent", "traceparent", "tracestate", "baggage", "forwarded", "via",
    "referer", "origin", "range", "date", "dnt", "te", "trailer", "transfer-encoding", "upgrade",
    "priority", "pragma", "cache-control", "expect", "from", "idempotency-key", "digest", "etag",
  ]
  private static let knownStarts = [
    "accept", "content-", "if-", "sec-", "x-stainless-", "x-b3-", "x-dashscope-", "openai-",
    "anthropic-", "x-replay-",
  ]

  /// The schemes of RFC 9110 section 11 that are in use.
  private static let schemes: Set<String> = [
    "bearer", "basic", "token", "digest", "apikey", "negotiate", "aws4-hmac-sha256",
    "acs3-hmac-sha256",
    "key", "hmac", "oauth", "oss", "oss4-hmac-sha256", "tc3-hmac-sha256", "sso-key", "bot",
    "privatetoken",
  ]

  /// Whether a field with a secret's name only holds a state: `true`, `none`, `0`.
  private static func isState(_ value: String) -> Bool {
    ["true", "false", "none", "null", "required", "optional", "0", "1"].contains(value.lowercased())
  }

  /// Remembers a field's value and the values in it. The attributes of a cookie (RFC 6265 section
  /// 4.1.1) are ordinary words.
  private mutating func remember(parts value: String, of name: String, isID: Bool) {
    remember(value.utf8, isID: isID)
    if isID { return }
    let isSetCookie = name.equalsIgnoringASCIICase("Set-Cookie")
    let pairs = value.split { $0 == ";" || $0 == "," }.prefix(isSetCookie ? 1 : 64)
    for pair in pairs {
      let value = pair.split(separator: "=", maxSplits: 1).last ?? ""
      remember(value.drop { $0 == " " || $0 == "\"" }.prefix { $0 != "\"" }.utf8)
    }
    guard let text = decodedBase64(Array(value.utf8)[...]), text.allSatisfy({ 0x20...0x7E ~= $0 })
    else { return }
    // User and password (RFC 7617 section 2).
    if let colon = text.firstIndex(of: UInt8(ascii: ":")) { remember(text[(colon + 1)...]) }
  }

  /// Removes the values of query parameters whose names mean a secret.
  mutating func takeQuery(_ target: inout [UInt8], _ part: Redactor.Finding.Part) {
    guard let mark = target.firstIndex(of: UInt8(ascii: "?")) else { return }
    takePairs(mark + 1..<target.count, of: &target, part, "query")
  }

  /// Removes the values of such names in a body of `application/x-www-form-urlencoded`.
  mutating func takeForm(_ body: inout [UInt8], _ part: Redactor.Finding.Part) {
    guard body.count <= 1 << 20, body.contains(UInt8(ascii: "=")),
      body.allSatisfy({ 0x21...0x7E ~= $0 && !"{}<>\"".utf8.contains($0) })
    else { return }
    takePairs(body.indices, of: &body, part, "form")
  }

  private mutating func takePairs(
    _ range: Range<Int>, of bytes: inout [UInt8], _ part: Redactor.Finding.Part, _ place: String
  ) {
    for pair in bytes[range].split(whereSeparator: { "&;".utf8.contains($0) }) {
      guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = String(decoding: pair[..<equals], as: UTF8.self).removingPercentEncoding ?? ""
      let value = pair[(equals + 1)...]
      guard let meaning = meaning(ofName: name.utf8, .parameter), counts(meaning.kind),
        !value.isEmpty, !isFilled(value)
      else { continue }
      let text = (String(decoding: value, as: UTF8.self).removingPercentEncoding ?? "")
        .replacingOccurrences(of: "+", with: " ")
      guard SecretValue(Array(text.utf8)[...]).isSecret(meaning, isParameter: true) else {
        continue
      }
      findings.append(Redactor.Finding(part: part, kind: "\(meaning.kind) in the \(place)"))
      remember(value, isID: meaning == .id)
      remember(text.utf8, isID: meaning == .id)
      for index in value.indices { bytes[index] = redactionFiller }
    }
  }
}
