// The mock upstream on a network: one machine for each connection, a choice for each request, and a
// record of every request.

package import MockQwen
package import Networks
internal import ProxyUnderTest
package import Wire

/// A connection of the mock, and what the server knows about it.
private struct ServedConnection {
  private var machine = MockConnection()
  /// How many bytes of its current response it has released.
  private(set) var released = 0
  /// When its next fragment is due, in milliseconds.
  private(set) var due: Int?
  /// When its current request was read, in milliseconds.
  private var start = 0
  /// Whether its last response was followed by extra bytes, or was incomplete.
  private var isSpoiled = false
  /// The account whose token it refreshes.
  var refresh: String?

  var isAnswering: Bool { machine.isAnswering }

  mutating func step(_ input: MockConnection.Input, into outputs: inout [MockConnection.Output]) {
    machine.handle(input, into: &outputs)
    released = machine.released
    due = machine.nextDue.map { $0 + start }
  }

  /// Notes that a request has come, and what answers it; counts it when it should not have come here.
  mutating func note(_ delivery: Delivery, at now: Int, _ spoiledReuses: inout Int) {
    start = now
    if isSpoiled { spoiledReuses += 1 }
    if delivery.isSpoiling { isSpoiled = true }
  }
}

/// All connections of the mock upstream.
package struct MockServer {
  /// The answer to a request that follows the rules.
  package typealias Choice = (Session.Request) -> Delivery

  /// The answer to a request: a session, the mock's health, or a refusal.
  package struct Answer: Hashable, Sendable {
    package var request: Session.Request
    package var name: String
    package var status: Int
    package var connection: ConnectionID
  }

  private let rules: RequestRules?
  /// The last request that followed the rules.
  private var lastGood: Session.Request?
  private var connections: [ConnectionID: ServedConnection] = [:]
  private var outputs: [MockConnection.Output] = []
  /// The requests since `forgetRequests`, in the order in which they were read.
  package var requests: [Session.Request] { answers.map(\.request) }
  /// The answer to each request.
  package private(set) var answers: [Answer] = []
  /// Input that was not a request.
  package private(set) var malformed: [WireError] = []
  /// How many requests came on a connection that was spoiled.
  private(set) var spoiledReuseCount = 0

  /// The accounts that requests must use; nil when none are required.
  var book: MockAccounts?
  /// The plan of an answer that differs from the choice: by the kind of request (whether it is one for
  /// new tokens) and its number among those of its kind, from 0. Only with a book.
  var replan: ((_ isRefresh: Bool, _ number: Int) -> Plan)?
  /// How often a refresh began before another of the same account was over.
  package private(set) var refreshOverlaps = 0

  /// With `rules` nil, the choice answers all requests, including bad ones.
  package init(rules: RequestRules?, book: MockAccounts? = nil) {
    self.rules = rules
    self.book = book
  }

  package var count: Int { connections.count }

  /// How many connections have begun an answer that is not complete.
  var answeringCount: Int { connections.values.count { $0.isAnswering } }

  /// Forgets the requests seen.
  package mutating func forgetRequests() {
    answers.removeAll(keepingCapacity: true)
    malformed.removeAll(keepingCapacity: true)
    spoiledReuseCount = 0
  }

  package mutating func accept(_ connection: ConnectionID) {
    connections[connection] = ServedConnection()
  }

  /// Whether `connection` belongs to the mock.
  package func owns(_ connection: ConnectionID) -> Bool {
    connections.index(forKey: connection) != nil
  }

  /// How many bytes of its response a connection has released.
  package func released(on connection: ConnectionID) -> Int {
    connections[connection]?.released ?? 0
  }

  /// Whether a connection answers with the delivery, and not with the plan's first status.
  package func isAnswering(_ connection: ConnectionID, _ delivery: Delivery) -> Bool {
    guard let status = delivery.firstStatus else { return true }
    return answers.last { $0.connection == connection }?.status != status
  }

  /// Whether a connection has something to send.
  package func hasDue(_ connection: ConnectionID) -> Bool {
    connections[connection]?.due != nil
  }

  /// The connection with the earliest fragment due, and its time; nil when none is due.
  package var nextDue: (connection: ConnectionID, time: Int)? { nextDue { _ in true } }

  /// The same for the wanted connections only. If several are due at once, the one that has sent least
  /// goes first, so that parallel streams are mixed.
  package func nextDue(
    where isWanted: (ConnectionID) -> Bool
  ) -> (connection: ConnectionID, time: Int)? {
    var first: (time: Int, released: Int, connection: ConnectionID)?
    for index in connections.indices {
      guard let time = connections.values[index].due, isWanted(connections.keys[index]) else {
        continue
      }
      let next = (time, connections.values[index].released, connections.keys[index])
      if first.map({ next < $0 }) ?? true { first = next }
    }
    return first.map { ($0.connection, $0.time) }
  }

  /// Whether a connection has begun an answer that is not complete.
  package func isAnswering(_ connection: ConnectionID) -> Bool {
    connections[connection]?.isAnswering ?? false
  }

  /// The connections that have a fragment due at `now`, and when it was due, in rising order.
  package func dues(at now: Int) -> [(connection: ConnectionID, time: Int)] {
    connections.compactMap { connection, state in
      state.due.flatMap { $0 <= now ? (connection, $0) : nil }
    }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
  }

  /// Takes an event of one of the mock's connections.
  package mutating func handle(
    _ event: NetworkEvent, at now: Int, choosing choice: Choice,
    in network: inout some Network & ~Copyable
  ) {
    switch event {
    case .bytes(let connection, let bytes):
      feed(.bytes(bytes), to: connection, at: now, choosing: choice, in: &network)
    case .finished(let connection):
      // A client that half-closes counts as gone, as with the servers in front of DashScope.
      forget(connection)
      network.close(connection)
    case .reset(let connection):
      forget(connection)
    case .accepted, .opened, .refused, .drained:
      break
    }
  }

  /// Sends the next fragment of a connection.
  package mutating func release(
    _ connection: ConnectionID, at now: Int, choosing choice: Choice,
    in network: inout some Network & ~Copyable
  ) {
    feed(.release, to: connection, at: now, choosing: choice, in: &network)
  }

  private mutating func feed(
    _ input: MockConnection.Input, to connection: ConnectionID, at now: Int,
    choosing choice: Choice, in network: inout some Network & ~Copyable
  ) {
    guard let index = connections.index(forKey: connection) else { return }
    outputs.removeAll(keepingCapacity: true)
    connections.values[index].step(input, into: &outputs)
    let performed = outputs
    for output in performed {
      switch output {
      case .asked(let request):
        let delivery = answer(to: request, on: connection, at: now, choice)
        let session = delivery.transmission.session
        answers.append(
          Answer(
            request: request, name: session.name, status: session.response.status,
            connection: connection))
        connections[connection]?.note(delivery, at: now, &spoiledReuseCount)
        feed(.answer(delivery), to: connection, at: now, choosing: choice, in: &network)
      case .refused(let error): malformed.append(error)
      case .send(let bytes): network.send(bytes, on: connection)
      case .sendRecords(let records, let count):
        network.send(records: records, withholding: count, on: connection)
      case .sendMessage(let kind):
        network.send(kind == .rekey ? .keyUpdate : .helloRequest, on: connection)
      case .finish:
        forget(connection)
        network.close(connection)
      case .reset:
        forget(connection)
        network.reset(connection)
      case .truncate:
        forget(connection)
        network.truncate(connection)
      case .alert:
        forget(connection)
        network.alert(connection)
      }
    }
  }

  private mutating func forget(_ connection: ConnectionID) { connections[connection] = nil }

  private mutating func answer(
    to request: Session.Request, on connection: ConnectionID, at now: Int, _ choice: Choice
  ) -> Delivery {
    let delivery = ownAnswer(to: request, on: connection, at: now) ?? chosen(for: request, choice)
    guard let replan, let log = book?.log, let isRefresh = log.last?.isRefresh else {
      return delivery
    }
    let number = log.count { $0.isRefresh == isRefresh } - 1
    return Delivery(delivery.transmission.session, replan(isRefresh, number))
  }

  /// The mock's own answer; nil for a request that a session answers.
  private mutating func ownAnswer(
    to request: Session.Request, on connection: ConnectionID, at now: Int
  ) -> Delivery? {
    if book != nil, MockAccounts.isRefresh(request) {
      let answer = book?.answer(to: request, at: now)
      if let account = book?.log.last?.account {
        refreshOverlaps += connections.values.contains { $0.refresh == account } ? 1 : 0
        connections[connection]?.refresh = account
      }
      return answer.map(ownDelivery)
    }
    // The rules depend on the request alone, and a stage sends the same one thousands of times.
    if request != lastGood, let answer = rules?.answer(to: request) {
      return ownDelivery(of: answer)
    }
    lastGood = request
    return book?.answer(to: request, at: now).map(ownDelivery)
  }

  /// The choice for a valid request, or the plan's answer to the first request of its kind.
  private func chosen(for request: Session.Request, _ choice: Choice) -> Delivery {
    let delivery = choice(request)
    guard let status = delivery.firstStatus,
      !answers.contains(where: { $0.request.body == request.body })
    else { return delivery }
    var plan = Plan()
    plan.framing = .length
    return Delivery(delivery.transmission.session.firstAnswer(status: status), plan)
  }

  /// Aborts the connections whose response is not complete; the others stay.
  package mutating func abandon(in network: inout some Network & ~Copyable) {
    for (number, connection) in connections where connection.isAnswering {
      forget(number)
      network.reset(number)
    }
  }

  /// Closes all connections; an incomplete response is aborted, so that nobody takes it for complete.
  package mutating func stop(in network: inout some Network & ~Copyable) {
    for (number, connection) in connections {
      if connection.isAnswering {
        network.reset(number)
      } else {
        network.close(number)
      }
    }
    connections = [:]
  }
}

/// How the mock delivers an answer of its own.
package func ownDelivery(of answer: Session) -> Delivery {
  var plan = Plan()
  plan.framing = .length
  return Delivery(answer, plan)
}
