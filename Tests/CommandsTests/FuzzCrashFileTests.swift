// Crash files: all that is needed to run a failure again, and what `replay again` and `replay fuzz`
// say with their exit codes.

import Foundation
import MockQwen
import TestSupport
import Testing

@testable import Canaries
@testable import Commands
@testable import Judging
@testable import Recordings
@testable import Terminal
@testable import Trials

@Suite(.timeLimit(.minutes(30))) struct FuzzCrashFileTests {
  /// A failure of the canary with a body that is not UTF-8, cut inside its only line.
  static func crash(core: String) throws -> CrashFile {
    var session = Script.all[0].session
    session.name = "fuzzed"
    session.body = Array("data: a".utf8) + [0xFF, 0x0A, 0x0A]
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
    let plan = try Plan("cuts=whole chunks=3 framing=chunked+zeros pacing=5ms")
    return CrashFile(
      recording: Recording(source: "by hand", session: session), plan: plan, stage: .simulated,
      check: .bytes, name: "CORRUPTED", detail: "d", core: core, seed: 7, number: 12)
  }

  @Test(arguments: CaseStage.allCases) func comesBackAsItWas(_ stage: CaseStage) async throws {
    try await withTemporaryFolder { folder in
      var crash = try Self.crash(core: "fragment-lines")
      crash.stage = stage
      let path = try crash.save(in: folder + "/new")
      #expect(try CrashFile.read(path) == crash)
      #expect(path.hasPrefix(folder + "/new/bytes-corrupted-"))
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.contains("replay again \(path)"))
      #expect(text.contains(crash.recording.digest))
    }
  }

  @Test func overwritesNone() async throws {
    try await withTemporaryFolder { folder in
      var crash = try Self.crash(core: "fragment-lines")
      let path = try crash.save(in: folder)
      // The same failure, found again elsewhere.
      crash.seed = 99
      #expect(try crash.save(in: folder) == path)
      #expect(try CrashFile.read(path).seed == 7)
      crash.plan.cuts = .every(1)
      #expect(try crash.save(in: folder) != path)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
    }
  }

  private static func again(_ words: [String]) async throws -> Int32 {
    var arguments = Arguments(words)
    let context = Context(console: Console(environment: ["NO_COLOR": "1"]), environment: [:])
    return try await AgainCommand.run(&arguments, context)
  }

  @Test func againTellsFixedFromFailed() async throws {
    try await withTemporaryFolder { folder in
      let failing = try Self.crash(core: "fragment-lines").save(in: folder)
      #expect(try await Self.again([failing]) == 1)
      let fixed = try Self.crash(core: CrashFile.embedded).save(in: folder)
      #expect(try await Self.again([fixed]) == 0)
      #expect(try await Self.again([fixed, "--keep"]) == 0)
      #expect(FileManager.default.fileExists(atPath: fixed))
      #expect(try await Self.again([folder, "--remove"]) == 1)
      #expect(!FileManager.default.fileExists(atPath: fixed))
      #expect(FileManager.default.fileExists(atPath: failing))
      try put(Array("{}".utf8), "damaged.json", in: folder)
      #expect(try await Self.again([folder]) == 2)
      #expect(FileManager.default.fileExists(atPath: folder + "/damaged.json"))
      await #expect(throws: UsageError.self) { try await Self.again([folder + "/none"]) }
    }
  }

  private static func fuzz(
    _ words: [String], _ environment: [String: String] = [:]
  ) async throws -> Int32 {
    var arguments = Arguments(words)
    let console = Console(environment: ["NO_COLOR": "1"])
    let context = Context(console: console, environment: environment)
    return try await FuzzCommand.run(&arguments, context)
  }

  @Test func fuzzSavesWhatAgainRuns() async throws {
    try await withTemporaryFolder { folder in
      let crashes = folder + "/crashes"
      let words = ["--seed", "7", "--max-cases", "40", "--save", crashes]
      let report = ["--report", "json=\(folder)/report.json"]
      #expect(try await Self.fuzz(words + report) == 0)
      #expect(!FileManager.default.fileExists(atPath: crashes))
      let failing = words + ["--core", "fragment-lines"] + report
      #expect(try await Self.fuzz(failing) == 1)
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/report.json"))
      let read = try FuzzReport.read(data, file: "report.json")
      #expect(!read.failures.isEmpty)
      for failure in read.failures {
        let crash = try CrashFile.read(failure.file)
        #expect(crash.plan.description == failure.plan)
        #expect(crash.number == failure.number)
        #expect(
          try crash.violations(core: CoreChoice.init(named:)).contains {
            $0.check == crash.check && $0.name == crash.name
          })
      }
      #expect(try await Self.again([crashes]) == 1)
    }
  }

  @Test func fuzzTakesItsShardFromTheEnvironment() async throws {
    try await withTemporaryFolder { folder in
      let words = ["--max-cases", "30", "--report", "json=\(folder)/report.json"]
      let environment = ["CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "3"]
      #expect(try await Self.fuzz(words, environment) == 0)
      let path = URL(fileURLWithPath: folder + "/report.json")
      let report = try FuzzReport.read(Data(contentsOf: path), file: "report.json")
      // All shards must draw from one seed.
      #expect(report.seed == 1)
      #expect(report.shards == ["2/3"])
      #expect(report.caseCount == 10)
      #expect(try await Self.fuzz(words + ["--shard", "1/2"], environment) == 0)
      let flag = try FuzzReport.read(Data(contentsOf: path), file: "report.json")
      #expect(flag.shards == ["1/2"])
    }
  }

  static let wrong: [[String]] = [
    ["--shard", "3/2"], ["--max-cases", "x"], ["--report", "xml=a"], ["--core", "none"],
    ["--seed", "-1"], ["--workers", "0"], ["--max-time", "1.5"], ["no-such-file.sse"], ["--what"],
  ]

  @Test(arguments: wrong) func fuzzRefusesWhatItDoesNotKnow(_ words: [String]) async {
    await #expect(throws: (any Error).self) {
      try await Self.fuzz(
        ["--max-cases", "1"].filter { _ in !words.contains("--max-cases") } + words)
    }
  }
}
