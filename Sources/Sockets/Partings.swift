// Connections that their owners have closed but that are not over: bytes still wait on them, or the
// peer must still close. No owner limits how long that takes, so each has a time limit. While it
// sends, the peer must take some bytes within `sendTime`. One that is aborted waits until its
// peer's kernel has everything. After the last byte its peer may close first, for a moment (RFC
// 9112 section 9.6).

internal import Networks

/// The waits of connections without owners; all times are monotonic milliseconds.
struct Partings {
  /// What a connection waits for.
  enum Wait: Hashable {
    /// For the peer to take what waits; `taken` bytes had gone out at the last look.
    case sending(taken: Int)
    /// For the peer's kernel to have everything, because an abort would take back what is under
    /// way.
    case aborting(unacknowledged: Int, until: Int)
    /// For the peer to close.
    case lingering
  }

  /// How long a closed connection waits for its peer to close, in milliseconds.
  static let lingerTime = 1_000
  /// How often to check whether an abort may be sent, in milliseconds: no poller reports that.
  static let abortTime = 20

  /// How long a peer may take none of the bytes that wait for it, in milliseconds.
  let sendTime: Int
  private(set) var waits: [ConnectionID: (wait: Wait, due: Int)] = [:]
  /// No wait is due before this.
  private var firstDue = Int.max
  /// How many wait for their peers to take bytes.
  private(set) var sendingCount = 0

  init(sendTime: Int) { self.sendTime = sendTime }

  var isEmpty: Bool { waits.isEmpty }

  /// The time before which no wait is due; nil when there are none.
  var nextDue: Int? { waits.isEmpty ? nil : firstDue }

  mutating func set(_ wait: Wait, for connection: ConnectionID, at now: Int) {
    remove(connection)
    let span =
      switch wait {
      case .sending: sendTime
      case .aborting: Self.abortTime
      case .lingering: Self.lingerTime
      }
    if case .sending = wait { sendingCount += 1 }
    waits[connection] = (wait, now + span)
    firstDue = min(firstDue, now + span)
  }

  mutating func remove(_ connection: ConnectionID) {
    guard let old = waits.removeValue(forKey: connection) else { return }
    if case .sending = old.wait { sendingCount -= 1 }
  }

  /// Takes out those that are due.
  mutating func takeDue(at now: Int) -> [(connection: ConnectionID, wait: Wait)] {
    guard firstDue <= now else { return [] }
    let due = waits.filter { $0.value.due <= now }.sorted { $0.key < $1.key }
    for (connection, _) in due { remove(connection) }
    firstDue = waits.values.map(\.due).min() ?? .max
    return due.map { ($0.key, $0.value.wait) }
  }

  /// The connection whose peer has taken none of the bytes that wait for it for the longest time. One
  /// that is aborted takes no place: the kernel holds its last bytes.
  var slowest: ConnectionID? {
    waits.filter { if case .sending = $0.value.wait { true } else { false } }
      .min { ($0.value.due, $0.key) < ($1.value.due, $1.key) }?.key
  }
}

extension SocketNetwork {
  package var partingCount: Int { partings.sendingCount }

  package mutating func dropParting() -> Bool {
    guard let connection = partings.slowest else { return false }
    drop(connection)
    return true
  }

  /// The kernel has taken all bytes on a connection without an owner.
  mutating func sentLast(_ number: ConnectionID, aborts: Bool, _ socket: Socket) {
    let now = monotonicMilliseconds()
    guard aborts else { return partings.set(.lingering, for: number, at: now) }
    let left = socket.unacknowledgedCount
    partings.set(
      .aborting(unacknowledged: left, until: now + partings.sendTime), for: number, at: now)
  }

  /// Continues with the connections without owners whose time has come.
  mutating func endPartings() {
    let now = monotonicMilliseconds()
    for (number, wait) in partings.takeDue(at: now) {
      guard let connection = connections[number] else { continue }
      switch wait {
      case .lingering: remove(number)
      case .sending(let taken):
        if connection.sentCount > taken {
          partings.set(.sending(taken: connection.sentCount), for: number, at: now)
        } else {
          drop(number)
        }
      case .aborting(let before, let until):
        let left = connection.socket.unacknowledgedCount
        let end = left < before ? now + partings.sendTime : until
        if left == 0 || end <= now {
          drop(number)
        } else {
          partings.set(.aborting(unacknowledged: left, until: end), for: number, at: now)
        }
      }
    }
  }

  /// Aborts a connection without an owner.
  mutating func drop(_ number: ConnectionID) {
    partings.remove(number)
    guard let connection = connections.removeValue(forKey: number) else { return }
    poller.forget(connection.socket)
    connection.socket.reset()
  }
}
