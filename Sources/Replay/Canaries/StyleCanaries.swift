// The same bugs in the ways of other programs: one breaks the answer off where another says no more, one
// passes over the event, one loses the first of several lines and another the last.

internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Wire

private let two = "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n"
private let done = "data: [DONE]\n\n"
private let crowd = (0..<10).map { "data: {\"n\":\($0)}\n\n" }.joined()
private let text = #"data: {"choices":[{"delta":{"content":"a"},"index":0}]}"# + "\n\n"
private let usage = #"data: {"choices":[],"usage":{"total_tokens":39}}"# + "\n\n"
private let nullCall =
  #"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":null,"arguments":"{}"}}]}}]}"#
  + "\n\n"
private let failure = "event: error\ndata: {\"code\":\"rate_limit\"}\n\n"
private let namelessFailure = "data: {\"error\":{\"code\":\"rate_limit\"}}\n\n"

extension Canary {
  static let styleCanaries: [Canary] = [
    Canary(
      "event-split-across-chunks", variant: "aborts", CanaryProxy<ParsesEachRead>.self,
      [.stream(two, "cuts=9x chunks=whole"), .stream(two, "cuts=11x chunks=whole")]),
    Canary(
      "many-events-per-read", variant: "lost-of-chunks",
      CanaryProxy<WholeReads<FirstEventOnly>>.self,
      [.stream(two, "cuts=whole chunks=events"), .stream(two, "cuts=whole chunks=whole")]),
    Canary(
      "many-events-per-read", variant: "late-of-chunks",
      CanaryProxy<WholeReads<OneEventARead>>.self,
      [.stream(two, "cuts=last chunks=events"), .stream(two, "cuts=last chunks=whole")]),
    Canary(
      "out-of-order", variant: "chunks", CanaryProxy<WholeReads<CrowdBackwards>>.self,
      [.stream(crowd, "cuts=whole chunks=events"), .stream(crowd, "cuts=whole chunks=whole")]),
    Canary(
      "first-event-lost-race", variant: "eaten-chunks", CanaryProxy<WholeReads<EatsFirstRead>>.self,
      [.stream(two, "cuts=events")]),
    Canary(
      "utf8-split", variant: "aborts", CanaryProxy<StrictReads>.self,
      [.stream("data: 你好 👍\n\n", "cuts=utf8 chunks=whole")]),
    Canary(
      "over-trim-data", variant: "front", BlockCanary<TrimsFront>.self,
      [.stream("data:   two too many\n\n" + two)]),
    Canary(
      "multiline-data-lost", variant: "first", BlockCanary<FirstDataLine>.self,
      [.stream("data: {\"a\":\ndata: 1}\n\n" + two)]),
    Canary(
      "comment-breaks-parser", variant: "aborts", BlockCanary<Aborts<FailsAtComment>>.self,
      [.stream(": hm\n\n" + two)]),
    Canary(
      "comment-breaks-parser", variant: "passes-over", BlockCanary<PassesOver<FailsAtComment>>.self,
      [.stream(": hm\ndata: {\"a\":1}\n\n" + two)]),
    Canary(
      "empty-data-event", variant: "aborts", BlockCanary<Aborts<FailsAtEmptyData>>.self,
      [.stream("data:\n\n" + two), .stream("event: ping\n\n" + two)]),
    Canary(
      "empty-data-event", variant: "word-aborts", BlockCanary<Aborts<FailsAtWord>>.self,
      [.stream("data: ping\n\n" + two), .stream("data:\n\n" + two)]),
    Canary(
      "empty-data-event", variant: "passes-over", BlockCanary<PassesOver<FailsAtWord>>.self,
      [.stream("data: ping\n\n" + two), .stream("data:\n\n" + two)]),
    Canary(
      "long-line-limit", variant: "aborts", BlockCanary<Aborts<StopsAtLongLine>>.self,
      [.stream("data: {\"a\":\"\(String(repeating: "x", count: 65_536))\"}\n\n" + two)]),
    Canary(
      "id-event-retry-fields-lost", variant: "id", BlockCanary<Loses<IDField>>.self,
      [.stream("id: 7\nevent: result\ndata: A\n\nid: 8\ndata: B\n\n")]),
    Canary(
      "id-event-retry-fields-lost", variant: "type", BlockCanary<Loses<TypeField>>.self,
      [.stream("id: 7\nevent: result\ndata: A\n\nevent: more\ndata: B\n\n")]),
    Canary(
      "unexpected-done", variant: "aborts", BlockCanary<Aborts<ParsesDone>>.self,
      [.stream(done + text), .stream("event: error\ndata: {}\n\n" + done)]),
    Canary(
      "usage-chunk-crash", variant: "aborts", BlockCanary<Aborts<FirstChoice>>.self,
      [.stream(text + usage + done)]),
    Canary(
      "tool-null-fields", variant: "aborts", BlockCanary<Aborts<FailsAtNull>>.self,
      [.stream(nullCall)]),
    Canary(
      "inband-error-swallowed", variant: "type", BlockCanary<SkipsErrorType>.self,
      [.stream(text + failure)]),
    Canary(
      "inband-error-swallowed", variant: "member", BlockCanary<SkipsErrorMember>.self,
      [.stream(text + namelessFailure)]),
  ]
}

/// Decodes the data of each line of a read as JSON, and lets what goes wrong go wrong.
private struct ParsesEachRead: BodyHandler {
  private(set) var breaksOff = false

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    let lines = fragment.split { $0 == 0x0A || $0 == 0x0D }
    let start = Array("data:".utf8)
    breaksOff = lines.contains { line in
      guard line.starts(with: start) else { return false }
      let data = Array(line.dropFirst(start.count).drop { $0 == 0x20 })
      return data.first == UInt8(ascii: "{") && EventJSON(data) == nil
    }
    return breaksOff ? [] : fragment
  }
}

/// Decodes each read by itself, and takes what is no whole character for an error.
private struct StrictReads: BodyHandler {
  private(set) var breaksOff = false

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    breaksOff = String(validating: fragment, as: UTF8.self) == nil
    return breaksOff ? [] : fragment
  }
}

/// Takes all spaces before data for the one that may stand there.
private struct TrimsFront: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let start = Array("data:".utf8)
    guard block.lines.contains(where: { $0.starts(with: start + [0x20, 0x20]) }) else {
      return block.bytes
    }
    return block.lines.flatMap { line in
      guard line.starts(with: start) else { return line + [0x0A] }
      return start + [0x20] + line.dropFirst(start.count).drop { $0 == 0x20 } + [0x0A]
    } + [0x0A]
  }
}

/// Stops at the first data line of an event.
private struct FirstDataLine: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let isData = { (line: [UInt8]) in line.starts(with: "data:".utf8) }
    guard block.lines.count(where: isData) > 1, let first = block.lines.firstIndex(where: isData)
    else { return block.bytes }
    let kept = block.lines.enumerated().filter { !isData($0.element) || $0.offset == first }
    return kept.flatMap { $0.element + [0x0A] } + [0x0A]
  }
}

private protocol LostField: Sendable { static var name: String { get } }
private enum IDField: LostField { static let name = "id" }
private enum TypeField: LostField { static let name = "event" }

/// Writes events anew without one field.
private struct Loses<Lost: LostField>: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    let kept = block.lines.filter { !$0.starts(with: "\(Lost.name):".utf8) }
    guard kept.count < block.lines.count else { return block.bytes }
    return kept.isEmpty ? [] : kept.flatMap { $0 + [0x0A] } + [0x0A]
  }
}

/// Passes over events of the type `error`.
private struct SkipsErrorType: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.event?.type == Array("error".utf8) ? [] : block.bytes
  }
}

/// Passes over events whose data has a member `error`.
private struct SkipsErrorMember: BlockFlaw {
  package func pass(_ block: StreamBlock) -> [UInt8]? {
    block.json?["error"] != nil ? [] : block.bytes
  }
}

/// Takes turns at the events of a read once it holds several.
private struct CrowdBackwards: BodyHandler {
  package func take(_ fragment: [UInt8]) -> [UInt8] {
    let blocks = ReferenceReader.blocks(in: fragment)
    return blocks.count < 8 ? fragment : blocks.reversed().flatMap { fragment[$0.range] }
  }
}

/// Looks into the first read for an error, and passes on what comes behind it.
struct EatsFirstRead: BodyHandler {
  private var hasLooked = false

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    defer { hasLooked = true }
    return hasLooked ? fragment : []
  }
}
