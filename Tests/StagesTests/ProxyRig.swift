// A proxy between plain clients and a plain upstream, both played by hand, on one network and under a
// clock that jumps: what a stage does with recordings, a rig does with single bytes.

import ProxyUnderTest
import Wire

@testable import Networks
@testable import ProxyServing

/// The proxy's server with all that comes to its clients and its upstream.
final class ProxyRig<World: StageNetwork & ~Copyable> {
  private var world: World
  private(set) var proxy: ProxyServer<Exchange>
  private let front: (listener: ListenerID, port: Int)
  private var now = 0
  private var clients: Set<ConnectionID> = []
  /// The connections that the proxy has opened to the upstream, in order.
  private(set) var upstreams: [ConnectionID] = []
  /// The proxy's ends of the clients' connections.
  private var fronts: [ConnectionID] = []
  private var received: [ConnectionID: [UInt8]] = [:]
  /// How each connection has ended at its far end from the proxy.
  private(set) var endings: [ConnectionID: Closing] = [:]

  init(_ world: consuming World, _ change: (inout Settings) -> Void = { _ in }) throws {
    var listening = world
    front = try listening.listen()
    let back = try listening.listen()
    self.world = listening
    var settings = Settings()
    settings.upstream = BaseURL(scheme: .http, host: "127.0.0.1", port: back.port, path: "/v1")
    settings.key = "sk-upstream"
    change(&settings)
    proxy = ProxyServer(settings: settings)
  }

  /// Connects a client.
  func connect() throws -> ConnectionID {
    let client = world.connect(to: "127.0.0.1", port: front.port)
    clients.insert(client)
    try settle()
    return client
  }

  /// Sends from a client or from the upstream, and lets everything come to rest.
  func send(_ text: String, on connection: ConnectionID) throws {
    world.send(Array(text.utf8), on: connection)
    try settle()
  }

  /// Sends on several connections in this order, all before anything arrives.
  func sendTogether(_ texts: [(text: String, connection: ConnectionID)]) throws {
    for (text, connection) in texts { world.send(Array(text.utf8), on: connection) }
    try settle()
  }

  /// Sends on one connection, and ends another before anything arrives.
  func send(_ text: String, on connection: ConnectionID, whileEnding other: ConnectionID) throws {
    world.send(Array(text.utf8), on: connection)
    world.finish(other)
    try settle()
  }

  func finish(_ connection: ConnectionID) throws {
    world.finish(connection)
    try settle()
  }

  func reset(_ connection: ConnectionID) throws {
    world.reset(connection)
    clients.remove(connection)
    try settle()
  }

  func setReading(_ reads: Bool, on connection: ConnectionID) throws {
    world.setReading(reads, on: connection)
    try settle()
  }

  func stop(_ stopping: Stopping) throws {
    proxy.stop(stopping, at: now, in: &world)
    try settle()
  }

  /// Lets time pass, with everything that is due on the way.
  func advance(milliseconds: Int) throws {
    let end = now + milliseconds
    while let due = proxy.deadline, due <= end {
      now = max(now, due)
      proxy.wake(at: now, in: &world)
      try settle()
    }
    now = end
  }

  /// The most bytes that the proxy holds for one client.
  var heldBytesMax: Int {
    fronts.reduce(0) { max($0, world.waitingBytes(on: $1)) }
  }

  /// How many bytes of a client's or the upstream's the proxy has not read.
  func unreadBytes(from connection: ConnectionID) -> Int { world.waitingBytes(on: connection) }

  /// What has come on a connection.
  func text(on connection: ConnectionID) -> String {
    String(decoding: received[connection] ?? [], as: UTF8.self)
  }

  func byteCount(on connection: ConnectionID) -> Int { received[connection]?.count ?? 0 }

  private func settle() throws {
    var events: [NetworkEvent] = []
    repeat {
      events.removeAll()
      try world.settle(into: &events)
      for event in events { dispatch(event) }
      if let due = proxy.deadline, due <= now { proxy.wake(at: now, in: &world) }
    } while !events.isEmpty || proxy.deadline.map { $0 <= now } == true
  }

  private func dispatch(_ event: NetworkEvent) {
    switch event {
    case .accepted(front.listener, let connection):
      fronts.append(connection)
      proxy.accept(connection, at: now, in: &world)
    case .accepted(_, let connection):
      upstreams.append(connection)
    case .bytes(let connection, let bytes) where isOurs(connection):
      received[connection, default: []] += bytes
    case .finished(let connection) where isOurs(connection):
      endings[connection] = .finished
      world.close(connection)
    case .reset(let connection) where isOurs(connection),
      .refused(let connection) where isOurs(connection):
      endings[connection] = .reset
    case .opened(let connection) where isOurs(connection),
      .drained(let connection) where isOurs(connection):
      break
    default:
      proxy.handle(event, at: now, in: &world)
    }
  }

  private func isOurs(_ connection: ConnectionID) -> Bool {
    clients.contains(connection) || upstreams.contains(connection)
  }
}
