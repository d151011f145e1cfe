// What the environment may say to the proxy, and how it is told that it says something wrong.

import ProxyUnderTest
import TestSupport
import Testing
import Wire

@testable import Commands
@testable import Terminal
@testable import Trials

@Suite struct ProxySetupTests {
  static let base = ["DASHSCOPE_API_KEY": "k", "QWEN_BASE_URL": "http://h:1/v1"]

  @Test func readsTheEnvironment() throws {
    var environment = Self.base
    var setup = try ProxySetup(environment: environment)
    #expect(setup.place.host == "127.0.0.1" && setup.place.port == 0)
    #expect(setup.settings.upstream == BaseURL(scheme: .http, host: "h", port: 1, path: "/v1"))
    #expect(setup.settings.key == "k" && !setup.settings.notesFragments)
    #expect(setup.settings.defaultModel == "qwen3-coder-plus")
    environment.merge([
      "HOST": "0.0.0.0", "PORT": "8080", "DEBUG_STREAMING": "true", "DEFAULT_MODEL": "m",
    ]) { $1 }
    setup = try ProxySetup(environment: environment)
    #expect(setup.place.host == "0.0.0.0" && setup.place.port == 8080)
    #expect(setup.settings.notesFragments)
    #expect(setup.settings.defaultModel == "m")
    #expect(setup.place.url(port: 8080, path: "/v1") == "http://0.0.0.0:8080/v1")
  }

  @Test func readsTheKeysOfClients() throws {
    for (text, keys) in [("a", ["a"]), (" a,b-1 ,, c", ["a", "b-1", "c"]), ("", [])] {
      let environment = Self.base.merging(["API_KEY": text]) { $1 }
      #expect(try ProxySetup(environment: environment).settings.clientKeys == keys)
    }
  }

  @Test func readsTimesAndSwitches() throws {
    let plain = try ProxySetup(environment: Self.base).settings
    #expect(plain.limits == ProxyLimits())
    #expect(plain.heartbeatTime == nil && !plain.keepsHalfClosed)
    let environment = Self.base.merging([
      "CONNECT_TIMEOUT": "1", "FIRST_BYTE_TIMEOUT": "2", "IDLE_TIMEOUT": "3", "TOTAL_TIMEOUT": "4",
      "HEARTBEAT": "5", "HALF_CLOSE": "true",
    ]) { $1 }
    let settings = try ProxySetup(environment: environment).settings
    let limits = settings.limits
    #expect(limits.connectTimeMax == 1_000 && limits.firstByteTimeMax == 2_000)
    #expect(limits.idleTimeMax == 3_000 && limits.totalTimeMax == 4_000)
    #expect(settings.heartbeatTime == 5_000 && settings.keepsHalfClosed)
    let off = environment.merging(["TOTAL_TIMEOUT": "0", "HEARTBEAT": "0"]) { $1 }
    #expect(try ProxySetup(environment: off).settings.limits.totalTimeMax == nil)
    #expect(try ProxySetup(environment: off).settings.heartbeatTime == nil)
  }

  @Test func flagsGoBeforeTheEnvironment() throws {
    var environment = Self.base
    environment.merge(["HOST": "h", "PORT": "no number", "QWEN_BASE_URL": "no URL"]) { $1 }
    let setup = try ProxySetup(
      environment: environment, listen: ListenPlace("[::1]:9"), upstream: "http://u")
    #expect(setup.place.host == "::1" && setup.place.port == 9)
    #expect(setup.settings.upstream == BaseURL(scheme: .http, host: "u", port: 80))
    #expect(setup.place.url(port: 9, path: "/v1") == "http://[::1]:9/v1")
  }

  @Test(arguments: [
    ("::1", "::1"), ("[::1]", "::1"), ("localhost", "localhost"), ("", "127.0.0.1"),
  ])
  func takesAddressesAndNames(_ host: String, _ expected: String) throws {
    let environment = Self.base.merging(["HOST": host]) { $1 }
    #expect(try ProxySetup(environment: environment).place.host == expected)
  }

  /// A variable, a value that it must not have, and a part of what is said then.
  static let refusals: [(name: String, value: String, reason: String)] = [
    ("PORT", "abc", "PORT takes a number from 0 to 65535, not 'abc'"),
    ("PORT", "65536", "PORT takes"), ("PORT", "+80", "PORT takes"), ("PORT", "-1", "PORT takes"),
    ("PORT", " 80", "PORT takes"), ("HOST", "a:1", "HOST takes"), ("HOST", "a/b", "HOST takes"),
    ("QWEN_BASE_URL", "dashscope", "QWEN_BASE_URL is not a URL"),
    ("QWEN_BASE_URL", "http://user:secret@h", "QWEN_BASE_URL is not a URL"),
    ("DASHSCOPE_API_KEY", "", "no account: set DASHSCOPE_API_KEY"),
    ("DASHSCOPE_API_KEY", "secret\n", "DASHSCOPE_API_KEY holds"),
    ("DEBUG_STREAMING", "ja", "DEBUG_STREAMING takes true or false"),
    ("API_KEY", "secret one", "API_KEY takes keys"), ("API_KEY", " , ", "API_KEY takes keys"),
    ("HALF_CLOSE", "x", "HALF_CLOSE takes true or false"),
    ("CONNECT_TIMEOUT", "0", "CONNECT_TIMEOUT takes whole seconds from 1 to 86400, not '0'"),
    ("FIRST_BYTE_TIMEOUT", "-1", "FIRST_BYTE_TIMEOUT takes"),
    ("IDLE_TIMEOUT", "86401", "IDLE_TIMEOUT takes"),
    ("TOTAL_TIMEOUT", "1.5", "TOTAL_TIMEOUT takes"),
    ("HEARTBEAT", "15s", "HEARTBEAT takes whole seconds from 0 to 86400, not '15s'"),
    ("DEFAULT_MODEL", "secret model", "DEFAULT_MODEL holds"),
  ]

  @Test(arguments: refusals)
  func namesTheVariable(_ name: String, _ value: String, _ reason: String) throws {
    let error = #expect(throws: UsageError.self) {
      try ProxySetup(environment: Self.base.merging([name: value]) { $1 })
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("secret") == false)
  }

  @Test(arguments: [
    ("1.2.3.4:5", "1.2.3.4", 5), ("8080", "127.0.0.1", 8080), ("[::]:0", "::", 0),
    ("localhost:65535", "localhost", 65535),
  ])
  func readsPlaces(_ text: String, _ host: String, _ port: Int) {
    let place = ListenPlace(text)
    #expect(place?.host == host && place?.port == port)
  }

  @Test(arguments: ["", "h", "127.0.0.1", ":80", "h:", "h:x", "h:65536", "::1", "[::1]", "h:+1"])
  func refusesPlaces(_ text: String) { #expect(ListenPlace(text) == nil) }

  /// Account files in a folder, each with its place.
  private func withAccounts(
    _ names: [String], _ body: ([String: String]) throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      for name in names {
        let file =
          #"{"access_token":"sk-secret","refresh_token":"\#(name)","#
          + #""resource_url":"http://h:1/v1"}"#
        try put(Array(file.utf8), name, in: folder)
      }
      try body([
        "QWEN_ACCOUNTS_DIR": folder, "QWEN_TOKEN_URL": "http://h:2/token",
      ])
    }
  }

  @Test func readsAccountFiles() async throws {
    try await withAccounts(["oauth_creds_b.json", "oauth_creds_a.json"]) { environment in
      var setup = try ProxySetup(environment: environment)
      #expect(setup.accounts?.accounts.map(\.name) == ["a", "b"])
      #expect(setup.accounts?.first == nil && setup.settings.key.isEmpty)
      #expect(setup.accounts?.endpoint.url.description == "http://h:2/token")
      setup = try ProxySetup(environment: environment.merging(["DEFAULT_ACCOUNT": "b"]) { $1 })
      #expect(setup.accounts?.first == "b")
      // Nothing that prints the setup shows a token.
      var dumped = ""
      dump(setup, to: &dumped)
      #expect(!dumped.contains("sk-secret") && dumped.contains("•••"))
    }
  }

  @Test func aKeyIsTheOnlyAccount() throws {
    let environment = Self.base.merging(["HOME": "/no such folder"]) { $1 }
    #expect(try ProxySetup(environment: environment).accounts == nil)
  }

  @Test(arguments: [
    ("DEFAULT_ACCOUNT", "c", "DEFAULT_ACCOUNT names no account in"),
    ("QWEN_TOKEN_URL", "h", "QWEN_TOKEN_URL is not a URL"),
    ("DASHSCOPE_API_KEY", "k", "DASHSCOPE_API_KEY and QWEN_ACCOUNTS_DIR are both set"),
    ("QWEN_ACCOUNTS_DIR", "/no such folder", "cannot read the account folder /no such folder"),
  ])
  func namesTheVariableOfAccounts(_ name: String, _ value: String, _ reason: String) async throws {
    try await withAccounts(["oauth_creds.json"]) { environment in
      let error = #expect(throws: UsageError.self) {
        try ProxySetup(environment: environment.merging([name: value]) { $1 })
      }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
  }

  @Test func aFolderWithoutAccountsIsNamed() async throws {
    try await withAccounts([]) { environment in
      let error = #expect(throws: UsageError.self) { try ProxySetup(environment: environment) }
      #expect(error?.description.contains("holds no oauth_creds.json") == true)
    }
  }
}
