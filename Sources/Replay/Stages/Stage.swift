// A stage runs one delivery: the mock sends a fragment, everything comes to rest, the progress is
// checked, the mock sends the next. That is lock-step: an event that is complete upstream must be at
// the client before another byte is released. Time is a number that jumps to the next thing due, so
// a stall of minutes takes none.

internal import MockQwen
internal import ProxyUnderTest
internal import Sockets
internal import Wire

/// Mock, proxy and client on one network, in one thread.
struct Stage<World: StageNetwork & ~Copyable, Core: ProxyCore>: ~Copyable {
  /// The key that the stage's proxy must send upstream, and the one that its client sends.
  static var upstreamKey: String { "sk-upstream-of-the-stage" }
  static var clientKey: String { "sk-client-of-the-stage" }

  private var world: World
  private var proxy: ProxyServer<Core>
  private var mock: MockServer
  private let proxyPort: Int
  private let proxyListener: ListenerID
  private var now = 0
  private var events: [NetworkEvent] = []

  // The client of the current run.
  private var client: ConnectionID = 0
  private var reader = ClientReader()
  private var ending = Observation.Ending.silent
  private var clientIsOpen = false
  private var mockConnection: ConnectionID = 0

  init(_ world: consuming World) throws {
    var listening = world
    let front = try listening.listen()
    let back = try listening.listen()
    self.world = listening
    proxyListener = front.listener
    proxyPort = front.port
    var settings = Settings()
    settings.upstream = BaseURL(
      scheme: .http, host: "127.0.0.1", port: back.port, path: "/compatible-mode/v1")
    settings.key = Self.upstreamKey
    proxy = ProxyServer(settings: settings)
    mock = MockServer(rules: RequestRules(key: Self.upstreamKey))
  }

  /// Runs one delivery. `borders` are the offsets in the body at which blocks end, rising.
  mutating func run(_ delivery: Delivery, borders: [Int]) throws -> Observation {
    begin(request: clientRequest(delivery.transmission.session))
    var delay: Observation.Delay?
    while true {
      try settle(delivery)
      if delay == nil { delay = delayNow(delivery, borders) }
      if try clientGoes(delivery) { continue }
      guard let due = nextDue() else { break }
      now = max(now, due.time)
      if let connection = due.connection {
        mock.release(connection, at: now, choosing: { _ in delivery }, in: &world)
      } else {
        proxy.wake(at: now, in: &world)
      }
    }
    return try end(delivery, delay)
  }

  private mutating func begin(request: [UInt8]) {
    reader = ClientReader()
    ending = .silent
    mockConnection = 0
    leftBehind = 0
    mock.forgetRequests()
    client = world.connect(to: "127.0.0.1", port: proxyPort)
    clientIsOpen = true
    pendingRequest = request
  }

  private var pendingRequest: [UInt8] = []
  /// Connections that were still open when the client had gone and everything had come to rest.
  private var leftBehind = 0

  /// Lets the client go when the plan says so; true when it has gone now.
  private mutating func clientGoes(_ delivery: Delivery) throws -> Bool {
    guard let departure = delivery.departure, clientIsOpen, !reader.isComplete,
      reader.body.count >= departure.offset
    else { return false }
    ending = .left
    clientIsOpen = false
    switch departure.kind {
    case .leaves: world.close(client)
    case .resets: world.reset(client)
    }
    try settle(delivery)
    leftBehind = proxy.count + mock.count
    return true
  }

  /// Lets everything come to rest.
  private mutating func settle(_ delivery: Delivery) throws {
    while true {
      events.removeAll(keepingCapacity: true)
      try world.settle(into: &events)
      if events.isEmpty { return }
      for index in events.indices { dispatch(events[index], delivery) }
    }
  }

  private mutating func dispatch(_ event: NetworkEvent, _ delivery: Delivery) {
    switch event {
    case .accepted(proxyListener, let connection):
      proxy.accept(connection, at: now, in: &world)
    case .accepted(_, let connection):
      mock.accept(connection)
      mockConnection = connection
    case .opened(client):
      world.send(pendingRequest, on: client)
    case .bytes(client, let bytes):
      reader.take(bytes)
    case .finished(client):
      ending = reader.endsWithConnection ? .complete : .cut
      closeClient()
    case .reset(client), .refused(client):
      ending = .reset
      clientIsOpen = false
    case .bytes(let connection, _), .finished(let connection), .reset(let connection),
      .opened(let connection), .refused(let connection), .drained(let connection):
      if mock.owns(connection) {
        mock.handle(event, at: now, choosing: { _ in delivery }, in: &world)
      } else {
        proxy.handle(event, at: now, in: &world)
      }
    }
  }

  private mutating func closeClient() {
    guard clientIsOpen else { return }
    clientIsOpen = false
    world.close(client)
  }

  /// What is due next: a fragment of the mock, or (connection nil) a deadline of the proxy.
  private func nextDue() -> (connection: ConnectionID?, time: Int)? {
    let fragment = mock.nextDue
    // Behind a whole answer the client goes: what the proxy would do when it stays is not awaited.
    if !reader.isComplete, let deadline = proxy.deadline, deadline < fragment?.time ?? Int.max {
      return (nil, deadline)
    }
    return fragment.map { ($0.connection, $0.time) }
  }

  /// Whether a block that is complete upstream is missing at the client.
  private func delayNow(_ delivery: Delivery, _ borders: [Int]) -> Observation.Delay? {
    let released = mock.released(on: mockConnection)
    guard released > 0, ending != .left else { return nil }
    let sent = delivery.transmission.bodyCount(before: released)
    let due = lastBorder(borders, upTo: sent)
    guard reader.body.count < due else { return nil }
    return Observation.Delay(sent: sent, due: due, received: reader.body.count)
  }

  private mutating func end(
    _ delivery: Delivery, _ delay: Observation.Delay?
  ) throws -> Observation {
    if reader.isComplete { ending = .complete }
    closeClient()
    try settle(delivery)
    let left = max(proxy.count + mock.count, leftBehind)
    return Observation(
      status: reader.status, fields: reader.fields, body: reader.body, ending: ending,
      breach: reader.breach, requests: mock.requests, delay: delay, leftConnections: left)
  }

  /// The request that the client sends: the session's body, to the proxy's own path.
  private func clientRequest(_ session: Session) -> [UInt8] {
    var head = RequestHead(
      method: "POST", target: "/v1/chat/completions",
      fields: [
        Field("Host", "127.0.0.1:\(proxyPort)"), Field("Authorization", "Bearer \(Self.clientKey)"),
        Field("Content-Type", "application/json"), Field("Accept", "text/event-stream"),
        Field("Content-Length", String(session.request.body.count)),
      ])
    if session.request.fields["X-DashScope-SSE"] != nil {
      head.fields.add("X-DashScope-SSE", "enable")
    }
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    return bytes + session.request.body
  }
}

/// The largest border that is at most `count`; 0 when there is none.
private func lastBorder(_ borders: [Int], upTo count: Int) -> Int {
  var low = 0
  var high = borders.count
  while low < high {
    let middle = (low + high) / 2
    if borders[middle] <= count { low = middle + 1 } else { high = middle }
  }
  return low == 0 ? 0 : borders[low - 1]
}
