// Real recorded streams, where the folder with them lies beside the package: all of them through the
// proxy core on both stages.

import Foundation
import MockQwen
import ProxyUnderTest
import Testing

@testable import Recordings
@testable import Trials

/// The folder of recorded streams, or nil.
private let corpora: String? = {
  let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/corpora").path
  let path = ProcessInfo.processInfo.environment["REPLAY_CORPORA"] ?? beside
  if FileManager.default.fileExists(atPath: path) { return path }
  print("skipped: the recorded streams are not at \(path)")
  return nil
}()

@Suite struct CorporaTests {
  /// Sessions up to 16 KB, which keep the test quick in a debug build; `.ci/run` replays all of them
  /// in release.
  @Test(.enabled(if: corpora != nil), .timeLimit(.minutes(30)), arguments: StageKind.allCases)
  func recordedStreamsPass(on stage: StageKind) async throws {
    let files = try recordingFiles(at: [try #require(corpora)])
    let small = files.filter { $0.recording.session.body.count <= 16_384 }
    #expect(small.count >= 100)
    for plan in ["cuts=23x chunks=utf8", "cuts=blank framing=length"] {
      let options = CoreRunOptions(
        recordings: small, plans: .one(try Plan(plan)), stages: [stage], seed: 1)
      let report = try await report(options, core: Exchange.self, subject: "the core") { _, _ in }
      for part in report.parts { #expect(part.failures == [], "\(part.path)") }
    }
  }
}
