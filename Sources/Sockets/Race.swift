// A name may have several addresses, and the first may lead nowhere: an IPv6 address without a
// route, or `::1` when the server listens only on 127.0.0.1. They are tried in order, the two
// families in turn. The next attempt begins when the one before has failed, or is not connected
// after a quarter of a second; the first that connects wins (RFC 8305 sections 4 and 5, without its
// asynchronous lookups).

internal import Networks

/// The attempts at one connection.
struct Race {
  /// The Connection Attempt Delay of RFC 8305 section 5, in milliseconds.
  static let attemptDelay = 250
  /// The most addresses that are tried; reachable names do not have more.
  static let addressesMax = 16

  /// The addresses that are still to be tried, the next one first.
  private(set) var addresses: ArraySlice<SocketAddress>
  /// The sockets that are connecting, by their numbers in the poller.
  var running: [Int: Socket] = [:]
  /// When the next address is tried although no attempt has failed.
  var nextDue = 0

  init(_ addresses: [SocketAddress]) {
    self.addresses = Self.inTurn(addresses).prefix(Self.addressesMax)
  }

  mutating func takeAddress() -> SocketAddress? { addresses.popFirst() }

  /// `addresses` with their families in turn, beginning with the first one's; otherwise in their
  /// order.
  static func inTurn(_ addresses: [SocketAddress]) -> [SocketAddress] {
    var (first, other): ([SocketAddress], [SocketAddress]) = ([], [])
    for address in addresses {
      let isFirst = address.family == addresses[0].family
      if isFirst { first.append(address) } else { other.append(address) }
    }
    var mixed: [SocketAddress] = []
    for index in 0..<max(first.count, other.count) {
      if index < first.count { mixed.append(first[index]) }
      if index < other.count { mixed.append(other[index]) }
    }
    return mixed
  }
}

extension SocketNetwork {
  /// Asks for a connection to the first of `addresses` that can be reached.
  mutating func connect(toFirstOf addresses: [SocketAddress]) -> ConnectionID {
    let number = takeNumber()
    awaitSocket(number)
    begin(Race(addresses), for: number)
    return number
  }

  /// Begins to try addresses for a connection that has no socket yet.
  mutating func begin(_ race: Race, for number: ConnectionID) {
    races[number] = race
    tryNext(number)
  }

  /// Tries the next address; the connection is refused when there is none and no attempt is under
  /// way.
  private mutating func tryNext(_ number: ConnectionID) {
    while let address = races[number]?.takeAddress() {
      let made = try? Socket.connecting(to: address, kernelBytesMax: kernelBytesMax, "connect")
      guard let socket = made else { continue }
      let attempt = takeNumber()
      attempts[attempt] = number
      races[number]!.running[attempt] = socket
      races[number]!.nextDue = monotonicMilliseconds() + Race.attemptDelay
      poller.add(socket, number: attempt, .write)
      return
    }
    guard let race = races[number], race.running.isEmpty else { return }
    races[number] = nil
    if let place = connections[number]?.secure?.place {
      note(number, place, "none of its addresses accepts a connection")
    }
    refuse(number)
  }

  /// Whether the poller's event belongs to an attempt; if so, it is handled.
  mutating func isAttempt(_ event: Readiness, into events: inout [NetworkEvent]) -> Bool {
    guard let number = attempts[event.number] else { return false }
    guard let socket = races[number]?.running[event.number] else { return true }
    guard socket.pendingError == 0 else {
      attempts[event.number] = nil
      races[number]!.running[event.number] = nil
      poller.forget(socket)
      socket.close()
      tryNext(number)
      return true
    }
    races[number]!.running[event.number] = nil
    attempts[event.number] = nil
    endRace(number)
    poller.remove(socket)
    connections[number]!.socket = socket
    connections[number]!.isWatched = true
    poller.add(socket, number: number, .write)
    finishConnecting(number, connections[number]!, into: &events)
    return true
  }

  /// Ends the attempts at a connection that is open, or that nobody needs any more.
  mutating func endRace(_ number: ConnectionID) {
    guard let race = races.removeValue(forKey: number) else { return }
    for (attempt, socket) in race.running {
      attempts[attempt] = nil
      poller.forget(socket)
      socket.close()
    }
  }

  /// Tries the next addresses of connections whose attempts take long. Returns in how many
  /// milliseconds to call it again, or nil.
  mutating func goOnWithRaces() -> Int? {
    let now = monotonicMilliseconds()
    for (number, race) in races where race.nextDue <= now && !race.addresses.isEmpty {
      tryNext(number)
    }
    let due = races.values.filter { !$0.addresses.isEmpty }.map(\.nextDue).min()
    return due.map { max($0 - now, 0) }
  }
}
