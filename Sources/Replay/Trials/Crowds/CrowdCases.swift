// The crowds that are written down, by what they are about. The times are those of docs/proxy.md.

internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Stages
internal import Wire

extension CrowdCase {
  /// All crowds.
  package static let all: [CrowdCase] =
    room + [
      order, earliest, surplus, requestBytes(slowFirst: true), requestBytes(slowFirst: false),
    ]
    + rates + slow + ahead + ends + [notes]

  private static let health = Array(#"{"status":"ok"}"#.utf8)

  // MARK: Room for another client

  /// A client that has asked nothing for a second makes room; one that has just come does not, nor does
  /// one that waits for its answer.
  private static var room: [CrowdCase] {
    [999, 1_000, 30_000].map { time in
      var scene = CrowdCase("an idle client makes room after \(time) ms", connections: 2)
      scene.connects(0, at: 0)
      scene.connects(1, at: 0)
      scene.asks(2, at: time)
      scene.wants(1, ends: .closed(at: DocumentedLimit.clientIdle))
      if time < 1_000 {
        scene.wants(0, ends: .closed(at: DocumentedLimit.clientIdle))
        scene.wantsRefusal(2, .busy, at: time)
      } else {
        scene.wants(0, ends: .closed(at: time))
        scene.wantsUsual(2, at: time)
        scene.asking = [2]
      }
      return scene
    } + [kept, answering]
  }

  /// A connection that is kept behind an answer is as idle as one that never asked.
  private static var kept: CrowdCase {
    var scene = CrowdCase("a kept connection makes room", connections: 1)
    scene.asks(0, at: 500)
    scene.asks(1, at: 1_499)
    scene.asks(2, at: 1_600)
    scene.wants(
      0, [.whole(status: 200, body: usual.body, closes: false)], last: 500, .closed(at: 1_600))
    scene.wantsRefusal(1, .busy, at: 1_499)
    scene.wantsUsual(2, at: 1_600)
    scene.asking = [0, 2]
    return scene
  }

  private static var answering: CrowdCase {
    var scene = CrowdCase("who waits for an answer stays", connections: 1)
    scene.answer(0, stream(["data: a\n\n", "data: [DONE]\n\n"], at: [9_000, 90_000]))
    scene.asks(0, at: 0)
    scene.asks(1, at: 5_000)
    scene.asks(2, at: 50_000)
    scene.wants(
      0, [.whole(status: 200, body: usual.body, closes: false)], last: 90_000,
      .closed(at: 90_000 + DocumentedLimit.clientIdle))
    scene.wantsRefusal(1, .busy, at: 5_000)
    scene.wantsRefusal(2, .busy, at: 50_000)
    scene.asking = [0]
    return scene
  }

  /// First who asks slowly, then who has asked nothing; never who waits.
  private static var order: CrowdCase {
    var scene = CrowdCase("the slowest goes first", connections: 4)
    scene.act(0, at: 0, .connect, .send(Array((head(of: 100) + "0123456789").utf8)))
    scene.connects(1, at: 0)
    scene.act(2, at: 0, .connect, .send(Array("POST /v1/chat".utf8)))
    let stalled = stream(["data: a\n\n", "data: [DONE]\n\n"], at: [0, 0])
    scene.answer(3, stalled, stalling: true)
    scene.asks(3, at: 0)
    for (client, time) in zip(4..., [2_000, 2_001, 2_002, 2_003]) { scene.asks(client, at: time) }
    scene.wantsRefusal(2, .busy, at: 2_000)
    scene.wantsRefusal(0, .busy, at: 2_001)
    scene.wants(1, ends: .closed(at: 2_002))
    scene.wants(
      3, [.brokenOff(body: usual.body, .idleTimeout)], last: DocumentedLimit.idle,
      .closed(at: DocumentedLimit.idle))
    scene.wantsUsual(4, at: 2_000)
    scene.wantsUsual(5, at: 2_001)
    scene.wantsUsual(6, at: 2_002)
    scene.wantsRefusal(7, .busy, at: 2_003)
    scene.asking = [3, 4, 5, 6]
    return scene
  }

  private static var earliest: CrowdCase {
    var scene = CrowdCase(
      "of two idle clients the one that has said nothing for longer goes", connections: 2)
    scene.connects(1, at: 0)
    scene.connects(0, at: 500)
    scene.asks(2, at: 2_000)
    scene.wants(1, ends: .closed(at: 2_000))
    scene.wants(0, ends: .closed(at: 500 + DocumentedLimit.clientIdle))
    scene.wantsUsual(2, at: 2_000)
    scene.asking = [2]
    return scene
  }

  /// Who sends eight times as fast as one must goes behind those that have asked nothing.
  private static var rates: [CrowdCase] {
    [16_383, 16_384].map { count in
      var scene = CrowdCase("a body of \(count) bytes in 2 s", connections: 2)
      let body = chatBody(0, count: 40_000)
      scene.act(0, at: 0, .connect, .send(Array(head(of: body.count).utf8)))
      scene.act(0, at: 1_000, .send(Array(body[..<count])))
      scene.connects(1, at: 0)
      scene.asks(2, at: 2_000)
      scene.asks(3, at: 2_001)
      let isSlow = count < 16_384
      scene.wantsRefusal(0, .busy, at: isSlow ? 2_000 : 2_001)
      scene.wants(1, ends: .closed(at: isSlow ? 2_001 : 2_000))
      scene.wantsUsual(2, at: 2_000)
      scene.wantsUsual(3, at: 2_001)
      scene.asking = [2, 3]
      return scene
    }
  }

  /// Of those for whom there is no place, 64 are told so when they ask; the next one is reset at once.
  private static var surplus: CrowdCase {
    var scene = CrowdCase("more clients than are told that there are too many", connections: 1)
    scene.answer(0, stream(["data: a\n\n", "data: [DONE]\n\n"], at: [0, 100_000]))
    scene.asks(0, at: 0)
    scene.wants(
      0, [.whole(status: 200, body: usual.body, closes: false)], last: 100_000,
      .closed(at: 100_000 + DocumentedLimit.clientIdle))
    let last = DocumentedLimit.surplus + 1
    for client in 1...last {
      scene.connects(client, at: 10)
      scene.wants(
        client, ends: client < last ? .closed(at: 10 + DocumentedLimit.clientIdle) : .reset(at: 10))
    }
    scene.act(1, at: 20, .send(get("/health")))
    scene.wants(1, [.whole(status: 200, body: health, closes: true)], last: 20, .closed(at: 20))
    scene.act(2, at: 20, .send(get("/v1/chat/completions", method: "OPTIONS")))
    scene.wants(2, [.whole(status: 204, body: [], closes: true)], last: 20, .closed(at: 20))
    scene.act(3, at: 20, .send(get("/v1/models")))
    scene.wantsRefusal(3, .busy, at: 20)
    scene.act(4, at: 20, .send(chat(4)))
    scene.wantsRefusal(4, .busy, at: 20)
    scene.asking = [0]
    return scene
  }

  /// Requests that are not whole hold more than they may together: the slowest goes.
  private static func requestBytes(slowFirst: Bool) -> CrowdCase {
    var scene = CrowdCase(
      "too many bytes of requests, the \(slowFirst ? "first" : "second") is slow"
    ) {
      $0.limits.allRequestBytesMax = 100_000
    }
    let (slow, fast) = slowFirst ? (0, 1) : (1, 0)
    let body = chatBody(fast, count: 90_000)
    scene.act(slow, at: 0, .connect, .send(Array(head(of: 90_000).utf8)))
    scene.act(slow, at: 100, .send(Array(chatBody(slow, count: 90_000)[..<50_000])))
    scene.act(fast, at: 2_000, .connect, .send(Array(head(of: 90_000).utf8)))
    scene.act(fast, at: 2_001, .send(Array(body[..<50_000])))
    // A byte more than is allowed.
    scene.act(fast, at: 2_002, .send([body[50_000]]))
    scene.act(fast, at: 2_003, .send(Array(body[50_001...])))
    scene.wantsRefusal(slow, .busy, at: 2_002)
    scene.wantsUsual(fast, at: 2_003)
    scene.asking = [fast]
    return scene
  }

  // MARK: Clients that do not read

  private static var slow: [CrowdCase] {
    [resumes, starves, stalls(4_999), stalls(5_000), dawdles] + [30_000, 50_000].map(wakes) + [
      beats
    ]
  }

  /// Who reads on within a minute gets all; the proxy does not hold all that the upstream has.
  private static var resumes: CrowdCase {
    var scene = CrowdCase("a client reads on after 59 s")
    let session = large(128)
    scene.answer(0, session)
    scene.asks(0, at: 0)
    scene.act(0, at: 0, .read(false))
    scene.act(0, at: 59_000, .read(true))
    scene.wants(
      0, [.whole(status: 200, body: session.body, closes: false)], last: 59_000,
      .closed(at: 59_000 + DocumentedLimit.clientIdle))
    scene.asking = [0]
    return scene
  }

  private static var starves: CrowdCase {
    var scene = CrowdCase("a client never reads on")
    scene.answer(0, large(128))
    scene.asks(0, at: 0)
    scene.act(0, at: 0, .read(false))
    scene.wants(0, ends: .reset(at: DocumentedLimit.send))
    scene.asking = [0]
    return scene
  }

  /// Who has taken nothing of its answer for five seconds makes room for another.
  private static func stalls(_ time: Int) -> CrowdCase {
    var scene = CrowdCase("a client that does not read makes room after \(time) ms", connections: 1)
    scene.answer(0, large(128))
    scene.asks(0, at: 0)
    scene.act(0, at: 0, .read(false))
    scene.asks(1, at: time)
    if time < 5_000 {
      scene.wants(0, ends: .reset(at: DocumentedLimit.send))
      scene.wantsRefusal(1, .busy, at: time)
      scene.asking = [0]
    } else {
      scene.wants(0, ends: .reset(at: time))
      scene.wantsUsual(1, at: time)
      scene.asking = [0, 1]
    }
    return scene
  }

  /// Who takes a little each minute is waited for, but not for ever.
  private static var dawdles: CrowdCase {
    var scene = CrowdCase("a client takes a little each 50 s")
    let session = large(256)
    scene.answer(0, session)
    scene.asks(0, at: 0)
    scene.act(0, at: 0, .read(false))
    for time in stride(from: 50_000, through: 200_000, by: 50_000) {
      scene.act(0, at: time, .takePiece)
    }
    scene.act(0, at: 245_000, .read(true))
    scene.wants(
      0, [.brokenOff(body: session.body, .clientTooSlow)], last: 245_000, .closed(at: 245_000))
    scene.asking = [0]
    return scene
  }

  /// While a client is waited for, the upstream's silence says nothing; then its wait begins anew.
  private static func wakes(at time: Int) -> CrowdCase {
    var scene = CrowdCase("a client reads on after \(time) ms, and the upstream is silent")
    let session = large(19, endingAt: 280_000)
    scene.answer(0, session)
    scene.asks(0, at: 0)
    scene.act(0, at: 0, .read(false))
    scene.act(0, at: time, .read(true))
    if time + DocumentedLimit.idle < 280_000 {
      let end = time + DocumentedLimit.idle
      scene.wants(
        0, [.brokenOff(body: session.body, .idleTimeout)], last: end, .closed(at: end))
    } else {
      scene.wants(
        0, [.whole(status: 200, body: session.body, closes: false)], last: 280_000,
        .closed(at: 280_000 + DocumentedLimit.clientIdle))
    }
    scene.asking = [0]
    return scene
  }

  /// A client that does not read gets no heartbeats, and the first one a whole time behind.
  private static var beats: CrowdCase {
    var scene = CrowdCase("heartbeats wait for a client that does not read") {
      $0.heartbeatTime = 15_000
    }
    let session = large(19, endingAt: 100_000)
    scene.answer(0, session)
    scene.asks(0, at: 0)
    scene.act(0, at: 0, .read(false))
    scene.act(0, at: 50_000, .read(true))
    // At 65, 80 and 95 s.
    let done = Array("data: [DONE]\n\n".utf8)
    let beat = Array(": keep-alive\n\n".utf8)
    scene.wants(
      0,
      [
        .whole(
          status: 200, body: session.body.dropLast(done.count) + beat + beat + beat + done,
          closes: false)
      ], last: 100_000, .closed(at: 100_000 + DocumentedLimit.clientIdle))
    scene.asking = [0]
    return scene
  }

  // MARK: Requests ahead of their turn

  private static var ahead: [CrowdCase] {
    [1, 8, 9, 16, 17, 40].map(questions) + [flood] + [false, true].map(halfClosed)
  }

  /// More questions at once than are answered in one go.
  private static func questions(_ count: Int) -> CrowdCase {
    var scene = CrowdCase("\(count) questions at once")
    let all = Array(repeating: get("/health"), count: count).flatMap(\.self)
    scene.act(0, at: 0, .connect, .send(all))
    let answer = CrowdOutcome.Answer.whole(status: 200, body: health, closes: false)
    scene.wants(
      0, Array(repeating: answer, count: count), last: 0, .closed(at: DocumentedLimit.clientIdle))
    return scene
  }

  /// Of what a client sends ahead 64 KiB are taken, and a read; all of it is answered in its order.
  private static var flood: CrowdCase {
    var scene = CrowdCase("many requests ahead of their turn")
    let session = stream(["data: a\n\n", "data: [DONE]\n\n"], at: [1_000, 1_000])
    scene.answer(0, session)
    let request = chat(0, count: 8_192)
    scene.act(0, at: 0, .connect, .send(request))
    for number in 0..<40 { scene.act(0, at: 10 + number, .send(request)) }
    scene.takesAtMost(request.count + 128 * 1024, from: 0)
    scene.wants(
      0, Array(repeating: .whole(status: 200, body: session.body, closes: false), count: 41),
      last: 41_000, .closed(at: 41_000 + DocumentedLimit.clientIdle))
    scene.asking = Array(repeating: 0, count: 41)
    return scene
  }

  /// A client that has ended its direction has gone, or still gets all that it has asked for.
  private static func halfClosed(_ keeps: Bool) -> CrowdCase {
    var scene = CrowdCase("three requests and the end, \(keeps ? "kept" : "not kept")") {
      $0.keepsHalfClosed = keeps
    }
    let session = stream(["data: a\n\n", "data: [DONE]\n\n"], at: [1_000, 1_000])
    scene.answer(0, session)
    scene.act(0, at: 0, .connect, .send(chat(0) + chat(0) + chat(0)))
    scene.act(0, at: 100, .finish)
    let answer = CrowdOutcome.Answer.whole(status: 200, body: session.body, closes: false)
    scene.wants(
      0, keeps ? [answer, answer, answer] : [], last: keeps ? 3_000 : nil,
      .closed(at: keeps ? 3_000 : 100))
    scene.asking = keeps ? [0, 0, 0] : [0]
    return scene
  }

  // MARK: The end of the proxy

  private static var ends: [CrowdCase] { [ends(atOnce: false), ends(atOnce: true)] }

  /// Idle clients go at once, and answers under way go on to their end, or end with an error.
  private static func ends(atOnce: Bool) -> CrowdCase {
    var scene = CrowdCase("the proxy ends\(atOnce ? " at once" : "")")
    let begun = stream(["data: a\n\n", "data: b\n\n", "data: [DONE]\n\n"], at: [0, 900, 2_500])
    let late = stream(["data: a\n\n", "data: [DONE]\n\n"], at: [2_000, 2_000])
    for client in [4, 5] { scene.answer(client, begun) }
    scene.answer(6, late)
    scene.asks(0, at: 0)
    scene.connects(1, at: 0)
    scene.act(2, at: 0, .connect, .send(Array("GET /health HTTP/1.1\r\nHost: a".utf8)))
    let body = chatBody(3)
    scene.act(3, at: 0, .connect, .send(Array(head(of: body.count).utf8) + body.dropLast()))
    scene.asks(4, at: 0)
    scene.act(5, at: 0, .connect, .send(chat(5) + chat(5)))
    scene.asks(6, at: 0)
    scene.act(0, at: 1_000, .stop(.gently))
    scene.connects(7, at: 1_100)
    if atOnce {
      scene.act(0, at: 1_200, .stop(.now))
    } else {
      scene.act(2, at: 1_200, .send(Array("\r\n\r\n".utf8)))
      scene.act(3, at: 1_300, .send([body[body.count - 1]]))
    }
    scene.wants(
      0, [.whole(status: 200, body: usual.body, closes: false)], last: 0, .closed(at: 1_000))
    scene.wants(1, ends: .closed(at: 1_000))
    scene.wantsRefusal(2, .stopping, at: 1_200)
    scene.wantsRefusal(3, .stopping, at: atOnce ? 1_200 : 1_300)
    for client in [4, 5] {
      if atOnce {
        scene.wants(
          client, [.brokenOff(body: begun.body, .stopping)], last: 1_200, .closed(at: 1_200))
      } else {
        scene.wants(
          client, [.whole(status: 200, body: begun.body, closes: false)], last: 2_500,
          .closed(at: 2_500))
      }
    }
    if atOnce {
      scene.wantsRefusal(6, .stopping, at: 1_200)
    } else {
      scene.wants(
        6, [.whole(status: 200, body: late.body, closes: true)], last: 2_000, .closed(at: 2_000))
    }
    scene.wants(7, ends: .closed(at: 1_100))
    scene.asking = [0, 4, 5, 6]
    return scene
  }

  // MARK: The log

  /// Every fragment is noted with its offsets, where that is asked for.
  private static var notes: CrowdCase {
    var scene = CrowdCase("fragments are noted") { $0.notesFragments = true }
    let session = stream(["data: a\n\n", "data: bc\n\n"], at: [0, 1_000])
    scene.answer(0, session)
    scene.asks(0, at: 0)
    scene.wants(
      0, [.whole(status: 200, body: session.body, closes: false)], last: 1_000,
      .closed(at: 1_000 + DocumentedLimit.clientIdle))
    scene.asking = [0]
    return scene
  }
}
