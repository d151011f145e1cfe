// A second, independent scan for secrets. Redaction knows names and shapes, and leaves what it does not
// know; a check that used its lists would miss the same things. This scan has other rules, and shares no
// list and no code with redaction. It looks at every run of letters and digits: how random it is
// (Shannon's entropy), what the word before it means, and whether it begins like a well-known token. It
// reads a session as bytes, as its joined strings, and with base64 and percent-encoding decoded.

internal import Foundation

/// A run of characters that looks like a secret.
package struct SuspectText: Hashable, Sendable {
  /// The run itself. A report must not show it.
  package var text: String
  /// Why it looks like a secret, in words.
  package var reason: String
  /// Where it begins, in bytes of the scanned text.
  package var offset: Int
}

/// Scans texts.
struct SecretScan {
  /// The texts in `text` that look like a secret.
  static func suspects(in text: [UInt8]) -> [SuspectText] {
    var scan = SecretScan(text)
    scan.readRuns()
    scan.readAddresses()
    return scan.suspects
  }

  private let text: [UInt8]
  private var suspects: [SuspectText] = []
  /// The topic of the word before the last run, and where that run ended, because lists continue.
  private var topic: String?
  private var topicEnd = 0

  private init(_ text: [UInt8]) { self.text = text }

  private mutating func suspect(_ range: Range<Int>, _ reason: String) {
    suspects.append(
      SuspectText(
        text: String(decoding: text[range], as: UTF8.self), reason: reason, offset: range.lowerBound
      ))
  }

  /// Looks at every run of bytes that tokens may consist of.
  private mutating func readRuns() {
    var index = 0
    while index < text.count {
      guard Self.isRunByte(text[index]) else {
        index += 1
        continue
      }
      let start = index
      while index < text.count, Self.isRunByte(text[index]) { index += 1 }
      var run = start..<index
      while let last = run.last, ".,:!?".utf8.contains(text[last]) { run = start..<last }
      judge(run)
    }
  }

  private static func isRunByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "_-.+/=~!@#$%^*".utf8.contains(byte)
    }
  }

  private mutating func judge(_ run: Range<Int>) {
    // `NAME=value` is one run; only the value counts.
    if let equals = text[run].firstIndex(of: UInt8(ascii: "=")), equals + 1 < run.upperBound,
      text[equals + 1] != UInt8(ascii: "=")
    {
      let value = equals + 1..<run.upperBound
      judge(value, about: word(before: equals) ?? "")
      return
    }
    judge(run, about: topic(of: run) ?? "")
  }

  private mutating func judge(_ run: Range<Int>, about word: String) {
    let isTelling = Self.isTelling(word)
    topic = isTelling ? word : nil
    topicEnd = run.upperBound
    let bytes = text[run]
    guard !Self.isMasked(bytes) else { return }
    if let prefix = Self.knownBeginnings.first(where: { Self.begins(bytes, $0) }) {
      suspect(run, "begins like a key or token (\(prefix)…)")
    } else if isTelling, run.count >= 6,
      Self.isMixed(bytes) || word.contains("pass") && Self.hasMarks(bytes)
    {
      if !Self.isProgram(bytes) { suspect(run, "comes after '\(word)'") }
    } else if run.count >= 20, !Self.isHarmless(word), Self.isDrawn(bytes) {
      suspect(run, "looks drawn at random")
    }
  }

  /// The word that the value in `run` belongs to: between them are only quotes, blanks and a separator.
  private func topic(of run: Range<Int>) -> String? {
    var index = run.lowerBound
    var hasSeparator = false
    var isComma = false
    while index > 0, run.lowerBound - index < 12,
      "\"'\\ :>=[](,&?;{\r\n\t`".utf8.contains(text[index - 1])
    {
      index -= 1
      hasSeparator = hasSeparator || ":>=\"'(?&\n".utf8.contains(text[index])
      isComma = isComma || text[index] == UInt8(ascii: ",")
    }
    if isComma, index == topicEnd, let topic { return topic }
    guard let word = word(before: index) else { return nil }
    // `Authorization: Bearer …`: the scheme is a topic too.
    if ["bearer", "basic", "token", "digest"].contains(word) { return word }
    return hasSeparator || word.hasPrefix("--") ? word : nil
  }

  /// The word that ends before `end`, in lower case.
  private func word(before end: Int) -> String? {
    var start = end
    while start > 0, end - start < 48,
      Self.isRunByte(text[start - 1]) && !"=/+.!@#$%^*~".utf8.contains(text[start - 1])
    {
      start -= 1
    }
    return start < end ? String(decoding: text[start..<end], as: UTF8.self).lowercased() : nil
  }

  /// Passwords in addresses, and private keys.
  private mutating func readAddresses() {
    var index = 0
    while let found = text[index...].firstRange(of: "://".utf8) {
      index = found.upperBound
      let end =
        text[index...].firstIndex { $0 <= 0x20 || "/?\"'<>\\".utf8.contains($0) } ?? text.count
      guard let at = text[index..<end].lastIndex(of: UInt8(ascii: "@")),
        let colon = text[index..<at].firstIndex(of: UInt8(ascii: ":")), colon + 3 < at,
        !Self.isMasked(text[colon + 1..<at]), !"${<%*".utf8.contains(text[colon + 1])
      else { continue }
      suspect(colon + 1..<at, "is a password in a URL")
    }
    index = 0
    while let found = text[index...].firstRange(of: "PRIVATE KEY".utf8) {
      index = found.upperBound
      let end = min(index + 4_096, text.count)
      let lines = text[index..<end].split { !Self.isRunByte($0) || $0 == UInt8(ascii: "-") }
      guard let line = lines.first(where: { $0.count >= 30 && !Self.isMasked($0) }) else {
        continue
      }
      suspect(line.startIndex..<line.endIndex, "is a private key")
    }
  }
}

// The shapes of runs.
extension SecretScan {
  /// Replacements for secrets that redaction and people write.
  private static func isMasked(_ run: ArraySlice<UInt8>) -> Bool {
    Set(run).count <= 3 || run.contains(UInt8(ascii: "*"))
      || run.firstRange(of: "xxxxxx".utf8) != nil
  }

  private static func isMixed(_ run: ArraySlice<UInt8>) -> Bool {
    run.contains { 0x30...0x39 ~= $0 } && run.contains { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A }
  }

  /// Whether a run has characters that no word has.
  private static func hasMarks(_ run: ArraySlice<UInt8>) -> Bool {
    run.count >= 8 && run.contains { "!@#$%^".utf8.contains($0) }
  }

  /// Whether a run is code or explanatory text: `os.environ`, `your-key-1`.
  private static func isProgram(_ run: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: run, as: UTF8.self).lowercased()
    return [
      "environ", "getenv", "your-", "your_", "yourapi", "example.", "process.env", "self.",
      "sha256", "sha1", "hmac",
    ]
    .contains { text.contains($0) }
  }

  /// Whether a word announces a secret.
  private static func isTelling(_ word: String) -> Bool {
    guard word.utf8.count >= 3 else { return false }
    let isOrdinary = [
      "max_", "tokens", "_type", "keyword", "public", "primary", "foreign", "cache", "idempot",
      "monkey",
      "author_", "authors", "sort", "version", "method", "page", "hotkey", "passed", "keyboard",
      "turkey",
    ].contains { word.contains($0) }
    if isOrdinary, word != "tokens" { return false }
    return [
      "passw", "passphrase", "pwd", "secret", "token", "key", "auth", "cred", "signature", "cookie",
      "session",
      "bearer", "basic", "assertion", "jwt", "sid", "pass", "access", "code_", "sig",
    ].contains { word.contains($0) }
  }

  /// Whether a word announces something long and random that is not a secret.
  private static func isHarmless(_ word: String) -> Bool {
    [
      "id", "hash", "sha", "sha1", "sha256", "sha512", "digest", "etag", "fingerprint", "md5",
      "checksum", "nonce", "date", "version", "created",
      "encrypted_content", "b64_json", "data", "url", "model", "name", "boundary", "image", "audio",
    ].contains { word == $0 || word.hasSuffix("_\($0)") || word.hasSuffix("-\($0)") }
  }

  private static func begins(_ run: ArraySlice<UInt8>, _ prefix: String) -> Bool {
    guard run.starts(with: prefix.utf8) else { return false }
    let rest = run.dropFirst(prefix.utf8.count)
    return rest.count >= 8 && rest.contains { 0x30...0x39 ~= $0 }
      && rest.split { "-_.".utf8.contains($0) }.contains {
        $0.count >= 8 && isMixed($0) || $0.count >= 16
      }
  }

  private static let knownBeginnings = [
    "sk-", "sk_", "rk_", "pk_live", "AKIA", "ASIA", "LTAI", "STS.", "AKID", "ghp_", "gho_", "ghu_",
    "ghs_",
    "ghr_", "github_pat", "glpat-", "gl", "xox", "xapp-", "npm_", "pypi-", "SG.", "AIza", "ya29.",
    "GOCSPX",
    "gsk_", "xai-", "nvapi-", "hf_", "r8_", "pplx-", "eyJ", "shp", "dop_v1", "hvs.", "whsec_",
    "dckr_", "tvly-",
    "AROA", "AIDA", "APKA", "lsv2_", "sess-", "ATATT", "NRAK", "rubygems_", "sq0", "lin_api",
    "ntn_", "dapi",
    "1//0", "figd_", "PMAK", "secret_", "csk-", "fw_", "jina_", "pcsk_", "sbp_", "AGE-SECRET",
  ]

  /// Whether a run is as random as a drawn token.
  private static func isDrawn(_ run: ArraySlice<UInt8>) -> Bool {
    let pieces = run.split { "-_./".utf8.contains($0) }
    // `3f2504e0-4f89-…`: an ordinary UUID.
    if pieces.map(\.count) == [8, 4, 4, 4, 12] { return false }
    return pieces.contains { piece in
      guard piece.count >= 20, isMixed(piece) else { return false }
      let isHexadecimal = piece.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }
      return isHexadecimal ? piece.count == 32 && entropy(piece) > 3 : entropy(piece) > 3.6
    }
  }

  /// The entropy in bits per byte (Shannon, 1948).
  private static func entropy(_ bytes: ArraySlice<UInt8>) -> Double {
    var counts = [Int](repeating: 0, count: 256)
    for byte in bytes { counts[Int(byte)] += 1 }
    let total = Double(bytes.count)
    return counts.reduce(0) { sum, count in
      guard count > 0 else { return sum }
      let share = Double(count) / total
      return sum - share * log2(share)
    }
  }
}
