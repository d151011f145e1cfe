// The canaries of family C, last part: proxies that read the TLS records of their upstream themselves,
// and read them wrongly. Behind the reading stands the proxy core itself.

internal import MockQwen
internal import Networks
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Trials
internal import Wire

private let two = "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n"
private let many = (0..<10).map { "data: {\"n\":\($0)}\n\n" }.joined()

extension Canary {
  static let recordCanaries: [Canary] = [
    Canary(
      "tls-one-record-per-read", RecordCanary<FirstOfEachRead>.self,
      [.stream(two, "cuts=whole tls=events")]),
    Canary(
      "tls-record-split", RecordCanary<WholeInEachRead>.self,
      [.stream(two, "cuts=20x tls=whole"), .stream(two, "cuts=1x tls=events")]),
    Canary(
      "tls-truncation-as-end", RecordCanary<AnyEndIsEnd>.self,
      [Trial.stream(two, "cuts=events framing=close").broken(.truncate, behind: 16)]),
    Canary(
      "tls-truncation-as-end", variant: "alert", RecordCanary<AnyAlertIsEnd>.self,
      [Trial.stream(two, "cuts=events framing=close").broken(.alert, behind: 16)]),
    Canary(
      "tls-pending-bytes", RecordCanary<OneInEachRead>.self,
      [.stream(many, "cuts=160x tls=events")]),
    Canary(
      "tls-records-joined", RecordCanary<FullBuffers>.self,
      [.stream(two, "cuts=events tls=events")]),
    Canary(
      "tls-message-in-stream", RecordCanary<NoMessages>.self,
      [.stream(two, "cuts=events tls=events handshake=rekey@60")]),
  ]
}

/// How a proxy reads records.
protocol RecordReading: Sendable {
  init()
  /// Takes what one read of the socket brought; returns the records that are read now.
  mutating func take(_ bytes: [UInt8]) -> [SimulatedRecord]
  /// What is still to be read when the connection has ended.
  mutating func finish() -> [SimulatedRecord]
  /// What an end of the connection is taken for behind which no `close_notify` came.
  static var unnoticedEnd: Closing { get }
  /// What a record is taken for.
  static func meaning(_ record: SimulatedRecord) -> RecordMeaning
}

/// What a record says to a proxy.
enum RecordMeaning {
  case data([UInt8])
  case end(Closing)
  case nothing
}

extension RecordReading {
  mutating func finish() -> [SimulatedRecord] { [] }
  static var unnoticedEnd: Closing { .reset }
  static func meaning(_ record: SimulatedRecord) -> RecordMeaning {
    switch record.kind {
    case .data: record.data.isEmpty ? .nothing : .data(record.data)
    case .handshake: .nothing
    case .alert: .end(record == .closeNotify ? .finished : .reset)
    }
  }
}

/// The proxy core behind a reading of records. What is plain HTTP it takes as it comes.
struct RecordCanary<Reading: RecordReading>: ProxyCore {
  static var isDocumented: Bool { true }
  static var readsRecords: Bool { true }

  private var core: Exchange
  private var reading = Reading()
  /// Whether records come; nil before the first byte.
  private var isSecure: Bool?
  private var isOver = false

  init(settings: Settings) { core = Exchange(settings: settings) }

  package var isClosed: Bool { core.isClosed }
  package var deadline: Milliseconds? { core.deadline }

  package mutating func handle(
    _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    switch input {
    case .upstream(let bytes):
      let secure = isSecure ?? (bytes.first.flatMap(SimulatedRecord.Kind.init) != nil)
      isSecure = secure
      guard secure else { return core.handle(input, at: now, into: &outputs) }
      pass(reading.take(bytes), at: now, into: &outputs)
    case .upstreamClosed(let closing) where isSecure == true:
      pass(reading.finish(), at: now, into: &outputs)
      guard !isOver else { return }
      isOver = true
      let end = closing == .finished ? Reading.unnoticedEnd : closing
      core.handle(.upstreamClosed(end), at: now, into: &outputs)
    case .upstreamConnected:
      (isSecure, isOver, reading) = (nil, false, Reading())
      core.handle(input, at: now, into: &outputs)
    default: core.handle(input, at: now, into: &outputs)
    }
  }

  private mutating func pass(
    _ records: [SimulatedRecord], at now: Milliseconds, into outputs: inout [Exchange.Output]
  ) {
    for record in records where !isOver {
      switch Reading.meaning(record) {
      case .data(let bytes): core.handle(.upstream(bytes), at: now, into: &outputs)
      case .end(let closing):
        isOver = true
        core.handle(.upstreamClosed(closing), at: now, into: &outputs)
      case .nothing: break
      }
    }
  }
}

extension SimulatedRecord.Reader {
  /// All records that are whole.
  fileprivate mutating func all() -> [SimulatedRecord] {
    var records: [SimulatedRecord] = []
    while let record = next() { records.append(record) }
    return records
  }
}

/// Right: reads as long as there is a whole record, and keeps what is not.
struct EveryRecord: RecordReading {
  private var reader = SimulatedRecord.Reader()
  mutating func take(_ bytes: [UInt8]) -> [SimulatedRecord] {
    reader.take(bytes)
    return reader.all()
  }
}

private struct FirstOfEachRead: RecordReading {
  private var reader = SimulatedRecord.Reader()
  mutating func take(_ bytes: [UInt8]) -> [SimulatedRecord] {
    reader.take(bytes)
    guard let first = reader.next() else { return [] }
    reader = SimulatedRecord.Reader()
    return [first]
  }
}

private struct WholeInEachRead: RecordReading {
  mutating func take(_ bytes: [UInt8]) -> [SimulatedRecord] {
    var reader = SimulatedRecord.Reader()
    reader.take(bytes)
    return reader.all()
  }
}

private struct AnyEndIsEnd: RecordReading {
  private var right = EveryRecord()
  mutating func take(_ bytes: [UInt8]) -> [SimulatedRecord] { right.take(bytes) }
  static var unnoticedEnd: Closing { .finished }
}

private struct AnyAlertIsEnd: RecordReading {
  private var right = EveryRecord()
  mutating func take(_ bytes: [UInt8]) -> [SimulatedRecord] { right.take(bytes) }
  static func meaning(_ record: SimulatedRecord) -> RecordMeaning {
    record.kind == .alert ? .end(.finished) : EveryRecord.meaning(record)
  }
}

private struct OneInEachRead: RecordReading {
  private var reader = SimulatedRecord.Reader()
  mutating func take(_ bytes: [UInt8]) -> [SimulatedRecord] {
    reader.take(bytes)
    return reader.next().map { [$0] } ?? []
  }
  mutating func finish() -> [SimulatedRecord] { reader.all() }
}

private struct FullBuffers: RecordReading {
  private var right = EveryRecord()
  private var held: [UInt8] = []
  mutating func take(_ bytes: [UInt8]) -> [SimulatedRecord] {
    var passed: [SimulatedRecord] = []
    for record in right.take(bytes) {
      guard record.kind == .data else {
        passed += finish() + [record]
        continue
      }
      held += record.data
      if held.count >= 4_096 { passed += finish() }
    }
    return passed
  }
  mutating func finish() -> [SimulatedRecord] {
    defer { held = [] }
    return held.isEmpty ? [] : [SimulatedRecord(.data, held)]
  }
}

private struct NoMessages: RecordReading {
  private var right = EveryRecord()
  mutating func take(_ bytes: [UInt8]) -> [SimulatedRecord] { right.take(bytes) }
  static func meaning(_ record: SimulatedRecord) -> RecordMeaning {
    record.kind == .handshake ? .end(.reset) : EveryRecord.meaning(record)
  }
}
