// Grids: a file that is read strictly, one column a proxy, and an exit code that never passes what
// was not judged.

import Foundation
import MockQwen
import TestSupport
import Testing

@testable import Commands
@testable import Terminal
@testable import Trials

@Suite struct GridFileTests {
  private static func grid(_ more: String, target: String = "") -> String {
    #"{"schema":"qwen-replay.grid.v1","recordings":["a.jsonl"]\#(more),"targets":[{"name":"a","#
      + #""launch":"x"\#(target)}]}"#
  }

  static func read(_ text: String) async throws -> GridFile {
    try await withTemporaryFolder { folder in
      try put(Array(text.utf8), "grid.json", in: folder)
      return try GridFile.read(folder + "/grid.json")
    }
  }

  @Test func holdsWhatTheOptionsOfARunHold() async throws {
    let file = try await Self.read(
      Self.grid(
        #","plan":"cuts=1x","seed":9,"compare":"events","comments":true,"timeout":77"#,
        target: #","headers":["X-A: b","X-C: d"],"path":"/p","model":"m","needs":["sh"]"#))
    let target = try #require(file.targets.first)
    #expect(
      target.settings.words == " --launch x --path /p --header 'X-A: b' --header 'X-C: d' "
        + "--model m --comments --timeout 77")
    #expect(target.needs == ["sh"])
    #expect(file.seed == 9)
    guard case .one(let plan) = file.choice else {
      Issue.record("no plan")
      return
    }
    #expect(plan.description == "cuts=1x")
  }

  static let damaged = [
    ("{", "not a grid"), ("{}", "'schema' is missing"),
    (grid("").replacing("grid.v1", with: "grid.v9"), "unknown schema"),
    (grid(#","plan":"cuts=sideways""#), "cuts=sideways"),
    (grid(#","plans":"all""#), "'plans' does not know 'all'"),
    (grid(#","plans":"quick","plan":"cuts=1x""#), "exclude"),
    (grid(#","compare":"content","comments":true"#), "target 'a': --comments is for"),
    (grid(#","compare":"bits""#), "target 'a': --compare does not know"),
    (grid("", target: #","lauch":"y""#), "unknown key 'lauch' in target 'a'"),
    (grid(#","thing":1"#), "unknown key 'thing'"),
    (grid("", target: #","headers":["x"]"#), "--header takes"),
    (grid("").replacing(#","launch":"x""#, with: ""), "it needs 'launch' or 'url'"),
    (grid("").replacing(#""launch":"x""#, with: #""url":"http://127.0.0.1:1""#), "--listen"),
    (grid("").replacing("}]}", with: #"},{"name":"a","launch":"y"}]}"#), "two targets are named"),
    (grid("").replacing(#"["a.jsonl"]"#, with: "[]"), "needs recordings and targets"),
  ]

  @Test(arguments: damaged) func damageIsNamed(_ text: String, words: String) async throws {
    let error = await #expect(throws: UsageError.self) { try await Self.read(text) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    #expect(error?.description.contains("grid.json: ") == true)
  }
}

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct GridRunTests {
  /// Runs a grid whose targets are given as JSON, each in quotes of its own.
  private func run(
    _ targets: [String], _ words: [String], _ folder: String
  ) async throws -> (code: Int32?, text: String) {
    let program = try #require(Programs.replay)
    let list = targets.joined(separator: ",").replacing("REPLAY", with: program)
      .replacing("FIXTURES", with: Fixtures.folder)
    let grid = """
      {"schema":"qwen-replay.grid.v1","recordings":["\(Fixtures.recordings)/chat-english.jsonl"],
      "plan":"cuts=events","compare":"bytes","lateAfter":5000,"targets":[\(list)]}
      """
    try put(Array(grid.utf8), "grid.json", in: folder)
    let run = try ChildProcess(
      program, ["grid", folder + "/grid.json"] + words,
      environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"], folder: folder)
    let code = try await run.exitCode()
    return (code, String(decoding: run.output, as: UTF8.self) + run.errors)
  }

  static let good = #"{"name":"ours","launch":"exec 'REPLAY' proxy","version":"echo v1; echo v2"}"#
  static let dead = #"{"name":"dead","launch":"echo last words; exit 3"}"#
  static let absent = #"{"name":"absent","launch":"x","needs":["sh","no-such-program"]}"#

  @Test func aTargetThatCannotBeJudgedIsNeverPassed() async throws {
    try await withTemporaryFolder { folder in
      let passed = try await run([Self.good, Self.absent], [], folder)
      #expect(passed.code == 0, "\(passed.text)")
      #expect(passed.text.contains("skipped: absent: no-such-program is not installed"))
      #expect(passed.text.contains(/ours +v1 +bytes +yes/), "\(passed.text)")
      #expect(passed.text.contains("1 of 2 judged: 1 passes, 0 have defects"))
      let failed = try await run([Self.dead, Self.good], [], folder)
      #expect(failed.code == 2, "\(failed.text)")
      #expect(failed.text.contains("could not run: dead: the target has exited with code 3"))
      #expect(failed.text.contains("last words"))
      #expect(failed.text.contains("1 of 2 targets failed"))
      #expect(!failed.text.contains("PASSED"))
      // The others still run.
      #expect(failed.text.contains(/ours .* pass +keeps every promise/), "\(failed.text)")
      #expect(failed.text.contains(/dead .* not judged/))
      #expect(try await run([Self.absent], [], folder).code == 2)
      #expect(try await run([Self.good], ["--only", "other"], folder).code == 2)
      #expect(try await run([Self.dead, Self.good], ["--only", "ours"], folder).code == 0)
    }
  }

  @Test func aPageGetsTheTable() async throws {
    try await withTemporaryFolder { folder in
      let page = folder + "/page.md"
      let marks = "Above.\n<!-- table of: replay grid -->\n<!-- end of table -->\nBelow.\n"
      try put(Array(marks.utf8), "page.md", in: folder)
      let passed = try await run([Self.good, Self.absent], ["--page", page], folder)
      #expect(passed.code == 0, "\(passed.text)")
      let text = try MarkedPage(page, for: "replay grid").text
      #expect(text.hasPrefix("1 of 2 judged: 1 passes, 0 have defects.\n\n| proxy | version |"))
      #expect(
        text.contains("| ours | v1 | bytes | yes |") && text.contains("| absent | – | bytes |"))
      let whole = try String(contentsOfFile: page, encoding: .utf8)
      #expect(whole.hasPrefix("Above.\n") && whole.hasSuffix("\nBelow.\n"), "\(whole)")
      // A page without the place is refused before anything runs.
      let lost = try await run([Self.good], ["--page", folder + "/grid.json"], folder)
      #expect(lost.code == 2 && lost.text.contains("has no line '<!-- table of: replay grid -->'"))
    }
  }

  @Test(.enabled(if: Programs.node != nil, "node is not installed"))
  func knownFailuresAreShownAndReportsAreWritten() async throws {
    try await withTemporaryFolder { folder in
      let early = #"{"name":"early","launch":"exec node 'FIXTURES/early-end-proxy.js'"}"#
      let list = folder + "/known.json"
      let reports = ["json=r.json", "junit=r.xml", "html=r.html", "markdown=r.md"]
        .map { $0.replacing("=", with: "=\(folder)/") }.joined(separator: ",")
      let failed = try await run([Self.good, early], ["--report", reports], folder)
      #expect(failed.code == 1, "\(failed.text)")
      // The most harmful first.
      #expect(failed.text.contains("2 of 2 judged: 1 passes, 1 has defects"))
      #expect(failed.text.contains(/early .*1 of 1 plan fails +loses events[^\n]*\n *ours/))
      #expect(failed.text.contains("   again   "))
      for (name, words) in [
        ("r.json", "\"kind\" : \"grid\""), ("r.xml", "<testsuite name=\"replay.early\""),
        ("r.html", "<td class=\"bad\">no: false end, 1 plan</td>"),
        ("r.md", "| no: false end, 1 plan |"),
      ] {
        let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        #expect(text.contains(words), "\(name): \(text)")
      }
      #expect(try await run([Self.good, early], ["--record-known", list], folder).code == 0)
      let known = try await run([Self.good, early], ["--known", list, "--classes"], folder)
      #expect(known.code == 0, "\(known.text)")
      #expect(known.text.contains(/early .*1 plan fails, as known/), "\(known.text)")
      // What is known of one target is not known of another.
      let other = early.replacing(#""early""#, with: #""second""#)
      let both = try await run([early, other], ["--known", list], folder)
      #expect(both.code == 1, "\(both.text)")
      // A list of a target that the grid does not have.
      #expect(try await run([Self.good], ["--known", list], folder).code == 2)
      let mended = Self.good.replacing(#""ours""#, with: #""early""#)
      let passed = try await run([mended], ["--known", list], folder)
      #expect(passed.code == 1)
      #expect(passed.text.contains("UNEXPECTED PASS early: chat-english: end FALSE END"))
    }
  }
}
