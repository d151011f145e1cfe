// Which account a request gets, as stories: what happens on the left, what the pool wants done on
// the right. Requests are numbers, accounts letters, and a token is its account's letter and how
// often it was refreshed.

import ProxyUnderTest
import Testing
import Wire

/// A pool of accounts a, b, c … that is told words.
private struct PoolBench {
  static let now = 1_800_000_000_000
  var pool: AccountPool
  private var refreshes: [Int: Int] = [:]

  /// `count` accounts with tokens that end in an hour; those in `bare` cannot refresh theirs.
  init(
    _ count: Int, bare: Set<Int> = [], first: String? = nil, end: Milliseconds? = now + 3_600_000
  ) {
    let accounts = (0..<count).map { index -> Account in
      let name = Self.name(index)
      return Account(
        name: name,
        tokens: Tokens(
          access: Secret("\(name)0"), refresh: bare.contains(index) ? nil : Secret("r\(name)0"),
          end: end, upstream: BaseURL("http://\(name).example/v1")))
    }
    pool = AccountPool(accounts, first: first)
  }

  static func name(_ index: Int) -> String { String(UnicodeScalar(UInt8(97 + index))) }

  /// Tells the pool a line of words such as `want 1, quota 1, refreshed a, stored a`; what it wants
  /// done for each is joined.
  mutating func tell(_ line: String, at now: Milliseconds = now) -> String {
    line.split(separator: ",").map { step(String($0), at: now) }.filter { !$0.isEmpty }
      .joined(separator: ", ")
  }

  private mutating func step(_ text: String, at now: Milliseconds) -> String {
    let words = text.split(separator: " ").map(String.init)
    var outputs: [AccountPool.Output] = []
    for ticket in words[1].split(separator: "+") {
      let input: AccountPool.Input
      let account = Int(words[1].utf8.first ?? 97) - 97
      switch words[0] {
      case "want": input = .wanted(Int(ticket)!)
      case "ok": input = .answered(Int(ticket)!, .accepted)
      case "quota": input = .answered(Int(ticket)!, .overQuota)
      case "denied": input = .answered(Int(ticket)!, .unauthorized)
      case "end": input = .ended(Int(ticket)!)
      case "refreshed", "short":
        let number = refreshes[account, default: 0] + 1
        refreshes[account] = number
        var tokens = pool.accounts[account].tokens
        tokens.access = Secret("\(ticket)\(number)")
        tokens.refresh = Secret("r\(ticket)\(number)")
        tokens.end = now + (words[0] == "short" ? 10_000 : 3_600_000)
        input = .refreshed(account, tokens)
      case "failed": input = .refreshFailed(account, "why")
      case "stored": input = .stored(account, isWritten: true)
      case "unstored": input = .stored(account, isWritten: false)
      default: preconditionFailure(text)
      }
      pool.handle(input, at: now, into: &outputs)
    }
    return outputs.compactMap(Self.words).joined(separator: ", ")
  }

  private static func words(_ output: AccountPool.Output) -> String? {
    switch output {
    case .use(let ticket, let credential, let account):
      let place = credential.upstream.host == "\(name(account)).example" ? "" : " elsewhere"
      return "\(ticket) \(credential.key.text)\(credential.mayTryAgain ? "" : " last")\(place)"
    case .giveUp(let ticket): return "\(ticket) none"
    case .refresh(let account, let token): return "refresh \(name(account)) \(token.text)"
    case .store(let account, _): return "store \(name(account))"
    case .note: return nil
    }
  }
}

@Suite struct AccountPoolTests {
  /// The number of accounts, what happens, and what the pool wants done.
  static let stories: [(name: String, count: Int, told: String, wanted: String)] = [
    ("stays with one account", 3, "want 1, ok 1, want 2, ok 2", "1 a0, 2 a0"),
    ("a quota moves on and stays there", 3, "want 1, quota 1, ok 1, want 2", "1 a0, 1 b0, 2 b0"),
    (
      "all over quota: each once", 3, "want 1, quota 1+1+1, want 2",
      "1 a0, 1 b0, 1 c0, 1 none, 2 a0"
    ),
    (
      "the first denial refreshes", 2, "want 1, denied 1, refreshed a, stored a, ok 1, want 2",
      "1 a0, refresh a ra0, store a, 1 a1, 2 a1"
    ),
    (
      "denied again: another account, but the next request comes back", 2,
      "want 1, denied 1, refreshed a, stored a, denied 1, ok 1",
      "1 a0, refresh a ra0, store a, 1 a1, 1 b0"
    ),
    (
      "three in a row move on", 2,
      "want 1, denied 1, refreshed a, stored a, denied 1, want 2, denied 2, want 3",
      "1 a0, refresh a ra0, store a, 1 a1, 1 b0, 2 a1, 2 b0, 3 b0"
    ),
    (
      "two in a row, a success, two more", 2,
      "want 1, denied 1, refreshed a, stored a, denied 1, want 2, ok 2, want 3, denied 3, "
        + "refreshed a, stored a, ok 3, want 4",
      "1 a0, refresh a ra0, store a, 1 a1, 1 b0, 2 a1, 3 a1, refresh a ra1, store a, 3 a2, 4 a2"
    ),
    (
      "denied again, and no other account", 1,
      "want 1, denied 1, refreshed a, stored a, denied 1",
      "1 a0, refresh a ra0, store a, 1 a1 last, 1 none"
    ),
    (
      "many wait for one refresh", 2, "want 1+2+3, denied 1+2+3, refreshed a, stored a",
      "1 a0, 2 a0, 3 a0, refresh a ra0, store a, 1 a1, 2 a1, 3 a1"
    ),
    (
      "nothing new before it is stored", 2, "want 1, denied 1, refreshed a, want 2, stored a",
      "1 a0, refresh a ra0, store a, 1 a1, 2 a1"
    ),
    (
      "a late denial of the old token", 2,
      "want 1+2, denied 1, refreshed a, stored a, denied 2, ok 1+2",
      "1 a0, 2 a0, refresh a ra0, store a, 1 a1, 2 a1"
    ),
    (
      "a refresh that fails moves on", 2, "want 1+2, denied 1+2, failed a, want 3",
      "1 a0, 2 a0, refresh a ra0, 1 b0, 2 b0, 3 b0"
    ),
    (
      "a refresh that fails, and no other account", 1, "want 1, denied 1, failed a",
      "1 a0, refresh a ra0, 1 none"
    ),
    (
      "tokens that cannot be written are used", 1, "want 1, denied 1, refreshed a, unstored a",
      "1 a0, refresh a ra0, store a, 1 a1 last"
    ),
    (
      "who has left waits no more", 2, "want 1+2, denied 1+2, end 1, refreshed a, stored a, end 2",
      "1 a0, 2 a0, refresh a ra0, store a, 2 a1"
    ),
    ("answers to nobody", 2, "quota 1, denied 2, ok 3, end 4, failed a, stored a", ""),
    (
      "quota after a refresh", 2, "want 1, denied 1, refreshed a, stored a, quota 1, ok 1, want 2",
      "1 a0, refresh a ra0, store a, 1 a1, 1 b0, 2 b0"
    ),
    (
      "parallel quotas move on once", 3, "want 1+2, quota 1+2, want 3",
      "1 a0, 2 a0, 1 b0, 2 b0, 3 b0"
    ),
    ("one account over quota", 1, "want 1, quota 1, want 2", "1 a0, 1 none, 2 a0"),
    ("a request begins anew", 2, "want 1, quota 1, want 1", "1 a0, 1 b0, 1 b0"),
    ("no accounts", 0, "want 1, ok 1, end 1", "1 none"),
  ]

  @Test(arguments: stories)
  func tells(_ name: String, _ count: Int, _ told: String, _ wanted: String) {
    var bench = PoolBench(count)
    #expect(bench.tell(told) == wanted, "\(name)")
  }

  @Test func beginsWithTheAccountNamed() {
    var bench = PoolBench(3, first: "c")
    #expect(bench.tell("want 1, quota 1, quota 1, quota 1") == "1 c0, 1 a0, 1 b0, 1 none")
  }

  @Test func aTokenWithoutRefreshIsTriedOnceForEachRequest() {
    var bench = PoolBench(2, bare: [0, 1])
    #expect(bench.tell("want 1, denied 1+1") == "1 a0, 1 b0 last, 1 none")
    #expect(
      bench.tell("want 2, denied 2, ok 2, want 3, denied 3, ok 3")
        == "2 a0, 2 b0 last, 3 a0, 3 b0 last")
    // Three in a row.
    #expect(bench.tell("want 4") == "4 b0")
  }

  /// A token is refreshed first when it ends within 30 s, at that very millisecond.
  @Test(arguments: [
    (30_001, "1 a0"), (30_000, "refresh a ra0"), (0, "refresh a ra0"), (-1, "refresh a ra0"),
  ])
  func refreshesWhatEndsSoon(_ left: Milliseconds, _ wanted: String) {
    var bench = PoolBench(1, end: PoolBench.now + left)
    #expect(bench.tell("want 1") == wanted)
  }

  @Test func aTokenThatEndsSoonWithoutRefreshIsTried() {
    var bench = PoolBench(1, bare: [0], end: PoolBench.now - 1)
    #expect(bench.tell("want 1, denied 1") == "1 a0 last, 1 none")
  }

  @Test func anUnknownEndIsNoEnd() {
    var bench = PoolBench(1, end: nil)
    #expect(bench.tell("want 1") == "1 a0")
  }

  /// A new token that ends at once is used all the same, by those that waited for it.
  @Test func aShortTokenIsNotRefreshedForEver() {
    var bench = PoolBench(1, end: PoolBench.now)
    #expect(
      bench.tell("want 1, short a, stored a, denied 1")
        == "refresh a ra0, store a, 1 a1 last, 1 none")
  }

  @Test func holdsNothingOfRequestsThatAreOver() {
    var bench = PoolBench(3)
    _ = bench.tell("want 1+2+3+4, ok 1, quota 2+2+2, end 3, denied 4, failed a, ok 4")
    #expect(bench.pool.requestCount == 0)
  }

  @Test func showsNoToken() {
    let tokens = Tokens(access: Secret("sk-shown"), refresh: Secret("sk-shown"))
    var pool = AccountPool([Account(name: "a", tokens: tokens)])
    var outputs: [AccountPool.Output] = []
    pool.handle(.wanted(1), at: 0, into: &outputs)
    pool.handle(.answered(1, .unauthorized), at: 0, into: &outputs)
    var dumped = ""
    dump((pool, outputs), to: &dumped)
    #expect(outputs.count == 2)
    for text in [dumped, "\(pool)", "\(outputs)", String(reflecting: pool)] {
      #expect(text.contains("•••") && !text.contains("sk-shown"))
    }
  }
}

@Suite struct AccountTextTests {
  @Test(arguments: [
    ("portal.qwen.ai", "https://portal.qwen.ai/v1"),
    ("portal.qwen.ai/", "https://portal.qwen.ai/v1"),
    ("https://portal.qwen.ai/v1", "https://portal.qwen.ai/v1"),
    ("https://portal.qwen.ai/v1/", "https://portal.qwen.ai/v1"),
    ("dashscope.aliyuncs.com/compatible-mode", "https://dashscope.aliyuncs.com/compatible-mode/v1"),
    ("http://127.0.0.1:9000/compatible-mode/v1", "http://127.0.0.1:9000/compatible-mode/v1"),
    ("localhost:9000", "https://localhost:9000/v1"), ("h/v10", "https://h/v10/v1"),
    ("", nil), ("ftp://h", nil), ("a b", nil), ("h?x", nil),
  ])
  func completesResourceURLs(_ text: String, _ url: String?) {
    #expect(Tokens.upstream(ofResource: text)?.description == url)
  }

  @Test(arguments: [
    (401, "", AccountOutcome.unauthorized), (429, "", .overQuota), (403, "", .accepted),
    (403, #"{"error":{"code":"insufficient_quota"}}"#, .overQuota),
    (403, #"{"error":{"code":null,"type":"insufficient_quota"}}"#, .overQuota),
    (403, #"{"code":"AllocationQuota.FreeTierOnly","message":""}"#, .overQuota),
    (403, #"{"error":{"code":"Throttling.AllocationQuota"}}"#, .overQuota),
    (403, #"{"error":{"code":"invalid_api_key"}}"#, .unauthorized),
    (403, #"{"code":"InvalidApiKey"}"#, .unauthorized),
    (403, #"{"error":{"code":"token_expired"}}"#, .unauthorized),
    (403, #"{"error":{"code":"access_denied","message":"insufficient_quota expired"}}"#, .accepted),
    (403, #"{"error":{"code":1305}}"#, .accepted), (403, "[]", .accepted), (403, "{", .accepted),
    (400, #"{"error":{"code":"insufficient_quota"}}"#, .accepted), (200, "", .accepted),
    (500, "", .accepted),
  ])
  func judgesAnswers(_ status: Int, _ body: String, _ outcome: AccountOutcome) {
    #expect(AccountOutcome.of(status: status, body: octets(body)) == outcome)
  }

  @Test func countsByDay() {
    var counts = RequestCounts()
    let day = 86_400_000
    #expect([counts.add("a", at: day), counts.add("a", at: 2 * day - 1)] == [1, 2])
    #expect(counts.add("b", at: 2 * day - 1) == 1 && counts.counts == ["a": 2, "b": 1])
    #expect(counts.add("a", at: 2 * day) == 1 && counts.counts == ["a": 1] && counts.day == 2)
    #expect(RequestCounts.day(of: -1) == -1)
  }
}
