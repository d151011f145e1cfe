// Connections to https upstreams. To its owner each looks like a plain HTTP/1.1 connection: requests go
// in as bytes, answers come out as bytes. Behind it every request is a session of URLSession of its
// own, so that no TLS connection is used twice: libcurl, which does the work, would send a request
// anew, a POST too, when a connection that it has kept turns out to be dead.

internal import Foundation
internal import Networks
internal import Wire

#if canImport(FoundationNetworking)
  internal import FoundationNetworking
#endif

/// The https connections of a network.
struct SecureConnections: ~Copyable {
  /// News of a connection's request; requests are numbered, so that late news is known as such.
  struct Message: Sendable {
    var connection: ConnectionID
    var request: Int
    var news: SecureTransfer.News
  }

  private struct Running {
    var request: Int
    var session: URLSession
    var transfer: SecureTransfer
  }

  private struct Connection {
    var origin: BaseURL
    var reader = SecureRequestReader()
    /// Bytes behind the request that is running.
    var early: [UInt8] = []
    var running: Running?
    var reads = true
    /// What has come while the owner was not reading.
    var held: [NetworkEvent] = []
    /// Whether the connection ends when the running request is answered.
    var finishes = false
    var hasFinished = false
  }

  /// How long a connection may take to stand, in milliseconds.
  private static let connectTimeMax = 10_000

  private let mailbox: Mailbox<SocketNetwork.Message>
  private var connections: [ConnectionID: Connection] = [:]
  /// When the attempts to connect are given up.
  private var connectLimits: [ConnectionID: Int] = [:]
  private var nextRequest = 1
  /// What is to be reported at the next occasion.
  private var events: [NetworkEvent] = []
  private var notes: [String] = []

  init(_ mailbox: Mailbox<SocketNetwork.Message>) { self.mailbox = mailbox }

  deinit {
    for connection in connections.values {
      if let running = connection.running { Self.cancel(running) }
    }
  }

  var count: Int { connections.count }

  /// The earliest time at which `giveUp` has something to do; 0 when there is something to report.
  var nextDue: Int? {
    if !events.isEmpty { return 0 }
    return connectLimits.values.min()
  }

  /// What has happened since the last call.
  mutating func takeEvents() -> [NetworkEvent] {
    defer { events = [] }
    return events
  }

  /// Lines for the operator since the last call.
  mutating func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }

  /// Opens a connection. It stands at once for its owner; whether the upstream can be reached shows
  /// with the first request, by `refused`.
  mutating func open(_ number: ConnectionID, to origin: BaseURL) {
    connections[number] = Connection(origin: origin)
    events.append(.opened(number))
  }

  func owns(_ number: ConnectionID) -> Bool { connections[number] != nil }

  mutating func send(_ bytes: [UInt8], on number: ConnectionID) {
    guard let connection = connections[number], !connection.finishes else { return }
    if connection.running == nil {
      read(bytes, on: number)
    } else {
      connections[number]!.early += bytes
    }
  }

  /// No more requests come: the connection ends behind the one that is running.
  mutating func finish(_ number: ConnectionID) {
    guard let connection = connections[number], !connection.finishes else { return }
    connections[number]!.finishes = true
    if connection.running == nil { reportFinish(number) }
  }

  /// Closes the connection at once, and cancels its request.
  mutating func close(_ number: ConnectionID) {
    guard let connection = connections.removeValue(forKey: number) else { return }
    if let running = connection.running { Self.cancel(running) }
    connectLimits[number] = nil
    events.removeAll { $0.connection == number }
  }

  mutating func setReading(_ reads: Bool, on number: ConnectionID) {
    guard let connection = connections[number], connection.reads != reads else { return }
    connections[number]!.reads = reads
    guard reads else { return }
    connections[number]!.held = []
    for event in connection.held { report(event, on: number) }
  }

  // MARK: Requests

  private mutating func read(_ bytes: [UInt8], on number: ConnectionID) {
    var offset = 0
    do throws(WireError) {
      guard let request = try connections[number]?.reader.read(bytes, at: &offset) else { return }
      connections[number]?.early = Array(bytes[offset...])
      start(request, on: number)
    } catch {
      end(number, with: .reset(number), because: "the request is no HTTP/1.1: \(error)")
    }
  }

  private mutating func start(_ request: SecureRequest, on number: ConnectionID) {
    guard let connection = connections[number] else { return }
    guard let urlRequest = request.urlRequest(to: connection.origin) else {
      return end(number, with: .refused(number), because: "the target makes no URL")
    }
    let requestNumber = nextRequest
    nextRequest += 1
    let hasBody = !request.body.isEmpty
    let transfer = SecureTransfer(method: request.head.method, hasBody: hasBody) { [mailbox] news in
      mailbox.add(.secure(Message(connection: number, request: requestNumber, news: news)))
    }
    let session = URLSession(
      configuration: Self.configuration(), delegate: transfer, delegateQueue: nil)
    // Without a body nothing tells when the connection stands.
    if hasBody { connectLimits[number] = monotonicMilliseconds() + Self.connectTimeMax }
    connections[number]!.running = Running(
      request: requestNumber, session: session, transfer: transfer)
    if request.closes { connections[number]!.finishes = true }
    session.dataTask(with: urlRequest).resume()
  }

  /// Nothing is kept from one request to the next, and the owner alone says how long it waits.
  private static func configuration() -> URLSessionConfiguration {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.urlCache = nil
    configuration.urlCredentialStorage = nil
    configuration.httpCookieStorage = nil
    configuration.httpShouldSetCookies = false
    configuration.httpCookieAcceptPolicy = .never
    configuration.timeoutIntervalForRequest = 30 * 86_400
    configuration.timeoutIntervalForResource = 365 * 86_400
    return configuration
  }

  private static func cancel(_ running: Running) {
    running.transfer.silence()
    running.session.invalidateAndCancel()
  }

  // MARK: News

  /// Takes news of a request.
  mutating func take(_ message: Message) {
    let number = message.connection
    guard connections[number]?.running?.request == message.request else { return }
    switch message.news {
    case .sending: connectLimits[number] = nil
    case .bytes(let bytes):
      if !connectLimits.isEmpty { connectLimits[number] = nil }
      report(.bytes(number, bytes), on: number)
    case .complete(let closes):
      completed(number, closes: closes)
    case .failed(let failure):
      if failure.isOverflow {
        connections[number]!.held = []
        connections[number]!.reads = true
      }
      end(
        number, with: failure.isUnsent ? .refused(number) : .reset(number), because: failure.reason)
    }
  }

  private mutating func completed(_ number: ConnectionID, closes: Bool) {
    connections[number]!.running = nil
    if closes || connections[number]!.finishes {
      connections[number]!.finishes = true
      reportFinish(number)
    } else {
      let early = connections[number]!.early
      connections[number]!.early = []
      if !early.isEmpty { read(early, on: number) }
    }
  }

  /// Gives up the attempts to connect whose time is over.
  mutating func giveUp(at now: Int) {
    for (number, limit) in connectLimits where limit <= now {
      end(
        number, with: .refused(number),
        because: "no connection within \(Self.connectTimeMax / 1_000) s")
    }
  }

  private mutating func reportFinish(_ number: ConnectionID) {
    guard connections[number]?.hasFinished == false else { return }
    connections[number]!.hasFinished = true
    report(.finished(number), on: number)
  }

  /// Ends a connection with its last event, and tells the operator why.
  private mutating func end(
    _ number: ConnectionID, with event: NetworkEvent, because reason: String
  ) {
    guard let connection = connections[number] else { return }
    notes.append("connection \(number) to \(connection.origin.authority): \(reason)")
    if let running = connection.running { Self.cancel(running) }
    connectLimits[number] = nil
    connections[number]!.running = nil
    connections[number]!.finishes = true
    report(event, on: number)
  }

  /// Reports an event, or keeps it for an owner who is not reading.
  private mutating func report(_ event: NetworkEvent, on number: ConnectionID) {
    guard let connection = connections[number] else { return }
    guard connection.reads else {
      connections[number]!.held.append(event)
      return
    }
    events.append(event)
    switch event {
    case .bytes(_, let bytes): connection.running?.transfer.taken(bytes.count)
    case .reset, .refused: connections[number] = nil
    default: break
    }
  }
}
