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
  static var stalledWakesMax: Int { 256 }
  static var wakesMax: Int { 1_000_000 }

  var hosts: StageHosts<World, Core>
  /// Whether the proxy of this run has been told to end.
  private var isStopping = false
  /// The settings under which the proxy runs when a plan says nothing about them, and what the plan of
  /// this run says.
  private let settings: Settings
  var core = CoreWords()
  private var reach = Reach.answers
  /// When the current run has begun.
  var start = 0
  /// The request that was written last, and for whom.
  private var last:
    (
      form: RequestForm, core: CoreWords, asked: Session.Request, shape: String?,
      request: StageRequest
    )?
  /// The clients of the current run.
  var clients: [StageClient] = []
  /// Who sees each input of the proxy's cores; nil when nobody does.
  package var watcher: InputWatcher? {
    didSet { hosts.proxy.watcher = watcher }
  }
  /// Whether a client of the current run rests for a time that the plan says.
  private var rests = false
  /// How many answers of the mock have been assigned to their streams.
  var assigned = 0
  /// Connections that were still open when the only client had gone and all had come to rest.
  var leftBehind = 0
  /// The steps of the current run, for one client, where they are asked for (not nil).
  package var moments: [Moment]?
  var upstreamConnections = 0
  /// How often the proxy was woken in a row although nothing came of it, and in all.
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
      // The settings' own upstream is a public one: no run may go there.
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
      guard let due else { break }
      if !hosts.pass(to: due, choosing: options.delivery(for:)) {
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
    (stalledWakes, wakes) = (0, 0)
    clients.removeAll(keepingCapacity: true)
    rests = options.streams.contains { $0.delivery.behavior?.rest != nil }
    for stream in options.streams {
      var client = StageClient(stream.delivery, request(for: stream.delivery))
      client.connection = hosts.world.connect(to: "127.0.0.1", port: hosts.proxyPort)
      clients.append(client)
    }
  }

  /// The request of a client. Plans of one session ask alike, most of them: the last one is kept.
  private mutating func request(for delivery: Delivery) -> StageRequest {
    let asked = delivery.transmission.session.request
    // Bytes that are written down are no part of the session's request.
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

  /// Lets everything come to rest.
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

  /// Lets the clients do what their plan says; true when one has done something that moves.
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
      if clients[index].mayAskAgain {
        clients[index].reader.beginNext()
        hosts.world.send(clients[index].request.bytes, on: clients[index].connection)
        hasMoved = true
      }
      if let part = clients[index].nextPart(isFirst: false) {
        hosts.world.send(part, on: clients[index].connection)
        hasMoved = true
        continue
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
    return hasMoved
  }

  /// Lets a client go.
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

  /// The connections of the mock that a client's request has brought about.
  private func upstreams(of index: Int) -> Int {
    clients.count == 1 ? hosts.mock.count : hosts.mock.owns(clients[index].mockConnection) ? 1 : 0
  }

  /// Nothing moves but time: the clients that rest read on. True when there is one.
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
