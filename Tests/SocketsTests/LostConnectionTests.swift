// Connections that are gone: by force, as a peer sees it, and by number, as their owner does.

import Networks
import Sockets
import Testing

@Suite(.serialized, .timeLimit(.minutes(30))) struct LostConnectionTests {
  // MARK: Ends by force

  @Test func seesAReset() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.reset(near)
    #expect(loop.network.connectionCount == 1)
    loop.wait(for: .reset(far))
    #expect(loop.network.connectionCount == 0)
    #expect(loop.signals(on: near) == [.opened(near)])
    #expect(loop.signals(on: far).dropFirst() == [.reset(far)])
  }

  /// A send that fails must not take the reset for itself: what is left to be read looks like an end in
  /// order then.
  @Test func survivesSendingToAPeerThatIsGone() throws {
    let loop = try Loop()
    for count in [1, 2, 5] {
      let (near, far) = try loop.pair()
      loop.network.reset(near)
      for _ in 0..<count { loop.network.send(pattern(10), on: far) }
      loop.wait { $0.signals(on: far).count > 1 }
      #expect(loop.signals(on: far).dropFirst() == [.reset(far)])
      loop.network.send([1], on: far)
      loop.network.finish(far)
      loop.network.close(far)
    }
    loop.run(milliseconds: 10)
    #expect(loop.network.connectionCount == 0)
  }

  /// Bytes that wait for a peer that resets have not gone out.
  @Test func doesNotCallBytesGoneThatWereLost() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    loop.network.send(pattern(6_000_000), on: near)
    #expect(loop.network.waitingBytes(on: near) > 0)
    loop.network.reset(far)
    loop.wait(for: .reset(near))
    #expect(loop.signals(on: near) == [.opened(near), .reset(near)])
  }

  /// A peer that half-closes and then dies is gone, not merely finished.
  @Test(arguments: [0, 1, 6_000_000]) func seesAResetBehindAnEnd(_ waiting: Int) throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: near)
    loop.network.finish(near)
    loop.wait(for: .finished(far))
    loop.network.send(pattern(waiting), on: far)
    loop.run(milliseconds: 10)
    loop.network.reset(near)
    loop.wait(for: .reset(far))
    #expect(loop.signals(on: far).dropFirst() == [.finished(far), .reset(far)])
    #expect(loop.network.connectionCount == 0)
  }

  /// A client that goes while it is not read is reported once, and takes no time afterwards.
  @Test func tellsOnceThatAClientHasGoneWhileItIsPaused() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    loop.network.send(pattern(100), on: near)
    loop.run(milliseconds: 10)
    loop.network.reset(near)
    #expect(loop.run(milliseconds: 100) < 20)
    #expect(loop.signals(on: far).dropFirst() == [.reset(far)])
    loop.network.setReading(true, on: far)
    #expect(loop.run(milliseconds: 50) < 20)
    #expect(loop.signals(on: far).count == 2)
  }

  /// A connection of ours that is not read says nothing, and takes no time either, when its peer is
  /// gone; who reads on is told that it was a reset, and not an end in order.
  @Test func restsWhileItIsPausedAndItsServerIsGone() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: near)
    loop.network.reset(far)
    #expect(loop.run(milliseconds: 100) < 20)
    #expect(loop.signals(on: near).count == 1)
    loop.network.setReading(true, on: near)
    loop.wait(for: .reset(near))
  }

  @Test func restsWhenBothDirectionsHaveFinished() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.finish(near)
    loop.wait(for: .finished(far))
    loop.network.finish(far)
    loop.wait(for: .finished(near))
    #expect(loop.run(milliseconds: 100) < 20)
    #expect(loop.signals(on: near) == [.opened(near), .finished(near)])
    #expect(loop.signals(on: far).dropFirst() == [.finished(far)])
    #expect(loop.network.connectionCount == 2)
  }

  // MARK: Numbers that are gone

  @Test func saysNothingOfANumberThatIsGone() throws {
    let loop = try Loop()
    var gone: [ConnectionID] = []
    for round in 0..<30 {
      let (near, far) = try loop.pair()
      loop.network.send(pattern(1_000), on: far)
      loop.network.send(pattern(1_000), on: near)
      if round % 3 == 0 { loop.network.close(near) } else { loop.network.reset(near) }
      gone.append(near)
      let seen = loop.events.count
      if round % 2 == 0 { loop.network.close(far) } else { loop.network.finish(far) }
      loop.run(milliseconds: 2)
      #expect(!loop.events[seen...].contains { $0.connection == near })
    }
    let seen = loop.events.count
    loop.run(milliseconds: 50)
    #expect(!loop.events[seen...].contains { gone.contains($0.connection) })
  }

  @Test func doesNothingForANumberThatIsGone() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    let sent = pattern(6_000_000)
    loop.network.send(sent, on: near)
    loop.network.close(near)
    for number in [near, 0, -1, 99_999] {
      #expect(loop.network.waitingBytes(on: number) == 0)
      loop.network.send([1, 2, 3], on: number)
      loop.network.setReading(false, on: number)
      loop.network.finish(number)
      loop.network.close(number)
      loop.network.reset(number)
    }
    loop.network.setReading(true, on: far)
    loop.wait { $0.signals(on: far).count > 1 }
    #expect(loop.signals(on: far).last == .finished(far))
    #expect(loop.bytes(on: far) == sent)
  }

  @Test(arguments: [false, true]) func takesBackARefusal(_ resets: Bool) throws {
    let loop = try Loop()
    let number = loop.network.connect(to: "no such host", port: 80)
    if resets { loop.network.reset(number) } else { loop.network.close(number) }
    loop.run(milliseconds: 20)
    #expect(loop.signals(on: number) == [])
  }

  @Test func abandonsAnAttempt() throws {
    let loop = try Loop()
    let one = loop.network.connect(to: "127.0.0.1", port: loop.port)
    let two = loop.network.connect(to: "127.0.0.1", port: loop.port)
    loop.network.close(one)
    loop.network.reset(two)
    loop.run(milliseconds: 50)
    #expect(loop.signals(on: one) == [])
    #expect(loop.signals(on: two) == [])
  }
}
