// The canaries of family B, first part: the end of an answer, and what its chunks mean. All of them
// cut the stream into events rightly; each has its own mistaken idea of what an event is for.

internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Wire

private let done = "data: [DONE]\n\n"

/// An event with one choice in the compatible dialect.
private func chunk(_ choice: String) -> String { #"data: {"choices":[{\#(choice)}]}"# + "\n\n" }

/// An event with a piece of text.
private func text(_ text: String) -> String {
  chunk(#""delta":{"content":"\#(text)"},"index":0,"finish_reason":null"#)
}

/// An event that finishes the answer.
private func finish(_ reason: String, text: String = "") -> String {
  chunk(#""delta":{"content":"\#(text)"},"index":0,"finish_reason":"\#(reason)""#)
}

/// An event with a piece of a tool call.
private func tool(_ call: String) -> String { chunk(#""delta":{"tool_calls":[{\#(call)}]}"#) }

private let usage = #"data: {"choices":[],"usage":{"total_tokens":39}}"# + "\n\n"

extension Canary {
  static let answerCanaries: [Canary] = [
    Canary("done-dropped", BlockCanary<DropsDone>.self, [.stream(text("a") + done)]),
    Canary("done-required-or-error", BlockCanary<NeedsDone>.self, [.stream(text("a"))]),
    Canary(
      "done-required-or-error", variant: "aborts", EdgeCanary<AbortsWithoutDone>.self,
      [.stream(text("a")), .stream(finish("stop"))]),
    Canary(
      "out-of-order", variant: "usage", CanaryProxy<UsageLast>.self,
      [.stream(String(repeating: text("a"), count: 9) + usage + done, "chunks=whole")]),
    Canary(
      "synthetic-done-on-truncation", CanaryProxy<DoneForEveryEnd>.self,
      [Trial.stream(text("a") + text("b")).broken(.fin, behind: text("a").utf8.count)]),
    Canary("duplicate-done", BlockCanary<DoneTwice>.self, [.stream(text("a") + done)]),
    Canary(
      "done-finalisation-waits", BlockCanary<HoldsDone>.self,
      [Trial.stream(text("a") + done).broken(.stall, behind: (text("a") + done).utf8.count)]),
    Canary(
      "done-finalisation-waits", variant: "lookahead", BlockCanary<LooksAhead>.self,
      [
        Trial.stream(text("a") + done).broken(.stall, behind: (text("a") + done).utf8.count),
        .stream(text("a") + text("b") + done, "cuts=events"),
      ]),
    Canary(
      "done-substring-in-content", BlockCanary<DoneAnywhere>.self,
      [.stream(text("print [DONE]") + text("b") + done)]),
    Canary(
      "done-substring-in-content", variant: "dropped", BlockCanary<DropsDoneAnywhere>.self,
      [.stream(text("print [DONE]") + text("b") + done)]),
    Canary(
      "unexpected-done", BlockCanary<ParsesDone>.self,
      [.stream(done + text("a")), .stream("event: error\ndata: {}\n\n" + done)]),
    Canary("data-after-done", BlockCanary<StopsAtDone>.self, [.stream(text("a") + done + usage)]),
    Canary("usage-chunk-crash", BlockCanary<FirstChoice>.self, [.stream(text("a") + usage + done)]),
    Canary(
      "usage-chunk-crash", variant: "process", BlockCanary<Dies<FirstChoice>>.self,
      [.stream(text("a") + usage + done)]),
    Canary("usage-chunk-dropped", BlockCanary<NoEmptyChoices>.self, [.stream(usage + done)]),
    Canary(
      "finish-chunk-dropped", BlockCanary<OnlySpeaking<AllThatIsSaid>>.self,
      [.stream(text("a") + finish("stop") + done)]),
    Canary(
      "finish-chunk-dropped", variant: "content", BlockCanary<OnlySpeaking<ContentAlone>>.self,
      [.stream(text("a") + finish("stop") + done)]),
    Canary(
      "final-delta-with-finish-dropped", BlockCanary<FinishFirst>.self,
      [.stream(finish("stop", text: "end.") + done)]),
    Canary(
      "content-after-finish", BlockCanary<DeafAfterFinish>.self,
      [.stream(finish("stop") + text("tail") + done)]),
    Canary(
      "duplicate-finish-chunk", BlockCanary<OneFinish>.self,
      [.stream(finish("stop") + finish("stop") + done)]),
    Canary(
      "finish-reason-rewritten", BlockCanary<AlwaysStop>.self,
      [.stream(finish("tool_calls") + done)]),
    Canary(
      "empty-string-finish-reason", BlockCanary<AnyFinishEnds>.self,
      [.stream(finish("", text: "a") + text("b")), .stream(finish("null", text: "a") + text("b"))]),
    Canary(
      "choices-n-mixing", BlockCanary<OneChoice>.self,
      [.stream(text("a") + chunk(#""delta":{"content":"b"},"index":1"#))]),
    Canary(
      "choices-n-mixing", variant: "dropped", BlockCanary<FirstChoiceOnly>.self,
      [.stream(text("a") + chunk(#""delta":{"content":"b"},"index":1"#))]),
    Canary(
      "tool-index-missing", BlockCanary<IndexZero>.self,
      [.stream(tool(#""id":"a""#) + tool(#""id":"b""#))]),
    Canary(
      "tool-interleaved-merge", BlockCanary<LastCall>.self,
      [
        .stream(
          tool(#""index":0,"id":"a""#) + tool(#""index":1,"id":"b""#)
            + tool(#""index":0,"function":{"arguments":"{}"}"#))
      ]),
    Canary(
      "tool-empty-id-overwrites", BlockCanary<EveryIDIsNew>.self,
      [.stream(tool(#""index":0,"id":"a""#) + tool(#""index":0,"id":"""#))]),
    Canary(
      "tool-null-fields", BlockCanary<NullIsText>.self,
      [.stream(tool(#""index":0,"function":{"name":null,"arguments":"{}"}"#))]),
    Canary(
      "tool-null-fields", variant: "fails", BlockCanary<FailsAtNull>.self,
      [.stream(tool(#""index":0,"function":{"name":null,"arguments":"{}"}"#))]),
    Canary(
      "reasoning-lost", variant: "stripped", BlockCanary<StripsThinking>.self,
      [
        .stream(chunk(#""delta":{"content":null,"reasoning_content":"hm"}"#) + text("a")),
        .stream(chunk(#""delta":{"reasoning":"hm"}"#) + text("a")),
      ]),
    Canary(
      "reasoning-lost", BlockCanary<TextOnly>.self,
      [
        .stream(chunk(#""delta":{"content":null,"reasoning_content":"hm"}"#) + text("a")),
        .stream(chunk(#""delta":{"reasoning":"hm"}"#) + text("a")),
      ]),
    Canary(
      "unknown-field-stripped", BlockCanary<KnownFields>.self,
      [
        .stream(#"data: {"choices":[],"x_future":1}"# + "\n\n"),
        .stream(#"data: {"choices":[],"system_fingerprint":"f"}"# + "\n\n"),
      ]),
    Canary(
      "channel-order", BlockCanary<TextBeforeThinking>.self,
      [.stream(chunk(#""delta":{"reasoning_content":"hm"}"#) + text("a") + done)]),
  ]
}

/// Keeps `[DONE]` to itself.
private struct DropsDone: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? { block.isDone ? [] : block.bytes }
}

/// Takes an answer without `[DONE]` for one that was cut.
private struct NeedsDone: BlockFlaw {
  private var hasDone = false

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    hasDone = hasDone || block.isDone
    return block.bytes
  }

  package func finish() -> [UInt8] {
    hasDone ? [] : Array("event: error\ndata: {\"error\":{\"message\":\"no [DONE]\"}}\n\n".utf8)
  }
}

/// Closes the connection in front of the last chunk where no `[DONE]` has come.
private struct AbortsWithoutDone: EdgeFlaw {
  private var tail: [UInt8] = []
  private var isStream = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    input.editingHead { isStream = $0.fields.mediaType == "text/event-stream" }
  }
  mutating func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    for case .client(let bytes) in outputs { tail = Array((tail + bytes).suffix(64)) }
    let hasDone = tail.firstRange(of: Array("[DONE]".utf8)) != nil
    guard isStream, !hasDone, outputs.endsAnswer else { return outputs }
    return outputs.map { output in
      guard case .client(let bytes) = output, bytes.suffix(5) == Array("0\r\n\r\n".utf8)[...] else {
        return output
      }
      return .client(Array(bytes.dropLast(5)))
    }.filter { $0 != .client([]) } + [.closeClient]
  }
}

/// Counts the tokens of an event by the side, and writes it when the rest of the read has gone.
private struct UsageLast: BodyHandler {
  private var relay = Relay()
  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    var released: [UInt8] = []
    relay.feed(fragment.span, into: &released)
    let blocks = ReferenceReader.blocks(in: released).map { Array(released[$0.range]) }
    let counts = { (block: [UInt8]) in block.firstRange(of: Array(#""usage":{"#.utf8)) != nil }
    return blocks.filter { !counts($0) }.flatMap(\.self) + blocks.filter(counts).flatMap(\.self)
  }
}

/// Ends every answer with `[DONE]`, a broken one too.
private struct DoneForEveryEnd: BodyHandler {
  static let callsEveryEndClean = true
  package func take(_ fragment: [UInt8]) -> [UInt8] { fragment }
  func fail(_ failure: ProxyError) -> [UInt8] { Array(done.utf8) }
}

/// Writes a `[DONE]` of its own behind the upstream's.
private struct DoneTwice: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.isDone ? block.bytes + block.bytes : block.bytes
  }
}

/// Holds `[DONE]` until the body has ended.
private struct HoldsDone: BlockFlaw {
  private var held: [UInt8] = []

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    guard block.isDone else { return block.bytes }
    held += block.bytes
    return []
  }

  package func finish() -> [UInt8] { held }
}

/// Holds each event until the next one comes, to know whether it is the last.
private struct LooksAhead: BlockFlaw {
  private var held: [UInt8] = []

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    defer { held = block.bytes }
    return held
  }

  package func finish() -> [UInt8] { held }
}

/// Stops wherever `[DONE]` stands.
private struct DoneAnywhere: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.has("[DONE]") && !block.isDone ? nil : block.bytes
  }
}

/// Takes an event in which `[DONE]` stands for the end, and writes none.
private struct DropsDoneAnywhere: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.has("[DONE]") && !block.isDone ? [] : block.bytes
  }
}

/// Parses `[DONE]` as JSON, but behind chunks, where it expects it.
struct ParsesDone: BlockFlaw {
  private var expectsDone = false

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    if block.isDone, !expectsDone { return nil }
    expectsDone = block.has("\"choices\"")
    return block.bytes
  }
}

/// Passes nothing on behind `[DONE]`.
private struct StopsAtDone: BlockFlaw {
  private var isOver = false

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    defer { isOver = isOver || block.isDone }
    return isOver ? nil : block.bytes
  }
}

/// Reads the first choice, and fails where there is none.
struct FirstChoice: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.json?["choices"]?.isEmpty == true ? nil : block.bytes
  }
}

/// Filters chunks without choices.
private struct NoEmptyChoices: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.json?["choices"]?.isEmpty == true ? [] : block.bytes
  }
}

/// Filters chunks that say nothing in any of some members.
private struct OnlySpeaking<Members: SpokenMembers>: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    guard var chunk = block.json, chunk["choices"]?.isEmpty == false else { return block.bytes }
    var speaks = false
    chunk.changeDeltas { delta in
      if Members.names.contains(where: { delta[$0]?.isEmpty == false }) { speaks = true }
    }
    return speaks ? block.bytes : []
  }
}

private protocol SpokenMembers: Sendable { static var names: [String] { get } }
private enum AllThatIsSaid: SpokenMembers {
  static let names = ["content", "tool_calls", "reasoning_content", "reasoning", "refusal"]
}
private enum ContentAlone: SpokenMembers { static let names = ["content"] }

/// Looks at the finish reason first, and forgets the text beside it.
private struct FinishFirst: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.changing { chunk in
      chunk.change(eachOf: "choices") { choice in
        guard choice["finish_reason"]?.isEmpty == false,
          choice["delta"]?["content"]?.isEmpty == false
        else { return }
        choice["delta"] = .object([])
      }
    }
  }
}

/// Does not hear what follows a finish reason, up to `[DONE]`.
private struct DeafAfterFinish: BlockFlaw {
  private var isFinished = false

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    defer { isFinished = isFinished || block.text("finish_reason") != nil }
    return isFinished && !block.isDone ? [] : block.bytes
  }
}

/// Takes a second finish chunk for a repetition.
private struct OneFinish: BlockFlaw {
  private var isFinished = false

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    guard block.text("finish_reason") != nil else { return block.bytes }
    defer { isFinished = true }
    return isFinished ? [] : block.bytes
  }
}

/// Knows one finish reason.
private struct AlwaysStop: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    guard let reason = block.text("finish_reason") else { return block.bytes }
    let old = String(decoding: reason, as: UTF8.self)
    return block.with(#""finish_reason":"\#(old)""#, #""finish_reason":"stop""#)
  }
}

/// Stops behind a finish reason of any kind, the empty one and the word `null` too.
private struct AnyFinishEnds: BlockFlaw {
  private var isOver = false

  package mutating func pass(_ block: StreamBlock) -> [UInt8]? {
    let reason = block.text("finish_reason")
    defer { isOver = isOver || reason == [] || reason == Array("null".utf8) }
    return isOver ? nil : block.bytes
  }
}
