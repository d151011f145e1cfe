// One refresh: what goes to the token endpoint, and what becomes of its answer, cut in every way.

import Foundation
import ProxyUnderTest
import TestSupport
import Testing
import Wire

@Suite struct TokenRefreshTests {
  private static let old = Tokens(
    access: Secret("old"), refresh: Secret("r t+/=&é"), end: 5,
    upstream: BaseURL("https://old.example/v1"))
  private static let date = 1_800_000_000_000

  private static func refresh() -> TokenRefresh {
    TokenRefresh(
      of: old, at: TokenEndpoint(BaseURL("http://h:81/oauth/token")!), limits: ProxyLimits(),
      now: 100)
  }

  /// What comes of an answer, the same in every way of cutting it.
  private func outcome(
    _ answer: String, end: TokenRefresh.Input? = nil
  ) -> [TokenRefresh.Output] {
    var outcomes: [[TokenRefresh.Output]] = []
    for way in everyWay(ofCutting: octets(answer)) {
      var refresh = Self.refresh()
      var outputs: [TokenRefresh.Output] = []
      for input in [.connected] + way.map(TokenRefresh.Input.bytes) + (end.map { [$0] } ?? []) {
        refresh.handle(input, at: 100, date: Self.date, into: &outputs)
      }
      outcomes.append(Array(outputs.dropFirst()))
      #expect(outcomes.last == outcomes[0])
      #expect(refresh.deadline == (outputs.count > 1 ? nil : 30_100))
    }
    return outcomes[0]
  }

  private static func answer(_ status: Int, _ body: String) -> String {
    "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  @Test func asksByForm() {
    var refresh = Self.refresh()
    var outputs: [TokenRefresh.Output] = []
    refresh.handle(.connected, at: 100, date: 0, into: &outputs)
    let body =
      "grant_type=refresh_token&refresh_token=r+t%2B%2F%3D%26%C3%A9"
      + "&client_id=f0304373b74a44d2b584a3fb70ca9e56"
    let head =
      "POST /oauth/token HTTP/1.1\r\nHost: h:81\r\n"
      + "Content-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\n"
      + "Accept-Encoding: identity\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
    #expect(outputs == [.send(octets(head + body))])
  }

  @Test func takesNewTokens() {
    let body =
      #"{"access_token":"new","token_type":"Bearer","refresh_token":"r2","#
      + #""expires_in":21600,"resource_url":"portal.qwen.ai"}"#
    let tokens = Tokens(
      access: Secret("new"), refresh: Secret("r2"), end: Self.date + 21_600_000,
      upstream: BaseURL("https://portal.qwen.ai/v1"))
    #expect(outcome(Self.answer(200, body)) == [.tokens(tokens)])
    #expect(
      outcome("HTTP/1.1 100 Continue\r\n\r\n" + Self.answer(200, body)) == [.tokens(tokens)])
    #expect(
      outcome("HTTP/1.0 200 OK\r\n\r\n" + body, end: .closed(.finished)) == [.tokens(tokens)])
  }

  /// What the answer does not name stays; an end that it does not name is not known.
  @Test func keepsWhatTheAnswerLeavesOut() {
    let tokens = Tokens(
      access: Secret("new"), refresh: Self.old.refresh, end: nil, upstream: Self.old.upstream)
    #expect(outcome(Self.answer(200, #"{"access_token":"new"}"#)) == [.tokens(tokens)])
    #expect(
      outcome(Self.answer(200, #"{"access_token":"new","refresh_token":"","resource_url":"?"}"#))
        == [.tokens(tokens)])
  }

  static let failures: [(answer: String, end: TokenRefresh.Input?, reason: String)] = [
    (
      answer(400, #"{"error":"invalid_request","error_description":"r t"}"#), nil,
      "answered 400 invalid_request"
    ),
    (answer(400, #"{"error":"r t+/=&"}"#), nil, "answered 400"),
    (answer(502, "<html>"), nil, "answered 502"), (answer(302, ""), nil, "answered 302"),
    (answer(200, "{}"), nil, "answer holds no access_token"),
    (answer(200, "not JSON"), nil, "answer holds no access_token"),
    (answer(200, #"{"access_token":""}"#), nil, "answer holds no access_token"),
    (answer(200, #"{"access_token":"a\r\nX: y"}"#), nil, "answer holds no access_token"),
    ("garbage\r\n\r\n", nil, "answer is not well-formed HTTP"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n", nil, "answer is not well-formed HTTP"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", .closed(.finished), "closed the connection"),
    ("HTTP/1.1 200 OK\r\n", .closed(.reset), "closed the connection"),
    ("", .refused, "could not be reached"),
  ]

  @Test(arguments: failures.indices) func saysWhyThereAreNone(_ index: Int) {
    let (answer, end, reason) = Self.failures[index]
    let outputs = outcome(answer, end: end)
    guard case .failed(let text)? = outputs.first, outputs.count == 1 else {
      Issue.record("\(outputs)")
      return
    }
    #expect(text.hasPrefix("the token endpoint"))
    #expect(text.contains(reason) && !text.contains("r t"), "\(text)")
  }

  /// The answer is waited for until the 30 s since the call to connect are over, in any phase.
  @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
  func endsWithItsTime(_ answer: String) {
    var refresh = Self.refresh()
    var outputs: [TokenRefresh.Output] = []
    if !answer.isEmpty {
      refresh.handle(.connected, at: 30_000, date: 0, into: &outputs)
      refresh.handle(.bytes(octets(answer)), at: 30_099, date: 0, into: &outputs)
    }
    outputs = []
    refresh.handle(.deadline, at: 30_099, date: 0, into: &outputs)
    #expect(outputs.isEmpty)
    refresh.handle(.deadline, at: 30_100, date: 0, into: &outputs)
    #expect(outputs == [.failed("the token endpoint took too long")])
    refresh.handle(.bytes(octets(Self.answer(200, "{}"))), at: 30_101, date: 0, into: &outputs)
    #expect(outputs.count == 1 && refresh.deadline == nil)
  }
}
