// A stage whose proxy is a separate process. Mock and clients share one readiness loop in this thread;
// the proxy between them need not cooperate. Instead of lock-step the kernel is asked: the next fragment
// is sent when the proxy has read the one before, so each cut is a cut between two reads of the proxy.
// What is complete must then reach the client within a bounded time. The path from fragment to fragment
// does not sleep; it yields its CPU core to any other thread. The behavior of clients is in
// TargetBehavior.swift, the waiting in TargetWaits.swift, the process in TargetProcess.swift.

internal import Judging
internal import MockQwen
internal import Networks
internal import Sockets
internal import Stages
internal import Wire

/// What the clients of a target must do: one delivery each.
struct TargetStream {
  var delivery: Delivery
  /// What its client must get when all of the session arrives.
  var whole: Expectation
}

/// Mock and clients around a target.
struct TargetStage: ~Copyable {
  var settings: TargetSettings
  /// Where the target is.
  var place: BaseURL
  let upstream: BaseURL
  let listener: ListenerID
  let check: ReadCheck
  let environment: [String: String]
  var network: TargetNetwork
  var launch: Launch?
  /// The certificates that the target must trust, if the mock uses TLS.
  let authority: AuthorityFile?
  var mock: MockServer
  let desk = UpstreamDesk()
  var events: [NetworkEvent] = []
  var lastListened = 0
  /// How long complete blocks took to reach their clients, in microseconds, over all runs; and how many
  /// of them were slow.
  private(set) var delays: [Int] = []
  var slowCount = 0

  /// How long the target may be silent when it has something to do, in milliseconds.
  var patience: Int
  /// Whether complete blocks are waited for.
  var awaitsProgress = true
  /// Whether to wait for the first block of a plan even if the target is known to be slow.
  var awaitsFirstBlock = true
  /// How many blocks of a slow target were skipped since one was waited for.
  var passedOver = 0
  /// How long to watch whether a target that breaks off an answer dies, in milliseconds.
  var deathTime = 100

  /// How long an upstream connection may outlive its client, in milliseconds.
  var departureTime = Self.departureTimeMax

  // The current run.
  var clients: [TargetClient] = []
  /// When it began, in microseconds on the monotonic clock.
  private var startTime = 0
  var kernelTells = true
  /// Connections of the mock that the target has stopped reading.
  var unread: Set<ConnectionID> = []
  /// How many answers of the mock have been assigned.
  var seenAnswers = 0
  /// Connections of the mock that answer the target's own requests.
  var asides: Set<ConnectionID> = []
  /// The target's own requests, and how often each came.
  var asideNames: [String: Int] = [:]
  /// How the target ended; nil while it runs.
  var crash: String?
  var isStopping = false
  var result = TargetObservation()

  /// Listens as the upstream; if the settings have a command, `start` launches the target.
  ///
  /// - Parameter catchesSignals: Whether SIGINT and SIGTERM end a run. Only one network of a process can
  ///   do this, and the direct stage exists at the same time as the target's.
  init(
    _ settings: TargetSettings, environment: [String: String],
    check: consuming ReadCheck = ReadCheck(), catchesSignals: Bool = true
  ) throws {
    var network = try SocketNetwork()
    if catchesSignals, !settings.isDirect { try network.catchStopSignals() }
    let identity = try settings.tls.identity(for: settings.listen.host)
    let authority = try identity.map { try settings.tls.authority(of: $0) }
    network.tlsSettings = try settings.tls.clientSettings()
    let (listener, port) = try network.listen(
      host: settings.listen.host, port: settings.listen.port, as: identity)
    let place = try settings.url ?? BaseURL(scheme: .http, host: "127.0.0.1", port: portForLater())
    upstream = BaseURL(
      scheme: identity == nil ? .http : .https, host: settings.listen.host, port: port,
      path: "/compatible-mode/v1")
    self.authority = authority
    self.settings = settings
    patience = settings.timeout
    self.environment = environment
    self.listener = listener
    self.place = settings.isDirect ? upstream : place
    self.check = check
    self.network = TargetNetwork(network)
    mock = MockServer(rules: nil)
  }

  // MARK: One run

  /// Runs the streams of a plan side by side.
  mutating func run(_ streams: [TargetStream]) throws -> TargetObservation {
    try begin(streams)
    // The requests of several clients, or of one that sends another, come at any time.
    var isMoving = true
    while isMoving {
      try wait(patience) { $0.mainDue != nil || $0.isOver }
      // A client whose answer is over, or broken, takes no more, whatever the mock still sends.
      isMoving = mainDue != nil && !isOver
      try releaseAll()
      network.letGo()
      try letReadOn()
    }
    try act()
    try watchDepartures()
    // A target that dies closes its connections first; `poll` then notices its end.
    if launch != nil, clients.contains(where: { $0.reader.status == nil || $0.ending != .complete })
    {
      try wait(deathTime) { $0.crash != nil }
    }
    return try end()
  }

  /// Sends what is due, and what becomes due meanwhile.
  private mutating func releaseAll() throws {
    while !isOver, let due = mainDue {
      try wait(due.time - monotonicMilliseconds()) { $0.isOver || $0.hasBehaviorDue }
      try act()
      guard !isOver else { return }
      if mock.owns(due.connection) { try release(due.connection) }
    }
  }

  private mutating func begin(_ streams: [TargetStream]) throws {
    (kernelTells, isStopping, crash, seenAnswers) = (true, false, nil, 0)
    result = TargetObservation()
    (result.asidesBefore, asideNames) = (asideNames, [:])
    asides.removeAll(keepingCapacity: true)
    unread.removeAll(keepingCapacity: true)
    clients.removeAll(keepingCapacity: true)
    mock.forgetRequests()
    desk.streams = []
    for (number, stream) in streams.enumerated() {
      let session = stream.delivery.transmission.session
      let sent = settings.request(
        for: session, authority: place.authority, form: stream.delivery.request)
      desk.streams.append(UpstreamDesk.Stream(stream.delivery, sent: sent))
      clients.append(
        TargetClient(
          number, stream.delivery,
          request: settings.bytes(of: sent, form: stream.delivery.request), method: sent.method,
          TargetProgress(stream.whole, body: session.body, settings)))
    }
    network.holdsResets = true
    network.sockets.keepsToTLS12 = streams.contains {
      $0.delivery.records?.message?.kind == .renegotiate
    }
    startTime = monotonicMicroseconds()
    for index in clients.indices { clients[index].connection = network.connect(to: place) }
  }

  /// Records a step for a picture: what the mock has written to the only client, and what that has
  /// received.
  mutating func noteMoment() {
    guard clients.count == 1, result.moments.count < Moment.countMax,
      let connection = clients[0].upstreams.last
    else { return }
    let (last, transmission) = (result.moments.last ?? .start, clients[0].delivery.transmission)
    // A connection that is gone has written what it had written before.
    let written = max(mock.released(on: connection), last.written)
    let moment = Moment(
      time: monotonicMicroseconds() - startTime, written: written,
      sent: transmission.bodyCount(before: written), received: clients[0].reader.body.count)
    guard moment.written != last.written || moment.received != last.received else { return }
    result.moments.append(moment)
  }

  /// The clock of the stage, in milliseconds.
  var now: Int { monotonicMilliseconds() }

  /// Only answers requests for this many milliseconds.
  mutating func rest(_ milliseconds: Int) throws { try wait(milliseconds) { $0.crash != nil } }

  /// Whether all clients are done.
  var isOver: Bool { crash != nil || clients.allSatisfy { $0.ending != nil } }

  /// The connection with the earliest fragment due, and its time; nil when none is due.
  var mainDue: (connection: ConnectionID, time: Int)? {
    mock.nextDue { !asides.contains($0) }
  }

  /// The client that a connection of the mock answers.
  func client(answeredBy connection: ConnectionID) -> Int? {
    clients.firstIndex { $0.upstreams.contains(connection) }
  }

  /// Sends the next fragment of a connection, and waits until its client has it.
  private mutating func release(_ connection: ConnectionID) throws {
    mock.release(
      connection, at: monotonicMilliseconds(), choosing: desk.delivery(for:), in: &network)
    guard let index = client(answeredBy: connection) else {
      network.letGo()
      return try poll(0)
    }
    noteMoment()
    let isLast = !mock.hasDue(connection)
    guard !isLast || network.held != nil else { return try poll(0) }
    let isRead = try awaitRead(connection, index)
    if !isLast, isRead { result.cutsAchieved[index, default: 0] += 1 }
    if isRead, clients[index].upstreams.last == connection {
      try awaitHead(connection, index)
      try awaitProgress(connection, index)
    }
    network.letGo()
    try letCrawlersRead()
  }

  mutating func note(delay microseconds: Int) { delays.append(microseconds) }

  /// Closes what the run has opened, and checks that the target is still there.
  private mutating func end() throws -> TargetObservation {
    network.letGo()
    network.holdsResets = false
    let wasRefused = clients.contains(where: \.wasRefused)
    var observation = result
    observation.crash = isStopping ? nil : crash
    observation.wasStopped = isStopping
    observation.asides = asideNames
    observation.malformed = mock.malformed
    for index in clients.indices {
      var seen = clients[index].observation
      seen.requests = requests(of: index)
      observation.clients.append(seen)
      observation.verbatim.append(clients[index].isVerbatim)
      let connection = clients[index].upstreams.last
      let isUnfinished = connection.map { mock.hasDue($0) } ?? false
      observation.count(index, clients[index], answers: seen.requests.count, isUnfinished)
      network.close(clients[index].connection)
    }
    desk.streams = []
    mock.abandon(in: &network)
    clients.removeAll(keepingCapacity: true)
    if wasRefused, crash == nil, launch == nil {
      let notes = Set(network.sockets.takeNotes()).sorted()
      throw failure(
        (["the target \(place) does not take connections"] + notes).joined(separator: "; "))
    }
    return observation
  }

  /// The requests that reached the upstream for a client.
  private func requests(of index: Int) -> [Session.Request] {
    mock.answers.filter { !$0.name.hasPrefix(asidePrefix) }.map(\.request)
      .filter { clients.count == 1 || desk.stream(of: $0) == index }
  }
}
