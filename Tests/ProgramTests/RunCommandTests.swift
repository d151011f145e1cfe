// `replay run` and `replay show` as people call them: exit codes, what stands in the failure block,
// and reports that programs can read.

import Foundation
import TestSupport
import Testing

@testable import Canaries
@testable import Trials

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct RunCommandTests {
  static let body = Array(
    "id:1\nevent:result\n:HTTP_STATUS/200\ndata:{\"text\":\"你好\"}\n\ndata: [DONE]\n\n".utf8)

  /// Runs `replay` in a folder that holds `good.sse` and `damaged.jsonl`.
  private func run(
    _ words: [String], in folder: String
  ) async throws -> (code: Int32?, output: String, errors: String) {
    try put(Self.body, "good.sse", in: folder)
    try put(Array("{\"format\":\"qwen-replay.recording.v1\"\n".utf8), "damaged.jsonl", in: folder)
    let program = try ChildProcess(try #require(Programs.replay), words, folder: folder)
    let code = try await program.exitCode()
    return (code, String(decoding: program.output, as: UTF8.self), program.errors)
  }

  @Test func passesWithExitCode0AndSaysWhatWasTried() async throws {
    try await withTemporaryFolder { folder in
      let result = try await run(["run", "\(folder)/good.sse", "--plans", "quick"], in: folder)
      #expect(result.code == 0)
      #expect(result.output.contains("PASSED  nothing lost: 1 recording, 2 events"))
      #expect(result.output.contains("seed 1"))
      #expect(result.errors == "")
    }
  }

  /// The command behind `Reproduce with:` must show the same failure.
  @Test(arguments: [CanaryName.directPipe, .lineHandler, .fragmentLines])
  func theCommandOfAFailureReproducesIt(_ canary: CanaryName) async throws {
    try await withTemporaryFolder { folder in
      let first = try await run(
        ["run", "\(folder)/good.sse", "--core", canary.rawValue, "--plans", "quick"],
        in: folder)
      #expect(first.code == 1)
      let lines = first.output.split(separator: "\n").map(String.init)
      let place = try #require(lines.firstIndex { $0.hasSuffix("Reproduce with:") })
      let command = lines[place + 1].trimmingCharacters(in: .whitespaces)
      #expect(command.contains(" run \(folder)/good.sse --stage simulated --plan '"))
      let parts = command.split(separator: "'").map(String.init)
      let again = try await run(
        [
          "run", "\(folder)/good.sse", "--stage", "simulated", "--plan", parts[1], "--core",
          canary.rawValue,
        ], in: folder)
      #expect(again.code == 1)
      let shown = { (text: String) in text.split(separator: "\n").first { $0.hasPrefix("    ") } }
      #expect(shown(first.output) == shown(again.output))
    }
  }

  /// Words, and what must stand in the error.
  static let refused: [([String], String)] = [
    (["run", "nowhere.sse"], "nowhere.sse"),
    (["run", "FOLDER/damaged.jsonl"], "damaged.jsonl:1:"),
    (["run", "FOLDER/good.sse", "--plan", "cuts=sideways"], "cuts=sideways"),
    (["run", "FOLDER/good.sse", "--plan", "bogus=1"], "bogus=1"),
    (["run", "FOLDER/good.sse", "--plan", "cuts=1x", "--plans", "quick"], "exclude"),
    (["run", "FOLDER/good.sse", "--plans", "all"], "'all'"),
    (["run", "FOLDER/good.sse", "--stage", "moon"], "'moon'"),
    (["run", "FOLDER/good.sse", "--seed", "-1"], "--seed"),
    (["run", "FOLDER/good.sse", "--seed"], "--seed needs a value"),
    (["run", "FOLDER/good.sse", "--frobnicate"], "--frobnicate"),
    (["run", "FOLDER/good.sse", "--core", "none"], "'none'"),
    (["run", "FOLDER/good.sse", "--report", "pdf=x"], "pdf=x"),
    (
      ["run", "FOLDER/good.sse", "--plan", "cuts=1x", "--report", "json=FOLDER/no/such/x.json"],
      "no/such/x.json"
    ),
    (["show"], "one file"),
    (["show", "FOLDER/good.sse", "--format", "yaml"], "'yaml'"),
    (["dance"], "dance"),
  ]

  @Test(arguments: refused)
  func refusesWithExitCode2AndAReason(_ words: [String], _ reason: String) async throws {
    try await withTemporaryFolder { folder in
      let words = words.map { $0.replacingOccurrences(of: "FOLDER", with: folder) }
      let result = try await run(words, in: folder)
      #expect(result.code == 2)
      #expect(result.errors.contains(reason), "\(result.errors)")
      #expect(result.errors.hasPrefix("replay: "))
    }
  }

  @Test func writesReportsThatProgramsRead() async throws {
    try await withTemporaryFolder { folder in
      let reports = ["json=r.json", "junit=r.xml", "html=r.html", "markdown=r.md"]
        .map { $0.replacingOccurrences(of: "=", with: "=\(folder)/") }.joined(separator: ",")
      let result = try await run(
        ["run", "\(folder)/good.sse", "--core", "line-handler", "--report", reports], in: folder)
      #expect(result.code == 1)
      let json = try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: "\(folder)/r.json")))
      let report = try #require(json as? [String: Any])
      #expect(report["schema"] as? String == "qwen-replay.report.v1")
      #expect(report["passed"] as? Bool == false)
      let recordings = try #require(report["recordings"] as? [[String: Any]])
      let failures = try #require(recordings.first?["failures"] as? [[String: Any]])
      #expect((failures.first?["reproduce"] as? String)?.contains("--plan 'cuts=whole'") == true)
      let xml = try String(contentsOfFile: "\(folder)/r.xml", encoding: .utf8)
      #expect(xml.contains("<testsuite name=\"replay\" tests=\"2\" failures=\"2\""))
      #expect(XMLish.isBalanced(xml))
      for name in ["r.html", "r.md"] {
        let page = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        for words in ["replay: FAILED", "good", "Reproduce with:", "--plan 'cuts=whole'"] {
          #expect(page.contains(words), "\(name) lacks \(words)")
        }
      }
    }
  }

  @Test func showsEventsAsJSONAndNothingElse() async throws {
    try await withTemporaryFolder { folder in
      let result = try await run(["show", "\(folder)/good.sse", "--format", "json"], in: folder)
      #expect(result.code == 0)
      #expect(
        result.output == """
          {"type":"result","data":"{\\"text\\":\\"你好\\"}","id":"1"}
          {"type":"message","data":"[DONE]","id":"1"}

          """)
    }
  }

  @Test func showsASessionToAPerson() async throws {
    try await withTemporaryFolder { folder in
      let result = try await run(["show", "\(folder)/good.sse"], in: folder)
      #expect(result.code == 0)
      #expect(result.output.contains("result #1  {\"text\":\"你好\"}  :HTTP_STATUS/200"))
      #expect(result.output.contains("complete, chunked: \(Self.body.count) bytes"))
    }
  }

  @Test func helpIsThereForEveryCommand() async throws {
    try await withTemporaryFolder { folder in
      let overview = try await run(["--help"], in: folder)
      #expect(overview.code == 0)
      for name in ["run", "show", "record", "mock", "proxy", "bench"] {
        #expect(overview.output.contains("\n  \(name) "))
        let help = try await run([name, "--help"], in: folder)
        #expect(help.code == 0)
        #expect(help.output.contains("Usage: replay \(name)"))
      }
    }
  }
}

/// Just enough of XML to see that tags match.
private enum XMLish {
  static func isBalanced(_ text: String) -> Bool {
    var open: [Substring] = []
    for tag in text.split(separator: "<").dropFirst() {
      let inside = tag.prefix { $0 != ">" }
      if inside.hasPrefix("?") || inside.hasSuffix("/") { continue }
      let name = inside.prefix { $0 != " " }
      if name.hasPrefix("/") {
        guard open.popLast() == name.dropFirst() else { return false }
      } else {
        open.append(name)
      }
    }
    return open.isEmpty
  }
}
