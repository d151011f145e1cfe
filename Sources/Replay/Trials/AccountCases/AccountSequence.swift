// Which account a proxy must use when its requests come one after the other: the rules of docs/proxy.md,
// implemented a second time. The upstream's answers are taken from its log; what must follow is computed
// here.

internal import MockQwen
internal import Stages

/// The accounts of a proxy whose requests come one after the other.
struct AccountSequence {
  /// Why no tokens came after the login has expired.
  static let loginIsOver = "the token endpoint answered 400 invalid_request"

  /// A token that expires within this time, in milliseconds, is refreshed first.
  private static let margin = 30_000
  /// The number of refusals in a row after which the next account is used.
  private static let failuresMax = 3

  private struct Member {
    let name: String
    let canRefresh: Bool
    let tokenAnswer: TokenAnswer?
    var failures = 0
    /// When its token expires, in milliseconds; nil when that is not known.
    var end: Int?
    var margin = AccountSequence.margin
  }

  private let order: AccountCase
  private var members: [Member]
  private var current: Int
  /// The expected lines of the log.
  private var notes: [String] = []
  private var log: [MockAccounts.Entry] = []
  /// The next entry of the log.
  private var place = 0

  init(_ order: AccountCase) {
    self.order = order
    current = order.first
    members = order.upstreamAccounts.enumerated().map { index, account in
      Member(
        name: account.name, canRefresh: order.states[index].canRefresh,
        tokenAnswer: account.tokenAnswer, end: account.end)
    }
  }

  /// What is wrong with the requests at the upstream, or with the log; nil when both are right.
  mutating func fault(in seen: AccountObservation) -> String? {
    log = seen.log
    for index in seen.clients.indices {
      if let words = follow() { return "request \(index): \(words)" }
    }
    if place < log.count { return "\(log[place].account ?? "nobody") is asked once more" }
    let written = seen.notes.filter { $0.hasPrefix("account ") }
    // When new tokens cannot be written, the log has further lines.
    guard order.injected == .nothing, written != notes else { return nil }
    return "the log says \(written) instead of \(notes)"
  }

  /// Follows a request.
  private mutating func follow() -> String? {
    var tried: Set<Int> = []
    while let index = members.indices.map({ (current + $0) % members.count }).first(where: {
      !tried.contains($0)
    }) {
      var hasRefreshed = false
      if endsSoon(index) {
        hasRefreshed = true
        if let words = expect(index, isRefresh: true) { return words }
        guard renew(index) else {
          tried.insert(index)
          continue
        }
      }
      while true {
        if let words = expect(index, isRefresh: false) { return words }
        let mayTryAgain =
          members[index].canRefresh && !hasRefreshed
          || tried.union([index]).count < members.count
        switch meaning(of: log[place - 1], mayTryAgain: mayTryAgain) {
        case .nothing:
          members[index].failures = 0
          return nil
        case .overQuota:
          members[index].failures = 0
          leave(index, "is over its quota")
        case .badToken:
          members[index].failures += 1
          if members[index].failures >= Self.failuresMax {
            members[index].failures = 0
            leave(index, "was refused several times in a row")
          } else if members[index].canRefresh, !hasRefreshed {
            hasRefreshed = true
            if let words = expect(index, isRefresh: true) { return words }
            if renew(index) { continue }
          }
        }
        break
      }
      tried.insert(index)
    }
    return nil
  }

  private func endsSoon(_ index: Int) -> Bool {
    guard members[index].canRefresh, let end = members[index].end else { return false }
    let now = place < log.count ? log[place].time : log.last?.time ?? 0
    return end <= now + members[index].margin
  }

  /// Takes the next entry of the log, which must be this one; otherwise returns what is wrong.
  private mutating func expect(_ index: Int, isRefresh: Bool) -> String? {
    let due = "\(isRefresh ? "a new token for " : "")\(members[index].name)"
    guard place < log.count else { return "nobody asks \(due)" }
    let entry = log[place]
    place += 1
    guard entry.account == members[index].name, entry.isRefresh == isRefresh else {
      let what = "\(entry.isRefresh ? "a new token for " : "")\(entry.account ?? "nobody")"
      return "\(what) is asked instead of \(due)"
    }
    return nil
  }

  /// What an answer means for its account. For the last account that can be tried only the status counts,
  /// because its answer goes to the client as it comes.
  private func meaning(of entry: MockAccounts.Entry, mayTryAgain: Bool) -> AccountRefusal.Meaning {
    switch entry.outcome {
    case .badToken: return .badToken
    case .overQuota:
      let quota = order.states[members.firstIndex { $0.name == entry.account } ?? 0]
      return mayTryAgain || quota == .busy ? .overQuota : .nothing
    case .refused:
      guard let refusal = entry.refusal else { return .nothing }
      return mayTryAgain ? refusal.meaning : refusal.meaningOfStatus
    case .taken, .renewed, .badRefresh, .refreshRefused, .refreshFailed: return .nothing
    }
  }

  /// Takes the last answer of the token endpoint: whether there is a new token.
  private mutating func renew(_ index: Int) -> Bool {
    let entry = log[place - 1]
    let name = members[index].name
    guard entry.outcome == .renewed else {
      let reason =
        entry.outcome == .refreshFailed
        ? (members[index].tokenAnswer ?? .failure).reason ?? "" : Self.loginIsOver
      notes.append("account \(name): its token could not be refreshed: \(reason)")
      leave(index, "has no good token")
      return false
    }
    notes.append("account \(name): its token is refreshed")
    let lifetime = (members[index].tokenAnswer ?? .usual).lifetime.map { Int($0 * 1_000) }
    members[index].end = lifetime.map { entry.time + $0 }
    // Otherwise a short-lived token would be refreshed for each request.
    members[index].margin = lifetime.map { min(Self.margin, $0 / 4) } ?? Self.margin
    return true
  }

  /// The next request begins with the next account, if this one was used first.
  private mutating func leave(_ index: Int, _ reason: String) {
    guard index == current, members.count > 1 else { return }
    current = (index + 1) % members.count
    notes.append("account \(members[index].name) \(reason); on to \(members[current].name)")
  }
}
