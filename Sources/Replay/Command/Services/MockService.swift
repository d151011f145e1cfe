// `replay mock` as a service: the mock upstream with its recordings, in real time. With recorded pacing a
// fragment is sent when its time has come and the client has read the one before, as far as the kernel
// can tell, so that borders are kept; how well that worked is measured and printed.

internal import Canaries
internal import MockQwen
internal import Networks
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Stages
internal import Terminal
internal import Wire

/// The mock upstream for any client.
struct MockService: Service {
  /// How long a client may leave a fragment unread before the next one is sent anyway, and how long of
  /// that is spent polling without sleep, in milliseconds.
  private static let patienceMax = 1_000
  private static let spinTimeMax = 2

  private var mock = MockServer(rules: nil)
  private var choices: Choices
  private var paceLines: [String] = []
  /// Before this time, the kernel is not asked again what clients have read.
  private var askTime = 0

  init(_ library: SessionLibrary) { choices = Choices(library: library) }

  /// The sessions, and which of them were asked for.
  var library: SessionLibrary { choices.library }

  var nextDue: Int? { mock.nextDue.map { max($0.time, askTime) } }

  mutating func accept(
    _ connection: ConnectionID, at now: Int, in network: inout some Network & ~Copyable
  ) {
    mock.accept(connection)
  }

  mutating func handle(
    _ event: NetworkEvent, at now: Int, in network: inout some Network & ~Copyable
  ) {
    switch event {
    case .bytes(let connection, _):
      mock.handle(event, at: now, choosing: { choices.choose($0, connection) }, in: &network)
    case .finished(let connection), .reset(let connection):
      choices.paces[connection] = nil
      mock.handle(event, at: now, choosing: { choices.choose($0, connection) }, in: &network)
    case .accepted, .opened, .refused, .drained: break
    }
  }

  mutating func wake(at now: Int, in network: inout some Network & ~Copyable) {
    var hasReleased = true
    askTime = 0
    while hasReleased {
      hasReleased = false
      for due in mock.dues(at: now) where mayFollow(due, at: now, in: &network) {
        release(due, at: now, in: &network)
        hasReleased = true
      }
    }
  }

  /// Whether the next fragment of a connection may be sent: the one before has been read, or the client
  /// takes too long, or nobody can tell.
  private mutating func mayFollow(
    _ due: (connection: ConnectionID, time: Int), at now: Int,
    in network: inout some Network & ~Copyable
  ) -> Bool {
    guard let index = choices.paces.index(forKey: due.connection),
      choices.paces.values[index].sentCount > 0
    else {
      return true
    }
    guard let isRead = network.peerHasRead(due.connection) else {
      choices.paces.values[index].isProved = false
      return true
    }
    if isRead {
      choices.paces.values[index].keptCount += 1
      return true
    }
    let waited = now - max(due.time, choices.paces.values[index].sentTime)
    guard waited < Self.patienceMax else { return true }
    if waited < Self.spinTimeMax { yieldCore() } else { askTime = now + 1 }
    return false
  }

  private mutating func release(
    _ due: (connection: ConnectionID, time: Int), at now: Int,
    in network: inout some Network & ~Copyable
  ) {
    let connection = due.connection
    let pace = choices.paces.removeValue(forKey: connection)
    mock.release(connection, at: now, choosing: { choices.choose($0, connection) }, in: &network)
    guard var pace else { return }
    pace.sent(at: now, late: monotonicMicroseconds() - due.time * 1_000)
    if pace.isOver {
      paceLines.append(pace.words)
    } else {
      choices.paces[connection] = pace
    }
  }

  mutating func stop(in network: inout some Network & ~Copyable) { mock.stop(in: &network) }

  /// One line for each request: method, path, status, and the answer's name; and one after each response
  /// with recorded pacing: how well it was kept.
  mutating func takeLog() -> [String] {
    guard !mock.answers.isEmpty || !mock.malformed.isEmpty || !paceLines.isEmpty else { return [] }
    defer {
      mock.forgetRequests()
      paceLines = []
    }
    let answered = mock.answers.map { answer in
      let path = answer.request.target.prefix { $0 != "?" }
      return
        "\(printable(answer.request.method)) \(printable(path)) \(answer.status) \(answer.name)"
    }
    return answered + mock.malformed.map { "no request, connection reset: \($0)" } + paceLines
  }
}

/// The sessions of a service, and the measurements of each connection whose response has recorded pacing.
private struct Choices {
  var library: SessionLibrary
  var paces: [ConnectionID: Pace] = [:]

  mutating func choose(_ request: Session.Request, _ connection: ConnectionID) -> Delivery {
    let delivery = library.delivery(for: request)
    paces[connection] = delivery.pacing == .recorded ? Pace(delivery) : nil
    return delivery
  }
}

/// How well recorded times and borders were kept in one response.
struct Pace: Hashable, Sendable {
  /// The delay that an idle machine stays below, in microseconds.
  private static let lateMin = 2_000

  private let name: String
  private let count: Int
  /// How much later than due each fragment left, in microseconds.
  private var delays: [Int] = []
  /// How many fragments were sent after the client had read the one before.
  var keptCount = 0
  /// Whether the kernel could prove it.
  var isProved = true

  init(_ delivery: Delivery) {
    name = delivery.transmission.session.name
    count = delivery.fragmentEnds.count
  }

  /// When the last fragment was sent, in milliseconds.
  private(set) var sentTime = 0
  var sentCount: Int { delays.count }
  var isOver: Bool { delays.count >= count }

  /// A fragment was sent at `now`, this many microseconds after it was due.
  mutating func sent(at now: Int, late delay: Int) {
    sentTime = now
    delays.append(delay)
  }

  /// The measurements, for a person.
  var words: String {
    let sorted = delays.sorted()
    let borders = max(count - 1, 0)
    let lateCount = delays.count { $0 > Self.lateMin }
    return "\(name): late by \(milliseconds(sorted[sorted.count / 2])) in the median, "
      + "\(milliseconds(sorted.last ?? 0)) at most, \(lateCount) of \(count) fragments by more than "
      + "\(milliseconds(Self.lateMin)); "
      + (isProved
        ? "\(keptCount) of \(borders) borders kept" + (keptCount < borders ? ", a slow client" : "")
        : "borders not proved, the kernel cannot see what the client reads")
  }
}

/// Microseconds as milliseconds with one decimal.
func milliseconds(_ microseconds: Int) -> String {
  "\(microseconds / 1_000).\(microseconds % 1_000 / 100) ms"
}
