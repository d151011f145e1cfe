// Crowds about the flow of bytes: clients that do not read, requests ahead of their turn, the end of the
// proxy, and the log.

internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Stages
internal import Wire

extension CrowdCase {
  // MARK: Clients that do not read

  static var slow: [CrowdCase] {
    [resumes, starves, stalls(4_999), stalls(5_000), dawdles] + [30_000, 50_000].map(wakes) + [
      beats, barren,
    ]
  }

  /// Who reads on within a minute gets all; the proxy does not hold all that the upstream has.
  private static var resumes: CrowdCase {
    let session = large(128)
    var scene = CrowdCase("a client reads on after 59 s", resting: session, until: 59_000)
    scene.wantsWhole(0, session.body, at: 59_000)
    return scene
  }

  private static var starves: CrowdCase {
    var scene = CrowdCase("a client never reads on", resting: large(128), until: nil)
    scene.wants(0, ends: .reset(at: DocumentedLimit.send))
    return scene
  }

  /// Who has taken nothing of its answer for five seconds makes room for another.
  private static func stalls(_ time: Int) -> CrowdCase {
    var scene = CrowdCase(
      "a client that does not read makes room after \(time) ms", resting: large(128), until: nil,
      connections: 1)
    scene.asks(1, at: time)
    if time < 5_000 {
      scene.wants(0, ends: .reset(at: DocumentedLimit.send))
      scene.wantsRefusal(1, .busy, at: time)
    } else {
      scene.wants(0, ends: .reset(at: time))
      scene.wantsWhole(1, at: time)
      scene.asking = [0, 1]
    }
    return scene
  }

  /// Who takes a little each minute is waited for, but not for ever.
  private static var dawdles: CrowdCase {
    let session = large(256)
    var scene = CrowdCase("a client takes a little each 50 s", resting: session, until: 245_000)
    for time in stride(from: 50_000, through: 200_000, by: 50_000) {
      scene.act(0, at: time, .takePiece)
    }
    scene.wants(
      0, [.brokenOff(body: session.body, .clientTooSlow)], last: 245_000, .closed(at: 245_000))
    return scene
  }

  /// While a client is waited for, the upstream's silence says nothing; then its wait begins anew.
  private static func wakes(at time: Int) -> CrowdCase {
    let session = large(19, endingAt: 280_000)
    var scene = CrowdCase(
      "a client reads on after \(time) ms, and the upstream is silent", resting: session,
      until: time)
    if time + DocumentedLimit.idle < 280_000 {
      let end = time + DocumentedLimit.idle
      scene.wants(
        0, [.brokenOff(body: session.body, .idleTimeout)], last: end, .closed(at: end))
    } else {
      scene.wantsWhole(0, session.body, at: 280_000)
    }
    return scene
  }

  /// A client that does not read gets no heartbeats, and the first one a whole time behind.
  private static var beats: CrowdCase {
    let session = large(19, endingAt: 100_000)
    var scene = CrowdCase(
      "heartbeats wait for a client that does not read", resting: session, until: 50_000
    ) { $0.heartbeatTime = 15_000 }
    // At 65, 80 and 95 s.
    let done = Array("data: [DONE]\n\n".utf8)
    let beat = DocumentedText.heartbeat
    scene.wants(
      0,
      [
        .whole(
          status: 200, body: session.body.dropLast(done.count) + beat + beat + beat + done,
          closes: false)
      ], last: 100_000, .closed(at: 100_000 + DocumentedLimit.clientIdle))
    return scene
  }

  /// The time in which a stream must bring an event begins anew when its client has read on.
  private static var barren: CrowdCase {
    var session = large(19)
    for number in 1...20 {
      session.body += Array(": c\n\n".utf8)
      session.fragments.append(
        Session.Fragment(end: session.body.count, milliseconds: number * 200_000))
    }
    var scene = CrowdCase(
      "comments for an hour behind a client that has rested", resting: session, until: 50_000)
    let end = 50_000 + DocumentedLimit.barren
    scene.wants(0, [.brokenOff(body: session.body, .idleTimeout)], last: end, .closed(at: end))
    return scene
  }

  // MARK: Requests ahead of their turn

  static var ahead: [CrowdCase] {
    [1, 8, 9, 16, 17, 40].map(questions) + [refusedBody, flood] + [false, true].map(halfClosed)
      + halfAsked
  }

  /// More questions at once than are answered in one go.
  private static func questions(_ count: Int) -> CrowdCase {
    var scene = CrowdCase("\(count) questions at once")
    let all = Array(repeating: get("/health"), count: count).flatMap(\.self)
    scene.act(0, at: 0, .connect, .send(all))
    let answer = CrowdOutcome.Answer.whole(status: 200, body: DocumentedText.health, closes: false)
    scene.wants(
      0, Array(repeating: answer, count: count), last: 0, .closed(at: DocumentedLimit.clientIdle))
    return scene
  }

  /// The body of a request that is refused belongs to no other.
  private static var refusedBody: CrowdCase {
    var scene = CrowdCase("a request behind one with a body that is refused")
    let body = chatBody(9)
    let refused =
      "POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n\r\n"
    scene.act(0, at: 0, .connect, .send(Array(refused.utf8) + body + chat(0)))
    let answer = CrowdOutcome.Answer.whole(
      status: 405, body: OwnAnswer.notAllowed("GET, HEAD, OPTIONS").body, closes: false)
    scene.wants(
      0, [answer, .whole(status: 200, body: usual.body, closes: false)], last: 0,
      .closed(at: DocumentedLimit.clientIdle))
    scene.asking = [0]
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

  /// A client that ends its direction within a request has gone, even where half-closed clients stay:
  /// the rest of what it asks cannot come.
  private static var halfAsked: [CrowdCase] {
    let body = chatBody(0)
    let request = Array(head(of: body.count).utf8) + body
    return [0, 20, request.count - body.count, request.count - 1].map { count in
      var scene = CrowdCase("the end behind \(count) bytes of a request") {
        $0.keepsHalfClosed = true
      }
      scene.connects(0, at: 0)
      if count > 0 { scene.act(0, at: 10, .send(Array(request[..<count]))) }
      scene.act(0, at: 100, .finish)
      scene.wants(0, ends: .closed(at: 100))
      return scene
    }
  }

  // MARK: The end of the proxy

  static var ends: [CrowdCase] { [ends(atOnce: false), ends(atOnce: true)] }

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
  static var notes: CrowdCase {
    var scene = CrowdCase("fragments are noted") { $0.notesFragments = true }
    let session = stream(["data: a\n\n", "data: bc\n\n"], at: [0, 1_000])
    scene.answer(0, session)
    scene.asks(0, at: 0)
    scene.wantsWhole(0, session.body, at: 1_000)
    scene.asking = [0]
    return scene
  }
}
