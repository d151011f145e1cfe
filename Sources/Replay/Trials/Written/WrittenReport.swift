// What everything that is written down has shown: crowds, requests, answers, streams and settings, each
// with its right outcome beside it.

internal import MockQwen
package import ProxyServing
internal import Stages
package import Terminal

/// What the cases that are written down have shown.
package struct WrittenReport: Hashable {
  package struct Failure: Hashable {
    /// Its place among all cases.
    package var number: Int
    package var name: String
    package var faults: [String]
  }

  package private(set) var crowdCount = 0
  package private(set) var planCount = 0
  package private(set) var accountCount = 0
  package private(set) var failures: [Failure] = []
  /// What is wrong with settings; see `settingsFaults`.
  package private(set) var settings: [String] = []

  /// Whether all is as it must be.
  package var holds: Bool { failures.isEmpty && settings.isEmpty }

  /// The number of cases: crowds first, then plans, then sequences of accounts.
  package static var caseCount: Int {
    CrowdCase.all.count + WrittenPlan.all.count + AccountCase.written.count
  }

  /// Runs the cases with these numbers through a core, and looks at the settings; with `failsFast` nothing
  /// behind the first failure.
  ///
  /// - Throws: `StageError` when a stage cannot be set up.
  package init<Core: ProxyCore>(
    _ numbers: Range<Int>, failsFast: Bool = false, through core: Core.Type
  ) throws {
    let crowds = CrowdCase.all
    let plans = WrittenPlan.all
    let runner = CaseRunner<Core>()
    settings = settingsFaults()
    for number in numbers {
      if failsFast, !holds { return }
      if number < crowds.count {
        crowdCount += 1
        add(number, crowds[number].name, try crowds[number].faults(core))
      } else if number < crowds.count + plans.count {
        let written = plans[number - crowds.count]
        planCount += 1
        add(number, "\(written.session.name), \(written.plan)", try written.faults(runner))
      } else {
        let order = AccountCase.written[number - crowds.count - plans.count]
        accountCount += 1
        add(number, order.text, try faults(of: order))
      }
    }
  }

  private func faults(of order: AccountCase) throws -> [String] {
    // A short answer: only accounts are looked at.
    let session = CrowdCase.usual
    let seen = try run(order, answering: session)
    return AccountJudge(order: order, session: session.body).violations(seen).map(\.text)
  }

  private mutating func add(_ number: Int, _ name: String, _ faults: [String]) {
    if !faults.isEmpty { failures.append(Failure(number: number, name: name, faults: faults)) }
  }

  /// The whole text for a person.
  package func text(_ console: Console, command: (Failure) -> String) -> String {
    var lines: [String] = []
    for failure in failures.prefix(10) {
      lines += ["\(console.paint("FAILED", .red)) case \(failure.number): \(failure.name)"]
      lines += failure.faults.prefix(8).map { "  \($0)" }
      lines += ["", "  Reproduce with:", "    \(command(failure))", ""]
    }
    if failures.count > 10 { lines += ["and \(failures.count - 10) more cases that failed", ""] }
    if !settings.isEmpty { lines += settings.map { "settings: \($0)" } + [""] }
    let verdict =
      holds
      ? console.paint("PASSED", .green) + "  nothing lost"
      : console.paint("FAILED", .red)
        + "  \(counted(failures.count, "case")), \(counted(settings.count, "setting"))"
    let ran =
      "\(counted(crowdCount, "crowd")), \(counted(planCount, "plan")), "
      + counted(accountCount, "sequence of accounts", "sequences of accounts")
    return (lines + ["\(verdict): \(ran) that are written down"]).joined(separator: "\n")
  }
}
