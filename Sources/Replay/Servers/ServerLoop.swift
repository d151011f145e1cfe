// A server in real time: one thread that waits until bytes come, until something is due, or until a
// signal asks it to end, whichever is first; never longer and never in between. What is served is a
// value behind the protocol, the same that the stages run under their own clock.

internal import Sockets

/// What a server loop serves.
protocol Service {
  /// When the service wants to be woken next, on the monotonic clock; nil when only events matter.
  var nextDue: Int? { get }
  /// A client has connected.
  mutating func accept(_ connection: ConnectionID)
  /// Takes an event of any connection but a new one.
  mutating func handle(
    _ event: NetworkEvent, at now: Int, in network: inout some Network & ~Copyable)
  /// Does what is due.
  mutating func wake(at now: Int, in network: inout some Network & ~Copyable)
  /// Lets all connections go.
  mutating func stop(in network: inout some Network & ~Copyable)
  /// The lines for the operator since the last call.
  mutating func takeLog() -> [String]
}

/// A service on a port, until SIGINT or SIGTERM comes.
struct ServerLoop<Served: Service>: ~Copyable {
  /// The port that clients reach it on.
  let port: Int
  private var network: SocketNetwork
  private let listener: ListenerID
  /// What is served.
  private(set) var service: Served

  /// Begins to listen; clients that connect now wait until `run`. Port 0 lets the system choose.
  ///
  /// - Throws: `UsageError` when the place cannot be had.
  init(_ service: Served, on place: ListenPlace) throws {
    var network = try SocketNetwork()
    try network.catchStopSignals()
    do throws(SocketError) {
      (listener, port) = try network.listen(host: place.host, port: place.port)
    } catch {
      throw UsageError("\(error). Port 0 takes one that is free")
    }
    self.network = network
    self.service = service
  }

  /// Serves until a signal comes; `log` gets the lines for the operator. Then the listener is
  /// closed first, and the connections after it.
  mutating func run(log: (String) -> Void) {
    var events: [NetworkEvent] = []
    while network.stopSignalCount == 0 {
      events.removeAll(keepingCapacity: true)
      let timeout = service.nextDue.map { max($0 - monotonicMilliseconds(), 0) }
      network.poll(timeout: timeout, into: &events)
      let now = monotonicMilliseconds()
      for event in events {
        if case .accepted(_, let connection) = event {
          service.accept(connection)
        } else {
          service.handle(event, at: now, in: &network)
        }
      }
      service.wake(at: now, in: &network)
      service.takeLog().forEach(log)
      network.takeNotes().forEach(log)
    }
    network.stopListening(listener)
    service.stop(in: &network)
    service.takeLog().forEach(log)
  }
}
