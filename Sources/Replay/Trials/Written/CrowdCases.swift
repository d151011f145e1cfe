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
    + rates + slow + ahead + ends + models + [notes]

  /// An upstream without a list of models says so in one of three ways; any other answer is passed on.
  private static var models: [CrowdCase] {
    [404, 405, 501, 400, 403, 406, 500, 502].map { status in
      var scene = CrowdCase("a list of models is answered \(status)")
      scene.answersAlways(status, "{}")
      scene.act(0, at: 0, .connect, .send(get("/v1/models")))
      let lacksList = [404, 405, 501].contains(status)
      let body = lacksList ? OwnAnswer.models(CoreWords()) : Array("{}".utf8)
      scene.wants(
        0, [.whole(status: lacksList ? 200 : status, body: body, closes: false)], last: 0,
        .closed(at: DocumentedLimit.clientIdle))
      scene.asking = [0]
      return scene
    }
  }

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
        scene.wantsWhole(2, at: time)
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
    scene.wantsWhole(2, at: 1_600)
    scene.asking = [0, 2]
    return scene
  }

  private static var answering: CrowdCase {
    var scene = CrowdCase("who waits for an answer stays", connections: 1)
    scene.answer(0, stream(["data: a\n\n", "data: [DONE]\n\n"], at: [9_000, 90_000]))
    scene.asks(0, at: 0)
    scene.asks(1, at: 5_000)
    scene.asks(2, at: 50_000)
    scene.wantsWhole(0, at: 90_000)
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
    scene.wantsWhole(4, at: 2_000)
    scene.wantsWhole(5, at: 2_001)
    scene.wantsWhole(6, at: 2_002)
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
    scene.wantsWhole(2, at: 2_000)
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
      scene.wantsWhole(2, at: 2_000)
      scene.wantsWhole(3, at: 2_001)
      scene.asking = [2, 3]
      return scene
    }
  }

  /// Of those for whom there is no place, 64 are told so when they ask; the next one is reset at once.
  private static var surplus: CrowdCase {
    var scene = CrowdCase("more clients than are told that there are too many", connections: 1)
    scene.answer(0, stream(["data: a\n\n", "data: [DONE]\n\n"], at: [0, 100_000]))
    scene.asks(0, at: 0)
    scene.wantsWhole(0, at: 100_000)
    let last = DocumentedLimit.surplus + 1
    for client in 1...last {
      scene.connects(client, at: 10)
      scene.wants(
        client, ends: client < last ? .closed(at: 10 + DocumentedLimit.clientIdle) : .reset(at: 10))
    }
    scene.act(1, at: 20, .send(get("/health")))
    scene.wants(
      1, [.whole(status: 200, body: DocumentedText.health, closes: true)], last: 20, .closed(at: 20)
    )
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
    scene.wantsWhole(fast, at: 2_003)
    scene.asking = [fast]
    return scene
  }
}
