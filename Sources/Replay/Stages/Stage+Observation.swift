// What a stage sees of a run: at rest, whether a client lacks what is complete upstream, and at the end
// what each client has received.

internal import Judging
internal import MockQwen
internal import Networks
internal import ProxyServing

extension Stage where World: ~Copyable {
  /// Whether the proxy asks to be woken again and again without end.
  var isRestless: Bool {
    stalledWakes > Self.stalledWakesMax || wakes > Self.wakesMax
  }

  /// What is due next. After a complete answer the client leaves; the stage does not wait for what the
  /// proxy would do if it stayed.
  func nextDue() -> (connection: ConnectionID?, time: Int)? {
    hosts.nextDue(awaitsProxy: awaitsClient)
  }

  /// Whether a client's answer is neither whole nor reset. By index: a client is a large value to copy.
  private var awaitsClient: Bool {
    for index in clients.indices
    where !clients[index].reader.isComplete && clients[index].ending != .reset {
      return true
    }
    return false
  }

  /// Called at rest: checks whether a client lacks a block that is complete upstream, and how much the
  /// proxy has taken for a client that does not read.
  mutating func look(at index: Int, _ options: StageOptions) {
    if clients.count > 1 { assignAnswers() }
    let connection = clients[index].mockConnection
    let released = hosts.mock.released(on: connection)
    let received = clients[index].reader.body.count
    if let last = moments?.last ?? moments.map({ _ in Moment.start }) {
      note(
        received,
        released == 0 && last.written > 0 ? options.streams[index].delivery.count : released,
        options.streams[index].delivery.transmission)
    }
    guard released > 0 else { return }
    // The earlier answers on a kept connection do not belong to this request.
    let before = options.streams[index].delivery.request.answersBefore
    let answers = clients.count == 1 ? hosts.mock.answers.count : clients[index].answerCount
    if answers <= before - clients[index].reader.awaitedCount { return }
    guard clients[index].reads else {
      let taken = released - hosts.world.untakenBytes(from: connection)
      let ahead =
        options.streams[index].delivery.transmission.bodyCount(before: taken) - received
        - World.capacity
      clients[index].aheadMax = max(clients[index].aheadMax, ahead)
      return
    }
    if released >= options.streams[index].delivery.transmission.headEnd,
      clients[index].reader.status == nil
    {
      clients[index].headIsLate = true
    }
    guard clients[index].ending != .left else { return }
    let sent = options.streams[index].delivery.transmission.bodyCount(before: released)
    let due = lastBorder(options.streams[index].borders, upTo: sent)
    guard received < due, hosts.mock.isAnswering(connection, options.streams[index].delivery) else {
      return
    }
    clients[index].delay?.times += 1
    guard clients[index].delay == nil else { return }
    clients[index].delay = Observation.Delay(sent: sent, due: due, received: received)
  }

  /// Finds out which connection of the mock answers which stream.
  private mutating func assignAnswers() {
    while assigned < hosts.mock.answers.count {
      let answer = hosts.mock.answers[assigned]
      assigned += 1
      if let number = StreamTag.number(in: answer.request.body), clients.indices.contains(number) {
        // A kept connection moves from one stream to another.
        for index in clients.indices where clients[index].mockConnection == answer.connection {
          clients[index].mockConnection = 0
        }
        clients[number].mockConnection = answer.connection
        clients[number].answerCount += 1
      }
    }
  }

  /// Records a step for a picture; a connection that is gone counts as written in full.
  private mutating func note(_ received: Int, _ written: Int, _ transmission: Transmission) {
    guard let count = moments?.count, count < Moment.countMax else { return }
    moments?.append(
      Moment(
        time: (hosts.now - start) * 1_000, written: written,
        sent: transmission.bodyCount(before: written),
        received: received))
  }

  mutating func end(_ options: StageOptions) throws -> [Observation] {
    let isRestless = isRestless
    // Another core may keep its connections; this one has said that it does not.
    if Core.isDocumented, !core.reuses,
      clients.allSatisfy({ $0.isOpen && $0.reader.isComplete })
    {
      leftBehind = max(leftBehind, hosts.mock.count)
    }
    for index in clients.indices { close(index) }
    try settle(options)
    if core.reuses {
      // Connections that are kept for further requests are closed when none comes.
      hosts.passKeepTime()
      try settle(options)
    }
    let left = max(hosts.proxy.count + hosts.mock.count, leftBehind)
    let requests = hosts.mock.requests
    return clients.indices.map { index in
      var seen = clients[index].observation
      seen.requests =
        clients.count == 1
        ? requests : requests.filter { StreamTag.number(in: $0.body) == index }
      seen.forwarded = clients[index].request.forwarded
      seen.leftConnections = index == 0 ? left : 0
      seen.spoiledReuses = hosts.mock.spoiledReuseCount
      seen.upstreamConnections = upstreamConnections
      seen.isRestless = isRestless
      return seen
    }
  }
}
