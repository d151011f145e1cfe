// What a run of a proxy with accounts must show. The judge knows the case and what the upstream and
// the clients saw; it does not ask the pool.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Networks
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Stages
internal import Wire

/// A rule that a run with accounts must keep.
enum AccountCheck: String, CaseIterable {
  /// Each client gets the whole session, or the upstream's last refusal unchanged, or an honest error;
  /// and the session it is wherever an account takes it.
  case answer
  /// A request goes upstream unchanged, to each account at most twice, and never again when the
  /// upstream has begun to answer it.
  case posts
  /// Never two refreshes of an account at once, and none with a token that was replaced.
  case refreshes
  /// A token is stored before it is used.
  case stored
  /// No token reaches a client or the log, and no client's key the upstream.
  case secrets
  /// Each request that went out is counted for its account.
  case counts
  /// Nothing is left when all is over.
  case leftovers
}

/// A rule that was broken, and how.
struct AccountViolation: Hashable {
  package var check: AccountCheck
  package var detail: String
}

/// Judges runs of a proxy with accounts.
struct AccountJudge {
  package let order: AccountCase
  /// The body of the session that the upstream answers with.
  package let session: [UInt8]

  package func violations(_ seen: AccountObservation) -> [AccountViolation] {
    var found: [AccountViolation] = []
    func expect(_ holds: Bool, _ check: AccountCheck, _ detail: @autoclosure () -> String) {
      if !holds { found.append(AccountViolation(check: check, detail: detail())) }
    }
    for index in seen.clients.indices {
      let log = requests(of: seen.clients[index], in: seen)
      let wrong = answerFault(seen.clients[index], log, seen)
      expect(wrong == nil, .answer, "client \(index): \(wrong ?? "")")
      let posts = postFault(log)
      expect(posts == nil, .posts, "client \(index): \(posts ?? "")")
    }
    let bodies = Set(seen.clients.map(\.request))
    let strange = seen.log.first { !$0.isRefresh && !bodies.contains($0.body) }
    expect(strange == nil, .posts, "the upstream got a body that no client sent")
    expect(seen.refreshOverlaps == 0, .refreshes, "\(seen.refreshOverlaps) refreshes overlap")
    let lost = seen.log.filter(\.isRefresh).first.map { isCut($0, seen) } ?? false
    let bad = seen.log.count { $0.outcome == .badRefresh }
    expect(bad == 0 || lost, .refreshes, "\(bad) refreshes with a token that was replaced")
    expect(seen.unstored.isEmpty, .stored, "used before stored: \(seen.unstored.count) tokens")
    expect(!leaks(seen), .secrets, "a token or key is where it must not be")
    for account in Set(seen.log.compactMap(\.account)) {
      let sent = seen.log.count { !$0.isRefresh && $0.account == account }
      let counted = seen.counts[account] ?? 0
      // A client that leaves may take its request away before it is sent.
      let isRight = order.injected == .clientLeaves ? counted >= sent : counted == sent
      expect(isRight, .counts, "account \(account): \(sent) requests, \(counted) counted")
    }
    expect(seen.leftovers == 0, .leftovers, "\(seen.leftovers) connections or requests are left")
    return found
  }

  /// What the upstream got of a client's request.
  private func requests(
    of client: AccountObservation.Client, in seen: AccountObservation
  ) -> [MockAccounts.Entry] {
    seen.log.filter { !$0.isRefresh && $0.body == client.request }
  }

  /// Whether the case has cut the answer to `entry`.
  private func isCut(_ entry: MockAccounts.Entry, _ seen: AccountObservation) -> Bool {
    let ofKind = seen.log.filter { $0.isRefresh == entry.isRefresh }
    guard let number = ofKind.firstIndex(of: entry) else { return false }
    return order.fault(isRefresh: entry.isRefresh, number: number) != nil
  }

  private func postFault(_ log: [MockAccounts.Entry]) -> String? {
    if let taken = log.firstIndex(where: { $0.outcome == .taken }), taken != log.count - 1 {
      return "sent again when it had been taken"
    }
    for account in Set(log.map(\.account)) {
      let tries = log.filter { $0.account == account }
      if tries.count > 2 { return "\(tries.count) times to account \(account ?? "?")" }
      if Set(tries.map(\.token)).count < tries.count { return "twice with one token" }
    }
    return nil
  }

  /// What is wrong with what a client got, or nil.
  private func answerFault(
    _ client: AccountObservation.Client, _ log: [MockAccounts.Entry], _ seen: AccountObservation
  ) -> String? {
    if client.ending == .left { return nil }
    if let breach = client.reader.breach { return "bad HTTP: \(breach)" }
    let status = client.reader.status ?? 0
    let wasCut = log.contains { isCut($0, seen) }
    // A body that ends with its connection ends well wherever it is cut.
    let endsUnseen =
      wasCut && order.injected == .answerEnds && AccountCase.cuts[order.cut].contains("close")
    if endsUnseen { return nil }
    guard client.ending == .complete else {
      // A body that has begun ends with its connection, in sight of the client.
      let isHonest = wasCut && statuses(of: log.last).contains(status)
      return isHonest ? nil : "the answer ends \(client.ending), status \(status)"
    }
    if status == 200 {
      return client.reader.body == session && log.last?.outcome == .taken
        ? nil : "a whole answer that is not the session"
    }
    if mustSucceed, !wasCut { return "status \(status), and an account would have taken it" }
    return refusalFault(client, status, log, wasCut: wasCut)
  }

  /// Whether some account takes each request, whatever else fails.
  private var mustSucceed: Bool {
    switch order.injected {
    case .tokensEnd, .tokensReset, .tokensStall, .endpointRefuses:
      order.states.contains(where: \.takesAllWithoutRefresh)
    case .nothing, .answerEnds, .answerResets, .answerStalls, .storeFails, .clientLeaves:
      order.states.contains(where: \.takesAll)
    }
  }

  /// What is wrong with an error that a client got, or nil.
  private func refusalFault(
    _ client: AccountObservation.Client, _ status: Int, _ log: [MockAccounts.Entry], wasCut: Bool
  ) -> String? {
    struct Body: Decodable {
      struct Inner: Decodable {
        var code: String
        var message: String
      }
      var error: Inner
    }
    guard let error = try? JSONDecoder().decode(Body.self, from: Data(client.reader.body)).error
    else { return "status \(status) with a body that is not an error" }
    if status >= 500 {
      if wasCut { return nil }
      return error.code == "no_account" && log.isEmpty
        ? nil : "status \(status) \(error.code), and nothing was cut"
    }
    let codes: [String]
    switch status {
    case 401: codes = ["invalid_api_key"]
    case 429: codes = ["limit_requests"]
    default: codes = ["insufficient_quota", "AllocationQuota.FreeTierOnly"]
    }
    let account = log.last?.account ?? ""
    let isLasts = status != 401 ? error.message.contains("Account \(account) ") : true
    let hasRetry = client.reader.fields["Retry-After"] == "7"
    let isStatus = statuses(of: log.last).contains(status) && log.last?.outcome != .taken
    guard isStatus, codes.contains(error.code), isLasts else {
      return "status \(status) \(error.code) is not the upstream's last answer"
    }
    return hasRetry == (status == 429) ? nil : "Retry-After is lost or invented"
  }

  /// The statuses with which the upstream can have answered a request.
  private func statuses(of entry: MockAccounts.Entry?) -> [Int] {
    switch entry?.outcome {
    case .taken: [200]
    case .badToken: [401]
    case .overQuota: [403, 429]
    case .renewed, .badRefresh, .refreshRefused, .refreshFailed, nil: []
    }
  }

  private func leaks(_ seen: AccountObservation) -> Bool {
    let marks = ["sk-mock-", AccountStage<SimulatedNetwork>.clientKey]
    return marks.contains { mark in
      seen.notes.contains { $0.contains(mark) }
        || seen.clients.contains { $0.bytes.firstRange(of: Array(mark.utf8)) != nil }
    } || seen.log.contains { $0.token == marks[1] }
  }
}
