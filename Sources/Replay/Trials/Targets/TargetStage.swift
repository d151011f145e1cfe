// A stage whose proxy is a process of its own. Mock and client stand on one readiness loop in this
// thread; the proxy between them is asked for nothing. In place of lock-step the kernel is asked: the
// next fragment goes out when the proxy has read the one before, so each cut is a cut between two
// reads of the proxy. What is complete must then reach the client within a bounded time. The path
// from fragment to fragment does not sleep; it gives its core to whoever else wants it.

internal import Judging
internal import MockQwen
internal import Networks
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Stages
internal import Wire

/// What one delivery through a target showed.
struct TargetObservation {
  package var seen: Observation
  /// Cuts that the plan asks for, as far as the answer was still wanted.
  package var cutsRequested = 0
  /// Cuts that are known to lie between two reads of the target.
  package var cutsAchieved = 0
  /// Whether a pause stood in for the kernel's word.
  package var usedPause = false
}

/// Mock and client around a target.
struct TargetStage: ~Copyable {
  /// How long the kernel is asked again and again before the stage sleeps between questions.
  private static let spinTimeMax = 2
  /// How long after its connections a target that dies is gone, in milliseconds.
  private static let deathTimeMax = 100
  /// Blocks that may come late before patience is shortened: the verdict stands by then.
  private static let patienceMax = 3

  package let settings: TargetSettings
  private let place: BaseURL
  private let upstream: BaseURL
  private let listener: ListenerID
  private let check: DeliveryCheck
  private var network: TargetNetwork
  private var launch: Launch?
  private var mock: MockServer
  private var events: [NetworkEvent] = []
  private var lastListened = 0
  private var lateCount = 0

  // The current run.
  private var client: ConnectionID = 0
  private var request: [UInt8] = []
  private var reader = ClientReader()
  private var ending: Observation.Ending?
  private var wasRefused = false
  private var mockConnection: ConnectionID = 0
  private var kernelTells = true

  /// Listens as the upstream; where the settings say so, `start` launches the target.
  init(_ settings: TargetSettings, check: consuming DeliveryCheck = DeliveryCheck()) throws {
    var network = try SocketNetwork()
    try network.catchStopSignals()
    let (listener, port) = try network.listen(
      host: settings.listen.host, port: settings.listen.port)
    let place = try settings.url ?? BaseURL(scheme: .http, host: "127.0.0.1", port: freePort())
    self.settings = settings
    self.listener = listener
    self.place = place
    self.check = check
    self.network = TargetNetwork(network)
    upstream = BaseURL(
      scheme: .http, host: settings.listen.host, port: port, path: "/compatible-mode/v1")
    var rules = RequestRules()
    rules.takesAnyPost = true
    mock = MockServer(rules: rules)
  }

  /// Launches the target, if that is asked for, and waits for it.
  package mutating func start(environment: [String: String]) throws {
    guard let command = settings.launch else { return }
    launch = try Launch(
      command, upstream: upstream.description, address: upstream.authority, port: place.port,
      environment: environment)
    try waitForTarget()
  }

  /// Where the target is.
  package var url: String { place.description }
  /// Where the target's upstream is.
  var upstreamURL: String { upstream.description }

  /// Ends the target, if the stage has started it.
  package mutating func stop() {
    mock.stop(in: &network)
    launch?.end()
  }

  // MARK: One delivery

  /// Runs one delivery; `borders` says where its blocks end.
  package mutating func run(_ delivery: Delivery, _ borders: Borders) throws -> TargetObservation {
    begin(delivery.transmission.session)
    var result = TargetObservation(seen: observation(nil))
    var delay: Observation.Delay?
    try wait(settings.timeout, delivery) { $0.mock.nextDue != nil || $0.ending != nil }
    while ending == nil, let due = mock.nextDue {
      try wait(due.time - monotonicMilliseconds(), delivery) { $0.ending != nil }
      guard ending == nil else { break }
      mockConnection = due.connection
      release(delivery)
      let isLast = mock.nextDue == nil
      if isLast, network.held == nil { break }
      let isRead = try awaitRead(delivery, &result)
      if !isLast, isRead { result.cutsAchieved += 1 }
      if isRead, delay == nil { delay = try awaitProgress(delivery, borders) }
      network.letGo()
    }
    network.letGo()
    result.cutsRequested = max(delivery.fragmentEnds.count - 1, 0)
    if ending == .left || ending == .complete && mock.nextDue != nil {
      // For the client the answer was over: cuts behind that have nothing left to cut.
      result.cutsRequested = result.cutsAchieved
    }
    try wait(settings.timeout, delivery) { $0.ending != nil }
    // A target that dies closes its connections first: `poll` reports its end.
    if launch != nil, reader.status == nil { try wait(Self.deathTimeMax, delivery) { _ in false } }
    try end()
    result.seen = observation(delay)
    return result
  }

  private mutating func begin(_ session: Session) {
    reader = ClientReader()
    ending = nil
    wasRefused = false
    kernelTells = true
    mockConnection = 0
    mock.forgetRequests()
    request = settings.request(for: session, authority: place.authority)
    network.holdsResets = true
    client = network.connect(to: place.host, port: place.port)
  }

  private mutating func release(_ delivery: Delivery) {
    mock.release(
      mockConnection, at: monotonicMilliseconds(), choosing: { _ in delivery }, in: &network)
  }

  /// Closes what the run has opened, and makes sure that the target is still there.
  private mutating func end() throws {
    network.holdsResets = false
    network.close(client)
    client = 0
    mock.abandon(in: &network)
    if wasRefused {
      throw failure("the target \(place) does not take connections")
    }
    if let words = launch?.ending() { throw failure("the target has \(words)") }
  }

  private func observation(_ delay: Observation.Delay?) -> Observation {
    Observation(
      status: reader.status, fields: reader.fields, body: reader.body, ending: ending ?? .silent,
      breach: reader.breach, requests: mock.requests, delay: delay, leftConnections: 0)
  }

  // MARK: Waiting

  /// Whether the target has read the last fragment. Where the kernel cannot tell, a pause is made.
  private mutating func awaitRead(
    _ delivery: Delivery, _ result: inout TargetObservation
  ) throws -> Bool {
    let start = monotonicMilliseconds()
    while kernelTells, ending == nil {
      let connection = network.held ?? mockConnection
      switch network.sockets.delivery(on: connection, by: check) {
      case .read: return true
      case .gone:
        try poll(0, delivery)
        return false
      case .unknown:
        // The peer may have gone this moment; then its end is reported now.
        try poll(0, delivery)
        guard network.sockets.delivery(on: connection, by: check) != .gone else { return false }
        kernelTells = false
      case .pending:
        let waited = monotonicMilliseconds() - start
        guard waited < settings.timeout else { return false }
        if waited < Self.spinTimeMax { yieldCore() }
        try poll(waited < Self.spinTimeMax ? 0 : 1, delivery)
      }
    }
    guard ending == nil else { return false }
    result.usedPause = true
    try wait(settings.fragmentPause, delivery) { $0.ending != nil }
    return false
  }

  /// Gives the client time to receive what is complete; the delay when that is not enough.
  private mutating func awaitProgress(
    _ delivery: Delivery, _ borders: Borders
  ) throws -> Observation.Delay? {
    let sent = delivery.transmission.bodyCount(before: mock.released(on: mockConnection))
    let due = borders.last(upTo: sent)
    guard due > 0 else { return nil }
    let patience = lateCount < Self.patienceMax ? settings.lateAfter : settings.lateAfter / 5
    try wait(patience, delivery) { $0.ending != nil || borders.hasReached(due, $0.reader.body) }
    guard ending == nil, !borders.hasReached(due, reader.body) else { return nil }
    lateCount += 1
    return Observation.Delay(sent: sent, due: due, received: reader.body.count)
  }

  /// Waits until a condition holds, at most `milliseconds`; the condition is asked after events only.
  private mutating func wait(
    _ milliseconds: Int, _ delivery: Delivery, until holds: (borrowing TargetStage) -> Bool
  ) throws {
    guard milliseconds > 0 || !holds(self) else { return }
    let limit = monotonicMilliseconds() + milliseconds
    while !holds(self) {
      let left = limit - monotonicMilliseconds()
      guard left > 0 else { return }
      repeat {
        try poll(min(50, max(limit - monotonicMilliseconds(), 0)), delivery)
      } while events.isEmpty && monotonicMilliseconds() < limit
    }
  }

  /// Takes what has happened, waiting for it at most `timeout` milliseconds.
  private mutating func poll(_ timeout: Int, _ delivery: Delivery) throws {
    events.removeAll(keepingCapacity: true)
    network.sockets.poll(timeout: timeout, into: &events)
    for event in events { dispatch(event, delivery) }
    guard network.sockets.stopSignalCount == 0 else {
      var error = failure("interrupted")
      error.isInterruption = true
      throw error
    }
    let now = monotonicMilliseconds()
    if now - lastListened > 10 {
      lastListened = now
      launch?.listen()
      if let words = launch?.ending() { throw failure("the target has \(words)") }
    }
  }

  private mutating func dispatch(_ event: NetworkEvent, _ delivery: Delivery) {
    switch event {
    case .accepted(_, let connection): mock.accept(connection)
    case .opened(client): network.send(request, on: client)
    case .bytes(client, let bytes):
      reader.take(bytes)
      if reader.isComplete { ending = .complete } else { goIfPlanned(delivery) }
    case .finished(client):
      ending = ending ?? (reader.endsWithConnection ? .complete : .cut)
    case .reset(client): ending = ending ?? .reset
    case .refused(client):
      ending = .reset
      wasRefused = true
    case .bytes, .finished, .reset, .opened, .refused, .drained:
      mock.handle(
        event, at: monotonicMilliseconds(), choosing: { _ in delivery }, in: &network)
    }
  }

  /// Lets the client go when the plan says so.
  private mutating func goIfPlanned(_ delivery: Delivery) {
    guard ending == nil, let conduct = delivery.conduct,
      reader.status != nil, reader.body.count >= conduct.offset
    else { return }
    ending = .left
    if conduct.kind == .resets { network.sockets.reset(client) }
  }

  // MARK: The target as a process

  /// Waits until the target takes connections, at least 10 s.
  private mutating func waitForTarget() throws {
    let delivery = Delivery(placeholder, Plan())
    let limit = monotonicMilliseconds() + max(settings.timeout, 10_000)
    while monotonicMilliseconds() < limit {
      wasRefused = false
      ending = nil
      request = []
      client = network.connect(to: place.host, port: place.port)
      var isOpen = false
      while !isOpen, ending == nil, monotonicMilliseconds() < limit {
        try poll(50, delivery)
        isOpen = events.contains(.opened(client))
      }
      if isOpen {
        network.close(client)
        return
      }
      try wait(20, delivery) { _ in false }
    }
    throw failure("the target takes no connections at \(place)")
  }

  /// Why the target cannot be judged, with its own last words.
  package mutating func failure(_ words: String) -> TargetError {
    TargetError(description: words, output: launch?.output() ?? "")
  }
}

/// A session for the time before the first one.
private let placeholder = Session(
  name: "", request: Session.Request(method: "POST", target: "/", fields: [], body: []),
  response: ResponseHead(status: 503), framing: .length, body: [], fragments: [],
  ending: .complete)

/// A port of this machine that was free a moment ago.
private func freePort() throws -> Int {
  var network = try SocketNetwork()
  let (listener, port) = try network.listen(host: "127.0.0.1", port: 0)
  network.stopListening(listener)
  return port
}
