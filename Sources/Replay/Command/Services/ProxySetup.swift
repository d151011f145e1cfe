// The operator's flags and environment, as the proxy's settings. A value that is not understood stops the
// start, with the name of its variable; a key is never shown.

internal import Canaries
internal import MockQwen
internal import ProxyServing
package import ProxyUnderTest
internal import Recordings
internal import Terminal
package import Trials
internal import Wire

/// Where the proxy listens, and its settings.
package struct ProxySetup: Hashable, Sendable {
  package var place = ListenPlace()
  package var settings = Settings()
  /// The accounts of OAuth files; nil when requests go with the key of the settings.
  package var accounts: AccountSetup?

  /// Reads flags, then the environment, then defaults. Throws `UsageError`.
  package init(
    environment: [String: String], listen: ListenPlace? = nil, upstream: String? = nil
  ) throws {
    let variables = environment.filter { !$0.value.isEmpty }
    place = try listen ?? Self.place(variables)
    try chooseUpstream(flag: upstream, variables)
    settings.defaultModel = try Self.visible("DEFAULT_MODEL", variables) ?? "qwen3-coder-plus"
    settings.streams = try variables["STREAM"] == nil || Self.truth("STREAM", variables)
    settings.clientKeys = try Self.clientKeys(variables)
    settings.keepsHalfClosed = try Self.truth("HALF_CLOSE", variables)
    settings.keepsUpstreams = true
    settings.notesFragments = try Self.truth("DEBUG_STREAMING", variables)
    try readTimes(variables)
  }

  private mutating func readTimes(_ variables: [String: String]) throws {
    func milliseconds(_ name: String, from least: Int = 1) throws -> Milliseconds? {
      guard let text = variables[name] else { return nil }
      guard let seconds = wholeNumber(text), least...86_400 ~= seconds else {
        throw UsageError("\(name) takes whole seconds from \(least) to 86400, not '\(text)'")
      }
      return seconds * 1_000
    }
    /// A limit that is off when it is not set, and when it is 0.
    func optional(_ name: String) throws -> Milliseconds? {
      try milliseconds(name, from: 0).flatMap { $0 == 0 ? nil : $0 }
    }
    var limits = settings.limits
    limits.connectTimeMax = try milliseconds("CONNECT_TIMEOUT") ?? limits.connectTimeMax
    limits.firstByteTimeMax = try milliseconds("FIRST_BYTE_TIMEOUT") ?? limits.firstByteTimeMax
    limits.idleTimeMax = try milliseconds("IDLE_TIMEOUT") ?? limits.idleTimeMax
    limits.totalTimeMax = try optional("TOTAL_TIMEOUT")
    limits.sendTimeMax = try milliseconds("SEND_TIMEOUT") ?? limits.sendTimeMax
    settings.limits = limits
    settings.heartbeatTime = try optional("HEARTBEAT")
  }

  private static func clientKeys(_ variables: [String: String]) throws -> [String] {
    guard let text = variables["API_KEY"] else { return [] }
    let keys = text.split(separator: ",").map { trimmingBlanks($0) }.filter { !$0.isEmpty }
    guard !keys.isEmpty, keys.allSatisfy({ $0.utf8.allSatisfy { 0x21...0x7E ~= $0 } }) else {
      throw UsageError("API_KEY takes keys of visible ASCII letters, with commas between them")
    }
    return keys
  }

  private static func place(_ variables: [String: String]) throws -> ListenPlace {
    var place = ListenPlace()
    if let host = variables["HOST"] {
      // An IPv6 address needs no brackets here, and may have them.
      let isAddress = host.count { $0 == ":" } > 1 && !host.hasPrefix("[")
      let (name, port) = BaseURL.hostAndPort(isAddress ? "[\(host)]" : host[...]) ?? ("", 0)
      guard port == nil else {
        throw UsageError("HOST takes a name or an address, such as 127.0.0.1, not '\(host)'")
      }
      place.host = name
    }
    if let text = variables["PORT"] {
      guard let port = ListenPlace.port(text) else {
        throw UsageError("PORT takes a number from 0 to 65535, not '\(text)'")
      }
      place.port = port
    }
    return place
  }

  /// Sets where requests go, and with a key or with the accounts of a folder.
  private mutating func chooseUpstream(flag: String?, _ variables: [String: String]) throws {
    let name = flag == nil ? "QWEN_BASE_URL" : "--upstream"
    let text = flag ?? variables[name]
    let given = text.flatMap { BaseURL($0) }
    guard given != nil || text == nil else {
      // The URL is not shown: it may hold a password, which may be why it is refused.
      throw UsageError(
        "\(name) is not a URL such as http://127.0.0.1:9000/compatible-mode/v1 "
          + "(scheme, host, port and path; no user, no query)")
    }
    settings.upstream = given ?? Settings.dashScope
    accounts = try AccountSetup(variables, upstream: given)
    if accounts == nil { settings.key = try Self.visible("DASHSCOPE_API_KEY", variables) ?? "" }
  }

  /// A word of visible ASCII; nil when the variable is not set. It is never shown, because it may be a
  /// key.
  private static func visible(_ name: String, _ variables: [String: String]) throws -> String? {
    guard let text = variables[name] else { return nil }
    guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw UsageError("\(name) holds a blank, a line end or a byte that is not ASCII")
    }
    return text
  }

  private static func truth(_ name: String, _ variables: [String: String]) throws -> Bool {
    switch variables[name]?.lowercased() {
    case nil, "false", "0": return false
    case "true", "1": return true
    case let other?: throw UsageError("\(name) takes true or false, not '\(other)'")
    }
  }
}
