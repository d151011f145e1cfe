// The upstream's side of accounts: what is taken, what is refused and how, and what is written down.

import Foundation
import MockQwen
import Testing
import Wire

@Suite struct MockAccountsTests {
  private func post(_ token: String, _ body: String = "{}") -> Session.Request {
    Session.Request(
      method: "POST", target: "/v1/chat/completions",
      fields: [Field("Authorization", "Bearer \(token)")], body: Array(body.utf8))
  }

  private func renewal(_ token: String, type: String = "refresh_token") -> Session.Request {
    Session.Request(
      method: "POST", target: "/api/v1/oauth2/token", fields: [],
      body: Array(
        "grant_type=\(type)&client_id=c&refresh_token=\(MockAccount.formText(token))".utf8))
  }

  private func book(_ change: (inout MockAccount) -> Void = { _ in }) -> MockAccounts {
    var account = MockAccount(name: "a", end: 1_000)
    change(&account)
    return MockAccounts([MockAccount(name: "b", end: 9_999), account])
  }

  private func text(_ session: Session?) -> String {
    String(decoding: session?.body ?? [], as: UTF8.self)
  }

  @Test func takesAGoodTokenUntilItsEnd() {
    var book = book()
    let token = book.accounts[1].access
    #expect(book.answer(to: post(token), at: 999) == nil)
    #expect(book.answer(to: post(token), at: 1_000)?.response.status == 401)
    #expect(book.answer(to: post("sk-other"), at: 0)?.response.status == 401)
    #expect(book.log.map(\.outcome) == [.taken, .badToken, .badToken])
    #expect(book.log.map(\.account) == ["a", "a", nil])
    #expect(book.log.map(\.token) == [token, token, "sk-other"])
  }

  @Test(arguments: [
    (MockAccount.Quota.busy, 429, "limit_requests"), (.dailyLimit, 403, "insufficient_quota"),
    (.freeTier, 403, "AllocationQuota.FreeTierOnly"),
  ])
  func refusesOverTheQuota(_ quota: MockAccount.Quota, _ status: Int, _ code: String) {
    var book = book { ($0.quota, $0.requestsLeft) = (quota, 1) }
    let token = book.accounts[1].access
    #expect(book.answer(to: post(token), at: 0) == nil)
    let refusal = book.answer(to: post(token), at: 0)
    #expect(refusal?.response.status == status && text(refusal).contains(#""code":"\#(code)""#))
    #expect(refusal?.response.fields["Retry-After"] == (quota == .busy ? "7" : nil))
    #expect(book.log.map(\.outcome) == [.taken, .overQuota])
  }

  @Test(arguments: [true, false]) func renews(_ rotates: Bool) throws {
    var book = book { account in
      account.refreshing = rotates ? .rotates : .keeps
      account.isRevoked = true
    }
    let old = book.accounts[1]
    #expect(book.answer(to: post(old.access), at: 0)?.response.status == 401)
    let renewed = book.answer(to: renewal(old.refresh), at: 500)
    let answer = try #require(renewed)
    let new = book.accounts[1]
    #expect(answer.response.status == 200)
    #expect(text(answer).contains(#""access_token":"\#(new.access)""#))
    let shown = new.refresh.replacing("\u{1}", with: #"\u0001"#)
      .replacing("\u{10}", with: #"\u0010"#)
    #expect(text(answer).contains(#""refresh_token":"\#(shown)""#))
    #expect(new.access != old.access && (new.refresh != old.refresh) == rotates)
    #expect(new.end == 500 + 3_600_000)
    #expect(book.answer(to: post(new.access), at: 1_000) == nil)
    #expect(book.answer(to: post(old.access), at: 1_000)?.response.status == 401)
    // The old refresh token is worth nothing once it was replaced.
    #expect(book.answer(to: renewal(old.refresh), at: 0)?.response.status == (rotates ? 400 : 200))
    #expect(book.log.last?.outcome == (rotates ? .badRefresh : .renewed))
    #expect(book.log.map(\.isRefresh) == [false, true, false, false, true])
  }

  @Test(arguments: [
    (MockAccount.Refreshing.refused, 400, MockAccounts.Outcome.refreshRefused),
    (.fails, 500, .refreshFailed),
  ])
  func doesNotRenew(
    _ refreshing: MockAccount.Refreshing, _ status: Int, _ outcome: MockAccounts.Outcome
  ) {
    var book = book { $0.refreshing = refreshing }
    let account = book.accounts[1]
    #expect(book.answer(to: renewal(account.refresh), at: 0)?.response.status == status)
    #expect(book.log.last?.outcome == outcome && book.accounts[1] == account)
  }

  @Test func refusesWhatIsNoRenewal() {
    var book = book()
    let token = book.accounts[1].refresh
    for request in [renewal("x"), renewal(token, type: "password")] {
      let answer = book.answer(to: request, at: 0)
      #expect(answer?.response.status == 400 && text(answer).contains("invalid_request"))
    }
    #expect(book.log.map(\.outcome) == [.badRefresh, .badRefresh])
  }

  @Test func aLockedAccountTakesNoToken() {
    var book = book { $0.isLocked = true }
    _ = book.answer(to: renewal(book.accounts[1].refresh), at: 0)
    #expect(book.answer(to: post(book.accounts[1].access), at: 0)?.response.status == 401)
  }
}
