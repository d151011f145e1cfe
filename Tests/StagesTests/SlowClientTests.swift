// Clients that read little or nothing: the upstream is not read on, what the proxy holds is bounded,
// and nothing is lost when they read again. In memory 200 of them; on sockets, where the kernel's
// buffers take megabytes first, a few.

import ProxyUnderTest
import Sockets
import Testing
import Wire

@testable import Networks
@testable import ProxyServing

private let chat =
  "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: 2\r\n\r\n{}"
private let head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
/// What a stream may cost, beside the event that is under way.
private let heldMax = 512 * 1024

/// An event in a chunk of its own; each number gives another one.
private func chunk(_ number: Int, bytes: Int) -> String {
  let data = "data: \(number) " + String(repeating: "x", count: bytes) + "\n\n"
  return String(data.utf8.count, radix: 16) + "\r\n\(data)\r\n"
}

@Suite(.serialized, .timeLimit(.minutes(30))) struct SlowClientTests {
  /// Each reads for a moment now and then, and the others do not wait for it.
  @Test func twoHundredSlowClientsAreBounded() throws {
    let rig = try ProxyRig(SimulatedNetwork())
    var clients: [ConnectionID] = []
    for _ in 0..<200 {
      clients.append(try rig.connect())
      try rig.send(chat, on: clients[clients.count - 1])
      try rig.send(head + chunk(0, bytes: 10), on: try #require(rig.upstreams.last))
      try rig.setReading(false, on: clients[clients.count - 1])
    }
    var sent = Array(repeating: chunk(0, bytes: 10), count: 200)
    var heldMost = 0
    for number in 1...36 {
      for index in clients.indices where number % 3 == index % 3 {
        let text = chunk(number, bytes: 40_000)
        try rig.send(text, on: rig.upstreams[index])
        sent[index] += text
      }
      heldMost = max(heldMost, rig.heldBytesMax)
      #expect(rig.heldBytesMax <= heldMax, "after \(number)")
    }
    // It did fill up, and then the upstream was not read any more.
    #expect(heldMost > 256 * 1024)
    #expect(rig.upstreams.allSatisfy { rig.unreadBytes(from: $0) > 100_000 })
    for index in clients.indices {
      try rig.setReading(true, on: clients[index])
      try rig.send("0\r\n\r\n", on: rig.upstreams[index])
      let body = rig.text(on: clients[index]).split(separator: "\r\n\r\n", maxSplits: 1).last
      #expect(body.map(String.init) == sent[index] + "0\r\n\r\n")
    }
  }

  /// An event that is larger than the bound is held whole, and no second one behind it.
  @Test func oneEventMayBeLargerThanTheBound() throws {
    let rig = try ProxyRig(SimulatedNetwork())
    let client = try rig.connect()
    try rig.send(chat, on: client)
    let upstream = try #require(rig.upstreams.last)
    try rig.send(head + chunk(0, bytes: 10), on: upstream)
    try rig.setReading(false, on: client)
    let size = 1024 * 1024
    for number in 1...3 { try rig.send(chunk(number, bytes: size), on: upstream) }
    #expect(rig.heldBytesMax > size && rig.heldBytesMax <= heldMax + size)
    #expect(rig.unreadBytes(from: upstream) > size)
    try rig.setReading(true, on: client)
    let text = rig.text(on: client)
    #expect((1...3).allSatisfy { text.contains(chunk($0, bytes: size)) })
  }

  /// The same over TCP: how much the upstream gets rid of has an end, and then all of it arrives.
  @Test func onSocketsTheUpstreamHasToWait() throws {
    var loop = try SlowLoop()
    let event = chunk(1, bytes: 100_000)
    // More than the kernel's buffers of both connections hold.
    let count = 100
    try loop.open(clients: 3)
    for upstream in loop.upstreams {
      loop.network.send(Array((head + String(repeating: event, count: count)).utf8), on: upstream)
    }
    loop.runUntilStill()
    let most = loop.heldMost
    #expect(most > 256 * 1024 && most <= heldMax)
    #expect(loop.upstreams.allSatisfy { loop.network.waitingBytes(on: $0) > 1_000_000 })
    for client in loop.clients { loop.network.setReading(true, on: client) }
    for upstream in loop.upstreams { loop.network.send(Array("0\r\n\r\n".utf8), on: upstream) }
    loop.runUntilStill()
    #expect(loop.heldMost <= heldMax)
    let whole = Array((String(repeating: event, count: count) + "0\r\n\r\n").utf8)
    for client in loop.clients {
      #expect(loop.received[client]?.suffix(whole.count) == whole[...])
      #expect(loop.received[client]?.starts(with: "HTTP/1.1 200 ".utf8) == true)
    }
  }
}

/// A proxy, clients that do not read and their upstream on one network of sockets.
private struct SlowLoop: ~Copyable {
  var network: SocketNetwork
  private var proxy: ProxyServer<Exchange>
  private let front: (listener: ListenerID, port: Int)
  private(set) var clients: [ConnectionID] = []
  private(set) var upstreams: [ConnectionID] = []
  /// The proxy's ends of the clients' connections.
  private var fronts: [ConnectionID] = []
  private(set) var received: [ConnectionID: [UInt8]] = [:]
  /// The most bytes that the proxy has held for one client.
  private(set) var heldMost = 0

  init() throws {
    var network = try SocketNetwork(kernelBytesMax: 65_536)
    let front = try network.listen(host: "127.0.0.1", port: 0)
    let back = try network.listen(host: "127.0.0.1", port: 0)
    self.network = network
    self.front = front
    var settings = Settings()
    settings.upstream = BaseURL(scheme: .http, host: "127.0.0.1", port: back.port, path: "/v1")
    proxy = ProxyServer(settings: settings)
  }

  mutating func open(clients count: Int) throws {
    for _ in 0..<count {
      let client = network.connect(to: "127.0.0.1", port: front.port)
      network.send(Array(chat.utf8), on: client)
      network.setReading(false, on: client)
      clients.append(client)
    }
    while upstreams.count < count || upstreams.contains(where: { received[$0] == nil }) {
      try #require(turn(milliseconds: 5_000))
    }
  }

  /// Until nothing has happened for a while.
  mutating func runUntilStill() { while turn(milliseconds: 300) {} }

  /// Serves what happens next; false when nothing does.
  private mutating func turn(milliseconds: Int) -> Bool {
    var events: [NetworkEvent] = []
    network.poll(timeout: milliseconds, into: &events)
    for event in events {
      switch event {
      case .accepted(front.listener, let connection):
        fronts.append(connection)
        proxy.accept(connection, at: 0, in: &network)
      case .accepted(_, let connection): upstreams.append(connection)
      case .bytes(let connection, let bytes)
      where upstreams.contains(connection) || clients.contains(connection):
        received[connection, default: []] += bytes
      case _ where upstreams.contains(event.connection) || clients.contains(event.connection): break
      default: proxy.handle(event, at: 0, in: &network)
      }
      for connection in fronts { heldMost = max(heldMost, network.waitingBytes(on: connection)) }
    }
    return !events.isEmpty
  }
}
