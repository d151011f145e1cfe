// Names with several addresses: they are tried in order, and one that leads nowhere keeps nobody from
// the next.

import Networks
import Testing

@testable import Sockets

@Suite(.serialized, .timeLimit(.minutes(30))) struct RaceTests {
  private func address(_ host: String, _ port: Int) throws -> SocketAddress {
    try #require(try SocketAddress(numeric: host, port: port, attempt: "test"))
  }

  /// A port of this machine on which nobody listens.
  private func closedPort() throws -> Int {
    var network = try SocketNetwork()
    let (listener, port) = try network.listen(host: "127.0.0.1", port: 0)
    network.stopListening(listener)
    return port
  }

  @Test(arguments: [1, 2, 5]) func refusedAddressesArePassedOver(_ count: Int) throws {
    let loop = try Loop()
    let closed = try closedPort()
    let wrong = try (0..<count).map { try address("127.0.0.\($0 + 1)", closed) }
    let near = loop.network.connect(toFirstOf: wrong + [try address("127.0.0.1", loop.port)])
    loop.wait(for: .opened(near))
    loop.network.send(Array("hello".utf8), on: near)
    loop.wait { loop in loop.accepted().map { loop.bytes(on: $0) } == Array("hello".utf8) }
  }

  @Test func itIsRefusedWhenAllAre() throws {
    let loop = try Loop()
    let closed = try closedPort()
    let wrong = try (1...3).map { try address("127.0.0.\($0)", closed) }
    let near = loop.network.connect(toFirstOf: wrong)
    loop.wait(for: .refused(near))
    let left = loop.network.connectionCount
    #expect(left == 0)
    let none = loop.network.connect(toFirstOf: [])
    loop.wait(for: .refused(none))
  }

  /// An address that answers nothing: a listener whose queue is full, for one.
  @Test func anAddressThatKeepsSilentIsNotWaitedFor() throws {
    let loop = try Loop()
    let silent = try Silent()
    defer { withExtendedLifetime(silent) {} }
    let near = loop.network.connect(
      toFirstOf: [try address("127.0.0.1", silent.port), try address("127.0.0.1", loop.port)])
    loop.wait(for: .opened(near))
    loop.wait { $0.accepted() != nil }
    // The attempt that lost is gone.
    let isOver = loop.network.races.isEmpty && loop.network.attempts.isEmpty
    #expect(isOver)
  }

  @Test func whoeverNoLongerWantsItEndsTheAttempts() throws {
    let loop = try Loop()
    let silent = try Silent()
    defer { withExtendedLifetime(silent) {} }
    for resets in [false, true] {
      let near = loop.network.connect(
        toFirstOf: [try address("127.0.0.1", silent.port), try address("127.0.0.1", silent.port)])
      loop.run(milliseconds: 20)
      if resets { loop.network.reset(near) } else { loop.network.close(near) }
      loop.run(milliseconds: 20)
      #expect(loop.signals(on: near).isEmpty)
    }
    let isOver = loop.network.races.isEmpty && loop.network.attempts.isEmpty
    #expect(isOver)
  }

  /// Bytes that are sent before it stands wait for it.
  @Test func whatIsSentEarlyArrives() throws {
    let loop = try Loop()
    let near = loop.network.connect(
      toFirstOf: [try address("127.0.0.1", closedPort()), try address("127.0.0.1", loop.port)])
    loop.network.send(Array("early".utf8), on: near)
    loop.network.close(near)
    loop.wait { loop in loop.accepted().map { loop.bytes(on: $0) } == Array("early".utf8) }
  }

  /// `localhost` reaches a listener on either family, whichever address its name gives first.
  @Test(arguments: ["127.0.0.1", "::1"]) func localhostIsFound(_ host: String) throws {
    guard let loop = try? Loop(host: host) else { return }  // without IPv6
    let all = try SocketAddress.all(host: "localhost", port: loop.port, attempt: "test")
    guard all.contains(where: { $0.family == (try? address(host, 1))?.family }) else { return }
    let near = loop.network.connect(to: "localhost", port: loop.port)
    loop.wait(for: .opened(near))
  }

  @Test func familiesTakeTurns() throws {
    let four = try (1...3).map { try address("127.0.0.\($0)", $0) }
    let six = try (1...2).map { try address("::1", $0) }
    let families = { (list: [SocketAddress]) in Race.inTurn(list).map(\.family) }
    let (a, b) = (six[0].family, four[0].family)
    #expect(families(six + four) == [a, b, a, b, b])
    #expect(families(four + six) == [b, a, b, a, b])
    #expect(families(four) == [b, b, b] && families([]).isEmpty)
    let many = Race(Array(repeating: four[0], count: 1_000))
    #expect(many.addresses.count == Race.addressesMax)
  }
}

/// A listener that accepts nobody and whose queue is full, so that nothing answers there.
private final class Silent {
  let port: Int
  private let listener: Socket
  private let clients: [Socket]

  init() throws {
    let listener = try Socket.listening(host: "127.0.0.1", port: 0, backlog: 0)
    let address = try SocketAddress(
      host: "127.0.0.1", port: listener.localPort, attempt: "test")
    self.listener = listener
    port = listener.localPort
    clients = try (0..<4).map { _ in try Socket.connecting(to: address, "test") }
  }

  deinit {
    listener.close()
    for client in clients { client.close() }
  }
}
