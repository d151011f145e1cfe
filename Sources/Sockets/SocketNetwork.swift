// The network of real sockets: one poller, one table of connections, one thread. Only `poll` waits
// here; bytes that the kernel does not take at once wait in the connection's own buffer. What
// cannot be done without waiting (looking up a name) is done on system threads, which leave a
// message in a mailbox that the poller watches.
//
// A connection that its owner has closed may live on in the table, without a number for the owner:
// until its last bytes have gone out, and then (RFC 9112 section 9.6) until the peer has closed too
// or a short time has passed. Closing with unread bytes would abort the connection, and the peer
// could lose what it has not read yet.

package import Networks
package import Wire

/// Connections over TCP, and over TLS on top of it.
package struct SocketNetwork: ~Copyable, Network {
  /// Messages from other threads.
  enum Message: Sendable {
    case resolved(ConnectionID, Result<[SocketAddress], SocketError>)
  }

  /// The poller's numbers for the stop signals and the mailbox.
  private static let (stopNumber, mailboxNumber) = (0, 1)

  var poller: Poller
  private var listeners = Listeners()
  var connections: [ConnectionID: SocketConnection] = [:]
  /// The waits of connections without owners.
  var partings: Partings
  /// The attempts at connections whose names have several addresses, and the connection of each.
  var races: [ConnectionID: Race] = [:]
  var attempts: [Int: ConnectionID] = [:]
  private var nextNumber = mailboxNumber + 1
  let mailbox: Mailbox<Message>
  /// How to connect to https upstreams; set it before the first is opened.
  package var tlsSettings = TLSSettings()
  var tlsContext: TLSContext?
  /// The identities of the listeners that use TLS.
  var tlsIdentities: [ListenerID: TLSIdentity] = [:]
  /// Whether accepted clients get at most TLS 1.2.
  package var keepsToTLS12 = false
  /// Sessions that later connections may resume, by the upstream's authority.
  var tlsSessions: [String: TLSSession] = [:]
  /// Room for the data of one record.
  var tlsScratch: [UInt8]
  var notes: [String] = []
  private var stopSignals: StopSignals?
  /// How many stop signals have come since they are caught.
  package private(set) var stopSignalCount = 0
  /// Opened at the first question.
  var readCheck = ReadCheck.blind
  var hasReadCheck = false
  var waitingEvents: [NetworkEvent] = []
  private var ready: [Readiness] = []
  private var scratch: [UInt8]
  let kernelBytesMax: Int?

  /// - Parameters:
  ///   - readBytesMax: How many bytes one read takes at most; 1 to 65,536.
  ///   - kernelBytesMax: How many bytes the kernel may hold for a connection, either way; nil for its
  ///     default.
  ///   - sendTimeMax: How long the peer of a closed connection may take none of the bytes that wait,
  ///     in milliseconds.
  package init(
    readBytesMax: Int = 65_536, kernelBytesMax: Int? = nil, sendTimeMax: Int = 60_000
  ) throws(SocketError) {
    self.kernelBytesMax = kernelBytesMax
    partings = Partings(sendTime: sendTimeMax)
    scratch = [UInt8](repeating: 0, count: readBytesMax)
    tlsScratch = [UInt8](repeating: 0, count: TLSLayer.recordBytesMax)
    let mailbox = try Mailbox<Message>()
    var poller = try Poller()
    poller.add(mailbox.end, number: Self.mailboxNumber, .read)
    self.mailbox = mailbox
    self.poller = poller
  }

  deinit {
    listeners.closeAll()
    for connection in connections.values { connection.socket.close() }
    for race in races.values {
      for socket in race.running.values { socket.close() }
    }
  }

  /// Listens on an address, with an identity for TLS; port 0 lets the system choose. Returns the number
  /// and the real port.
  package mutating func listen(
    host: String, port: Int, as identity: TLSIdentity? = nil
  ) throws(SocketError) -> (listener: ListenerID, port: Int) {
    let socket = try Socket.listening(host: host, port: port, kernelBytesMax: kernelBytesMax)
    let number = takeNumber()
    listeners.add(socket, number, to: &poller)
    if let identity { tlsIdentities[number] = identity }
    return (number, socket.localPort)
  }

  /// Closes a listener; its connections stay.
  package mutating func stopListening(_ listener: ListenerID) {
    listeners.close(listener, in: &poller)
    tlsIdentities[listener] = nil
  }

  /// From now on SIGINT, SIGTERM and SIGHUP wake `poll` and are counted, as long as the network
  /// lives. Only one network of a process can do this.
  package mutating func catchStopSignals() throws(SocketError) {
    let signals = try StopSignals()
    poller.add(signals.end, number: Self.stopNumber, .read)
    stopSignals = consume signals
  }

  /// The number of connections with an owner.
  package var connectionCount: Int { connections.values.count { !$0.isOrphan } }

  /// Lines for the operator since the last call: why https upstreams could not be reached.
  package mutating func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }

  /// Whether bytes still wait to go out, also on connections that their owners have closed.
  package var hasUnsentBytes: Bool {
    connections.values.contains { $0.waiting > 0 || $0.isOrphan && $0.aborts }
  }

  mutating func takeNumber() -> Int {
    defer { nextNumber += 1 }
    return nextNumber
  }

  package mutating func connect(to url: BaseURL) -> ConnectionID {
    url.scheme == .https ? connectSecurely(to: url) : connect(to: url.host, port: url.port)
  }

  package mutating func send(_ bytes: [UInt8], on connection: ConnectionID) {
    guard !bytes.isEmpty, isOwned(connection), !connections[connection]!.finishes else { return }
    let waited = connections[connection]!.waiting > 0
    if let layer = connections[connection]!.secure?.layer {
      layer.send(bytes)
      collect(connection)
    } else {
      connections[connection]!.outgoing += bytes
    }
    // If bytes wait already, the poller sends them on, and reports when all have gone out.
    if !waited { flush(connection) }
  }

  package mutating func finish(_ connection: ConnectionID) {
    guard isOwned(connection) else { return }
    connections[connection]!.finishes = true
    connections[connection]!.secure?.layer.finish()
    collect(connection)
    if connections[connection]!.waiting == 0 || connections[connection]!.secure != nil {
      flush(connection)
    }
  }

  package mutating func close(_ connection: ConnectionID) { close(connection, aborts: false) }

  package mutating func abort(_ connection: ConnectionID) { close(connection, aborts: true) }

  private mutating func close(_ connection: ConnectionID, aborts: Bool) {
    takeBackEvents(of: connection)
    guard let closing = connections[connection], !closing.isOrphan else { return }
    if closing.isConnecting && closing.waiting == 0 || closing.secure?.isOpening == true {
      reset(connection)
      return
    }
    connections[connection]!.isOrphan = true
    connections[connection]!.finishes = true
    connections[connection]!.aborts = aborts
    connections[connection]!.reads = true
    if !aborts { connections[connection]!.secure?.layer.finish() }
    collect(connection)
    if connections[connection]!.waiting > 0 {
      partings.set(
        .sending(taken: closing.sentCount), for: connection, at: monotonicMilliseconds())
    }
    flush(connection)
  }

  package mutating func reset(_ connection: ConnectionID) {
    takeBackEvents(of: connection)
    guard isOwned(connection), let closing = connections.removeValue(forKey: connection) else {
      return
    }
    endRace(connection)
    poller.forget(closing.socket)
    closing.socket.reset()
  }

  package mutating func setReading(_ reads: Bool, on connection: ConnectionID) {
    guard isOwned(connection), connections[connection]!.reads != reads else { return }
    connections[connection]!.reads = reads
    watch(connection)
  }

  package func waitingBytes(on connection: ConnectionID) -> Int {
    guard isOwned(connection) else { return 0 }
    return connections[connection]!.waiting
      + (connections[connection]!.secure?.layer.heldCount ?? 0)
  }

  package func takenBytes(on connection: ConnectionID) -> Int {
    isOwned(connection) ? connections[connection]!.sentCount : 0
  }

  package func isSilent(_ connection: ConnectionID) -> Bool {
    guard let standing = standing(connection), !connections[connection]!.peerHasFinished else {
      return false
    }
    return standing.socket.hasNothing
  }

  /// The socket of an open connection with an owner, and how many bytes its kernel has taken.
  func standing(_ number: ConnectionID) -> (socket: Socket, sentCount: Int)? {
    guard let connection = connections[number], !connection.isOrphan, !connection.isConnecting,
      !connection.isBroken
    else { return nil }
    return (connection.socket, connection.sentCount)
  }

  /// Whether the number is still valid; a closed connection may live on without it.
  func isOwned(_ number: ConnectionID) -> Bool { connections[number]?.isOrphan == false }

  /// Drops the unreported events of a number that is no longer valid.
  private mutating func takeBackEvents(of number: ConnectionID) {
    waitingEvents.removeAll { $0 == .refused(number) || $0 == .reset(number) }
  }

  /// Waits until an event comes, at most `timeout` milliseconds (nil: for ever), and appends it to
  /// `events`. May return without an event.
  package mutating func poll(timeout: Int?, into events: inout [NetworkEvent]) {
    ready.removeAll(keepingCapacity: true)
    poller.wait(timeout: pollLimit(timeout), into: &ready)
    for index in ready.indices {
      let event = ready[index]
      if listeners.contains(event.number) {
        accept(event.number, into: &events)
      } else if event.number == Self.stopNumber {
        stopSignalCount += stopSignals?.take() ?? 0
      } else if event.number == Self.mailboxNumber {
        takeMessages()
      } else {
        serve(event, into: &events)
      }
    }
    events += waitingEvents
    waitingEvents = []
  }

  /// How long the poller may wait: `timeout`, or less if something else is due sooner.
  private mutating func pollLimit(_ timeout: Int?) -> Int? {
    var limit = timeout.map { max($0, 0) }
    if !waitingEvents.isEmpty { limit = 0 }
    if !races.isEmpty, let wait = goOnWithRaces() { limit = min(limit ?? .max, wait) }
    if !partings.isEmpty {
      endPartings()
      let due = partings.nextDue.map { max($0 - monotonicMilliseconds(), 0) }
      limit = min(limit ?? .max, due ?? .max)
    }
    if listeners.isPaused {
      listeners.resume(in: &poller)
      limit = min(limit ?? Listeners.pauseTime, Listeners.pauseTime)
    }
    return limit
  }

  private mutating func takeMessages() {
    for message in mailbox.take() {
      switch message {
      case .resolved(let number, let found): resolved(number, found)
      }
    }
  }

  private mutating func accept(_ listener: ListenerID, into events: inout [NetworkEvent]) {
    // Several at once: while many clients keep the owner busy, one per turn would be too slow.
    for _ in 0..<Listeners.acceptsAtOnce {
      guard let socket = listeners.accept(listener, in: &poller) else { return }
      let connection = takeNumber()
      connections[connection] = SocketConnection(
        socket: socket, isConnecting: false, isAccepted: true, interest: .read)
      poller.add(socket, number: connection, .read)
      events.append(.accepted(listener, connection))
      if let identity = tlsIdentities[listener] { acceptSecurely(connection, as: identity) }
    }
  }

  private mutating func serve(_ event: Readiness, into events: inout [NetworkEvent]) {
    if !attempts.isEmpty, isAttempt(event, into: &events) { return }
    guard let connection = connections[event.number] else { return }
    if connection.isConnecting {
      finishConnecting(event.number, connection, into: &events)
      return
    }
    if event.canWrite, connection.waiting > 0 { drain(event.number, into: &events) }
    guard event.canRead else { return }
    if connection.interest.contains(.read) {
      read(event.number, into: &events)
    } else {
      hangUp(event.number, into: &events)
    }
  }

  private mutating func read(_ number: ConnectionID, into events: inout [NetworkEvent]) {
    guard let connection = connections[number], connection.reads, !connection.peerHasFinished else {
      return
    }
    switch connection.socket.receive(into: &scratch) {
    case .bytes(let count):
      if connection.secure != nil {
        decrypt(number, scratch[..<count], into: &events)
      } else if !connection.isOrphan {
        events.append(.bytes(number, Array(scratch[..<count])))
      }
    case .end where connection.secure != nil && !connection.isOrphan:
      endWithoutNotice(number, into: &events)
    case .nothingYet:
      break
    case .end where !connection.isBroken:
      connections[number]!.peerHasFinished = true
      if connection.isOrphan, connection.waiting == 0, !connection.aborts {
        remove(number)
      } else {
        watch(number)
        if !connection.isOrphan { events.append(.finished(number)) }
      }
    case .end, .failed: breakDown(number, into: &events)
    }
  }
}
