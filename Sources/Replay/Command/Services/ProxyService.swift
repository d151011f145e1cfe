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
  /// How long counts of requests may wait until they are written, in milliseconds.
  private static let countsTimeMax = 1_000

  private var proxy: ProxyServer<Exchange>
  private let folder: AccountFolder?
  private var writtenCounts: RequestCounts?
  /// When the counts are written next, on the monotonic clock; nil when nothing has changed.
  private var countsDue: Int?
  private var notes: [String] = []

  init(_ setup: ProxySetup) {
    folder = setup.accounts.map { AccountFolder($0.folder) }
    let counts = folder?.counts()
    writtenCounts = counts
    proxy = ProxyServer(
      settings: setup.settings,
      accounts: setup.accounts.map { accounts in
        AccountDesk(
          AccountPool(accounts.accounts, first: accounts.first, limits: setup.settings.limits),
          counts: counts ?? RequestCounts(), store: AccountFolder(accounts.folder),
          endpoint: accounts.endpoint, limits: setup.settings.limits,
          dateOffset: unixMilliseconds() - monotonicMilliseconds())
      })
  }

  var nextDue: Int? {
    guard let countsDue else { return proxy.deadline }
    return proxy.deadline.map { min($0, countsDue) } ?? countsDue
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
    guard folder != nil else { return }
    // The clock of the day may have been set since.
    proxy.accounts?.dateOffset = unixMilliseconds() - monotonicMilliseconds()
    if countsDue == nil, proxy.accounts?.counts != writtenCounts {
      countsDue = now + Self.countsTimeMax
    }
    if let countsDue, countsDue <= now { writeCounts() }
  }

  mutating func drain(at now: Int, in network: inout some Network & ~Copyable) -> Int {
    proxy.stop(.gently, at: now, in: &network)
    guard proxy.count > 0 else { return 0 }
    let seconds = proxy.settings.limits.drainTimeMax / 1_000
    notes.append(
      "stopping: \(proxy.count) under way may take \(seconds) s; another signal ends them at once")
    return proxy.settings.limits.drainTimeMax
  }

  var isDrained: Bool { proxy.count == 0 }

  var sendTimeMax: Int { proxy.settings.limits.sendTimeMax }

  mutating func endRest(at now: Int, in network: inout some Network & ~Copyable) {
    proxy.stop(.now, at: now, in: &network)
  }

  mutating func stop(in network: inout some Network & ~Copyable) {
    proxy.stop(in: &network)
    writeCounts()
  }

  private mutating func writeCounts() {
    countsDue = nil
    guard let folder, let counts = proxy.accounts?.counts, counts != writtenCounts else { return }
    writtenCounts = counts
    do {
      try folder.write(counts)
    } catch {
      notes.append("cannot write \(folder.path)/\(AccountFolder.countsName): \(reason(error))")
    }
  }

  mutating func takeLog() -> [String] {
    defer { notes = [] }
    return (proxy.takeNotes() + notes).map { printable($0) }
  }
}
