// The words about the proxy in a plan: what is printed reads back, and what is not understood is named.

import MockQwen
import Testing

@Suite struct PlanCoreTests {
  static let lines =
    [
      "core=heartbeat:15000", "core=total:60000+idle:30000+first:1+connect:5000",
      "core=block:4096+connections:1+reuse+join", "core=half-close+keys+model", "upstream=refuses",
      "core=reuse upstream=silent",
    ]
    + CoreWords.numbers.map { "core=\($0.name):\($0.range.upperBound)" }
    + CoreWords.switches.map { "core=\($0.name)" }

  @Test(arguments: lines) func readsBack(_ words: String) throws {
    let plan = try Plan("cuts=whole \(words)")
    #expect(plan.description == "cuts=whole \(words)")
    #expect(try Plan(plan.description) == plan)
    #expect(plan.core != CoreWords() || plan.reach != .answers)
  }

  /// However they come, they are printed in one order.
  @Test func isPrintedInOneOrder() throws {
    let plan = try Plan("core=reuse+idle:5+heartbeat:1")
    #expect(plan.description == "cuts=whole core=heartbeat:1+idle:5+reuse")
  }

  static let refused = [
    "core=", "core=reuse+", "core=reuse+reuse", "core=idle:1+idle:2", "core=idle", "core=idle:0",
    "core=idle:-1", "core=idle:+5", "core=idle:86400001", "core=heartbeat:", "core=reuse:1",
    "core=unknown", "core=block:0", "core=connections:257", "upstream=", "upstream=gone",
  ]

  @Test(arguments: refused) func isRefused(_ word: String) {
    let error = #expect(throws: PlanError.self) { try Plan(word) }
    #expect(error?.word == word)
    #expect(error?.expected.isEmpty == false)
  }
}
