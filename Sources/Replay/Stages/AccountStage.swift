// A stage for accounts: the mock with its accounts and its token endpoint, the proxy with its pool, and
// several clients at once, in one thread on one network, with virtual time.

package import Judging
package import MockQwen
package import Networks
internal import ProxyServing
internal import ProxyUnderTest
internal import Sockets
internal import Wire

/// What a run of a proxy with accounts has shown.
package struct AccountObservation {
  /// What one client saw.
  package struct Client {
    /// Its request's body, which no other client sends.
    package var request: [UInt8]
    package var reader = ClientReader()
    package var ending = Observation.Ending.silent
    /// All bytes that it received.
    package var bytes: [UInt8] = []
    package var isOpen = true
    package var connection: ConnectionID = 0
  }

  package var clients: [Client] = []
  /// Every request that the upstream saw.
  package var log: [MockAccounts.Entry] = []
  /// Refreshes that began before another of the same account was over.
  package var refreshOverlaps = 0
  /// Tokens that were used before they were stored.
  package var unstored: [String] = []
  /// Connections and requests that were left at the end.
  package var leftovers = 0
  /// The log of the proxy.
  package var notes: [String] = []
  /// The upstream's port.
  package var port = 0
  /// How many requests were counted for each account.
  package var counts: [String: Int] = [:]
}

/// The token store of a stage's proxy: in memory, with a list of everything that was ever saved.
private final class MemoryStore: TokenStore {
  /// How often saving still fails: a disk that is full for a while.
  private var failuresLeft: Int
  private(set) var saved: Set<String> = []

  init(fails: Bool) { failuresLeft = fails ? 2 : 0 }

  package func newer(than tokens: Tokens, of account: String) -> Tokens? { nil }

  package func save(_ tokens: Tokens, of account: String) -> Bool {
    saved.insert(tokens.access.text)
    failuresLeft -= 1
    return failuresLeft < 0
  }

  func lock(_ account: String) -> Bool { true }
  func unlock(_ account: String) {}
  func keep(_ counts: RequestCounts) {}
}

/// Mock, proxy with accounts, and clients on one network. It runs one case.
package struct AccountStage<World: StageNetwork & ~Copyable>: ~Copyable {
  /// What clients send as their own key.
  package static var clientKey: String { "sk-client-of-the-stage" }

  private var hosts: StageHosts<World, Exchange>
  private let store: MemoryStore
  private let answer: Delivery
  private let order: AccountCase
  private var seen = AccountObservation()
  private var clientNumbers: [ConnectionID: Int] = [:]
  private let initialTokens: Set<String>
  private var seenEntries = 0

  package init(_ world: consuming World, _ order: AccountCase, answering session: Session) throws {
    let plan = try Plan(AccountCase.cuts[order.cut])
    var mock = MockServer(rules: RequestRules(), book: MockAccounts(order.upstreamAccounts))
    mock.replan = { isRefresh, number in
      var plan = plan
      plan.fault = order.fault(isRefresh: isRefresh, number: number)
      return plan
    }
    let store = MemoryStore(fails: order.injected == .storeFails)
    var upstreamPort = 0
    var hosts = try StageHosts<World, Exchange>(world, mock: mock) { port in
      upstreamPort = port
      return Self.proxy(of: order, upstreamPort: port, store)
    }
    hosts.mock.book?.port = upstreamPort
    seen.port = upstreamPort
    self.hosts = hosts
    self.order = order
    self.store = store
    answer = Delivery(session, plan)
    initialTokens = Set(order.upstreamAccounts.map(\.access))
  }

  private static func proxy(
    of order: AccountCase, upstreamPort port: Int, _ store: MemoryStore
  ) -> ProxyServer<Exchange> {
    let base = BaseURL(scheme: .http, host: "127.0.0.1", port: port, path: "/compatible-mode/v1")
    let accounts = zip(order.states, order.upstreamAccounts).map { state, account in
      Account(
        name: account.name,
        tokens: Tokens(
          access: Secret(account.access),
          refresh: state.canRefresh ? Secret(account.refresh) : nil,
          end: order.date + account.end),
        defaultUpstream: base)
    }
    var endpoint = TokenEndpoint(
      BaseURL(scheme: .http, host: "127.0.0.1", port: port, path: "/api/v1/oauth2/token"))
    // No server listens on this port, on either network: it is the port of the discard protocol.
    if order.injected == .endpointRefuses { endpoint.url.port = 9 }
    let settings = Settings()
    return ProxyServer(
      settings: settings,
      accounts: AccountManager(
        AccountPool(accounts, first: AccountCase.name(order.first), limits: settings.limits),
        store: store, endpoint: endpoint, limits: settings.limits, dateOffset: order.date))
  }

  /// Runs the case: the first clients at once, the others one after the other.
  package mutating func run() throws -> AccountObservation {
    for _ in 0..<order.clients { connect() }
    try settleAll()
    for _ in 0..<order.followers {
      connect()
      try settleAll()
    }
    for index in seen.clients.indices { closeClient(index) }
    try settle()
    seen.log = hosts.mock.book?.log ?? []
    seen.refreshOverlaps = hosts.mock.refreshOverlaps
    seen.notes = hosts.proxy.takeNotes()
    seen.counts = hosts.proxy.accounts?.counts.counts ?? [:]
    seen.leftovers =
      hosts.proxy.count + hosts.mock.count + (hosts.proxy.accounts?.refreshCount ?? 0)
      + (hosts.proxy.accounts?.pool.requestCount ?? 0)
    return seen
  }

  private mutating func connect() {
    let number = seen.clients.count
    let body = #"{"model":"qwen-plus","messages":[],"stream":true,"user":"client-\#(number)"}"#
    var client = AccountObservation.Client(request: Array(body.utf8))
    client.connection = hosts.world.connect(to: "127.0.0.1", port: hosts.proxyPort)
    clientNumbers[client.connection] = number
    seen.clients.append(client)
  }

  /// Continues until no event will come any more.
  private mutating func settleAll() throws {
    while true {
      try settle()
      if try clientGoes() { continue }
      guard let due = hosts.nextDue() else { return }
      let answer = answer
      _ = hosts.pass(to: due) { _ in answer }
    }
  }

  /// Closes the client that leaves in this case; true when it has left now.
  private mutating func clientGoes() throws -> Bool {
    let index = order.faultPlace % order.clients
    guard order.injected == .clientLeaves, seen.clients[index].isOpen,
      !seen.clients[index].reader.isComplete,
      seen.clients[index].bytes.count >= order.faultOffset % 300
    else { return false }
    seen.clients[index].ending = .left
    seen.clients[index].isOpen = false
    if order.faultOffset % 2 == 0 {
      hosts.world.close(seen.clients[index].connection)
    } else {
      hosts.world.reset(seen.clients[index].connection)
    }
    return true
  }

  private mutating func settle() throws {
    while try hosts.takeEvents() {
      for index in hosts.events.indices { dispatch(hosts.events[index]) }
    }
  }

  private mutating func dispatch(_ event: NetworkEvent) {
    let connection = event.connection
    if case .accepted(let listener, _) = event {
      _ = hosts.accept(connection, on: listener)
    } else if let index = clientNumbers[connection] {
      take(event, index)
    } else {
      let answer = answer
      if hosts.handle(event, choosing: { _ in answer }) { lookAtTokens() }
    }
  }

  /// Takes an event of a client's connection.
  private mutating func take(_ event: NetworkEvent, _ index: Int) {
    switch event {
    case .opened(let connection): hosts.world.send(request(of: index), on: connection)
    case .bytes(_, let bytes):
      seen.clients[index].bytes += bytes
      seen.clients[index].reader.take(bytes)
    case .finished:
      seen.clients[index].ending =
        seen.clients[index].reader.endsWithConnection ? .complete : .cut
      closeClient(index)
    case .reset, .refused:
      seen.clients[index].ending = .reset
      seen.clients[index].isOpen = false
    case .accepted, .drained: break
    }
  }

  /// Checks which tokens the upstream has seen since the last call, and whether they were stored by then.
  private mutating func lookAtTokens() {
    guard let log = hosts.mock.book?.log else { return }
    for entry in log[seenEntries...] where !entry.isRefresh {
      let isKnown = initialTokens.contains(entry.token) || store.saved.contains(entry.token)
      if !isKnown { seen.unstored.append(entry.token) }
    }
    seenEntries = log.count
  }

  private mutating func closeClient(_ index: Int) {
    if seen.clients[index].reader.isComplete { seen.clients[index].ending = .complete }
    guard seen.clients[index].isOpen else { return }
    seen.clients[index].isOpen = false
    hosts.world.close(seen.clients[index].connection)
  }

  private func request(of index: Int) -> [UInt8] {
    let body = seen.clients[index].request
    let head = RequestHead(
      method: "POST", target: "/v1/chat/completions",
      fields: [
        Field("Host", "127.0.0.1:\(hosts.proxyPort)"),
        Field("Authorization", "Bearer \(Self.clientKey)"),
        Field("Content-Type", "application/json"), Field("X-Client", String(index)),
        Field("Content-Length", String(body.count)),
      ])
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    return bytes + body
  }
}
