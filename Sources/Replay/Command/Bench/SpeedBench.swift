// `replay bench`: how fast the relay core and the stages are, and what the longest events cost.

internal import Canaries
internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// One thing to measure.
enum SpeedItem: Hashable, Sendable {
  /// The longest event: this many MiB, one byte at a time.
  case longEvent(Int)
  /// The memory that the items before it have taken.
  case memory
  /// Fragments of this many bytes through the relay core.
  case relay(Int)
  /// Sessions on a stage, with all checks.
  case stage(StageKind)

  /// In the order in which they are measured.
  static let all: [SpeedItem] =
    [4, 8, 16].map(SpeedItem.longEvent) + [.memory] + [65_536, 1_460, 16].map(SpeedItem.relay)
    + StageKind.allCases.map(SpeedItem.stage)

  var name: String {
    switch self {
    case .longEvent(let size): "one event of \(size) MiB in 1-byte fragments"
    case .memory: "peak memory of these over the idle process"
    case .relay(let size): "relay core, \(size)-byte fragments"
    case .stage(let kind): "\(kind) stage, 42 events in 20 fragments, all checks"
    }
  }

  var unit: String {
    switch self {
    case .longEvent: "MiB/s"
    case .memory: "MiB"
    case .relay: "MB/s"
    case .stage: "sessions/s"
    }
  }
}

/// The result of a measurement.
struct SpeedFigure: Hashable, Sendable {
  var item: SpeedItem
  /// The best of all rounds, in the item's unit; nil when the system does not tell.
  var best: Int?
  /// Nil for items that are measured once.
  var median: Int?

  var text: String {
    "\(best.map(String.init) ?? "?") \(item.unit)" + (median.map { " (median \($0))" } ?? "")
  }

  var line: String { "\(item.name): \(text)" }

  /// The figures as a table for a page.
  static func table(_ figures: [SpeedFigure]) -> Table {
    Table(
      header: ["what", "figure"],
      rows: figures.map { [Table.Cell($0.item.name), Table.Cell($0.text)] }, leftColumns: [0, 1])
  }
}

/// Measures all items.
struct SpeedBench {
  private let rounds = 5
  /// The peak memory of the process at the start, in KiB; nil when the system does not tell.
  private let idle = Self.peakMemory

  /// Measures one item after the other; `tell` gets each figure at once.
  func run(_ tell: (SpeedFigure) -> Void) throws -> [SpeedFigure] {
    try SpeedItem.all.map { item in
      let figure = try figure(item)
      tell(figure)
      return figure
    }
  }

  private func figure(_ item: SpeedItem) throws -> SpeedFigure {
    switch item {
    case .longEvent(let size):
      return best(item) { Double(size) / longEventSeconds(megabytes: size) }
    case .memory:
      let grown = Self.peakMemory.flatMap { peak in idle.map { (peak - $0) / 1024 } }
      return SpeedFigure(item: item, best: grown)
    case .relay(let size):
      let stream = frames(byteCount: 64 * 1024 * 1024)
      return try best(item) { try megabytesPerSecond(stream, fragment: size) }
    case .stage(let kind):
      let (session, plan) = lockStepSession()
      return try best(item) { try sessionsPerSecond(session, plan, on: kind) }
    }
  }

  private static var peakMemory: Int? { FlowRig.status("VmHWM", of: "self") }

  private func best(_ item: SpeedItem, _ measure: () throws -> Double) rethrows -> SpeedFigure {
    let rates = try (0..<rounds).map { _ in try measure() }.sorted()
    return SpeedFigure(
      item: item, best: Int((rates.last ?? 0).rounded()), median: Int(rates[rounds / 2].rounded()))
  }

  private func sessionsPerSecond(
    _ session: Session, _ plan: Plan, on kind: StageKind
  ) throws -> Double {
    let count = kind == .simulated ? 20_000 : 3_000
    let start = ContinuousClock.now
    let result = try Run<Exchange>(session).results(repeatElement(plan, count: count), on: kind)
    guard result.failureCount == 0 else { throw UsageError("the benchmark's session failed") }
    return Double(count) / seconds(since: start)
  }

  /// At least `byteCount` bytes of frames as Qwen's compatible mode sends them.
  private func frames(byteCount: Int) -> [UInt8] {
    let session = Script.all[0].session
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount + session.body.count)
    while bytes.count < byteCount { bytes += session.body }
    return bytes
  }

  private func megabytesPerSecond(_ stream: [UInt8], fragment size: Int) throws -> Double {
    var relay = Relay()
    var output: [UInt8] = []
    output.reserveCapacity(2 * 65_536)
    var passed = 0
    let start = ContinuousClock.now
    let span = stream.span
    var offset = 0
    while offset < span.count {
      let end = min(offset + size, span.count)
      relay.feed(span.extracting(offset..<end), into: &output)
      // The next piece of output overwrites the last, as a socket's buffer would.
      if output.count >= 65_536 {
        passed += output.count
        output.removeAll(keepingCapacity: true)
      }
      offset = end
    }
    let time = seconds(since: start)
    passed += output.count
    guard passed == stream.count else { throw UsageError("the relay lost bytes") }
    return Double(stream.count) / time / 1e6
  }

  private func longEventSeconds(megabytes: Int) -> Double {
    var relay = Relay()
    var output: [UInt8] = []
    let byte: [UInt8] = [UInt8(ascii: "x")]
    let start = ContinuousClock.now
    for _ in 0..<megabytes * 1024 * 1024 { relay.feed(byte.span, into: &output) }
    relay.finish(into: &output)
    return seconds(since: start)
  }

  /// A session of 42 events, and a plan that cuts it into 20 fragments.
  private func lockStepSession() -> (Session, Plan) {
    var session = Script.all[0].session
    let blocks = ReferenceReader.blocks(in: session.body)
    let event = session.body[blocks[1].range]
    session.body = Array(repeatElement(event, count: 41).joined()) + "data: [DONE]\n\n".utf8
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
    var plan = Plan()
    let bytes = Transmission(session, plan).bytes.count
    plan.cuts = .every((bytes + 19) / 20)
    return (session, plan)
  }
}
