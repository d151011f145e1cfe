// `replay proxy` as a service: the proxy in real time.

internal import ProxyUnderTest
internal import Sockets

/// The proxy for any client.
struct ProxyService: Service {
  private var proxy: ProxyServer<Exchange>

  init(_ settings: Settings) { proxy = ProxyServer(settings: settings) }

  var nextDue: Int? { proxy.deadline }

  mutating func accept(_ connection: ConnectionID) { proxy.accept(connection) }

  mutating func handle(
    _ event: NetworkEvent, at now: Int, in network: inout some Network & ~Copyable
  ) {
    proxy.handle(event, at: now, in: &network)
  }

  mutating func wake(at now: Int, in network: inout some Network & ~Copyable) {
    proxy.wake(at: now, in: &network)
  }

  mutating func stop(in network: inout some Network & ~Copyable) { proxy.stop(in: &network) }

  mutating func takeLog() -> [String] { proxy.takeNotes() }
}
