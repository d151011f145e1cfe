// TLS on the simulated network: records are read the same however they come, and each end is what it is.

import Networks
import TestSupport
import Testing

@Suite struct SimulatedRecordTests {
  static let records: [SimulatedRecord] = [
    SimulatedRecord(.data, [1]), SimulatedRecord(.data, []), SimulatedRecord(.handshake, [24]),
    SimulatedRecord(.data, [2, 3]), .closeNotify,
  ]

  @Test func readsTheSameHoweverItIsCut() {
    var bytes: [UInt8] = []
    for record in Self.records { record.write(into: &bytes) }
    for way in everyWay(ofCutting: bytes) {
      var reader = SimulatedRecord.Reader()
      var read: [SimulatedRecord] = []
      for piece in way {
        reader.take(piece)
        while let record = reader.next() { read.append(record) }
      }
      #expect(read == Self.records)
    }
  }

  /// What is sent in one go comes in pieces; a reset right behind it is behind all of them.
  @Test func aResetDoesNotOvertakeWhatIsOnItsWay() {
    var line = Line()
    line.network.send([UInt8](repeating: 7, count: 200_000), on: line.near)
    line.network.reset(line.near)
    let events = line.take()
    var count = 0
    for case .bytes(line.far, let bytes) in events { count += bytes.count }
    #expect(count == 200_000)
    #expect(events.last == .reset(line.far))
    #expect(line.take() == [])
  }

  static let strange: [[UInt8]] = [
    [0], [99, 3, 3, 0, 16], Array("HTTP/1.1".utf8), [23, 3, 3, 0, 15], [23, 3, 3, 0x40, 0x11],
  ]

  @Test(arguments: strange) func whatIsNoRecordIsTheEnd(_ bytes: [UInt8]) {
    var reader = SimulatedRecord.Reader()
    reader.take(bytes)
    #expect(reader.next() == .internalError)
    #expect(reader.next() == nil)
  }

  /// A network with one connection, over which records have gone to its nearer end.
  private struct Line {
    var network = SimulatedNetwork()
    var near = 0
    var far = 0

    init() {
      let (_, port) = network.listen()
      near = network.connect(to: "", port: port)
      for case .accepted(_, let connection) in take() { far = connection }
    }

    mutating func take() -> [NetworkEvent] {
      var all: [NetworkEvent] = []
      while true {
        var events: [NetworkEvent] = []
        network.settle(into: &events)
        if events.isEmpty { return all }
        all += events
      }
    }
  }

  @Test func recordsComeWhole() {
    var line = Line()
    line.network.send(records: [[1, 2], [3, 4]], withholding: 1, on: line.far)
    #expect(line.take() == [.bytes(line.near, [1, 2])])
    line.network.send(records: [[5]], withholding: 0, on: line.far)
    #expect(line.take() == [.bytes(line.near, [3, 4]), .bytes(line.near, [5])])
    line.network.send(.keyUpdate, on: line.far)
    #expect(line.take() == [])
    // What is sent without a word about records is one, and the other direction is plain.
    line.network.send([6], on: line.far)
    line.network.send([7], on: line.near)
    #expect(line.take() == [.bytes(line.near, [6]), .bytes(line.far, [7])])
  }

  static let ends: [(String, @Sendable (inout SimulatedNetwork, Int) -> Void, inOrder: Bool)] = [
    ("close", { $0.close($1) }, true), ("finish", { $0.finish($1) }, true),
    ("truncate", { $0.truncate($1) }, false), ("alert", { $0.alert($1) }, false),
    ("reset", { $0.reset($1) }, false),
  ]

  @Test(arguments: ends.indices) func anEndIsWhatItIs(_ index: Int) {
    let (name, end, isInOrder) = Self.ends[index]
    var line = Line()
    line.network.send(records: [[1]], withholding: 0, on: line.far)
    end(&line.network, line.far)
    #expect(
      line.take()
        == [.bytes(line.near, [1]), isInOrder ? .finished(line.near) : .reset(line.near)], "\(name)"
    )
  }

  /// Half a record in front of an end in order is still a cut: nobody can end so.
  @Test func whatIsWithheldIsLost() {
    var line = Line()
    line.network.send(records: [[1], [2, 3]], withholding: 2, on: line.far)
    line.network.reset(line.far)
    #expect(line.take() == [.bytes(line.near, [1]), .reset(line.near)])
  }
}
