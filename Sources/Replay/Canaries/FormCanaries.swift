// The same bugs in other forms: what stands beside the bug differs from program to program. One makes up
// an end with a finish chunk and one without, one forgets what another holds, one repeats a request at a
// reset and another at every cut.

internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Trials
internal import Wire

private let two = "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n"
private let done = "data: [DONE]\n\n"
private func text(_ text: String) -> String {
  #"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"# + "\n\n"
}

extension Canary {
  static let formCanaries: [Canary] = [
    Canary(
      "synthetic-done-on-truncation", variant: "finish",
      CanaryProxy<FinishForCut<TruncatedOnly>>.self,
      [Trial.stream(text("a") + text("b")).broken(.fin, behind: text("a").utf8.count)]),
    Canary(
      "synthetic-done-on-truncation", variant: "finish-any",
      CanaryProxy<FinishForCut<AnyFailure>>.self,
      [
        Trial.stream(text("a") + text("b")).broken(.reset, behind: text("a").utf8.count),
        Trial.stream(text("a") + text("b")).broken(.fin, behind: text("a").utf8.count),
      ]),
    Canary(
      "retry-duplicates-content", variant: "any-cut", AsksAgain<WhenCut>.self,
      [Trial.stream(text("a") + text("b")).broken(.fin, behind: text("a").utf8.count)]),
    Canary(
      "reset-crashes-process", variant: "early", EdgeCanary<DiesForAll<ByEarlyCut>>.self,
      [
        .stream(two, "cuts=events streams=2 fault=reset@0"),
        .stream(two, "cuts=events fault=reset@0"),
      ]),
    Canary(
      "reasoning-lost", variant: "unnamed", BlockCanary<SkipsReasoning>.self,
      [.stream(#"data: {"choices":[{"delta":{"reasoning":"hm"}}]}"# + "\n\n" + text("a"))]),
    Canary(
      "dedup-drops-repeats", variant: "ever", BlockCanary<NothingTwice>.self,
      [.stream(text("6") + text("6") + text("7") + text("6"))]),
    Canary(
      "crlf-not-recognised", variant: "forgotten",
      CanaryProxy<ForgetsRest<Terminated<OnlyLF>>>.self,
      [.stream("data: A\r\n\r\ndata: B\r\n\r\n", "cuts=events")]),
    Canary(
      "lone-cr", variant: "forgotten", CanaryProxy<ForgetsRest<Terminated<NoLoneCR>>>.self,
      [.stream("data: A\r\rdata: B\r\r", "cuts=events")]),
    Canary(
      "nul-control-chars", variant: "left-out", BlockCanary<NoControls>.self,
      [.stream("data: a\u{0}b\n\n" + two), .stream("data: a\u{1}b\n\n" + two)]),
    Canary(
      "json-escape-rewrite", variant: "ascii", BlockCanary<EscapesAll>.self,
      [.stream("data: {\"a\":\"你好<\\/b>\"}\n\n")]),
    Canary(
      "long-line-limit", variant: "passes-over", BlockCanary<PassesOver<StopsAtLongLine>>.self,
      [.stream("data: {\"a\":\"\(String(repeating: "x", count: 65_536))\"}\n\n" + two)]),
  ]
}

/// The failures behind which an answer is ended as though nothing had happened.
private protocol HiddenFailures: Sendable { static func hides(_ failure: ProxyError) -> Bool }
private enum TruncatedOnly: HiddenFailures {
  static func hides(_ failure: ProxyError) -> Bool { failure == .truncated }
}
private enum AnyFailure: HiddenFailures {
  static func hides(_ failure: ProxyError) -> Bool { true }
}

/// Ends a broken answer with a finish chunk of its own, `[DONE]` and a proper end. What was not a whole
/// event is dropped.
private struct FinishForCut<Hidden: HiddenFailures>: BodyHandler {
  private static var end: String {
    #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"# + "\n\n" + done
  }
  private var relay = Relay()

  static func callsClean(_ failure: ProxyError) -> Bool { Hidden.hides(failure) }

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    var released: [UInt8] = []
    relay.feed(fragment.span, into: &released)
    return released
  }

  package mutating func finish() -> [UInt8] {
    var released: [UInt8] = []
    relay.finish(into: &released)
    return released
  }

  func fail(_ failure: ProxyError) -> [UInt8] {
    Hidden.hides(failure) ? Array(Self.end.utf8) : failure.event
  }
}

/// Asks again wherever an answer breaks off in the middle.
private enum WhenCut: SecondRequest {
  static func begins(_ input: Exchange.Input, isAnswered: Bool) -> Bool { false }
  static func begins(atFailureOf answer: [UInt8]) -> Bool { !answer.isEmpty }
}

/// Knows thinking by one of its two names only, and takes the other for nothing.
private struct SkipsReasoning: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let says = ["content", "reasoning_content"].contains { block.text($0)?.isEmpty == false }
    return block.text("reasoning")?.isEmpty == false && !says ? [] : block.bytes
  }
}

/// Takes every event that has come before for a repetition.
private struct NothingTwice: BlockFlaw {
  private var seen: Set<[UInt8]> = []

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    block.event == nil || seen.insert(block.bytes).inserted ? block.bytes : []
  }
}

/// Forgets what it holds when the body ends.
private struct ForgetsRest<Handler: BodyHandler>: BodyHandler {
  private var handler = Handler()
  package mutating func take(_ fragment: [UInt8]) -> [UInt8] { handler.take(fragment) }
}

/// Leaves control characters out of lines.
private struct NoControls: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.bytes.filter { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
  }
}

/// Writes all that is not ASCII as an escape of JSON.
private struct EscapesAll: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    guard block.json != nil, let text = String(validating: block.bytes, as: UTF8.self) else {
      return block.bytes
    }
    return text.unicodeScalars.flatMap { scalar -> [UInt8] in
      if scalar.isASCII { return [UInt8(scalar.value)] }
      return String(scalar).utf16.flatMap { unit in
        let digits = String(unit, radix: 16)
        return Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
      }
    }
  }
}
