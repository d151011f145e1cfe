// Every check, shown both ways: an observation that keeps the promise, and one changed thing that
// breaks exactly this check.

import MockQwen
import Testing
import Wire

@testable import Judging

@Suite struct JudgeTests {
  static let session: Session = {
    var session = Script.all[0].session
    session.body = Array("data: a\n\ndata: b\n\n".utf8)
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
    return session
  }()

  static let judge = Judge(upstreamKey: "up", clientKey: "down")

  static func seen(_ change: (inout Session.Request) -> Void = { _ in }) -> Session.Request {
    var request = session.request
    request.method = "POST"
    request.target = "/compatible-mode/v1/chat/completions"
    request.fields = [Field("Authorization", "Bearer up")]
    change(&request)
    return request
  }

  /// What a right proxy shows when all arrives.
  static func good(_ change: (inout Observation) -> Void = { _ in }) -> Observation {
    var observation = Observation(
      status: 200,
      fields: [
        Field("Content-Type", "text/event-stream;charset=UTF-8"), Field("X-Accel-Buffering", "no"),
        Field("Cache-Control", "no-cache, no-transform"), Field("Transfer-Encoding", "chunked"),
      ],
      body: session.body, ending: .complete, breach: nil, requests: [seen()], delay: nil,
      leftConnections: 0)
    change(&observation)
    return observation
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var observation: Observation
    /// `check NAME` of every violation.
    var found: [String]
    var plan = "cuts=whole"
    var policy = Policy()
    /// The client's number, when there are several.
    var stream: Int?
  }

  static let cases: [Case] = [
    Case(testDescription: "nothing wrong", observation: good(), found: []),
    Case(
      testDescription: "two requests", observation: good { $0.requests.append(seen()) },
      found: ["posts WRONG"]),
    Case(
      testDescription: "no request", observation: good { $0.requests = [] },
      found: ["posts WRONG"]),
    Case(
      testDescription: "method", observation: good { $0.requests = [seen { $0.method = "GET" }] },
      found: ["request WRONG"]),
    Case(
      testDescription: "target", observation: good { $0.requests = [seen { $0.target = "/" }] },
      found: ["request WRONG"]),
    Case(
      testDescription: "request body",
      observation: good { $0.requests = [seen { $0.body += [0] }] },
      found: ["request WRONG"]),
    Case(
      testDescription: "key",
      observation: good { $0.requests = [seen { $0.fields.set("authorization", "Bearer down") }] },
      found: ["request WRONG"]),
    Case(
      testDescription: "the client's key in another field",
      observation: good { $0.requests = [seen { $0.fields.add("X-API-Key", "x-down-x") }] },
      found: ["request WRONG"]),
    Case(testDescription: "status", observation: good { $0.status = 201 }, found: ["head WRONG"]),
    Case(
      testDescription: "no response", observation: good { $0.status = nil }, found: ["head WRONG"]),
    Case(
      testDescription: "hop-by-hop", observation: good { $0.fields.add("Keep-Alive", "timeout=5") },
      found: ["head WRONG"]),
    Case(
      testDescription: "content type",
      observation: good { $0.fields.set("Content-Type", "application/json") },
      found: ["head WRONG"]),
    Case(
      testDescription: "a length", observation: good { $0.fields.add("Content-Length", "18") },
      found: ["head WRONG"]),
    Case(
      testDescription: "nginx may buffer",
      observation: good { $0.fields.remove("X-Accel-Buffering") }, found: ["head WRONG"]),
    Case(
      testDescription: "others may rewrite",
      observation: good { $0.fields.set("Cache-Control", "no-cache") }, found: ["head WRONG"]),
    Case(
      testDescription: "grammar", observation: good { $0.breach = "a chunk size is malformed" },
      found: ["framing WRONG"]),
    Case(
      testDescription: "a block is lost",
      observation: good { $0.body = Array("data: a\n\n".utf8) },
      found: ["blocks LOST", "bytes CORRUPTED"]),
    Case(
      testDescription: "other line ends",
      observation: good { $0.body = Array("data: a\r\n\r\ndata: b\n\n".utf8) },
      found: ["bytes CORRUPTED"]),
    Case(
      testDescription: "late",
      observation: good { $0.delay = Observation.Delay(sent: 18, due: 9, received: 0) },
      found: ["progress LATE"]),
    Case(
      testDescription: "cut although complete", observation: good { $0.ending = .cut },
      found: ["end WRONG"]),
    Case(
      testDescription: "silent although complete", observation: good { $0.ending = .silent },
      found: ["end WRONG"]),
    Case(
      testDescription: "a connection is left", observation: good { $0.leftConnections = 1 },
      found: ["leftovers WRONG"]),
    Case(
      testDescription: "the head is late, and may be",
      observation: good { $0.headWasLate = true }, found: []),
    Case(
      testDescription: "the head is late, and may not be",
      observation: good { $0.headWasLate = true }, found: ["headtime LATE"],
      policy: atOnce),
    Case(
      testDescription: "a coding that the body has not",
      observation: good { $0.fields.add("Content-Encoding", "gzip") }, found: ["coding WRONG"]),
    Case(
      testDescription: "a slow stream is killed",
      observation: good {
        $0.ending = .cut
        $0.endTime = 60_000
      },
      found: ["end WRONG", "liveness KILLED"], plan: "cuts=events pacing=30000ms"),
    Case(
      testDescription: "a dead stream is ended in time",
      observation: good {
        $0.ending = .cut
        $0.endTime = 240_000
        $0.body += Array(error.utf8)
      }, found: [], plan: "framing=length fault=stall@10000 odd=long"),
    Case(
      testDescription: "a dead stream is ended late",
      observation: good {
        $0.ending = .cut
        $0.endTime = 900_000
        $0.body += Array(error.utf8)
      },
      found: ["liveness HANGS"], plan: "framing=length fault=stall@10000 odd=long"),
    Case(
      testDescription: "the upstream outlives its client",
      observation: good {
        $0.ending = .left
        $0.upstreamsLeft = 1
      }, found: ["cancel WRONG"]),
    Case(
      testDescription: "a spoiled connection is used again",
      observation: good { $0.spoiledReuses = 1 }, found: ["reuse WRONG"]),
    Case(
      testDescription: "a foreign tag",
      observation: good { $0.body = Array("data: a\n\n: stream-1\n\ndata: b\n\n".utf8) },
      found: ["blocks ADDED", "bytes CORRUPTED", "mixing MIXED"], stream: 11),
    Case(
      testDescription: "much is held for a client that does not read",
      observation: good { $0.aheadMax = 2_000_000 }, found: ["memory GREW"]),
  ]

  static let atOnce: Policy = {
    var policy = Policy()
    policy.headAtOnce = true
    return policy
  }()

  @Test(arguments: cases) func namesWhatIsBroken(_ example: Case) throws {
    var judge = Self.judge
    judge.policy = example.policy
    let expectation = Expectation.of(
      Delivery(Self.session, try Plan(example.plan)), whole: .whole(Self.session),
      policy: example.policy)
    let found = judge.violations(
      example.observation, expectation, request: Self.session.request, stream: example.stream)
    #expect(found.map { "\($0.check.rawValue) \($0.name)" } == example.found)
  }

  @Test func everyCheckIsBrokenBySomeCase() {
    let names = Set(Self.cases.flatMap(\.found).map { String($0.prefix { $0 != " " }) })
    // These are not judged from one observation: FuzzTests and StageTests break them.
    #expect(names.union(["stages", "survival"]) == Set(Check.allCases.map(\.rawValue)))
  }

  static let error =
    #"event: error"# + "\n"
    + #"data: {"error":{"message":"m","type":"streaming_error","code":"c"}}"# + "\n\n"

  /// Bodies that a client may get when the upstream is cut inside the second event.
  static let cutBodies: [(String, Observation.Ending, [String])] = [
    ("data: a\n\n" + error, .cut, []),
    ("data: a\n\n" + error, .reset, []),
    ("data: a\n\n" + error, .complete, ["end FALSE END"]),
    ("data: a\n\n" + error, .silent, ["end WRONG"]),
    ("data: a\n\n", .cut, ["end FALSE END"]),
    ("data: a\n\nevent: error\ndata: {}\n\n", .cut, ["end WRONG"]),
    (error, .cut, ["blocks LOST", "bytes CORRUPTED"]),
    (
      "data: a\n\ndata: [DONE]\n\n", .complete,
      ["blocks ADDED", "bytes CORRUPTED", "end FALSE END"]
    ),
  ]

  @Test(arguments: cutBodies)
  func knowsAnHonestEnd(_ body: String, _ ending: Observation.Ending, _ found: [String]) throws {
    var plan = Plan()
    let transmission = Transmission(Self.session, framing: plan.framing, chunks: plan.chunks)
    plan.fault = Fault(.fin, at: transmission.wireOffset(behindBody: 12))
    let expectation = Expectation.of(
      Delivery(Self.session, plan), whole: .whole(Self.session))
    let observation = Self.good {
      $0.body = Array(body.utf8)
      $0.ending = ending
    }
    let violations = Self.judge.violations(
      observation, expectation, request: Self.session.request)
    #expect(violations.map { "\($0.check.rawValue) \($0.name)" } == found)
  }
}
