// A server that waits must wait: a connection for which nothing is to be done must not wake the
// poller again and again, whatever its peer does.

import Sockets
import Testing

@testable import Networks

@Suite struct IdleWaitingTests {
  enum Case: CaseIterable { case resetWhilePaused, finishedByBoth }

  @Test(arguments: Case.allCases) func nothingToDoIsNothingDone(_ situation: Case) throws {
    var network = try SocketNetwork()
    let (_, port) = try network.listen(host: "127.0.0.1", port: 0)
    let near = network.connect(to: "127.0.0.1", port: port)
    var far: ConnectionID?
    var events: [NetworkEvent] = []
    while far == nil || !events.contains(.opened(near)) {
      network.poll(timeout: 5_000, into: &events)
      for case .accepted(_, let connection) in events { far = connection }
    }
    let other = try #require(far)
    switch situation {
    case .resetWhilePaused:
      network.setReading(false, on: near)
      network.reset(other)
    case .finishedByBoth:
      network.finish(near)
      network.finish(other)
    }
    // Two events may still come, each with a call that returns early.
    let start = monotonicMilliseconds()
    for _ in 0..<6 { network.poll(timeout: 20, into: &events) }
    #expect(monotonicMilliseconds() - start >= 60)

    network.setReading(true, on: near)
    network.poll(timeout: 100, into: &events)
    let last: NetworkEvent = situation == .resetWhilePaused ? .reset(near) : .finished(near)
    #expect(events.contains(last))
  }
}
