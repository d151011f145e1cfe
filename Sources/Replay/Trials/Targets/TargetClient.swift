// One client of a target: its request, how it reads, what it has received, and how long complete blocks
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
  /// The mock's connections that answer it, in the order of their requests.
  var upstreams: [ConnectionID] = []
  private(set) var reader: ClientReader
  private(set) var ending: Observation.Ending?
  var wasRefused = false
  /// Whether it reads what comes.
  private(set) var reads = true
  private(set) var hasHalfClosed = false
  /// How many upstream connections were still open a while after the client had left.
  var upstreamsLeft = 0
  var delay: Observation.Delay?
  /// Whether the target had read the whole head, and its client had none in time.
  var headIsLate = false
  var progress: TargetProgress
  /// Whether it received exactly the bytes that the mock sent, the head included.
  private(set) var isVerbatim = true
  private var rawCount = 0
  private var hasAskedAgain = false
  /// The reader of the first answer, if a second is requested.
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

  /// The least number of bytes at which an answer counts as endless; otherwise it is 16 times the
  /// session, because no gateway that rewrites events makes them that much longer.
  private static let bodyBytesMin = 4 * 1024 * 1024
  /// How many bytes of an endless answer are compared: twice the session plus this.
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
    // The run is over: its breach names the endless part.
    if reader.isEndless { note(.cut) }
  }

  /// Notes how the answer has ended; only the first end counts.
  mutating func note(_ ending: Observation.Ending) { self.ending = self.ending ?? ending }

  /// The target has ended the connection in order.
  mutating func noteFinish() {
    guard !noteEndBetween() else { return }
    note(reader.endsWithConnection || reader.isComplete || reader.isBetween ? .complete : .cut)
  }

  /// The target has aborted the connection. This also happens when a request crosses its end.
  mutating func noteReset() {
    if !noteEndBetween() { note(.reset) }
  }

  /// A target may end a connection between two answers, whatever the client sends (RFC 9112 section 9.5):
  /// then the first answer is judged.
  private mutating func noteEndBetween() -> Bool {
    guard let firstReader, reader.status == nil, ending == nil else { return false }
    reader = firstReader
    note(.complete)
    return true
  }

  /// Whether to send the request once more, now that it is answered; it then counts as sent.
  mutating func asksAgain() -> Bool {
    guard delivery.request == .again, ending == nil, reader.isBetween, !hasAskedAgain else {
      return false
    }
    // A connection that will be closed takes no more requests (RFC 9112 section 9.6).
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

  /// What the plan requires now.
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

  /// Reads on if it rests and will read again; returns whether it does so now.
  mutating func readsOn() -> Bool {
    guard !reads, delivery.behavior?.kind != .starves else { return false }
    reads = true
    return true
  }

  /// What it has seen, without what the upstream has seen.
  var observation: Observation {
    let body = reader.isEndless ? Array(reader.body.prefix(judgedMax)) : reader.body
    return Observation(
      status: reader.status, fields: reader.fields, body: body, ending: ending ?? .silent,
      breach: reader.breach, requests: [], delay: delay, leftConnections: 0,
      upstreamsLeft: upstreamsLeft, headWasLate: headIsLate, hasHalfClosed: hasHalfClosed)
  }
}
