// Tokens that are recognized by their prefix. The table follows the documentation of the issuers; if a
// prefix also begins ordinary names (`sk-learn`, `hf_transfer`, `npm_config`), the rest must look random.

/// A kind of token.
struct TokenShape {
  /// Which bytes follow the prefix.
  enum Alphabet { case alphanumeric, word, dotted, capitals, hexadecimal, hash }

  var prefix: [UInt8]
  var alphabet: Alphabet
  /// The least number of bytes after the prefix.
  var least: Int
  var kind: String

  init(_ prefix: String, _ alphabet: Alphabet, _ least: Int, _ noun: String = "a token") {
    self.prefix = Array(prefix.utf8)
    self.alphabet = alphabet
    self.least = least
    kind = "\(noun) (\(prefix)…)"
  }

  func allows(_ byte: UInt8) -> Bool {
    switch alphabet {
    case .alphanumeric: isAlphanumeric(byte)
    case .word: isNameByte(byte)
    case .dotted: isNameByte(byte) || byte == UInt8(ascii: ".")
    case .capitals: 0x41...0x5A ~= byte || isDigit(byte)
    case .hexadecimal: isDigit(byte) || 0x61...0x66 ~= byte
    case .hash: isAlphanumeric(byte) || "./$+=,_-".utf8.contains(byte)
    }
  }
}

/// The shapes by their first byte.
private let shapesByFirst: [[TokenShape]] = (0...255).map { byte in
  tokenShapes.filter { $0.prefix.first == UInt8(byte) }
}

private let tokenShapes: [TokenShape] =
  modelShapes + cloudShapes + codeShapes + serviceShapes + hashShapes

/// Tokens of model providers.
private let modelShapes = [
  TokenShape("sk-", .word, 8, "a key"), TokenShape("sess-", .alphanumeric, 24, "a key"),
  TokenShape("pk-lf-", .word, 16, "a key"), TokenShape("gsk_", .alphanumeric, 16, "a key"),
  TokenShape("xai-", .alphanumeric, 16, "a key"), TokenShape("nvapi-", .word, 16, "a key"),
  TokenShape("hf_", .alphanumeric, 16), TokenShape("api_org_", .alphanumeric, 16),
  TokenShape("r8_", .alphanumeric, 16), TokenShape("pplx-", .alphanumeric, 16, "a key"),
  TokenShape("fw_", .alphanumeric, 16, "a key"), TokenShape("csk-", .alphanumeric, 16, "a key"),
  TokenShape("tvly-", .word, 16, "a key"), TokenShape("lsv2_pt_", .word, 16, "a key"),
  TokenShape("lsv2_sk_", .word, 16, "a key"), TokenShape("pcsk_", .word, 20, "a key"),
  TokenShape("jina_", .alphanumeric, 20, "a key"), TokenShape("tgp_v1_", .word, 20, "a key"),
  TokenShape("AIza", .word, 30, "a key"), TokenShape("AQ.", .word, 30, "a key"),
  TokenShape("bce-v3/", .hash, 20, "a key"), TokenShape("ABSK", .hash, 40, "a key"),
  TokenShape("pa-", .word, 40, "a key"), TokenShape("voyage-key-", .word, 20, "a key"),
  TokenShape("ms-", .word, 32, "a token"),
]

/// Tokens of clouds.
private let cloudShapes =
  ["AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA", "AGPA", "ANPA", "APKA", "AIPA", "ASCA"].map {
    TokenShape($0, .capitals, 16, "an access key")
  } + [
    TokenShape("LTAI", .word, 12, "an access key"), TokenShape("STS.", .alphanumeric, 16),
    TokenShape("AKID", .alphanumeric, 28, "an access key"),
    TokenShape("ya29.", .dotted, 16), TokenShape("GOCSPX-", .word, 16, "a client secret"),
    TokenShape("1//0", .word, 20), TokenShape("dop_v1_", .hexadecimal, 24),
    TokenShape("doo_v1_", .hexadecimal, 24), TokenShape("dor_v1_", .hexadecimal, 24),
    TokenShape("dapi", .hexadecimal, 32), TokenShape("hvs.", .word, 20),
    TokenShape("hvb.", .word, 20),
    TokenShape("hvr.", .word, 20), TokenShape("s.", .alphanumeric, 24),
    TokenShape("sbp_", .hexadecimal, 24),
    TokenShape("sb_secret_", .word, 16, "a key"), TokenShape("pscale_tkn_", .dotted, 20),
    TokenShape("pscale_pw_", .dotted, 20), TokenShape("HRKU-", .word, 20),
    TokenShape("AGE-SECRET-KEY-1", .capitals, 30, "a key"),
    TokenShape("IQoJb3JpZ2luX2Vj", .word, 8),
    TokenShape("v1.0-", .hash, 100), TokenShape("nfp_", .alphanumeric, 24),
    TokenShape("npg_", .alphanumeric, 12, "a password"), TokenShape("pul-", .hexadecimal, 32),
    TokenShape("tskey-", .word, 16, "a key"), TokenShape("fo1_", .word, 32),
    TokenShape("fm1r_", .hash, 32), TokenShape("fm1a_", .hash, 32), TokenShape("fm2_", .hash, 32),
    TokenShape("rnd_", .alphanumeric, 24, "a key"), TokenShape("SWMTKN-1-", .word, 32),
    TokenShape("dt0c01.", .dotted, 40), TokenShape("ory_", .hash, 32),
  ]

/// Tokens of hosts of code and packages.
private let codeShapes =
  ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map { TokenShape($0, .alphanumeric, 16) } + [
    TokenShape("github_pat_", .word, 20), TokenShape("npm_", .alphanumeric, 20),
    TokenShape("pypi-", .word, 24), TokenShape("rubygems_", .hexadecimal, 24),
    TokenShape("dckr_pat_", .word, 16), TokenShape("dckr_oat_", .word, 16),
    TokenShape("ATATT3", .word, 24), TokenShape("ATCTT3", .word, 24),
    TokenShape("ATBB", .alphanumeric, 24),
    TokenShape("CLOJARS_", .alphanumeric, 24), TokenShape("cio", .alphanumeric, 32),
    TokenShape("sgp_", .word, 32), TokenShape("AKCp", .alphanumeric, 60, "a key"),
    TokenShape("oy2", .alphanumeric, 43, "a key"),
  ]
  + [
    "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glimt-", "glagent-",
    "gloas-",
    "glffct-",
  ].map { TokenShape($0, .dotted, 16) }

/// Tokens of other services.
private let serviceShapes =
  [
    "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxo-", "xoxc-", "xoxd-", "xapp-",
    "xwfp-",
  ].map {
    TokenShape($0, .word, 12)
  } + [
    TokenShape("xoxe.xoxp-", .word, 12), TokenShape("xoxe.xoxb-", .word, 12),
    TokenShape("SG.", .dotted, 24, "a key"),
    TokenShape("whsec_", .dotted, 16, "a secret"), TokenShape("key-", .hexadecimal, 32, "a key"),
    TokenShape("SK", .hexadecimal, 32, "a key"), TokenShape("AC", .hexadecimal, 32, "an account"),
    TokenShape("shpat_", .alphanumeric, 24), TokenShape("shpss_", .alphanumeric, 24),
    TokenShape("shpca_", .alphanumeric, 24), TokenShape("shppa_", .alphanumeric, 24),
    TokenShape("sq0atp-", .word, 20), TokenShape("sq0csp-", .word, 20),
    TokenShape("lin_api_", .alphanumeric, 24, "a key"), TokenShape("ntn_", .alphanumeric, 24),
    TokenShape("secret_", .alphanumeric, 40), TokenShape("figd_", .word, 24),
    TokenShape("PMAK-", .word, 24, "a key"), TokenShape("sl.", .word, 60),
    TokenShape("dp.pt.", .word, 24),
    TokenShape("dp.st.", .dotted, 24), TokenShape("sntrys_", .dotted, 24),
    TokenShape("sntryu_", .word, 24),
    TokenShape("glsa_", .word, 24), TokenShape("glc_", .word, 24),
    TokenShape("NRAK-", .word, 20, "a key"),
    TokenShape("tfp_", .dotted, 30), TokenShape("ops_", .word, 60),
    TokenShape("FLWSECK", .word, 20),
    TokenShape("EAA", .alphanumeric, 60), TokenShape("rdme_", .word, 24),
    TokenShape("pnu_", .word, 24), TokenShape("phx_", .alphanumeric, 24, "a key"),
    TokenShape("phs_", .alphanumeric, 24, "a key"),
    TokenShape("access_token$production$", .hash, 24),
    TokenShape("access_token$sandbox$", .hash, 24),
    TokenShape("xkeysib-", .word, 32, "a key"), TokenShape("xsmtpsib-", .word, 32, "a key"),
    TokenShape("pat-na1-", .word, 24), TokenShape("pat-eu1-", .word, 24),
    TokenShape("cal_live_", .alphanumeric, 24, "a key"),
    TokenShape("apify_api_", .alphanumeric, 24),
    TokenShape("shippo_live_", .hexadecimal, 24), TokenShape("CFPAT-", .word, 32),
    TokenShape("mfa.", .word, 60), TokenShape("duffel_live_", .word, 32),
  ]
  + ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "sk_prod_", "sk_"].map {
    TokenShape($0, .alphanumeric, $0 == "sk_" ? 32 : 10, "a key")
  }

/// Hashes of passwords as crypt writes them.
private let hashShapes = [
  "$1$", "$5$", "$6$", "$y$", "$2a$", "$2b$", "$2y$", "$apr1$", "$argon2i$", "$argon2id$",
  "$scrypt$", "$pbkdf2-sha256$",
].map { TokenShape($0, .hash, 22, "the hash of a password") }

/// Which pairs of bytes begin a shape: most words do not, and are skipped quickly.
let tokenStarts: [Bool] = {
  var starts = [Bool](repeating: false, count: 1 << 16)
  for prefix in tokenShapes.map(\.prefix) + [Array("eyJ".utf8)] {
    starts[Int(prefix[0]) << 8 | Int(prefix[1])] = true
  }
  return starts
}()

/// The token that begins at `start`, if there is one.
func token(in text: [UInt8], at start: Int) -> SecretPlace? {
  if text[start] == UInt8(ascii: "e") { return webToken(in: text, at: start) }
  let isInside = start > 0 && isAlphanumeric(text[start - 1])
  for shape in shapesByFirst[Int(text[start])] where holds(text, shape.prefix, at: start) {
    let from = start + shape.prefix.count
    var end = from
    // A hash may hold the beginnings of others.
    let hashMax = text[start] == UInt8(ascii: "$") ? 192 : 1_024
    let limit = shape.alphabet == .hash ? min(text.count, from + hashMax) : text.count
    while end < limit, shape.allows(text[end]) { end += 1 }
    while end > from, !isAlphanumeric(text[end - 1]) { end -= 1 }
    guard end - from >= shape.least, !isFilled(text[from..<end]) else { continue }
    if isDrawn(text[from..<end], of: shape, after: isInside ? text[start - 1] : nil) {
      return SecretPlace(range: start..<end, kind: shape.kind, isToken: true)
    }
  }
  return nil
}

/// Whether the text after a prefix looks random; `before` is the letter or digit right before the prefix,
/// as in `mask-…`.
private func isDrawn(
  _ rest: ArraySlice<UInt8>, of shape: TokenShape, after before: UInt8?
) -> Bool {
  let segments = rest.split { !isAlphanumeric($0) }
  let isMixed = { (segment: ArraySlice<UInt8>) in
    segment.contains(where: isDigit) && segment.contains(where: isLetter)
  }
  if let before {
    // `task-`, `disk-` and similar ones are words.
    let isWord =
      shape.prefix.count < 4
      || "aeiouAEIOU".utf8.contains(before)
        && shape.prefix.starts(with: "sk".utf8)
    return !isWord && segments.contains { $0.count >= 20 && isRandomSegment($0) && isMixed($0) }
  }
  if shape.alphabet == .capitals || shape.alphabet == .hexadecimal { return true }
  if segments.contains(where: { $0.count >= 16 && isMixed($0) || isRandomSegment($0) }) {
    return true
  }
  guard segments.count == 1, let only = segments.first else {
    // Many short pieces: Slack writes numbers between hyphens.
    return rest.count(where: isDigit) >= 8 && rest.contains(where: isLetter) && rest.count >= 20
      || rest.count(where: isDigit) >= 18
  }
  return only.contains(where: isDigit) || only.count >= 12
}

/// A JSON Web Token (RFC 7519 section 3), or an encrypted one (RFC 7516): two parts or more.
private func webToken(in text: [UInt8], at start: Int) -> SecretPlace? {
  guard holds(text, Array("eyJ".utf8), at: start),
    start == 0 || !isAlphanumeric(text[start - 1]) || text[start - 1] == UInt8(ascii: "n")
  else { return nil }
  var end = start
  while end < text.count, isNameByte(text[end]) || text[end] == UInt8(ascii: ".") { end += 1 }
  while end > start, !isAlphanumeric(text[end - 1]) { end -= 1 }
  let parts = text[start..<end].split(separator: UInt8(ascii: "."))
  guard parts.count >= 2, end - start >= 11, !isFilled(text[start..<end]) else { return nil }
  return SecretPlace(range: start..<end, kind: "a JWT", isToken: true)
}

/// Whether `bytes` stand at `start`.
func holds(_ text: [UInt8], _ bytes: [UInt8], at start: Int) -> Bool {
  guard start + bytes.count <= text.count else { return false }
  for index in bytes.indices where text[start + index] != bytes[index] { return false }
  return true
}
