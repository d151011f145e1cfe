// A target whose sockets the kernel does not show: what is not proved is not passed.

import MockQwen
import Sockets
import TestSupport
import Testing

@testable import Commands
@testable import Recordings
@testable import Terminal
@testable import Trials

/// Where the kernel cannot be asked, a pause stands in for its word, and nothing is proved.
@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct FragmentPauseTests {
  @Test(arguments: [("cuts=events", Verdict.unproven), ("cuts=whole", .passed)])
  func whatIsNotProvedIsNotPassed(_ plan: String, verdict: Verdict) async throws {
    var settings = TargetSettings()
    settings.launch = "exec '\(try #require(Programs.replay))' proxy"
    settings.fragmentPause = 1
    let options = TargetRunOptions(
      settings: settings,
      recordings: try recordingFiles(at: [Fixtures.recordings + "/chat-english.jsonl"]),
      plans: .one(try Plan(plan)), seed: 1, environment: ["PATH": "/usr/bin:/bin"])
    let report = try Trials.report(options, check: .blind) { _, _ in }
    #expect(report.verdict == verdict)
    let figures = try #require(report.target)
    // Behind the last fragment there is nothing to prove.
    #expect(figures.usedPause == (verdict == .unproven))
    #expect(figures.reached == .bytes)
    #expect(figures.cutsAchieved == 0)
    #expect((figures.cutsRequested > 0) == (verdict == .unproven))
    let text = report.summary(.plain)
    #expect(text.contains("a pause took its place") == (verdict == .unproven))
    #expect(text.contains("PASSED") == (verdict == .passed))
  }
}
