// Account files: what is read out of them, what stays in them, and that they are valid whatever
// happens while one is replaced.

import Foundation
import MockQwen
import ProxyUnderTest
import TestSupport
import Testing
import Wire

@testable import Commands
@testable import Terminal

@Suite(.timeLimit(.minutes(30))) struct AccountFilesTests {
  private static let file = """
    {"access_token":"at-1","refresh_token":"rt-1","token_type":"Bearer","scope":"openid profile",
    "resource_url":"portal.qwen.ai","expiry_date":1800000000123,"id":{"sub":[1,2.5,null,"ü"]}}
    """
  private static let tokens = Tokens(
    access: Secret("at-1"), refresh: Secret("rt-1"), end: 1_800_000_000_123,
    upstream: BaseURL("https://portal.qwen.ai/v1"))
  private static let newTokens = Tokens(
    access: Secret("at-2"), refresh: Secret("rt-2"), end: 1_900_000_000_000,
    upstream: BaseURL("https://portal.qwen.ai/v1"))

  private func withFile(
    _ text: String = file, _ body: (AccountFolder, _ path: String) throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      try put(Array(text.utf8), "oauth_creds.json", in: folder)
      try body(AccountFolder(folder), "\(folder)/oauth_creds.json")
    }
  }

  private func object(_ path: String) throws -> NSDictionary {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
  }

  @Test func readsOneAccountAndMany() async throws {
    try await withFile { folder, _ in
      let other = #"{"refresh_token":"r","resource_url":"http://h:1/x"}"#
      try put(Array(other.utf8), "oauth_creds_b.json", in: folder.path)
      try put(Array(#"{"access_token":"a"}"#.utf8), "oauth_creds_a.json", in: folder.path)
      for name in ["settings.json", "oauth_creds_.json", "oauth_creds_c.json.bak"] {
        try put([0x7B], name, in: folder.path)
      }
      let upstream = try #require(BaseURL("http://default/v1"))
      let accounts = try folder.accounts(defaultUpstream: upstream)
      #expect(accounts.map(\.name) == ["default", "a", "b"])
      #expect(accounts[0].tokens == Self.tokens)
      #expect(accounts[1].tokens == Tokens(access: Secret("a")) && accounts[1].upstream == upstream)
      // Without a token of its own it is refreshed first.
      #expect(accounts[2].tokens.end == 0 && accounts[2].tokens.refresh == Secret("r"))
      #expect(accounts[2].upstream.description == "http://h:1/x/v1")
    }
  }

  @Test(arguments: [
    ("", "holds no JSON object"), ("[]", "holds no JSON object"), ("{}", "holds no access_token"),
    (#"{"access_token":"sk secret"}"#, "holds no access_token"),
    (#"{"access_token":"sk-secret","resource_url":"?"}"#, "resource_url that is not a URL"),
  ])
  func namesAFileThatIsDamaged(_ text: String, _ reason: String) async throws {
    try await withFile(text) { folder, path in
      let error = #expect(throws: UsageError.self) {
        try folder.accounts(defaultUpstream: Account.portal)
      }
      #expect(
        error?.description.contains(reason) == true && error?.description.contains(path) == true)
      #expect(error?.description.contains("secret") == false)
    }
  }

  @Test func refusesOneLoginInTwoFiles() async throws {
    try await withFile { folder, _ in
      try put(Array(Self.file.utf8), "oauth_creds_b.json", in: folder.path)
      let error = #expect(throws: UsageError.self) {
        try folder.accounts(defaultUpstream: Account.portal)
      }
      #expect(error?.description.contains("the account files of default and b") == true)
    }
  }

  @Test func newTokensLeaveAllElse() async throws {
    try await withFile { folder, path in
      let before = try object(path)
      #expect(folder.save(Self.newTokens, of: "default"))
      #expect(try folder.tokens(of: "default") == Self.newTokens)
      let after = try object(path)
      for name in ["token_type", "scope", "resource_url", "id"] {
        #expect((after[name] as? NSObject) == (before[name] as? NSObject), "\(name)")
      }
      #expect(after.count == before.count)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? NSNumber == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  @Test func aLinkStaysALink() async throws {
    try await withFile { folder, path in
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/oauth_creds_l.json", withDestinationPath: path)
      #expect(folder.save(Self.newTokens, of: "l"))
      #expect(try folder.tokens(of: "default") == Self.newTokens)
      #expect(try folder.tokens(of: "l") == Self.newTokens)
    }
  }

  /// Another program has refreshed the token: what its file holds now is taken.
  @Test func seesWhatAnotherProgramWrote() async throws {
    try await withFile { folder, _ in
      let files = AccountFiles(folder, counts: CountsBook(folder))
      #expect(files.newer(than: Self.tokens, of: "default") == nil)
      #expect(AccountFolder(folder.path).save(Self.newTokens, of: "default"))
      #expect(files.newer(than: Self.tokens, of: "default") == Self.newTokens)
      #expect(files.newer(than: Self.newTokens, of: "default") == nil)
    }
  }

  /// A crash behind each step: the file is the old one up to the renaming, the new one from there on.
  /// The next start removes what lies about, but tokens that were written whole are not lost.
  @Test(arguments: 0...FileReplacement.Step.allCases.count)
  func aCrashBehindAnyStepLeavesAValidFile(_ count: Int) async throws {
    try await withFile { folder, path in
      let later = Self.file.replacing("at-1", with: "at-2").replacing("180000", with: "190000")
      let content = Array(later.utf8)
      var replacement = FileReplacement(of: path, by: content)
      let steps = FileReplacement.Step.allCases.prefix(count)
      for step in steps { try replacement.perform(step) }
      let expected = steps.contains(.rename) ? "at-2" : "at-1"
      #expect(try folder.tokens(of: "default").access == Secret(expected))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names.count == (count > 0 && !steps.contains(.rename) ? 2 : 1))
      let hidden = names.filter { $0.hasPrefix(".") }
      // A file that somebody is at is not touched.
      _ = try folder.accounts(defaultUpstream: Account.portal)
      for name in hidden {
        #expect(FileManager.default.fileExists(atPath: "\(folder.path)/\(name)"))
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
        #expect(attributes[.posixPermissions] as? NSNumber == 0o600)
      }
      // The kernel lets go of it with the process.
      replacement = FileReplacement(of: path, by: [])
      let found = try folder.accounts(defaultUpstream: Account.portal)
      #expect(found.first?.tokens.access == Secret(steps.contains(.write) ? "at-2" : "at-1"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  /// A step that the system refuses: the old file stands, and nothing is left beside it.
  @Test func aFailedStepLeavesTheOldFile() async throws {
    try await withTemporaryFolder { folder in
      let missing = AccountFolder("\(folder)/missing")
      #expect(!missing.save(Self.newTokens, of: "default"))
      // A folder cannot be replaced by a file.
      try put([1], "full/oauth_creds.json/inside", in: folder)
      let full = AccountFolder("\(folder)/full")
      #expect(!full.save(Self.newTokens, of: "default"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: full.path).count == 1)
      #expect(FileManager.default.fileExists(atPath: "\(full.path)/oauth_creds.json/inside"))
    }
  }

  /// A process that does nothing but replace the file is killed at random moments.
  @Test func killedAtAnyMomentItLeavesAValidFile() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "replay-tests-\(UUID().uuidString)"
    ).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try put(Array(Self.file.utf8), "oauth_creds.json", in: folder)
    var generator = SeededGenerator(seed: 1)
    var seen: Set<Int> = []
    for _ in 0..<12 {
      let wait = UInt32(generator.next() % 30_000)
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [folder = folder as String, wait = wait as UInt32] in
        let files = AccountFolder(folder)
        let number = Int(try files.tokens(of: "default").access.text.dropFirst(3)) ?? 0
        for next in (number + 1)... {
          let tokens = Tokens(access: Secret("at-\(next)"), refresh: Secret("rt-\(next)"))
          _ = files.save(tokens, of: "default")
          guard next == number + 1 else { continue }
          Thread.detachNewThread {
            usleep(wait)
            _ = kill(getpid(), SIGKILL)
          }
        }
      }
      let tokens = try AccountFolder(folder).tokens(of: "default")
      #expect(tokens.access.text.dropFirst(3) == tokens.refresh?.text.dropFirst(3) ?? "")
      #expect(try object("\(folder)/oauth_creds.json")["scope"] as? String == "openid profile")
      seen.insert(Int(tokens.access.text.dropFirst(3)) ?? 0)
    }
    let leftovers = try FileManager.default.contentsOfDirectory(atPath: folder).count - 1
    print("12 kills: \(seen.max() ?? 0) replacements, \(leftovers) hidden files left")
    #expect(seen.count > 2)
    _ = try AccountFolder(folder).accounts(defaultUpstream: Account.portal)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
  }

  @Test func countsSurviveARestart() async throws {
    try await withTemporaryFolder { path in
      let folder = AccountFolder(path)
      #expect(folder.counts() == RequestCounts())
      var counts = RequestCounts()
      counts.add("a", at: 1_800_000_000_000)
      counts.add("default", at: 1_800_000_000_000)
      try folder.write(counts)
      #expect(folder.counts() == counts)
      let text = try String(
        contentsOf: URL(fileURLWithPath: "\(path)/replay_request_counts.json"), encoding: .utf8)
      #expect(text.contains(#""2027-01-15""#))
      try put([0x7B], "replay_request_counts.json", in: path)
      #expect(folder.counts() == RequestCounts())
    }
  }

  /// Two programs count on: each adds what it has counted since, and nothing is counted twice.
  @Test func countsOfTwoProgramsAreAdded() async throws {
    try await withTemporaryFolder { path in
      let folders = [AccountFolder(path), AccountFolder(path)]
      var counts = [RequestCounts(), RequestCounts()]
      for round in 0..<10 {
        let before = counts[round % 2]
        for _ in 0...round { counts[round % 2].add("a", at: 1_800_000_000_000) }
        let isAdded = try folders[round % 2].add(counts[round % 2].since(before))
        #expect(isAdded)
      }
      #expect(folders[0].counts().counts == ["a": 55])
      // The day after begins anew, and what comes late for the day before is of no use.
      var next = RequestCounts()
      next.add("a", at: 1_800_000_000_000 + 86_400_000)
      let areAdded = [try folders[0].add(next), try folders[1].add(counts[1])]
      #expect(areAdded == [true, true])
      #expect(folders[0].counts().counts == ["a": 1])
    }
  }

  @Test(arguments: [
    ("9223372036854775807", Tokens.endMax), ("-9223372036854775808", 0), ("1e308", Tokens.endMax),
    ("-1e308", 0), ("1.5", 1), ("true", 1), ("18446744073709551616", Tokens.endMax),
    ("\"1\"", nil), ("null", nil), ("[1]", nil),
  ])
  func anyExpiryIsATime(_ text: String, _ end: Int?) async throws {
    let file = #"{"access_token":"a","refresh_token":"r","expiry_date":\#(text)}"#
    try await withFile(file) { folder, _ in
      #expect(try folder.tokens(of: "default").end == end)
      let accounts = try folder.accounts(defaultUpstream: Account.portal)
      var pool = AccountPool(accounts)
      for now in [0, 1_800_000_000_000, Tokens.endMax] {
        var outputs: [AccountPool.Output] = []
        pool.handle(.wanted(now), at: now, into: &outputs)
        #expect(outputs.count <= 1)
      }
    }
  }

  @Test(arguments: ["9223372036854775807", "-5", "9223372036854775806"])
  func anyCountIsANumber(_ text: String) async throws {
    try await withTemporaryFolder { path in
      let file = #"{"day":"2027-01-15","requests":{"a":\#(text)}}"#
      try put(Array(file.utf8), AccountFolder.countsName, in: path)
      var counts = AccountFolder(path).counts()
      for _ in 0..<3 { counts.add("a", at: 1_800_000_000_000) }
      let isAdded = try AccountFolder(path).add(counts)
      #expect(isAdded)
      #expect((0...RequestCounts.countMax) ~= AccountFolder(path).counts().counts["a"] ?? -1)
    }
  }
}
