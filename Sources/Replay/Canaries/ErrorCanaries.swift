// The canaries of family B, second part: errors before and inside a stream, repetitions, and bodies
// that are not an event stream.

internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Trials
internal import Wire

private func text(_ text: String) -> String {
  #"data: {"choices":[{"delta":{"content":"\#(text)"}}]}"# + "\n\n"
}

private let failure = "event: error\ndata: {\"error\":{\"code\":\"rate_limit\"}}\n\n"

/// An answer of the upstream that says no.
private func refusal(_ status: Int) -> Trial {
  .stream(
    #"{"error":{"message":"no","type":"t","code":"c"}}"#, type: "application/json", status: status)
}

extension Canary {
  static let errorCanaries: [Canary] = [
    Canary(
      "done-not-drained", BlockEnd.self,
      [
        Trial.stream(text("a") + "data: [DONE]\n\n", "cuts=events")
          .broken(.fin, behind: (text("a") + "data: [DONE]\n\n").utf8.count)
      ]),
    Canary("inband-error-swallowed", BlockCanary<SkipsErrors>.self, [.stream(text("a") + failure)]),
    Canary(
      "inband-error-wrong-frame", BlockCanary<EventsOnly>.self,
      [
        .stream(text("a") + "error: {\"code\":500}\n\n"),
        .stream(text("a") + "{\"error\":{\"code\":500}}\n\n"),
      ]),
    Canary("pre-stream-error-as-200", EdgeCanary<AlwaysOK>.self, [refusal(429), refusal(500)]),
    Canary(
      "mid-stream-failure-silent", CanaryProxy<DirectPipe>.self,
      [Trial.stream(text("a") + text("b")).broken(.reset, behind: text("a").utf8.count)]),
    Canary(
      "mid-stream-failure-silent", variant: "unframed", EdgeCanary<ResetIsEnd>.self,
      [
        Trial.stream(text("a") + text("b"), "cuts=events framing=close")
          .broken(.reset, behind: text("a").utf8.count)
      ]),
    Canary(
      "retry-after-dropped", EdgeCanary<NoRetryAfter>.self,
      [refusal(429).with("Retry-After", "7"), refusal(503).with("Retry-After-Ms", "700")]),
    Canary("error-status-rewritten", EdgeCanary<OneStatus>.self, [refusal(429), refusal(401)]),
    Canary(
      "error-class-by-text", BlockCanary<ErrorWords>.self,
      [.stream(text("the rate limit was exceeded") + text("b"))]),
    Canary(
      "retry-duplicates-content", AsksAgain<WhenBroken>.self,
      [Trial.stream(text("a") + text("b")).broken(.reset, behind: text("a").utf8.count)]),
    Canary("rotation-mid-stream", AsksAgain<WhenRefused>.self, [.stream(text("a") + failure)]),
    Canary(
      "event-forwarded-twice", BlockCanary<WritesTwice>.self, [.stream(text("a") + text("b"))]),
    Canary(
      "dedup-drops-repeats", BlockCanary<NoRepeats>.self,
      [.stream(text("6") + text("6") + text("6"))]),
    Canary(
      "cumulative-as-delta", BlockCanary<OnlyWhatIsNew>.self,
      [.stream(text("a") + text("ab") + text("abc"))]),
    Canary(
      "non-sse-body-on-stream", CanaryProxy<StreamsOnly>.self,
      [.stream(#"{"choices":[]}"#, type: "application/json")]),
  ]
}

/// Ends the answer at `[DONE]`, whatever becomes of the body.
private struct BlockEnd: WrappedCore {
  package var core: Exchange

  init(settings: Settings) { core = Exchange(settings: settings) }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    var wanted: [Exchange.Output] = []
    core.handle(input, at: now, into: &wanted)
    outputs += wanted
    let hasDone = wanted.contains { output in
      if case .client(let bytes) = output { bytes.contains(Array("[DONE]".utf8)) } else { false }
    }
    guard hasDone, !wanted.contains(.closeUpstream) else { return }
    var last: [UInt8] = []
    writeLastChunk(into: &last)
    outputs += [.client(last), .closeUpstream, .closeClient]
    core.handle(.clientClosed(.finished), at: now, into: &wanted)
  }
}

/// Takes a reset for the end of a body that ends with its connection, as some HTTP libraries do.
private struct ResetIsEnd: EdgeFlaw {
  private var isUnframed = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    if input == .upstreamClosed(.reset), isUnframed { return .upstreamClosed(.finished) }
    return input.editingHead { head in
      let names = ["Content-Length", "Transfer-Encoding"]
      isUnframed = names.allSatisfy { head.fields[$0] == nil }
    }
  }
}

/// Passes over error events.
private struct SkipsErrors: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.event?.type == Array("error".utf8) || block.json?["error"] != nil ? [] : block.bytes
  }
}

/// Passes on blocks with fields that it knows, and comments.
private struct EventsOnly: BlockFlaw {
  private static let known = Set(["data", "event", "id", "retry"].map { Array($0.utf8) })

  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let isKnown = block.fields.contains { Self.known.contains($0.name) }
    return isKnown || block.fields.isEmpty ? block.bytes : []
  }
}

/// Says 200 whatever the upstream says.
private struct AlwaysOK: EdgeFlaw {
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    outputs.editingHead { $0 = ResponseHead(status: 200, fields: $0.fields) }
  }
}

/// Knows one status for all errors.
private struct OneStatus: EdgeFlaw {
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    outputs.editingHead { head in
      if head.status >= 400 { head = ResponseHead(status: 502, fields: head.fields) }
    }
  }
}

/// Answers with fields of its own choice.
private struct NoRetryAfter: EdgeFlaw {
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    outputs.editingHead { head in
      head.fields.remove("Retry-After")
      head.fields.remove("Retry-After-Ms")
    }
  }
}

/// Knows an error by its words, in answers too.
private struct ErrorWords: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.has("rate limit") ? nil : block.bytes
  }
}

/// Writes every event twice.
private struct WritesTwice: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? { block.bytes + block.bytes }
}

/// Takes an event that is equal to the one before for a stutter.
private struct NoRepeats: BlockFlaw {
  private var last: [UInt8] = []

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    defer { last = block.bytes }
    return block.bytes == last ? [] : block.bytes
  }
}

/// Takes a delta that begins like the text before for the text so far, and passes on the rest.
private struct OnlyWhatIsNew: BlockFlaw {
  private var last: [UInt8] = []

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    guard let text = block.text("content"), !text.isEmpty else { return block.bytes }
    defer { last = text }
    guard !last.isEmpty, text.count > last.count, text.starts(with: last) else {
      return block.bytes
    }
    let whole = String(decoding: text, as: UTF8.self)
    let rest = String(decoding: text.dropFirst(last.count), as: UTF8.self)
    return block.with(#""content":"\#(whole)""#, #""content":"\#(rest)""#)
  }
}

/// Passes on event streams, and of all else nothing.
private struct StreamsOnly: BodyHandler {
  static let takesEveryBody = true
  private var isEventStream = false

  package mutating func begin(_ head: ResponseHead) {
    isEventStream = head.fields["Content-Type"]?.hasPrefix("text/event-stream") ?? false
  }

  package func take(_ fragment: [UInt8]) -> [UInt8] { isEventStream ? fragment : [] }
}

private enum WhenBroken: SecondRequest {
  static func begins(_ input: Exchange.Input, isAnswered: Bool) -> Bool {
    isAnswered && input == .upstreamClosed(.reset)
  }
}

private enum WhenRefused: SecondRequest {
  static func begins(_ input: Exchange.Input, isAnswered: Bool) -> Bool {
    input.upstreamBytes?.contains(Array("event: error".utf8)) == true
  }
  static func key(_ key: String) -> String { key + "-of-another-account" }
}
