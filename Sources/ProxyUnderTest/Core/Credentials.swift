// Which parts of a request are credentials. A client sends its key to this proxy in one of the many
// fields that libraries and gateways use for it, and the upstream gets the proxy's own key: no
// credential that a client meant for somebody else may reach it.

/// Whether a field of this name holds a credential: by the words of the name, separated by `-` or
/// `_`, in any case. `X-DashScope-AuthType`, which names a kind, holds none.
func isCredential(_ name: some StringProtocol) -> Bool {
  var word = Word()
  var last = Word()
  for byte in name.utf8 {
    if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") {
      if word.isCredential(after: last) { return true }
      last = word
      word = Word()
    } else {
      word.append(byte)
    }
  }
  return word.isCredential(after: last)
}

/// A query without the parameters that hold a key (RFC 6750 section 2.3 and the like); every other
/// byte stays.
func withoutCredentials(_ query: Substring) -> Substring {
  guard !query.isEmpty else { return query }
  let parameters = query.dropFirst().split(separator: "&", omittingEmptySubsequences: false)
  let kept = parameters.filter { parameter in
    let name = parameter.prefix { $0 != "=" }
    return !isCredential(name) && name != "key"
  }
  guard kept.count < parameters.count else { return query }
  return kept.isEmpty ? "" : "?" + kept.joined(separator: "&")
}

/// A word of a name in lower case, as a number: every field of every request is checked, so this is
/// fast.
private struct Word: Hashable {
  private var high: UInt64 = 0
  private var low: UInt64 = 0
  private var count = 0

  init() {}

  init(_ text: String) {
    for byte in text.utf8 { append(byte) }
  }

  mutating func append(_ byte: UInt8) {
    count += 1
    high = high << 8 | low >> 56
    low = low << 8 | UInt64((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
  }

  /// Whether the word, or the word before it with this one, stands for a credential.
  func isCredential(after last: Word) -> Bool {
    // The numbers hold 16 bytes, and the shortest and longest words looked for have 3 and 13.
    guard 3...16 ~= count else { return false }
    return self == Self.key ? Self.keys.contains(last) : Self.credentials.contains(self)
  }

  private static let key = Word("key")

  /// Words before `key`: `api-key`, `x-goog-api-key`, `Ocp-Apim-Subscription-Key` and similar ones.
  /// An `Idempotency-Key` is not a credential.
  private static let keys = Set(
    [
      "api", "access", "subscription", "functions", "auth", "secret", "client", "account",
      "private", "proxy", "license", "virtual",
    ].map { Word($0) })

  private static let credentials = Set(
    [
      "apikey", "authorization", "auth", "token", "accesstoken", "authtoken", "secret", "password",
      "passwd", "cookie", "cookie2", "credential", "credentials", "accesskey", "bearer", "jwt",
      "assertion",
    ].map { Word($0) })
}
