// A stage runs one delivery: the mock sends a fragment, everything comes to rest, the progress is
// checked, the mock sends the next. That is lock-step: an event that is complete upstream must be at
// the client before another byte is released. Time is a number that jumps to the next thing due, so
// a stall of minutes takes none.

package import Judging
package import MockQwen
package import Networks
package import ProxyServing
internal import ProxyUnderTest
internal import Sockets
internal import Wire

/// Mock, proxy and client on one network, in one thread.
package struct Stage<World: StageNetwork & ~Copyable, Core: ProxyCore>: ~Copyable {
  /// The key that the stage's proxy must send upstream, and the one that its client sends.
  package static var upstreamKey: String { "sk-upstream-of-the-stage" }
  package static var clientKey: String { "sk-client-of-the-stage" }

  /// So often a core may ask to be woken in a row and do nothing then, and in all. A core that asks
  /// for more would keep the clock running for ever.
  private static var stalledWakesMax: Int { 256 }
  private static var wakesMax: Int { 1_000_000 }

  private var world: World
  private var proxy: ProxyServer<Core>
  private var mock: MockServer
  /// Whether the proxy of this run has been told to end.
  private var isStopping = false
  /// The settings under which the proxy runs when a plan says nothing about them, and what the plan of
  /// this run says.
  private let settings: Settings
  private var core = CoreWords()
  private var reach = Reach.answers
  private let proxyPort: Int
  private let proxyListener: ListenerID
  private var now = 0
  private var start = 0
  private var events: [NetworkEvent] = []
  /// The request that was written last, and for whom.
  private var last:
    (form: RequestForm, core: CoreWords, asked: Session.Request, request: StageRequest)?
  /// The clients of the current run.
  private var clients: [StageClient] = []
  /// How many answers of the mock have been assigned to their streams.
  private var assigned = 0
  /// Connections that were still open when the only client had gone and all had come to rest.
  private var leftBehind = 0
  /// The steps of the current run, for one client, where they are asked for (not nil).
  package var moments: [Moment]?
  private var upstreamConnections = 0
  /// How often the proxy was woken in a row although nothing came of it, and in all.
  private var stalledWakes = 0
  private var wakes = 0

  package init(_ world: consuming World) throws {
    var listening = world
    if Core.readsRecords { listening.leaveRecords() }
    let front = try listening.listen()
    let back = try listening.listen()
    self.world = listening
    proxyListener = front.listener
    proxyPort = front.port
    var settings = Settings()
    // As an operator writes it, with a slash at its end.
    let place = "http://127.0.0.1:\(back.port)/compatible-mode/v1/"
    if let upstream = BaseURL(place) { settings.upstream = upstream }
    settings.key = Self.upstreamKey
    self.settings = settings
    proxy = ProxyServer(settings: settings)
    var rules = RequestRules(key: Self.upstreamKey)
    rules.asksForKeyOnly = true
    mock = MockServer(rules: rules)
  }

  /// Runs one delivery. `borders` are the offsets in the body at which blocks end, rising.
  package mutating func run(_ delivery: Delivery, borders: [Int]) throws -> Observation {
    try run(StageOrder(delivery, borders: borders))[0]
  }

  /// Runs the streams of an order side by side; returns what each client saw.
  #if compiler(>=6.3)
    @specialized(where World == SimulatedNetwork, Core == Exchange)
    @specialized(where World == LoopbackNetwork, Core == Exchange)
  #endif
  package mutating func run(_ order: StageOrder) throws -> [Observation] {
    let order = World.carriesTLS ? order : order.withoutTLS
    begin(order)
    while true {
      try settle(order)
      for index in clients.indices { look(at: index, order) }
      if try act(order) { continue }
      let due = nextDue()
      if due?.connection == nil, letReadOn() { continue }
      guard let due else { break }
      now = max(now, due.time)
      if let connection = due.connection {
        mock.release(connection, at: now, choosing: order.delivery(for:), in: &world)
      } else {
        proxy.wake(at: now, in: &world)
        stalledWakes += 1
        wakes += 1
        if isRestless { break }
      }
    }
    return try end(order)
  }

  private mutating func begin(_ order: StageOrder) {
    start = now
    assigned = 0
    leftBehind = 0
    upstreamConnections = 0
    mock.forgetRequests()
    let delivery = order.streams[0].delivery
    if isStopping || core != delivery.core || reach != delivery.reach {
      (core, reach) = (delivery.core, delivery.reach)
      var settings = settings.set(by: core, clientKey: Self.clientKey)
      if reach != .answers {
        settings.upstream.port =
          reach == .silent ? World.silentPort ?? World.refusingPort : World.refusingPort
      }
      proxy = ProxyServer(settings: settings)
    }
    isStopping = false
    (stalledWakes, wakes) = (0, 0)
    clients.removeAll(keepingCapacity: true)
    for stream in order.streams {
      var client = StageClient(stream.delivery, request(for: stream.delivery))
      client.connection = world.connect(to: "127.0.0.1", port: proxyPort)
      clients.append(client)
    }
  }

  /// The request of a client. Plans of one session ask alike, most of them: the last one is kept.
  private mutating func request(for delivery: Delivery) -> StageRequest {
    let asked = delivery.transmission.session.request
    if let last, last.form == delivery.request, last.core == delivery.core, last.asked == asked {
      return last.request
    }
    let request = StageRequest(delivery, host: "127.0.0.1:\(proxyPort)", key: Self.clientKey)
    last = (delivery.request, delivery.core, asked, request)
    return request
  }

  /// Lets everything come to rest.
  private mutating func settle(_ order: StageOrder) throws {
    while true {
      events.removeAll(keepingCapacity: true)
      try world.settle(into: &events)
      if events.isEmpty { return }
      stalledWakes = 0
      for index in events.indices { dispatch(events[index], order) }
    }
  }

  private mutating func dispatch(_ event: NetworkEvent, _ order: StageOrder) {
    switch event {
    case .accepted(proxyListener, let connection):
      proxy.accept(connection, at: now, in: &world)
    case .accepted(_, let connection):
      mock.accept(connection)
      upstreamConnections += 1
      if clients.count == 1 { clients[0].mockConnection = connection }
    case .bytes(let connection, _), .finished(let connection), .reset(let connection),
      .opened(let connection), .refused(let connection), .drained(let connection):
      if let index = client(on: connection) {
        take(event, index)
      } else if mock.owns(connection) {
        mock.handle(event, at: now, choosing: order.delivery(for:), in: &world)
      } else {
        proxy.handle(event, at: now, in: &world)
      }
    }
  }

  private func client(on connection: ConnectionID) -> Int? {
    if clients.count == 1 { return clients[0].connection == connection ? 0 : nil }
    return clients.firstIndex { $0.connection == connection }
  }

  /// Takes an event of a client's connection.
  private mutating func take(_ event: NetworkEvent, _ index: Int) {
    switch event {
    case .opened(let connection):
      if let part = clients[index].nextPart(isFirst: true) { world.send(part, on: connection) }
    case .bytes(_, let bytes):
      clients[index].reader.take(bytes)
      if clients[index].reader.isComplete { clients[index].noteEnd(.complete, at: now - start) }
    case .finished:
      let reader = clients[index].reader
      let isWhole = reader.endsWithConnection || reader.isComplete || reader.isBetween
      clients[index].noteEnd(isWhole ? .complete : .cut, at: now - start)
      clients[index].noteClosing()
      close(index)
    case .reset, .refused:
      clients[index].noteClosing()
      clients[index].noteEnd(.reset, at: now - start)
      clients[index].isOpen = false
    case .accepted, .drained:
      break
    }
  }

  private mutating func close(_ index: Int) {
    guard clients[index].isOpen else { return }
    clients[index].isOpen = false
    world.close(clients[index].connection)
  }

  // MARK: What clients do

  /// Lets the clients do what their plan says; true when one has done something that moves.
  private mutating func act(_ order: StageOrder) throws -> Bool {
    var hasMoved = false
    if !isStopping, let stop = order.streams[0].delivery.stop,
      clients.contains(where: { $0.reader.body.count >= stop })
    {
      isStopping = true
      hasMoved = true
      proxy.stop(.gently, at: now, in: &world)
    }
    for index in clients.indices {
      if clients[index].mayAskAgain {
        clients[index].reader.beginNext()
        world.send(clients[index].request.bytes, on: clients[index].connection)
        hasMoved = true
      }
      if let part = clients[index].nextPart(isFirst: false) {
        world.send(part, on: clients[index].connection)
        hasMoved = true
        continue
      }
      guard let kind = clients[index].behaviorDue else { continue }
      switch kind {
      case .leaves, .resets: try leave(index, kind, order)
      case .halfcloses:
        clients[index].hasHalfClosed = true
        world.finish(clients[index].connection)
        try settle(order)
        clients[index].upstreamsLeft = upstreams(of: index)
      case .pauses, .starves, .crawls:
        let reads = clients[index].turn(kind)
        world.setReading(reads, on: clients[index].connection)
        if !reads { continue }
      }
      hasMoved = true
    }
    return hasMoved
  }

  /// Lets a client go.
  private mutating func leave(_ index: Int, _ kind: ClientBehavior.Kind, _ order: StageOrder) throws
  {
    clients[index].noteEnd(.left, at: now - start)
    clients[index].isOpen = false
    if kind == .leaves {
      world.close(clients[index].connection)
    } else {
      world.reset(clients[index].connection)
    }
    try settle(order)
    clients[index].upstreamsLeft = upstreams(of: index)
    if clients.count == 1 { leftBehind = proxy.count }
  }

  /// The connections of the mock that a client's request has brought about.
  private func upstreams(of index: Int) -> Int {
    clients.count == 1 ? mock.count : mock.owns(clients[index].mockConnection) ? 1 : 0
  }

  /// Nothing moves but time: the clients that rest read on. True when there is one.
  private mutating func letReadOn() -> Bool {
    var hasMoved = false
    for index in clients.indices where clients[index].readsOn() {
      world.setReading(true, on: clients[index].connection)
      hasMoved = true
    }
    return hasMoved
  }

  // MARK: What is seen

  /// Whether the proxy asks to be woken without end.
  private var isRestless: Bool {
    stalledWakes > Self.stalledWakesMax || wakes > Self.wakesMax
  }

  /// What is due next: a fragment of the mock, or (connection nil) a deadline of the proxy.
  private func nextDue() -> (connection: ConnectionID?, time: Int)? {
    let fragment = mock.nextDue
    // Behind a whole answer the client goes: what the proxy would do when it stays is not awaited.
    if awaitsClient,
      let deadline = proxy.deadline, deadline < fragment?.time ?? Int.max
    {
      return (nil, deadline)
    }
    return fragment.map { ($0.connection, $0.time) }
  }

  /// Whether a client's answer is neither whole nor reset. By index: a client is a large value to copy.
  private var awaitsClient: Bool {
    for index in clients.indices
    where !clients[index].reader.isComplete && clients[index].ending != .reset {
      return true
    }
    return false
  }

  /// At rest: whether a block that is complete upstream is missing at a client, and how much the
  /// proxy has taken for one that does not read.
  private mutating func look(at index: Int, _ order: StageOrder) {
    if clients.count > 1 { assignAnswers() }
    let connection = clients[index].mockConnection
    let released = mock.released(on: connection)
    let transmission = order.streams[index].delivery.transmission
    let received = clients[index].reader.body.count
    if let last = moments?.last ?? moments.map({ _ in Moment.start }) {
      note(
        received,
        released == 0 && last.written > 0 ? order.streams[index].delivery.count : released,
        transmission)
    }
    guard released > 0 else { return }
    // What a kept connection has brought before is not the answer to this request.
    let before = order.streams[index].delivery.request.answersBefore
    if clients.count == 1, mock.answers.count <= before - clients[index].reader.awaitedCount {
      return
    }
    guard clients[index].reads else {
      let taken = released - world.untakenBytes(from: connection)
      let ahead = transmission.bodyCount(before: taken) - received - World.capacity
      clients[index].aheadMax = max(clients[index].aheadMax, ahead)
      return
    }
    if released >= transmission.headEnd, clients[index].reader.status == nil {
      clients[index].headIsLate = true
    }
    guard clients[index].ending != .left else { return }
    let sent = transmission.bodyCount(before: released)
    let due = lastBorder(order.streams[index].borders, upTo: sent)
    guard received < due, mock.isAnswering(connection, order.streams[index].delivery) else {
      return
    }
    clients[index].delay?.times += 1
    guard clients[index].delay == nil else { return }
    clients[index].delay = Observation.Delay(sent: sent, due: due, received: received)
  }

  /// Tells which connection of the mock answers which stream.
  private mutating func assignAnswers() {
    while assigned < mock.answers.count {
      let answer = mock.answers[assigned]
      assigned += 1
      if let number = StreamTag.number(in: answer.request.body), clients.indices.contains(number) {
        clients[number].mockConnection = answer.connection
      }
    }
  }

  /// Notes a step for a picture; a connection that is gone has written all.
  private mutating func note(_ received: Int, _ written: Int, _ transmission: Transmission) {
    guard let count = moments?.count, count < Moment.countMax else { return }
    moments?.append(
      Moment(
        time: (now - start) * 1_000, written: written,
        sent: transmission.bodyCount(before: written),
        received: received))
  }

  private mutating func end(_ order: StageOrder) throws -> [Observation] {
    let isRestless = isRestless
    for index in clients.indices { close(index) }
    try settle(order)
    if core.reuses {
      // Connections that are kept for requests to come go when none comes.
      now += ProxyServer<Core>.keepTime
      proxy.wake(at: now, in: &world)
      try settle(order)
    }
    let left = max(proxy.count + mock.count, leftBehind)
    let requests = mock.requests
    return clients.indices.map { index in
      var seen = clients[index].observation
      seen.requests =
        clients.count == 1
        ? requests : requests.filter { StreamTag.number(in: $0.body) == index }
      seen.leftConnections = index == 0 ? left : 0
      seen.spoiledReuses = mock.spoiledReuseCount
      seen.upstreamConnections = upstreamConnections
      seen.isRestless = isRestless
      return seen
    }
  }
}

/// The largest of the borders, which rise, that is at most `count`; 0 when there is none.
package func lastBorder(_ borders: [Int], upTo count: Int) -> Int {
  let next = borders.partitionPoint { $0 <= count }
  return next == 0 ? 0 : borders[next - 1]
}
