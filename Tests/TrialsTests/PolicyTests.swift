// What is expected where there is a choice: written as words, printed, and obeyed by the judge.

import MockQwen
import ProxyUnderTest
import Testing

@testable import Judging
@testable import Trials

@Suite struct PolicyTests {
  @Test(arguments: [
    "", "half-close=stays", "head=at-once unauthorized=retried",
    "patience=60 silence=120 barren=240 ahead=64",
  ])
  func isReadBackAsItIsWritten(_ line: String) throws {
    let policy = try Policy(line)
    #expect(policy.description == line)
    #expect((policy == Policy()) == line.isEmpty)
  }

  @Test func readsWhatIsTheDefault() throws {
    #expect(
      try Policy("half-close=leaves head=may-wait unauthorized=passed patience=180") == Policy())
  }

  @Test(arguments: [
    "half-close", "half-close=perhaps", "silence=-1", "silence=1s", "head=at-once=1",
    "patience=700",
  ])
  func refusesWhatItDoesNotKnow(_ line: String) {
    #expect(throws: PolicyError.self) { try Policy(line) }
  }

  /// The embedded proxy takes a FIN for leaving, which is right by one rule and wrong by the other.
  @Test func theRuleDecides() throws {
    let session = Script.all[0].session
    let plans = CollectionOfOne(try Plan("cuts=events client=halfcloses@0"))
    func failures(_ words: String) throws -> Int {
      try Run<Exchange>(session, policy: Policy(words)).results(plans, on: .simulated).failureCount
    }
    #expect(try failures("half-close=leaves") == 0)
    #expect(try failures("half-close=stays") == 1)
  }

  /// Any field is progress, whether it makes an event or not; comments and blank lines are none.
  @Test(arguments: [
    ("id: 7\n\n", true), ("retry: 5\r\n\r\n", true), ("event: x\n\n", true), ("x\r\r", true),
    (": c\nid\n\n", true), (": c\n\n", false), ("\n", false),
  ]) func fieldsAreProgress(_ filler: String, _ isProgress: Bool) throws {
    var session = Script.all[0].session
    session.body = []
    session.fragments = []
    for piece in ["data: a\n\n"] + Array(repeating: filler, count: 8) + ["data: b\n\n"] {
      session.body += Array(piece.utf8)
      session.fragments.append(
        .init(end: session.body.count, milliseconds: session.fragments.count * 550_000))
    }
    var plan = try Plan("cuts=recorded pacing=recorded")
    plan.core.idle = Pacing.fixedMax
    let expected = Expectation.of(Delivery(session, plan), whole: .whole(session))
    #expect((expected.outcome == .complete) == isProgress)
    #expect(
      try Run<Exchange>(session, policy: Policy()).results(CollectionOfOne(plan), on: .simulated)
        .failureCount == 0)
  }
}
