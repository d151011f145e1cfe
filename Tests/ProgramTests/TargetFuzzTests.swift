// Fuzzing a proxy in another process: what fails shrinks, and the file that is saved fails again
// through the same target.

import Foundation
import Judging
import MockQwen
import Sockets
import TestSupport
import Testing

@testable import Recordings
@testable import Terminal
@testable import Trials

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct TargetFuzzTests {
  private func replay(
    _ words: [String], _ folder: String
  ) async throws -> (code: Int32?, text: String) {
    let run = try ChildProcess(
      try #require(Programs.replay), words,
      environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"], folder: folder)
    let code = try await run.exitCode()
    return (code, String(decoding: run.output, as: UTF8.self) + run.errors)
  }

  private static func own() throws -> String { "exec '\(try #require(Programs.replay))' proxy" }

  @Test func ourOwnProxyHolds() async throws {
    try await withTemporaryFolder { folder in
      let words = ["fuzz", "--launch", try Self.own(), "--seed", "3", "--max-cases", "30"]
      let report = "\(folder)/report.json"
      let run = try await replay(
        words + ["--late-after", "5000", "--report", "json=\(report)"], folder)
      #expect(run.code == 0, "\(run.text)")
      #expect(run.text.contains("PASSED  nothing lost: 30 cases"))
      let data = try Data(contentsOf: URL(fileURLWithPath: report))
      let read = try FuzzReport.read(data, file: report)
      let target = try #require(read.target)
      #expect(target.cutsRequested > 50)
      #expect(target.cutsAchieved == target.cutsRequested)
      #expect(target.unprovenCount == 0)
    }
  }

  @Test(.enabled(if: Programs.node != nil, "node is not installed"))
  func aFailureShrinksAndFailsAgain() async throws {
    try await withTemporaryFolder { folder in
      let node = try #require(Programs.node)
      let fix = "exec '\(node)' '\(Fixtures.folder)/line-fix-proxy.js'"
      let crashes = folder + "/crashes"
      let run = try await replay(
        ["fuzz", "--launch", fix, "--seed", "7", "--max-cases", "3", "--save", crashes], folder)
      #expect(run.code == 1, "\(run.text)")
      let names = try FileManager.default.contentsOfDirectory(atPath: crashes)
      let name = try #require(names.first { $0.hasPrefix("blocks-") })
      let path = "\(crashes)/\(name)"
      let crash = try CrashFile.read(path)
      #expect(crash.stage == .target)
      #expect(crash.target == ["--launch", fix])
      #expect(crash.recording.session.body.count < 30)
      #expect(run.text.contains("replay again \(path)"))
      let again = try await replay(["again", path], folder)
      #expect(again.code == 1, "\(again.text)")
      #expect(again.text.contains("FAILED  \(path): blocks \(crash.name)"))
      // Through another target.
      let own = try Self.own()
      let fixed = try await replay(["again", path, "--launch", own], folder)
      #expect(fixed.code == 0, "\(fixed.text)")
      #expect(fixed.text.contains("FIXED"))
    }
  }

  @Test func aCaseThatEndsTheTargetIsSaved() async throws {
    try await withTemporaryFolder { folder in
      let crashes = folder + "/crashes"
      let own = try Self.own().dropFirst(5)
      let command =
        ": > '\(folder)/notes'; DEBUG_STREAMING=true \(own) 2> '\(folder)/notes' & child=$!; "
        + "until [ $(wc -c < '\(folder)/notes') -gt 3000 ]; do sleep 0.02; done; "
        + "echo struck down; kill -9 $child; wait $child; exit 5"
      let words = [
        "fuzz", "--launch", command, "--seed", "1", "--no-shrink", "--max-cases", "20", "--save",
        crashes,
      ]
      let run = try await replay(words, folder)
      #expect(run.code == 1, "\(run.text)")
      #expect(run.text.contains("struck down"))
      #expect(run.text.contains("replay again \(crashes)/liveness-crashed-"))
      let files = try FileManager.default.contentsOfDirectory(atPath: crashes)
      #expect(files.contains { $0.hasPrefix("liveness-crashed-") })
      #expect(!run.text.contains("PASSED"))
      // A target that is dead from the start is an error, never FIXED.
      let again = try await replay(["again", crashes, "--launch", "echo no more; exit 3"], folder)
      #expect(again.code == 2, "\(again.text)")
      #expect(again.text.contains("no more"))
    }
  }

  @Test func aSecretIsNotInTheFile() async throws {
    try await withTemporaryFolder { folder in
      var crash = CrashFile(
        recording: Recording(source: "by hand", session: Script.all[0].session),
        plan: try Plan("cuts=whole"), stage: .target, check: .bytes, name: "CORRUPTED", detail: "d",
        core: CrashFile.target, seed: 7, number: 12)
      var arguments = Arguments(["--launch", "x", "--header", "X-Api-Key: hush", "--path", "/p"])
      crash.target = try #require(try TargetSettings(&arguments)).list
      let path = try crash.save(in: folder)
      #expect(try CrashFile.read(path) == crash)
      #expect(!(try String(contentsOfFile: path, encoding: .utf8)).contains("hush"))
      let again = try await replay(["again", path], folder)
      #expect(again.code == 2)
      #expect(again.text.contains("give --launch or --target and --header again"))
      let own = try Self.own()
      let fixed = try await replay(["again", path, "--launch", own, "--header", "X-A: b"], folder)
      #expect(fixed.code == 0, "\(fixed.text)")
    }
  }

  @Test(arguments: [["--core", "direct-pipe"], ["--workers", "2"]])
  func whatIsOfCoresIsNotOfTargets(_ words: [String]) async throws {
    try await withTemporaryFolder { folder in
      let run = try await replay(["fuzz", "--launch", "x"] + words, folder)
      #expect(run.code == 2)
      #expect(run.text.contains("--core and --workers are for the embedded proxy"))
    }
  }
}
