// The judge of targets: which level a stream reaches, which ends are honest, and what a run says of
// itself.

import Foundation
import MockQwen
import Testing
import Wire

@testable import Judging
@testable import Terminal
@testable import Trials

@Suite struct TargetJudgeTests {
  static let frames = [
    #"{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}"#,
    #"{"choices":[{"index":0,"delta":{"content":"!"},"finish_reason":"stop"}],"usage":{"n":2}}"#,
  ]

  static func stream(_ frames: [String], before: String = "") -> String {
    frames.map { "\(before)data: \($0)\n\n" }.joined() + "data: [DONE]\n\n"
  }

  static let sent = stream(frames, before: ":ok\nid: 7\n")

  static func session(_ body: String) -> Session {
    var session = Script.all[0].session
    session.body = Array(body.utf8)
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
    return session
  }

  static func findings(
    _ received: String, _ ending: Observation.Ending = .complete, level: CompareLevel = .events,
    comments: Bool = false, plan: String = "cuts=whole", status: Int = 200, of body: String = sent
  ) throws -> TargetFindings {
    try findings(
      received, ending, level: level, comments: comments, plan: plan, status: status,
      of: session(body))
  }

  static func findings(
    _ received: String, _ ending: Observation.Ending = .complete, level: CompareLevel = .events,
    comments: Bool = false, plan: String = "cuts=whole", status: Int = 200, of session: Session
  ) throws -> TargetFindings {
    var plan = try Plan(plan)
    let transmission = Transmission(session, plan)
    plan.fault = plan.fault.map {
      Fault($0.kind, at: transmission.wireOffset(behindBody: $0.offset))
    }
    let delivery = Delivery(session, plan)
    let seen = Observation(
      status: status, fields: session.response.fields,
      body: Array(received.utf8), ending: ending, breach: nil, requests: [session.request],
      delay: nil, leftConnections: 0)
    return TargetJudge(level: level, comparesComments: comments).findings(
      seen,
      TargetCase(delivery: delivery, expectation: .of(delivery, whole: .whole(session))))
  }

  /// What came, and the level that it reaches.
  static let levels: [(String, CompareLevel?)] = [
    (sent, .bytes),
    // Comments and the spelling of lines are not part of events; ids are.
    (stream(frames, before: "id:7\n"), .events),
    (stream(frames), .content),
    // Keys in another order.
    (
      stream([
        #"{"choices":[{"delta":{"content":"Hi"},"index":0}]}"#,
        #"{"usage":{"n":2},"choices":[{"delta":{"content":"!"},"index":0,"finish_reason":"stop"}]}"#,
      ]), .content
    ),
    (stream([frames[0]]), nil),
    (stream(frames.map { $0.replacing("Hi", with: "Ho") }), nil),
    (stream(frames.map { $0.replacing("\"n\":2", with: "\"n\":3") }), nil),
  ]

  @Test(arguments: levels) func reaches(_ received: String, level: CompareLevel?) throws {
    #expect(try Self.findings(received).reached == level)
    for asked in CompareLevel.allCases {
      let holds = level.map { $0 >= asked } ?? false
      let findings = try Self.findings(received, level: asked)
      #expect(findings.violations.isEmpty == holds, "\(asked): \(findings.violations)")
    }
  }

  /// What a gateway that writes events anew may make of a body's last bytes.
  static let lastBytes: [(sent: String, received: String, level: CompareLevel?)] = [
    // A last event without its blank line is completed, and not lost.
    ("data: a\n\ndata: b", "data: a\n\ndata:b\n\n", .events),
    ("data: a\n\ndata: b", "data: a\n\n", nil),
    ("data: a\n\ndata: b", "data: a\n\ndata:c\n\n", nil),
    // What is not an event may be dropped; an event may not.
    ("data: a\n\nerror: b\n\n", "data: a\n\n", .events),
    ("data: a\n\ndata: b\n\n", "data: a\n\n", nil),
  ]

  /// What came of a stream that was cut between the CR and the LF of its last blank line.
  @Test(arguments: [
    ("data: a\r\n\r\ndata: b\r\n\r\n", true), ("data: a\r\n\r\ndata: b\r\n\r", true),
    ("data: a\n\ndata: b\n\n", true), ("data: a\n\n", true), ("data: a\r\n\r\n", true),
    ("data: a\n\ndata: c\n\n", false), ("data: a\n\ndata: b\n\ndata: b\n\n", false),
    ("data: b\n\n", false),
  ]) func aBlankLineIsCutInTwo(_ received: String, _ holds: Bool) throws {
    let body = "data: a\r\n\r\ndata: b\r\n\r\n"
    for level in [CompareLevel.events, .content] {
      let findings = try Self.findings(
        received, .cut, level: level,
        plan: "cuts=whole framing=length fault=fin@\(body.utf8.count - 1)", of: body)
      #expect(findings.violations.isEmpty == holds, "\(level): \(findings.violations)")
    }
  }

  /// What came to a client that left when it had its first byte.
  @Test(arguments: [
    (stream(frames), true), ("", true), ("data: {\"choices\":[", true),
    ("data: \(frames[0])\n\n", true),
    ("data:\(frames[0].replacing("null", with: " null "))\n\n", true),
    ("data:\(frames[0].replacing("Hi", with: "Ho"))\n\n", false), ("data:\(frames[1])\n\n", false),
  ]) func aClientThatLeftHasABeginning(_ received: String, _ holds: Bool) throws {
    for level in [CompareLevel.events, .content] {
      guard level == .content || !received.contains(" null ") else { continue }
      let findings = try Self.findings(
        received, .left, level: level, plan: "cuts=events client=leaves@1",
        of: Self.stream(Self.frames.map { $0.replacing(":[", with: " :  [") }))
      #expect(
        findings.violations.isEmpty == (holds && (level == .content || received.count < 40)),
        "\(level): \(findings.violations)")
    }
  }

  static let roleFirst = stream([
    #"{"model":"q","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#
  ])

  /// A role that waits for its text is no news where content is compared; text is.
  @Test(arguments: [
    (roleFirst, CompareLevel.content, [String]()), (roleFirst, .events, ["progress LATE"]),
    (stream([frames[0]]), .content, ["progress LATE"]),
  ]) func whatWasCutOffBehindARole(
    _ body: String, _ level: CompareLevel, _ found: [String]
  ) throws {
    let findings = try Self.findings(
      "", .cut, level: level, plan: "cuts=whole fault=reset@\(body.utf8.count - 14)", of: body)
    #expect(findings.violations.map { "\($0.check.rawValue) \($0.name)" } == found)
  }

  /// A text that changed is shown where it did, on one line.
  @Test func aChangedTextIsShownOnOneLine() throws {
    let findings = try Self.findings(
      Self.sent.replacing("\"Hi\"", with: #""H\n\u0001""#), level: .content)
    #expect(
      findings.violations.map(\.detail) == [
        #"choices[0].delta.content differs from character 1 on: "\n\u0001!" instead of "i!", "#
          + "4 characters instead of 3"
      ])
  }

  /// Answers that are one JSON value: lists are read by place.
  static let answers: [(received: String, holds: Bool)] = [
    (#"{"data":[{"index":0,"embedding":[0.25,-1]},{"index":1,"embedding":[2]}]}"#, true),
    (#"{"data": [{"embedding":[0.25,-1.0],"index":0},{"embedding":[2],"index":1}]}"#, true),
    (#"{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[0.25,-1]}]}"#, false),
    (#"{"data":[{"index":0,"embedding":[0.2,-1]},{"index":1,"embedding":[2]}]}"#, false),
    (#"{"data":[{"index":0,"embedding":[0.25,-1]}]}"#, false),
  ]

  @Test(arguments: answers) func oneValueIsComparedByPlace(
    _ received: String, _ holds: Bool
  ) throws {
    var session = Self.session(Self.answers[0].received)
    session.response.fields = Fields([Field("Content-Type", "application/json")])
    let findings = try Self.findings(received, level: .content, of: session)
    #expect(findings.violations.isEmpty == holds, "\(findings.violations)")
  }

  @Test(arguments: lastBytes) func lastBytesMayBeWrittenAnew(
    _ sent: String, _ received: String, _ level: CompareLevel?
  ) throws {
    let findings = try Self.findings(received, of: sent)
    #expect(findings.violations.isEmpty == (level == .events), "\(findings.violations)")
    #expect(try !Self.findings(received, level: .bytes, of: sent).violations.isEmpty)
  }

  /// Without its comments, and with them spelt as they were.
  static let withoutComments = stream(frames, before: "id: 7\n")
  static let spelling = stream(frames, before: ":ok\nid:7\n")

  /// At the level of bytes comments always count, at that of content never.
  static let comments: [(String, CompareLevel, comments: Bool, holds: Bool)] = [
    (withoutComments, .bytes, false, false), (withoutComments, .bytes, true, false),
    (withoutComments, .events, false, true), (withoutComments, .events, true, false),
    (withoutComments, .content, false, true), (withoutComments, .content, true, true),
    (spelling, .bytes, false, false), (spelling, .bytes, true, false),
    (spelling, .events, false, true), (spelling, .events, true, true),
    (spelling, .content, false, true), (spelling, .content, true, true),
  ]

  @Test(arguments: comments) func commentsCountWhereTheyAreAskedFor(
    _ received: String, _ level: CompareLevel, comments: Bool, holds: Bool
  ) throws {
    let findings = try Self.findings(received, level: level, comments: comments)
    #expect(findings.violations.isEmpty == holds, "\(findings.violations)")
  }

  /// A class is counted where a check is asked that notices it, and broken where one of these broke.
  @Test func classesAreCountedByTheirChecks() throws {
    let all = BugClass.all.reduce(into: ClassSet()) { $0.insert($1) }
    let events = TargetJudge(level: .events)
    let figures = events.figures(of: all, broken: [.progress], isKnown: false)
    for bugClass in BugClass.all {
      let isSeen = CompareLevel.events.notices(bugClass)
      let isBroken = isSeen && bugClass.checks.contains(.progress)
      let found = figures[bugClass.number]
      #expect((found != nil) == isSeen, "\(bugClass.id)")
      #expect((found?.brokenCount ?? 0) == (isBroken ? 1 : 0), "\(bugClass.id)")
      #expect((found?.failedCount ?? 0) == (isBroken ? 1 : 0), "\(bugClass.id)")
    }
    let known = events.figures(of: all, broken: [.progress], isKnown: true)
    #expect(known.values.allSatisfy { $0.planCount == 1 && $0.failedCount == 0 })
    #expect(known.values.contains { $0.brokenCount == 1 })
    let bytes = TargetJudge(level: .bytes, comparesComments: false)
    #expect(bytes.figures(of: all, broken: [], isKnown: true).count > figures.count)
    #expect(events.figures(of: ClassSet(), broken: [.blocks], isKnown: false).isEmpty)
    // What adds up.
    let sum =
      ClassFigures(planCount: 1, brokenCount: 1, failedCount: 0)
      + ClassFigures(planCount: 2, brokenCount: 1, failedCount: 1)
    #expect(sum == ClassFigures(planCount: 3, brokenCount: 2, failedCount: 1))
  }

  struct End: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var received: String
    var ending: Observation.Ending
    var plan: String
    var status = 200
    var found: [String] = []
  }

  /// The length of the first block.
  static let block = stream([frames[0]], before: ":ok\nid: 7\n").utf8.count - 14
  static let first = String(sent.prefix(sent.count / 3))
  static let ends = [
    End(testDescription: "whole", received: sent, ending: .complete, plan: "cuts=whole"),
    End(
      testDescription: "a beginning, and a good end", received: "", ending: .complete,
      plan: "cuts=whole", found: ["blocks LOST", "end FALSE END"]),
    End(
      testDescription: "cut for all", received: first, ending: .cut,
      plan: "cuts=whole fault=fin@\(first.utf8.count)"),
    End(
      testDescription: "cut, and a good end", received: first, ending: .complete,
      plan: "cuts=whole fault=fin@\(first.utf8.count)", found: ["end FALSE END"]),
    End(
      testDescription: "cut for all, and held back", received: "", ending: .reset,
      plan: "cuts=whole fault=reset@\(block)", found: ["progress LATE"]),
    End(
      testDescription: "cut for all, and lost",
      received: sent.prefix(block).replacingOccurrences(of: "Hi", with: "Ho"), ending: .cut,
      plan: "cuts=whole fault=reset@\(block)", found: ["blocks CORRUPTED"]),
    End(
      testDescription: "an unfinished block may be held back",
      received: String(sent.prefix(block)), ending: .cut,
      plan: "cuts=whole fault=fin@\(block + 30)"),
    End(
      testDescription: "an error event is honest",
      received: "data: {\"error\":{\"code\":\"x\"}}\n\n", ending: .complete,
      plan: "cuts=whole fault=reset@3"),
    End(
      testDescription: "an error event, and a block held back",
      received: "data: {\"error\":{\"code\":\"x\"}}\n\n", ending: .complete,
      plan: "cuts=whole fault=reset@\(block)", found: ["progress LATE"]),
    End(
      testDescription: "held back, written anew",
      received: sent.prefix(block).replacingOccurrences(of: "id: 7", with: "id:7"), ending: .cut,
      plan: "cuts=whole fault=fin@\(2 * block + 20)", found: ["progress LATE"]),
    End(
      testDescription: "an error status is honest", received: "Bad Gateway", ending: .complete,
      plan: "cuts=whole fault=fin@0", status: 502),
    End(
      testDescription: "a stall may be waited for", received: "", ending: .silent,
      plan: "cuts=whole fault=stall@3"),
    End(
      testDescription: "a cut may not", received: "", ending: .silent,
      plan: "cuts=whole fault=fin@3", found: ["end WRONG"]),
  ]

  @Test(arguments: ends) func endsAreJudged(_ end: End) throws {
    let findings = try Self.findings(
      end.received, end.ending, plan: end.plan, status: end.status)
    let found = findings.violations.map { "\($0.check.rawValue) \($0.name)" }
    #expect(Set(found) == Set(end.found), "\(findings.violations)")
  }
}
