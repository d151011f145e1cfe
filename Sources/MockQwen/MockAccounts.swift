// The upstream's side of accounts: which tokens are valid, what an account may still do, the endpoint
// that issues new tokens, and a log of every request, in which checks count.

internal import Foundation
internal import Wire

/// An account as the upstream knows it.
package struct MockAccount: Hashable, Sendable {
  /// How the upstream reports that an account is over its quota.
  package enum Quota: String, Hashable, Sendable, CaseIterable {
    /// 429 with a Retry-After field.
    case busy
    /// 403 `insufficient_quota`: Qwen's portal at the daily limit.
    case dailyLimit
    /// 403 `AllocationQuota.FreeTierOnly`: DashScope's free tier.
    case freeTier
  }

  /// What the token endpoint does for an account.
  package enum Refreshing: String, Hashable, Sendable, CaseIterable {
    /// A new token, and a new refresh token: the old refresh token no longer works.
    case rotates
    /// A new token; the refresh token stays.
    case keeps
    /// The login has expired.
    case refused
    /// The endpoint itself fails.
    case fails
  }

  /// The account's name, without secrets.
  package var name: String
  /// The valid token, until `end`.
  package fileprivate(set) var access: String
  /// The valid refresh token (RFC 6749 section 1.5).
  package fileprivate(set) var refresh: String
  /// Milliseconds on the clock of the requests.
  package var end: Int
  /// How long a new token is valid, in seconds.
  package var lifetime = 3_600
  /// What the token endpoint does for this account.
  package var refreshing = Refreshing.rotates
  /// The token endpoint's answer in written-down words; nil for the usual answer.
  package var tokenAnswer: TokenAnswer?
  /// How the upstream reports that the quota is used up; nil for an account without a limit.
  package var quota: Quota?
  /// How many requests are accepted before the account is over `quota`.
  package var requestsLeft = 0
  /// The answers to its first requests with a valid token, one after the other.
  package var refusals: [AccountRefusal] = []
  /// Whether no token is valid, not even a new one: the account is locked.
  package var isLocked = false
  /// Whether its current token has been revoked: only a new one is valid.
  package var isRevoked = false
  fileprivate var generation = 0

  /// Begins with tokens that are valid until `end`.
  package init(name: String, end: Int) {
    self.name = name
    self.end = end
    access = Self.accessToken(name, 0)
    refresh = Self.refreshToken(name, 0)
  }

  /// The end of every refresh token: characters that a token may have and that a form must escape, those
  /// right beside letters and digits among them.
  private static let oddSuffix = "~ +/09:@AZ[`az{=%&\u{E9}\u{1}\u{10}*-._"
  /// The same in a form (WHATWG URL section 5.2).
  private static let oddSuffixInForm = "%7E+%2B%2F09%3A%40AZ%5B%60az%7B%3D%25%26%C3%A9%01%10*-._"

  /// A refresh token as it is written in a form.
  package static func formText(_ refresh: String) -> String {
    refresh.replacing(oddSuffix, with: oddSuffixInForm)
  }

  private static func refreshToken(_ name: String, _ generation: Int) -> String {
    token("rt", name, generation) + oddSuffix
  }

  /// An access token; it ends with the first and the last character that a field may show (RFC 9110
  /// section 5.5).
  private static func accessToken(_ name: String, _ generation: Int) -> String {
    token("at", name, generation) + "!~"
  }

  private static func token(_ kind: String, _ name: String, _ generation: Int) -> String {
    "sk-mock-\(kind)-\(name)-\(generation)"
  }

  fileprivate mutating func renew(at now: Int) {
    generation += 1
    access = Self.accessToken(name, generation)
    if refreshing == .rotates { refresh = Self.refreshToken(name, generation) }
    end = now + lifetime * 1000
    isRevoked = false
  }
}

/// All accounts of the upstream, and the requests to it.
package struct MockAccounts: Hashable, Sendable {
  /// The result of a request.
  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    /// A request with a valid token: it is answered.
    case taken
    /// A token that was never issued, has expired, was revoked, or was replaced.
    case badToken
    case overQuota
    /// An answer from the written-down ones, instead of a completion.
    case refused
    /// New tokens were issued.
    case renewed
    /// A refresh token that was replaced, or never issued.
    case badRefresh
    case refreshRefused
    case refreshFailed
  }

  /// One request.
  package struct Entry: Hashable, Sendable {
    /// Nil when the token belongs to no account.
    package var account: String?
    package var outcome: Outcome
    package var token: String
    /// The token that was sent: an access token, or a refresh token at the token endpoint.
    package var request: Session.Request
    /// Milliseconds on the clock of the requests.
    package var time: Int
    /// The written-down answer, if the request got one.
    package var refusal: AccountRefusal?

    package var body: [UInt8] { request.body }

    /// Whether it went to the token endpoint.
    package var isRefresh: Bool {
      switch outcome {
      case .taken, .badToken, .overQuota, .refused: false
      case .renewed, .badRefresh, .refreshRefused, .refreshFailed: true
      }
    }
  }

  /// The accounts, numbered from 0 in this order.
  package var accounts: [MockAccount]
  /// Every request so far, in the order in which they came.
  package private(set) var log: [Entry] = []
  /// The upstream's port, for answers that name it.
  package var port = 0

  package init(_ accounts: [MockAccount]) { self.accounts = accounts }

  /// Whether a request asks for new tokens.
  package static func isRefresh(_ request: Session.Request) -> Bool {
    request.target.prefix { $0 != "?" }.hasSuffix("/oauth2/token")
  }

  /// The mock's own answer at time `now`: tokens, or a refusal; nil for a request that a session answers.
  package mutating func answer(to request: Session.Request, at now: Int) -> Session? {
    Self.isRefresh(request) ? refresh(request, at: now) : admit(request, at: now)
  }

  private mutating func admit(_ request: Session.Request, at now: Int) -> Session? {
    let token = String((request.fields["Authorization"] ?? "").dropFirst("Bearer ".count))
    let index = accounts.firstIndex { token == $0.access && !$0.isLocked && !$0.isRevoked }
    guard let index, now < accounts[index].end else {
      note(accountName(in: token), .badToken, token, request, at: now)
      return ErrorAnswer(
        status: 401, code: "invalid_api_key", message: "invalid access token or token expired",
        isNative: false
      ).session(to: request)
    }
    if let refusal = accounts[index].refusals.first {
      accounts[index].refusals.removeFirst()
      note(accounts[index].name, .refused, token, request, at: now)
      log[log.count - 1].refusal = refusal
      return ownAnswer(
        "refusal", status: refusal.status, body: refusal.body, to: request, type: refusal.type)
    }
    if let quota = accounts[index].quota, accounts[index].requestsLeft == 0 {
      note(accounts[index].name, .overQuota, token, request, at: now)
      return refusal(quota, of: accounts[index].name, to: request)
    }
    accounts[index].requestsLeft -= accounts[index].quota == nil ? 0 : 1
    note(accounts[index].name, .taken, token, request, at: now)
    return nil
  }

  private func refusal(
    _ quota: MockAccount.Quota, of account: String, to request: Session.Request
  ) -> Session {
    switch quota {
    case .busy:
      var session = ErrorAnswer(
        status: 429, code: "limit_requests", message: "Account \(account) is over its rate.",
        isNative: false
      ).session(to: request)
      session.response.fields.add("Retry-After", "7")
      return session
    case .dailyLimit:
      return ErrorAnswer(
        status: 403, code: "insufficient_quota", message: "Account \(account) has none left today.",
        isNative: false
      ).session(to: request)
    case .freeTier:
      return ErrorAnswer(
        status: 403, code: "AllocationQuota.FreeTierOnly",
        message: "Account \(account) has no free quota left.", isNative: false
      ).session(to: request)
    }
  }

  private mutating func refresh(_ request: Session.Request, at now: Int) -> Session {
    let form = formFields(request.body)
    let token = form["refresh_token"] ?? ""
    let index = accounts.firstIndex { token == $0.refresh }
    let isWhole =
      request.method == "POST" && form["grant_type"] == "refresh_token"
      && form["client_id"]?.isEmpty == false
    guard let index, isWhole else {
      note(accountName(in: token), .badRefresh, token, request, at: now)
      return denial(to: request)
    }
    let name = accounts[index].name
    switch accounts[index].refreshing {
    case .refused:
      note(name, .refreshRefused, token, request, at: now)
      return denial(to: request)
    case .fails:
      note(name, .refreshFailed, token, request, at: now)
      return answer(accounts[index].tokenAnswer ?? .failure, index, to: request)
    case .rotates, .keeps:
      note(name, .renewed, token, request, at: now)
      accounts[index].renew(at: now)
      return answer(accounts[index].tokenAnswer ?? .usual, index, to: request)
    }
  }

  /// A token endpoint's answer in written-down words.
  private func answer(_ answer: TokenAnswer, _ index: Int, to request: Session.Request) -> Session {
    // In JSON the odd characters are escaped as a server would escape them.
    let refresh = accounts[index].refresh.replacing("\u{1}", with: #"\u0001"#)
      .replacing("\u{10}", with: #"\u0010"#)
    let body = answer.body.replacing("ACCESS", with: accounts[index].access)
      .replacing("REFRESH", with: refresh).replacing("PORT", with: String(port))
      .replacing("LIFETIME", with: String(accounts[index].lifetime))
    return ownAnswer("token", status: answer.status, body: body, to: request)
  }

  private func denial(to request: Session.Request) -> Session {
    ownAnswer(
      "token-denied", status: 400,
      body:
        #"{"error":"invalid_request","error_description":"Invalid refresh token or client_id"}"#,
      to: request)
  }

  private mutating func note(
    _ account: String?, _ outcome: Outcome, _ token: String, _ request: Session.Request, at now: Int
  ) {
    log.append(
      Entry(account: account, outcome: outcome, token: token, request: request, time: now))
  }

  /// The account that a token was issued to, now or earlier.
  private func accountName(in token: String) -> String? {
    accounts.first {
      token.hasPrefix("sk-mock-at-\($0.name)-") || token.hasPrefix("sk-mock-rt-\($0.name)-")
    }?.name
  }
}

/// The fields of a form (WHATWG URL section 5.1); of a name that occurs twice, the last.
private func formFields(_ body: [UInt8]) -> [String: String] {
  var fields: [String: String] = [:]
  for part in String(decoding: body, as: UTF8.self).split(separator: "&") {
    let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      .map { $0.replacing("+", with: " ").removingPercentEncoding ?? "" }
    if sides.count == 2 { fields[sides[0]] = sides[1] }
  }
  return fields
}
