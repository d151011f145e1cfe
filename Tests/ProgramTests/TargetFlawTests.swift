// Small proxies with one flaw each, run as targets: each flaw is named by the check that is there for
// it, and the same proxy without a flaw, or with something that it may do, passes.

import Foundation
import TestSupport
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(
    if: Programs.replay != nil && Programs.python != nil,
    "the replay executable is not beside the test bundle, or there is no python3"))
struct TargetFlawTests {
  /// A flaw, what it is shown with, and the kinds of breaches that must be found: exactly those.
  struct Flaw: Sendable, CustomTestStringConvertible {
    var name: String
    var recording = "ask.jsonl"
    var words: [String] = []
    var found: [String] = []

    init(
      _ name: String, _ recording: String = "ask.jsonl", _ words: String..., found: [String] = []
    ) {
      self.name = name
      self.recording = recording
      self.words = words
      self.found = found
    }

    var testDescription: String { ([name, recording] + words).joined(separator: " ") }
  }

  static let query = "--path=/v1/chat/completions?api-version=1"

  static let requests: [Flaw] =
    [
      "drop-stream-options", "drop-temperature", "drop-messages", "drop-all-messages", "drop-tools",
      "drop-unknown", "change-number", "change-text", "change-role", "big-number", "add-member",
      "map-model", "drop-auth", "blank-auth", "cut-auth", "double-auth", "drop-sse", "drop-type",
      "plain-type", "json-accept", "double-v1", "other-path", "put", "repeat-member", "add-coding",
      "add-async", "latin-request",
    ].map { Flaw($0, found: ["request WRONG"]) } + [
      Flaw("drop-query", "ask.jsonl", query, found: ["request WRONG"]),
      Flaw("change-query", "ask.jsonl", query, found: ["request WRONG"]),
      Flaw("reorder-body", "ask.jsonl", "--compare=bytes", found: ["request WRONG"]),
      Flaw("reorder-body"),
      Flaw("own-auth"),
      Flaw("lower-scheme"),
      Flaw("utf8-request"),
      Flaw("ok", "ask.jsonl", query),
      Flaw("ok", "ask.jsonl", "--compare=bytes"),
      Flaw("map-model", "ask.jsonl", "--policy=model=mapped"),
      Flaw("add-member", "ask.jsonl", "--policy=fields=added"),
      Flaw(
        "drop-tools", "ask.jsonl", "--policy=fields=added model=mapped", found: ["request WRONG"]),
      Flaw("own-auth", "ask.jsonl", "--policy=key=replaced"),
      Flaw("ok", "ask.jsonl", "--policy=key=replaced", found: ["request WRONG"]),
      Flaw("double-v1", "ask.jsonl", "--policy=path=mapped"),
      Flaw("send-twice", found: ["posts WRONG"]),
      Flaw("send-twice", "ask.jsonl", "--policy=retries=1"),
      Flaw("hedge", found: ["posts WRONG"]),
      Flaw("each-chat", found: ["posts WRONG"]),
      Flaw("each-chat", "ask.jsonl", "--policy=posts=own"),
    ]

  static let heads: [Flaw] = [
    Flaw("gzip-coding", found: ["head WRONG"]),
    Flaw("br-coding", found: ["head WRONG"]),
    Flaw("double-type", found: ["head WRONG"]),
    Flaw("double-date", found: ["head WRONG"]),
    Flaw("public-cache", found: ["head WRONG"]),
    Flaw("public-cache", "too-many.jsonl", found: ["head WRONG"]),
    Flaw("no-type", found: ["head WRONG"]),
    Flaw("no-type", "too-many.jsonl", found: ["head WRONG"]),
    Flaw("latin-charset", found: ["head WRONG"]),
    Flaw("utf8-charset", "ask.jsonl", "--compare=bytes"),
    Flaw("expires-late", "too-many.jsonl", found: ["head WRONG"]),
    // No-cache overrides it.
    Flaw("expires-late"),
    Flaw("expires-past", "too-many.jsonl"),
    Flaw("edge-cache", found: ["head WRONG"]),
    Flaw("text-type", found: ["head WRONG"]),
    Flaw("no-retry", "too-many.jsonl", found: ["head WRONG"]),
    Flaw("other-retry", "too-many.jsonl", found: ["head WRONG"]),
    Flaw("no-limits", "too-many.jsonl", found: ["head WRONG"]),
    Flaw("status-500", "too-many.jsonl", found: ["head WRONG"]),
    Flaw("status-500", found: ["head WRONG"]),
    Flaw("status-201", found: ["head WRONG"]),
    Flaw("no-request-id", "ask.jsonl", "--compare=bytes", found: ["head WRONG"]),
    Flaw("no-request-id"),
    Flaw("add-cookie", "ask.jsonl", "--compare=bytes"),
    Flaw("add-fields", "ask.jsonl", "--compare=bytes"),
    Flaw("ok", "too-many.jsonl"),
  ]

  static let streams: [Flaw] =
    [
      "no-tool-id", "no-tool-type", "swapped-calls", "no-reasoning", "no-logprobs", "no-audio",
      "no-refusal", "no-function-call", "no-annotations", "no-role", "no-search", "no-usage",
      "no-model", "other-finish", "extra",
    ].flatMap { name -> [Flaw] in
      let kind =
        ["other-finish", "swapped-calls"].contains(name)
        ? "CORRUPTED" : name == "extra" ? "ADDED" : "LOST"
      return [Flaw("json-\(name)", "leaves.sse", "--compare=content", found: ["blocks \(kind)"])]
    } + [
      Flaw("json-no-text", "text.sse", "--compare=content", found: ["blocks LOST"]),
      Flaw("json-text-index", "leaves.sse", "--compare=content", found: ["blocks CORRUPTED"]),
      Flaw("json-id-each", "leaves.sse", "--compare=content", found: ["blocks CORRUPTED"]),
      Flaw("json-id-each", "leaves.sse", "--compare=content", "--ignore=id"),
      Flaw("json-number-id", "leaves.sse", "--compare=content", found: ["blocks CORRUPTED"]),
      Flaw(
        "json-finish-always", "ask.jsonl", "--compare=content",
        found: ["blocks ADDED", "blocks CORRUPTED"]),
      Flaw("list-done-twice", "ask.jsonl", "--compare=content", found: ["blocks ADDED"]),
      Flaw(
        "list-done-early", "ask.jsonl", "--compare=content",
        found: ["blocks ADDED", "blocks LOST"]),
      Flaw(
        "list-finish-first", "ask.jsonl", "--compare=content",
        found: ["blocks ADDED", "blocks CORRUPTED"]),
      Flaw("list-finish-twice", "ask.jsonl", "--compare=content", found: ["blocks ADDED"]),
      Flaw("list-finish-apart", "ask.jsonl", "--compare=content"),
      Flaw("list-data-only", "comments.sse"),
      Flaw("list-data-only", "comments.sse", "--compare=content"),
      Flaw("json-ok", "leaves.sse", "--compare=content"),
      Flaw("json-ok", "ask.jsonl", "--compare=content"),
      Flaw("json-ok", "text.sse", "--compare=content"),
      Flaw("json-own-id", "leaves.sse", "--compare=content"),
      Flaw(
        "json-extra", "leaves.sse", "--compare=content", "--ignore=provider"),
      Flaw(
        "json-no-refusal", "leaves.sse", "--compare=content", "--ignore=choices[].delta.refusal"),
      Flaw("json-no-model", "leaves.sse", "--compare=content", "--policy=model=mapped"),
      Flaw("buffer-all", "lines.jsonl", found: ["progress LATE"]),
      Flaw("buffer-all", found: ["progress LATE"]),
      Flaw("comment-then-buffer", found: ["progress LATE"]),
      Flaw("ok", "lines.jsonl"),
    ]

  static let sides: [Flaw] =
    [
      "start-models", "start-options", "start-health", "start-chat", "slow-start", "background",
      "each-models", "warm-up", "ipv6-only",
    ].map { Flaw($0) } + [
      Flaw("crash", found: ["liveness CRASHED"])
    ]

  @Test(arguments: requests + heads + streams + sides)
  func isNamed(_ flaw: Flaw) async throws {
    try await withTemporaryFolder { folder in
      let run = try flaw.run(plan: "cuts=events", folder)
      let code = try await run.exitCode()
      #expect(code == (flaw.found.isEmpty ? 0 : 1), "\(run.errors)")
      let report = try flaw.report(folder)
      #expect(report.breaches == flaw.found.sorted(), "\(run.errors)")
      #expect(report.planCount == 1)
    }
  }

  /// A head that waits for the body is late where that is the rule, and only there.
  @Test(arguments: [
    Flaw("hold-head", "ask.jsonl", "--policy=head=at-once", found: ["headtime LATE"]),
    Flaw("hold-head"),
    Flaw("ok", "ask.jsonl", "--policy=head=at-once"),
  ])
  func aHeadThatWaitsIsNamed(_ flaw: Flaw) async throws {
    try await withTemporaryFolder { folder in
      let run = try flaw.run(plan: "cuts=sizes", folder)
      #expect(try await run.exitCode() == (flaw.found.isEmpty ? 0 : 1), "\(run.errors)")
      #expect(try flaw.report(folder).breaches == flaw.found)
    }
  }

  /// An end that was made up is called so, and a false end too.
  @Test func anInventedEndIsCalledSo() async throws {
    try await withTemporaryFolder { folder in
      let flaw = Flaw("json-invents", "ask.jsonl", "--compare=content")
      let run = try flaw.run(plan: "cuts=events fault=reset@500", folder)
      #expect(try await run.exitCode() == 1, "\(run.errors)")
      #expect(try flaw.report(folder).breaches == ["end FALSE END", "end INVENTED"])
    }
  }

  /// Clients that ask one after the other, and twice, are all answered.
  @Test func whatComesInItsOwnTimeIsAnswered() async throws {
    try await withTemporaryFolder { folder in
      let run = try Flaw("slow-ask").run(plan: "cuts=whole request=again streams=8", folder)
      #expect(try await run.exitCode() == 0, "\(run.errors)")
    }
  }

  /// A close-delimited answer that lacks its last line end is whole with it and without it.
  @Test(arguments: ["list-finish-apart", "json-ok"])
  func anUnfinishedLastEventIsCompletedOrNot(_ name: String) async throws {
    try await withTemporaryFolder { folder in
      let flaw = Flaw(name, "ask.jsonl", "--compare=content")
      let run = try flaw.run(plan: "cuts=events framing=close fault=fin@845", folder)
      #expect(try await run.exitCode() == 0, "\(run.errors)")
    }
  }

  /// What was recorded is answered as it was recorded, whatever a model's server would say to it.
  @Test(arguments: [
    "models.jsonl", "embeddings.jsonl", "whole.jsonl", "refused-400.jsonl", "refused-401.jsonl",
    "too-many.jsonl",
  ])
  func whatWasRecordedIsAnswered(_ recording: String) async throws {
    try await withTemporaryFolder { folder in
      let flaw = Flaw("ok", recording, "--compare=bytes")
      let run = try flaw.run(plan: "cuts=1x", folder)
      #expect(try await run.exitCode() == 0, "\(run.errors)")
      let own = try ChildProcess(
        try #require(Programs.replay),
        ["run", Flaw.fixtures + "/" + recording, "--plan", "cuts=1x"], folder: folder)
      #expect(try await own.exitCode() == 0, "\(String(decoding: own.output, as: UTF8.self))")
    }
  }
}

extension TargetFlawTests.Flaw {
  static let fixtures = Fixtures.folder + "/targets"

  func run(plan: String, _ folder: String) throws -> ChildProcess {
    try ChildProcess(
      try #require(Programs.replay),
      [
        "run", Self.fixtures + "/" + recording, "--no-diagnosis", "--plan", plan, "--launch",
        "exec '\(try #require(Programs.python))' '\(Self.fixtures)/flawed-proxy.py' \(name)",
        "--report",
        "json=\(folder)/report.json",
      ] + words, environment: ["PATH": Programs.path], folder: folder)
  }

  func report(_ folder: String) throws -> (breaches: [String], planCount: Int) {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/report.json"))
    let values = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let recordings = try #require(values["recordings"] as? [[String: Any]])
    let breaches = try #require(recordings.first?["breaches"] as? [String: Int])
    return (breaches.keys.sorted(), values["planCount"] as? Int ?? 0)
  }
}
