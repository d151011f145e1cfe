// A stage runs one delivery: the mock sends a fragment, the stage waits until no byte moves any more and
// checks the progress, then the mock sends the next. That is lock-step: an event that is complete
// upstream must be at the client before another byte is released. Time is a number that jumps to the next
// thing due, so a stall of minutes takes no real time.

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

  /// How often in a row a core may ask to be woken and then do nothing; `wakesMax` is the limit in all. A
  /// core that asks for more would keep the clock running for ever.
  static var stalledWakesMax: Int { 256 }
  static var wakesMax: Int { 1_000_000 }

  var hosts: StageHosts<World, Core>
  /// Whether the proxy has been told to stop in this run.
  private var isStopping = false
  /// The proxy's settings when a plan does not change them; and, below, what the plan of this run
  /// changes.
  private let settings: Settings
  var core = CoreWords()
  private var reach = Reach.answers
  /// When the current run began, in milliseconds on the stage's clock.
  var start = 0
  /// The request that was written last, and what it was written for.
  private var last:
    (
      form: RequestForm, core: CoreWords, asked: Session.Request, shape: String?,
      request: StageRequest
    )?
  /// The clients of the current run.
  var clients: [StageClient] = []
  /// Receives each input of the proxy's cores; nil when nobody watches.
  package var watcher: InputWatcher? {
    didSet { hosts.proxy.watcher = watcher }
  }
  /// Whether a client of the current run rests for a time from the plan.
  private var rests = false
  /// How many answers of the mock have been assigned to their streams.
  var assigned = 0
  /// Connections that were still open when the only client had left and no byte moved any more.
  var leftBehind = 0
  /// The steps of the current run, for one client; nil when they are not recorded.
  package var moments: [Moment]?
  var upstreamConnections = 0
  /// Whether clients of the current run ask for more while they are answered.
  private var asksAhead = false
  /// Whether a fragment has come since the clients last acted.
  private var hasCome = false
  /// How often in a row the proxy was woken without an effect, and how often in all.
  var stalledWakes = 0
  var wakes = 0

  package init(_ world: consuming World) throws {
    var rules = RequestRules(key: Self.upstreamKey)
    rules.asksForKeyOnly = true
    var settings = Settings()
    settings.key = Self.upstreamKey
    let hosts = try StageHosts<World, Core>(world, mock: MockServer(rules: rules)) { port in
      // As an operator writes it, with a slash at its end.
      let place = "http://127.0.0.1:\(port)/compatible-mode/v1/"
      // The settings' default upstream is a public server: no run may go there.
      guard let upstream = BaseURL(place) else {
        throw StageError(description: "the proxy core does not read the base URL \(place)")
      }
      settings.upstream = upstream
      return ProxyServer(settings: settings)
    }
    self.hosts = hosts
    self.settings = settings
  }

  /// Runs one delivery. `borders` are the offsets in the body at which blocks end, rising.
  package mutating func run(_ delivery: Delivery, borders: [Int]) throws -> Observation {
    try run(StageOptions(delivery, borders: borders))[0]
  }

  /// Runs the streams of `options` side by side; returns what each client saw.
  #if compiler(>=6.3)
    @specialized(where World == SimulatedNetwork, Core == Exchange)
    @specialized(where World == LoopbackNetwork, Core == Exchange)
  #endif
  package mutating func run(_ options: StageOptions) throws -> [Observation] {
    let options = World.carriesTLS ? options : options.withoutTLS
    begin(options)
    while true {
      try settle(options)
      for index in clients.indices { look(at: index, options) }
      if try act(options) { continue }
      let due = nextDue()
      if rests, let time = clients.lazy.compactMap(\.wakeTime).min(), time <= due?.time ?? .max {
        hosts.passTime(to: time)
        if letReadOn() { continue }
      }
      if due?.connection == nil, letReadOn() { continue }
      if asksAhead, due?.connection == nil, clients.contains(where: \.hasPartsAhead) {
        hasCome = true
        continue
      }
      guard let due else { break }
      hasCome = hosts.pass(to: due, choosing: options.delivery(for:))
      if !hasCome {
        stalledWakes += 1
        wakes += 1
        if isRestless { break }
      }
    }
    return try end(options)
  }

  private mutating func begin(_ options: StageOptions) {
    start = hosts.now
    assigned = 0
    leftBehind = 0
    upstreamConnections = 0
    hosts.mock.forgetRequests()
    let delivery = options.streams[0].delivery
    if isStopping || core != delivery.core || reach != delivery.reach {
      (core, reach) = (delivery.core, delivery.reach)
      var settings = settings.set(by: core, clientKey: Self.clientKey)
      if reach != .answers {
        settings.upstream.port =
          reach == .silent ? World.silentPort ?? World.refusingPort : World.refusingPort
      }
      hosts.proxy = ProxyServer(settings: settings)
      hosts.proxy.watcher = watcher
    }
    isStopping = false
    (stalledWakes, wakes, hasCome) = (0, 0, false)
    clients.removeAll(keepingCapacity: true)
    asksAhead = options.streams.contains { $0.delivery.request == .ahead }
    rests = options.streams.contains { $0.delivery.behavior?.rest != nil }
    for stream in options.streams {
      var client = StageClient(stream.delivery, request(for: stream.delivery))
      client.connection = hosts.world.connect(to: "127.0.0.1", port: hosts.proxyPort)
      clients.append(client)
    }
  }

  /// The request of a client. Most plans of one session have the same request, so the last one is kept.
  private mutating func request(for delivery: Delivery) -> StageRequest {
    let asked = delivery.transmission.session.request
    // A written request shape replaces the session's request.
    let shape = delivery.asked?.name
    if let last, last.form == delivery.request, last.core == delivery.core, last.shape == shape,
      last.asked == asked
    {
      return last.request
    }
    let request = StageRequest(
      delivery, host: "127.0.0.1:\(hosts.proxyPort)", key: Self.clientKey,
      upstream: (settings.upstream.authority, Self.upstreamKey))
    last = (delivery.request, delivery.core, asked, shape, request)
    return request
  }

  /// Waits until no byte moves any more.
  mutating func settle(_ options: StageOptions) throws {
    while try hosts.takeEvents() {
      stalledWakes = 0
      for index in hosts.events.indices { dispatch(hosts.events[index], options) }
    }
  }

  private mutating func dispatch(_ event: NetworkEvent, _ options: StageOptions) {
    if case .accepted(let listener, let connection) = event {
      guard hosts.accept(connection, on: listener) else { return }
      upstreamConnections += 1
      if clients.count == 1 { clients[0].mockConnection = connection }
    } else if let index = client(on: event.connection) {
      take(event, index)
    } else {
      _ = hosts.handle(event, choosing: options.delivery(for:))
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
      if let part = clients[index].nextPart(isFirst: true) {
        hosts.world.send(part, on: connection)
      }
    case .bytes(_, let bytes):
      clients[index].reader.take(bytes)
      if clients[index].reader.isComplete {
        clients[index].noteEnd(.complete, at: hosts.now - start)
      }
    case .finished:
      let reader = clients[index].reader
      let isWhole = reader.endsWithConnection || reader.isComplete || reader.isBetween
      clients[index].noteEnd(isWhole ? .complete : .cut, at: hosts.now - start)
      clients[index].noteClosing()
      close(index)
    case .reset, .refused:
      clients[index].noteClosing()
      clients[index].noteEnd(.reset, at: hosts.now - start)
      clients[index].isOpen = false
    case .accepted, .drained:
      break
    }
  }

  mutating func close(_ index: Int) {
    guard clients[index].isOpen else { return }
    clients[index].isOpen = false
    hosts.world.close(clients[index].connection)
  }

  // MARK: What clients do

  /// Makes the clients do what their plan says; true when one has done something that causes events.
  private mutating func act(_ options: StageOptions) throws -> Bool {
    var hasMoved = false
    if !isStopping, let stop = options.streams[0].delivery.stop,
      clients.contains(where: { $0.reader.body.count >= stop })
    {
      isStopping = true
      hasMoved = true
      hosts.proxy.stop(.gently, at: hosts.now, in: &hosts.world)
    }
    for index in clients.indices {
      // Between two of its acts something comes, so that they meet an answer at every place.
      if clients[index].asksAhead, !hasCome { continue }
      if clients[index].mayAskAgain {
        clients[index].reader.beginNext()
        hosts.world.send(clients[index].request.bytes, on: clients[index].connection)
        hasMoved = true
      }
      if let part = clients[index].nextPart(isFirst: false) {
        hosts.world.send(part, on: clients[index].connection)
        hasMoved = true
        if !clients[index].asksAhead { continue }
      }
      guard let kind = clients[index].behaviorDue else { continue }
      switch kind {
      case .leaves, .resets: try leave(index, kind, options)
      case .halfcloses:
        clients[index].hasHalfClosed = true
        hosts.world.finish(clients[index].connection)
        try settle(options)
        clients[index].upstreamsLeft = upstreams(of: index)
      case .pauses, .starves, .crawls:
        let reads = clients[index].turn(kind, at: hosts.now)
        hosts.world.setReading(reads, on: clients[index].connection)
        if !reads { continue }
      }
      hasMoved = true
    }
    hasCome = false
    return hasMoved
  }

  /// Closes a client's connection in the way of `kind`.
  private mutating func leave(_ index: Int, _ kind: ClientBehavior.Kind, _ options: StageOptions)
    throws
  {
    clients[index].noteEnd(.left, at: hosts.now - start)
    clients[index].isOpen = false
    if kind == .leaves {
      hosts.world.close(clients[index].connection)
    } else {
      hosts.world.reset(clients[index].connection)
    }
    try settle(options)
    clients[index].upstreamsLeft = upstreams(of: index)
    if clients.count == 1 { leftBehind = hosts.proxy.count }
  }

  /// The number of the mock's connections that a client's request has caused.
  private func upstreams(of index: Int) -> Int {
    // A connection that is kept for another request answers none.
    let count = core.reuses ? hosts.mock.answeringCount : hosts.mock.count
    return clients.count == 1 ? count : hosts.mock.owns(clients[index].mockConnection) ? 1 : 0
  }

  /// Only time moves: the clients that rest read on. True when there is one.
  private mutating func letReadOn() -> Bool {
    var hasMoved = false
    for index in clients.indices where clients[index].readsOn(at: hosts.now) {
      hosts.world.setReading(true, on: clients[index].connection)
      hasMoved = true
    }
    return hasMoved
  }
}

/// The largest of the borders, which rise, that is at most `count`; 0 when there is none.
package func lastBorder(_ borders: [Int], upTo count: Int) -> Int {
  let next = borders.partitionPoint { $0 <= count }
  return next == 0 ? 0 : borders[next - 1]
}
