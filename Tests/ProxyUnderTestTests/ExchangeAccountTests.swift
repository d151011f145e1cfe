// An exchange that asks for accounts: what it sends with which, which answers it holds, and what the
// client gets when none is left.

import ProxyUnderTest
import Testing
import Wire

private let quota = octets(
  "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Type: application/json\r\n"
    + "Content-Length: 4\r\n\r\nbusy")
private let denied = octets(
  "HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n"
    + "2\r\nno\r\n0\r\n\r\n")
private let good = octets(
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\ndata: a\n\n")

private func credential(_ name: String, mayTryAgain: Bool = true) -> Credential {
  Credential(
    upstream: BaseURL(scheme: .http, host: name, port: 80, path: "/\(name)/v1"),
    key: Secret("sk-\(name)"), mayTryAgain: mayTryAgain)
}

/// An answer of the upstream with a body that has a length.
private func response(_ status: Int, _ body: String) -> [UInt8] {
  octets("HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
}

@Suite struct ExchangeAccountTests {
  private static var settings: Settings {
    var settings = Bench.settings
    settings.usesAccounts = true
    return settings
  }

  /// An exchange whose request has gone upstream with account a.
  private func asked(mayTryAgain: Bool = true) -> Bench {
    var bench = Bench(Self.settings)
    #expect(bench.take(.client(octets(Bench.request))) == [.wantAccount])
    #expect(bench.exchange.deadline == nil)
    #expect(bench.take(.account(credential("a", mayTryAgain: mayTryAgain))) == [.connect])
    bench.take(.upstreamConnected)
    bench.outputs = []
    return bench
  }

  private func requests(_ bench: Bench) -> [String] {
    bench.outputs.compactMap {
      if case .upstream(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
  }

  @Test(arguments: [quota, denied]) func sendsTheSameRequestAgain(_ refusal: [UInt8]) {
    let wanted: AccountOutcome = refusal == quota ? .overQuota : .unauthorized
    let held = outcome(of: refusal, from: asked())
    #expect(held.orders == [.closeUpstream, .accountOutcome(wanted)])
    #expect(held.responses == [])
    var bench = asked()
    bench.take(.upstream(refusal))
    #expect(bench.take(.account(credential("b"))) == [.connect])
    bench.outputs = []
    bench.take(.upstreamConnected, .upstream(good))
    let request = requests(bench).first ?? ""
    #expect(request.hasPrefix("POST /b/v1/chat/completions HTTP/1.1\r\nHost: b\r\n"))
    #expect(request.contains("Authorization: Bearer sk-b\r\n") && request.hasSuffix("\r\n\r\n{}"))
    #expect(!request.contains("sk-a"))
    #expect(bench.outputs.orders.suffix(2) == [.accountOutcome(.accepted), .closeUpstream])
    #expect(bench.responses?.map(\.body) == [octets("data: a\n\n")])
    #expect(bench.exchange == Bench(Self.settings).exchange)
  }

  @Test func theLastAnswerIsUnchangedWhenNoneIsLeft() {
    var bench = asked()
    bench.take(.upstream(denied), .account(credential("b")), .upstreamConnected, .upstream(quota))
    bench.outputs = []
    bench.take(.noAccount)
    let answer = bench.responses?.first
    #expect(answer?.status == 429 && answer?.body == octets("busy") && answer?.end == .complete)
    #expect(answer?.values("Retry-After") == ["7"])
    #expect(answer?.values("Content-Type") == ["application/json"])
  }

  /// With no other account to try, nothing is held back.
  @Test func theLastAccountsAnswerGoesOnAtOnce() {
    var bench = asked(mayTryAgain: false)
    let whole = bench
    bench.take(.upstream(Array(quota.dropLast(2))))
    #expect(bench.outputs.first == .accountOutcome(.overQuota))
    #expect(bench.outputs.clientBytes.suffix(2) == octets("bu"))
    #expect(bench.take(.noAccount) == [])
    let direct = outcome(of: quota, from: whole)
    #expect(direct.orders == [.accountOutcome(.overQuota), .closeUpstream])
    #expect(direct.responses?.map(\.status) == [429])
  }

  /// Statuses and bodies that say nothing against the account are the client's at once.
  @Test(arguments: [
    (400, "bad"), (403, #"{"error":{"code":"access_denied"}}"#), (404, ""), (500, "oops"),
    (503, ""),
  ])
  func otherAnswersAreTheClients(_ status: Int, _ body: String) {
    let answered = outcome(of: response(status, body), from: asked())
    #expect(answered.orders == [.accountOutcome(.accepted), .closeUpstream])
    #expect(answered.responses?.map(\.status) == [status])
    #expect(answered.responses?.map(\.body) == [octets(body)])
  }

  @Test func aForbiddenAnswerIsReadToKnowWhy() {
    let body = #"{"error":{"code":"insufficient_quota"}}"#
    let held = outcome(of: response(403, body), from: asked())
    #expect(held.orders == [.closeUpstream, .accountOutcome(.overQuota)])
  }

  /// Of a refusal that is cut the status may be enough; where it is not, the cut is told.
  @Test(arguments: [(429, AccountOutcome.overQuota), (401, .unauthorized)])
  func aCutRefusalLeadsOn(_ status: Int, _ wanted: AccountOutcome) {
    let cut = octets("HTTP/1.1 \(status) X\r\nContent-Length: 9\r\n\r\n{")
    for end in [Exchange.Input.upstreamClosed(.reset), .upstreamClosed(.finished)] {
      let held = outcome(of: cut, end: end, from: asked())
      #expect(held.orders == [.closeUpstream, .accountOutcome(wanted)])
    }
    var bench = asked()
    bench.take(.upstream(cut), .upstreamClosed(.reset), .noAccount)
    #expect(bench.responses?.map(\.status) == [502])
    #expect(ErrorObject.ofBody(bench.responses?.first?.body ?? [])?.code == "upstream_reset")
    let forbidden = octets("HTTP/1.1 403 X\r\nContent-Length: 9\r\n\r\n{")
    let told = outcome(of: forbidden, end: .upstreamClosed(.finished), from: asked())
    #expect(told.orders == [.accountOutcome(.accepted), .closeUpstream])
    #expect(told.responses?.map(\.status) == [502])
  }

  @Test func aStalledRefusalEndsWithTheTimeForTheFirstByte() {
    var bench = asked()
    bench.take(.upstream(Array(quota.dropLast())), at: 5)
    #expect(bench.exchange.deadline == Bench.settings.limits.firstByteTimeMax)
    #expect(bench.wake() == [.closeUpstream, .accountOutcome(.overQuota)])
  }

  /// A refusal that is too long to hold goes to the client, in one read as in many.
  @Test func aLongRefusalIsPassedOn() {
    var settings = Self.settings
    settings.limits.refusalBytesMax = 100
    let long = response(401, String(repeating: "x", count: 150))
    for way in [[long], [Array(long.prefix(180)), Array(long.dropFirst(180))], long.map { [$0] }] {
      var bench = Bench(settings)
      bench.take(.client(octets(Bench.request)), .account(credential("a")), .upstreamConnected)
      bench.outputs = []
      for piece in way { bench.take(.upstream(piece)) }
      let answer = bench.responses?.first
      #expect(answer?.body.count == 150 && answer?.status == 401, "\(way.count) reads")
      #expect(bench.outputs.orders.first == .accountOutcome(.accepted), "\(way.count) reads")
    }
  }

  /// A refusal that is an event stream is one to the client too, its last event completed.
  @Test func aRefusalMayBeAnEventStream() {
    var bench = asked()
    bench.take(
      .upstream(
        octets(
          "HTTP/1.1 429 X\r\nContent-Type: text/event-stream\r\nContent-Length: 7\r\n\r\ndata: x")),
      .noAccount)
    #expect(bench.responses?.map(\.body) == [octets("data: x\n\n")])
  }

  @Test func withoutAnyAnswerTheProxySpeaksItself() {
    var bench = Bench(Self.settings)
    bench.take(.client(octets(Bench.request)), .noAccount)
    #expect(bench.responses?.map(\.status) == [502])
    #expect(ErrorObject.ofBody(bench.responses?.first?.body ?? [])?.code == "no_account")
  }

  @Test func theClientLeavesWhileAnAccountIsLookedFor() {
    var bench = Bench(Self.settings)
    bench.take(.client(octets(Bench.request)))
    #expect(bench.take(.clientClosed(.finished)) == [.closeClient])
    #expect(bench.exchange.isClosed)
    bench = asked()
    bench.take(.upstream(Array(quota.dropLast())))
    #expect(bench.take(.clientClosed(.reset)) == [.closeUpstream, .closeClient])
  }

  /// Nothing goes out again once the first body byte of an answer that was taken has come.
  @Test func neverAgainBehindTheFirstByte() {
    var bench = asked()
    bench.take(.upstream(Array(good.dropLast())))
    let before = bench.outputs
    for input in [Exchange.Input.account(credential("b")), .noAccount] {
      #expect(bench.take(input) == [])
    }
    bench.take(.upstreamClosed(.reset))
    #expect(!bench.outputs.dropFirst(before.count).contains(.connect))
    #expect(!bench.outputs.contains(.wantAccount))
  }

  @Test func anUpstreamThatCannotBeReachedIsNoMatterOfAccounts() {
    var bench = Bench(Self.settings)
    bench.take(.client(octets(Bench.request)), .account(credential("a")), .upstreamRefused)
    #expect(bench.responses?.map(\.status) == [502])
    #expect(!bench.outputs.contains(.accountOutcome(.unauthorized)))
  }
}
