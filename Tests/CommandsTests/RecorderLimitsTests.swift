// What is too much to keep passes all the same, is told, and leaves nothing half.

import Foundation
import MockQwen
import TestSupport
import Testing
import Wire

@testable import Commands
@testable import Networks
@testable import Recordings

@Suite(.serialized, .timeLimit(.minutes(30))) struct RecorderLimitsTests {
  private static func answer(_ count: Int) -> [UInt8] {
    Array("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n".utf8)
      + [UInt8](repeating: UInt8(ascii: "a"), count: count)
  }

  @Test func aSessionThatIsTooLargePassesUnrecordedAndTheNextIsRecorded() {
    var recorded = RecordingConnection(
      upstream: BaseURL(scheme: .http, host: "h", port: 80), silenceMax: 10, bytesMax: 1 << 20)
    for (count, isKept) in [(100, true), (2 << 20, false), (100, true)] {
      var outputs: [RecordingConnection.Output] = []
      recorded.handle(.client(RecorderRig.request(key: "a")), at: 0, into: &outputs)
      let bytes = Self.answer(count)
      for start in stride(from: 0, to: bytes.count, by: 65_536) {
        let piece = Array(bytes[start..<min(start + 65_536, bytes.count)])
        recorded.handle(.upstream(piece), at: 1, into: &outputs)
        #expect(recorded.heldCount <= (1 << 20) + 65_536)
      }
      var passed = 0
      var lost: [String] = []
      var captured: [Int] = []
      for output in outputs {
        switch output {
        case .client(let bytes): passed += bytes.count
        case .lost(let text): lost.append(text)
        case .captured(let exchange): captured.append(exchange.body.count)
        default: break
        }
      }
      #expect(passed == bytes.count)
      #expect(captured == (isKept ? [count] : []))
      #expect(
        lost
          == (isKept
            ? [] : ["not recorded: the session is larger than 1 MiB; --max-size takes more"]))
      #expect(!recorded.isBusy && recorded.heldCount == 0)
    }
  }

  @Test func requestsAndManySmallReadsCountToo() {
    var recorded = RecordingConnection(
      upstream: BaseURL(scheme: .http, host: "h", port: 80), silenceMax: 10, bytesMax: 1_000)
    var outputs: [RecordingConnection.Output] = []
    let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n"
    recorded.handle(.client(Array(head.utf8)), at: 0, into: &outputs)
    recorded.handle(.client([UInt8](repeating: 0x61, count: 1_001)), at: 0, into: &outputs)
    #expect(outputs.contains { if case .lost = $0 { true } else { false } })
    #expect(recorded.heldCount == 0)

    recorded = RecordingConnection(
      upstream: BaseURL(scheme: .http, host: "h", port: 80), silenceMax: 10, bytesMax: 1_000)
    outputs = []
    recorded.handle(.client(Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8)), at: 0, into: &outputs)
    for byte in Self.answer(500) { recorded.handle(.upstream([byte]), at: 0, into: &outputs) }
    #expect(outputs.contains { if case .lost = $0 { true } else { false } })
  }

  /// What a client sends ahead of an answer waits in the kernel, and none of it is lost.
  @Test func aClientThatSendsOnAndOnIsNotRead() {
    var recorded = RecordingConnection(
      upstream: BaseURL(scheme: .http, host: "h", port: 80), silenceMax: 10)
    var outputs: [RecordingConnection.Output] = []
    let request = RecorderRig.request(key: "a")
    recorded.handle(.client(request), at: 0, into: &outputs)
    outputs = []
    let count = 64 * 1024 / request.count + 1
    for _ in 0..<count { recorded.handle(.client(request), at: 0, into: &outputs) }
    #expect(outputs == [.readClient(false)])
    for _ in 0...count { recorded.handle(.upstream(Self.answer(3)), at: 0, into: &outputs) }
    #expect(outputs.contains(.readClient(true)))
    #expect(outputs.count { if case .captured = $0 { true } else { false } } == count + 1)
    #expect(outputs.count { if case .upstream = $0 { true } else { false } } == count)
  }

  /// What has come of a request, when the wait for the rest ends, and with what.
  static let waits: [(sent: String, end: Int, outputs: [RecordingConnection.Output])] = [
    ("", 300_000, [.closeClient]),
    ("GET /v1/models HTTP/1.1\r\nHo", 10_000, []),
    ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2048\r\n\r\n", 30_000, [.resetClient]),
    (
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2048\r\n\r\n"
        + String(repeating: "a", count: 1_024), 31_000, [.resetClient]
    ),
  ]

  @Test(arguments: waits.indices) func aRequestThatDoesNotComeIsNotWaitedForForEver(_ index: Int) {
    let (sent, end, expected) = Self.waits[index]
    var recorded = RecordingConnection(
      upstream: BaseURL(scheme: .http, host: "h", port: 80), limits: RecordingLimits())
    var outputs: [RecordingConnection.Output] = []
    if !sent.isEmpty { recorded.handle(.client(Array(sent.utf8)), at: 0, into: &outputs) }
    #expect(recorded.deadline == end)
    recorded.handle(.deadline, at: end - 1, into: &outputs)
    #expect(!recorded.isClosed)
    outputs = []
    recorded.handle(.deadline, at: end, into: &outputs)
    #expect(recorded.isClosed && expected.allSatisfy(outputs.contains))
    guard expected.isEmpty, case .client(let bytes)? = outputs.first(where: { $0.isAnswer }) else {
      return #expect(!expected.isEmpty)
    }
    #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("HTTP/1.1 408 "))
  }

  @Test func clientsHaveANumber() throws {
    var network = SimulatedNetwork()
    let (_, port) = network.listen()
    var limits = RecordingLimits()
    limits.connectionsMax = 3
    var server = RecorderServer(
      upstream: BaseURL(scheme: .http, host: "h", port: port), limits: limits)
    var clients: [ConnectionID] = []
    var events: [NetworkEvent] = []
    var seen: [NetworkEvent] = []
    for time in 0..<6 {
      clients.append(network.connect(to: "h", port: port))
      network.settle(into: &events)
      for case .accepted(_, let connection) in events {
        server.accept(connection, at: time, in: &network)
        let half = Array("GET /v1/models HTTP/1.1\r\n".utf8)
        if time > 0 { server.handle(.bytes(connection, half), at: time, in: &network) }
      }
      seen += events
      events.removeAll()
    }
    #expect(server.count == 3)
    network.settle(into: &events)
    let gone = (seen + events).filter { if case .finished = $0 { true } else { false } }
    #expect(gone == clients[..<3].map { .finished($0) })
  }

  @Test func manyOpenSessionsTogetherAreBounded() throws {
    var session = Script.all[0].session
    session.body = [UInt8](repeating: UInt8(ascii: "a"), count: 60_000)
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
    var rig = try RecorderRig(bytesMax: 64 << 10)
    // Ten at once, none of which ends; together they may hold four times the most of one.
    for number in 0..<10 {
      var own = session
      own.name = "\(number)"
      rig.ask(Delivery(own, try Plan("framing=length fault=stall@60000")), key: own.name)
    }
    #expect(rig.run { $0.allHaveAll && $0.notes.count == 6 })
    #expect(rig.notes.allSatisfy { $0.contains("the open sessions together hold more than") })
    for client in rig.clients.keys { rig.leave(client, .resets) }
    #expect(rig.run { $0.captured.count == 4 })
  }

  @Test func whatWouldWaitForTheDiskTooLongIsLost() async throws {
    try await withTemporaryFolder { folder in
      let queue = CaptureQueue(
        try RecordingFolder(folder),
        CaptureRules(source: "s", redactor: Redactor(), waitingMax: 300_000)
      ) { _ in }
      let exchange = Self.exchange(body: [UInt8](repeating: 0x61, count: 200_000))
      for _ in 0..<20 { queue.add(exchange, at: .now) }
      queue.finish()
      #expect(queue.lostCount > 0)
      #expect(try recordingFiles(at: [folder]).count == 20 - queue.lostCount)
    }
  }

  static let codings = [("gzip", 1), ("IDENTITY", 0), ("identity, br", 1), ("", 0)]

  @Test(arguments: codings)
  func aBodyInWhichSecretsCannotBeSeenIsNotWritten(_ coding: String, _ lostCount: Int) async throws
  {
    try await withTemporaryFolder { folder in
      for redactor in [Redactor(), nil] {
        let queue = CaptureQueue(
          try RecordingFolder(folder), CaptureRules(source: "s", redactor: redactor)
        ) { _ in }
        var exchange = Self.exchange(body: [0x1F, 0x8B])
        exchange.response.fields.add("Content-Encoding", coding)
        queue.add(exchange, at: .now)
        queue.finish()
        #expect(queue.lostCount == (redactor == nil ? 0 : lostCount))
      }
    }
  }

  private static func exchange(body: [UInt8]) -> CapturedExchange {
    CapturedExchange(
      request: Script.all[0].session.request, response: ResponseHead(status: 200),
      framing: .length, body: body,
      fragments: [Session.Fragment(end: body.count, milliseconds: 0)],
      end: ResponseRecorder.End(ending: .complete, side: .upstream), start: 0)
  }
}

extension RecordingConnection.Output {
  fileprivate var isAnswer: Bool { if case .client = self { true } else { false } }
}
