// How the connections of a network begin: to a numeric address directly; a name is looked up on
// another thread first, and may lead to several addresses.

package import Networks

extension SocketNetwork {
  package mutating func connect(to host: String, port: Int) -> ConnectionID {
    let number = takeNumber()
    let attempt = "connect to \(shown(host)):\(port)"
    // The name is looked up on another thread.
    awaitSocket(number)
    do throws(SocketError) {
      if let address = try SocketAddress(numeric: host, port: port, attempt: attempt) {
        try open(number, to: address, attempt)
      } else {
        lookUp(host, port: port, attempt) { [mailbox] found in
          mailbox.add(.resolved(number, found))
        }
      }
    } catch {
      refuse(number)
    }
    return number
  }

  /// Makes a connection that has no socket yet.
  mutating func awaitSocket(_ number: ConnectionID) {
    connections[number] = SocketConnection(
      socket: .absent, isConnecting: true, isWatched: false, interest: .write)
  }

  /// A connection could not be opened: this is reported with the next events.
  mutating func refuse(_ number: ConnectionID) {
    guard let connection = connections.removeValue(forKey: number) else { return }
    if connection.isOrphan {
      partings.remove(number)
    } else {
      waitingEvents.append(.refused(number))
    }
  }

  /// Begins to connect.
  private mutating func open(
    _ number: ConnectionID, to address: SocketAddress, _ attempt: String
  ) throws(SocketError) {
    let socket = try Socket.connecting(to: address, kernelBytesMax: kernelBytesMax, attempt)
    connections[number]!.socket = socket
    connections[number]!.isWatched = true
    poller.add(socket, number: number, .write)
  }

  /// A name has been looked up.
  mutating func resolved(
    _ number: ConnectionID, _ found: Result<[SocketAddress], SocketError>
  ) {
    guard let connection = connections[number] else { return }
    switch found {
    case .success(let addresses): begin(Race(addresses), for: number)
    case .failure(let error):
      if let place = connection.secure?.place { note(number, place, error.reason) }
      refuse(number)
    }
  }
}
