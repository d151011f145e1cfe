// The secrets that the self-test plants. Each is drawn from a seed in the format of its issuer, so none
// belongs to anybody, and the set is the same in every run.

internal import MockQwen

/// A kind of secret, and how one is made.
struct PlantedShape: Sendable {
  var name: String
  private let parts: [Part]

  private enum Part: Sendable {
    case text(String)
    case drawn(alphabet: String, count: Int)
  }

  /// `pattern` holds literal text and, in braces, an alphabet and how many characters to draw from it.
  private init(_ name: String, _ pattern: String) {
    self.name = name
    parts = pattern.split(separator: "{", omittingEmptySubsequences: false).enumerated().flatMap {
      index, piece -> [Part] in
      guard index > 0, let close = piece.firstIndex(of: "}") else { return [.text(String(piece))] }
      let word = piece[..<close]
      let count = Int(word.drop { !$0.isNumber }) ?? 0
      let alphabet = Self.alphabets[String(word.prefix { !$0.isNumber })] ?? ""
      return [
        .drawn(alphabet: alphabet, count: count),
        .text(String(piece[piece.index(after: close)...])),
      ]
    }
  }

  func draw(_ generator: inout SeededGenerator) -> String {
    parts.map { part in
      switch part {
      case .text(let text): return text
      case .drawn(let alphabet, let count):
        let letters = Array(alphabet.utf8)
        var drawn = (0..<count).map { _ in letters[generator.number(below: letters.count)] }
        // At least one digit and one letter, as in nearly every drawn token.
        if count > 4, alphabet.contains("7") { drawn[count / 2] = UInt8(ascii: "7") }
        return String(decoding: drawn, as: UTF8.self)
      }
    }.joined()
  }

  private static let small = "abcdefghijklmnopqrstuvwxyz"
  private static let digits = "0123456789"
  private static let alphabets = [
    "a": small + small.uppercased() + digits, "h": digits + "abcdef",
    "A": small.uppercased() + digits,
    "w": small + small.uppercased() + digits + "_", "d": digits, "l": small + digits,
  ]

  /// Tokens that can be recognized by themselves.
  static let tokens = [
    PlantedShape("OpenAI", "sk-proj-{a20}T3BlbkFJ{a20}"), PlantedShape("DashScope", "sk-{h32}"),
    PlantedShape("short sk", "sk-{l20}"), PlantedShape("Anthropic", "sk-ant-api03-{w60}-{a6}AA"),
    PlantedShape("OpenRouter", "sk-or-v1-{h64}"), PlantedShape("Groq", "gsk_{a52}"),
    PlantedShape("xAI", "xai-{a80}"), PlantedShape("NVIDIA", "nvapi-{w64}"),
    PlantedShape("Hugging Face", "hf_{a34}"), PlantedShape("Replicate", "r8_{a37}"),
    PlantedShape("Perplexity", "pplx-{a48}"), PlantedShape("Google", "AIza{w35}"),
    PlantedShape("Google OAuth", "ya29.a0{w60}"), PlantedShape("Google client", "GOCSPX-{w28}"),
    PlantedShape("AWS AKIA", "AKIA{A16}"), PlantedShape("AWS ASIA", "ASIA{A16}"),
    PlantedShape("Alibaba", "LTAI5t{a18}"), PlantedShape("Alibaba STS", "STS.N{a26}"),
    PlantedShape("GitHub", "ghp_{a36}"), PlantedShape("GitHub app", "ghs_{a36}"),
    PlantedShape("GitHub fine", "github_pat_{a22}_{a59}"), PlantedShape("GitLab", "glpat-{a20}"),
    PlantedShape("Slack bot", "xoxb-{d12}-{d12}-{a24}"),
    PlantedShape("Slack user", "xoxp-{d12}-{d12}-{h32}"),
    PlantedShape("Slack app", "xapp-1-A{A10}-{d13}-{h64}"), PlantedShape("Stripe", "sk_live_{a24}"),
    PlantedShape("Stripe test", "sk_test_{a24}"),
    PlantedShape("Stripe restricted", "rk_live_{a24}"),
    PlantedShape("npm", "npm_{a36}"), PlantedShape("PyPI", "pypi-AgEIcHlwaS5vcmc{w70}"),
    PlantedShape("SendGrid", "SG.{a22}.{a43}"), PlantedShape("Shopify", "shpat_{h32}"),
    PlantedShape("DigitalOcean", "dop_v1_{h64}"), PlantedShape("Vault", "hvs.{a24}"),
    PlantedShape("Docker", "dckr_pat_{a27}"), PlantedShape("Databricks", "dapi{h32}"),
    PlantedShape("Tavily", "tvly-{a32}"), PlantedShape("LangSmith", "lsv2_pt_{h32}_{h10}"),
    PlantedShape("Notion", "ntn_{a46}"), PlantedShape("Linear", "lin_api_{a40}"),
    PlantedShape("JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI{a20}.{a43}"),
  ]

  /// Values that are secret only because of the name before them.
  static let values = [
    PlantedShape("drawn", "{a32}"), PlantedShape("hexadecimal", "{h32}"),
    PlantedShape("words and digits", "PkValue{d10}"),
    PlantedShape("in turns", "k{d2}ey{d2}val{d3}ue{d2}"),
    PlantedShape("base64", "{a21}+{a20}/{a20}w"), PlantedShape("short", "{l12}"),
    PlantedShape("with marks", "{a8}.{a8}-{a8}_{d2}"),
  ]

  /// Passwords as people choose them.
  static let passwords = [
    PlantedShape("password", "Passw0rd{d2}"), PlantedShape("drawn password", "{a9}7q"),
    PlantedShape("word password", "hunter{d4}"),
  ]

  /// The lines of a private key; joined with line ends.
  static let keyLine = PlantedShape("private key", "{a64}")
}
