// What a run of a proxy with accounts must show. The judge uses the case and what the upstream and the
// clients saw, and never asks the pool.

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
  /// and it must be the session when an account accepts the request.
  case answer
  /// A request goes upstream unchanged, to each account at most twice, and never again after the upstream
  /// has begun to answer it.
  case posts
  /// Never two refreshes of an account at once, and none with a replaced refresh token.
  case refreshes
  /// A token is stored before it is used.
  case stored
  /// No token reaches a client or the log, and no client's key reaches the upstream.
  case secrets
  /// Each request that went out is counted for its account.
  case counts
  /// No connection or request is left at the end.
  case leftovers
  /// The log tells what has happened, in the words of the documentation.
  case notes
}

/// A rule that was broken, and how.
struct AccountViolation: Hashable {
  package var check: AccountCheck
  package var detail: String

  var text: String { "\(check.rawValue): \(detail)" }
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
    if let words = headFault(seen) { expect(false, .posts, words) }
    if let words = refreshFault(seen) { expect(false, .refreshes, words) }
    if let words = noteFault(seen) { expect(false, .notes, words) }
    let strange = seen.log.first { !$0.isRefresh && !bodies.contains($0.body) }
    expect(strange == nil, .posts, "the upstream got a body that no client sent")
    expect(seen.refreshOverlaps == 0, .refreshes, "\(seen.refreshOverlaps) refreshes overlap")
    let lost = seen.log.filter(\.isRefresh).first.map { isCut($0, seen) } ?? false
    let bad = seen.log.count { $0.outcome == .badRefresh }
    expect(bad == 0 || lost, .refreshes, "\(bad) refreshes with a token that was replaced")
    expect(seen.unstored.isEmpty, .stored, "used before stored: \(seen.unstored.count) tokens")
    expect(!leaks(seen), .secrets, "a token or key is where it must not be")
    if order.isSequence {
      var sequence = AccountSequence(order)
      if let words = sequence.fault(in: seen) { expect(false, .posts, words) }
    }
    // Counts of a past day are not kept.
    func day(_ entry: MockAccounts.Entry) -> Int { (order.date + entry.time) / 86_400_000 }
    let today = seen.log.last { !$0.isRefresh }.map(day)
    for account in Set(seen.log.compactMap(\.account)) {
      let sent = seen.log.count { !$0.isRefresh && $0.account == account && day($0) == today }
      let counted = seen.counts[account] ?? 0
      // A client that leaves may withdraw its request before it is sent.
      let isRight = order.injected == .clientLeaves ? counted >= sent : counted == sent
      expect(isRight, .counts, "account \(account): \(sent) requests, \(counted) counted")
    }
    expect(seen.leftovers == 0, .leftovers, "\(seen.leftovers) connections or requests are left")
    return found
  }

  /// The requests at the upstream for a client's request.
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

  /// What is wrong with a client's answer, or nil.
  private func answerFault(
    _ client: AccountObservation.Client, _ log: [MockAccounts.Entry], _ seen: AccountObservation
  ) -> String? {
    if client.ending == .left { return nil }
    if let breach = client.reader.breach { return "bad HTTP: \(breach)" }
    let wasCut = log.contains { isCut($0, seen) }
    if let last = log.last, let refusal = last.refusal, !isCut(last, seen) {
      let isWhole =
        client.ending == .complete && client.reader.status == refusal.status
        && client.reader.body == Array(refusal.body.utf8)
      return isWhole ? nil : "not the upstream's own answer \(refusal.status)"
    }
    let status = client.reader.status ?? 0
    // A body that ends with its connection ends well wherever it is cut.
    let endsUnseen =
      wasCut && order.injected == .answerEnds && AccountCase.cuts[order.cut].contains("close")
    if endsUnseen { return nil }
    guard client.ending == .complete else {
      // A body that has begun ends with its connection, which the client sees.
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

  /// Whether some account accepts each request, whatever else fails.
  private var mustSucceed: Bool {
    if order.isSequence { return false }
    return switch order.injected {
    case .tokensEnd, .tokensReset, .tokensStall, .endpointRefuses:
      order.states.contains(where: \.takesAllWithoutRefresh)
    case .nothing, .answerEnds, .answerResets, .answerStalls, .storeFails, .clientLeaves:
      order.states.contains(where: \.takesAll)
    }
  }

  /// What is wrong with a client's error, or nil.
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
      return client.reader.body == DocumentedError.noAccount.body && log.isEmpty
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
    case .refused: entry?.refusal.map { [$0.status] } ?? []
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

// MARK: What the upstream and the operator see, word for word

extension AccountJudge {
  /// Where the requests of an account go, by the last answer of the token endpoint that came whole.
  private func place(of entry: MockAccounts.Entry, at index: Int, in seen: AccountObservation)
    -> (authority: String, target: String)?
  {
    let usual = (
      authority: "127.0.0.1:\(seen.port)", target: "/compatible-mode/v1/chat/completions"
    )
    let name = entry.account ?? ""
    let renewed = seen.log[..<index].filter { $0.account == name && $0.outcome == .renewed }
    guard let last = renewed.last else { return usual }
    // It is not known here whether a token from a cut answer was read.
    if renewed.contains(where: { isCut($0, seen) }) { return nil }
    guard let place = tokenAnswer(of: last)?.place else { return usual }
    return ("\(place.host):\(seen.port)", "\(place.path)/chat/completions")
  }

  /// The written-down answer of the token endpoint for the account of a request; nil for the usual one.
  private func tokenAnswer(of entry: MockAccounts.Entry) -> TokenAnswer? {
    let number = order.states.indices.first { AccountCase.name($0) == entry.account }
    return number.flatMap { order.tokenAnswers[$0] }
  }

  /// What is wrong with a client's request on its way upstream, its body aside; nil when it is right.
  private func headFault(_ seen: AccountObservation) -> String? {
    for (index, entry) in seen.log.enumerated() where !entry.isRefresh {
      guard let place = place(of: entry, at: index, in: seen) else { continue }
      guard entry.request.method == "POST", entry.request.target == place.target else {
        return "a request went to \(entry.request.target) instead of \(place.target)"
      }
      let number = seen.clients.firstIndex { $0.request == entry.body } ?? 0
      let sent = AskedHead(
        fields: [
          Field("Content-Type", "application/json"), Field("X-Client", String(number)),
        ], version: "1.1", authority: place.authority, key: entry.token,
        bodyCount: entry.body.count, keepsUpstream: false)
      if let words = headDifference(entry.request.fields.list, sent.forwarded) {
        return "in a request's head \(words)"
      }
    }
    return nil
  }

  /// What is wrong with a request for tokens (RFC 6749 section 6); nil when it is right.
  private func refreshFault(_ seen: AccountObservation) -> String? {
    for entry in seen.log where entry.isRefresh && entry.outcome != .badRefresh {
      let text =
        "grant_type=refresh_token&refresh_token=\(MockAccount.formText(entry.token))"
        + "&client_id=f0304373b74a44d2b584a3fb70ca9e56"
      guard entry.body == Array(text.utf8) else { return "the form for new tokens is another" }
      let lines = [
        Field("Host", "127.0.0.1:\(seen.port)"),
        Field("Content-Type", "application/x-www-form-urlencoded"),
        Field("Accept", "application/json"), Field("Accept-Encoding", "identity"),
        Field("Content-Length", String(text.utf8.count)), Field("Connection", "close"),
      ]
      guard entry.request.target == "/api/v1/oauth2/token" else {
        return "new tokens were asked for at \(entry.request.target)"
      }
      if let words = headDifference(entry.request.fields.list, lines) {
        return "in the head of a request for tokens \(words)"
      }
    }
    return nil
  }

  /// What is wrong with the log; nil when it is right.
  private func noteFault(_ seen: AccountObservation) -> String? {
    for note in seen.notes where note.hasPrefix("account ") && !isKnown(note) {
      return "the log has the line '\(note)'"
    }
    for entry in seen.log where entry.outcome == .refreshFailed && order.injected == .nothing {
      let reason = (tokenAnswer(of: entry) ?? .failure).reason ?? ""
      let line = "account \(entry.account ?? ""): its token could not be refreshed: \(reason)"
      if !seen.notes.contains(line) { return "the log lacks the line '\(line)'" }
    }
    for entry in seen.log where entry.outcome == .renewed && !isCut(entry, seen) {
      let line = "account \(entry.account ?? ""): its "
      if !seen.notes.contains(where: {
        $0.hasPrefix(line) && !$0.contains("could not be refreshed")
      }) {
        return "the log does not say that an account has a new token"
      }
    }
    return nil
  }

  private func isKnown(_ note: String) -> Bool {
    order.states.indices.map(AccountCase.name).contains { name in
      guard note.hasPrefix("account \(name)") else { return false }
      let words = note.dropFirst("account \(name)".count)
      if words.hasPrefix(": its token could not be refreshed: ") {
        let reason = words.dropFirst(": its token could not be refreshed: ".count)
        return Self.reasons.contains(String(reason))
          || order.tokenAnswers.contains { $0?.reason == String(reason) }
      }
      if Self.news.contains(String(words)) { return true }
      let moves = Self.moves.contains { words.hasPrefix(" \($0); on to n") }
      return moves
        && order.states.indices.contains { words.hasSuffix("; on to \(AccountCase.name($0))") }
    }
  }

  private static let reasons: Set = [
    "the token endpoint could not be reached", "the token endpoint took too long",
    "the token endpoint closed the connection before its answer was whole",
    "the token endpoint's answer is not well-formed HTTP", "the token endpoint answered 500",
    AccountSequence.loginIsOver,
    "the token endpoint's answer holds no access_token",
  ]
  private static let news: Set = [
    ": its token is refreshed", ": its new token is in its file now",
    ": its new token could not be written to its file; it is used as long as this proxy runs",
  ]
  private static let moves = [
    "is over its quota", "was refused several times in a row", "has no good token",
  ]
}
