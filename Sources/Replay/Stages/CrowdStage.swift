// A stage for a crowd: clients that act at times of their own, the proxy and the mock, in one thread on
// the simulated network, with virtual time.

internal import MockQwen
internal import Networks
package import ProxyServing
internal import ProxyUnderTest
internal import Wire

/// Mock, proxy and a crowd on one network. It runs one crowd.
package struct CrowdStage<Core: ProxyCore>: ~Copyable {
  /// So often the proxy may be woken: the longest crowd needs some hundreds.
  private static var wakesMax: Int { 10_000 }

  private var hosts: StageHosts<SimulatedNetwork, Core>
  private let crowd: Crowd
  private var seen = CrowdObservation()
  private var connections: [Int: ConnectionID] = [:]
  private var numbers: [ConnectionID: Int] = [:]
  /// Bytes that each client has sent.
  private var sent: [Int: Int] = [:]

  /// - Throws: `StageError` when the stage cannot be set up.
  package init(_ crowd: Crowd) throws {
    let upstreamKey = Stage<SimulatedNetwork, Core>.upstreamKey
    var rules = RequestRules(key: upstreamKey)
    rules.asksForKeyOnly = true
    var settings = crowd.settings
    settings.key = upstreamKey
    hosts = try StageHosts<SimulatedNetwork, Core>(
      SimulatedNetwork(), mock: MockServer(rules: rules)
    ) { port in
      settings.upstream.scheme = .http
      (settings.upstream.host, settings.upstream.port) = ("127.0.0.1", port)
      return ProxyServer(settings: settings)
    }
    self.crowd = crowd
    seen.clients = Array(repeating: .init(), count: crowd.clientCount)
  }

  /// Runs the crowd until nothing more will happen.
  package mutating func run() throws -> CrowdObservation {
    var next = 0
    var wakes = 0
    while true {
      try settle()
      let due = hosts.nextDue()
      if next < crowd.steps.count, crowd.steps[next].time <= due?.time ?? .max {
        hosts.passTime(to: crowd.steps[next].time)
        try perform(crowd.steps[next])
        next += 1
        continue
      }
      guard let due else { break }
      wakes += 1
      seen.isRestless = wakes > Self.wakesMax
      if seen.isRestless { break }
      let crowd = crowd
      _ = hosts.pass(to: due) { crowd.answer(to: $0) }
    }
    seen.notes = hosts.proxy.takeNotes()
    for connection in connections.values.sorted() { hosts.world.close(connection) }
    try settle()
    seen.leftovers = hosts.proxy.count + hosts.mock.count
    seen.requests = hosts.mock.requests.map(\.body)
    return seen
  }

  private mutating func settle() throws {
    while try takeEvents() {}
  }

  /// Takes what has happened since; false when nothing has.
  private mutating func takeEvents() throws -> Bool {
    guard try hosts.takeEvents() else { return false }
    for index in hosts.events.indices { dispatch(hosts.events[index]) }
    look()
    return true
  }

  private mutating func dispatch(_ event: NetworkEvent) {
    if case .accepted(let listener, let connection) = event {
      _ = hosts.accept(connection, on: listener)
    } else if let number = numbers[event.connection] {
      take(event, number)
    } else {
      let crowd = crowd
      _ = hosts.handle(event) { crowd.answer(to: $0) }
    }
  }

  private mutating func take(_ event: NetworkEvent, _ number: Int) {
    switch event {
    case .bytes(_, let bytes):
      seen.clients[number].bytes += bytes
      seen.clients[number].lastTime = hosts.now
    case .finished(let connection):
      seen.clients[number].end = .closed(at: hosts.now)
      hosts.world.close(connection)
    case .reset, .refused:
      seen.clients[number].end = .reset(at: hosts.now)
    case .opened, .accepted, .drained: break
    }
  }

  private mutating func perform(_ step: Crowd.Step) throws {
    if step.act == .connect {
      let connection = hosts.world.connect(to: "127.0.0.1", port: hosts.proxyPort)
      connections[step.client] = connection
      numbers[connection] = step.client
      return
    }
    guard let connection = connections[step.client] else { return }
    switch step.act {
    case .connect: break
    case .send(let bytes):
      sent[step.client, default: 0] += bytes.count
      hosts.world.send(bytes, on: connection)
    case .read(let reads): hosts.world.setReading(reads, on: connection)
    case .takePiece:
      hosts.world.setReading(true, on: connection)
      _ = try takeEvents()
      hosts.world.setReading(false, on: connection)
    case .finish: hosts.world.finish(connection)
    case .stop(let stopping): hosts.proxy.stop(stopping, at: hosts.now, in: &hosts.world)
    }
  }

  /// How much the proxy holds: of requests that it has taken ahead, and of answers.
  private mutating func look() {
    for (number, connection) in connections where seen.clients[number].bytes.isEmpty {
      let taken = sent[number, default: 0] - hosts.world.untakenBytes(from: connection)
      seen.clients[number].takenMax = max(seen.clients[number].takenMax, taken)
    }
    var ahead = 0
    for answer in hosts.mock.answers where hosts.mock.owns(answer.connection) {
      ahead +=
        hosts.mock.released(on: answer.connection)
        - hosts.world.untakenBytes(from: answer.connection)
    }
    let got = seen.clients.reduce(0) { $0 + $1.bytes.count }
    seen.aheadMax = max(seen.aheadMax, ahead - got)
  }
}
