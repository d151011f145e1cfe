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
  /// How soon counts that could not be written are tried again, in milliseconds: while another program
  /// writes its own, and after an error.
  private static let (countsBusyTime, countsErrorTime) = (20, 5_000)
  /// How long is waited for another program that writes its own, at once.
  private static let countsWaitMax = 20

  private var proxy: ProxyServer<Exchange>
  private let folder: AccountFolder?
  private var writtenCounts = RequestCounts()
  /// When the counts are written next, on the monotonic clock; nil when nothing has changed.
  private var countsDue: Int?
  private var notes: [String] = []

  init(_ setup: ProxySetup) {
    folder = setup.accounts.map { AccountFolder($0.folder) }
    let counts = folder?.counts() ?? RequestCounts()
    writtenCounts = counts
    proxy = ProxyServer(
      settings: setup.settings,
      accounts: setup.accounts.map { accounts in
        AccountDesk(
          AccountPool(accounts.accounts, first: accounts.first, limits: setup.settings.limits),
          counts: counts, store: AccountFiles(AccountFolder(accounts.folder)),
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
    // At once: a program that is killed must not have asked what nobody has counted.
    if countsDue ?? now <= now { writeCounts(at: now, within: Self.countsWaitMax) }
  }

  mutating func drain(at now: Int, in network: inout some Network & ~Copyable) -> Int {
    proxy.stop(.gently, at: now, in: &network)
    guard !isDrained else { return 0 }
    let seconds = proxy.settings.limits.drainTimeMax / 1_000
    notes.append(
      "stopping: \(proxy.count) under way may take \(seconds) s; another signal ends them at once")
    return proxy.settings.limits.drainTimeMax
  }

  /// A refresh under way has its end: the token that it was asked with is worth nothing any more.
  var isDrained: Bool { proxy.count == 0 && proxy.accounts?.refreshCount ?? 0 == 0 }

  var sendTimeMax: Int { proxy.settings.limits.sendTimeMax }

  mutating func endRest(at now: Int, in network: inout some Network & ~Copyable) {
    proxy.stop(.now, at: now, in: &network)
  }

  mutating func stop(in network: inout some Network & ~Copyable) {
    proxy.stop(in: &network)
    // Another program that writes its counts is done in a moment.
    writeCounts(at: 0, within: 1_000)
  }

  /// Adds what was counted to the file of all programs; later, when another one is at it.
  private mutating func writeCounts(at now: Int, within milliseconds: Int = 0) {
    countsDue = nil
    guard let folder, let counts = proxy.accounts?.counts, counts != writtenCounts else { return }
    do {
      guard try folder.add(counts.since(writtenCounts), within: milliseconds) else {
        countsDue = now + Self.countsBusyTime
        return
      }
      writtenCounts = counts
    } catch {
      notes.append("cannot write \(folder.path)/\(AccountFolder.countsName): \(reason(error))")
      countsDue = now + Self.countsErrorTime
    }
  }

  mutating func takeLog() -> [String] {
    defer { notes = [] }
    return (proxy.takeNotes() + notes).map { printable($0) }
  }
}
