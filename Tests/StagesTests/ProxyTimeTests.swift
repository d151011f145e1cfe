// Time on the whole path: client, proxy and upstream on both networks, under a clock that jumps, so that
// five minutes of silence take none.

import ProxyUnderTest
import Testing

@testable import Networks
@testable import Stages

private let chat =
  "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: 2\r\n\r\n{}"
private let head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
private let event = "9\r\ndata: a\n\n\r\n"
private let beat = "e\r\n: keep-alive\n\n\r\n"

@Suite(.serialized, .timeLimit(.minutes(30))) struct ProxyTimeTests {
  /// What happens to an answer.
  enum Step: Hashable, Sendable {
    case send(String)
    case pass(Int)
    /// Both, so many times.
    case again(Int, String, after: Int)
  }

  /// What the client has at last, and whether that is the end of its connection.
  struct Scene: Sendable {
    var name: String
    var steps: [Step]
    var total: Int?
    var heartbeat: Int?
    /// The status of the answer.
    var status = 200
    /// What the body is, without an error.
    var body = ""
    /// The code of the error at the end, if there is one.
    var code: String?
  }

  static let scenes: [Scene] = [
    Scene(name: "silence", steps: [.pass(299_999)], status: 0),
    Scene(
      name: "silence for too long", steps: [.pass(300_000)], status: 504,
      code: "upstream_first_byte_timeout"),
    Scene(
      name: "a head is not an answer", steps: [.pass(200_000), .send(head), .pass(100_000)],
      status: 504, code: "upstream_first_byte_timeout"),
    Scene(
      name: "a long thought", steps: [.pass(299_999), .send(head + event + "0\r\n\r\n")],
      body: event + "0\r\n\r\n"),
    Scene(name: "a pause", steps: [.send(head + event), .pass(239_999)], body: event),
    Scene(
      name: "a pause that is too long", steps: [.send(head + event), .pass(240_000)], body: event,
      code: "upstream_idle_timeout"),
    Scene(
      name: "comments keep alive",
      steps: [.send(head + event), .again(13, "3\r\n:\n\n\r\n", after: 239_000)],
      body: event + String(repeating: "3\r\n:\n\n\r\n", count: 13)),
    Scene(
      name: "single bytes keep alive",
      steps: [.send(head), .again(13, "1\r\na\r\n", after: 239_000)],
      body: ""),
    Scene(
      name: "comments alone, for almost an hour",
      steps: [.send(head + event), .again(33, "3\r\n:\n\n\r\n", after: 100_000)],
      body: event + String(repeating: "3\r\n:\n\n\r\n", count: 32), code: "upstream_idle_timeout"),
    Scene(
      name: "a drip under a total limit",
      steps: [.send(head + event), .again(1_000, "1\r\na\r\n", after: 1_000)], total: 900_000,
      body: event, code: "upstream_total_timeout"),
    Scene(
      name: "a total limit in silence", steps: [.pass(60_000)], total: 60_000, status: 504,
      code: "upstream_total_timeout"),
    Scene(
      name: "a heartbeat in a pause", steps: [.send(head + event), .pass(50_000)],
      heartbeat: 20_000, body: event + beat + beat),
    Scene(
      name: "no heartbeat within an event",
      steps: [.send(head + event + "6\r\ndata: \r\n"), .pass(200_000), .send("2\r\n\n\n\r\n")],
      heartbeat: 20_000, body: event + "8\r\ndata: \n\n\r\n"),
    Scene(
      name: "a heartbeat is no life of the upstream", steps: [.send(head + event), .pass(240_000)],
      heartbeat: 100_000, body: event + beat + beat, code: "upstream_idle_timeout"),
  ]

  private func play<World: StageNetwork & ~Copyable>(
    _ scene: Scene, on rig: ProxyRig<World>
  ) throws {
    let client = try rig.connect()
    try rig.send(chat, on: client)
    let upstream = try #require(rig.upstreams.last)
    for step in scene.steps {
      switch step {
      case .send(let text): try rig.send(text, on: upstream)
      case .pass(let time): try rig.advance(milliseconds: time)
      case .again(let count, let text, let pause):
        for _ in 0..<count where rig.endings[upstream] == nil {
          try rig.advance(milliseconds: pause)
          try rig.send(text, on: upstream)
        }
      }
    }
    let text = rig.text(on: client)
    guard scene.status == 200 else {
      #expect(text.hasPrefix(scene.status == 0 ? "" : "HTTP/1.1 \(scene.status) "))
      #expect(text.isEmpty == (scene.status == 0))
      #expect(text.contains("\"code\":\"\(scene.code ?? "")\"") == (scene.code != nil))
      #expect(rig.endings[upstream] == (scene.code == nil ? nil : .finished))
      // It may ask again.
      #expect(rig.endings[client] == nil)
      return
    }
    let body = text.split(separator: "\r\n\r\n", maxSplits: 1).dropFirst().first.map(String.init)
    guard let code = scene.code else {
      #expect((body ?? "") == scene.body)
      #expect(rig.endings[client] == nil)
      return
    }
    #expect(body?.hasPrefix(scene.body) == true)
    let rest = body?.dropFirst(scene.body.count) ?? ""
    #expect(rest.contains("\r\nevent: error\ndata: {\"error\":{"))
    #expect(rest.contains("\"code\":\"\(code)\"") && !rest.hasSuffix("0\r\n\r\n"))
    #expect(rig.endings[client] == .finished && rig.endings[upstream] == .finished)
  }

  @Test(arguments: scenes.indices) func everyWaitHasItsEnd(_ index: Int) throws {
    let scene = Self.scenes[index]
    func settle(_ settings: inout Settings) {
      settings.limits.totalTimeMax = scene.total
      settings.heartbeatTime = scene.heartbeat
    }
    try play(scene, on: ProxyRig(SimulatedNetwork(), settle))
    try play(scene, on: ProxyRig(try LoopbackNetwork(), settle))
  }
}
