// What the operator has said, from flags and environment, as the proxy's settings. A value that is
// not understood stops the start and is named by the variable that holds it; a key never shows.

package import ProxyUnderTest
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
    settings.notesFragments = try Self.truth("DEBUG_STREAMING", variables)
    // To start all the same would open to everybody what the operator believes to be locked.
    guard variables["API_KEY"] == nil else {
      throw UsageError(
        "API_KEY is set, but this build does not ask clients for a key yet; unset it to go on")
    }
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

  /// Sets where requests go, and with what: a key, or the accounts of a folder.
  private mutating func chooseUpstream(flag: String?, _ variables: [String: String]) throws {
    let name = flag == nil ? "QWEN_BASE_URL" : "--upstream"
    let text = flag ?? variables[name]
    let given = text.flatMap { BaseURL($0) }
    guard given != nil || text == nil else {
      // The URL is not shown: it may hold a password, which is one reason why it is refused.
      throw UsageError(
        "\(name) is no URL such as http://127.0.0.1:9000/compatible-mode/v1 "
          + "(scheme, host, port and path; no user, no query)")
    }
    settings.upstream = given ?? Settings.dashScope
    accounts = try AccountSetup(variables, upstream: given)
    if accounts == nil { settings.key = try Self.visible("DASHSCOPE_API_KEY", variables) ?? "" }
  }

  /// A word of visible ASCII, or nil when the variable is not set. It is not shown: it may be a key.
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
