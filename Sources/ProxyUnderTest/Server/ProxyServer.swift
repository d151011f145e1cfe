// The proxy's machines on a network: one exchange for each client connection, and the upstream
// connection that it has asked for. `replay proxy` and both stages run this same code; only the
// network under it differs.

package import Networks
package import ProxyUnderTest
internal import Wire

/// All client connections of a proxy.
package struct ProxyServer<Core: ProxyCore> {
  package let settings: Settings
  /// The cores by their client connection.
  var cores: [ConnectionID: Core] = [:]
  /// The upstream connection of each client that has one, and the other way round.
  private var upstreams: [ConnectionID: ConnectionID] = [:]
  private var clients: [ConnectionID: ConnectionID] = [:]
  private var pool = UpstreamPool()
  /// Clients that get a kept connection once every event so far is handled.
  private var waitingForKept: [ConnectionID] = []
  /// When to wake the cores.
  private var deadlines: [ConnectionID: Milliseconds] = [:]
  /// The clients for which bytes wait.
  private(set) var sends = SendWatch()
  /// How many bytes of requests all cores hold together.
  private(set) var heldCount = 0
  /// Clients that could make room for others at the last look, the slowest last; and the time of
  /// the next look.
  var evictees: [ConnectionID] = []
  var evicteesDue: Milliseconds = 0
  private var outputs: [Exchange.Output] = []
  private var isStopping = false
  /// Lines for the operator's log since they were last taken.
  package private(set) var notes: [String] = []
  /// Receives each input of each core; nil when nobody watches.
  package var watcher: InputWatcher?
  /// The accounts that requests are sent with; nil when they use the settings' own key.
  package var accounts: AccountManager?

  package init(settings: Settings, accounts: AccountManager? = nil) {
    var settings = settings
    settings.usesAccounts = accounts != nil
    self.settings = settings
    self.accounts = accounts
  }

  /// How long a connection to an upstream is kept for further requests, in milliseconds.
  package static var keepTime: Milliseconds { UpstreamPool.idleTimeMax }

  /// The number of client connections.
  package var count: Int { cores.count }

  /// The earliest time to wake a core; long past when one waits for it.
  package var deadline: Milliseconds? {
    guard waitingForKept.isEmpty else { return 0 }
    let others = min(accounts?.deadline ?? .max, pool.deadline ?? .max, sends.deadline ?? .max)
    let first = min(deadlines.values.min() ?? .max, others)
    return first == .max ? nil : first
  }

  package mutating func takeNotes() -> [String] {
    defer { notes = [] }
    return notes + (accounts?.takeNotes() ?? [])
  }

  /// A client has connected. If there are too many, one that can makes room; otherwise this
  /// client's request is refused, or its connection reset at once if many are being refused.
  #if compiler(>=6.3)
    @specialized(where Core == Exchange, Net == SimulatedNetwork)
  #endif
  package mutating func accept<Net: Network & ~Copyable>(
    _ client: ConnectionID, at now: Milliseconds, in network: inout Net
  ) {
    while cores.count + network.partingCount >= settings.limits.connectionsMax {
      guard winBackPlace(at: now, in: &network) else { break }
    }
    let surplus = cores.count + network.partingCount - settings.limits.connectionsMax
    guard surplus < settings.limits.surplusConnectionsMax else {
      network.reset(client)
      return
    }
    cores[client] = Core(settings: settings)
    feed(surplus < 0 ? .clientOpened : .clientSurplus, to: client, at: now, in: &network)
    if isStopping { feed(.stop(.gently), to: client, at: now, in: &network) }
  }

  /// The proxy is stopping: idle clients are closed, and the answers under way go on (`gently`) or
  /// end with an error (`now`).
  package mutating func stop(
    _ stopping: Stopping, at now: Milliseconds, in network: inout some Network & ~Copyable
  ) {
    isStopping = true
    for client in cores.keys.sorted() {
      feed(.stop(stopping), to: client, at: now, in: &network)
    }
  }

  /// Takes an event of one of this server's connections; others are ignored. The stages are in
  /// another module and run this millions of times, so it is specialized here for their types.
  #if compiler(>=6.3)
    @specialized(where Core == Exchange, Net == SimulatedNetwork)
  #endif
  package mutating func handle<Net: Network & ~Copyable>(
    _ event: NetworkEvent, at now: Milliseconds, in network: inout Net
  ) {
    if accounts?.handle(event, at: now, in: &network) == true {
      answerRequests(at: now, in: &network)
      return
    }
    if pool.count > 0, pool.remove(event.connection) {
      network.close(event.connection)
      return
    }
    switch event {
    case .bytes(let connection, let bytes):
      if let client = clients[connection] {
        feed(.upstream(bytes), to: client, at: now, in: &network)
      } else {
        feed(.client(bytes), to: connection, at: now, in: &network)
      }
    case .opened(let connection):
      if let client = clients[connection] {
        feed(.upstreamConnected, to: client, at: now, in: &network)
      }
    case .refused(let connection):
      if let client = clients[connection] {
        forgetUpstream(of: client)
        feed(.upstreamRefused, to: client, at: now, in: &network)
      }
    case .finished(let connection):
      closed(connection, .finished, at: now, in: &network)
    case .reset(let connection):
      closed(connection, .reset, at: now, in: &network)
    case .drained(let connection):
      guard cores.index(forKey: connection) != nil else { return }
      sends.remove(connection)
      if let upstream = upstreams[connection] { network.setReading(true, on: upstream) }
      feed(.clientSlow(false), to: connection, at: now, in: &network)
    case .accepted:
      break
    }
  }

  private mutating func closed(
    _ connection: ConnectionID, _ closing: Closing, at now: Milliseconds,
    in network: inout some Network & ~Copyable
  ) {
    if let client = clients[connection] {
      if closing == .reset { forgetUpstream(of: client) }
      feed(.upstreamClosed(closing), to: client, at: now, in: &network)
    } else {
      feed(.clientClosed(closing), to: connection, at: now, in: &network)
    }
  }

  /// Wakes the cores that are due.
  #if compiler(>=6.3)
    @specialized(where Core == Exchange, Net == SimulatedNetwork)
  #endif
  package mutating func wake<Net: Network & ~Copyable>(
    at now: Milliseconds, in network: inout Net
  ) {
    for (client, _) in deadlines.filter({ $0.value <= now }).sorted(by: { $0.key < $1.key }) {
      feed(.deadline, to: client, at: now, in: &network)
    }
    for client in sends.takeStalled(at: now, in: network) {
      drop(client, at: now, in: &network)
    }
    pool.expire(at: now, in: &network)
    giveKept(at: now, in: &network)
    accounts?.wake(at: now, in: &network)
    answerRequests(at: now, in: &network)
  }

  private mutating func answerRequests(
    at now: Milliseconds, in network: inout some Network & ~Copyable
  ) {
    while let notice = accounts?.takeNotice() {
      feed(notice.input, to: notice.client, at: now, in: &network)
    }
  }

  /// Closes all connections; an incomplete response is aborted, so that nobody takes it for
  /// complete.
  package mutating func stop(in network: inout some Network & ~Copyable) {
    for client in cores.keys {
      if let upstream = upstreams[client] {
        network.close(upstream)
        network.abort(client)
      } else {
        network.close(client)
      }
    }
    pool.expire(at: .max, in: &network)
    cores = [:]
    accounts?.stop(in: &network)
    upstreams = [:]
    clients = [:]
    deadlines = [:]
    sends = SendWatch()
    heldCount = 0
  }

  mutating func feed(
    _ input: Exchange.Input, to client: ConnectionID, at now: Milliseconds,
    in network: inout some Network & ~Copyable
  ) {
    guard let index = cores.index(forKey: client) else { return }
    outputs.removeAll(keepingCapacity: true)
    let (deadline, growth) = cores.values[index].step(
      input, at: now, into: &outputs, seenBy: watcher)
    heldCount += growth
    if deadlines[client] != deadline { deadlines[client] = deadline }
    var waiting = 0
    for output in outputs {
      perform(output, for: client, at: now, in: &network)
      if case .client = output { waiting = network.waitingBytes(on: client) }
    }
    if waiting > 0 { clientWaits(client, waiting, at: now, in: &network) }
    if growth > 0, heldCount > settings.limits.allRequestBytesMax {
      winBackBytes(at: now, in: &network)
    }
    answerRequests(at: now, in: &network)
  }

  /// Bytes wait for a client: it must take some in time, and above a bound its upstream is paused.
  private mutating func clientWaits(
    _ client: ConnectionID, _ waiting: Int, at now: Milliseconds,
    in network: inout some Network & ~Copyable
  ) {
    guard cores.index(forKey: client) != nil else { return }
    sends.add(
      client, taken: network.takenBytes(on: client), at: now, for: settings.limits.sendTimeMax)
    guard let max = Core.queue.pausesAbove, waiting > max else { return }
    if let upstream = upstreams[client] { network.setReading(false, on: upstream) }
    feed(.clientSlow(true), to: client, at: now, in: &network)
  }

  /// A client connection is over; the core that closed it may still have a deadline.
  private mutating func forget(_ client: ConnectionID) {
    heldCount -= cores.removeValue(forKey: client)?.heldRequestCount ?? 0
    deadlines[client] = nil
    sends.remove(client)
  }

  /// Closes a client that takes no bytes, not even an error answer.
  mutating func drop(
    _ client: ConnectionID, at now: Milliseconds, in network: inout some Network & ~Copyable
  ) {
    forget(client)
    accounts?.handle(.ended(client), at: now, in: &network)
    if let upstream = forgetUpstream(of: client) { network.close(upstream) }
    network.reset(client)
    notes.append("connection \(client): the client took nothing for too long")
  }

  private mutating func perform(
    _ output: Exchange.Output, for client: ConnectionID, at now: Milliseconds,
    in network: inout some Network & ~Copyable
  ) {
    switch output {
    case .wantAccount:
      accounts?.handle(.wanted(client), at: now, in: &network)
    case .accountOutcome(let outcome):
      accounts?.handle(.answered(client, outcome), at: now, in: &network)
    case .connect:
      connect(client, to: place(for: client), in: &network)
    case .upstream(let bytes):
      if let upstream = upstreams[client] { network.send(bytes, on: upstream) }
    case .closeUpstream:
      if let upstream = forgetUpstream(of: client) { network.close(upstream) }
    case .releaseUpstream:
      release(client, at: now, in: &network)
    case .client(let bytes):
      if case .dropping(let max) = Core.queue, network.waitingBytes(on: client) > max { return }
      network.send(bytes, on: client)
    case .readClient(let reads):
      network.setReading(reads, on: client)
    case .closeClient:
      forget(client)
      accounts?.handle(.ended(client), at: now, in: &network)
      network.close(client)
    case .resetClient:
      forget(client)
      accounts?.handle(.ended(client), at: now, in: &network)
      if case .forgetting = Core.queue { network.reset(client) } else { network.abort(client) }
    case .note(let text):
      notes.append("connection \(client): \(text)")
    }
  }

  /// Gives a client an upstream connection: a new one, or a kept one after the current events.
  private mutating func connect(
    _ client: ConnectionID, to place: BaseURL, in network: inout some Network & ~Copyable
  ) {
    if pool.has(place) {
      waitingForKept.append(client)
    } else {
      let upstream = network.connect(to: place)
      if settings.keepsUpstreams { pool.opened(upstream, to: place) }
      hold(upstream, for: client)
    }
  }

  /// Gives out kept connections after every event is handled, so that no byte that a connection
  /// brought before can be taken for the answer to its next request.
  private mutating func giveKept(
    at now: Milliseconds, in network: inout some Network & ~Copyable
  ) {
    while !waitingForKept.isEmpty {
      let client = waitingForKept.removeFirst()
      let place = place(for: client)
      if let upstream = pool.take(to: place, in: &network) {
        hold(upstream, for: client)
        feed(.upstreamConnected, to: client, at: now, in: &network)
      } else {
        connect(client, to: place, in: &network)
      }
    }
  }

  private func place(for client: ConnectionID) -> BaseURL {
    accounts?.upstream(for: client) ?? settings.upstream
  }

  private mutating func hold(_ upstream: ConnectionID, for client: ConnectionID) {
    clients[upstream] = client
    upstreams[client] = upstream
  }

  /// Keeps a client's upstream connection for another request.
  private mutating func release(
    _ client: ConnectionID, at now: Milliseconds, in network: inout some Network & ~Copyable
  ) {
    guard let upstream = upstreams.removeValue(forKey: client) else { return }
    clients[upstream] = nil
    network.setReading(true, on: upstream)
    pool.release(upstream, at: now, in: &network)
  }

  @discardableResult
  private mutating func forgetUpstream(of client: ConnectionID) -> ConnectionID? {
    if !waitingForKept.isEmpty { waitingForKept.removeAll { $0 == client } }
    guard let upstream = upstreams.removeValue(forKey: client) else { return nil }
    clients[upstream] = nil
    pool.closed(upstream)
    return upstream
  }
}
