// `replay proxy` as a service: the proxy in real time, with the files of its accounts.

internal import Canaries
internal import MockQwen
internal import Networks
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// The proxy for any client.
struct ProxyService: Service {
  private var proxy: ProxyServer<Exchange>
  /// The request counts; nil without accounts.
  private let counts: CountsBook?
  private var notes: [String] = []

  init(_ setup: ProxySetup) {
    let counts = setup.accounts.map { CountsBook(AccountFolder($0.folder)) }
    self.counts = counts
    proxy = ProxyServer(
      settings: setup.settings,
      accounts: setup.accounts.flatMap { accounts in
        counts.map { Self.manager(accounts, $0, setup.settings.limits) }
      })
  }

  private static func manager(
    _ accounts: AccountSetup, _ counts: CountsBook, _ limits: ProxyLimits
  ) -> AccountManager {
    AccountManager(
      AccountPool(accounts.accounts, first: accounts.first, limits: limits), counts: counts.start,
      store: AccountFiles(AccountFolder(accounts.folder), counts: counts),
      endpoint: accounts.endpoint, limits: limits,
      dateOffset: unixMilliseconds() - monotonicMilliseconds())
  }

  var nextDue: Int? {
    guard let due = counts?.due else { return proxy.deadline }
    return proxy.deadline.map { min($0, due) } ?? due
  }

  mutating func accept(
    _ connection: ConnectionID, at now: Int, in network: inout some Network & ~Copyable
  ) {
    proxy.accept(connection, at: now, in: &network)
  }

  mutating func handle(
    _ event: NetworkEvent, at now: Int, in network: inout some Network & ~Copyable
  ) {
    proxy.handle(event, at: now, in: &network)
  }

  mutating func wake(at now: Int, in network: inout some Network & ~Copyable) {
    proxy.wake(at: now, in: &network)
    guard let counts, let counted = proxy.accounts?.counts else { return }
    // The system clock may have been set since.
    proxy.accounts?.dateOffset = unixMilliseconds() - monotonicMilliseconds()
    counts.keep(counted, at: now)
  }

  mutating func drain(at now: Int, in network: inout some Network & ~Copyable) -> Int {
    proxy.stop(.gently, at: now, in: &network)
    guard !isDrained else { return 0 }
    let seconds = proxy.settings.limits.drainTimeMax / 1_000
    notes.append(
      "stopping: \(proxy.count) under way may take \(seconds) s; another signal ends them at once")
    return proxy.settings.limits.drainTimeMax
  }

  /// A refresh under way must be awaited: the token that it was requested with no longer works.
  var isDrained: Bool { proxy.count == 0 && proxy.accounts?.refreshCount ?? 0 == 0 }

  var sendTimeMax: Int { proxy.settings.limits.sendTimeMax }

  mutating func endRest(at now: Int, in network: inout some Network & ~Copyable) {
    proxy.stop(.now, at: now, in: &network)
  }

  mutating func stop(in network: inout some Network & ~Copyable) {
    proxy.stop(in: &network)
    if let counted = proxy.accounts?.counts { counts?.keep(counted, at: 0, isLast: true) }
  }

  mutating func takeLog() -> [String] {
    defer { notes = [] }
    return (proxy.takeNotes() + notes + (counts?.takeNotes() ?? [])).map { printable($0) }
  }
}
