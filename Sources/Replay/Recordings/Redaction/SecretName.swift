// What a name tells about its value, by the parts of the name: `x-goog-api-key`, `GOOG_API_KEY` and
// `googApiKey` are the same three words, and the last one names the kind of value. `key` and `token` are
// also ordinary words; the part before them decides: an api key is a secret, a cache key is not, and the
// value of an unknown key counts only if it looks like a secret. Lists of whole names would miss every
// name that their author did not know.

/// What the value after a name is.
enum NameMeaning: UInt8, Hashable, Sendable {
  /// A password: may be a short word or digits only.
  case password
  /// A key, a token, a signature: a secret whatever it looks like.
  case secret
  /// Perhaps a secret: the value must look like one.
  case perhaps
  /// The id of a person, an account, an organization or a request.
  case id

  /// What a finding calls the value.
  var kind: String { self == .id ? "an id" : "the value of a secret" }
}

/// Where a name is: some words mean more in one place than in another.
enum NamePlace: Hashable, Sendable {
  /// A header field, or a parameter of a URL or a form: `key`, `token` and the like are secrets there.
  case parameter
  /// A JSON member, or a name in a text.
  case member
}

/// What `name` tells about its value; nil when it tells nothing.
func meaning(ofName name: some Collection<UInt8>, _ place: NamePlace) -> NameMeaning? {
  guard name.count <= 64 else { return nil }
  var parts = nameParts(name)
  // `password_2`, `api_key_value`: drops the words after the noun.
  while let last = parts.last, parts.count > 1, nameEnds.contains(last) { parts.removeLast() }
  guard var noun = parts.popLast() else { return nil }
  // `apikey`, `accesstoken`: two words in one.
  if !wholeWords.contains(noun), let ending = nameNouns.first(where: { noun.hasSuffix($0) }),
    noun.count > ending.count
  {
    parts.append(String(noun.dropLast(ending.count)))
    noun = ending
  }
  let owner = parts.last ?? ""
  switch noun {
  case "password", "passwd", "passphrase", "passcode", "pwd", "passwrd", "psk": return .password
  case "phrase": return owner == "pass" ? .password : nil
  case "pass", "pw":
    return parts.isEmpty ? .perhaps : passOwners.contains(owner) ? .password : .perhaps
  case "secret", "authorization", "apikey", "passkey", "assertion": return .secret
  case "signature": return owner == "function" || owner == "method" ? nil : .secret
  case "credential", "cred", "jwt": return parts.last == "allow" ? nil : .secret
  case "cookie", "auth", "sig", "sign", "session", "bearer", "pat":
    return place == .parameter ? .secret : .perhaps
  case "authentication", "oidc", "hmac", "otp": return place == .parameter ? .secret : nil
  case "ticket", "magic", "invite": return place == .parameter ? .perhaps : nil
  case "verifier": return ["code", "oauth"].contains(owner) ? .secret : nil
  case "response": return place == .parameter && owner == "saml" ? .secret : nil
  case "principal": return place == .parameter && owner == "client" ? .secret : nil
  case "code": return place == .parameter && isCodeOwner(owner) ? .secret : nil
  case "key": return keyMeaning(parts, place)
  case "token": return tokenMeaning(parts, place)
  case "id", "uid", "uuid", "guid", "sid": return idMeaning(noun, parts, place)
  case "organization", "project", "user", "username", "email", "subject":
    let isOwn = ["openai", "ai", "api", "forwarded", "remote", "authenticated", "auth", "x"]
      .contains(
        owner)
    return place == .parameter && isOwn ? .id : nil
  default:
    let word = ["是", "为"].contains(where: noun.hasSuffix) ? String(noun.dropLast()) : noun
    return chineseNames.contains(where: word.hasSuffix) ? .password : nil
  }
}

private func isCodeOwner(_ owner: String) -> Bool {
  ["", "auth", "authorization", "device", "verification", "access", "function"].contains(owner)
}

private func keyMeaning(_ parts: [String], _ place: NamePlace) -> NameMeaning? {
  guard let owner = parts.last else { return place == .parameter ? .secret : .perhaps }
  if ordinaryKeys.contains(owner) { return nil }
  return keyOwners.contains(owner) || place == .parameter ? .secret : .perhaps
}

private func tokenMeaning(_ parts: [String], _ place: NamePlace) -> NameMeaning? {
  if parts.contains(where: countWords.contains) { return nil }
  guard let owner = parts.last else { return place == .parameter ? .secret : .perhaps }
  if ordinaryTokens.contains(owner) { return nil }
  return tokenOwners.contains(owner) || place == .parameter ? .secret : .perhaps
}

private func idMeaning(_ noun: String, _ parts: [String], _ place: NamePlace) -> NameMeaning? {
  let owner = parts.last ?? ""
  if owner == "key" || owner == "secret" {
    let isAccess = parts.count > 1 && ["access", "pair"].contains(parts[parts.count - 2])
    return isAccess || place == .parameter ? .secret : .perhaps
  }
  if owner == "access" || parts.suffix(2) == ["key", "pair"] { return .secret }
  if noun == "sid" || noun == "uid" { return .id }
  if idOwners.contains(owner) { return .id }
  return idOwners.contains(where: { owner.hasSuffix($0) && $0.count > 3 }) ? .id : nil
}

/// The words of a name in lower case, each in the singular: split at characters that are not letters or
/// digits and at capitals; `APIKey` is two words. Digits after a word, and words of digits, are left out.
func nameParts(_ name: some Collection<UInt8>) -> [String] {
  var parts: [String] = []
  var word: [UInt8] = []
  func close() {
    while let last = word.last, 0x30...0x39 ~= last { word.removeLast() }
    let isLong = word.count > 3 || word.elementsEqual("ids".utf8)
    if isLong, word.last == UInt8(ascii: "s"), word[word.count - 2] != UInt8(ascii: "s") {
      word.removeLast()
    }
    if !word.isEmpty { parts.append(String(decoding: word, as: UTF8.self)) }
    word = []
  }
  let bytes = Array(name)
  for (index, byte) in bytes.enumerated() {
    switch byte {
    case 0x41...0x5A:
      let isAfterSmall = index > 0 && !(0x41...0x5A ~= bytes[index - 1])
      let isBeforeSmall = index + 1 < bytes.count && 0x61...0x7A ~= bytes[index + 1]
      let isPlural =
        isBeforeSmall && bytes[index + 1] == UInt8(ascii: "s")
        && (index + 2 == bytes.count || !(0x61...0x7A ~= bytes[index + 2]))
      if isAfterSmall || isBeforeSmall && !isPlural { close() }
      word.append(byte | 0x20)
    case 0x61...0x7A, 0x30...0x39, 0x80...: word.append(byte)
    default: close()
    }
  }
  close()
  return parts
}

/// Nouns that may be the second half of a compound, the longer ones first.
private let nameNouns = [
  "authorization", "credential", "passphrase", "signature", "password", "passcode", "username",
  "assertion", "session", "passwd", "secret", "cookie", "token", "uuid", "pass", "key", "jwt",
  "pwd",
  "id",
]

/// Words that only look like such compounds.
private let wholeWords: Set<String> = [
  "bypass", "compass", "surpass", "trespass", "overpass", "underpass", "encompass", "fourpass",
  "apikey", "monkey", "turkey", "donkey", "hockey", "jockey", "whiskey", "hotkey", "passkey",
  "valid", "invalid", "grid", "paid", "void", "avoid", "android", "solid", "fluid", "hybrid",
  "pyramid", "uid", "uuid", "guid", "sid", "pid", "bid", "mid", "rapid", "raid", "said", "aid",
  "cuboid", "covid", "identifier", "nonsecret", "upid", "madrid", "david", "kid", "did",
]

/// Words after the noun without a meaning.
private let nameEnds: Set<String> = [
  "value", "string", "text", "header", "plaintext", "plain", "raw", "confirmation", "confirm",
  "again", "hash", "env", "base64", "b64", "list", "sha", "hex", "pem", "encoded", "bytes", "base",
  "data", "v",
]

/// Words before "key" that make it a secret.
private let keyOwners: Set<String> = [
  "api", "access", "secret", "private", "priv", "auth", "authorization", "app", "application",
  "subscription", "client", "encryption", "decryption", "signing", "sign", "signature", "master",
  "service", "account", "acct", "ssh", "rsa", "pgp", "gpg", "hmac", "aes", "shared", "license",
  "admin", "root", "session", "consumer", "deploy", "host", "storage", "openai", "anthropic",
  "dashscope", "qwen", "azure", "google", "gemini", "groq", "mistral", "cohere", "deepseek",
  "portkey", "litellm", "helicone", "together", "xai", "nvidia", "hf", "aliyun", "oss", "aws",
  "stripe", "tavily", "serpapi", "ca", "vault", "sas", "server", "webhook", "bearer", "virtual",
  "security", "cipher", "crypto", "unlock", "activation", "serper", "brave", "bing", "x", "s3",
]

/// Words before "key" that make it an ordinary name.
private let ordinaryKeys: Set<String> = [
  "public", "pub", "primary", "foreign", "cache", "sort", "partition", "idempotency", "dedup",
  "deduplication", "group", "row", "column", "map", "dict", "object", "hot", "short", "shortcut",
  "arrow", "enter", "json", "i18n", "translation", "message", "record", "index", "lookup", "unique",
  "composite", "candidate", "natural", "surrogate", "field", "route", "item", "parent", "child",
  "data", "default", "left", "right", "next", "prev", "previous", "start", "end", "last", "first",
  "join", "websocket", "answer", "piano", "car", "door", "house", "press", "tab", "escape", "shift",
  "order", "by", "search", "label", "property", "metric", "config", "setting", "state", "query",
  "memo", "react", "dictionary", "hash", "range", "page", "major", "minor", "block", "music",
]

/// Words before "token" that make it a secret.
private let tokenOwners: Set<String> = [
  "access", "refresh", "id", "auth", "authorization", "authentication", "session", "security",
  "bearer", "api", "csrf", "xsrf", "client", "bot", "user", "device", "push", "personal", "oauth",
  "jwt", "web", "app", "service", "account", "verification", "verify", "reset", "invite", "hf",
  "github", "gh", "gitlab", "slack", "npm", "pypi", "discord", "telegram", "registry", "deploy",
  "upload", "sas", "sts", "tenant", "vault", "consul", "admin", "login", "remember", "hub", "x",
  "secret", "private", "identity", "delegation", "portal", "qwen", "aws", "azure", "huggingface",
  "replicate", "middleware", "job", "ci", "trigger", "workspace", "org", "root", "runner",
]

/// Words before "token" that make it a piece of text, or a place in a list.
private let ordinaryTokens: Set<String> = [
  "special", "stop", "eos", "bos", "pad", "unk", "sep", "cl", "mask", "start", "end", "begin",
  "first", "last", "page", "continuation", "cursor", "sync", "string", "word", "text", "image",
  "audio", "video", "sub", "cls", "design", "chosen", "top", "decoded", "current", "thinking",
  "think",
]

/// Words in the names of token counts.
private let countWords: Set<String> = [
  "max", "min", "num", "n", "new", "total", "count", "limit", "ratelimit", "remaining", "per",
  "usage", "used", "prompt", "completion", "input", "output", "cached", "cache", "reasoning",
  "accepted", "rejected", "prediction", "budget", "next", "avg", "average", "sum", "generated",
]

private let passOwners: Set<String> = [
  "db", "database", "user", "smtp", "mail", "redis", "mysql", "postgre", "pg", "ftp", "admin",
  "root",
  "login", "my", "proxy", "basic", "auth", "http", "rabbitmq", "mongo", "ldap", "wifi", "sudo",
  "require", "store", "key", "ssh", "become", "master",
]

private let idOwners: Set<String> = [
  "request", "account", "user", "organization", "organisation", "org", "tenant", "workspace",
  "owner",
  "parent", "trace", "correlation", "session", "aliyun", "ali", "customer", "member", "device",
  "installation", "openai", "employee", "person", "subscriber", "open", "union", "client",
  "aliyunu", "aliu", "parentu", "sess",
]

/// Password, passphrase, key, token.
private let chineseNames = ["密码", "口令", "密钥", "令牌"]
