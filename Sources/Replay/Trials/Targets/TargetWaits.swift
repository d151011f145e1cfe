// The waiting of a target stage: until the kernel reports that a fragment was read, until complete blocks
// reach their clients, and for events.

internal import Judging
internal import MockQwen
internal import Networks
internal import Sockets
internal import Stages
internal import Wire

extension TargetStage {
  /// How long the kernel is polled before the stage sleeps between queries, in milliseconds.
  private static let spinTimeMax = 2
  /// How long a target may leave bytes unread while its client rests, in milliseconds. After that it
  /// holds its upstream back, as it should, and the client reads on.
  private static let backPressureTime = 200
  /// After this many blocks that took `slowDelay` (microseconds) or more, the delay is known: ever fewer
  /// of the others are waited for, but at least one in `sampleStepMax`.
  private static let slowDelaysMax = 16
  private static let slowDelay = 20_000
  private static let sampleStepMax = 256

  /// Whether the target has read the last fragment. If the kernel cannot tell, the stage pauses instead.
  mutating func awaitRead(_ connection: ConnectionID, _ index: Int) throws -> Bool {
    let start = monotonicMilliseconds()
    let limit = readingTime(connection, index)
    while kernelTells, clients[index].ending == nil, crash == nil {
      let asked = network.held ?? connection
      switch network.sockets.readState(on: asked, by: check) {
      case .read: return true
      case .gone:
        try poll(0)
        return false
      case .unknown:
        // The peer may have gone just now; then its end is reported here.
        try poll(0)
        guard network.sockets.readState(on: asked, by: check) != .gone else { return false }
        kernelTells = false
      case .pending:
        let waited = monotonicMilliseconds() - start
        guard waited < limit else {
          unread.insert(connection)
          return false
        }
        if waited > Self.backPressureTime, !clients[index].reads { try letReadOn() }
        if waited < Self.spinTimeMax { yieldCore() }
        try poll(waited < Self.spinTimeMax ? 0 : 1)
      }
    }
    guard clients[index].ending == nil, crash == nil else { return false }
    result.usedPause = true
    try wait(settings.fragmentPause) { $0.clients[index].ending != nil }
    return false
  }

  /// How long a target may leave a fragment unread, in milliseconds. A target that has sent the request
  /// twice reads one answer and leaves the other; once it does not read, there is no need to wait for it
  /// again.
  private func readingTime(_ connection: ConnectionID, _ index: Int) -> Int {
    if unread.contains(connection) { return 0 }
    return clients[index].upstreams.count > 1 ? min(patience, settings.lateAfter) : patience
  }

  /// Where a head must not wait for the body, gives the client time to receive it.
  mutating func awaitHead(_ connection: ConnectionID, _ index: Int) throws {
    let delivery = clients[index].delivery
    let released = mock.released(on: connection)
    guard settings.policy.headAtOnce, !clients[index].headIsLate,
      clients[index].reader.status == nil, clients[index].upstreams.count == 1,
      released >= delivery.transmission.headEnd,
      delivery.transmission.bodyCount(before: released) == 0,
      mock.isAnswering(connection, delivery)
    else { return }
    try wait(settings.lateAfter) {
      $0.clients[index].reader.status != nil || $0.clients[index].ending != nil
    }
    clients[index].headIsLate =
      clients[index].reader.status == nil && clients[index].ending == nil && crash == nil
  }

  /// Gives the client time to receive what is complete; records how long it took, and the first time that
  /// the time was not enough.
  mutating func awaitProgress(_ connection: ConnectionID, _ index: Int) throws {
    let delivery = clients[index].delivery
    guard awaitsProgress, clients[index].reads, clients[index].upstreams.count == 1,
      mock.isAnswering(connection, delivery)
    else { return }
    let sent = delivery.transmission.bodyCount(before: mock.released(on: connection))
    let due = clients[index].progress.lastBorder(upTo: sent)
    guard due > result.progressDue[index] ?? 0 else { return }
    result.progressDue[index] = due
    result.blocksDue += 1
    guard clients[index].delay == nil else { return noteLateArrival(index) }
    if passesOver() {
      result.blocksNotAwaited += 1
      return
    }
    let start = monotonicMicroseconds()
    try wait(settings.lateAfter) { $0.hasReached(due, index) }
    guard clients[index].ending == nil, crash == nil else { return }
    if hasReached(due, index) {
      let delay = monotonicMicroseconds() - start
      note(delay: delay)
      if delay >= Self.slowDelay { slowCount += 1 }
    } else {
      result.lateSince[index] = start
      clients[index].delay = Observation.Delay(
        sent: sent, due: due, received: clients[index].reader.body.count)
    }
  }

  /// Whether to skip waiting for a block, because enough of the target's delay is known.
  private mutating func passesOver() -> Bool {
    guard slowCount > Self.slowDelaysMax, !awaitsFirstBlock || result.blocksDue > 1 else {
      return false
    }
    passedOver += 1
    guard passedOver >= min(slowCount * slowCount / 8, Self.sampleStepMax) else { return true }
    passedOver = 0
    return false
  }

  /// Whether a client is done or has what was complete; continues reading where it stopped.
  mutating func hasReached(_ due: Int, _ index: Int) -> Bool {
    if clients[index].ending != nil || crash != nil { return true }
    var progress = clients[index].progress
    let holds = progress.hasReached(due, clients[index].reader.body)
    clients[index].progress = progress
    return holds
  }

  /// Records when a late block has come.
  mutating func noteLateArrival(_ index: Int) {
    guard let delay = clients[index].delay, let start = result.lateSince[index],
      clients[index].ending == nil, hasReached(delay.due, index)
    else { return }
    clients[index].delay?.lateBy = (monotonicMicroseconds() - start) / 1_000
    result.lateSince[index] = nil
  }

  /// Waits until a condition holds, at most `milliseconds`; it is checked only after events.
  mutating func wait(_ milliseconds: Int, until holds: (inout TargetStage) -> Bool) throws {
    guard milliseconds > 0, !holds(&self) else { return }
    let limit = monotonicMilliseconds() + milliseconds
    while true {
      let left = limit - monotonicMilliseconds()
      guard left > 0 else { return }
      try poll(min(50, left))
      if !events.isEmpty || crash != nil, holds(&self) { return }
    }
  }

  /// Handles the events so far, waiting for them at most `timeout` milliseconds, and answers the target's
  /// own requests.
  mutating func poll(_ timeout: Int) throws {
    events.removeAll(keepingCapacity: true)
    network.sockets.poll(timeout: timeout, into: &events)
    for event in events { try dispatch(event) }
    sortAnswers()
    if !asides.isEmpty {
      for (connection, _) in mock.dues(at: .max) where asides.contains(connection) {
        mock.release(
          connection, at: monotonicMilliseconds(), choosing: desk.delivery(for:), in: &network)
      }
    }
    guard network.sockets.stopSignalCount == 0 else {
      var error = failure("interrupted")
      error.isInterruption = true
      throw error
    }
    let now = monotonicMilliseconds()
    if now - lastListened > 10 {
      lastListened = now
      launch?.listen()
      if crash == nil, let words = launch?.ending() { crash = words }
    }
  }

  /// Finds out which answers of the mock are for which client.
  private mutating func sortAnswers() {
    while seenAnswers < mock.answers.count {
      let answer = mock.answers[seenAnswers]
      seenAnswers += 1
      if answer.name.hasPrefix(asidePrefix) {
        asides.insert(answer.connection)
        let path = answer.request.target.prefix { $0 != "?" }
        asideNames["\(answer.request.method) \(path)", default: 0] += 1
      } else {
        asides.remove(answer.connection)
        let index = clients.count == 1 ? 0 : desk.stream(of: answer.request)
        if let index, clients.indices.contains(index) {
          clients[index].upstreams.removeAll { $0 == answer.connection }
          clients[index].upstreams.append(answer.connection)
        }
      }
    }
  }

  private mutating func dispatch(_ event: NetworkEvent) throws {
    if let index = clients.firstIndex(where: { $0.connection == event.connection }) {
      return take(event, index)
    }
    switch event {
    case .accepted(_, let connection): mock.accept(connection)
    case .bytes, .finished, .reset, .opened, .refused, .drained:
      mock.handle(
        event, at: monotonicMilliseconds(), choosing: desk.delivery(for:), in: &network)
      // Mark the target's own requests before the next event, so that their answers do not count as the
      // session's.
      sortAnswers()
    }
  }

  /// Takes an event of a client's connection.
  private mutating func take(_ event: NetworkEvent, _ index: Int) {
    switch event {
    case .opened: network.send(clients[index].request, on: clients[index].connection)
    case .bytes(_, let bytes):
      clients[index].take(bytes)
      noteMoment()
      if result.lateSince[index] != nil { noteLateArrival(index) }
      if clients[index].asksAgain() {
        network.send(clients[index].request, on: clients[index].connection)
      }
      if clients[index].behaviorDue != nil { _ = try? act() }
    case .finished: clients[index].noteFinish()
    case .reset: clients[index].noteReset()
    case .refused:
      clients[index].note(.reset)
      clients[index].wasRefused = true
    case .accepted, .drained: break
    }
  }
}
