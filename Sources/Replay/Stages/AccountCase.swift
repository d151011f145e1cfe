// A case for accounts: the state of each account, what fails, where the answers are cut, and how many
// clients ask. The first account's state, the injected fault and the cut are enumerated, so that every
// combination occurs; all else is drawn from the seed.

package import MockQwen
internal import ProxyUnderTest
internal import Wire

/// One run of a proxy with accounts.
package struct AccountCase: Hashable {
  /// How an account stands when the run begins.
  package enum State: String, CaseIterable {
    case good
    /// Its token expires within the 30 s before which it is refreshed.
    case endsSoon
    case ended
    /// Its token was revoked; a new one is valid.
    case revoked
    /// No token is valid, not even a new one.
    case locked
    /// Its token was revoked, and the login has expired.
    case loggedOut
    /// Its token was revoked, and the token endpoint itself fails.
    case endpointFails
    case busy, dailyLimit, freeTier
    /// It may make one more request.
    case almostUsedUp
    /// It has no refresh token.
    case bare
    /// The same, and its token was revoked.
    case bareRevoked
  }

  /// What fails besides the accounts.
  package enum InjectedFault: String, CaseIterable {
    case nothing
    /// An answer to a request is cut short.
    case answerEnds, answerResets, answerStalls
    /// The first answer of the token endpoint is cut short.
    case tokensEnd, tokensReset, tokensStall
    /// No server listens at the token endpoint.
    case endpointRefuses
    /// New tokens cannot be written to their file.
    case storeFails
    /// A client leaves before its answer is whole.
    case clientLeaves
  }

  /// Where answers are cut and how they are framed.
  package static let cuts = [
    "cuts=whole", "cuts=1x", "cuts=1x chunks=1x", "cuts=head", "cuts=random:7/5",
    "cuts=1x framing=length", "cuts=random:3/9 framing=close", "cuts=last chunks=random:5/4",
  ]

  /// The number of combinations of the first account's state, injected fault and cut.
  package static var combinationCount: Int {
    State.allCases.count * InjectedFault.allCases.count * cuts.count
  }

  package var number: Int
  package var states: [State]
  /// The account that is used first.
  package var first: Int
  package var injected: InjectedFault
  package var cut: Int
  /// Which answer to a request is cut, and at which byte; or which client leaves.
  var faultPlace: Int
  var faultOffset: Int
  /// Clients that ask at once, and clients that ask one after the other once those are done.
  package var clients: Int
  var followers: Int
  /// Whether refresh tokens are replaced.
  var rotates: Bool
  /// Whether the case runs on sockets.
  package var isOnSockets: Bool
  /// The token endpoint's answer for each account, in written-down words; nil for the usual answer.
  package var tokenAnswers: [TokenAnswer?]
  /// Whether all requests come one after the other and no answer breaks, so that it is known which
  /// account each of them must use.
  package var isSequence = false
  /// The upstream's answers to the first requests of an account, and when its token expires if that
  /// differs from its state.
  package var refusals: [Int: [AccountRefusal]] = [:]
  package var ends: [Int: Int] = [:]
  /// When the case begins, in milliseconds since 1970 (UTC).
  package var date = 1_800_000_000_000

  package init(_ number: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
    func draw(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }
    self.number = number
    let combination = number % Self.combinationCount
    let stateCount = State.allCases.count
    let injectedCount = InjectedFault.allCases.count
    injected = InjectedFault.allCases[combination / stateCount % injectedCount]
    cut = combination / stateCount / injectedCount
    let count = 1 + draw(4)
    first = draw(count)
    states = (0..<count).map { _ in State.allCases[draw(stateCount)] }
    states[first] = State.allCases[combination % stateCount]
    clients = 1 + draw(4)
    followers = draw(3)
    faultPlace = draw(3)
    faultOffset = draw(1_000)
    rotates = draw(4) > 0
    isOnSockets = draw(8) == 0
    // A long answer in single bytes takes long, and tests nothing more.
    let isBytewise = Self.cuts[cut].contains("1x")
    // One request after the other if there is such an answer, because a draw would leave out some of
    // them.
    tokenAnswers = states.enumerated().map { index, state in
      guard draw(4) > 0 else { return nil }
      let known = state == .endpointFails ? TokenAnswer.bad : TokenAnswer.good
      let answer = known[(number + index) % known.count]
      return isBytewise && answer.isLong ? nil : answer
    }
    if zip(states, tokenAnswers).contains(where: { $0.canRefresh && $1?.isFarAway ?? false }) {
      isOnSockets = false
    }
    // The last minute of a day: a request that waits in vain ends on the next.
    if draw(4) == 0 { date = 20_834 * 86_400_000 - 60_000 }
    guard injected == .nothing || injected == .storeFails, draw(4) > 0 else { return }
    isSequence = true
    (clients, followers) = (1, 3 + draw(6))
    for (index, state) in states.enumerated() {
      let all = AccountRefusal.all
      refusals[index] = (0..<draw(4)).map { all[(number + index * 7 + $0) % all.count] }
        .filter { !isBytewise || !$0.isLong }
      if state == .good {
        // A token that expires within 30 s is refreshed first.
        if injected == .nothing { ends[index] = draw(2) == 0 ? nil : 30_001 }
      } else if state == .endsSoon, injected == .nothing {
        ends[index] = draw(2) == 0 ? nil : 30_000
      }
    }
  }

  /// The case on one line, for a report.
  package var text: String {
    let accounts = states.map(\.rawValue).joined(separator: ",")
    return "accounts=\(accounts) first=\(first) injected=\(injected) \(Self.cuts[cut]) "
      + "place=\(faultPlace)@\(faultOffset) clients=\(clients)+\(followers) rotates=\(rotates)"
      + refusals.sorted { $0.key < $1.key }.map { index, list in
        " n\(index)=\(list.map { String($0.status) }.joined(separator: ","))"
      }.joined()
  }

  /// The accounts as the upstream knows them, at time 0.
  package var upstreamAccounts: [MockAccount] {
    states.enumerated().map { index, state in
      var account = MockAccount(name: Self.name(index), end: 3_600_000)
      account.refreshing = rotates ? .rotates : .keeps
      account.tokenAnswer = tokenAnswers[index]
      account.refusals = refusals[index] ?? []
      switch state {
      case .good, .bare: break
      case .endsSoon: account.end = 20_000
      case .ended: account.end = -1
      case .revoked, .bareRevoked: account.isRevoked = true
      case .locked: account.isLocked = true
      case .loggedOut:
        account.isRevoked = true
        account.refreshing = .refused
      case .endpointFails:
        account.isRevoked = true
        account.refreshing = .fails
      case .busy: account.quota = .busy
      case .dailyLimit: account.quota = .dailyLimit
      case .freeTier: account.quota = .freeTier
      case .almostUsedUp:
        account.quota = .dailyLimit
        account.requestsLeft = 1
      }
      if let end = ends[index] { account.end = end }
      return account
    }
  }

  /// What breaks the answer to the `number`th request of its kind, from 0.
  package func fault(isRefresh: Bool, number: Int) -> Fault? {
    let kind: Fault.Kind
    switch (injected, isRefresh) {
    case (.answerEnds, false), (.tokensEnd, true): kind = .fin
    case (.answerResets, false), (.tokensReset, true): kind = .reset
    case (.answerStalls, false), (.tokensStall, true): kind = .stall
    default: return nil
    }
    return number == (isRefresh ? 0 : faultPlace) ? Fault(kind, at: faultOffset) : nil
  }

  package static func name(_ index: Int) -> String { "n\(index)" }
}

extension AccountCase.State {
  /// Whether the account's file has a refresh token.
  package var canRefresh: Bool { self != .bare && self != .bareRevoked }

  /// Whether the account accepts every request of the case.
  package var takesAll: Bool {
    takesAllWithoutRefresh || self == .endsSoon || self == .ended || self == .revoked
  }

  /// The same, when no token can be refreshed.
  package var takesAllWithoutRefresh: Bool { self == .good || self == .bare }
}
