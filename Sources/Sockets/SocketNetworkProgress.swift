// How the connections of a network progress between two calls of their owners: waiting bytes are
// sent as far as the kernel takes them, the poller watches for the rest, and ended connections are
// removed.

internal import Networks

extension SocketNetwork {
  /// The poller has an event for a connection that was being opened: it is open, or was refused.
  mutating func finishConnecting(
    _ number: ConnectionID, _ connection: SocketConnection, into events: inout [NetworkEvent]
  ) {
    let code = connection.socket.pendingError
    guard code == 0 else {
      remove(number)
      guard !connection.isOrphan else { return }
      if let place = connection.secure?.place {
        note(number, place, SocketError("connect", code: code).reason)
      }
      events.append(.refused(number))
      return
    }
    connections[number]!.isConnecting = false
    if connection.secure != nil { return startSecurity(number, into: &events) }
    if !connection.isOrphan { events.append(.opened(number)) }
    if connection.waiting > 0 { drain(number, into: &events) } else { flush(number) }
  }

  /// Sends bytes that wait.
  mutating func drain(_ number: ConnectionID, into events: inout [NetworkEvent]) {
    guard flush(number), isOwned(number), connections[number]!.secure?.isOpening != true else {
      return
    }
    events.append(.drained(number))
  }

  /// The peer is gone, or both directions have ended. Pollers report this without being asked,
  /// again and again.
  mutating func hangUp(_ number: ConnectionID, into events: inout [NetworkEvent]) {
    guard let connection = connections[number] else { return }
    // Reading the error clears it: a later read would report an orderly end.
    func isGone() -> Bool { connection.isBroken || connection.socket.pendingError != 0 }
    if connection.isAccepted, !connection.isOrphan, !connection.peerHasFinished {
      clientHungUp(number, isGone: isGone(), into: &events)
    } else if connection.peerHasFinished, !connection.hasFinished || isGone() {
      remove(number)
      if !connection.isOrphan { events.append(.reset(number)) }
    } else {
      unwatch(number)
    }
  }

  /// A client that is not read has gone, or has ended its direction after unread bytes: its owner
  /// need not read them all to learn that.
  private mutating func clientHungUp(
    _ number: ConnectionID, isGone: Bool, into events: inout [NetworkEvent]
  ) {
    guard !isGone else {
      remove(number)
      events.append(.reset(number))
      return
    }
    if connections[number]!.hasHungUp {
      unwatch(number)
    } else {
      connections[number]!.hasHungUp = true
      watch(number)
      events.append(.finished(number))
    }
  }

  /// There is no event to report, or none before the owner reads again.
  private mutating func unwatch(_ number: ConnectionID) {
    guard let connection = connections[number] else { return }
    poller.remove(connection.socket)
    connections[number]!.isWatched = false
    connections[number]!.interest = []
  }

  /// Sends what waits, as far as the kernel takes it, then the FIN if it is due. Returns whether
  /// all has been sent.
  @discardableResult
  mutating func flush(_ number: ConnectionID) -> Bool {
    guard var connection = connections.removeValue(forKey: number) else { return false }
    defer {
      connections[number] = connection
      settle(number)
    }
    guard !connection.isConnecting else { return false }
    guard connection.sendWaiting() else { return false }
    if connection.finishes, !connection.hasFinished, !connection.aborts,
      connection.secure?.layer.hasSaidAll ?? true
    {
      connection.hasFinished = true
      connection.socket.finishSending()
    }
    if connection.isOrphan { sentLast(number, aborts: connection.aborts, connection.socket) }
    return true
  }

  mutating func watch(_ number: ConnectionID) {
    guard let connection = connections[number] else { return }
    var interest: Interest = []
    if connection.reads, !connection.peerHasFinished { interest.insert(.read) }
    if connection.waiting > 0 { interest.insert(.write) }
    if connection.isAccepted, !connection.reads, !connection.peerHasFinished, !connection.hasHungUp
    {
      interest.insert(.hangUp)
    }
    if connection.isConnecting { interest = .write }
    guard interest != connection.interest else { return }
    connections[number]!.interest = interest
    if connection.isWatched {
      poller.change(connection.socket, number: number, interest)
    } else {
      connections[number]!.isWatched = true
      poller.add(connection.socket, number: number, interest)
    }
  }

  mutating func remove(_ number: ConnectionID) {
    guard let connection = connections.removeValue(forKey: number) else { return }
    if connection.isOrphan { partings.remove(number) }
    endRace(number)
    poller.forget(connection.socket)
    connection.socket.close()
  }

  /// After a change: removes a connection from which no more events can come, and watches the
  /// others for what they need.
  mutating func settle(_ number: ConnectionID) {
    guard let connection = connections[number] else { return }
    let isDone = connection.waiting == 0 && connection.peerHasFinished
    if connection.isOrphan, connection.aborts, !connection.isBroken {
      // The abort does not take back what the peer's kernel already has.
      let isThere = connection.waiting == 0 && connection.socket.unacknowledgedCount == 0
      if isThere { drop(number) } else { watch(number) }
    } else if connection.isOrphan, isDone || connection.isBroken {
      remove(number)
    } else if connection.isBroken, isDone {
      remove(number)
      waitingEvents.append(.reset(number))
    } else {
      watch(number)
    }
  }
}
