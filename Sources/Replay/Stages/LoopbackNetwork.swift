// The stage's network of sockets: real TCP over 127.0.0.1, with a record of the bytes on their way. A
// stage owns both ends of each connection, so the number of bytes that were sent and not yet read is
// known exactly, and waiting for them needs no timer.

internal import MockQwen
package import Networks
internal import Sockets
internal import Wire

/// Connections over TCP loopback, both ends in this process and thread.
package struct LoopbackNetwork: StageNetwork, ~Copyable {
  /// How long the kernel may take to deliver on loopback, in milliseconds, before the stage gives up.
  private static let deliveryTimeMax = 10_000

  /// What one end has sent and the other has not read.
  private struct Flight {
    package var bytes = 0
    var hasEnd = false
  }

  private var sockets: SocketNetwork
  private var ports: [Int: ListenerID] = [:]
  /// The other end of each connection, once both are known; also for ends that are gone.
  private var peers: [ConnectionID: ConnectionID] = [:]
  private var flights: [ConnectionID: Flight] = [:]
  private var open: Set<ConnectionID> = []
  /// Ends that do not read: bytes on their way to them stay there.
  private var resting: Set<ConnectionID> = []
  /// Requested connections, by listener, that are not accepted yet; and those not opened yet.
  private var unaccepted: [ListenerID: [ConnectionID]] = [:]
  private var unopened = 0

  package init() throws { sockets = try SocketNetwork() }

  package mutating func listen() throws -> (listener: ListenerID, port: Int) {
    let (listener, port) = try sockets.listen(host: "127.0.0.1", port: 0)
    ports[port] = listener
    return (listener, port)
  }

  package mutating func connect(to host: String, port: Int) -> ConnectionID {
    let connection = sockets.connect(to: host, port: port)
    if let listener = ports[port] { unaccepted[listener, default: []].append(connection) }
    unopened += 1
    open.insert(connection)
    return connection
  }

  package mutating func send(_ bytes: [UInt8], on connection: ConnectionID) {
    if open.contains(connection), peerIsOpen(connection) {
      flights[connection, default: Flight()].bytes += bytes.count
    }
    sockets.send(bytes, on: connection)
  }

  /// Whether the peer will read what `connection` sends; an end that is not accepted yet will.
  private func peerIsOpen(_ connection: ConnectionID) -> Bool {
    peers[connection].map(open.contains) ?? true
  }

  package mutating func finish(_ connection: ConnectionID) {
    announceEnd(of: connection)
    sockets.finish(connection)
  }

  package mutating func close(_ connection: ConnectionID) {
    announceEnd(of: connection)
    forget(connection)
    sockets.close(connection)
  }

  package mutating func reset(_ connection: ConnectionID) {
    announceEnd(of: connection)
    // The kernel drops what was under way when it aborts.
    flights[connection]?.bytes = 0
    forget(connection)
    sockets.reset(connection)
  }

  package mutating func abort(_ connection: ConnectionID) {
    announceEnd(of: connection)
    forget(connection)
    sockets.abort(connection)
  }

  private mutating func announceEnd(of connection: ConnectionID) {
    guard open.contains(connection), peerIsOpen(connection) else { return }
    flights[connection, default: Flight()].hasEnd = true
  }

  /// The end is gone: it reads no more.
  private mutating func forget(_ connection: ConnectionID) {
    open.remove(connection)
    if !resting.isEmpty { resting.remove(connection) }
    guard let peer = peers[connection] else { return }
    flights[peer] = nil
    if !open.contains(peer) {
      flights[connection] = nil
      peers[connection] = nil
      peers[peer] = nil
    }
  }

  package mutating func setReading(_ reads: Bool, on connection: ConnectionID) {
    if open.contains(connection) {
      if reads { resting.remove(connection) } else { resting.insert(connection) }
    }
    sockets.setReading(reads, on: connection)
  }

  package func untakenBytes(from connection: ConnectionID) -> Int {
    flights[connection]?.bytes ?? 0
  }

  /// The most bytes that the kernel's buffers of both ends may grow to hold.
  package static var capacity: Int { 16 * 1024 * 1024 }

  /// No server listens there. On loopback no port is silent.
  package static var refusingPort: Int { 1 }
  package static var silentPort: Int? { nil }

  package func waitingBytes(on connection: ConnectionID) -> Int {
    sockets.waitingBytes(on: connection)
  }

  package func takenBytes(on connection: ConnectionID) -> Int { sockets.takenBytes(on: connection) }

  package func isSilent(_ connection: ConnectionID) -> Bool { sockets.isSilent(connection) }

  private var isQuiet: Bool {
    guard unopened == 0, unaccepted.values.allSatisfy(\.isEmpty) else { return false }
    if resting.isEmpty { return flights.values.allSatisfy { $0.bytes == 0 && !$0.hasEnd } }
    return flights.allSatisfy { sender, flight in
      flight.bytes == 0 && !flight.hasEnd
        || peers[sender].map(resting.contains) ?? false
    }
  }

  package mutating func settle(into events: inout [NetworkEvent]) throws {
    let first = events.count
    var giveUp: Int?
    while events.count == first, !isQuiet {
      sockets.poll(timeout: Self.deliveryTimeMax, into: &events)
      // A poll may end early without an event, for a connection that its owner has closed.
      guard events.count == first else { break }
      let now = monotonicMilliseconds()
      guard now < giveUp ?? Int.max else {
        throw StageError(description: "the kernel did not deliver over loopback within 10 s")
      }
      giveUp = giveUp ?? now + Self.deliveryTimeMax
    }
    for event in events[first...] { note(event) }
  }

  private mutating func note(_ event: NetworkEvent) {
    switch event {
    case .accepted(let listener, let connection):
      guard let asked = unaccepted[listener]?.first else { return }
      unaccepted[listener]!.removeFirst()
      peers[connection] = asked
      peers[asked] = connection
      open.insert(connection)
    case .opened:
      unopened -= 1
    case .refused(let connection):
      unopened -= 1
      for listener in unaccepted.keys { unaccepted[listener]!.removeAll { $0 == connection } }
      forget(connection)
    case .bytes(let connection, let bytes):
      if let peer = peers[connection] { flights[peer]?.bytes -= bytes.count }
    case .finished(let connection):
      if let peer = peers[connection] { flights[peer]?.hasEnd = false }
    case .reset(let connection):
      if let peer = peers[connection] { flights[peer] = nil }
      forget(connection)
    case .drained:
      break
    }
  }
}
