// Every command that judges writes its report in four formats, also when it is ended in the middle.

import Foundation
import TestSupport
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct FourFormatsTests {
  private static func reports(_ folder: String) -> [String] {
    [
      "--report",
      "json=\(folder)/r.json,junit=\(folder)/r.xml,html=\(folder)/r.html,markdown=\(folder)/r.md",
    ]
  }

  /// The commands, with little to do; FOLDER is a folder of its own, RECORDINGS the project's.
  static let commands: [(words: String, verdict: String)] = [
    ("run RECORDINGS/chat-english.jsonl --plan cuts=events", "PASSED"),
    ("run RECORDINGS/chat-english.jsonl --plan cuts=700 --core fragment-lines", "FAILED"),
    ("fuzz --seed 1 --max-cases 20 --save FOLDER/crashes", "PASSED"),
    ("fuzz --seed 1 --max-cases 200 --core line-handler --save FOLDER/crashes", "FAILED"),
    ("prove RECORDINGS/unterminated-end.jsonl --window 8", "PROVEN"),
    ("again RECORDINGS/regressions", "FIXED"),
    ("canaries", "PASSED"),
    ("grid FOLDER/grid.json", "PASSED"),
    ("merge FOLDER/one.json FOLDER/two.json", "PASSED"),
  ]

  @Test(arguments: commands) func allFourSayTheSame(_ words: String, _ verdict: String) async throws
  {
    try await withTemporaryFolder { folder in
      let replay = try #require(Programs.replay)
      func run(_ words: [String]) async throws -> ChildProcess {
        let program = try ChildProcess(
          replay, words, environment: ["PATH": Programs.path], folder: folder)
        let code = try await program.exitCode()
        #expect(code == (verdict == "FAILED" ? 1 : 0), "\(words): \(program.errors)")
        return program
      }
      if words.hasPrefix("grid") {
        let grid = """
          {"schema":"qwen-replay.grid.v1","recordings":["\(Fixtures.recordings)/chat-english.jsonl"],
          "plan":"cuts=events","targets":[{"name":"ours","launch":"exec '\(replay)' proxy"}]}
          """
        try put(Array(grid.utf8), "grid.json", in: folder)
      }
      if words.hasPrefix("merge") {
        for (shard, name) in [("1/2", "one"), ("2/2", "two")] {
          _ = try await run(
            ["fuzz", "--seed", "1", "--max-cases", "20", "--shard", shard]
              + ["--save", folder + "/crashes", "--report", "json=\(folder)/\(name).json"])
        }
      }
      let all = words.split(separator: " ").map {
        String($0).replacing("FOLDER", with: folder)
          .replacing("RECORDINGS", with: Fixtures.recordings)
      }
      let program = try await run(all + Self.reports(folder))
      #expect(String(decoding: program.output, as: UTF8.self).contains(verdict))
      func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      }
      let json = try JSONSerialization.jsonObject(with: Data(text("r.json").utf8))
      let document = try #require(json as? [String: Any])
      #expect(document["schema"] as? String == "qwen-replay.report.v1")
      #expect(document["verdict"] as? String == verdict)
      let xml = try text("r.xml")
      #expect(xml.hasPrefix("<?xml") && xml.contains("<testcase "))
      #expect(xml.contains("<failure ") == (verdict == "FAILED"), "\(xml)")
      let page = try text("r.html")
      #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("<h1>"))
      let markdown = try text("r.md")
      #expect(markdown.hasPrefix("## replay") && markdown.contains("\n|"), "\(markdown)")
    }
  }

  /// What has no end in sight is ended, and says what it has done by then.
  @Test(arguments: ["fuzz --seed 1 --save FOLDER/crashes", "prove", "again"])
  func anInterruptedCommandWritesAllFour(_ words: String) async throws {
    try await withTemporaryFolder { folder in
      let all = words.split(separator: " ").map { String($0).replacing("FOLDER", with: folder) }
      let replay = try #require(Programs.replay)
      let more: [String] =
        switch words {
        // A recording whose proof takes minutes.
        case "prove": [Fixtures.recordings + "/long-answer.jsonl"]
        // A target that takes all requests and answers none.
        case "again":
          [
            Fixtures.recordings + "/regressions/progress-late-3ea8025552a8.json", "--launch",
            "exec '\(replay)' mock --listen 127.0.0.1:{port} --plan fault=stall@0",
          ]
        default: []
        }
      let program = try ChildProcess(
        replay, all + more + Self.reports(folder), folder: folder)
      try await program.catchesInterrupts()
      program.interrupt()
      #expect(try await program.exitCode() == 130, "\(program.errors)")
      let output = String(decoding: program.output, as: UTF8.self)
      #expect(output.contains("INTERRUPTED") && !output.contains("ERROR"), "\(output)")
      for (name, part) in [
        ("r.json", "\"interrupted\" : true"), ("r.json", "\"INTERRUPTED\""),
        ("r.html", "INTERRUPTED"), ("r.md", "INTERRUPTED"),
      ] {
        let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        #expect(text.contains(part), "\(name) lacks \(part): \(text.prefix(2_000))")
      }
      let xml = try String(contentsOfFile: folder + "/r.xml", encoding: .utf8)
      #expect(xml.hasPrefix("<?xml"))
    }
  }
}
