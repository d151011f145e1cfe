// The accounts of a proxy on a network: the pool that chooses, the refreshes under way, each with a
// connection of its own, and the store that gets new tokens before any request uses them.

package import Networks
package import ProxyUnderTest
package import Wire

/// Where the tokens of accounts are kept.
package protocol TokenStore {
  /// The tokens of an account, when they are newer than `tokens`: another program may have
  /// refreshed them, and then the old ones no longer work.
  func newer(than tokens: Tokens, of account: String) -> Tokens?
  /// Stores new tokens of an account; false when they cannot be written.
  mutating func save(_ tokens: Tokens, of account: String) -> Bool
  /// Locks the account for a refresh; false while another program holds the lock.
  mutating func lock(_ account: String) -> Bool
  /// Releases the lock of the account.
  mutating func unlock(_ account: String)
  /// Stores the counts of requests; the request that was counted last has not been sent yet.
  mutating func keep(_ counts: RequestCounts)
}

/// The pool of accounts with its connections to the token endpoint.
package struct AccountManager {
  /// An input for the exchange of a client.
  package struct Notice {
    package var client: ConnectionID
    package var input: Exchange.Input
  }

  private struct Refresh {
    package var account: Int
    package var exchange: TokenRefresh
  }

  private var store: any TokenStore
  private let endpoint: TokenEndpoint
  private let limits: ProxyLimits
  /// The difference between milliseconds since 1970 (UTC) and the network's time.
  package var dateOffset: Milliseconds
  /// The pool that chooses accounts.
  package private(set) var pool: AccountPool
  /// The requests that this program has counted.
  package private(set) var counts: RequestCounts
  private var refreshes: [ConnectionID: Refresh] = [:]
  /// Accounts that another program has locked, with the time of the next look at them and of the
  /// last.
  private var waits: [Int: (next: Milliseconds, last: Milliseconds)] = [:]
  /// New tokens that are not in their files yet, and when to try again.
  private var unwritten: [Int: (tokens: Tokens, next: Milliseconds)] = [:]
  /// New tokens that were read from their files.
  private var adopted: [Int: Tokens] = [:]
  /// Where the current request of each client goes.
  private var places: [ConnectionID: BaseURL] = [:]
  private var notices: [Notice] = []
  private var notes: [String] = []
  private var outputs: [AccountPool.Output] = []

  package init(
    _ pool: AccountPool, counts: RequestCounts = RequestCounts(), store: any TokenStore,
    endpoint: TokenEndpoint, limits: ProxyLimits, dateOffset: Milliseconds
  ) {
    self.store = store
    self.pool = pool
    self.counts = counts
    self.endpoint = endpoint
    self.limits = limits
    self.dateOffset = dateOffset
  }

  /// When to wake a refresh, or what waits for a file.
  package var deadline: Milliseconds? {
    let waiting = waits.values.map(\.next) + unwritten.values.map(\.next)
    return (refreshes.values.compactMap(\.exchange.deadline) + waiting).min()
  }

  /// The number of refreshes under way.
  package var refreshCount: Int { refreshes.count }

  /// Where a client's request goes now.
  package func upstream(for client: ConnectionID) -> BaseURL? { places[client] }

  mutating func takeNotice() -> Notice? { notices.isEmpty ? nil : notices.removeFirst() }

  package mutating func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }

  /// Takes what happened to a request or an account.
  package mutating func handle(
    _ input: AccountPool.Input, at now: Milliseconds, in network: inout some Network & ~Copyable
  ) {
    if case .ended(let client) = input { places[client] = nil }
    outputs.removeAll(keepingCapacity: true)
    pool.handle(input, at: now + dateOffset, into: &outputs)
    for output in outputs { perform(output, at: now, in: &network) }
  }

  private mutating func perform(
    _ output: AccountPool.Output, at now: Milliseconds, in network: inout some Network & ~Copyable
  ) {
    switch output {
    case .use(let client, let credential, let account):
      counts.add(pool.accounts[account].name, at: now + dateOffset)
      // Stored before the request is sent: if the program is killed, no request was sent without
      // being counted.
      store.keep(counts)
      places[client] = credential.upstream
      notices.append(Notice(client: client, input: .account(credential)))
    case .giveUp(let client):
      notices.append(Notice(client: client, input: .noAccount))
    case .refresh(let account, _):
      refresh(account, at: now, in: &network)
    case .store(let account, let tokens):
      let isWritten = keep(tokens, of: account, at: now)
      handle(.stored(account, isWritten: isWritten), at: now, in: &network)
    case .note(let text):
      notes.append(text)
    }
  }

  private mutating func refresh(
    _ account: Int, at now: Milliseconds, in network: inout some Network & ~Copyable
  ) {
    let old = pool.accounts[account]
    guard store.lock(old.name) else {
      if let newer = goodTokens(of: old, at: now) {
        adopt(newer, of: account, at: now, in: &network)
      } else {
        let last = waits[account]?.last ?? now + limits.lockTimeMax
        waits[account] = (now + limits.lockRetryTime, last)
      }
      return
    }
    waits[account] = nil
    if let newer = goodTokens(of: old, at: now) {
      adopt(newer, of: account, at: now, in: &network)
      return
    }
    // Even tokens that have expired since they came hold the latest refresh token.
    let newest = store.newer(than: old.tokens, of: old.name) ?? old.tokens
    let connection = network.connect(to: endpoint.url)
    let exchange = TokenRefresh(of: newest, at: endpoint, limits: limits, now: now)
    refreshes[connection] = Refresh(account: account, exchange: exchange)
  }

  /// Tokens of an account that another program has fetched, when they are valid long enough.
  private func goodTokens(of old: Account, at now: Milliseconds) -> Tokens? {
    guard let newer = store.newer(than: old.tokens, of: old.name) else { return nil }
    return (newer.end ?? .max) > now + dateOffset + limits.refreshedTimeMin ? newer : nil
  }

  private mutating func adopt(
    _ tokens: Tokens, of account: Int, at now: Milliseconds,
    in network: inout some Network & ~Copyable
  ) {
    waits[account] = nil
    adopted[account] = tokens
    handle(.refreshed(account, tokens), at: now, in: &network)
  }

  /// Writes new tokens to their file. While that fails the account stays locked: the tokens in its
  /// file no longer work, and no other program should try them.
  private mutating func keep(_ tokens: Tokens, of account: Int, at now: Milliseconds) -> Bool {
    let name = pool.accounts[account].name
    unwritten[account] = nil
    guard adopted.removeValue(forKey: account) == tokens || store.save(tokens, of: name) else {
      unwritten[account] = (tokens, now + limits.storeRetryTime)
      return false
    }
    store.unlock(name)
    return true
  }

  /// Tries again to write tokens to their files.
  private mutating func keepUnwritten(at now: Milliseconds) {
    for (account, entry) in unwritten where entry.next <= now {
      let name = pool.accounts[account].name
      guard store.newer(than: entry.tokens, of: name) == nil else {
        // Somebody has logged in since.
        unwritten[account] = nil
        store.unlock(name)
        continue
      }
      guard keep(entry.tokens, of: account, at: now) else { continue }
      notes.append("account \(name): its new token is in its file now")
    }
  }

  /// Takes an event of one of the connections to the token endpoint; false for any other
  /// connection.
  package mutating func handle(
    _ event: NetworkEvent, at now: Milliseconds, in network: inout some Network & ~Copyable
  ) -> Bool {
    guard !refreshes.isEmpty else { return false }
    let (connection, input): (ConnectionID, TokenRefresh.Input)
    switch event {
    case .opened(let number): (connection, input) = (number, .connected)
    case .refused(let number): (connection, input) = (number, .refused)
    case .bytes(let number, let bytes): (connection, input) = (number, .bytes(bytes))
    case .finished(let number): (connection, input) = (number, .closed(.finished))
    case .reset(let number): (connection, input) = (number, .closed(.reset))
    case .accepted, .drained: return false
    }
    guard refreshes[connection] != nil else { return false }
    feed(input, to: connection, at: now, in: &network)
    return true
  }

  /// Wakes the refreshes that are due.
  package mutating func wake(at now: Milliseconds, in network: inout some Network & ~Copyable) {
    keepUnwritten(at: now)
    for (account, wait) in waits.sorted(by: { $0.key < $1.key }) where wait.next <= now {
      guard wait.last <= now else {
        refresh(account, at: now, in: &network)
        continue
      }
      waits[account] = nil
      let reason = "another program has been refreshing it for \(limits.lockTimeMax / 1_000) s"
      handle(.refreshFailed(account, reason), at: now, in: &network)
    }
    for connection in refreshes.keys.sorted() {
      guard let deadline = refreshes[connection]?.exchange.deadline, deadline <= now else {
        continue
      }
      feed(.deadline, to: connection, at: now, in: &network)
    }
  }

  private mutating func feed(
    _ input: TokenRefresh.Input, to connection: ConnectionID, at now: Milliseconds,
    in network: inout some Network & ~Copyable
  ) {
    guard let account = refreshes[connection]?.account else { return }
    var outputs: [TokenRefresh.Output] = []
    refreshes[connection]?.exchange.handle(
      input, at: now, date: now + dateOffset, into: &outputs)
    for output in outputs {
      switch output {
      case .send(let bytes):
        network.send(bytes, on: connection)
      case .tokens(let tokens):
        end(connection, in: &network)
        handle(.refreshed(account, tokens), at: now, in: &network)
      case .failed(let reason):
        end(connection, in: &network)
        failed(account, reason, at: now, in: &network)
      }
    }
  }

  /// No new tokens came. A program that does not use our lock may have fetched some meanwhile.
  private mutating func failed(
    _ account: Int, _ reason: String, at now: Milliseconds,
    in network: inout some Network & ~Copyable
  ) {
    let old = pool.accounts[account]
    if let newer = goodTokens(of: old, at: now) {
      adopt(newer, of: account, at: now, in: &network)
      return
    }
    if unwritten[account] == nil { store.unlock(old.name) }
    handle(.refreshFailed(account, reason), at: now, in: &network)
  }

  private mutating func end(
    _ connection: ConnectionID, in network: inout some Network & ~Copyable
  ) {
    refreshes[connection] = nil
    network.close(connection)
  }

  /// Closes all connections; tokens that are not in their files are written one last time.
  package mutating func stop(in network: inout some Network & ~Copyable) {
    for (account, entry) in unwritten {
      _ = store.save(entry.tokens, of: pool.accounts[account].name)
    }
    for connection in refreshes.keys { network.close(connection) }
    refreshes = [:]
  }
}
