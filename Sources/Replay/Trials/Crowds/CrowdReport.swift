// What all crowds have shown: the crowds' part of `replay fuzz`.

package import ProxyServing
internal import Stages
package import Terminal

/// What the crowds have shown.
package struct CrowdReport: Hashable {
  package struct Failure: Hashable {
    package var number: Int
    package var name: String
    package var faults: [String]
  }

  package var caseCount = 0
  package var clientCount = 0
  package var failures: [Failure] = []
  /// What is wrong with settings; see `settingsFaults`.
  package var settings: [String] = []

  /// Whether all is as it must be.
  package var holds: Bool { failures.isEmpty && settings.isEmpty }

  package init() {}

  /// Runs the crowds with these numbers through a core.
  ///
  /// - Throws: `StageError` when a stage cannot be set up.
  package static func of<Core: ProxyCore>(
    _ numbers: Range<Int>, through core: Core.Type
  ) throws -> CrowdReport {
    var report = CrowdReport()
    for number in numbers {
      let scene = CrowdCase.all[number]
      report.caseCount += 1
      report.clientCount += scene.crowd.clientCount
      let faults = try scene.faults(core)
      guard !faults.isEmpty else { continue }
      report.failures.append(Failure(number: number, name: scene.name, faults: faults))
    }
    return report
  }

  /// The whole text for a person.
  package func text(_ console: Console, command: (Failure) -> String) -> String {
    var lines: [String] = []
    for failure in failures {
      lines += ["\(console.paint("FAILED", .red)) case \(failure.number): \(failure.name)"]
      lines += failure.faults.prefix(8).map { "  \($0)" }
      lines += ["", "  Reproduce with:", "    \(command(failure))", ""]
    }
    if !settings.isEmpty { lines += settings.map { "settings: \($0)" } + [""] }
    let verdict =
      holds
      ? console.paint("PASSED", .green) + "  nothing lost"
      : console.paint("FAILED", .red)
        + "  \(failures.count) of \(caseCount) crowds, \(settings.count) settings"
    return (lines + ["\(verdict): \(caseCount) crowds, \(clientCount) clients"])
      .joined(separator: "\n")
  }
}
