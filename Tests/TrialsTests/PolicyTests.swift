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
}
