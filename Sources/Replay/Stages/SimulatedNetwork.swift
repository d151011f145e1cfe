// The simulated world: connections are pairs of numbers, and bytes go from one end to the other
// through a queue. No kernel, no clock, no thread.

internal import Sockets

/// Connections in memory.
struct SimulatedNetwork: StageNetwork {
  /// The largest piece that arrives at once, as on sockets.
  private static let pieceMax = 65_536

  private struct End {
    var peer: ConnectionID
    var reads = true
    /// What has arrived while this end was not reading.
    var inbox: [NetworkEvent] = []
    /// Bytes in the inbox.
    var unread = 0
  }

  private var ends: [ConnectionID: End] = [:]
  private var queue: [NetworkEvent] = []
  private var nextNumber = 1

  /// Listeners are numbered from 1, and their port is their number.
  mutating func listen() -> (listener: ListenerID, port: Int) {
    defer { nextNumber += 1 }
    listenerMax = nextNumber
    return (nextNumber, nextNumber)
  }

  private var listenerMax = 0

  mutating func connect(to host: String, port: Int) -> ConnectionID {
    let near = nextNumber
    let far = nextNumber + 1
    nextNumber += 2
    guard (1...max(listenerMax, 1)).contains(port), listenerMax > 0 else {
      queue.append(.refused(near))
      return near
    }
    ends[near] = End(peer: far)
    ends[far] = End(peer: near)
    queue.append(.accepted(port, far))
    queue.append(.opened(near))
    return near
  }

  mutating func send(_ bytes: [UInt8], on connection: ConnectionID) {
    guard let end = ends[connection], !bytes.isEmpty else { return }
    guard bytes.count > Self.pieceMax else {
      arrive(.bytes(end.peer, bytes), at: end.peer, count: bytes.count)
      return
    }
    for start in stride(from: 0, to: bytes.count, by: Self.pieceMax) {
      let piece = Array(bytes[start..<min(start + Self.pieceMax, bytes.count)])
      arrive(.bytes(end.peer, piece), at: end.peer, count: piece.count)
    }
  }

  private mutating func arrive(_ event: NetworkEvent, at end: ConnectionID, count: Int = 0) {
    guard let receiver = ends[end] else { return }
    if receiver.reads {
      queue.append(event)
    } else {
      ends[end]!.inbox.append(event)
      ends[end]!.unread += count
    }
  }

  mutating func finish(_ connection: ConnectionID) {
    guard let end = ends[connection] else { return }
    arrive(.finished(end.peer), at: end.peer)
  }

  mutating func close(_ connection: ConnectionID) {
    finish(connection)
    ends[connection] = nil
  }

  mutating func reset(_ connection: ConnectionID) {
    guard let end = ends.removeValue(forKey: connection) else { return }
    if ends.removeValue(forKey: end.peer) != nil { queue.append(.reset(end.peer)) }
  }

  mutating func setReading(_ reads: Bool, on connection: ConnectionID) {
    guard let end = ends[connection], end.reads != reads else { return }
    ends[connection]!.reads = reads
    guard reads else { return }
    queue += end.inbox
    ends[connection]!.inbox = []
    ends[connection]!.unread = 0
    if end.unread > 0, ends[end.peer] != nil { queue.append(.drained(end.peer)) }
  }

  func waitingBytes(on connection: ConnectionID) -> Int {
    guard let end = ends[connection], let peer = ends[end.peer] else { return 0 }
    return peer.unread
  }

  func isSilent(_ connection: ConnectionID) -> Bool {
    guard let end = ends[connection], ends[end.peer] != nil, end.inbox.isEmpty else { return false }
    return !queue.contains { $0.connection == connection && $0 != .drained(connection) }
  }

  mutating func settle(into events: inout [NetworkEvent]) {
    events += queue
    queue.removeAll(keepingCapacity: true)
  }
}
