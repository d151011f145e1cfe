// The network of sockets against the kernel, over loopback only: what is sent arrives, each kind of
// end arrives as that kind, and nothing is left behind.

import Networks
import Sockets
import Testing

@Suite(.serialized, .timeLimit(.minutes(30))) struct SocketNetworkTests {
  // MARK: Bytes

  @Test func carriesBytesBothWays() throws {
    let loop = try Loop()
    #expect((1...65_535).contains(loop.port))
    let (near, far) = try loop.pair()
    #expect(loop.network.connectionCount == 2)
    loop.network.send(Array("hello".utf8), on: near)
    loop.network.send([], on: near)
    loop.network.send(Array("world".utf8), on: far)
    loop.wait { $0.byteCount(on: far) >= 5 && $0.byteCount(on: near) >= 5 }
    #expect(loop.bytes(on: far) == Array("hello".utf8))
    #expect(loop.bytes(on: near) == Array("world".utf8))
    #expect(loop.signals(on: near) == [.opened(near)])
    #expect(loop.signals(on: far) == [.accepted(loop.listener, far)])
    #expect(loop.network.waitingBytes(on: near) == 0)
  }

  @Test func sendsWhatWasSentBeforeItOpened() throws {
    let loop = try Loop()
    let near = loop.network.connect(to: "127.0.0.1", port: loop.port)
    loop.network.send(Array("early".utf8), on: near)
    #expect(loop.network.waitingBytes(on: near) == 5)
    loop.network.send(Array(" bird".utf8), on: near)
    loop.wait { $0.accepted().map { loop.byteCount(on: $0) } == 10 }
    let far = try #require(loop.accepted())
    #expect(loop.bytes(on: far) == Array("early bird".utf8))
    loop.wait(for: .drained(near))
    #expect(loop.signals(on: near) == [.opened(near), .drained(near)])
  }

  /// What the kernel has and nobody has read yet counts, and what was reported as an end too.
  @Test func knowsWhatNobodyHasReadYet() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    func silent(_ connection: ConnectionID) -> Bool { loop.network.isSilent(connection) }
    #expect(silent(near) && silent(far))
    loop.network.send([1], on: near)
    #expect(silent(near) && !silent(far))
    loop.wait { $0.byteCount(on: far) == 1 }
    #expect(silent(far))
    loop.network.finish(near)
    #expect(!silent(far))
    loop.wait(for: .finished(far))
    #expect(!silent(far) && silent(near))
    loop.network.reset(far)
    #expect(!silent(near) && !silent(far))
    let opening = loop.network.connect(to: "127.0.0.1", port: loop.port)
    #expect(!silent(opening))
  }

  /// Several connections at once, each with bytes of its own.
  @Test func keepsConnectionsApart() throws {
    let loop = try Loop()
    var pairs: [(near: Int, far: Int)] = []
    for _ in 0..<20 { pairs.append(try loop.pair()) }
    for round in 0..<10 {
      for (near, far) in pairs {
        loop.network.send([UInt8(near), UInt8(round)], on: near)
        loop.network.send([UInt8(far), UInt8(round)], on: far)
      }
    }
    loop.wait { loop in
      pairs.allSatisfy { loop.byteCount(on: $0.near) == 20 && loop.byteCount(on: $0.far) == 20 }
    }
    for (near, far) in pairs {
      #expect(loop.bytes(on: far) == (0..<10).flatMap { [UInt8(near), $0] })
      #expect(loop.bytes(on: near) == (0..<10).flatMap { [UInt8(far), $0] })
    }
    #expect(Set(pairs.flatMap { [$0.near, $0.far] }).count == 40)
  }

  @Test func waitsForAReaderThatPauses() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    let sent = pattern(5_000_000)
    loop.network.send(sent, on: near)
    loop.run(milliseconds: 30)
    let waiting = loop.network.waitingBytes(on: near)
    #expect(waiting > 0)
    #expect(loop.bytes(on: far).isEmpty)
    #expect(loop.count(of: .drained(near)) == 0)
    loop.network.setReading(true, on: far)
    loop.wait { $0.network.waitingBytes(on: near) == 0 && $0.byteCount(on: far) == sent.count }
    #expect(loop.bytes(on: far) == sent)
    #expect(loop.signals(on: near) == [.opened(near), .drained(near)])
    for case .bytes(_, let bytes) in loop.events { #expect((1...65_536).contains(bytes.count)) }
    // Paused again, it keeps what comes.
    loop.network.setReading(false, on: far)
    loop.network.send([1], on: near)
    loop.run(milliseconds: 20)
    #expect(loop.byteCount(on: far) == sent.count)
  }

  /// The owner waits for `drained` before it reads on, so what is sent meanwhile must not swallow it.
  @Test func reportsThatItDrainedWhateverIsSentMeanwhile() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    var sent = pattern(8_000_000)
    loop.network.send(sent, on: near)
    #expect(loop.network.waitingBytes(on: near) > 0)
    loop.network.setReading(true, on: far)
    // Each send finds room in the kernel that the reader has just made.
    loop.wait { loop in
      if loop.network.waitingBytes(on: near) > 0 {
        loop.network.send([7], on: near)
        sent.append(7)
      }
      return loop.network.waitingBytes(on: near) == 0
    }
    loop.wait { $0.byteCount(on: far) == sent.count }
    #expect(loop.bytes(on: far) == sent)
    #expect(loop.count(of: .drained(near)) == 1)
  }

  // MARK: Ends in order

  @Test func finishesOneDirection() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.send([1, 2], on: near)
    loop.network.finish(near)
    loop.wait(for: .finished(far))
    #expect(loop.bytes(on: far) == [1, 2])
    loop.network.send(Array("still here".utf8), on: far)
    loop.wait { $0.byteCount(on: near) >= 10 }
    #expect(loop.bytes(on: near) == Array("still here".utf8))
    #expect(loop.network.connectionCount == 2)
    loop.network.finish(far)
    loop.wait(for: .finished(near))
    #expect(loop.signals(on: near) == [.opened(near), .finished(near)])
    #expect(loop.signals(on: far).dropFirst() == [.finished(far)])
  }

  @Test func finishesBehindAllThatWaits() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    let sent = pattern(6_000_000)
    loop.network.send(sent, on: near)
    loop.network.finish(near)
    #expect(loop.network.waitingBytes(on: near) > 0)
    loop.network.setReading(true, on: far)
    loop.wait(for: .finished(far))
    #expect(loop.bytes(on: far) == sent)
    #expect(loop.count(of: .drained(near)) == 1)
  }

  /// What is sent behind the end goes nowhere, and does no harm.
  @Test func sendsNothingBehindItsEnd() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    let sent = pattern(6_000_000)
    loop.network.send(sent, on: near)
    loop.network.finish(near)
    loop.network.send([1, 2, 3], on: near)
    loop.network.setReading(true, on: far)
    loop.wait(for: .finished(far))
    #expect(loop.byteCount(on: far) == sent.count)
    loop.network.send([1, 2, 3], on: near)
    loop.network.send([5], on: far)
    loop.network.finish(far)
    loop.wait(for: .finished(near))
    #expect(loop.bytes(on: near) == [5])
    #expect(loop.count(of: .reset(near)) == 0)
  }

  @Test(arguments: [0, 5]) func finishesWhatHasNotOpenedYet(_ count: Int) throws {
    let loop = try Loop()
    let near = loop.network.connect(to: "127.0.0.1", port: loop.port)
    loop.network.send(pattern(count), on: near)
    loop.network.finish(near)
    loop.wait { loop in loop.accepted().map { loop.events.contains(.finished($0)) } == true }
    let far = try #require(loop.accepted())
    #expect(loop.bytes(on: far) == pattern(count))
    loop.network.send([9], on: far)
    loop.wait { $0.bytes(on: near) == [9] }
  }

  @Test func closesBehindAllThatWaits() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    let sent = pattern(6_000_000)
    loop.network.send(sent, on: near)
    loop.network.close(near)
    #expect(loop.network.connectionCount == 1)
    loop.run(milliseconds: 20)
    loop.network.setReading(true, on: far)
    loop.wait(for: .finished(far))
    #expect(loop.bytes(on: far) == sent)
    #expect(loop.signals(on: near) == [.opened(near)])
  }

  @Test func closesWhatHasNotOpenedYetBehindItsBytes() throws {
    let loop = try Loop()
    let near = loop.network.connect(to: "127.0.0.1", port: loop.port)
    loop.network.send(Array("last words".utf8), on: near)
    loop.network.close(near)
    loop.wait { loop in loop.accepted().map { loop.events.contains(.finished($0)) } == true }
    let far = try #require(loop.accepted())
    #expect(loop.bytes(on: far) == Array("last words".utf8))
    #expect(loop.signals(on: near) == [])
  }

  /// RFC 9112 section 9.6: closing with unread bytes would abort the connection.
  @Test func lingersSoThatThePeerCanRead() throws {
    let loop = try Loop()
    let (near, far) = try loop.pair()
    loop.network.setReading(false, on: far)
    loop.network.setReading(false, on: near)
    // The server answers and closes although the client's bytes are unread, and more still come.
    loop.network.send(pattern(100_000), on: near)
    loop.network.send(Array("answer".utf8), on: far)
    loop.network.close(far)
    loop.run(milliseconds: 20)
    loop.network.send(pattern(100_000), on: near)
    loop.run(milliseconds: 20)
    loop.network.setReading(true, on: near)
    loop.wait(for: .finished(near))
    #expect(loop.bytes(on: near) == Array("answer".utf8))
    #expect(loop.count(of: .reset(near)) == 0)
    #expect(loop.bytes(on: far).isEmpty)
  }

  // MARK: Time

  @Test func keepsToItsTimeout() throws {
    let loop = try Loop()
    // None of these waits for an event, which would be for ever.
    for timeout in [0, -1, -5_000, Int.min] { loop.poll(timeout: timeout) }
    let start = monotonicMilliseconds()
    loop.poll(timeout: 60)
    #expect(monotonicMilliseconds() - start >= 55)
    #expect(loop.events.isEmpty)
    // For ever ends with the first event.
    _ = loop.network.connect(to: "127.0.0.1", port: loop.port)
    loop.poll(timeout: nil)
    #expect(!loop.events.isEmpty)
  }
}
