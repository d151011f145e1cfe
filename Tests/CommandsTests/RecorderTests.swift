// What the mock sends is what the client gets and what the recorder writes down, fragment for fragment
// and to the true end.

import MockQwen
import Sockets
import TestSupport
import Testing
import Wire

@testable import Commands
@testable import Networks
@testable import Recordings

@Suite(.serialized, .timeLimit(.minutes(30)))
struct RecorderTests {
  /// Plans of every kind: cuts on the wire, chunks, framings, faults.
  static let plans = [
    "cuts=recorded", "cuts=whole", "cuts=utf8", "cuts=crlf", "cuts=blank", "cuts=fields",
    "cuts=escapes", "cuts=done", "cuts=sizes", "cuts=chunkends chunks=40x", "cuts=last",
    "cuts=head", "cuts=events chunks=whole", "cuts=37x chunks=11x", "cuts=5,6,400",
    "cuts=recorded framing=length", "cuts=recorded framing=close", "cuts=utf8 framing=close",
    "cuts=recorded framing=chunked+extensions+trailers+upper+zeros",
    "cuts=recorded fault=fin@700", "cuts=recorded fault=reset@700", "cuts=100x fault=stall@700",
    "cuts=recorded framing=close fault=fin@700", "cuts=recorded framing=length fault=reset@700",
    "cuts=recorded framing=close fault=reset@700", "cuts=60x framing=close fault=stall@700",
    "cuts=recorded framing=length fault=fin@700", "cuts=60x framing=length fault=stall@700",
    "cuts=random:7/40 chunks=random:9/12", "cuts=1x chunks=1x", "cuts=1x framing=length",
  ]

  /// Every way to cut, and every framing with every way to fail.
  @Test func thePlansAreOfEveryKind() throws {
    var kinds: Set<String> = []
    for plan in try Self.plans.map({ try Plan($0) }) {
      let framing =
        switch plan.framing {
        case .chunked: "chunked"
        case .length: "length"
        case .close: "close"
        }
      kinds.insert("\(framing) \(plan.fault?.kind.rawValue ?? "whole")")
      switch plan.cuts {
      case .places(let place): kinds.insert(place.rawValue)
      case .whole: kinds.insert("whole")
      case .every: kinds.insert("every")
      case .at: kinds.insert("at")
      case .recorded: kinds.insert("recorded")
      case .random: kinds.insert("random")
      }
    }
    var all = Set(Cuts.Place.allCases.map(\.rawValue))
    all.formUnion(["whole", "every", "at", "recorded", "random"])
    for framing in ["chunked", "length", "close"] {
      all.insert("\(framing) whole")
      all.formUnion(Fault.Kind.plain.map { "\(framing) \($0.rawValue)" })
    }
    #expect(kinds == all)
  }

  @Test(arguments: plans)
  func writesDownWhatWasSent(_ line: String) throws {
    let plan = try Plan(line)
    // One rig for all: a recorder serves many clients, one after the other and at once.
    var rig = try RecorderRig(silenceMax: 400)
    let bytesMax = line.hasPrefix("cuts=1x") ? 1_500 : 10_000
    let sessions = Script.all.filter { $0.session.body.count < bytesMax }.map(\.session)
    var numbers: [ConnectionID] = []
    for session in sessions {
      numbers.append(rig.ask(Delivery(session, plan), key: session.name))
    }
    #expect(rig.run { $0.captured.count == sessions.count && $0.allHaveAll })
    for (number, session) in zip(numbers, sessions) {
      let delivery = Delivery(session, plan)
      let sent = Array(delivery.transmission.bytes[..<delivery.count])
      #expect(areSameBytes(rig.clients[number]!.bytes, sent), "\(session.name)")
      let exchange = try #require(
        rig.captured.first { $0.request.fields["X-Key"] == session.name })
      expect(exchange, of: delivery, "\(session.name)")
      try expectSameFromFile(exchange)
    }
    #expect(rig.notes == [])
  }

  /// What was captured comes back from its file as it was.
  private func expectSameFromFile(_ exchange: CapturedExchange) throws {
    let session = Session(
      name: "a", request: exchange.request, response: exchange.response, framing: exchange.framing,
      body: exchange.body, fragments: exchange.fragments, ending: exchange.end.ending)
    let recording = Recording(source: "", session: session, side: exchange.end.side)
    let read = try Recording.read(recording.written(), file: "a.jsonl")
    #expect(areSameBytes(read.session.body, exchange.body))
    #expect(read == recording)
  }

  private func expect(_ exchange: CapturedExchange, of delivery: Delivery, _ name: Comment) {
    let transmission = delivery.transmission
    let bodyCount = transmission.bodyCount(before: delivery.count)
    #expect(exchange.body == Array(transmission.session.body[..<bodyCount]), name)
    var borders: [Int] = []
    for end in delivery.fragmentEnds {
      let count = transmission.bodyCount(before: end)
      if count > borders.last ?? 0 { borders.append(count) }
    }
    #expect(exchange.fragments.map(\.end) == borders, name)
    #expect(exchange.end == expectedEnd(delivery), name)
    #expect(exchange.response.status == transmission.session.response.status, name)
    let fields = exchange.response.fields.list
    #expect(
      fields.starts(
        with: transmission.session.response.fields.list.filter { field in
          !["Content-Length", "Transfer-Encoding", "Connection"].contains(where: field.isNamed)
        }), name)
  }

  private func expectedEnd(_ delivery: Delivery) -> ResponseRecorder.End {
    let isWhole = delivery.count == delivery.transmission.bytes.count
    let complete = ResponseRecorder.End(ending: .complete, side: .upstream)
    if isWhole, delivery.transmission.session.ending == .complete, delivery.ending != .reset {
      return complete
    }
    switch delivery.ending {
    case .finish, .keep: return complete
    case .cut:
      return delivery.transmission.framing == .close
        ? complete : ResponseRecorder.End(ending: .truncated, side: .upstream)
    case .reset: return ResponseRecorder.End(ending: .reset, side: .upstream)
    case .stall: return ResponseRecorder.End(ending: .timeout, side: .client)
    }
  }

  @Test(arguments: [
    (RecorderRig.Leaving.finishes, Session.Ending.truncated), (.resets, .reset),
  ])
  func writesDownThatTheClientLeft(_ leaving: RecorderRig.Leaving, _ ending: Session.Ending) throws
  {
    var rig = try RecorderRig()
    let client = rig.ask(
      Delivery(Script.all[0].session, try Plan("cuts=100x fault=stall@700")), key: "a")
    #expect(rig.run { $0.hasAll(client) })
    rig.leave(client, leaving)
    #expect(rig.run { $0.captured.count == 1 })
    #expect(rig.captured[0].end == ResponseRecorder.End(ending: ending, side: .client))
    #expect(rig.captured[0].body.count > 0)
    // The upstream is let go as well.
    #expect(rig.run { $0.network.connectionCount <= 1 })
  }

  @Test func changesTheRequestInTwoFieldsOnly() throws {
    var rig = try RecorderRig()
    let delivery = Delivery(Script.all[0].session, Plan())
    rig.ask(delivery, key: "a")
    rig.ask(delivery, key: "b", target: "/compatible-mode/v1/chat/completions?x=1")
    #expect(rig.run { $0.captured.count == 2 })
    let requests = rig.requests.sorted { $0.fields["X-Key"]! < $1.fields["X-Key"]! }
    #expect(
      requests.map(\.target) == [
        "/compatible-mode/v1/chat/completions", "/compatible-mode/v1/chat/completions?x=1",
      ])
    let names = requests[0].fields.list.map(\.name)
    #expect(names == ["Host", "AUTHORIZATION", "X-Key", "accept-encoding", "Content-Length"])
    #expect(requests[0].fields["Host"]!.hasPrefix("127.0.0.1:"))
    #expect(requests[0].fields["accept-encoding"] == "identity")
    #expect(rig.captured[0].request.body == requests[0].body)
  }

  @Test func oneConnectionTakesManyRequests() throws {
    var rig = try RecorderRig()
    let delivery = Delivery(Script.all[0].session, Plan())
    let client = rig.ask(delivery, key: "a")
    // Two more at once, before the first is answered.
    rig.send(RecorderRig.request(key: "a") + RecorderRig.request(key: "a"), on: client)
    let whole = delivery.count
    #expect(rig.run { $0.captured.count == 3 && $0.clients[client]!.bytes.count == 3 * whole })
    #expect(rig.captured.allSatisfy { $0.end.ending == .complete })
  }

  @Test func answersHealthItselfAndSaysWhenNobodyIsThere() throws {
    var recorded = RecordingConnection(
      upstream: BaseURL(scheme: .http, host: "h", port: 80, path: "/v1"), silenceMax: 10)
    var outputs: [RecordingConnection.Output] = []
    recorded.handle(
      .client(Array("GET /health HTTP/1.1\r\nHost: h\r\n\r\n".utf8)), at: 0, into: &outputs)
    guard case .client(let bytes) = outputs.first else { return #expect(Bool(false)) }
    #expect(String(decoding: bytes, as: UTF8.self).hasSuffix(#"{"status":"ok"}"#))
    #expect(outputs.last == .closeClient)

    var lonely = RecordingConnection(
      upstream: BaseURL(scheme: .http, host: "h", port: 80, path: "/v1"), silenceMax: 10)
    outputs = []
    lonely.handle(.client(RecorderRig.request(key: "a")), at: 0, into: &outputs)
    lonely.handle(.refused, at: 1, into: &outputs)
    #expect(outputs.contains(.note("cannot connect to h")))
    #expect(outputs.last == .closeClient)
    #expect(lonely.isClosed)
  }

  @Test func bytesThatAreNoHTTPPassAndAreNotRecorded() {
    for pieces in everyWay(ofCutting: Array("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc".utf8))
    {
      var recorded = RecordingConnection(
        upstream: BaseURL(scheme: .http, host: "h", port: 80), silenceMax: 10)
      var outputs: [RecordingConnection.Output] = []
      recorded.handle(.client(RecorderRig.request(key: "a")), at: 0, into: &outputs)
      for piece in pieces { recorded.handle(.upstream(piece), at: 1, into: &outputs) }
      recorded.handle(.upstreamFinished, at: 2, into: &outputs)
      var passed: [UInt8] = []
      for case .client(let bytes) in outputs { passed += bytes }
      #expect(passed == pieces.flatMap { $0 })
      #expect(outputs.contains { if case .note = $0 { true } else { false } })
      #expect(!outputs.contains { if case .captured = $0 { true } else { false } })
      #expect(outputs.contains(.closeClient))
    }
  }

  @Test func theClientGetsBytesFirst() {
    var recorded = RecordingConnection(
      upstream: BaseURL(scheme: .http, host: "h", port: 80), silenceMax: 10)
    var outputs: [RecordingConnection.Output] = []
    recorded.handle(.client(RecorderRig.request(key: "a")), at: 0, into: &outputs)
    outputs = []
    let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc".utf8)
    recorded.handle(.upstream(answer), at: 1, into: &outputs)
    #expect(outputs.first == .client(answer))
    guard case .captured(let exchange) = outputs.last else { return #expect(Bool(false)) }
    #expect(exchange.fragments == [Session.Fragment(end: 3, milliseconds: 1)])
    #expect(outputs.count == 2)
  }

  /// NUL, bytes that are not UTF-8, a character and a line end that reads cut, and one large event.
  private static func oddSession(largeCount: Int) -> Session {
    var session = Script.all[0].session
    let large = [UInt8](repeating: UInt8(ascii: "a"), count: largeCount)
    let start = Array("data: \u{0}\u{0}".utf8) + [0xFF, 0x00, 0xF0, 0x9F]
    session.body =
      start + [0x98, 0x80, 0x0D, 0x0A] + Array("data: ".utf8) + large + [0x0D, 0x0A, 0x0D, 0x0A]
    session.fragments = [
      Session.Fragment(end: start.count, milliseconds: 0),
      Session.Fragment(end: start.count + 3, milliseconds: 1),
      Session.Fragment(end: start.count + 6, milliseconds: 1),
      Session.Fragment(end: session.body.count, milliseconds: 2),
    ]
    return session
  }

  /// With the size of the event, and whether the upstream resets in front of it. A file of the largest
  /// would take a debug build too long.
  static let oddCases = [
    ("cuts=recorded chunks=recorded", 16 << 20, false),
    ("cuts=recorded framing=length", 1 << 20, false),
    ("cuts=recorded framing=length", 16 << 20, true),
  ]

  @Test(arguments: oddCases)
  func oddBytesAndLargeEventsPass(_ line: String, largeCount: Int, isReset: Bool) throws {
    let session = Self.oddSession(largeCount: largeCount)
    let borders = session.fragments.map(\.end)
    var plan = try Plan(line)
    if isReset {
      let transmission = Transmission(session, framing: plan.framing, chunks: plan.chunks)
      plan.fault = Fault(.reset, at: transmission.wireOffset(behindBody: borders[2]))
    }
    var rig = try RecorderRig()
    let delivery = Delivery(session, plan)
    let client = rig.ask(delivery, key: "a")
    #expect(rig.run { $0.captured.count == 1 && $0.allHaveAll })
    let exchange = rig.captured[0]
    let body = isReset ? Array(session.body[..<borders[2]]) : session.body
    #expect(areSameBytes(exchange.body, body))
    let sent = Array(delivery.transmission.bytes[..<delivery.count])
    #expect(areSameBytes(rig.clients[client]!.bytes, sent))
    // What is larger than a read has borders of its own behind.
    #expect(Array(exchange.fragments.map(\.end).prefix(3)) == Array(borders.prefix(3)))
    #expect(exchange.end == expectedEnd(delivery))
    if exchange.body.count < 2 << 20 { try expectSameFromFile(exchange) }
  }

  @Test func sixtyFourClientsAtOnce() throws {
    var rig = try RecorderRig()
    let plan = try Plan("cuts=recorded")
    let scripts = Script.all.filter { $0.session.body.count < 10_000 }
    for number in 0..<64 {
      var session = scripts[number % scripts.count].session
      session.name = "\(session.name)-\(number)"
      session.response.fields.add("X-Number", "\(number)")
      rig.ask(Delivery(session, plan), key: session.name)
    }
    #expect(rig.run { $0.captured.count == 64 && $0.allHaveAll })
    for client in rig.clients.values {
      #expect(client.bytes == Array(client.delivery.transmission.bytes[..<client.delivery.count]))
      let name = client.delivery.transmission.session.name
      let exchange = try #require(rig.captured.first { $0.request.fields["X-Key"] == name })
      expect(exchange, of: client.delivery, "\(name)")
    }
    #expect(Set(rig.captured.map { $0.response.fields["X-Number"] }).count == 64)
  }

  @Test func aSlowClientPausesTheUpstream() throws {
    var session = Script.all[0].session
    session.body = [UInt8](repeating: UInt8(ascii: "a"), count: 48 << 20)
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
    var rig = try RecorderRig(silenceMax: 200)
    let client = rig.ask(Delivery(session, try Plan("framing=length")), key: "a")
    #expect(rig.run { !$0.clients[client]!.bytes.isEmpty })
    rig.network.setReading(false, on: client)
    var last = -1
    // Until nothing moves any more for longer than an upstream may be silent.
    for _ in 0..<20 where rig.waitingBytes(of: client) != last {
      last = rig.waitingBytes(of: client)
      for _ in 0..<300 { rig.step() }
    }
    #expect(last > 1 << 20)
    #expect(rig.captured.isEmpty)
    rig.network.setReading(true, on: client)
    #expect(rig.run { $0.captured.count == 1 })
    #expect(rig.captured[0].end.ending == .complete)
    #expect(rig.captured[0].body.count == session.body.count)
  }
}
