// One client of a stage: what it asks, how it reads, and what it has seen.

internal import Judging
package import MockQwen
internal import Networks
internal import ProxyUnderTest
internal import Sockets
internal import Wire

/// What a stage runs: one delivery, or several side by side.
package struct StageOrder {
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

  /// Parallel streams; the request of each names its place in `streams`.
  package init(_ streams: [Stream]) { self.streams = streams }

  /// What answers a request.
  package func delivery(for request: Session.Request) -> Delivery {
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
  package var request: [UInt8] = []
  package var reader: ClientReader
  package private(set) var ending = Observation.Ending.silent
  package private(set) var endTime: Int?
  package var isOpen = true
  /// Whether it reads what comes.
  package private(set) var reads = true
  var hasHalfClosed = false
  package var upstreamsLeft = 0
  package var delay: Observation.Delay?
  var headIsLate = false
  package var aheadMax = 0

  private let conduct: Conduct?
  private let asksAgain: Bool
  private var hasPaused = false
  /// Body bytes received when it began to rest.
  private var restedAt = -1

  init(_ delivery: Delivery) {
    let isTwice = delivery.request == .again || delivery.request == .pipelined
    reader = ClientReader(
      method: delivery.request == .head ? "HEAD" : "POST", awaiting: isTwice ? 1 : 0)
    conduct = delivery.conduct
    asksAgain = delivery.request == .again
  }

  /// Whether the request goes out once more, now that it is answered.
  var mayAskAgain: Bool { asksAgain && isOpen && reader.isBetween }

  /// Notes how the response has ended, and when; the first end counts.
  mutating func noteEnd(_ ending: Observation.Ending, at time: Int) {
    guard self.ending == .silent else { return }
    self.ending = ending
    endTime = time
  }

  /// What the plan wants done now.
  var conductDue: Conduct.Kind? {
    guard let conduct, isOpen, ending == .silent, reader.awaitedCount == 0,
      reader.body.count >= conduct.offset
    else { return nil }
    switch conduct.kind {
    case .leaves, .resets: return conduct.kind
    case .halfcloses: return hasHalfClosed ? nil : conduct.kind
    case .pauses, .starves: return hasPaused ? nil : conduct.kind
    case .crawls: return reads && reader.body.count == restedAt ? nil : conduct.kind
    }
  }

  /// Begins to rest, or (in turns) reads again; returns whether it reads now.
  package mutating func turn(_ kind: Conduct.Kind) -> Bool {
    hasPaused = true
    reads.toggle()
    restedAt = reader.body.count
    if kind == .starves { noteEnd(.left, at: 0) }
    return reads
  }

  /// Reads on if it rests and will ever read again; returns whether it does so now.
  mutating func readsOn() -> Bool {
    guard !reads, isOpen, conduct?.kind != .starves else { return false }
    reads = true
    return true
  }

  /// What it has seen. What all clients share is not in it.
  package var observation: Observation {
    Observation(
      status: reader.status, fields: reader.fields, body: reader.body, ending: ending,
      breach: reader.breach, requests: [], delay: delay, leftConnections: 0,
      upstreamsLeft: upstreamsLeft, spoiledReuses: 0, aheadMax: aheadMax, endTime: endTime,
      headWasLate: headIsLate, hasHalfClosed: hasHalfClosed)
  }
}

/// The request of a client: the session's body, to the proxy's own path.
struct StageRequest {
  package let bytes: [UInt8]

  init(_ delivery: Delivery, host: String, key: String) {
    let session = delivery.transmission.session
    let route = clientRoute(for: session.request)
    var head = RequestHead(
      method: route.method, target: route.path, fields: [Field("Host", host)])
    var body = route.method == "POST" ? session.request.body : []
    switch delivery.request {
    case .plain, .again, .pipelined: break
    case .http10: head.version = .http10
    case .head:
      head.method = "HEAD"
      body = []
    case .options:
      head.method = "OPTIONS"
      body = []
    }
    if delivery.request == .options {
      head.fields.list += [
        Field("Origin", "https://chat.example"), Field("Access-Control-Request-Method", "POST"),
        Field("Access-Control-Request-Headers", "authorization,content-type"),
      ]
    } else {
      head.fields.list += [
        Field("Authorization", "Bearer \(key)"), Field("Accept", "text/event-stream"),
        Field("Accept-Encoding", "gzip, deflate, br"),
      ]
    }
    if !body.isEmpty {
      head.fields.add("Content-Type", "application/json")
      head.fields.add("Content-Length", String(body.count))
    }
    if session.request.fields["X-DashScope-SSE"] != nil {
      head.fields.add("X-DashScope-SSE", "enable")
    }
    var written: [UInt8] = []
    head.write(into: &written)
    written += body
    bytes = delivery.request == .pipelined ? written + written : written
  }
}
