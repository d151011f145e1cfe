// The recorder on a network: one recording connection for each client connection, and its upstream
// connection. A slow client pauses its upstream, a slow upstream pauses its client, and only bytes that
// the kernel does not take wait here.

internal import Canaries
internal import MockQwen
internal import Networks
internal import ProxyServing
internal import Recordings
internal import Terminal
internal import Wire

extension RecordingConnection {
  /// Handles an input in place, and returns the resulting deadline and memory.
  fileprivate mutating func step(
    _ input: Input, at now: Int, into outputs: inout [Output]
  ) -> (deadline: Int?, growth: Int) {
    let before = heldCount
    handle(input, at: now, into: &outputs)
    return (deadline, heldCount - before)
  }

  /// Stops keeping the open exchange, in place; returns how many bytes of memory that frees.
  fileprivate mutating func free(_ reason: String, into outputs: inout [Output]) -> Int {
    let before = heldCount
    giveUp(reason, into: &outputs)
    return before - heldCount
  }
}

/// All client connections of a recorder.
struct RecorderServer {
  /// How many bytes may wait for a slow peer before the other side is no longer read.
  private static let waitingBytesMax = 256 * 1024

  private let upstream: BaseURL
  private let limits: RecordingLimits
  /// About how many bytes all open exchanges take together; at most `allMax` stays.
  private var heldCount = 0
  private var connections: [ConnectionID: RecordingConnection] = [:]
  /// The upstream connection of each client that has one, and the other way round.
  private var upstreams: [ConnectionID: ConnectionID] = [:]
  private var clients: [ConnectionID: ConnectionID] = [:]
  private var deadlines: [ConnectionID: Int] = [:]
  /// Peers for which bytes wait.
  private var sends = SendWatch()
  /// Clients that are not read because they have sent too much ahead.
  private var resting: Set<ConnectionID> = []
  private var captured: [CapturedExchange] = []
  private var notes: [String] = []
  /// How many exchanges were too large to keep.
  private(set) var lostCount = 0

  /// - Parameter bytesMax: How many bytes of one exchange are kept; for all open ones together,
  ///   four times as many.
  init(upstream: BaseURL, silenceMax: Int, bytesMax: Int = 64 << 20) {
    var limits = RecordingLimits()
    limits.silenceMax = silenceMax
    limits.bytesMax = bytesMax
    self.init(upstream: upstream, limits: limits)
  }

  init(upstream: BaseURL, limits: RecordingLimits) {
    self.upstream = upstream
    self.limits = limits
  }

  private var allMax: Int { 4 * limits.bytesMax }

  /// The earliest time to wake a recording connection, in milliseconds.
  var deadline: Int? {
    let first = min(deadlines.values.min() ?? .max, sends.deadline ?? .max)
    return first == .max ? nil : first
  }

  /// The number of clients.
  var count: Int { connections.count }

  /// How many exchanges are open.
  var busyCount: Int { connections.values.count { $0.isBusy } }

  mutating func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }

  /// The exchanges that have ended since the last call, in the order of their ends.
  mutating func takeCaptured() -> [CapturedExchange] {
    defer { captured = [] }
    return captured
  }

  /// A client has connected. If there are too many, one without a request makes room; otherwise this one
  /// is closed.
  mutating func accept(
    _ client: ConnectionID, at now: Int, in network: inout some Network & ~Copyable
  ) {
    if connections.count + network.partingCount >= limits.connectionsMax, !network.dropParting() {
      let idle = connections.compactMap { client, recorded in
        recorded.idleSince.map { ($0, client) }
      }
      guard let longest = idle.min(by: <) else {
        network.reset(client)
        notes.append("connection \(client): refused, there are \(connections.count) clients")
        return
      }
      feed(.clientFinished, to: longest.1, at: now, in: &network)
    }
    let recorded = RecordingConnection(upstream: upstream, limits: limits, at: now)
    connections[client] = recorded
    deadlines[client] = recorded.deadline
  }

  /// Takes an event of one of this server's connections; others are ignored.
  mutating func handle(
    _ event: NetworkEvent, at now: Int, in network: inout some Network & ~Copyable
  ) {
    switch event {
    case .bytes(let connection, let bytes):
      feed(connection, upstream: .upstream(bytes), client: .client(bytes), now, &network)
    case .opened(let connection):
      guard let client = clients[connection] else { return }
      let tls = network.tlsFacts(of: connection).map {
        Recording.TLS(version: $0.version, cipher: $0.cipher)
      }
      feed(.connected(tls), to: client, at: now, in: &network)
    case .refused(let connection):
      guard let client = clients[connection] else { return }
      forgetUpstream(of: client)
      feed(.refused, to: client, at: now, in: &network)
    case .finished(let connection):
      feed(connection, upstream: .upstreamFinished, client: .clientFinished, now, &network)
    case .reset(let connection):
      sends.remove(connection)
      if let client = clients[connection] {
        forgetUpstream(of: client)
        feed(.upstreamReset, to: client, at: now, in: &network)
      } else {
        feed(.clientReset, to: connection, at: now, in: &network)
        removeConnection(connection)
      }
    case .drained(let connection):
      sends.remove(connection)
      feed(.drained, to: connection, at: now, in: &network)
      drained(connection, in: &network)
    case .accepted: break
    }
  }

  /// Feeds an input to the recording connection of a connection: one input if that is an upstream's, else
  /// the other.
  private mutating func feed(
    _ connection: ConnectionID, upstream: RecordingConnection.Input,
    client: RecordingConnection.Input, _ now: Int,
    _ network: inout some Network & ~Copyable
  ) {
    if let owner = clients[connection] {
      feed(upstream, to: owner, at: now, in: &network)
    } else {
      feed(client, to: connection, at: now, in: &network)
    }
  }

  private mutating func drained(
    _ connection: ConnectionID, in network: inout some Network & ~Copyable
  ) {
    guard let other = upstreams[connection] ?? clients[connection], !resting.contains(other) else {
      return
    }
    network.setReading(true, on: other)
  }

  /// Wakes the connections that are due.
  mutating func wake(at now: Int, in network: inout some Network & ~Copyable) {
    for (client, deadline) in deadlines.sorted(by: { $0.key < $1.key }) where deadline <= now {
      let upstream = upstreams[client]
      if network.waitingBytes(on: client) > 0
        || upstream.map({ network.waitingBytes(on: $0) > 0 }) == true
      {
        // One side is silent because it is not read; the other has its own time limit for taking bytes.
        deadlines[client] = now + limits.silenceMax
        continue
      }
      feed(.deadline, to: client, at: now, in: &network)
    }
    for connection in sends.takeStalled(at: now, in: network) {
      stalled(connection, at: now, in: &network)
    }
  }

  /// A peer takes none of the bytes that wait for it: it counts as gone.
  private mutating func stalled(
    _ connection: ConnectionID, at now: Int, in network: inout some Network & ~Copyable
  ) {
    if let client = clients[connection] {
      notes.append("connection \(client): the upstream took nothing for too long")
    } else {
      notes.append("connection \(connection): the client took nothing for too long")
    }
    network.reset(connection)
    handle(.reset(connection), at: now, in: &network)
  }

  /// Closes all connections; an incomplete answer is aborted, so that nobody takes it for complete.
  mutating func stop(in network: inout some Network & ~Copyable) {
    for (client, recorded) in connections {
      if let upstream = upstreams[client] { network.close(upstream) }
      if recorded.isBusy { network.abort(client) } else { network.close(client) }
    }
    let lostCount = lostCount
    self = RecorderServer(upstream: upstream, limits: limits)
    self.lostCount = lostCount
  }

  private mutating func feed(
    _ input: RecordingConnection.Input, to client: ConnectionID, at now: Int,
    in network: inout some Network & ~Copyable
  ) {
    guard let index = connections.index(forKey: client) else { return }
    var outputs: [RecordingConnection.Output] = []
    let (deadline, growth) = connections.values[index].step(input, at: now, into: &outputs)
    heldCount += growth
    if growth > 0, heldCount > allMax {
      heldCount -= connections.values[index].free(
        "the open sessions together hold more than \(allMax >> 20) MiB; --max-size takes more",
        into: &outputs)
    }
    if deadlines[client] != deadline { deadlines[client] = deadline }
    for output in outputs { perform(output, for: client, at: now, in: &network) }
  }

  private mutating func perform(
    _ output: RecordingConnection.Output, for client: ConnectionID, at now: Int,
    in network: inout some Network & ~Copyable
  ) {
    switch output {
    case .connect:
      let connection = network.connect(to: upstream)
      clients[connection] = client
      upstreams[client] = connection
    case .upstream(let bytes):
      send(bytes, to: upstreams[client], within: limits.silenceMax, pausing: client, now, &network)
    case .client(let bytes):
      send(bytes, to: client, within: limits.sendTimeMax, pausing: upstreams[client], now, &network)
    case .closeUpstream:
      if let connection = forgetUpstream(of: client) { network.close(connection) }
    case .resetUpstream:
      if let connection = forgetUpstream(of: client) { network.reset(connection) }
    case .readClient(let reads):
      if reads { resting.remove(client) } else { resting.insert(client) }
      network.setReading(reads, on: client)
    case .closeClient:
      removeConnection(client)
      network.close(client)
    case .resetClient:
      removeConnection(client)
      network.abort(client)
    case .captured(let exchange): captured.append(exchange)
    case .note(let text): notes.append("connection \(client): \(text)")
    case .lost(let text):
      lostCount += 1
      notes.append("connection \(client): \(text)")
    }
  }

  private mutating func removeConnection(_ client: ConnectionID) {
    heldCount -= connections.removeValue(forKey: client)?.heldCount ?? 0
    deadlines[client] = nil
    resting.remove(client)
    sends.remove(client)
  }

  /// Sends bytes to one peer, which must take some in time; while many wait, the other side is not read.
  private mutating func send(
    _ bytes: [UInt8], to connection: ConnectionID?, within span: Int,
    pausing other: ConnectionID?, _ now: Int, _ network: inout some Network & ~Copyable
  ) {
    guard let connection else { return }
    network.send(bytes, on: connection)
    let waiting = network.waitingBytes(on: connection)
    guard waiting > 0 else { return }
    sends.add(connection, taken: network.takenBytes(on: connection), at: now, for: span)
    if let other, waiting > Self.waitingBytesMax { network.setReading(false, on: other) }
  }

  @discardableResult
  private mutating func forgetUpstream(of client: ConnectionID) -> ConnectionID? {
    guard let connection = upstreams.removeValue(forKey: client) else { return nil }
    clients[connection] = nil
    sends.remove(connection)
    return connection
  }
}
