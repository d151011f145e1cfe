// The pool chooses the account for each request. It stays with one account until that one is over
// its quota or its tokens fail three times in a row, and then goes on to the next. A request tries
// each account at most once, and one more time with a new token.
//
// An account is ready, or its token is being refreshed, or the new token is being written to its
// file. Requests for it wait meanwhile: one refresh serves them all, and the new token is used only
// once it is stored. A refusal of an older token says nothing about the new one.

/// The accounts of a proxy, as a value.
package struct AccountPool: Hashable, Sendable {
  /// Identifies a request: a number that no other open request has.
  package typealias Ticket = Int

  /// What can happen. Times are milliseconds since 1970 (UTC).
  package enum Input: Hashable, Sendable {
    /// A request begins.
    case wanted(Ticket)
    /// The upstream has answered the request that was sent with the pool's credential.
    case answered(Ticket, AccountOutcome)
    /// The request is over, whatever its state.
    case ended(Ticket)
    /// The refresh of an account has given new tokens.
    case refreshed(Int, Tokens)
    /// The refresh of an account has failed, for a reason that holds nothing secret.
    case refreshFailed(Int, String)
    /// The new tokens of an account are in its file, or cannot be written there.
    case stored(Int, isWritten: Bool)
  }

  /// What the pool asks for, in order. Accounts are numbered from 0, in the order they were given.
  package enum Output: Hashable, Sendable {
    /// Send the request with this credential.
    case use(Ticket, Credential, account: Int)
    /// No account is left: the last answer stands.
    case giveUp(Ticket)
    /// Ask for new tokens with this refresh token; `refreshed` or `refreshFailed` must follow.
    case refresh(Int, with: Secret)
    /// Write tokens to the account's file; `stored` must follow.
    case store(Int, Tokens)
    /// A line for the operator's log.
    case note(String)
  }

  private enum Stage: Hashable, Sendable {
    case ready
    case refreshing
    case storing(Tokens)
  }

  private struct PooledAccount: Hashable, Sendable {
    var account: Account
    var stage = Stage.ready
    /// Goes up with each new token.
    var generation = 0
    /// Refusals of the token in a row.
    var failures = 0
    /// Requests that wait for the new token, in order.
    var waiting: [Ticket] = []
    /// How long before its end a token is refreshed: less than its whole life, or a short-lived
    /// token would be refreshed for each request.
    var margin: Milliseconds
  }

  /// How far a request has come.
  private struct Search: Hashable, Sendable {
    /// Accounts that the request does not try again.
    var tried: Set<Int> = []
    /// The account that the request uses or waits for.
    var account = 0
    /// The token that the request was given.
    var generation = 0
    /// Whether it has waited for a new token of this account, or been given one.
    var hasRefreshed = false
  }

  private let limits: ProxyLimits
  private var members: [PooledAccount]
  private var current: Int
  private var searches: [Ticket: Search] = [:]

  /// Begins with the account called `first`, or else with the first in the list.
  package init(_ accounts: [Account], first: String? = nil, limits: ProxyLimits = ProxyLimits()) {
    self.limits = limits
    members = accounts.map { PooledAccount(account: $0, margin: limits.tokenTimeMin) }
    current = accounts.firstIndex { $0.name == first } ?? 0
  }

  /// The accounts with their current tokens, in the order in which they were given.
  package var accounts: [Account] { members.map(\.account) }

  /// The number of requests that are not over.
  package var requestCount: Int { searches.count }

  /// Takes what happened at time `now` (milliseconds since 1970, UTC); appends what to do to
  /// `outputs`.
  package mutating func handle(
    _ input: Input, at now: Milliseconds, into outputs: inout [Output]
  ) {
    switch input {
    case .wanted(let ticket):
      forget(ticket)
      searches[ticket] = Search()
      place(ticket, at: now, into: &outputs)
    case .answered(let ticket, let outcome):
      guard let search = searches[ticket] else { return }
      judge(search, of: ticket, outcome, at: now, into: &outputs)
    case .ended(let ticket):
      forget(ticket)
    case .refreshed(let index, let tokens):
      guard members[index].stage == .refreshing else { return }
      members[index].stage = .storing(tokens)
      members[index].margin = margin(of: tokens, at: now)
      outputs.append(.store(index, tokens))
    case .refreshFailed(let index, let reason):
      refreshFailed(index, reason, at: now, into: &outputs)
    case .stored(let index, let isWritten):
      stored(index, isWritten: isWritten, at: now, into: &outputs)
    }
  }

  private mutating func forget(_ ticket: Ticket) {
    guard let search = searches.removeValue(forKey: ticket), !members.isEmpty else { return }
    members[search.account].waiting.removeAll { $0 == ticket }
  }

  /// Gives a request the first account that it has not tried, from the current one on.
  private mutating func place(
    _ ticket: Ticket, at now: Milliseconds, into outputs: inout [Output]
  ) {
    guard var search = searches[ticket] else { return }
    let order = members.indices.map { (current + $0) % members.count }
    guard let index = order.first(where: { !search.tried.contains($0) }) else {
      searches[ticket] = nil
      outputs.append(.giveUp(ticket))
      return
    }
    search.account = index
    search.hasRefreshed = false
    searches[ticket] = search
    if members[index].stage != .ready || endsSoon(members[index], at: now) {
      refresh(index, for: ticket, into: &outputs)
    } else {
      use(index, for: ticket, into: &outputs)
    }
  }

  /// Whether a token ends so soon that it is refreshed first.
  private func endsSoon(_ member: PooledAccount, at now: Milliseconds) -> Bool {
    guard member.account.tokens.refresh != nil, let end = member.account.tokens.end else {
      return false
    }
    return end <= now + member.margin
  }

  /// How long before its end a new token is refreshed.
  private func margin(of tokens: Tokens, at now: Milliseconds) -> Milliseconds {
    guard let end = tokens.end, end > now else { return limits.tokenTimeMin }
    return min(limits.tokenTimeMin, (end - now) / 4)
  }

  private mutating func use(
    _ index: Int, for ticket: Ticket, into outputs: inout [Output]
  ) {
    guard var search = searches[ticket] else { return }
    let account = members[index].account
    search.generation = members[index].generation
    searches[ticket] = search
    let canRefresh = account.tokens.refresh != nil && !search.hasRefreshed
    let isLast = search.tried.union([index]).count == members.count
    let credential = Credential(
      upstream: account.upstream, key: account.tokens.access, mayTryAgain: canRefresh || !isLast)
    outputs.append(.use(ticket, credential, account: index))
  }

  /// Lets a request wait for a new token; begins the refresh unless one is under way.
  private mutating func refresh(
    _ index: Int, for ticket: Ticket, into outputs: inout [Output]
  ) {
    searches[ticket]?.hasRefreshed = true
    members[index].waiting.append(ticket)
    guard members[index].stage == .ready, let token = members[index].account.tokens.refresh else {
      return
    }
    members[index].stage = .refreshing
    outputs.append(.refresh(index, with: token))
  }

  private mutating func judge(
    _ search: Search, of ticket: Ticket, _ outcome: AccountOutcome, at now: Milliseconds,
    into outputs: inout [Output]
  ) {
    let index = search.account
    switch outcome {
    case .accepted:
      if search.generation == members[index].generation { members[index].failures = 0 }
      searches[ticket] = nil
    case .overQuota:
      if search.generation == members[index].generation { members[index].failures = 0 }
      moveOn(from: index, "is over its quota", into: &outputs)
      abandon(index, for: ticket, at: now, into: &outputs)
    case .unauthorized:
      unauthorized(search, of: ticket, at: now, into: &outputs)
    }
  }

  private mutating func unauthorized(
    _ search: Search, of ticket: Ticket, at now: Milliseconds, into outputs: inout [Output]
  ) {
    let index = search.account
    let isNewest = search.generation == members[index].generation && members[index].stage == .ready
    if isNewest {
      members[index].failures += 1
      if members[index].failures >= limits.tokenFailuresMax {
        members[index].failures = 0
        moveOn(from: index, "was refused several times in a row", into: &outputs)
        abandon(index, for: ticket, at: now, into: &outputs)
        return
      }
    }
    if search.hasRefreshed || members[index].account.tokens.refresh == nil {
      abandon(index, for: ticket, at: now, into: &outputs)
    } else if search.generation != members[index].generation, members[index].stage == .ready {
      // Another request has refreshed the token since.
      searches[ticket]?.hasRefreshed = true
      use(index, for: ticket, into: &outputs)
    } else {
      refresh(index, for: ticket, into: &outputs)
    }
  }

  /// The request is done with an account: on to the next.
  private mutating func abandon(
    _ index: Int, for ticket: Ticket, at now: Milliseconds, into outputs: inout [Output]
  ) {
    searches[ticket]?.tried.insert(index)
    place(ticket, at: now, into: &outputs)
  }

  /// New requests begin with the next account, if they began with this one.
  private mutating func moveOn(
    from index: Int, _ reason: String, into outputs: inout [Output]
  ) {
    guard index == current, members.count > 1 else { return }
    current = (index + 1) % members.count
    let next = members[current].account.name
    outputs.append(.note("account \(members[index].account.name) \(reason); on to \(next)"))
  }

  private mutating func refreshFailed(
    _ index: Int, _ reason: String, at now: Milliseconds, into outputs: inout [Output]
  ) {
    guard members[index].stage == .refreshing else { return }
    members[index].stage = .ready
    let name = members[index].account.name
    outputs.append(.note("account \(name): its token could not be refreshed: \(reason)"))
    moveOn(from: index, "has no good token", into: &outputs)
    for ticket in takeWaiting(index) { abandon(index, for: ticket, at: now, into: &outputs) }
  }

  private mutating func stored(
    _ index: Int, isWritten: Bool, at now: Milliseconds, into outputs: inout [Output]
  ) {
    guard case .storing(let tokens) = members[index].stage else { return }
    members[index].account.tokens = tokens
    members[index].generation += 1
    members[index].stage = .ready
    let name = members[index].account.name
    // The refresh may have ended the old token, so the new one is used even if it is not stored.
    outputs.append(
      .note(
        isWritten
          ? "account \(name): its token is refreshed"
          : "account \(name): its new token could not be written to its file; "
            + "it is used as long as this proxy runs"))
    for ticket in takeWaiting(index) { use(index, for: ticket, into: &outputs) }
  }

  private mutating func takeWaiting(_ index: Int) -> [Ticket] {
    defer { members[index].waiting = [] }
    return members[index].waiting
  }
}
