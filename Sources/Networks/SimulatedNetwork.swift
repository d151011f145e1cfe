// The simulated world: connections are pairs of numbers, and bytes go from one end to the other
// through a queue. No kernel, no clock, no thread. An end that does not read takes no bytes: what
// is sent to it waits, and the sender can ask how much that is. What is sent in one call arrives a
// piece at a time, so that a receiver can stop in the middle.

internal import Wire

/// Connections in memory.
package struct SimulatedNetwork: StageNetwork {
  /// The largest piece that arrives at once, as on sockets.
  private static let pieceMax = 65_536

  struct End {
    package var peer: ConnectionID
    package var reads = true
    /// What has been sent to this end and has not arrived.
    var inbox: [NetworkEvent] = []
    /// Bytes in the inbox.
    var untaken = 0
    /// All bytes that have ever been put into the inbox, taken or not.
    var sent = 0
  }

  var ends: [ConnectionID: End] = [:]
  /// The ends to which records of TLS are sent.
  var secureEnds: [ConnectionID: SecureEnd] = [:]
  /// Whether records are reported as they come, for an owner that reads them itself.
  var leavesRecords = false
  private var queue: [NetworkEvent] = []
  /// Ends that read and still have something in their inbox.
  private var arriving: [ConnectionID] = []
  private var nextNumber = 1

  /// Listeners are numbered from 1, and their port is their number.
  package mutating func listen() -> (listener: ListenerID, port: Int) {
    defer { nextNumber += 1 }
    listenerMax = nextNumber
    return (nextNumber, nextNumber)
  }

  private var listenerMax = 0

  package init() {
  }

  package mutating func connect(to host: String, port: Int) -> ConnectionID {
    let near = nextNumber
    let far = nextNumber + 1
    nextNumber += 2
    if port == Self.silentPort { return near }
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

  package mutating func send(_ bytes: [UInt8], on connection: ConnectionID) {
    guard let end = ends[connection], !bytes.isEmpty else { return }
    if !secureEnds.isEmpty, secureEnds[end.peer] != nil {
      return send(records: [bytes], withholding: 0, on: connection)
    }
    sendAsIs(bytes, from: end)
  }

  /// Sends bytes as they go on the wire.
  mutating func sendAsIs(_ bytes: [UInt8], from end: End) {
    guard !bytes.isEmpty else { return }
    guard bytes.count > Self.pieceMax else {
      arrive(.bytes(end.peer, bytes), at: end.peer, count: bytes.count)
      return
    }
    for start in stride(from: 0, to: bytes.count, by: Self.pieceMax) {
      let piece = Array(bytes[start..<min(start + Self.pieceMax, bytes.count)])
      arrive(.bytes(end.peer, piece), at: end.peer, count: piece.count, waits: start > 0)
    }
  }

  /// Delivers an event to an end; it `waits` when more than one arrives at once.
  private mutating func arrive(
    _ event: NetworkEvent, at end: ConnectionID, count: Int = 0, waits: Bool = false
  ) {
    guard let receiver = ends[end] else { return }
    if receiver.reads, !waits, receiver.inbox.isEmpty {
      queue.append(event)
    } else {
      ends[end]!.inbox.append(event)
      ends[end]!.untaken += count
      ends[end]!.sent += count
      if receiver.reads, receiver.inbox.isEmpty { arriving.append(end) }
    }
  }

  package mutating func finish(_ connection: ConnectionID) {
    guard let end = ends[connection] else { return }
    sayEnd(from: end)
    finishAsIs(end)
  }

  /// Ends a direction at the TCP level.
  mutating func finishAsIs(_ end: End) { arrive(.finished(end.peer), at: end.peer) }

  package mutating func close(_ connection: ConnectionID) {
    finish(connection)
    ends[connection] = nil
  }

  package mutating func reset(_ connection: ConnectionID) {
    guard let end = ends[connection] else { return }
    // Events on their way to an end that reads arrive before the reset.
    if let far = ends[end.peer], far.reads, !far.inbox.isEmpty { return abort(connection) }
    ends[connection] = nil
    if ends.removeValue(forKey: end.peer) != nil { queue.append(.reset(end.peer)) }
  }

  package mutating func abort(_ connection: ConnectionID) {
    guard let end = ends[connection], ends[end.peer]?.inbox.isEmpty == false else {
      return reset(connection)
    }
    ends[connection] = nil
    ends[end.peer]!.inbox.append(.reset(end.peer))
  }

  package mutating func setReading(_ reads: Bool, on connection: ConnectionID) {
    guard let end = ends[connection], end.reads != reads else { return }
    ends[connection]!.reads = reads
    if reads, !end.inbox.isEmpty { arriving.append(connection) }
  }

  /// The bytes that the peer has not taken are those that wait to go out: there is no buffer in
  /// between.
  package func waitingBytes(on connection: ConnectionID) -> Int {
    ends[connection].flatMap { ends[$0.peer]?.untaken } ?? 0
  }

  package func takenBytes(on connection: ConnectionID) -> Int {
    ends[connection].flatMap { end in ends[end.peer].map { $0.sent - $0.untaken } } ?? 0
  }

  package func isSilent(_ connection: ConnectionID) -> Bool {
    guard let end = ends[connection], ends[end.peer] != nil, end.inbox.isEmpty else { return false }
    return !queue.contains { $0.connection == connection && $0 != .drained(connection) }
  }

  package func untakenBytes(from connection: ConnectionID) -> Int { waitingBytes(on: connection) }

  package static var capacity: Int { 0 }
  package static var carriesTLS: Bool { true }

  package static var refusingPort: Int { 65_535 }
  package static var silentPort: Int? { 65_534 }

  package mutating func settle(into events: inout [NetworkEvent]) {
    let first = events.count
    repeat {
      if !arriving.isEmpty { takePieces() }
      if secureEnds.isEmpty || leavesRecords {
        events += queue
      } else {
        for event in queue { decrypt(event, into: &events) }
      }
      queue.removeAll(keepingCapacity: true)
      // Half a record causes no event, and its rest may be on its way.
    } while events.count == first && !arriving.isEmpty
  }

  /// Delivers the first event of each inbox whose end reads, and all events that come without
  /// bytes.
  private mutating func takePieces() {
    let waiting = arriving
    arriving = []
    for connection in waiting {
      guard let end = ends[connection], end.reads, !end.inbox.isEmpty else { continue }
      var taken = 0
      var count = 0
      while taken < end.inbox.count, count == 0 {
        if case .bytes(_, let bytes) = end.inbox[taken] { count += bytes.count }
        queue.append(end.inbox[taken])
        taken += 1
      }
      if case .reset = end.inbox[taken - 1] {
        // The connection ends with the reset; nobody receives the rest of its inbox.
        ends[connection] = nil
        continue
      }
      ends[connection]!.inbox.removeFirst(taken)
      ends[connection]!.untaken -= count
      if end.inbox.count > taken {
        arriving.append(connection)
      } else if count > 0, ends[end.peer] != nil {
        queue.append(.drained(end.peer))
      }
    }
  }
}
