// Descriptors are counted in processes of their own, where nothing else opens any.

import Networks
import Sockets
import Testing

@Suite(.serialized, .timeLimit(.minutes(30))) struct DescriptorTests {
  @Test func areAllGivenBack() async {
    await #expect(processExitsWith: .success) {
      let atFirst = try openSockets()
      var loop: Loop? = try Loop()
      let before = try openSockets()
      // The listener, the poller and the two ends of the mailbox.
      #expect(before == atFirst + 4)
      for round in 0..<200 { try spend(round, #require(loop)) }
      loop?.wait { _ in (try? openSockets()) == before }
      #expect(try openSockets() == before)
      // Connections of every kind are left open.
      for round in 0..<10 {
        let pair = try #require(try loop?.pair())
        if round % 2 == 0 { loop?.network.finish(pair.near) }
        if round % 3 == 0 { loop?.network.close(pair.far) }
      }
      _ = loop?.network.connect(to: "127.0.0.1", port: loop?.port ?? 0)
      #expect(try openSockets() > before)
      loop = nil
      #expect(try openSockets() == atFirst)
    }
  }

  /// A peer that neither closes nor reads on is waited for a second, from the last byte on.
  @Test func areKeptForASecondBehindTheLastByte() async {
    await #expect(processExitsWith: .success) {
      let loop = try Loop()
      let before = try openSockets()
      let (near, far) = try loop.pair()
      loop.network.setReading(false, on: far)
      loop.network.send(pattern(6_000_000), on: near)
      loop.network.close(near)
      loop.run(milliseconds: 700)
      #expect(try openSockets() == before + 2)
      loop.network.setReading(true, on: far)
      loop.wait(for: .finished(far))
      // The time from `close` on is over now, the time from the last byte on is not.
      for _ in 0..<40 { loop.run(milliseconds: 10) }
      #expect(try openSockets() == before + 2)
      loop.wait { _ in (try? openSockets()) == before + 1 }
      loop.network.close(far)
      loop.wait { _ in (try? openSockets()) == before }
    }
  }

  /// SIGPIPE would end the process.
  @Test func areNoDangerWhenThePeerIsGone() async {
    await #expect(processExitsWith: .success) {
      let loop = try Loop()
      for _ in 0..<5 {
        let (near, far) = try loop.pair()
        loop.network.reset(near)
        loop.network.send(pattern(100_000), on: far)
        loop.network.send(pattern(100_000), on: far)
        loop.wait { $0.signals(on: far).count > 1 }
      }
    }
  }
}

/// Opens a connection and ends it in one of several ways.
private func spend(_ round: Int, _ loop: Loop) throws {
  let (near, far) = try loop.pair()
  switch round % 8 {
  case 0:
    loop.network.close(near)
    loop.network.close(far)
  case 1:
    loop.network.reset(near)
    loop.wait(for: .reset(far))
  case 2:
    loop.network.finish(near)
    loop.wait(for: .finished(far))
    loop.network.close(far)
    loop.wait(for: .finished(near))
    loop.network.close(near)
  case 3:
    loop.network.send(pattern(100_000), on: near)
    loop.network.close(near)
    loop.network.reset(far)
  case 4:
    loop.network.finish(near)
    loop.network.finish(far)
    loop.wait { $0.events.contains(.finished(near)) && $0.events.contains(.finished(far)) }
    loop.network.reset(near)
    loop.network.close(far)
  case 5:
    loop.network.setReading(false, on: far)
    loop.network.send(pattern(100), on: near)
    loop.network.reset(near)
    loop.network.close(far)
  case 6:
    loop.network.finish(near)
    loop.wait(for: .finished(far))
    loop.network.reset(near)
    loop.wait(for: .reset(far))
  default:
    let closed = try loop.network.listen(host: "127.0.0.1", port: 0)
    loop.network.stopListening(closed.listener)
    let refused = loop.network.connect(to: "127.0.0.1", port: closed.port)
    // Or opened, should the system choose the same port for the near end: TCP allows that.
    loop.wait { !$0.signals(on: refused).isEmpty }
    loop.network.close(refused)
    loop.network.close(near)
    loop.network.send(pattern(10), on: far)
    loop.network.close(far)
  }
}
