// What gateways may do with the rest of a stream: its comments, its last line end, its tags.

import MockQwen
import Testing
import Wire

@testable import Judging
@testable import Trials

@Suite struct TargetRightsTests {
  /// A comment that is not compared may be held back, dropped or written in another way, whenever the
  /// upstream fails.
  @Test(arguments: [
    ("data: a\n\n: c\n\n", "data: a\n\n", [CompareLevel.events, .content]),
    (
      "data: a\n\n:c\nevent: error\ndata: {\"n\":1}\n\n",
      "data: a\n\n: c\nevent: error\ndata: {\"n\":1}\n\n", [.events, .content]
    ),
    (
      "data: a\n\nevent: error\ndata: {\"n\":1}\n\n",
      "data: a\n\nevent: error\ndata: {\"n\": 1}\n\n", [.content]
    ),
    ("data: a\n\ndata: b\n\n", "data: a\n\n", []),
  ]) func commentsAreNotLate(_ body: String, _ received: String, _ levels: [CompareLevel]) throws {
    for level in CompareLevel.allCases {
      let findings = try TargetJudgeTests.findings(
        received, .cut, level: level,
        plan: "cuts=whole framing=length fault=fin@\(body.utf8.count)", of: body + "data: z\n\n")
      #expect(
        findings.violations.isEmpty == levels.contains(level), "\(level): \(findings.violations)")
    }
  }

  /// A last JSON line that lacks only its line end may be written anew, passed on or dropped with a cut.
  @Test(arguments: [
    ("{\"a\":1}\n{\"b\":2}\n", true), ("{\"a\":1}\n{ \"b\": 2 }\n", true),
    ("{\"a\":1}\n{\"b\":2}", true), ("{\"a\":1}\n{\"b\":3}\n", false),
    ("{\"a\":1}\n{\"b\":2}\n{\"c\":2}\n", false),
  ]) func aJSONLineLacksItsEnd(_ received: String, _ holds: Bool) throws {
    var session = TargetJudgeTests.session("{\"a\":1}\n{\"b\":2}\n")
    session.response.fields.set("Content-Type", "application/x-ndjson")
    for (framing, ending) in [("close", Observation.Ending.complete), ("length", .cut)] {
      let findings = try TargetJudgeTests.findings(
        received, ending, level: .content,
        plan: "cuts=whole framing=\(framing) fault=fin@\(session.body.count - 1)", of: session)
      #expect(findings.violations.isEmpty == holds, "\(framing): \(findings.violations)")
    }
  }

  /// A stream's own tag may have other line ends; another stream's tag never comes.
  @Test(arguments: [
    (": stream-1\n\n", true), (": stream-1\r\n\r\n", true), (": stream-1\r\r", true),
    (": stream-", true), (": stream-12\n", false), (": stream-2\r\n", false),
    (": stream-1 \n", false),
  ]) func tagsAreOnesOwn(_ body: String, _ holds: Bool) {
    let seen = Observation(
      status: 200, fields: Fields(), body: Array(body.utf8), ending: .complete, requests: [],
      leftConnections: 0)
    let faults = Judge(upstreamKey: "", clientKey: "").mixingFaults(seen, 1)
    #expect(faults.isEmpty == holds, "\(faults)")
  }

  /// Requests without a body cannot be told apart, so that no plan has several of them at once.
  @Test(arguments: ["GET", "POST"]) func streamsNeedABody(_ method: String) {
    var session = TargetJudgeTests.session(TargetJudgeTests.sent)
    session.request.method = method
    let plans = SessionPlans.forTarget(session, set: .quick, seed: 1).all
    #expect(plans.contains { $0.streams > 1 } == (method == "POST"))
  }
}
