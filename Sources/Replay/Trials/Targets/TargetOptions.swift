// The options of `replay run` for a target: how they are read, and how they are written into the command
// that reproduces a failure.

internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Sockets
package import Terminal
package import Wire

extension TargetSettings {
  package static let help = """
    Any proxy, by its URL (the mock listens as its upstream, the client calls it):
      --target URL          where the proxy is, e.g. http://127.0.0.1:8080
      --listen HOST:PORT    where the mock listens (needed unless the proxy is launched)
      --launch COMMAND      start the proxy with /bin/sh, and end it with all its child processes.
                            {upstream} (a URL that ends in /v1), {upstream-address} (HOST:PORT) and
                            {port} are filled in, and exported as QWEN_BASE_URL, OPENAI_BASE_URL, PORT
      --tls                 the mock speaks https to the proxy, with a certificate made in memory; its
                            CA is in the file {ca}, exported as SSL_CERT_FILE, NODE_EXTRA_CA_CERTS,
                            REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE. The default plans then vary records too
      --ca-out FILE         with --tls: write the CA there, for a proxy that is not launched
      --cert FILE           with --tls: this certificate (PEM) instead
      --key FILE            its key
      --ca FILE             trust these certificates (PEM) at --target https://…
      --insecure            trust any certificate there, only on this machine
      --path PATH           the path that the client posts to (default /v1/chat/completions)
      --header 'NAME: VAL'  a field that the client sends; may be repeated
      --model NAME          the model that the client asks for, instead of the recorded one
      --compare LEVEL       what must be equal: bytes, events (default: type, data, id, retry) or
                            content (every leaf of the JSON; texts that grow are joined)
      --ignore PATH         a path that content does not compare, e.g. choices.delta.foo; may be
                            repeated; id, created and system_fingerprint are always left out
      --policy WORDS        what a gateway may do to a request, and other rules:
                            \(Policy.gatewayUsage)
      --comments            compare comments like events (always so with bytes)
      --late-after MS       how long the proxy may hold back a complete block (default 500)
      --timeout MS          how long the proxy may be silent (default 5000)
      --fragment-pause MS   the pause between fragments when the kernel cannot tell whether the
                            proxy has read one (default 2); the cuts are not proven then
      --accept-unproven     exit 0 when nothing failed, even if cuts were not proven
    """

  /// Takes the options; nil when they do not name a target. Throws `UsageError`.
  package init?(_ arguments: inout Arguments) throws {
    let target = try arguments.option("--target")
    launch = try arguments.option("--launch")
    guard target != nil || launch != nil else { return nil }
    if let target {
      guard let url = BaseURL(target) else {
        throw UsageError("--target takes a URL such as http://127.0.0.1:8080, not '\(target)'")
      }
      self.url = url
      if !url.path.isEmpty { path = url.path + "/chat/completions" }
    }
    if let place = try arguments.listenPlace() {
      listen = place
    } else if launch == nil {
      throw UsageError(
        "--target needs --listen HOST:PORT too: where the proxy looks for its upstream")
    }
    if let path = try arguments.option("--path") {
      guard path.hasPrefix("/"), path.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
        throw UsageError("--path takes a path such as /v1/chat/completions, not '\(path)'")
      }
      self.path = path
    }
    tls = try TargetTLS(&arguments, url: url)
    fields = Fields(try arguments.options("--header").map(Self.field))
    model = try arguments.option("--model")
    policy = try Policy(try arguments.option("--policy") ?? "")
    ignoredPaths = try arguments.options("--ignore")
    guard !ignoredPaths.contains(where: \.isEmpty) else {
      throw UsageError("--ignore takes a path such as choices.delta.foo")
    }
    try takeMeasures(&arguments)
  }

  /// Throws `UsageError` for options that need a target.
  package static func refuseStrays(_ arguments: Arguments) throws {
    try arguments.refuse(
      [
        "--listen", "--path", "--header", "--model", "--compare", "--comments", "--late-after",
        "--timeout", "--ignore", "--fragment-pause", "--accept-unproven", "--known",
        "--record-known",
      ] + TargetTLS.optionNames,
      because: "is for a target: name one with --target URL or --launch COMMAND")
  }

  private mutating func takeMeasures(_ arguments: inout Arguments) throws {
    if let levels = try arguments.choices("--compare", CompareLevel.self) {
      guard levels.count == 1 else { throw UsageError("--compare takes one level") }
      level = levels[0]
    }
    comparesComments = arguments.flag("--comments")
    guard !comparesComments || level != .content else {
      throw UsageError("--comments is for --compare events: at the level of content none count")
    }
    lateAfter = try arguments.number("--late-after", in: 1...600_000) ?? lateAfter
    timeout = try arguments.number("--timeout", in: 1...600_000) ?? timeout
    fragmentPause = try arguments.number("--fragment-pause", in: 0...60_000) ?? fragmentPause
  }

  /// The field in `Name: value`. Throws `UsageError` for a field that no head may hold.
  package static func field(_ text: String) throws -> Field {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let isToken = parts[0].utf8.allSatisfy { 0x21...0x7E ~= $0 } && !parts[0].isEmpty
    let value = parts.count == 2 ? trimmingBlanks(parts[1]) : ""
    guard parts.count == 2, isToken, !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw UsageError("--header takes 'Name: value'")
    }
    return Field(String(parts[0]), value)
  }

  /// Replaces values that may be secret.
  static let withheld = "[as given]"

  /// The options for these settings, quoted for a shell, with a blank before each. The values of fields
  /// that may hold a secret are not shown.
  package var words: String {
    options.map { " \($0)" + ($1.map { " " + quoted($0) } ?? "") }.joined()
  }

  /// The same as a list of words.
  package var list: [String] { options.flatMap { [$0] + ($1.map { [$0] } ?? []) } }

  private var options: [(String, String?)] {
    let standard = TargetSettings()
    var words: [(String, String?)] = []
    if let url { words.append(("--target", url.description)) }
    if let launch { words.append(("--launch", launch)) }
    if listen != standard.listen {
      let host = listen.host.contains(":") ? "[\(listen.host)]" : listen.host
      words.append(("--listen", "\(host):\(listen.port)"))
    }
    words += tls.options
    if path != standard.path { words.append(("--path", path)) }
    for field in fields.list { words.append(("--header", "\(field.name): \(shown(field))")) }
    if let model { words.append(("--model", model)) }
    if level != standard.level { words.append(("--compare", level.rawValue)) }
    if policy != standard.policy { words.append(("--policy", policy.description)) }
    for path in ignoredPaths { words.append(("--ignore", path)) }
    if comparesComments { words.append(("--comments", nil)) }
    if lateAfter != standard.lateAfter { words.append(("--late-after", String(lateAfter))) }
    if timeout != standard.timeout { words.append(("--timeout", String(timeout))) }
    if fragmentPause != standard.fragmentPause {
      words.append(("--fragment-pause", String(fragmentPause)))
    }
    return words
  }

  /// The command that runs one recording under one plan with these settings; `invocation` is how to call
  /// this program.
  package func command(_ path: String, plan: String, _ invocation: String) -> String {
    "\(invocation) run \(quoted(path))\(words) --plan '\(plan)'"
  }

  private func shown(_ field: Field) -> String {
    let name = field.name.lowercased()
    let mayBeSecret = ["auth", "key", "token", "cookie", "secret"].contains { name.contains($0) }
    return mayBeSecret ? Self.withheld : field.value
  }
}
