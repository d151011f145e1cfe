// When an upstream connection serves a second request, and when it must not: scenes of clients and an
// upstream around the proxy, in memory and on real sockets. In "dies under the second" the request has
// been sent, so that nobody sends it again.

import ProxyUnderTest
import Testing
import Wire

@testable import Networks
@testable import ProxyServing
@testable import Stages

@Suite(.serialized, .timeLimit(.minutes(30))) struct UpstreamPoolTests {
  static let whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
  static let other = "HTTP/1.1 418 T\r\nContent-Length: 0\r\n\r\n"
  static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"

  /// What happens, how many connections the upstream sees, and the statuses of the answers.
  static let scenes: [(name: String, steps: [Step], connections: Int, statuses: [Int])] = [
    ("a whole answer", [.ask, .answer(whole), .ask, .answer(whole)], 1, [200, 200]),
    ("chunks", [.ask, .answer(chunked), .ask, .answer(whole)], 1, [200, 200]),
    ("no body", [.ask, .answer("HTTP/1.1 204 No\r\n\r\n"), .ask, .answer(whole)], 1, [204, 200]),
    ("an error", [.ask, .answer("HTTP/1.1 500 E\r\nContent-Length: 0\r\n\r\n"), .ask], 1, [500]),
    ("two at once", [.ask, .ask, .answer(whole), .answerAt(0, whole), .ask], 2, [200, 200]),
    (
      "a third is free", [.ask, .ask, .answerAt(0, whole), .ask, .answerAt(1, whole), .ask], 2,
      [200, 200]
    ),
    ("a byte behind it", [.ask, .answer(whole + "X"), .ask], 2, [200]),
    ("a byte after a while", [.ask, .answer(whole), .answer("X"), .ask], 2, [200]),
    ("an answer unasked", [.ask, .answer(chunked + whole), .ask, .answer(whole)], 2, [200, 200]),
    (
      "close",
      [.ask, .answer("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"), .ask],
      2, [200]
    ),
    ("HTTP/1.0", [.ask, .answer("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), .ask], 2, [200]),
    ("until close", [.ask, .answer("HTTP/1.1 200 OK\r\n\r\nok"), .finish, .ask], 2, [200]),
    ("closed while idle", [.ask, .answer(whole), .finish, .ask, .answer(whole)], 2, [200, 200]),
    ("reset while idle", [.ask, .answer(whole), .reset, .ask, .answer(whole)], 2, [200, 200]),
    (
      "a byte as it is wanted", [.ask, .answer(whole), .askAsItSends("X"), .answer(whole)], 2,
      [200, 200]
    ),
    (
      "an answer as it is wanted", [.ask, .answer(whole), .askAsItSends(other), .answer(whole)], 2,
      [200, 200]
    ),
    (
      "an end as it is wanted", [.ask, .answer(whole), .askAsItEnds, .answer(whole)], 2, [200, 200]
    ),
    ("just in time", [.ask, .answer(whole), .pass(3_999), .ask], 1, [200]),
    ("idle for too long", [.ask, .answer(whole), .pass(4_000), .ask], 2, [200]),
    ("dies under the second", [.ask, .answer(whole), .ask, .finish], 1, [200, 502]),
    ("is reset under the second", [.ask, .answer(whole), .ask, .reset], 1, [200, 502]),
    ("the client leaves", [.ask, .leave, .ask, .answer(whole)], 2, [200]),
  ]

  @Test(arguments: scenes)
  func isUsedAgainOnlyBehindAWholeAnswer(
    _ name: String, _ steps: [Step], _ connections: Int, _ statuses: [Int]
  ) throws {
    let simulated = try ProxyRig(SimulatedNetwork(), Self.keeps)
    let sockets = try ProxyRig(try LoopbackNetwork(), Self.keeps)
    for seen in [try Scene(simulated).play(steps), try Scene(sockets).play(steps)] {
      #expect(seen.connections == connections, "\(name)")
      #expect(seen.statuses == statuses, "\(name)")
      // A request is never sent twice.
      #expect(seen.requests == steps.count(where: \.asks), "\(name)")
    }
  }

  private static func keeps(_ settings: inout Settings) { settings.keepsUpstreams = true }

  @Test func withoutTheSettingEveryRequestHasItsOwn() throws {
    let rig = try ProxyRig(SimulatedNetwork())
    let seen = try Scene(rig).play([.ask, .answer(Self.whole), .ask, .answer(Self.whole)])
    #expect(seen.connections == 2)
    #expect(rig.upstreams.allSatisfy { rig.text(on: $0).contains("\r\nConnection: close\r\n") })
  }

  @Test func aCrowdIsNotKept() throws {
    let rig = try ProxyRig(SimulatedNetwork(), Self.keeps)
    let scene = Scene(rig)
    let crowd = UpstreamPool.countMax + 10
    _ = try scene.play(Array(repeating: .ask, count: crowd))
    let seen = try scene.play((0..<crowd).map { .answerAt($0, Self.whole) })
    #expect(seen.statuses == Array(repeating: 200, count: crowd))
    #expect(rig.upstreams.count { rig.endings[$0] == nil } == UpstreamPool.countMax)
    _ = try scene.play([.pass(4_000)])
    #expect(rig.upstreams.count { rig.endings[$0] == nil } == 0)
  }

  /// Dead ones are passed over, and closed, until one is silent.
  @Test func theFirstThatIsSilentIsTaken() throws {
    var network = SimulatedNetwork()
    let place = BaseURL(scheme: .http, host: "h", port: network.listen().port)
    var pool = UpstreamPool()
    let connections = (0..<4).map { _ in network.connect(to: place) }
    var events: [NetworkEvent] = []
    network.settle(into: &events)
    for connection in connections {
      pool.opened(connection, to: place)
      pool.release(connection, at: 0, in: &network)
    }
    network.send([0x58], on: connections[3] + 1)
    network.finish(connections[2] + 1)
    network.reset(connections[1] + 1)
    #expect(pool.take(to: place, in: &network) == connections[0])
    #expect(pool.take(to: place, in: &network) == nil)
    #expect(pool.count == 0)
    network.settle(into: &events)
    #expect([3, 2].allSatisfy { events.contains(.finished(connections[$0] + 1)) })
  }

  /// Another host, or another port, is another server.
  @Test func isUsedForItsOwnServerOnly() throws {
    var network = SimulatedNetwork()
    let (first, second) = (network.listen().port, network.listen().port)
    func place(_ port: Int, _ path: String = "") -> BaseURL {
      BaseURL(scheme: .http, host: "h", port: port, path: path)
    }
    var pool = UpstreamPool()
    let connection = network.connect(to: place(first))
    var events: [NetworkEvent] = []
    network.settle(into: &events)
    pool.opened(connection, to: place(first))
    pool.release(connection, at: 0, in: &network)
    #expect(!pool.has(place(second)))
    #expect(pool.take(to: place(second), in: &network) == nil)
    #expect(pool.take(to: place(first, "/v1"), in: &network) == connection)
    #expect(pool.take(to: place(first), in: &network) == nil)
    // What was said over TLS is not gone on with in the clear, and the other way round.
    let secure = BaseURL(scheme: .https, host: "h", port: first)
    pool.opened(connection, to: secure)
    pool.release(connection, at: 0, in: &network)
    #expect(!pool.has(place(first)))
    #expect(pool.take(to: secure, in: &network) == connection)
  }
}

/// What happens in a scene.
enum Step: Hashable, Sendable {
  /// A new client asks.
  case ask
  /// A new client asks, and in the same moment bytes or an end come on the connection of the last
  /// request.
  case askAsItSends(String)
  case askAsItEnds
  /// The upstream sends bytes on the connection that got the last request, or that number.
  case answer(String)
  case answerAt(Int, String)
  /// The upstream ends the connection that got the last request.
  case finish, reset
  /// The last client goes.
  case leave
  /// Milliseconds pass.
  case pass(Int)

  /// Whether a client asks in it.
  var asks: Bool {
    switch self {
    case .ask, .askAsItSends, .askAsItEnds: true
    case .answer, .answerAt, .finish, .reset, .leave, .pass: false
    }
  }
}

/// What has come of a scene.
private struct Seen {
  var connections: Int
  var requests: Int
  var statuses: [Int]
}

/// Clients and a scripted upstream around the proxy.
private final class Scene<World: StageNetwork & ~Copyable> {

  private static var request: String {
    "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"
  }

  private let rig: ProxyRig<World>
  private var clients: [ConnectionID] = []
  /// The connections that have got the requests, in the order of these.
  private var asked: [ConnectionID] = []

  init(_ rig: ProxyRig<World>) { self.rig = rig }

  func play(_ steps: [Step]) throws -> Seen {
    for step in steps { try play(step) }
    let statuses = clients.compactMap {
      Int(rig.text(on: $0).split(separator: " ").dropFirst().first ?? "")
    }
    return Seen(
      connections: rig.upstreams.count,
      requests: rig.upstreams.reduce(0) { $0 + requestCount($1) }, statuses: statuses)
  }

  private func requestCount(_ upstream: ConnectionID) -> Int {
    rig.text(on: upstream).ranges(of: "POST /").count
  }

  private func play(_ step: Step) throws {
    let before = rig.upstreams.map(requestCount)
    if step.asks { clients.append(try rig.connect()) }
    let last = asked.last ?? 0
    switch step {
    case .ask: try rig.send(Self.request, on: clients[clients.count - 1])
    case .askAsItSends(let text):
      try rig.sendTogether([(Self.request, clients[clients.count - 1]), (text, last)])
    case .askAsItEnds:
      try rig.send(Self.request, on: clients[clients.count - 1], whileEnding: last)
    case .answer(let text): try rig.send(text, on: last)
    case .answerAt(let number, let text): try rig.send(text, on: asked[number])
    case .finish: try rig.finish(last)
    case .reset: try rig.reset(last)
    case .leave: try rig.finish(clients[clients.count - 1])
    case .pass(let time): try rig.advance(milliseconds: time)
    }
    guard step.asks else { return }
    asked += rig.upstreams.enumerated().filter {
      requestCount($1) > ($0 < before.count ? before[$0] : 0)
    }.map(\.element)
  }
}
