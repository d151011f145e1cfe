// TLS in the network of sockets. The layer is between a connection's socket and its owner, on the
// same readiness loop: bytes that were read go through it before they are reported, and bytes to
// send go through it before they wait for the kernel. So pausing reads, counting waiting bytes and
// verifying deliveries work as they do without TLS.

package import Networks
internal import Wire

extension SocketNetwork {
  /// How many sessions are kept for later connections.
  private static let sessionsMax = 256

  /// Asks for a connection over TLS, through a proxy if the settings name one.
  mutating func connectSecurely(to place: BaseURL) -> ConnectionID {
    let proxy = tlsSettings.proxies.proxy(for: place.host)
    let side: SecureSide
    do throws(TLSError) {
      let context = try clientContext()
      side = SecureSide(
        layer: try TLSLayer(
          client: context, host: place.host, session: tlsSessions[place.authority]),
        place: place,
        tunnel: proxy.map { _ in
          ProxyTunnel(request: tlsSettings.proxies.tunnelRequest(to: place))
        })
    } catch {
      let number = takeNumber()
      note(number, place, "\(error)")
      waitingEvents.append(.refused(number))
      return number
    }
    let way = proxy ?? place
    let number = connect(to: way.host, port: way.port)
    connections[number]?.secure = side
    return number
  }

  /// The context of all connections to upstreams, made when the first is opened.
  private mutating func clientContext() throws(TLSError) -> TLSContext {
    if let tlsContext { return tlsContext }
    let made = try TLSContext.client(tlsSettings)
    tlsContext = made
    return made
  }

  /// Starts TLS for an accepted client. Its owner already knows of it: a client that never
  /// completes the handshake is one that never sends a request.
  mutating func acceptSecurely(_ number: ConnectionID, as identity: TLSIdentity) {
    if let layer = try? TLSLayer(server: identity.context) {
      if keepsToTLS12 { layer.keepToTLS12() }
      connections[number]!.secure = SecureSide(layer: layer)
    } else if let connection = connections[number] {
      // Without memory for it, the client is removed when the poller reports it.
      connection.socket.finishSending()
    }
  }

  /// What a connection has negotiated; nil without TLS, and before its handshake is over.
  package func tlsFacts(of connection: ConnectionID) -> TLSFacts? {
    isOwned(connection) ? connections[connection]!.secure?.layer.facts : nil
  }

  /// Tells the operator why an upstream cannot be reached, or was lost.
  mutating func note(_ number: ConnectionID, _ place: BaseURL, _ reason: String) {
    notes.append("connection \(number) to \(place.authority): \(reason)")
  }

  /// The socket is connected: begins with the tunnel, or with the handshake.
  mutating func startSecurity(_ number: ConnectionID, into events: inout [NetworkEvent]) {
    guard let side = connections[number]?.secure else { return }
    if let tunnel = side.tunnel {
      connections[number]!.outgoing += tunnel.request
      flush(number)
    } else {
      var news: [TLSLayer.News] = []
      side.layer.start(&tlsScratch, into: &news)
      report(news, of: number, into: &events)
    }
  }

  /// Takes bytes that were read from the socket.
  mutating func decrypt(
    _ number: ConnectionID, _ bytes: ArraySlice<UInt8>, into events: inout [NetworkEvent]
  ) {
    guard let side = connections[number]?.secure else { return }
    var rest = bytes
    if side.tunnel != nil {
      var offset = 0
      let head = Array(bytes)
      do throws(TLSError) {
        guard try connections[number]!.secure!.tunnel!.read(head, at: &offset) else { return }
      } catch {
        return give(up: number, because: error.description, into: &events)
      }
      connections[number]!.secure!.tunnel = nil
      startSecurity(number, into: &events)
      rest = head[offset...]
      guard !rest.isEmpty else { return }
    }
    var news: [TLSLayer.News] = []
    side.layer.receive(rest, &tlsScratch, into: &news)
    report(news, of: number, into: &events)
  }

  /// The socket has ended in order, but the TLS stream has not: it was cut.
  mutating func endWithoutNotice(
    _ number: ConnectionID, into events: inout [NetworkEvent]
  ) {
    guard let connection = connections[number], let side = connection.secure else { return }
    let isOpening = side.isOpening
    remove(number)
    guard !connection.isOrphan else { return }
    if let place = side.place {
      note(
        number, place,
        isOpening
          ? side.tunnel == nil
            ? "it ended the connection within the handshake"
            : "the proxy ended the connection before its tunnel stood"
          : "the connection ended without close_notify: it is cut")
    }
    events.append(isOpening ? .refused(number) : .reset(number))
  }

  /// The socket has failed.
  mutating func breakDown(_ number: ConnectionID, into events: inout [NetworkEvent]) {
    guard let connection = connections[number] else { return }
    remove(number)
    guard !connection.isOrphan else { return }
    if let place = connection.secure?.place { note(number, place, "the connection was reset") }
    events.append(connection.secure?.isOpening == true ? .refused(number) : .reset(number))
  }

  /// Reports the layer's news, and sends its output.
  private mutating func report(
    _ news: [TLSLayer.News], of number: ConnectionID, into events: inout [NetworkEvent]
  ) {
    let isSilent = connections[number]?.isOrphan ?? true
    for piece in news {
      switch piece {
      case .opened:
        if connections[number]?.secure?.place != nil, !isSilent { events.append(.opened(number)) }
      case .bytes(let bytes):
        if !isSilent { events.append(.bytes(number, bytes)) }
        keepSession(of: number)
      case .finished:
        connections[number]?.peerHasFinished = true
        if !isSilent { events.append(.finished(number)) }
      case .failed(let reason):
        return give(up: number, because: reason, into: &events)
      }
    }
    collect(number)
    guard let connection = connections[number] else { return }
    if connection.waiting > 0 || connection.finishes && !connection.hasFinished {
      flush(number)
    } else {
      settle(number)
    }
  }

  /// Moves the layer's output to the bytes that wait for the socket.
  mutating func collect(_ number: ConnectionID) {
    guard let layer = connections[number]?.secure?.layer, layer.hasOutput else { return }
    // The held end of a record goes first.
    if connections[number]!.withheld.isEmpty {
      layer.takeOutput(into: &connections[number]!.outgoing)
    } else {
      layer.takeOutput(into: &connections[number]!.withheld)
    }
  }

  /// Keeps the session of a connection for later ones; the peer sends it with its first records.
  private mutating func keepSession(of number: ConnectionID) {
    guard let side = connections[number]?.secure, !side.hasKeptSession, let place = side.place
    else { return }
    connections[number]!.secure!.hasKeptSession = true
    guard let session = side.layer.session() else { return }
    if tlsSessions.count >= Self.sessionsMax { tlsSessions = [:] }
    tlsSessions[place.authority] = session
  }

  /// Ends a connection that failed, after the alert that reports this to the peer.
  private mutating func give(
    up number: ConnectionID, because reason: String, into events: inout [NetworkEvent]
  ) {
    guard let connection = connections[number], let side = connection.secure else { return }
    if !connection.isOrphan {
      if let place = side.place { note(number, place, reason) }
      events.append(side.isOpening ? .refused(number) : .reset(number))
    }
    collect(number)
    connections[number]!.isOrphan = true
    connections[number]!.finishes = true
    connections[number]!.reads = true
    if connections[number]!.waiting > 0 {
      partings.set(
        .sending(taken: connection.sentCount), for: number, at: monotonicMilliseconds())
    }
    flush(number)
  }
}
