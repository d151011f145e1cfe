// Room for another client, and for another request: what many slow clients hold is taken back from
// the slowest, so they cannot lock the others out. A client whose request is whole and that takes
// its answer never has to make room.

internal import Networks
internal import ProxyUnderTest

extension ProxyServer {
  /// How long to wait, in milliseconds, before looking again for clients that could be closed when
  /// there were none.
  private static var searchTime: Milliseconds { 100 }

  /// Closes the slowest client, if there is a slow one. First comes a closed connection that does
  /// not take its last bytes, then a client that sends its request slowly, then one without a
  /// request, then one that sends a request, and last one that takes no byte of its answer. Returns
  /// whether one was closed.
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

  /// Closes clients with unfinished requests, the slowest first, until the bytes held for all are
  /// within their bound.
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

  /// How much a client is worth keeping; nil for one that is never closed.
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

  /// Bytes per second since a time.
  private func rate(_ count: Int, _ since: Milliseconds, _ now: Milliseconds) -> Int {
    count * 1_000 / max(now - since, 1)
  }
}

/// How much a client is worth keeping; the smallest is closed first.
private struct Worth: Comparable {
  enum Rank: Int { case slow, idle, asking, stalled }

  var rank: Rank
  /// Within a rank: its rate in bytes per second, or the time since which it has been silent.
  var order: Int
  var client: ConnectionID

  static func < (left: Worth, right: Worth) -> Bool {
    (left.rank.rawValue, left.order, left.client) < (right.rank.rawValue, right.order, right.client)
  }
}
