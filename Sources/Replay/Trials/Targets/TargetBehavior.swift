// What the clients of a target do by their plan besides reading: they leave, half-close, rest and crawl;
// and how a target is told to stop in the middle of an answer.

internal import Judging
internal import MockQwen
internal import Networks
internal import Sockets
internal import Stages

extension TargetStage {
  /// How long a target may keep its upstream connection after its client has left, in milliseconds: some
  /// notice it only when they next write.
  static let departureTimeMax = 2_000

  /// Whether a client, or the plan, has something to do now.
  var hasBehaviorDue: Bool { clients.contains { $0.behaviorDue != nil } || stopIsDue }

  private var stopIsDue: Bool {
    guard !isStopping, let stop = clients.first?.delivery.stop else { return false }
    return clients.contains { $0.reader.status != nil && $0.reader.body.count >= stop }
  }

  /// Makes the clients do what their plan says.
  mutating func act() throws {
    if stopIsDue {
      isStopping = true
      launch?.askToEnd()
    }
    for index in clients.indices {
      guard let kind = clients[index].behaviorDue else { continue }
      let connection = clients[index].connection
      switch kind {
      case .leaves:
        clients[index].note(.left)
        network.close(connection)
      case .resets:
        clients[index].note(.left)
        network.sockets.reset(connection)
      case .halfcloses:
        clients[index].halfClose()
        network.finish(connection)
      case .pauses, .starves, .crawls:
        clients[index].rest()
        network.setReading(false, on: connection)
      }
    }
  }

  /// The clients that rest read on.
  mutating func letReadOn() throws {
    for index in clients.indices where clients[index].readsOn() {
      network.setReading(true, on: clients[index].connection)
    }
    try poll(0)
  }

  /// Those that read in turns read what has come by now.
  mutating func letCrawlersRead() throws {
    let isCrawling = clients.contains { !$0.reads && $0.delivery.behavior?.kind == .crawls }
    if isCrawling { try letReadOn() }
  }

  /// Checks whether the upstream connections of clients that have left are closed: at once, or when the
  /// next fragment is written.
  mutating func watchDepartures() throws {
    for index in clients.indices where clients[index].ending == .left {
      guard crash == nil, clients[index].delivery.behavior?.kind != .starves,
        let connection = clients[index].upstreams.last, mock.owns(connection),
        mock.isAnswering(connection)
      else { continue }
      try wait(departureTime) { !$0.mock.owns(connection) }
      for _ in 0..<2 where mock.owns(connection) && mock.hasDue(connection) {
        mock.release(
          connection, at: monotonicMilliseconds(), choosing: desk.delivery(for:), in: &network)
        try wait(departureTime / 4) { !$0.mock.owns(connection) }
      }
      let isStillOpen = mock.owns(connection) && mock.isAnswering(connection)
      clients[index].upstreamsLeft = isStillOpen ? 1 : 0
    }
  }
}
