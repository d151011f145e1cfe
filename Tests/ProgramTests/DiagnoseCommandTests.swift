// `replay diagnose` as people call it: from a saved report it names what the run named, and what is no
// such report, or about other recordings, is refused.

import Foundation
import TestSupport
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct DiagnoseCommandTests {
  private static let body = Array(
    "data: {\"choices\":[{\"delta\":{\"content\":\"你好\"}}]}\n\ndata: [DONE]\n\n".utf8)

  private func run(
    _ words: [String], in folder: String
  ) async throws -> (code: Int32?, output: String, errors: String) {
    let program = try ChildProcess(try #require(Programs.replay), words, folder: folder)
    let code = try await program.exitCode()
    return (code, String(decoding: program.output, as: UTF8.self), program.errors)
  }

  /// Writes a report of a run that fails, and returns what the run said.
  private func failedRun(in folder: String) async throws -> String {
    try put(Self.body, "good.sse", in: folder)
    let result = try await run(
      [
        "run", "\(folder)/good.sse", "--plans", "quick", "--stage", "simulated", "--core",
        "fragment-lines", "--report", "json=\(folder)/report.json",
      ], in: folder)
    #expect(result.code == 1)
    #expect(result.errors.contains("diagnosed in "))
    return result.output
  }

  private func classes(_ output: String) -> [String] {
    output.split(separator: "\n").filter { $0.hasPrefix("   class   ") }
      .compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
  }

  @Test func namesWhatTheRunNamed() async throws {
    try await withTemporaryFolder { folder in
      let output = try await failedRun(in: folder)
      let result = try await run(["diagnose", "\(folder)/report.json"], in: folder)
      #expect(result.code == 0, "\(result.errors)")
      #expect(!classes(output).isEmpty)
      #expect(classes(result.output).first == classes(output).first, "\(result.output)")
      #expect(result.output.contains("   again   "))
    }
  }

  @Test func refusesOtherRecordingsAndOtherFiles() async throws {
    try await withTemporaryFolder { folder in
      _ = try await failedRun(in: folder)
      try put(Self.body + Self.body, "good.sse", in: folder)
      let changed = try await run(["diagnose", "\(folder)/report.json"], in: folder)
      #expect(changed.code == 2 && changed.errors.contains("good.sse is not the recording"))
      let files = [
        ("{}", "no report of a run"),
        (#"{"schema":"qwen-replay.report.v1","kind":"prove"}"#, "replay prove"),
        (#"{"schema":"x","kind":"run"}"#, "unknown schema 'x'"), ("no", "no report of a run"),
      ]
      for (text, words) in files {
        try put(Array(text.utf8), "other.json", in: folder)
        let result = try await run(["diagnose", "\(folder)/other.json"], in: folder)
        #expect(result.code == 2 && result.errors.contains(words), "\(text): \(result.errors)")
      }
      let missing = try await run(["diagnose", "\(folder)/nowhere.json"], in: folder)
      #expect(missing.code == 2 && missing.errors.contains("nowhere.json: no such file"))
    }
  }

  @Test func loadIsForTargets() async throws {
    try await withTemporaryFolder { folder in
      try put(Self.body, "good.sse", in: folder)
      let result = try await run(["run", "\(folder)/good.sse", "--plans", "load"], in: folder)
      #expect(result.code == 2 && result.errors.contains("--plans load is for a target"))
    }
  }
}
