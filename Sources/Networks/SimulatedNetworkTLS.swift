// TLS on the simulated network: what a server sends as records is framed on its way, and read from
// its frames at the other end. The client's direction stays plain: no plan varies it.

/// An end to which records are sent.
struct SecureEnd {
  var reader = SimulatedRecord.Reader()
  /// Whether the end of the stream, orderly or not, has been reported to it.
  var isOver = false
  /// The part of the last record that its peer has held back.
  var withheld: [UInt8] = []
}

extension SimulatedNetwork {
  /// How many ends are remembered before those that are gone are removed.
  private static let secureEndsMax = 256

  package mutating func leaveRecords() { leavesRecords = true }

  package mutating func send(
    records: [[UInt8]], withholding count: Int, on connection: ConnectionID
  ) {
    var bytes: [UInt8] = []
    for record in records {
      for start in stride(from: 0, to: max(record.count, 1), by: SimulatedRecord.dataMax) {
        let end = min(start + SimulatedRecord.dataMax, record.count)
        SimulatedRecord(.data, Array(record[start..<end])).write(into: &bytes)
      }
    }
    send(written: bytes, withholding: count, on: connection)
  }

  package mutating func send(_ message: PostHandshakeMessage, on connection: ConnectionID) {
    var bytes: [UInt8] = []
    SimulatedRecord(.handshake, [message.rawValue, 0, 0, 0]).write(into: &bytes)
    send(written: bytes, withholding: 0, on: connection)
  }

  private mutating func send(
    written bytes: [UInt8], withholding count: Int, on connection: ConnectionID
  ) {
    guard let end = ends[connection] else { return }
    if secureEnds.count >= Self.secureEndsMax {
      secureEnds = secureEnds.filter { ends[$0.key] != nil }
    }
    var all = secureEnds[end.peer, default: SecureEnd()].withheld
    all += bytes
    secureEnds[end.peer, default: SecureEnd()].withheld = Array(all.suffix(count))
    sendAsIs(Array(all.dropLast(count)), from: end)
  }

  /// Ends the records to the peer of `end` with `close_notify`, if records were sent.
  mutating func sayEnd(from end: End) {
    guard !secureEnds.isEmpty, secureEnds[end.peer] != nil else { return }
    var bytes: [UInt8] = []
    SimulatedRecord.closeNotify.write(into: &bytes)
    sendAsIs(bytes, from: end)
  }

  package mutating func truncate(_ connection: ConnectionID) {
    guard let end = ends.removeValue(forKey: connection) else { return }
    if secureEnds[end.peer] == nil { secureEnds[end.peer] = SecureEnd() }
    finishAsIs(end)
  }

  package mutating func alert(_ connection: ConnectionID) {
    guard let end = ends[connection] else { return }
    if secureEnds[end.peer] == nil { secureEnds[end.peer] = SecureEnd() }
    var bytes: [UInt8] = []
    SimulatedRecord.internalError.write(into: &bytes)
    sendAsIs(bytes, from: end)
    truncate(connection)
  }

  /// Reports to the owner what an event on the wire means.
  mutating func decrypt(_ event: NetworkEvent, into events: inout [NetworkEvent]) {
    let connection = event.connection
    guard let end = secureEnds[connection] else { return events.append(event) }
    guard !end.isOver else { return }
    switch event {
    case .bytes(_, let bytes):
      secureEnds[connection]!.reader.take(bytes)
      while let record = secureEnds[connection]!.reader.next() {
        switch record.kind {
        case .data where !record.data.isEmpty: events.append(.bytes(connection, record.data))
        case .alert:
          secureEnds[connection]!.isOver = true
          guard record == .closeNotify else { return breakOff(connection, into: &events) }
          return events.append(.finished(connection))
        case .data, .handshake: break
        }
      }
    case .finished: breakOff(connection, into: &events)
    case .reset:
      secureEnds[connection]!.isOver = true
      events.append(event)
    case .accepted, .opened, .refused, .drained: events.append(event)
    }
  }

  /// The stream has ended, but not in order.
  private mutating func breakOff(
    _ connection: ConnectionID, into events: inout [NetworkEvent]
  ) {
    secureEnds[connection]!.isOver = true
    ends[connection] = nil
    events.append(.reset(connection))
  }
}
