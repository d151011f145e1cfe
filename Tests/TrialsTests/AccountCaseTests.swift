// Proxies with accounts: a first pass over the cases, and the judge of them, to whom a run that was
// good is shown with one thing wrong.

import MockQwen
import Testing

@testable import Judging
@testable import Networks
@testable import Stages
@testable import Trials

@Suite(.timeLimit(.minutes(30))) struct AccountCaseTests {
  private static let session = Script.all[0].session

  /// A case with one good account before a busy one, and nothing that fails.
  private static func plainCase(_ states: [AccountCase.State] = [.revoked, .good]) -> AccountCase {
    var order = AccountCase(0, seed: 1)
    (order.states, order.first, order.cut) = (states, 0, 0)
    (order.injected, order.clients, order.followers) = (.nothing, 2, 1)
    (order.isOnSockets, order.rotates, order.isSequence) = (false, true, false)
    (order.refusals, order.ends, order.date) = ([:], [:], 1_800_000_000_000)
    return order
  }

  private func violations(
    _ order: AccountCase = plainCase(), _ change: (inout AccountObservation) -> Void
  ) throws -> Set<AccountCheck> {
    var seen = try run(order, answering: Self.session)
    change(&seen)
    let judge = AccountJudge(order: order, session: Self.session.body)
    return Set(judge.violations(seen).map(\.check))
  }

  // The count of descriptors is CI's to hold: other tests of this process open some meanwhile.
  @Test func manyCasesHold() throws {
    let report = try accountFuzz(stride(from: 0, to: 1_040, by: 23), seed: 3)
    #expect(report.failures == [])
    #expect(report.caseCount == 46)
    #expect(report.socketsCaseCount > 1)
  }

  @Test func aCaseIsItsNumberAndItsSeed() throws {
    #expect(AccountCase(5, seed: 1) == AccountCase(5, seed: 1))
    #expect(AccountCase(5, seed: 1) != AccountCase(5, seed: 2))
    let all = (0..<AccountCase.combinationCount).map { number -> [String] in
      let order = AccountCase(number, seed: 9)
      return [
        order.states[order.first].rawValue, order.injected.rawValue, AccountCase.cuts[order.cut],
      ]
    }
    #expect(Set(all).count == AccountCase.combinationCount && all.count >= 1_000)
    for cut in AccountCase.cuts { #expect(throws: Never.self) { try Plan(cut) } }
  }

  @Test(arguments: [17, 230, 611]) func bothStagesShowTheSame(_ number: Int) throws {
    var order = AccountCase(number, seed: 1)
    order.isOnSockets = false
    let simulated = try run(order, answering: Self.session)
    order.isOnSockets = true
    let sockets = try run(order, answering: Self.session)
    #expect(simulated.clients.map(\.ending) == sockets.clients.map(\.ending))
    #expect(simulated.clients.map(\.reader.body) == sockets.clients.map(\.reader.body))
    #expect(simulated.counts == sockets.counts)
  }

  @Test func aGoodRunHolds() throws {
    #expect(try violations { _ in } == [])
    let seen = try run(Self.plainCase(), answering: Self.session)
    #expect(seen.log.map(\.outcome) == [.badToken, .badToken, .renewed, .taken, .taken, .taken])
    #expect(seen.counts == ["n0": 5])
  }

  @Test func aLostAnswerIsSeen() throws {
    #expect(try violations { $0.clients[0].ending = .cut } == [.answer])
    #expect(try violations { $0.clients[1].ending = .silent } == [.answer])
    #expect(
      try violations { seen in
        var reader = ClientReader()
        let wrong = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ndata: a\n\n"
        reader.take(Array(wrong.utf8))
        seen.clients[0].reader = reader
      } == [.answer])
  }

  /// An answer that is not the upstream's last, word for word.
  @Test(arguments: [
    (503, "", "limit_requests", "Account n0 is"), (429, "", "limit_requests", "Account n0 is"),
    (429, "Retry-After: 8\r\n", "limit_requests", "Account n0 is"),
    (429, "Retry-After: 7\r\n", "limit_requests", "Account n1 is"),
    (429, "Retry-After: 7\r\n", "other", "Account n0 is"),
    (403, "", "limit_requests", "Account n0 is"),
  ])
  func aChangedRefusalIsSeen(_ status: Int, _ field: String, _ code: String, _ text: String) throws
  {
    let order = Self.plainCase([.busy])
    #expect(try violations(order) { _ in } == [])
    let body = #"{"error":{"code":"\#(code)","message":"\#(text) over its rate."}}"#
    let answer = "HTTP/1.1 \(status) X\r\n\(field)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    let found = try violations(order) { seen in
      var reader = ClientReader()
      reader.take(Array(answer.utf8))
      seen.clients[0].reader = reader
    }
    #expect(found == [.answer])
  }

  /// Somebody would have taken the request.
  @Test func aRefusalInVainIsSeen() throws {
    let refused = try run(Self.plainCase([.busy]), answering: Self.session)
    #expect(try violations { $0.clients[0].reader = refused.clients[0].reader } == [.answer])
  }

  @Test func aPostTooManyIsSeen() throws {
    #expect(try violations { $0.log.append($0.log[3]) }.isSuperset(of: [.posts]))
    #expect(try violations { $0.log.append($0.log[0]) }.contains(.posts))
    #expect(try violations { $0.log[5].request.body = [1] }.contains(.posts))
  }

  @Test func refreshesSideBySideAreSeen() throws {
    #expect(try violations { $0.refreshOverlaps = 1 } == [.refreshes])
    #expect(
      try violations { seen in
        var second = seen.log[2]
        second.outcome = .badRefresh
        seen.log.insert(second, at: 3)
      } == [.refreshes])
  }

  @Test func otherBreachesAreSeen() throws {
    #expect(try violations { $0.unstored = ["t"] } == [.stored])
    #expect(try violations { $0.leftovers = 1 } == [.leftovers])
    #expect(try violations { $0.counts["n0"] = 4 } == [.counts])
    #expect(try violations { $0.notes.append("token sk-mock-at-n0-0") } == [.secrets])
    #expect(try violations { $0.clients[0].bytes += Array("sk-mock-rt".utf8) } == [.secrets])
    let key = AccountStage<SimulatedNetwork>.clientKey
    #expect(try violations { $0.log[0].token = key }.contains(.secrets))
  }
}

/// Requests one after the other: which account each must ask, and what the log must say.
@Suite struct AccountSequenceTests {
  private static let session = Script.all[0].session

  private static func sequence(_ states: [AccountCase.State]) -> AccountCase {
    var order = AccountCase(0, seed: 1)
    (order.states, order.first, order.cut) = (states, 0, 0)
    (order.injected, order.clients, order.followers) = (.nothing, 1, 4)
    (order.isOnSockets, order.rotates, order.isSequence) = (false, true, true)
    (order.refusals, order.ends, order.tokenAnswers) = ([:], [:], states.map { _ in nil })
    return order
  }

  private func fault(
    _ order: AccountCase, _ seen: AccountObservation, _ change: (inout AccountObservation) -> Void
  ) -> String? {
    var seen = seen
    change(&seen)
    var sequence = AccountSequence(order)
    return sequence.fault(in: seen)
  }

  @Test(arguments: [
    [AccountCase.State.good], [.busy, .good], [.locked, .good], [.endsSoon, .bare],
    [.loggedOut, .good],
    [.bareRevoked, .bareRevoked], [.almostUsedUp, .endpointFails, .freeTier],
  ])
  func theProxyKeepsTheOrder(_ states: [AccountCase.State]) throws {
    let order = Self.sequence(states)
    let seen = try run(order, answering: Self.session)
    #expect(fault(order, seen) { _ in } == nil)
    // Each entry is due: without it, or with another account, the rules are broken.
    #expect(seen.log.count > 4)
    for index in seen.log.indices {
      #expect(fault(order, seen) { $0.log.remove(at: index) } != nil)
      #expect(fault(order, seen) { $0.log[index].account = "n9" } != nil)
    }
    #expect(fault(order, seen) { $0.log.append($0.log[0]) } != nil)
  }

  @Test func theLogSaysEachMove() throws {
    let order = Self.sequence([.locked, .busy, .good])
    let seen = try run(order, answering: Self.session)
    #expect(fault(order, seen) { _ in } == nil)
    let notes = seen.notes.filter { $0.hasPrefix("account ") }
    #expect(notes.count >= 3)
    for note in notes {
      #expect(fault(order, seen) { $0.notes.removeAll { $0 == note } } != nil, "\(note)")
    }
  }

  /// An account that is refused twice is not left; the third time it is.
  @Test func threeRefusalsInARowMoveOn() throws {
    var order = Self.sequence([.bareRevoked, .good])
    order.followers = 5
    let seen = try run(order, answering: Self.session)
    #expect(seen.log.count { $0.account == "n0" } == 3)
    #expect(fault(order, seen) { _ in } == nil)
  }

  @Test(arguments: AccountRefusal.all.filter { !$0.isLong })
  func aRefusalMeansWhatIsWrittenDown(_ refusal: AccountRefusal) throws {
    var order = Self.sequence([.good, .good])
    order.refusals = [0: [refusal]]
    let seen = try run(order, answering: Self.session)
    #expect(fault(order, seen) { _ in } == nil)
    let asked = seen.log.prefix { !$0.isRefresh }.map(\.account)
    #expect(asked.starts(with: refusal.meaning == .overQuota ? ["n0", "n1"] : ["n0"]))
  }
}
