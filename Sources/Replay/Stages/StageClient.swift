// One client of a stage: its request, how it reads, and what it has seen.

internal import Judging
package import MockQwen
internal import Networks
internal import ProxyUnderTest
internal import Sockets
internal import Wire

/// What a stage runs: one delivery, or several side by side.
package struct StageOptions {
  package struct Stream {
    package var delivery: Delivery
    /// The offsets in the body at which blocks end, rising.
    package var borders: [Int]

    package init(delivery: Delivery, borders: [Int]) {
      self.delivery = delivery
      self.borders = borders
    }
  }

  package private(set) var streams: [Stream]

  package init(_ delivery: Delivery, borders: [Int]) {
    streams = [Stream(delivery: delivery, borders: borders)]
  }

  /// Parallel streams; the request of each holds its index in `streams`.
  package init(_ streams: [Stream]) { self.streams = streams }

  /// The options for an upstream without TLS.
  var withoutTLS: StageOptions {
    var plain = self
    for index in plain.streams.indices {
      plain.streams[index].delivery = plain.streams[index].delivery.withoutTLS
    }
    return plain
  }

  /// The delivery that answers a request.
  package func delivery(for request: Session.Request) -> Delivery {
    // A session of a chat does not answer a request for models: that upstream has no list.
    if request.method != "POST", streams[0].delivery.asksByPost,
      let refused = RequestRules().errorAnswer(to: request)
    {
      return ownDelivery(of: refused.session(to: request))
    }
    guard streams.count > 1, let number = StreamTag.number(in: request.body),
      streams.indices.contains(number)
    else { return streams[0].delivery }
    return streams[number].delivery
  }
}

/// One client of the current run.
struct StageClient {
  package var connection: ConnectionID = 0
  /// The mock's connection that answers it.
  package var mockConnection: ConnectionID = 0
  /// How many of its requests the mock has begun to answer, among parallel streams.
  package var answerCount = 0
  /// Its request, and the parts that are still to be sent.
  let request: StageRequest
  private var parts: [[UInt8]]
  package var reader: ClientReader
  package private(set) var ending = Observation.Ending.silent
  package private(set) var endTime: Int?
  package var isOpen = true
  /// Whether it reads what comes.
  package private(set) var reads = true
  var hasHalfClosed = false
  package var upstreamsLeft = 0
  /// Whether the proxy has closed the connection.
  private var hasClosedFirst = false
  package var delay: Observation.Delay?
  var headIsLate = false
  package var aheadMax = 0

  private let behavior: ClientBehavior?
  private let asksAgain: Bool
  /// Whether it asks for more while it is answered.
  private let asksAhead: Bool
  private var hasPaused = false
  /// How many body bytes it had when it began to rest.
  private var restedAt = -1
  /// When it has rested as long as the plan says; nil when the plan does not say.
  private var restEnd: Int?

  /// A client that will send a request.
  init(_ delivery: Delivery, _ request: StageRequest) {
    self.request = request
    parts = request.parts
    let isHead = [.head, .healthhead, .modelshead].contains(delivery.request)
    reader = ClientReader(
      method: isHead ? "HEAD" : "POST", awaiting: delivery.request.answersBefore)
    behavior = delivery.behavior
    asksAgain = delivery.request == .again
    asksAhead = delivery.request == .ahead
  }

  /// The next part of its request, when it may be sent; the first is sent at once.
  mutating func nextPart(isFirst: Bool) -> [UInt8]? {
    guard isOpen, !parts.isEmpty,
      isFirst || ending == .silent && (asksAhead || reader.status == nil),
      isFirst || !request.awaitsContinue || reader.interims > 0
    else { return nil }
    return parts.removeFirst()
  }

  /// Whether to send the request once more, now that it is answered.
  var mayAskAgain: Bool { asksAgain && isOpen && reader.isBetween }

  /// Notes how and when the response has ended; only the first end counts.
  mutating func noteEnd(_ ending: Observation.Ending, at time: Int) {
    guard self.ending == .silent else { return }
    self.ending = ending
    endTime = time
  }

  /// Notes that the connection ends; the proxy ended it if it is still open here. For a client that no
  /// longer reads, only some networks report this.
  mutating func noteClosing() { hasClosedFirst = isOpen && ending != .left }

  /// What the plan requires now.
  var behaviorDue: ClientBehavior.Kind? {
    guard let behavior, isOpen, ending == .silent, reader.body.count >= behavior.offset else {
      return nil
    }
    // Behind several requests a client acts on the last answer; one that asks ahead acts on each.
    guard
      asksAhead ? parts.isEmpty || !behavior.isDeparture : parts.isEmpty && reader.awaitedCount == 0
    else { return nil }
    switch behavior.kind {
    case .leaves, .resets: return behavior.kind
    case .halfcloses: return hasHalfClosed ? nil : behavior.kind
    case .pauses, .starves: return hasPaused ? nil : behavior.kind
    case .crawls: return reads && reader.body.count == restedAt ? nil : behavior.kind
    }
  }

  /// Begins to rest, or (in turns) reads again; returns whether it reads now.
  package mutating func turn(_ kind: ClientBehavior.Kind, at now: Int) -> Bool {
    hasPaused = true
    restEnd = behavior?.rest.map { now + $0 }
    reads.toggle()
    restedAt = reader.body.count
    if kind == .starves { noteEnd(.left, at: 0) }
    return reads
  }

  /// When it reads on; nil when it does not rest, or the time is not known.
  var wakeTime: Int? { !reads && isOpen ? restEnd : nil }

  /// Reads on if it rests and will read again; returns whether it does so now.
  mutating func readsOn(at now: Int) -> Bool {
    guard !reads, isOpen, behavior?.kind != .starves, restEnd ?? now <= now else { return false }
    (reads, restEnd) = (true, nil)
    return true
  }

  /// What it has seen, without what all clients share.
  package var observation: Observation {
    var seen = Observation(
      status: reader.status, fields: reader.fields, body: reader.body, ending: ending,
      breach: reader.breach, requests: [], delay: delay, leftConnections: 0,
      upstreamsLeft: upstreamsLeft, spoiledReuses: 0, aheadMax: aheadMax, endTime: endTime,
      headWasLate: headIsLate, interims: reader.interims, hasClosedFirst: hasClosedFirst,
      hasHalfClosed: hasHalfClosed)
    seen.reason = reader.reason
    return seen
  }
}

extension Delivery {
  /// Whether a client asks for its session by POST.
  fileprivate var asksByPost: Bool {
    clientRoute(for: transmission.session.request).method == "POST"
  }
}
