// Verified delivery: bytes that are sent one at a time, each when the kernel says that the one before
// was read, arrive as so many reads, whatever the reader's pace.

import Foundation
import Networks
import Sockets
import Synchronization
import Testing

@Suite(.serialized, .timeLimit(.minutes(30))) struct ReadCheckTests {
  /// What a reader on another thread has read: the size of each read.
  private final class Reads: Sendable {
    let sizes = Mutex<[Int]>([])
    let isOver = Mutex(false)
  }

  @Test func singleBytesArriveAsSingleReads() throws {
    let count = 500
    var network = try SocketNetwork()
    let port = try network.listen(host: "127.0.0.1", port: 0).port
    let reads = Reads()
    let reader = Thread { Self.read(from: port, into: reads) }
    reader.start()
    defer { reads.isOver.withLock { $0 = true } }
    let connection = try Self.accepted(&network)
    let check = ReadCheck()
    for index in 0..<count {
      network.send([UInt8(index & 0xFF)], on: connection)
      while network.readState(on: connection, by: check) == .pending { yieldCore() }
      let answer = network.readState(on: connection, by: check)
      try #require(answer == .read)
    }
    #expect(reads.sizes.withLock { $0.reduce(0, +) } >= count - 1)
    var events: [NetworkEvent] = []
    while reads.sizes.withLock({ $0.reduce(0, +) }) < count {
      network.poll(timeout: 1, into: &events)
    }
    #expect(reads.sizes.withLock { $0 } == [Int](repeating: 1, count: count))
  }

  @Test func unreadBytesArePending() throws {
    var network = try SocketNetwork()
    let port = try network.listen(host: "127.0.0.1", port: 0).port
    let near = network.connect(to: "127.0.0.1", port: port)
    let far = try Self.accepted(&network)
    let check = ReadCheck()
    network.send([1, 2, 3], on: far)
    for _ in 0..<100 {
      let early = network.readState(on: far, by: check)
      #expect(early == .pending)
    }
    var events: [NetworkEvent] = []
    while !events.contains(.bytes(near, [1, 2, 3])) { network.poll(timeout: 10, into: &events) }
    while network.readState(on: far, by: check) == .pending { yieldCore() }
    let seen = network.readState(on: far, by: check)
    let unseen = network.readState(on: far, by: .blind)
    network.reset(far)
    let late = network.readState(on: far, by: check)
    #expect((seen, unseen, late) == (.read, .unknown, .gone))
  }

  private static func accepted(_ network: inout SocketNetwork) throws -> ConnectionID {
    var events: [NetworkEvent] = []
    for _ in 0..<1_000 {
      network.poll(timeout: 10, into: &events)
      for case .accepted(_, let connection) in events { return connection }
    }
    throw CancellationError()
  }

  /// Reads what comes to a connection of its own, one event for each read.
  private static func read(from port: Int, into reads: Reads) {
    guard var network = try? SocketNetwork() else { return }
    _ = network.connect(to: "127.0.0.1", port: port)
    var events: [NetworkEvent] = []
    while !reads.isOver.withLock({ $0 }) {
      events.removeAll(keepingCapacity: true)
      network.poll(timeout: 10, into: &events)
      for case .bytes(_, let bytes) in events { reads.sizes.withLock { $0.append(bytes.count) } }
    }
  }
}
