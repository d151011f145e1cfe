// Mock, recorder and clients on real sockets of this machine, in one thread. The next fragment leaves
// the mock when its client has read the one before, so that each write is one read everywhere.

import MockQwen
import Sockets
import Wire

@testable import Commands
@testable import Networks
@testable import Recordings
@testable import Stages
@testable import Trials

/// The recorder between the mock and clients.
struct RecorderRig: ~Copyable {
  /// What a client does with its connection once the mock has nothing more to send.
  enum Leaving { case stays, finishes, resets }

  /// One client, and what it got.
  struct Client {
    let delivery: Delivery
    var bytes: [UInt8] = []
    /// How its connection ended: `F` in order, `R` by an abort, nil when it stands.
    var closing: Character?
    var upstream: ConnectionID?
  }

  var network: SocketNetwork
  private var mock = MockServer(rules: RequestRules())
  private var server: RecorderServer
  private let mockListener: ListenerID
  private let front: (listener: ListenerID, port: Int)
  private(set) var clients: [ConnectionID: Client] = [:]
  private(set) var captured: [CapturedExchange] = []
  private(set) var notes: [String] = []
  private var events: [NetworkEvent] = []
  private var deliveries: [String: Delivery] = [:]
  /// The time in milliseconds, from any point.
  private var now = 0

  init(
    path: String = "/compatible-mode/v1", silenceMax: Int = 60_000, bytesMax: Int = 64 << 20
  ) throws {
    var network = try SocketNetwork()
    let back = try network.listen(host: "127.0.0.1", port: 0)
    let near = try network.listen(host: "127.0.0.1", port: 0)
    self.network = network
    mockListener = back.listener
    front = near
    server = RecorderServer(
      upstream: BaseURL(scheme: .http, host: "127.0.0.1", port: back.port, path: path),
      silenceMax: silenceMax, bytesMax: bytesMax)
  }

  /// Connects a client that asks for `delivery`.
  @discardableResult
  mutating func ask(_ delivery: Delivery, key: String, target: String = "/chat/completions")
    -> ConnectionID
  {
    let client = network.connect(to: "127.0.0.1", port: front.port)
    clients[client] = Client(delivery: delivery)
    deliveries[key] = delivery
    send(Self.request(key: key, target: target), on: client)
    return client
  }

  mutating func send(_ bytes: [UInt8], on client: ConnectionID) { network.send(bytes, on: client) }

  static func request(key: String, target: String = "/chat/completions") -> [UInt8] {
    let body = #"{"model":"qwen-plus","messages":[{"role":"user","content":"é"}],"stream":true}"#
    return Array(
      ("POST \(target) HTTP/1.1\r\nHost: recorder\r\nAUTHORIZATION: Bearer sk-of-the-client\r\n"
        + "X-Key: \(key)\r\naccept-encoding: gzip\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        + body).utf8)
  }

  /// Lets everything happen until `isOver` holds. Says whether it does: not when nothing has happened
  /// for so many steps that nothing will. How long a step takes does not count, for a busy machine may
  /// take as long as it likes.
  mutating func run(until isOver: (borrowing RecorderRig) -> Bool) -> Bool {
    var quiet = 0
    while !isOver(self) {
      guard quiet < Self.quietStepsMax else { return false }
      step()
      quiet = events.isEmpty ? quiet + 1 : 0
    }
    return true
  }

  /// Steps without an event, of a millisecond or more each, behind which nothing more comes.
  private static let quietStepsMax = 20_000

  mutating func step() {
    events.removeAll(keepingCapacity: true)
    network.poll(timeout: 1, into: &events)
    // Only rest is time: how long a busy machine takes over what happens must not count as silence.
    if events.isEmpty { now += 1 }
    for event in events { take(event, at: now) }
    server.wake(at: now, in: &network)
    for client in clients.keys { release(client, at: now) }
    captured += server.takeCaptured()
    notes += server.takeNotes()
  }

  private mutating func take(_ event: NetworkEvent, at now: Int) {
    switch event {
    case .accepted(let listener, let connection):
      if listener == mockListener {
        mock.accept(connection)
      } else {
        server.accept(connection, at: now, in: &network)
      }
    case .bytes(let connection, let bytes) where clients[connection] != nil:
      clients[connection]!.bytes += bytes
    case .finished(let connection) where clients[connection] != nil:
      clients[connection]!.closing = "F"
    case .reset(let connection) where clients[connection] != nil:
      clients[connection]!.closing = "R"
    case .bytes(let connection, _), .finished(let connection), .reset(let connection),
      .opened(let connection), .refused(let connection), .drained(let connection):
      guard mock.owns(connection) else { return server.handle(event, at: now, in: &network) }
      let before = mock.answers.count
      let deliveries = deliveries
      mock.handle(event, at: now, choosing: { deliveries[$0.fields["X-Key"]!]! }, in: &network)
      guard mock.answers.count > before, let key = mock.answers.last?.request.fields["X-Key"] else {
        return
      }
      let client = clients.first {
        $0.value.delivery == deliveries[key] && $0.value.upstream == nil
      }
      if let client { clients[client.key]!.upstream = connection }
    }
  }

  /// The requests that the mock has read.
  var requests: [Session.Request] { mock.requests }

  private mutating func release(_ client: ConnectionID, at now: Int) {
    guard let upstream = clients[client]?.upstream, mock.hasDue(upstream),
      mock.released(on: upstream) <= clients[client]!.bytes.count
    else { return }
    let deliveries = deliveries
    mock.release(upstream, at: now, choosing: { deliveries[$0.fields["X-Key"]!]! }, in: &network)
  }

  /// Whether a client has got all that its delivery sends.
  func hasAll(_ client: ConnectionID) -> Bool {
    clients[client]!.bytes.count >= clients[client]!.delivery.count
  }

  var allHaveAll: Bool {
    for client in clients.keys where !hasAll(client) { return false }
    return true
  }

  mutating func leave(_ client: ConnectionID, _ leaving: Leaving) {
    switch leaving {
    case .stays: break
    case .finishes: network.close(client)
    case .resets: network.reset(client)
    }
  }

  /// Bytes that wait for the mock's peer.
  func waitingBytes(of client: ConnectionID) -> Int {
    clients[client]!.upstream.map { network.waitingBytes(on: $0) } ?? 0
  }
}

extension RecordingConnection {
  init(upstream: BaseURL, silenceMax: Int, bytesMax: Int = .max) {
    var limits = RecordingLimits()
    limits.silenceMax = silenceMax
    limits.bytesMax = bytesMax
    self.init(upstream: upstream, limits: limits)
  }
}
