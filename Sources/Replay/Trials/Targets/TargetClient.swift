// One client of a target: what it asks, how it reads, what it has got, and how long what was complete
// took to reach it.

internal import Judging
internal import MockQwen
internal import Networks
internal import Wire

/// A client of the current run.
struct TargetClient {
  let number: Int
  let delivery: Delivery
  /// The request as bytes.
  let request: [UInt8]
  var connection: ConnectionID = 0
  /// The mock's connections that answer it, in the order in which they asked.
  var upstreams: [ConnectionID] = []
  private(set) var reader: ClientReader
  private(set) var ending: Observation.Ending?
  var wasRefused = false
  /// Whether it reads what comes.
  private(set) var reads = true
  private(set) var hasHalfClosed = false
  /// Whether the upstream connection was still open when the client had gone for a while.
  var upstreamsLeft = 0
  var delay: Observation.Delay?
  var progress: TargetProgress
  /// Whether all bytes that came are those that the mock sent, the head included.
  private(set) var isVerbatim = true
  private var rawCount = 0
  private var hasAskedAgain = false
  /// What was read of the first answer, where a second is asked for.
  private var firstReader: ClientReader?
  private var hasPaused = false
  private var restedAt = -1

  init(
    _ number: Int, _ delivery: Delivery, request: [UInt8], method: String,
    _ progress: TargetProgress
  ) {
    self.number = number
    self.delivery = delivery
    self.progress = progress
    let isTwice = delivery.request == .again || delivery.request == .pipelined
    self.request = delivery.request == .pipelined ? request + request : request
    reader = ClientReader(method: method, awaiting: isTwice ? 1 : 0)
    let size = delivery.transmission.session.body.count
    reader.bodyBytesMax = max(Self.bodyBytesMin, 16 * size)
    judgedMax = 2 * size + Self.judgedMore
  }

  /// The least at which an answer counts as one without end, in bytes; else 16 times the session: no
  /// gateway that writes events anew makes them as much longer.
  private static let bodyBytesMin = 4 * 1024 * 1024
  /// How much of an answer without end is compared, in bytes: twice the session and this.
  private static let judgedMore = 32 * 1024
  private let judgedMax: Int

  /// Takes bytes of the answer.
  mutating func take(_ bytes: [UInt8]) {
    let sent = delivery.transmission.bytes
    if isVerbatim {
      isVerbatim =
        rawCount + bytes.count <= sent.count
        && sent[rawCount..<rawCount + bytes.count].elementsEqual(bytes)
    }
    rawCount += bytes.count
    reader.take(bytes)
    if reader.isComplete { note(.complete) }
    // The run is over: its breach names what had no end.
    if reader.isEndless { note(.cut) }
  }

  /// Notes how the answer has ended; the first end counts.
  mutating func note(_ ending: Observation.Ending) { self.ending = self.ending ?? ending }

  /// The target has ended the connection in order.
  mutating func noteFinish() {
    guard !noteEndBetween() else { return }
    note(reader.endsWithConnection || reader.isComplete || reader.isBetween ? .complete : .cut)
  }

  /// The target has aborted the connection. It does so where a request crosses its end.
  mutating func noteReset() {
    if !noteEndBetween() { note(.reset) }
  }

  /// A target may end a connection between two answers, whatever the client would like (RFC 9112 section
  /// 9.5): then the first is what is judged.
  private mutating func noteEndBetween() -> Bool {
    guard let firstReader, reader.status == nil, ending == nil else { return false }
    reader = firstReader
    note(.complete)
    return true
  }

  /// Whether the request goes out once more, now that it is answered; then it counts as sent.
  mutating func asksAgain() -> Bool {
    guard delivery.request == .again, ending == nil, reader.isBetween, !hasAskedAgain else {
      return false
    }
    // A connection that is to be closed takes no more requests (RFC 9112 section 9.6).
    guard !reader.fields.members("Connection").contains(where: { $0.lowercased() == "close" })
    else {
      note(.complete)
      return false
    }
    hasAskedAgain = true
    firstReader = reader
    reader.beginNext()
    return true
  }

  /// What the plan wants done now.
  var behaviorDue: ClientBehavior.Kind? {
    guard let behavior = delivery.behavior, ending == nil, reader.awaitedCount == 0,
      reader.status != nil, reader.body.count >= behavior.offset
    else { return nil }
    switch behavior.kind {
    case .leaves, .resets: return behavior.kind
    case .halfcloses: return hasHalfClosed ? nil : behavior.kind
    case .pauses, .starves: return hasPaused ? nil : behavior.kind
    case .crawls: return reads && reader.body.count == restedAt ? nil : reads ? behavior.kind : nil
    }
  }

  mutating func halfClose() { hasHalfClosed = true }

  /// Begins to rest.
  mutating func rest() {
    hasPaused = true
    reads = false
    restedAt = reader.body.count
    if delivery.behavior?.kind == .starves { note(.left) }
  }

  /// Reads on if it rests and will ever read again; returns whether it does so now.
  mutating func readsOn() -> Bool {
    guard !reads, delivery.behavior?.kind != .starves else { return false }
    reads = true
    return true
  }

  /// What it has seen. What the upstream has seen is not in it.
  var observation: Observation {
    let body = reader.isEndless ? Array(reader.body.prefix(judgedMax)) : reader.body
    return Observation(
      status: reader.status, fields: reader.fields, body: body, ending: ending ?? .silent,
      breach: reader.breach, requests: [], delay: delay, leftConnections: 0,
      upstreamsLeft: upstreamsLeft, hasHalfClosed: hasHalfClosed)
  }
}
