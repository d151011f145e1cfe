// What every stage has: a network with the proxy and the mock on it, in one thread, and the time as a
// number that jumps to the next thing due. It decides which server an event is for; what clients do is up
// to the stage.

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
  /// Milliseconds since the stage was created.
  private(set) var now = 0
  /// The events since the network was last asked.
  private(set) var events: [NetworkEvent] = []

  /// Opens a listener for each server; `proxy` makes the proxy whose upstream listens at a port.
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

  /// Fetches new `events`; false when there are none.
  mutating func takeEvents() throws -> Bool {
    events.removeAll(keepingCapacity: true)
    try world.settle(into: &events)
    return !events.isEmpty
  }

  /// Gives a new connection to the server of its listener; true when that is the mock.
  mutating func accept(_ connection: ConnectionID, on listener: ListenerID) -> Bool {
    guard listener != proxyListener else {
      proxy.accept(connection, at: now, in: &world)
      return false
    }
    mock.accept(connection)
    return true
  }

  /// Gives an event to the server of its connection; true when that is the mock.
  @inline(__always)
  mutating func handle(_ event: NetworkEvent, choosing choice: MockServer.Choice) -> Bool {
    guard mock.owns(event.connection) else {
      proxy.handle(event, at: now, in: &world)
      return false
    }
    mock.handle(event, at: now, choosing: choice, in: &world)
    return true
  }

  /// What is due next: a fragment of the mock, or (connection nil) a deadline of the proxy, if
  /// `awaitsProxy`.
  func nextDue(awaitsProxy: Bool = true) -> (connection: ConnectionID?, time: Int)? {
    let fragment = mock.nextDue
    if awaitsProxy, let deadline = proxy.deadline, deadline < fragment?.time ?? Int.max {
      return (nil, deadline)
    }
    return fragment.map { ($0.connection, $0.time) }
  }

  /// Advances the time to what is due, and runs it; true when it was a fragment of the mock.
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

  /// Advances the time to something that is due for neither server.
  mutating func passTime(to time: Int) { now = max(now, time) }

  /// Advances the time by as long as the proxy keeps connections for further requests.
  mutating func passKeepTime() {
    now += ProxyServer<Core>.keepTime
    proxy.wake(at: now, in: &world)
  }
}
