// STREAM=false: a stream that a client asked for reaches it as one JSON answer, with everything in it.

import Foundation
import ProxyUnderTest
import Testing
import Wire

private let head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Request-Id: 7\r\nSet-Cookie: a\r\n"
private let request = #"{"model":"m","stream":true}"#

@Suite struct WholeAnswerTests {
  static var settings: Settings {
    var settings = Bench.settings
    settings.streams = false
    return settings
  }

  /// Chunks of a completion as the events of a stream have them, and the answer in one piece.
  static let cases: [(chunks: [String], whole: String)] = [
    (
      [
        #"{"id":"1","object":"chat.completion.chunk","created":1.50e3,"model":"q","choices":"#
          + #"[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
        #"{"id":"1","choices":[{"index":0,"delta":{"content":"He\n"}}],"usage":null}"#,
        #"{"id":"1","choices":[{"index":0,"delta":{"content":"\ud83d"},"finish_reason":""}]}"#,
        #"{"id":"1","choices":[{"index":0,"delta":{"content":"\ude42 你"},"finish_reason":"stop"}]}"#,
        #"{"id":"1","choices":[],"usage":{"total_tokens":12345678901234567890}}"#,
      ],
      #"{"id":"1","object":"chat.completion","created":1.50e3,"model":"q","usage":"#
        + #"{"total_tokens":12345678901234567890},"choices":[{"index":0,"message":"#
        + #"{"role":"assistant","content":"He\n\ud83d\ude42 你"},"finish_reason":"stop"}]}"#
    ),
    // Reasoning before text; a role that never comes; a field that nobody knows.
    (
      [
        #"{"choices":[{"delta":{"content":null,"reasoning_content":"a"},"index":0,"x":[1]}]}"#,
        #"{"choices":[{"delta":{"content":null,"reasoning_content":"b"},"index":0,"x":[2]}]}"#,
        #"{"choices":[{"delta":{"content":"c","reasoning_content":null},"index":0,"#
          + #""finish_reason":"stop"}],"y":{"z":1}}"#,
      ],
      #"{"y":{"z":1},"choices":[{"delta":0,"index":0,"x":[1,2],"finish_reason":"stop"}]}"#
        .replacing(
          #""delta":0"#,
          with: #""message":{"content":"c","reasoning_content":"ab","role":"assistant"}"#)
    ),
    // Tool calls, side by side, in pieces; the id comes once, then empty.
    (
      [
        #"{"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"c1","#
          + #""type":"function","function":{"name":"f","arguments":""}}]}}]}"#,
        #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"c2","type":"function","#
          + #""function":{"name":"g","arguments":"{"}},{"index":0,"id":"","#
          + #""function":{"arguments":"{\"a"}}]}}]}"#,
        #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"","function":"#
          + #"{"name":"","arguments":"\":1}"}},{"index":1,"function":{"arguments":"}"}}]},"#
          + #""finish_reason":"tool_calls"}]}"#,
      ],
      #"{"choices":[{"index":0,"message":{"role":"assistant","tool_calls":[{"id":"c1","#
        + #""type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","#
        + #""type":"function","function":{"name":"g","arguments":"{}"}}],"content":null},"#
        + #""finish_reason":"tool_calls"}]}"#
    ),
    // Choices side by side.
    (
      [
        #"{"choices":[{"index":1,"delta":{"role":"assistant","content":"b"}}]}"#,
        #"{"choices":[{"index":0,"delta":{"role":"assistant","content":"a"},"#
          + #""finish_reason":"stop"},"#
          + #"{"index":1,"delta":{"content":"B"},"finish_reason":"length"}]}"#,
      ],
      #"{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"#
        + #""finish_reason":"stop"},"#
        + #"{"index":1,"message":{"role":"assistant","content":"bB"},"finish_reason":"length"}]}"#
    ),
    // Completions of the older kind.
    (
      [
        #"{"object":"text_completion","choices":[{"text":"a","index":0,"finish_reason":null}]}"#,
        #"{"object":"text_completion","choices":[{"text":"b","index":0,"finish_reason":"stop"}]}"#,
      ],
      #"{"object":"text_completion","choices":[{"text":"ab","index":0,"finish_reason":"stop"}]}"#
    ),
  ]

  /// A stream of these chunks, with every line end and framing that an upstream may choose.
  private func streams(_ chunks: [String]) -> [String] {
    ["\n", "\r\n", "\r"].flatMap { end -> [String] in
      let events = (chunks + ["[DONE]"]).map { "data: \($0)\(end)\(end)" }.joined()
      let bare = chunks.map { "event:x\(end)id:1\(end)data:\($0)\(end)\(end): c\(end)\(end)" }
      return [
        "\u{FEFF}" + events, bare.joined(), String(events.dropLast(1)),
        bare.joined() + "data: [DONE]",
      ]
    }
  }

  @Test(arguments: cases.indices) func joinsAStream(_ index: Int) {
    let (chunks, whole) = Self.cases[index]
    for body in streams(chunks) {
      let size = String(body.utf8.count, radix: 16)
      let wire = head + "Transfer-Encoding: chunked\r\n\r\n\(size)\r\n\(body)\r\n0\r\n\r\n"
      let found = index == 0 ? outcome(of: octets(wire), from: asked()) : joined(wire)
      #expect(
        found.responses?.openToPages == [
          PlainResponse(
            status: 200,
            fields: [
              "Content-Type: application/json", "X-Request-Id: 7",
              "Content-Length: \(whole.utf8.count)",
            ], body: octets(whole))
        ])
      #expect(found.orders == [.closeUpstream])
      #expect(found.exchange == Bench(Self.settings).exchange, "ready for the next request")
    }
  }

  private func joined(_ wire: String) -> Outcome {
    var bench = asked()
    bench.take(.upstream(octets(wire)))
    return Outcome(bench)
  }

  private func asked(_ body: String = request, _ settings: Settings = Self.settings) -> Bench {
    let start = "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: "
    return .asked("\(start)\(body.utf8.count)\r\n\r\n\(body)", settings)
  }

  @Test func onlyWhoAsksForAStreamIsSparedIt() {
    let wire = octets(head + "\r\ndata: {\"choices\":[]}\n\n")
    for body in [#"{"stream":false}"#, "{}", #"{"stream":"true"}"#, #"{"a":{"stream":true}}"#] {
      let found = outcome(of: wire, end: .upstreamClosed(.finished), from: asked(body))
      #expect(found.responses?.first?.body == octets("data: {\"choices\":[]}\n\n"))
    }
    // With streams on nothing is joined.
    let found = outcome(
      of: wire, end: .upstreamClosed(.finished), from: asked(request, Bench.settings))
    #expect(found.responses?.first?.body == octets("data: {\"choices\":[]}\n\n"))
  }

  @Test func whatIsNoStreamPassesAsItIs() {
    let wire = "HTTP/1.1 429 No\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    let found = outcome(of: octets(wire), from: asked())
    #expect(found.responses?.map(\.status) == [429])
    #expect(found.responses?.first?.body == octets("{}"))
  }

  /// Nothing was sent when the stream fails, so that the failure is an HTTP error.
  @Test func aCutStreamIsAnErrorAnswer() {
    let wire = octets(head + "Content-Length: 999\r\n\r\ndata: {\"choices\":[]}\n\ndata: {")
    for (end, status, code) in [
      (Exchange.Input.upstreamClosed(.finished), 502, "upstream_truncated"),
      (.upstreamClosed(.reset), 502, "upstream_reset"),
      (.deadline, 504, "upstream_idle_timeout"),
    ] {
      var bench = asked()
      bench.take(.upstream(wire))
      #expect(bench.outputs == [])
      bench.take(end, at: end == .deadline ? 240_000 : 0)
      #expect(bench.responses?.map(\.status) == [status])
      #expect(ErrorObject.ofBody(bench.responses?.first?.body ?? [])?.code == code)
      #expect(bench.outputs.orders == [.closeUpstream])
    }
  }

  @Test func anErrorInTheStreamIsTheAnswer() {
    let error = #"{"message":"a \"b\"","type":"t","code":"c"}"#
    let body =
      "data: {\"choices\":[]}\n\ndata: {\"id\":\"1\",\"error\":\(error)}\n\ndata: [DONE]\n\n"
    let found = outcome(
      of: octets(head + "\r\n" + body), end: .upstreamClosed(.finished), from: asked())
    #expect(found.responses?.map(\.status) == [502])
    #expect(found.responses?.first?.body == octets("{\"error\":\(error)}"))
  }

  @Test(arguments: [
    "", "data: [DONE]\n\n", "data: x\n\n", "data: []\n\n", ": c\n\n", "data: {\"a\":}\n\n",
  ])
  func whatCannotBeJoinedIsAnError(_ body: String) {
    let found = outcome(
      of: octets(head + "\r\n" + body), end: .upstreamClosed(.finished), from: asked())
    #expect(found.responses?.map(\.status) == [502])
    #expect(
      ErrorObject.ofBody(found.responses?.first?.body ?? [])?.code == "upstream_not_a_completion")
  }

  @Test func deepNestingIsRefused() {
    for (depth, status) in [(60, 200), (70, 502), (100_000, 502)] {
      let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      var bench = asked()
      bench.take(
        .upstream(octets(head + "\r\ndata: {\"choices\":[],\"a\":\(value)}\n\ndata: [DONE]\n\n")),
        .upstreamClosed(.finished))
      #expect(bench.responses?.map(\.status) == [status])
    }
  }

  @Test func aStreamThatIsTooLargeIsAnError() {
    var settings = Self.settings
    settings.limits.blockBytesMax = 60
    let event = "data:{\"choices\":[]}\n\n"
    for (count, status) in [(2, 200), (3, 502)] {
      let body = String(repeating: event, count: count) + "data:[DONE]\n\n"
      let found = outcome(
        of: octets(head + "\r\n" + body), end: .upstreamClosed(.finished),
        from: asked(request, settings))
      #expect(found.responses?.map(\.status) == [status])
      guard status == 502 else { continue }
      let code = ErrorObject.ofBody(found.responses?.first?.body ?? [])?.code
      #expect(code == "upstream_stream_too_large")
    }
  }
}
