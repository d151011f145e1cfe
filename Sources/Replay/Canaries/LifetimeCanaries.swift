// The canaries of family C, second part: connections that are used again, streams that mix, times,
// and clients that are slow or gone.

internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Synchronization
internal import Trials
internal import Wire

private let two = "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n"
private let many = (0..<10).map { "data: {\"n\":\($0)}\n\n" }.joined()
/// 768 KiB in events of 8 KiB.
private let large = (0..<96).map { number in
  "data: \(number)" + String(repeating: "x", count: 8_000) + "\n\n"
}.joined()

extension Canary {
  static let lifetimeCanaries: [Canary] = [
    Canary(
      "keepalive-desync", KeepsUpstream.self,
      [.stream(two, "framing=length request=again odd=extra")]
    ),
    Canary(
      "cross-stream-mixup", CanaryProxy<OneBuffer>.self, [.stream(two, "cuts=blank streams=4")]),
    Canary("out-of-order", CanaryProxy<Backwards>.self, [.stream(many, "chunks=whole")]),
    Canary("first-event-lost-race", EdgeCanary<LateSubscriber>.self, [.stream(two)]),
    Canary(
      "first-event-lost-race", variant: "eaten", CanaryProxy<EatsFirstRead>.self,
      [.stream(two), .stream(two, "cuts=events")]),
    Canary(
      "late-headers", Exchange.self,
      [Trial.stream(two, "cuts=sizes").expecting { $0.headAtOnce = true }]),
    Canary("coarse-flush", EdgeCanary<Blocks<3>>.self, [.stream(many, "cuts=events")]),
    Canary(
      "coarse-flush", variant: "bytes", CanaryProxy<Kilobytes>.self,
      [.stream(many + many + many + many + many + many + many, "cuts=events")]),
    Canary("nagle-delay", EdgeCanary<Blocks<2>>.self, [.stream(many, "cuts=events")]),
    Canary(
      "disconnect-not-cancelled", EdgeCanary<NeverMisses>.self,
      [.stream(two, "cuts=events client=leaves@1"), .stream(two, "cuts=events client=resets@0")]),
    Canary(
      "abort-leaks", EdgeCanary<KeepsClient>.self, [.stream(two, "cuts=events client=leaves@1")]),
    Canary(
      "backpressure-memory", Queues<Growing>.self,
      [
        Trial.stream(large, "cuts=65536x client=pauses@9000")
          .expecting { $0.aheadMax = 400 * 1024 }
      ]),
    Canary(
      "slow-client-drop", Queues<Dropping>.self, [.stream(large, "cuts=65536x client=pauses@9000")]),
    Canary(
      "total-timeout-kills-stream", Hurries.self, [.stream(many, "cuts=events pacing=9000ms")]),
    Canary(
      "idle-timeout-kills-thinking", SilenceLimit<ShortIdle>.self,
      [.stream(two, "cuts=events pacing=65000ms")]),
    Canary(
      "stall-never-detected", SilenceLimit<NoIdle>.self,
      [Trial.stream(two, "cuts=events").broken(.stall, behind: 16)]),
    Canary(
      "drip-feed-unbounded", SilenceLimit<AnyByte>.self,
      [
        .stream(
          two + String(repeating: ":\n\n", count: 800), "cuts=events framing=close pacing=5000ms")
      ]),
    Canary(
      "headers-already-sent-crash", EdgeCanary<SecondHead>.self,
      [Trial.stream(two, "cuts=events").broken(.reset, behind: 16)]),
    Canary(
      "headers-already-sent-crash", variant: "process", EdgeCanary<DiesForAll<ByLateStatus>>.self,
      [Trial.stream(two, "cuts=events").broken(.reset, behind: 16)]),
    Canary(
      "reset-crashes-process", EdgeCanary<DiesForAll<ByReset>>.self,
      [
        Trial.stream(two, "cuts=events streams=2").broken(.reset, behind: 20),
        Trial.stream(two, "cuts=events").broken(.reset, behind: 20),
      ]),
    Canary(
      "reset-crashes-process", variant: "any-cut", EdgeCanary<DiesForAll<ByAnyCut>>.self,
      [
        Trial.stream(two, "cuts=events streams=2").broken(.reset, behind: 20),
        Trial.stream(two, "cuts=events").broken(.fin, behind: 20),
      ]),
    Canary(
      "retry-empty-body", AsksAgain<WithoutBody>.self,
      [
        Trial.stream(two, "first=401").expecting { $0.retriesUnauthorized = true },
        .stream(two, "first=401"),
      ]),
    Canary(
      "post-replayed-dead-connection", AsksAgain<WhenDead>.self, [.stream(two, "fault=fin@0")]),
    Canary(
      "half-close-as-disconnect", Exchange.self,
      [Trial.stream(two, "cuts=events client=halfcloses@0").expecting { $0.halfClosedStays = true }]
    ),
    Canary(
      "shutdown-truncates", EdgeCanary<EndsAtOnce>.self, [.stream(many, "cuts=events stop=20")]),
  ]
}

/// Told to end, it takes every answer for finished.
private struct EndsAtOnce: EdgeFlaw {
  private var isEnding = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    if case .stop = input { isEnding = true }
    return input
  }
  mutating func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    guard isEnding else { return outputs }
    isEnding = false
    return [.client(Array("0\r\n\r\n".utf8)), .closeUpstream, .closeClient]
  }
}

/// Keeps the upstream connection for the next request, whatever it still brings.
private struct KeepsUpstream: WrappedCore {
  package var core: Exchange
  private var isOpen = false

  init(settings: Settings) { core = Exchange(settings: settings) }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    var wanted: [Exchange.Output] = []
    core.handle(input, at: now, into: &wanted)
    if isOpen, wanted.contains(.connect) {
      wanted.removeAll { $0 == .connect }
      core.handle(.upstreamConnected, at: now, into: &wanted)
    }
    if wanted.contains(.connect) { isOpen = true }
    wanted.removeAll { $0 == .closeUpstream }
    if isOpen, wanted.contains(.closeClient) { wanted.append(.closeUpstream) }
    outputs += wanted.map { output in
      guard case .upstream(let bytes) = output else { return output }
      let closes = Array("Connection: close\r\n".utf8)
      return .upstream(bytes.replacing(closes, with: []))
    }
  }
}

/// One buffer for the unfinished events of all streams.
private struct OneBuffer: BodyHandler {
  package func take(_ fragment: [UInt8]) -> [UInt8] {
    SharedMemory.current.open.withLock { open in
      open += fragment
      guard let end = ReferenceReader.blocks(in: open).last(where: \.isFinished)?.range.upperBound
      else { return [] }
      defer { open.removeSubrange(..<end) }
      return Array(open[..<end])
    }
  }

  package func finish() -> [UInt8] {
    SharedMemory.current.open.withLock { open in
      defer { open = [] }
      return open
    }
  }
}

/// Two workers take turns at the events of a read.
struct Backwards: BodyHandler {
  package func take(_ fragment: [UInt8]) -> [UInt8] {
    ReferenceReader.blocks(in: fragment).reversed().flatMap { fragment[$0.range] }
  }
}

/// What comes together with the head of a stream has no reader yet.
private struct LateSubscriber: EdgeFlaw {
  private var isStream = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    input.editingHead { isStream = $0.fields["Content-Type"] == "text/event-stream" }
  }
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    guard isStream, outputs.contains(where: { $0 != .closeUpstream && !$0.isBody }),
      let first = outputs.firstIndex(where: \.isBody)
    else { return outputs }
    return Array(outputs[..<first] + outputs[(first + 1)...])
  }
}

/// Sends so many pieces at a time.
private struct Blocks<let size: Int>: EdgeFlaw {
  private var held: [Exchange.Output] = []
  mutating func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    if outputs.endsAnswer {
      defer { held = [] }
      return held + outputs
    }
    held += outputs.filter(\.isBody)
    let rest = outputs.filter { !$0.isBody }
    guard held.count >= size else { return rest }
    defer { held = [] }
    return rest + held
  }
}

/// Sends when a block of 1,024 bytes is full.
private struct Kilobytes: BodyHandler {
  private var held: [UInt8] = []

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    held += fragment
    guard held.count >= 1_024 else { return [] }
    defer { held = [] }
    return held
  }

  package func finish() -> [UInt8] { held }
}

/// Whether an answer is on its way, and whether the client left meanwhile.
private struct Departure: Sendable {
  private var isAnswering = false
  private(set) var hasLeft = false

  package mutating func note(_ input: Exchange.Input) {
    if case .clientClosed = input, isAnswering { hasLeft = true }
  }

  package mutating func note(_ outputs: [Exchange.Output]) {
    if outputs.contains(.connect) { isAnswering = true }
    if outputs.contains(.closeUpstream) { isAnswering = false }
  }
}

/// Does not look whether the client is still there while it answers.
private struct NeverMisses: EdgeFlaw {
  private var departure = Departure()
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    departure.note(input)
    if case .clientClosed = input, departure.hasLeft { return nil }
    return input
  }
  mutating func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    departure.note(outputs)
    return departure.hasLeft && outputs.endsAnswer ? outputs + [.closeClient] : outputs
  }
}

/// Forgets to close what a client has closed in mid-stream.
private struct KeepsClient: EdgeFlaw {
  private var departure = Departure()
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    departure.note(input)
    return input
  }
  mutating func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    departure.note(outputs)
    return departure.hasLeft ? outputs.filter { $0 != .closeClient } : outputs
  }
}

private protocol QueueRule: Sendable { static var queue: ClientQueue { get } }
private enum Growing: QueueRule { static let queue = ClientQueue.growing }
private enum Dropping: QueueRule { static let queue = ClientQueue.dropping(above: 64 * 1024) }

/// The proxy core behind another queue.
private struct Queues<Rule: QueueRule>: WrappedCore {
  package static var queue: ClientQueue { Rule.queue }
  package var core: Exchange
  init(settings: Settings) { core = Exchange(settings: settings) }
}

/// Gives every request a minute.
private struct Hurries: WrappedCore {
  package var core: Exchange
  private var end: Milliseconds?
  init(settings: Settings) { core = Exchange(settings: settings) }

  package var deadline: Milliseconds? { isClosed ? nil : min(core.deadline ?? .max, end ?? .max) }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    if case .client = input { end = now + 60_000 }
    let isLate = input == .deadline && now >= end ?? .max
    if isLate { end = nil }
    core.handle(isLate ? .upstreamClosed(.reset) : input, at: now, into: &outputs)
  }
}

private protocol Limited: Sendable { static func change(_ limits: inout ProxyLimits) }
private enum ShortIdle: Limited {
  static func change(_ limits: inout ProxyLimits) { limits.idleTimeMax = 60_000 }
}
private enum NoIdle: Limited {
  static func change(_ limits: inout ProxyLimits) {
    limits.idleTimeMax = 1 << 40
    limits.barrenTimeMax = 1 << 40
  }
}
private enum AnyByte: Limited {
  static func change(_ limits: inout ProxyLimits) { limits.barrenTimeMax = 1 << 40 }
}

/// The proxy core with other limits.
private struct SilenceLimit<Limits: Limited>: WrappedCore {
  package var core: Exchange
  init(settings: Settings) {
    var changed = settings
    Limits.change(&changed.limits)
    core = Exchange(settings: changed)
  }
}

/// Answers a failure in mid-stream with a head.
private struct SecondHead: EdgeFlaw {
  private var hasFailed = false
  mutating func changedInput(_ input: Exchange.Input, at now: Milliseconds) -> Exchange.Input? {
    if input == .upstreamClosed(.reset) { hasFailed = true }
    return input
  }
  func changedOutputs(_ outputs: [Exchange.Output]) -> [Exchange.Output] {
    guard hasFailed else { return outputs }
    let head = Array("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n".utf8)
    return outputs.map { $0.isBody ? .client(head) : $0 }
  }
}

private enum WithoutBody: SecondRequest {
  static func begins(_ input: Exchange.Input, isAnswered: Bool) -> Bool {
    input.upstreamBytes?.starts(with: "HTTP/1.1 401".utf8) == true
  }
  /// The body has been read, and is empty now.
  static func change(_ request: inout [UInt8]) {
    guard let end = request.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
    var reader = RequestHeadReader()
    var offset = 0
    guard var head = try? reader.read(request.span, at: &offset), offset == end.upperBound else {
      return
    }
    head.fields.set("Content-Length", "0")
    request = []
    head.write(into: &request)
  }
}

private enum WhenDead: SecondRequest {
  static func begins(_ input: Exchange.Input, isAnswered: Bool) -> Bool {
    input == .upstreamClosed(.finished) && !isAnswered
  }
}
