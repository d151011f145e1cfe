// Known failures: how narrow an entry is, that a list comes back as it was written, and what a list
// does to a run's exit code.

import Foundation
import MockQwen
import TestSupport
import Testing

@testable import Commands
@testable import Terminal
@testable import Trials

@Suite struct KnownFailuresTests {
  static let circumstances = [
    ("cuts=whole", "framing=chunked"),
    ("cuts=1x chunks=3 pacing=5ms", "framing=chunked"),
    ("cuts=17 framing=chunked+zeros+trailers", "framing=chunked"),
    ("cuts=events framing=close fault=reset@411", "framing=close fault=reset"),
    ("cuts=events fault=fin@9", "framing=chunked fault=fin"),
    ("cuts=1x framing=length client=leaves@3", "framing=length client=leaves"),
  ]

  @Test(arguments: circumstances)
  func anEntryNamesWhatMatters(_ plan: String, under: String) throws {
    #expect(KnownFailure.circumstances(of: try Plan(plan)) == under)
  }

  static let list: KnownFailures = {
    let lost = KnownFailure(
      target: "b", recording: "two", breach: "blocks LOST", under: "framing=chunked")
    var other = lost
    other.recording = "one"
    var ended = other
    ended.breach = "end FALSE END"
    ended.target = ""
    var list = KnownFailures(
      conditions: .init(plans: "quick", seed: 3, compare: .content, comments: true),
      failures: [lost, other, ended])
    ended.recording = ""
    list.reasons = [ended: "as its authors say"]
    return list
  }()

  @Test func comesBackAsItWas() async throws {
    try await withTemporaryFolder { folder in
      let bytes = Array(try Self.list.written())
      try put(bytes, "known.json", in: folder)
      let read = try KnownFailures.read(folder + "/known.json")
      #expect(read == Self.list)
      #expect(Array(try read.written()) == bytes)
      #expect(String(decoding: bytes, as: UTF8.self).contains("as its authors say"))
    }
  }

  static let damaged = [
    ("{", "not a list of known failures"), ("{}", "'schema' is missing at the top"),
    (
      #"{"schema":"x","conditions":{"plans":"a","seed":1,"compare":"bytes","comments":false},"#
        + #""known":[]}"#, "unknown schema 'x'"
    ),
    (#"{"schema":"x","conditions":{"plans":"a","seed":1,"compare":"bits"}}"#, "in conditions"),
  ]

  @Test(arguments: damaged) func damageIsNamed(_ text: String, words: String) async throws {
    try await withTemporaryFolder { folder in
      try put(Array(text.utf8), "known.json", in: folder)
      let error = try #require(throws: UsageError.self) {
        try KnownFailures.read(folder + "/known.json")
      }
      #expect(error.description.contains(words), "\(error)")
      #expect(error.description.contains("known.json"))
    }
  }

  private static func options(
    _ words: [String], _ environment: [String: String] = [:]
  ) throws -> KnownOptions {
    var arguments = Arguments(words)
    return try KnownOptions(&arguments, environment)
  }

  @Test func aListHoldsForItsConditionsAndItsTarget() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/known.json"
      try put(Array(try Self.list.written()), "known.json", in: folder)
      let known = try Self.options(["--known", path])
      let conditions = Self.list.conditions
      let of = { try known.failures(under: conditions, target: $0).map(\.recording).sorted() }
      #expect(try of("b") == ["one", "two"])
      #expect(try of("c") == [])
      // A grid's list says nothing about a target without a name.
      #expect(throws: UsageError.self) { try known.failures(under: conditions) }
      var other = conditions
      other.seed = 4
      #expect(throws: UsageError.self) { try known.failures(under: other, target: "b") }
      #expect(try Self.options([]).failures(under: other) == [])
    }
  }

  @Test func aNewListKeepsTheReasons() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/known.json"
      try put(Array(try Self.list.written()), "known.json", in: folder)
      let found = Self.list.failures.filter { $0.target.isEmpty }
      let record = try Self.options(["--record-known", path])
      let line = try record.record(Array(found), under: Self.list.conditions)
      #expect(line?.contains("1 written to \(path)") == true)
      // The other target did not run.
      #expect(try KnownFailures.read(path) == Self.list)
      _ = try record.record(Array(found), under: Self.list.conditions, targets: ["", "b"])
      let read = try KnownFailures.read(path)
      #expect(read.failures == found)
      #expect(read.reasons.values.contains("as its authors say"))
      #expect(throws: UsageError.self) { try Self.options(["--record-known", path], ["CI": "1"]) }
      #expect(throws: UsageError.self) {
        try Self.options(["--record-known", path, "--known", path])
      }
    }
  }
}

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"),
  .enabled(if: Programs.node != nil, "node is not installed"))
struct KnownFailuresRunTests {
  private static let names = ["chat-english", "keep-alives"]

  private func run(_ proxy: String, _ words: [String], _ folder: String) async throws -> (
    code: Int32?, text: String
  ) {
    let recordings = Self.names.map { "\(Fixtures.recordings)/\($0).jsonl" }
    let run = try ChildProcess(
      try #require(Programs.replay),
      ["run", "--launch", proxy, "--plan", "cuts=events", "--late-after", "5000"] + words
        + (words.contains { $0.hasSuffix(".jsonl") } ? [] : recordings),
      environment: ["PATH": "/usr/bin:/bin:/usr/local/bin"], folder: folder)
    let code = try await run.exitCode()
    return (code, String(decoding: run.output, as: UTF8.self) + run.errors)
  }

  @Test func knownFailuresPassAndNothingElseDoes() async throws {
    try await withTemporaryFolder { folder in
      let early = "exec '\(try #require(Programs.node))' '\(Fixtures.folder)/early-end-proxy.js'"
      let list = folder + "/known.json"
      #expect(try await run(early, [], folder).code == 1)
      let recorded = try await run(early, ["--record-known", list], folder)
      #expect(recorded.code == 0, "\(recorded.text)")
      let known = try await run(early, ["--known", list], folder)
      #expect(known.code == 0, "\(known.text)")
      #expect(known.text.contains("known failures: 2 of 2 plans failed as listed"))
      #expect(known.text.contains("end FALSE END ×2"))
      #expect(!known.text.contains("nothing lost"))

      // A failure that is not listed still fails.
      let other = "\(Fixtures.recordings)/usage-chunk.jsonl"
      let new = try await run(early, ["--known", list, other], folder)
      #expect(new.code == 1, "\(new.text)")
      #expect(!new.text.contains("UNEXPECTED PASS"))

      // A failure that is listed and does not happen fails too.
      let good = "exec '\(try #require(Programs.replay))' proxy"
      let passed = try await run(good, ["--known", list], folder)
      #expect(passed.code == 1, "\(passed.text)")
      #expect(passed.text.contains("UNEXPECTED PASS chat-english: end FALSE END under"))
    }
  }
}
