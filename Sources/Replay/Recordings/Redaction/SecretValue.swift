// Whether a value looks like a secret, independent of its name. People write names like `password` before
// many things: a type, a hint, another variable, a placeholder. And names like `key` stand before
// ordinary words. So a value is judged by its own characters: words, words with a short number (`qwen3`,
// `2025`, `70b`) and paths of names (`os.environ`) are ordinary; alternating letters and digits, long
// numbers after a word and capitals without a pattern are not.

/// The byte that replaces each byte of a secret.
let redactionFiller = UInt8(ascii: "x")
/// The byte that replaces each digit of a secret number; a JSON number must not begin with 0.
let numberFiller = UInt8(ascii: "1")

/// Whether the bytes are redaction's filler.
func isFilled(_ bytes: ArraySlice<UInt8>) -> Bool {
  bytes.allSatisfy { $0 == redactionFiller || $0 == numberFiller }
    || bytes.elementsEqual("[redacted]".utf8)
}

func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }

func isLetter(_ byte: UInt8) -> Bool { 0x41...0x5A ~= byte || 0x61...0x7A ~= byte }

func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

/// Whether a byte may stand in a name: a letter, a digit, `_` or `-`.
func isNameByte(_ byte: UInt8) -> Bool {
  isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
}

/// A value that may be a secret. Only the first `judgedMax` bytes are looked at.
struct SecretValue {
  private static let judgedMax = 256

  private let bytes: ArraySlice<UInt8>
  /// The same in lower case.
  private let lower: [UInt8]

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes.prefix(Self.judgedMax)
    lower = self.bytes.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
  }

  private var hasDigit: Bool { bytes.contains(where: isDigit) }
  private var hasLetter: Bool { bytes.contains(where: isLetter) }
  private var hasBlank: Bool { bytes.contains { $0 == 0x20 || $0 == 0x09 } }

  /// Whether it is a placeholder for a value, redaction's filler, or empty.
  var isPlaceholder: Bool {
    guard let first = bytes.first else { return true }
    if "$<{%[*".utf8.contains(first) || isFilled(bytes) { return true }
    for index in lower.indices where Self.placeholderStarts[Int(lower[index])] {
      if Self.placeholders.contains(where: { holds(lower, $0, at: index) }) { return true }
      if Self.hints.contains(where: { holds(lower, $0, at: index) }) { return !isRandom }
    }
    return false
  }

  private static let placeholders = [
    "...", "…", "****", "xxxx", "placeholder", "changeme", "change-me", "change_me", "redacted",
    "getenv", "environ", "process.env", "os.env",
  ].map { Array($0.utf8) }

  private static let hints = ["your", "my-", "my_"].map { Array($0.utf8) }

  private static let placeholderStarts: [Bool] = (0...255).map { byte in
    (placeholders + hints).contains { $0.first == UInt8(byte) }
  }

  /// Whether it is an ordinary word in place of a value: a type, a state, a label.
  var isOrdinaryWord: Bool {
    lower.count <= 20 && Self.ordinaryWords.contains(String(decoding: lower, as: UTF8.self))
      || !hasDigit && meaning(ofName: bytes, .member) != nil
  }

  private static let ordinaryWords: Set<String> = [
    "null", "none", "nil", "true", "false", "undefined", "string", "str", "text", "number",
    "integer",
    "boolean", "bool", "object", "array", "required", "optional", "hidden", "masked", "visible",
    "basic", "bearer", "digest", "unknown", "missing", "invalid", "valid", "empty", "default",
    "public", "private", "yes", "no", "on", "off", "enabled", "disabled", "auto", "custom", "oauth",
    "oauth2", "jwt", "env", "file", "env_var", "any", "include", "omit", "same-origin", "n/a", "na",
    "unset", "forgot", "reset", "expired", "incorrect", "wrong", "anonymous", "guest", "user", "ok",
    "error", "test_mode", "readonly", "write", "read", "header", "query", "input", "type",
    "sensitive",
    "current-password", "new-password", "one-time-code", "hmac-sha1", "hmac-sha256", "sha256",
    "md5",
    "rs256", "hs256", "es256", "sha1", "sha512", "base64", "utf-8", "utf8", "x-api-key", "2fa",
  ]

  /// Whether it is code, a variable, a member or a call: `cfg.api_key`, `self.token1`.
  var isCode: Bool {
    guard isNamePath else { return false }
    if bytes.contains(UInt8(ascii: ".")) { return !isRandom || !hasDigit }
    // One word: a name with underscores, or the name of a secret, unless letters and digits alternate more
    // often than in `sha256Key` and `oauth2Token1`.
    if bytes.contains(UInt8(ascii: "_")), !isRandom { return true }
    let turns = zip(bytes, bytes.dropFirst()).count { isDigit($0) != isDigit($1) }
    return turns < 4 && meaning(ofName: bytes, .member) != nil
  }

  /// Whether it is made of names with dots between them.
  var isNamePath: Bool {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.allSatisfy { part in
      guard let first = part.first, isLetter(first) || first == UInt8(ascii: "_") else {
        return false
      }
      return part.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }
  }

  /// Whether it is so random that hardly a name is needed.
  var isRandom: Bool {
    guard bytes.count >= 8, !hasBlank, !lower.starts(with: "http".utf8) else { return false }
    return bytes.split { !isAlphanumeric($0) }.contains(where: isRandomSegment)
  }

  /// Whether the text after a name that means a secret is one. With `isParameter` (JSON, queries, forms
  /// and header fields) a value is a value; otherwise it may be a word of a sentence or of a program.
  func isSecret(_ meaning: NameMeaning, isParameter: Bool) -> Bool {
    guard !bytes.isEmpty, !isPlaceholder, !isOrdinaryWord else { return false }
    switch meaning {
    case .perhaps: return isRandom
    case .id:
      if hasBlank { return false }
      return isParameter ? bytes.count >= 3 : bytes.count >= 6 && hasDigit && !isCode
    case .password where hasBlank: return isParameter && isPassphrase
    case .secret where hasBlank: return isParameter && (hasDigit || bytes.count > 24) && !isSentence
    case .password, .secret: break
    }
    if isParameter { return bytes.count >= 3 && !isVariable }
    guard !isCode else { return false }
    let isMixed = hasDigit && hasLetter
    if isMixed, bytes.count >= 6 || meaning == .password && bytes.count >= 4 { return true }
    if meaning == .password, bytes.count >= 6, hasLetter {
      return isRandom || bytes.contains { "!@#$%^&*+?~".utf8.contains($0) }
    }
    return isRandom || !hasLetter && hasDigit && bytes.count >= 6
  }

  /// Whether it names a variable: `OPENAI_API_KEY`, `process.env.KEY`, `api_key`.
  private var isVariable: Bool { isCode && !hasDigit && bytes.contains { "._".utf8.contains($0) } }

  private var isSentence: Bool {
    lower.split { !isLetter($0) }.contains {
      Self.sentenceWords.contains(String(decoding: $0, as: UTF8.self))
    }
  }

  /// Several words that are not a sentence.
  private var isPassphrase: Bool {
    if isSentence { return false }
    return hasDigit || bytes.allSatisfy { !(0x41...0x5A ~= $0) }
  }

  private static let sentenceWords: Set<String> = [
    "the", "a", "an", "of", "is", "are", "your", "our", "must", "should", "for", "to", "in",
    "enter",
    "please", "required", "password", "passwords", "key", "token", "optional", "field", "and", "or",
    "not", "was", "be", "this", "that", "with", "account", "invalid", "here", "no",
  ]

  /// Whether to search for the value elsewhere: not if it could be an ordinary word.
  var isSpreadable: Bool {
    if isPlaceholder || isOrdinaryWord || hasBlank { return false }
    if hasDigit && hasLetter { return bytes.count >= 6 }
    if !hasDigit && bytes.allSatisfy(isLetter) { return bytes.count >= 16 || isRandom }
    return bytes.count >= 8
  }
}

/// Whether a run of letters and digits is neither a word, a number nor a word with a short number.
func isRandomSegment(_ segment: ArraySlice<UInt8>) -> Bool {
  var turns = 0
  var digits = 0
  var longestDigits = 0
  var humps = 0
  var vowels = 0
  var previous: UInt8?
  for byte in segment {
    let isNumber = isDigit(byte)
    if let previous, isDigit(previous) != isNumber { turns += 1 }
    digits = isNumber ? digits + 1 : 0
    longestDigits = max(longestDigits, digits)
    let isCapital = 0x41...0x5A ~= byte
    if isCapital, !(previous.map { 0x41...0x5A ~= $0 } ?? false) { humps += 1 }
    if "aeiouyAEIOUY".utf8.contains(byte) { vowels += 1 }
    previous = byte
  }
  let count = segment.count
  if longestDigits == count { return false }
  if turns > 0 {
    guard !isDated(segment) else { return false }
    return count >= 8 && (turns >= 2 || longestDigits >= 5)
      || count >= 6 && turns >= 3 && !isKnownWord(segment)
  }
  guard count >= 10 else { return false }
  // Capitals every other letter, or hardly a vowel: words have them in another measure.
  return humps >= 3 && count < humps * 3 || vowels * 12 < count
    || count >= 16 && humps >= 4 && (count < humps * 4 || vowels * 4 < count)
}

/// Digits that are a date or a time, with at most one letter in between and at the end:
/// `20260821T093000Z`.
private func isDated(_ segment: ArraySlice<UInt8>) -> Bool {
  guard segment.prefix(8).allSatisfy(isDigit), segment.count >= 8 else { return false }
  let isCentury = segment.starts(with: "19".utf8) || segment.starts(with: "20".utf8)
  return isCentury && segment.count { isLetter($0) } <= 2
}

private func isKnownWord(_ segment: ArraySlice<UInt8>) -> Bool {
  let words = ["secp256k1", "arm64v8", "i18n", "a11y", "k8s", "mp4a40", "p2p3d"]
  return words.contains(String(decoding: segment, as: UTF8.self).lowercased())
}
