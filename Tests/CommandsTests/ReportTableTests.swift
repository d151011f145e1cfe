// What the reports of runs, canaries and the fuzzer say as text.

import Testing

@testable import Canaries
@testable import Commands
@testable import Terminal
@testable import Trials

@Suite struct ReportTableTests {
  /// Cuts that are not known to have been made prove nothing, even if nothing is lost.
  @Test func unprovenIsNeverPassed() {
    var result = StageResult(stage: .target)
    result.planCount = 1
    var figures = TargetFigures()
    figures.cutsRequested = 3
    figures.cutsAchieved = 2
    figures.unprovenCount = 1
    figures.firstUnproven = UnprovenPlan(recording: "a", plan: "cuts=1x", reason: "one is missing")
    result.target = figures
    let part = RunReport.Part(
      path: "a.jsonl", name: "a", eventCount: 1, byteCount: 1, stages: [result], seconds: 0)
    var report = RunReport(
      subject: "a target", plans: "cuts=1x", stages: [.target], seed: 1, parts: [part], seconds: 0)
    report.level = .events
    #expect(report.verdict == .unproven)
    let text = report.summary(Console(environment: ["NO_COLOR": "1"]))
    #expect(text.contains("UNPROVEN") && !text.contains("PASSED"))
    #expect(text.contains("cuts made: 2 of 3 requested"))
    #expect(report.junit { _, _ in "" }.xml().contains("errors=\"1\""))
  }

  /// A report says that a canary lives, or is caught by the wrong check, and fails then.
  @Test func aCanaryThatLivesFailsTheReport() async throws {
    let harmless = Canary("done-dropped", CanaryProxy<FragmentLines>.self, [.stream("data: a\n\n")])
    let lives = try harmless.result()
    #expect(lives.detection == .lives)
    let late = Canary.all.first { $0.bugClass == "crlf-not-recognised" }
    let other = Canary("json-key-reorder", try #require(late).core, try #require(late).trials)
    let elsewhere = try other.result()
    #expect(elsewhere.detection == .caughtElsewhere)
    for result in [lives, elsewhere] {
      let report = CanaryReport(canaries: [result])
      #expect(!report.passed)
      let text = report.summary(Console(environment: ["NO_COLOR": "1"]))
      #expect(text.contains(result.canary.name))
      #expect(text.contains("FAILED"))
    }
    var good = GoodProxyResult(name: "good")
    good.failures = ["a plan"]
    #expect(!CanaryReport(goodProxies: [good]).passed)
  }

  @Test func theReportCountsWhatIsPossible() throws {
    let phases = try #require(Coverage().tables.first { $0.title == "phases" })
    var report = FuzzReport(
      version: "v", core: "c", seed: 1, sources: [], sourcesDigest: "", shards: [], casesBelow: 0,
      caseCount: 0, socketsCaseCount: 0, eventCount: 0, failureCount: 0, breaches: [:],
      coverage: ["phases": ["head client": 3]], failures: [])
    let impossible = phases.impossible.flatMap(\.names).count
    let console = Console(environment: ["NO_COLOR": "1"])
    #expect(
      report.text(console).contains("  phases: 1 of \(phases.names.count - impossible)\n"))
    #expect(report.text(console).contains("impossible, as the connection stands already:"))
    // What is reached was not impossible, whatever the list says.
    report.coverage = ["phases": ["closed client": 1]]
    #expect(
      report.text(console).contains("  phases: 1 of \(phases.names.count - impossible + 1)\n"))
  }
}
