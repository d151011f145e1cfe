// What every stage has: a network with the proxy and the mock on it, in one thread, and the time as a
// number that jumps to the next thing due. Which server an event is for is decided here; what clients
// do is the stage's own.

internal import MockQwen
internal import Networks
internal import ProxyServing

/// A network, its two servers, and the time.
struct StageHosts<World: StageNetwork & ~Copyable, Core: ProxyCore>: ~Copyable {
  var world: World
  var proxy: ProxyServer<Core>
  var mock: MockServer
  let proxyPort: Int
  private let proxyListener: ListenerID
  /// Milliseconds since the stage was made.
  private(set) var now = 0
  /// What has happened since the network was last asked.
  private(set) var events: [NetworkEvent] = []

  /// Listens for both; `proxy` makes the proxy whose upstream listens at a port.
  init(
    _ world: consuming World, mock: MockServer,
    proxy: (_ upstreamPort: Int) throws -> ProxyServer<Core>
  ) throws {
    var listening = world
    if Core.readsRecords { listening.leaveRecords() }
    let front = try listening.listen()
    let back = try listening.listen()
    let made = try proxy(back.port)
    self.world = listening
    self.mock = mock
    self.proxy = made
    (proxyListener, proxyPort) = (front.listener, front.port)
  }

  /// Takes what has happened as `events`; false when nothing has.
  mutating func takeEvents() throws -> Bool {
    events.removeAll(keepingCapacity: true)
    try world.settle(into: &events)
    return !events.isEmpty
  }

  /// Lets the server of a listener take a connection; true when that is the mock.
  mutating func accept(_ connection: ConnectionID, on listener: ListenerID) -> Bool {
    guard listener != proxyListener else {
      proxy.accept(connection, at: now, in: &world)
      return false
    }
    mock.accept(connection)
    return true
  }

  /// Lets a server take an event of its connection; true when that is the mock.
  @inline(__always)
  mutating func handle(_ event: NetworkEvent, choosing choice: MockServer.Choice) -> Bool {
    guard mock.owns(event.connection) else {
      proxy.handle(event, at: now, in: &world)
      return false
    }
    mock.handle(event, at: now, choosing: choice, in: &world)
    return true
  }

  /// What is due next: a fragment of the mock, or (connection nil) a deadline of the proxy, where that
  /// is awaited.
  func nextDue(awaitsProxy: Bool = true) -> (connection: ConnectionID?, time: Int)? {
    let fragment = mock.nextDue
    if awaitsProxy, let deadline = proxy.deadline, deadline < fragment?.time ?? Int.max {
      return (nil, deadline)
    }
    return fragment.map { ($0.connection, $0.time) }
  }

  /// Lets the time jump to what is due, and that happen; true when it was a fragment of the mock.
  @inline(__always)
  mutating func pass(
    to due: (connection: ConnectionID?, time: Int), choosing choice: MockServer.Choice
  ) -> Bool {
    now = max(now, due.time)
    guard let connection = due.connection else {
      proxy.wake(at: now, in: &world)
      return false
    }
    mock.release(connection, at: now, choosing: choice, in: &world)
    return true
  }

  /// Lets time pass until something that is no server's is due.
  mutating func passTime(to time: Int) { now = max(now, time) }

  /// Lets the time pass that the proxy keeps connections for requests to come.
  mutating func passKeepTime() {
    now += ProxyServer<Core>.keepTime
    proxy.wake(at: now, in: &world)
  }
}
