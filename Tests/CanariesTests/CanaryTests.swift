// The checks are only worth what they catch: every canary must be caught by the checks that claim its
// flaw, on both stages, and the proxy core must pass where they fail.

import MockQwen
import ProxyUnderTest
import Testing

@testable import Canaries
@testable import Recordings
@testable import Trials

@Suite struct CanaryTests {
  /// A session with all that the canaries damage: native frames, a comment, characters of several
  /// bytes.
  static let session: Session = {
    var session = Script.all[0].session
    session.body = Array(
      """
      id:1
      event:result
      :HTTP_STATUS/200
      data:{"text":"你好"}

      : keep-alive

      data: {"text":"👩‍👩‍👧 done"}

      data: [DONE]


      """.utf8)
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
    return session
  }()

  struct Case: Sendable, CustomTestStringConvertible {
    var canary: CanaryName
    var plan: String
    /// A fault behind this many bytes of the body.
    var fault: (kind: Fault.Kind, body: Int)?
    /// What must be found, as `check NAME`; nothing else may be.
    var found: Set<String>
    var testDescription: String { "\(canary.rawValue) under \(plan)" }
  }

  static let cases = [
    // The pipe loses nothing, and lies about ends.
    Case(canary: .directPipe, plan: "cuts=1x", found: []),
    Case(
      canary: .directPipe, plan: "cuts=whole", fault: (.fin, 80),
      found: ["end FALSE END", "blocks ADDED", "bytes CORRUPTED"]),
    Case(
      canary: .directPipe, plan: "cuts=events", fault: (.reset, 80),
      found: ["end FALSE END", "blocks ADDED", "bytes CORRUPTED"]),
    Case(
      canary: .directPipe, plan: "cuts=events", fault: (.stall, 59), found: ["end FALSE END"]),
    // The line handler loses native frames and comments even when all arrives whole, and characters
    // when they are cut.
    Case(
      canary: .lineHandler, plan: "cuts=whole",
      found: ["blocks LOST", "blocks MERGED", "bytes CORRUPTED"]),
    Case(
      canary: .lineHandler, plan: "cuts=utf8",
      found: ["blocks LOST", "blocks CORRUPTED", "bytes CORRUPTED"]),
    // The fragment reader is right as long as fragments end with lines.
    Case(canary: .fragmentLines, plan: "cuts=events", found: []),
    Case(canary: .fragmentLines, plan: "cuts=fields", found: ["blocks LOST", "bytes CORRUPTED"]),
    Case(canary: .fragmentLines, plan: "cuts=blank", found: []),
    Case(
      canary: .fragmentLines, plan: "cuts=done",
      found: ["blocks CORRUPTED", "bytes CORRUPTED"]),
  ]

  @Test(arguments: cases, StageKind.allCases)
  func isCaught(_ example: Case, on stage: StageKind) async throws {
    var plan = try Plan(example.plan)
    if let fault = example.fault {
      let transmission = Transmission(Self.session, framing: plan.framing, chunks: plan.chunks)
      plan.fault = Fault(fault.kind, at: transmission.wireOffset(behindBody: fault.body))
    }
    let options = CoreRunOptions(
      recordings: [("session.sse", Recording(source: "", session: Self.session))],
      plans: .one(plan), stages: [stage], seed: 1)
    let caught = try await report(options, core: example.canary.core, subject: "a canary") { _, _ in
    }
    #expect(Set(caught.parts[0].breaches.keys) == example.found)
    #expect((caught.failureCount > 0) == !example.found.isEmpty)
    let core = try Run<Exchange>(Self.session).results(CollectionOfOne(plan), on: stage)
    #expect(core.failures == [])
    #expect(core.planCount == 1)
  }
}
