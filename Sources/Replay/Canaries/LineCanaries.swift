// The canaries of family A, first part: where events, lines and fields begin and end.

internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Trials
internal import Wire

private let two = "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n"

extension Canary {
  static let lineCanaries: [Canary] = [
    Canary(
      "event-split-across-chunks", CanaryProxy<EventsOfOneRead>.self,
      [.stream(two, "cuts=fields chunks=whole"), .stream(two, "cuts=1x")]),
    Canary(
      "event-split-across-chunks", variant: "halves", CanaryProxy<DataLinesOfOneRead<AnyData>>.self,
      [.stream(two, "cuts=fields chunks=whole"), .stream(two, "cuts=1x")]),
    Canary(
      "event-split-across-chunks", variant: "lines",
      CanaryProxy<DataLinesOfOneRead<WholeData>>.self,
      [.stream(two, "cuts=fields chunks=whole"), .stream(two, "cuts=1x")]),
    Canary(
      "event-split-across-chunks", variant: "ends", CanaryProxy<FragmentLines>.self,
      [.stream(two, "cuts=fields chunks=whole"), .stream(two, "cuts=1x")]),
    Canary(
      "delimiter-split", CanaryProxy<BlankLineOfOneRead>.self,
      [.stream(two, "cuts=blank chunks=whole")]),
    Canary(
      "many-events-per-read", variant: "lost", CanaryProxy<FirstEventOnly>.self,
      [.stream(two, "cuts=whole chunks=whole")]),
    Canary(
      "many-events-per-read", variant: "late", CanaryProxy<OneEventARead>.self,
      [.stream(two, "cuts=last chunks=whole")]),
    Canary(
      "utf8-split", CanaryProxy<DecodedReads>.self,
      [.stream("data: 你好 👍\n\n", "cuts=utf8 chunks=whole")]),
    Canary(
      "utf8-split", variant: "dropped", CanaryProxy<WholeCharactersOnly>.self,
      [.stream("data: 你好 👍\n\n", "cuts=utf8 chunks=whole")]),
    Canary(
      "utf8-incomplete-at-eof", CanaryProxy<HeldCharacter>.self,
      [.bytes(Array("data: {\"x\":\"".utf8) + [0xE4, 0xBD])]),
    Canary(
      "crlf-split", CanaryProxy<SplitLineEnds>.self,
      [.stream("event: m\r\ndata: A\r\n\r\n", "cuts=crlf chunks=whole")]),
    Canary(
      "crlf-not-recognised", CanaryProxy<Terminated<OnlyLF>>.self,
      [.stream("data: A\r\n\r\ndata: B\r\n\r\n", "cuts=events")]),
    Canary(
      "lone-cr", CanaryProxy<Terminated<NoLoneCR>>.self,
      [.stream("data: A\r\rdata: B\r\r", "cuts=events")]),
    Canary(
      "mixed-line-ends", CanaryProxy<FirstLineEnd>.self,
      [.stream("data: A\r\n\r\ndata: B\n\ndata: C\r\n\r\ndata: D\n\n")]),
    Canary("leading-bom", BlockCanary<MarkIsText>.self, [.stream("\u{FEFF}" + two)]),
    Canary("data-no-space", BlockCanary<SpaceNeeded>.self, [.stream("data:{\"a\":1}\n\n" + two)]),
    Canary(
      "data-no-space", variant: "line", BlockCanary<SpaceNeededInLine>.self,
      [.stream("id:1\ndata:{\"a\":1}\n\n" + two)]),
    Canary(
      "over-trim-data", BlockCanary<TrimsData>.self,
      [.stream("data:   two too many\n\n" + two), .stream("data: behind  \n\n" + two)]),
    Canary(
      "multiline-data-lost", BlockCanary<LastDataLine>.self,
      [.stream("data: {\"a\":\ndata: 1}\n\n" + two)]),
    Canary(
      "multiline-data-lost", variant: "joined", BlockCanary<JoinsDataLines>.self,
      [.stream("data: {\"a\":\ndata: 1}\n\n" + two)]),
    Canary(
      "multiline-data-lost", variant: "parted", BlockCanary<PartsDataLines>.self,
      [.stream("data: {\"a\":\ndata: 1}\n\n" + two)]),
    Canary(
      "single-newline-between-events", BlockCanary<PartsObjects>.self,
      [.stream("data: {\"a\":1}\ndata: {\"b\":2}\n\n")]),
    Canary("comment-breaks-parser", BlockCanary<FailsAtComment>.self, [.stream(": hm\n\n" + two)]),
    Canary(
      "comment-breaks-parser", variant: "process", BlockCanary<Dies<FailsAtComment>>.self,
      [.stream(": hm\n\n" + two)]),
    Canary(
      "comment-reemitted-as-data", BlockCanary<CommentIsData>.self, [.stream(": hm\n\n" + two)]),
    Canary(
      "empty-data-event", BlockCanary<FailsAtEmptyData>.self,
      [.stream("data:\n\n" + two), .stream("event: ping\n\n" + two)]),
    Canary(
      "empty-data-event", variant: "word", BlockCanary<FailsAtWord>.self,
      [.stream("data: ping\n\n" + two), .stream("data:\n\n" + two)]),
    Canary(
      "empty-data-event", variant: "process", BlockCanary<Dies<FailsAtWord>>.self,
      [.stream("data: ping\n\n" + two), .stream("data:\n\n" + two)]),
    Canary(
      "heartbeat-injected-mid-frame", Heartbeat.self,
      [.stream(two, "cuts=fields chunks=whole pacing=20000ms")]),
    Canary(
      "error-injected-into-open-frame", CanaryProxy<ErrorBehindAll>.self,
      [Trial.stream(two, "cuts=events").broken(.reset, behind: 20)]),
    Canary(
      "error-injected-into-open-frame", variant: "clean", CanaryProxy<ErrorBehindAllAndEnd>.self,
      [Trial.stream(two, "cuts=events").broken(.reset, behind: 20)]),
    Canary(
      "final-event-unterminated", CanaryProxy<DropsOpenBlock>.self,
      [.stream(two + "data: {\"finish_reason\":\"stop\"}")]),
  ]
}

/// Reads every fragment as though the stream began and ended with it.
private struct EventsOfOneRead: BodyHandler {
  package func take(_ fragment: [UInt8]) -> [UInt8] {
    var relay = Relay()
    var output: [UInt8] = []
    relay.feed(fragment.span, into: &output)
    return output
  }
}

/// The data lines that a reader of single lines takes for events.
private protocol TakenData: Sendable { static func takes(_ line: ArraySlice<UInt8>) -> Bool }
private enum AnyData: TakenData {
  static func takes(_ line: ArraySlice<UInt8>) -> Bool { true }
}
private enum WholeData: TakenData {
  static func takes(_ line: ArraySlice<UInt8>) -> Bool {
    !line.contains(UInt8(ascii: "{")) || line.last == UInt8(ascii: "}")
  }
}

/// Makes an event of each data line of a read, whatever stands in the reads beside it.
private struct DataLinesOfOneRead<Taken: TakenData>: BodyHandler {
  package func take(_ fragment: [UInt8]) -> [UInt8] {
    fragment.split { $0 == 0x0A || $0 == 0x0D }
      .filter { $0.starts(with: "data:".utf8) && Taken.takes($0) }
      .flatMap { $0 + [0x0A, 0x0A] }
  }
}

/// Finds a blank line only when both of its line ends are in one fragment.
private struct BlankLineOfOneRead: BodyHandler {
  private var held: [UInt8] = []

  private static let blanks: [[UInt8]] = [
    [0x0A, 0x0A], [0x0D, 0x0A, 0x0D, 0x0A], [0x0D, 0x0D],
  ]

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    let ends = Self.blanks.compactMap { fragment.lastEnd(of: $0) }
    guard let end = ends.max() else {
      held += fragment
      return []
    }
    defer { held = Array(fragment[end...]) }
    return held + fragment[..<end]
  }

  package func finish() -> [UInt8] { held }
}

/// Passes on the first event of each fragment, and forgets the others.
struct FirstEventOnly: BodyHandler {
  private var relay = Relay()

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    relay.feed(fragment.span, into: &output)
    let first = ReferenceReader.blocks(in: output).first
    return Array(output[..<(first?.range.upperBound ?? 0)])
  }
}

/// Passes on one event a fragment, and keeps the others for later.
struct OneEventARead: BodyHandler {
  private var relay = Relay()
  private var waiting: [UInt8] = []

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    relay.feed(fragment.span, into: &waiting)
    let first = ReferenceReader.blocks(in: waiting).first
    let end = first?.range.upperBound ?? 0
    defer { waiting.removeFirst(end) }
    return Array(waiting[..<end])
  }

  package mutating func finish() -> [UInt8] {
    relay.finish(into: &waiting)
    return waiting
  }
}

/// Decodes every fragment on its own.
private struct DecodedReads: BodyHandler {
  package func take(_ fragment: [UInt8]) -> [UInt8] {
    Array(String(decoding: fragment, as: UTF8.self).utf8)
  }
}

/// Decodes each read by itself, and leaves out what is no whole character.
private struct WholeCharactersOnly: BodyHandler {
  package func take(_ fragment: [UInt8]) -> [UInt8] {
    Array(String(decoding: fragment, as: UTF8.self).replacing("\u{FFFD}", with: "").utf8)
  }
}

/// Holds the bytes of a character until it is whole, and forgets them at the end.
private struct HeldCharacter: BodyHandler {
  private var held: [UInt8] = []

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    let all = held + fragment
    let lead = all.lastIndex { $0 & 0xC0 != 0x80 } ?? 0
    let length =
      all.isEmpty || all[lead] < 0xC0 ? 1 : all[lead] < 0xE0 ? 2 : all[lead] < 0xF0 ? 3 : 4
    let end = all.count - lead < length ? lead : all.count
    held = Array(all[end...])
    return Array(all[..<end])
  }

  // The last event, whose end is missing then, is completed all the same.
  package func finish() -> [UInt8] { held.isEmpty ? [] : Array("\n\n".utf8) }
}

/// Takes CR and LF for two line ends when a fragment ends between them.
private struct SplitLineEnds: BodyHandler {
  private var endedInReturn = false

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    defer { endedInReturn = fragment.last == 0x0D }
    return endedInReturn && fragment.first == 0x0A ? [0x0A] + fragment : fragment
  }
}

/// The blank lines that a reader knows, as bytes.
protocol BlankLines: Sendable {
  static var all: [[UInt8]] { get }
}
enum OnlyLF: BlankLines {
  package static let all: [[UInt8]] = [[0x0A, 0x0A]]
}
enum NoLoneCR: BlankLines {
  package static let all: [[UInt8]] = [
    [0x0A, 0x0A], [0x0D, 0x0A, 0x0D, 0x0A], [0x0A, 0x0D, 0x0A], [0x0D, 0x0A, 0x0A],
  ]
}

/// Knows some blank lines only, and holds back what they do not end.
struct Terminated<Known: BlankLines>: BodyHandler {
  private var held: [UInt8] = []

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    held += fragment
    let end = Known.all.compactMap { held.lastEnd(of: $0) }.max() ?? 0
    defer { held.removeFirst(end) }
    return Array(held[..<end])
  }

  package func finish() -> [UInt8] { held }
}

/// Settles on the first line end of the stream: only that twice in a row ends an event. What follows
/// the last such end is forgotten.
private struct FirstLineEnd: BodyHandler {
  private var held: [UInt8] = []
  private var blank: [UInt8]?

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    held += fragment
    if blank == nil, let first = held.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
      let isPair = held[first...].starts(with: [0x0D, 0x0A])
      blank = isPair ? [0x0D, 0x0A, 0x0D, 0x0A] : [held[first], held[first]]
    }
    guard let blank, let end = held.lastEnd(of: blank) else { return [] }
    defer { held.removeFirst(end) }
    return Array(held[..<end])
  }
}

/// Hands on bytes as they come, and an error event wherever the stream broke off.
private struct ErrorBehindAll: BodyHandler {
  static let errsOnFailure = true
  package func take(_ fragment: [UInt8]) -> [UInt8] { fragment }
}

/// The same, and a proper end behind it.
private struct ErrorBehindAllAndEnd: BodyHandler {
  static let callsEveryEndClean = true
  package func take(_ fragment: [UInt8]) -> [UInt8] { fragment }
  func fail(_ failure: ProxyError) -> [UInt8] {
    Array("data: {\"error\":{\"message\":\"the upstream has failed\"}}\n\n".utf8)
  }
}

/// Drops what has no blank line when the body ends.
private struct DropsOpenBlock: BodyHandler {
  private var relay = Relay()

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    relay.feed(fragment.span, into: &output)
    return output
  }
}

/// Hands on bytes as they come, and a comment of its own when nothing has come for 2 s.
private struct Heartbeat: ProxyCore {
  private struct Pipe: BodyHandler {
    package func take(_ fragment: [UInt8]) -> [UInt8] { fragment }
  }
  private static let interval = 2_000

  private var proxy: CanaryProxy<Pipe>
  private var beat: Milliseconds?

  init(settings: Settings) { proxy = CanaryProxy(settings: settings) }

  package var isClosed: Bool { proxy.isClosed }
  package var deadline: Milliseconds? { proxy.deadline.map { min($0, beat ?? .max) } }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    if input == .deadline, let beat, beat <= now, beat < proxy.deadline ?? .max {
      var chunk: [UInt8] = []
      writeChunk(Array(": keep-alive\n\n".utf8).span, into: &chunk)
      outputs.append(.client(chunk))
      self.beat = now + Self.interval
      return
    }
    proxy.handle(input, at: now, into: &outputs)
    if case .upstream = input { beat = now + Self.interval }
  }
}
