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
  package private(set) var failures: [Failure] = []
  /// What is wrong with settings; see `settingsFaults`.
  package private(set) var settings: [String] = []

  /// Whether all is as it must be.
  package var holds: Bool { failures.isEmpty && settings.isEmpty }

  /// The number of cases: crowds first, then plans.
  package static var caseCount: Int { CrowdCase.all.count + WrittenPlan.all.count }

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
      } else {
        let written = plans[number - crowds.count]
        planCount += 1
        add(number, "\(written.session.name), \(written.plan)", try written.faults(runner))
      }
    }
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
    let ran = "\(counted(crowdCount, "crowd")), \(counted(planCount, "plan"))"
    return (lines + ["\(verdict): \(ran) that are written down"]).joined(separator: "\n")
  }
}
