// The same bug in the ways of other programs: what a client sees when a proxy meets what it cannot take.

import Judging
import MockQwen
import ProxyServing
import ProxyUnderTest
import Testing

@testable import Canaries
@testable import Recordings
@testable import Trials

@Suite(.timeLimit(.minutes(30))) struct FailureStyleTests {
  @Test func aProxyStopsBreaksOffOrGoesOn() throws {
    func checks(_ variant: String) throws -> (checks: Set<Check>, lost: Int) {
      let canary = try DiagnosisTests.canary("comment-breaks-parser\(variant)")
      var trial = Trial.stream(": hm\ndata: {\"a\":1}\n\ndata: {\"b\":2}\n\n")
      trial.stage = .simulated
      func violations<Core: ProxyCore>(_ core: Core.Type) throws -> [Violation] {
        try trial.outcome(through: core).violations
      }
      let found = try violations(canary.core)
      return (Set(found.map(\.check)), found.count { $0.check == .blocks })
    }
    let (stops, aborts, goesOn) = try (checks(""), checks("/aborts"), checks("/passes-over"))
    #expect(!stops.checks.contains(.end) && aborts.checks.contains(.end))
    #expect(stops.lost == aborts.lost && goesOn.lost < stops.lost && goesOn.lost > 0)
  }
}
