// Room for another client, and for another request: what many slow clients hold is won back from the
// slowest, so that they cannot lock the others out. A client that has its request whole and takes its
// answer never goes for another.

internal import Networks
internal import ProxyUnderTest

extension ProxyServer {
  /// How long it is not looked again for clients that could go when there were none, in milliseconds.
  private static var searchTime: Milliseconds { 100 }

  /// Lets the slowest client go, if there is one that is slow: at first one that has been closed and
  /// does not take its last bytes, then who asks slowly, then who has asked nothing, then who asks, and
  /// last who takes nothing of an answer. Says whether one has gone.
  mutating func winBackPlace(
    at now: Milliseconds, in network: inout some Network & ~Copyable
  ) -> Bool {
    if network.dropParting() { return true }
    if evictees.isEmpty, now >= evicteesDue {
      evicteesDue = now + Self.searchTime
      evictees = cores.compactMap { worth($0.value.standing, $0.key, now) }
        .sorted(by: >).map(\.client)
    }
    while let client = evictees.popLast() {
      guard let standing = cores[client]?.standing, let worth = worth(standing, client, now) else {
        continue
      }
      if worth.rank == .stalled {
        drop(client, at: now, in: &network)
      } else {
        feed(.clientEvicted, to: client, at: now, in: &network)
      }
      return true
    }
    return false
  }

  /// Lets requests go that are not whole, the slowest first, until what is held of all is within its
  /// bound.
  mutating func winBackBytes(
    at now: Milliseconds, in network: inout some Network & ~Copyable
  ) {
    var asking = cores.compactMap { client, core -> (client: ConnectionID, rate: Int)? in
      guard case .asking(let since, let count) = core.standing, core.heldRequestCount > 0 else {
        return nil
      }
      return (client, rate(count, since, now))
    }
    asking.sort { ($1.rate, $1.client) < ($0.rate, $0.client) }
    while heldCount > settings.limits.allRequestBytesMax, let slowest = asking.popLast() {
      feed(.clientEvicted, to: slowest.client, at: now, in: &network)
    }
  }

  /// What speaks for keeping a client; nil for one that never goes.
  private func worth(
    _ standing: Standing, _ client: ConnectionID, _ now: Milliseconds
  ) -> Worth? {
    let limits = settings.limits
    func worth(_ rank: Worth.Rank, _ order: Int) -> Worth {
      Worth(rank: rank, order: order, client: client)
    }
    switch standing {
    case .asking(let since, let count) where since <= now - limits.settlingTime:
      let rate = rate(count, since, now)
      return worth(rate < limits.bodyRateMin * 8 ? .slow : .asking, rate)
    case .idle(let since) where since <= now - limits.settlingTime: return worth(.idle, since)
    case .answering:
      return sends.since(client).flatMap {
        $0 <= now - limits.stallTime ? worth(.stalled, $0) : nil
      }
    case .asking, .idle: return nil
    }
  }

  /// Bytes in a second since a time.
  private func rate(_ count: Int, _ since: Milliseconds, _ now: Milliseconds) -> Int {
    count * 1_000 / max(now - since, 1)
  }
}

/// What speaks for keeping a client; the smallest goes first.
private struct Worth: Comparable {
  enum Rank: Int { case slow, idle, asking, stalled }

  var rank: Rank
  /// Within a rank: how fast it is, or the time since when it has done nothing.
  var order: Int
  var client: ConnectionID

  static func < (left: Worth, right: Worth) -> Bool {
    (left.rank.rawValue, left.order, left.client) < (right.rank.rawValue, right.order, right.client)
  }
}
