// A server in real time: one thread that waits until bytes come, until something is due, or until a
// signal asks it to end, whichever is first. The service is a value behind a protocol, the same one that
// the stages run by their own clock.

internal import Canaries
internal import MockQwen
internal import Networks
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// What a server loop serves.
protocol Service {
  /// When to wake the service next, in milliseconds on the monotonic clock; nil when only events matter.
  var nextDue: Int? { get }
  /// A client has connected.
  mutating func accept(
    _ connection: ConnectionID, at now: Int, in network: inout some Network & ~Copyable)
  /// Takes an event of any connection but a new one.
  mutating func handle(
    _ event: NetworkEvent, at now: Int, in network: inout some Network & ~Copyable)
  /// Does what is due.
  mutating func wake(at now: Int, in network: inout some Network & ~Copyable)
  /// The server stops and accepts no more clients: closes idle ones, and returns for how many
  /// milliseconds to wait until the others are done.
  mutating func drain(at now: Int, in network: inout some Network & ~Copyable) -> Int
  /// Whether there is no client to wait for.
  var isDrained: Bool { get }
  /// The time is over: ends the rest with an error.
  mutating func endRest(at now: Int, in network: inout some Network & ~Copyable)
  /// Closes all connections.
  mutating func stop(in network: inout some Network & ~Copyable)
  /// How long a client that has been closed may take none of the bytes that wait for it, in milliseconds.
  var sendTimeMax: Int { get }
  /// The lines for the operator since the last call.
  mutating func takeLog() -> [String]
}

/// Most services end at once.
extension Service {
  mutating func drain(at now: Int, in network: inout some Network & ~Copyable) -> Int { 0 }
  var isDrained: Bool { true }
  var sendTimeMax: Int { 60_000 }
  mutating func endRest(at now: Int, in network: inout some Network & ~Copyable) {}
}

/// A service on a port, until SIGINT, SIGTERM or SIGHUP comes.
struct ServerLoop<Served: Service>: ~Copyable {
  /// The port that clients reach it on.
  let port: Int
  private var network: SocketNetwork
  private let listener: ListenerID
  private var events: [NetworkEvent] = []
  /// What is served.
  private(set) var service: Served

  /// Begins to listen; clients that connect now wait until `run`. Port 0 lets the system choose.
  ///
  /// - Parameters:
  ///   - identity: The server's certificate for clients with TLS; nil for plain HTTP.
  ///   - tls: How to connect to https upstreams.
  /// - Throws: `UsageError` when it cannot listen there.
  init(
    _ service: Served, on place: ListenPlace, as identity: TLSIdentity? = nil,
    tls: TLSSettings = TLSSettings()
  ) throws {
    takeAllDescriptors()
    var network = try SocketNetwork(sendTimeMax: service.sendTimeMax)
    network.tlsSettings = tls
    try network.catchStopSignals()
    do throws(SocketError) {
      (listener, port) = try network.listen(host: place.host, port: place.port, as: identity)
    } catch {
      throw UsageError("\(error). Port 0 takes one that is free")
    }
    self.network = network
    self.service = service
  }

  /// Serves until a signal comes; `log` gets the lines for the operator. Then the listener is closed
  /// first, and the connections after it: if the service drains, when they are done, when their time is
  /// over, or when another signal comes.
  mutating func run(log: (String) -> Void) {
    while network.stopSignalCount == 0 { turn(before: nil, log) }
    network.stopListening(listener)
    let now = monotonicMilliseconds()
    let end = now + service.drain(at: now, in: &network)
    service.takeLog().forEach(log)
    while !service.isDrained, network.stopSignalCount == 1, monotonicMilliseconds() < end {
      turn(before: end, log)
    }
    if network.stopSignalCount == 1 { service.endRest(at: monotonicMilliseconds(), in: &network) }
    service.stop(in: &network)
    service.takeLog().forEach(log)
    sendRest()
  }

  /// Waits until an event comes, something is due, or `end` has come, and serves it.
  private mutating func turn(before end: Int?, _ log: (String) -> Void) {
    events.removeAll(keepingCapacity: true)
    let due = min(service.nextDue ?? .max, end ?? .max)
    network.poll(
      timeout: due == .max ? nil : max(due - monotonicMilliseconds(), 0), into: &events)
    let now = monotonicMilliseconds()
    for event in events {
      if case .accepted(_, let connection) = event {
        service.accept(connection, at: now, in: &network)
      } else {
        service.handle(event, at: now, in: &network)
      }
    }
    service.wake(at: now, in: &network)
    service.takeLog().forEach(log)
    network.takeNotes().forEach(log)
  }

  /// Sends the last bytes, for at most a second.
  private mutating func sendRest() {
    let end = monotonicMilliseconds() + 1_000
    while network.hasUnsentBytes, network.stopSignalCount < 2 {
      let left = end - monotonicMilliseconds()
      guard left > 0 else { return }
      network.poll(timeout: left, into: &events)
    }
  }
}
