// Reports where CI wants them: annotations, step summaries, pipes that close, disks that are full, runs
// that are interrupted.

import Foundation
import TestSupport
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct ReportFilesTests {
  /// Runs a shell line in which `$R` is the program, in a folder with `good.sse`.
  private func shell(
    _ line: String, _ environment: [String: String] = [:], in folder: String
  ) async throws -> (code: Int32?, output: String, errors: String) {
    try put(Array("data: a\n\ndata: [DONE]\n\n".utf8), "good.sse", in: folder)
    var all = environment
    all["R"] = Programs.replay
    all["PATH"] = Programs.path
    let program = try ChildProcess(
      "/bin/sh", ["-c", "cd '\(folder)' && " + line], environment: all, folder: folder)
    let code = try await program.exitCode()
    return (code, String(decoding: program.output, as: UTF8.self), program.errors)
  }

  private static let failing =
    "\"$R\" run good.sse --plans quick --core fragment-lines --stage simulated"

  @Test func githubIsToldOfLinesAndGetsASummary() async throws {
    try await withTemporaryFolder { folder in
      let environment = ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": folder + "/summary.md"]
      let told = try await shell(
        "\"$R\" run good.sse --plans quick --core fragment-lines", environment, in: folder)
      #expect(told.code == 1)
      #expect(told.output.contains("::error file=good.sse,line=1,title="), "\(told.output)")
      let summary = try String(contentsOfFile: folder + "/summary.md", encoding: .utf8)
      #expect(summary.contains("## replay: FAILED") && summary.contains("✗"), "\(summary)")
      let quiet = try await shell(
        "\"$R\" run good.sse --plans quick --core fragment-lines --no-annotations",
        ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": folder + "/none.md"], in: folder)
      #expect(quiet.code == 1)
      #expect(!quiet.output.contains("::error"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/none.md"))
    }
  }

  @Test func gitlabFindsThePageBesideTheJUnitReport() async throws {
    try await withTemporaryFolder { folder in
      let result = try await shell(
        "\"$R\" run good.sse --plan cuts=whole --report junit=r.xml,html=r.html; cat r.xml",
        ["GITLAB_CI": "true"], in: folder)
      #expect(result.output.contains("[[ATTACHMENT|r.html]]"))
      #expect(result.output.contains("file=\"good.sse\""))
    }
  }

  @Test func aHyphenIsTheStandardOutputAndNothingElseStandsThere() async throws {
    try await withTemporaryFolder { folder in
      let result = try await shell(
        "\"$R\" run good.sse --plan cuts=whole --report json=-", in: folder)
      #expect(result.code == 0)
      let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
      #expect((object as? [String: Any])?["verdict"] as? String == "PASSED")
    }
  }

  @Test func aClosedPipeLosesNoFinding() async throws {
    try await withTemporaryFolder { folder in
      let result = try await shell(
        "{ sleep 0.2; \(Self.failing) --report json=r.json; echo $? > code; } | true; cat code",
        in: folder)
      #expect(result.output.trimmingCharacters(in: .whitespacesAndNewlines) == "2", "\(result)")
      #expect(result.errors.contains("the output could not be written"))
      let report = try Data(contentsOf: URL(fileURLWithPath: folder + "/r.json"))
      #expect(String(decoding: report, as: UTF8.self).contains("\"verdict\" : \"FAILED\""))
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
  func aFullDiskIsExitCode2AndTheOtherReportsAreWritten() async throws {
    try await withTemporaryFolder { folder in
      let full = try await shell("\(Self.failing) > /dev/full", in: folder)
      #expect(full.code == 2)
      let report = try await shell(
        "\(Self.failing) --report json=/dev/full,markdown=r.md", in: folder)
      #expect(report.code == 2)
      #expect(report.errors.contains("cannot write /dev/full"))
      #expect(report.output.contains("FAILED"), "what was found is told all the same")
      let page = try String(contentsOfFile: folder + "/r.md", encoding: .utf8)
      #expect(page.contains("replay: FAILED"))
    }
  }

  /// The plans of an exhaustive run take minutes: it is ended in the middle, and says what it saw.
  @Test func anInterruptedRunSaysWhatItSaw() async throws {
    try await withTemporaryFolder { folder in
      let program = try ChildProcess(
        try #require(Programs.replay),
        [
          "run", "script:long-answer", "--plans", "exhaustive", "--stage", "simulated", "--report",
          "json=\(folder)/r.json,junit=\(folder)/r.xml,html=\(folder)/r.html,"
            + "markdown=\(folder)/r.md",
        ], folder: folder)
      try await program.catchesInterrupts()
      program.interrupt()
      #expect(try await program.exitCode() == 130, "\(program.errors)")
      #expect(String(decoding: program.output, as: UTF8.self).contains("INTERRUPTED"))
      let json = try String(contentsOfFile: folder + "/r.json", encoding: .utf8)
      #expect(json.contains("\"interrupted\" : true") && json.contains("\"INTERRUPTED\""))
      for name in ["r.html", "r.md"] {
        let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
        #expect(text.contains("INTERRUPTED") && !text.contains("Nothing lost"), "\(name)")
      }
      let xml = try String(contentsOfFile: folder + "/r.xml", encoding: .utf8)
      #expect(xml.contains("type=\"interrupted\""))
    }
  }

  /// The same through a target, wherever in the run the signal comes.
  @Test(arguments: ["run", "grid"]) func anInterruptedTargetSaysWhatItSaw(
    _ command: String
  ) async throws {
    try await withTemporaryFolder { folder in
      let replay = try #require(Programs.replay)
      let grid = """
        {"schema":"qwen-replay.grid.v1","recordings":["\(Fixtures.recordings)/long-answer.jsonl"],
        "plans":"exhaustive","targets":[{"name":"a","launch":"exec '\(replay)' proxy"},
        {"name":"b","launch":"exec '\(replay)' proxy"}]}
        """
      try put(Array(grid.utf8), "grid.json", in: folder)
      let words =
        command == "grid"
        ? [folder + "/grid.json"]
        : ["script:long-answer", "--plans", "exhaustive", "--launch", "exec '\(replay)' proxy"]
      let program = try ChildProcess(
        replay, [command] + words + ["--report", "json=\(folder)/r.json"],
        environment: ["PATH": Programs.path], folder: folder)
      try await program.catchesInterrupts()
      program.interrupt()
      #expect(try await program.exitCode() == 130, "\(program.errors)")
      #expect(String(decoding: program.output, as: UTF8.self).contains("INTERRUPTED"))
      let json = try String(contentsOfFile: folder + "/r.json", encoding: .utf8)
      #expect(json.contains("\"interrupted\" : true") && json.contains("\"INTERRUPTED\""))
    }
  }

  /// In a name that is not UTF-8 a byte stands that no text can hold: the file is not passed over.
  @Test func aNameThatIsNoTextIsNotPassedOver() async throws {
    try await withTemporaryFolder { folder in
      let result = try await shell(
        "mkdir odd; cp good.sse odd/; cp good.sse \"odd/$(printf 'bad\\377.sse')\" || exit 77; "
          + "\"$R\" run odd --plan cuts=whole", in: folder)
      // Some file systems take no such name.
      guard result.code != 77 else { return }
      #expect(result.code == 2)
      #expect(result.errors.contains("1 of 2 recordings cannot be read, 1 is good"), "\(result)")
      #expect(result.errors.contains("its name is not UTF-8"))
      let alone = try await shell(
        "\"$R\" run \"odd/$(printf 'bad\\377.sse')\"", in: folder)
      #expect(alone.code == 2 && alone.errors.contains("its name is not UTF-8"), "\(alone)")
    }
  }

  @Test func aFailureThatCannotBeSavedIsToldAllTheSame() async throws {
    try await withTemporaryFolder { folder in
      let result = try await shell(
        "touch crashes && \"$R\" fuzz good.sse --seed 1 --max-cases 60 --core line-handler",
        in: folder)
      #expect(result.code == 2)
      #expect(result.output.contains("FAILED") && result.output.contains("shrunk:"))
      #expect(result.errors.contains("cannot save the crash file"))
      #expect(!result.errors.contains("could not be completed"), "\(result.errors)")
    }
  }

  @Test func aFileAloneIsRunAndHelpHasThreeWays() async throws {
    try await withTemporaryFolder { folder in
      #expect(try await shell("\"$R\" good.sse --plan cuts=whole", in: folder).code == 0)
      let one = try await shell("\"$R\" help show", in: folder)
      let two = try await shell("\"$R\" show --help", in: folder)
      #expect(one.code == 0 && one.output == two.output && !one.output.isEmpty)
      #expect(try await shell("\"$R\" -V", in: folder).output.hasPrefix("replay "))
    }
  }

  /// A bare binary in an empty folder has something to show.
  @Test func theBuiltInRecordingsAreRunWhereThereAreNone() async throws {
    try await withTemporaryFolder { folder in
      let result = try await shell(
        "mkdir bare && cd bare && \"$R\" --stage simulated", in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.errors.contains("built-in recordings"))
      #expect(result.output.contains("chat-english"))
      #expect(result.output.contains("plans quick;"), "the first verdict comes within seconds")
    }
  }

  @Test func theConfigBesideTheRecordingsIsTakenAndOverridden() async throws {
    try await withTemporaryFolder { folder in
      let config = #"{"schema":"qwen-replay.config.v1","plan":"cuts=1x","seed":7}"#
      try put(Array(config.utf8), "replay.json", in: folder)
      let taken = try await shell("\"$R\" run good.sse", in: folder)
      #expect(taken.output.contains("plans cuts=1x; seed 7"), "\(taken)")
      let other = try await shell("\"$R\" run good.sse --plan cuts=whole", in: folder)
      #expect(other.output.contains("plans cuts=whole; seed 7"))
      let off = try await shell("\"$R\" run good.sse --no-config --plan cuts=whole", in: folder)
      #expect(off.output.contains("seed 1"))
    }
  }
}
