// Connections that their owner has closed while bytes wait: they get their bytes where the peer takes
// them, and have an end where it does not.

import Networks
import Testing

@testable import Sockets

@Suite(.serialized, .timeLimit(.minutes(30))) struct PartingTests {
  /// More than the kernel takes at once.
  private static let much = pattern(2 << 20)

  enum Ending: CaseIterable { case closed, aborted }

  private func end(_ connection: ConnectionID, _ ending: Ending, in network: inout SocketNetwork) {
    switch ending {
    case .closed: network.close(connection)
    case .aborted: network.abort(connection)
    }
  }

  /// A peer that reads late gets every byte, and then the end that was meant.
  @Test(arguments: Ending.allCases) func allBytesComeBeforeTheEnd(_ ending: Ending) throws {
    let loop = try Loop(kernelBytesMax: 65_536)
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: near)
    loop.network.send(Self.much, on: far)
    end(far, ending, in: &loop.network)
    let (count, isUnsent) = (loop.network.partingCount, loop.network.hasUnsentBytes)
    #expect(count == 1 && isUnsent)
    loop.run(milliseconds: 50)
    loop.network.setReading(true, on: near)
    loop.wait(for: ending == .closed ? .finished(near) : .reset(near))
    #expect(loop.byteCount(on: near) == Self.much.count)
    loop.wait { $0.network.partingCount == 0 }
  }

  /// A few bytes that fit into the kernel's buffers are no other case.
  @Test func anAbortDoesNotTakeBackWhatIsUnderWay() throws {
    let loop = try Loop(kernelBytesMax: 65_536)
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: near)
    loop.network.send(Array("the last words".utf8), on: far)
    loop.network.abort(far)
    loop.run(milliseconds: 50)
    loop.network.setReading(true, on: near)
    loop.wait(for: .reset(near))
    #expect(loop.bytes(on: near) == Array("the last words".utf8))
  }

  /// A peer that takes nothing is let go, with everything that waits for it.
  @Test(arguments: Ending.allCases) func aPeerThatTakesNothingIsLetGo(_ ending: Ending) throws {
    let loop = try Loop(kernelBytesMax: 65_536, sendTimeMax: 200)
    let pairs = try (0..<20).map { _ in try loop.pair() }
    for (near, far) in pairs {
      loop.network.setReading(false, on: near)
      loop.network.send(Self.much, on: far)
      end(far, ending, in: &loop.network)
    }
    let count = loop.network.partingCount
    #expect(count == 20)
    loop.wait { $0.network.partingCount == 0 }
    let isUnsent = loop.network.hasUnsentBytes
    #expect(!isUnsent)
    for (near, _) in pairs { loop.network.setReading(true, on: near) }
    loop.wait { loop in pairs.allSatisfy { loop.events.contains(.reset($0.near)) } }
    // One poller and one listener, the mailbox, and nothing of the pairs.
    let left = loop.network.connectionCount
    #expect(left == 0)
  }

  /// Room is made by the one that has taken nothing for the longest time.
  @Test func theSlowestCanBeDropped() throws {
    let loop = try Loop(kernelBytesMax: 65_536)
    var isDropped = loop.network.dropParting()
    #expect(!isDropped)
    let pairs = try (0..<3).map { _ in try loop.pair() }
    for (near, far) in pairs {
      loop.network.setReading(false, on: near)
      loop.network.send(Self.much, on: far)
      loop.network.close(far)
      loop.run(milliseconds: 5)
    }
    for count in [2, 1, 0] {
      isDropped = loop.network.dropParting()
      let left = loop.network.partingCount
      #expect(isDropped && left == count)
    }
    isDropped = loop.network.dropParting()
    #expect(!isDropped)
  }

  /// How a client goes whose bytes are not read.
  enum Leaving: CaseIterable { case finishes, closes, resets }

  /// A client that is not read, since it has sent too much, is still seen to go.
  @Test(arguments: Leaving.allCases) func aClientThatIsNotReadIsSeenToGo(_ leaving: Leaving) throws
  {
    let loop = try Loop(kernelBytesMax: 65_536)
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    loop.network.send(Array("unread".utf8), on: near)
    loop.run(milliseconds: 20)
    switch leaving {
    case .finishes: loop.network.finish(near)
    case .closes: loop.network.close(near)
    case .resets: loop.network.reset(near)
    }
    loop.wait(for: leaving == .resets ? .reset(far) : .finished(far))
    #expect(loop.count(of: leaving == .resets ? .reset(far) : .finished(far)) == 1)
    guard leaving != .resets else { return }
    loop.network.setReading(true, on: far)
    loop.wait { $0.bytes(on: far) == Array("unread".utf8) }
  }

  /// The same where our own sending has already shown it.
  @Test func aClientThatIsNotReadAndGoneIsReported() throws {
    let loop = try Loop(kernelBytesMax: 65_536)
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    loop.network.reset(near)
    loop.network.send(Self.much, on: far)
    loop.wait(for: .reset(far))
  }
}
