// The whole way of a session as people go it: `replay mock` plays recordings at their times, curl asks
// through `replay record`, and what is written down is what the mock had; and the recorder as a
// target of `replay run`, which would see a byte that waits.

import Foundation
import MockQwen
import TestSupport
import Testing
import Wire

@testable import Recordings

@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"),
  .enabled(if: Programs.curl != nil, "curl is not installed"))
struct FaithfulReplayTests {
  @Test func recordedPacingKeepsEveryBorder() async throws {
    try await withMockAndRecorder(
      ["--pacing", "recorded", "--speed", "4"], ["--no-redact"]
    ) { url, mock, recorder, out, folder in
      let names = ["chat-chinese-emoji", "thinking", "crlf-lines", "close-delimited", "truncated"]
      let scripts = Script.all.filter { names.contains($0.name) }
      for script in scripts {
        let curl = try curl(
          url, ["-H", "X-Replay-Recording: \(script.name)", "-d", Self.question], folder)
        #expect(try await curl.exitCode() == (script.session.ending == .complete ? 0 : 18))
      }
      recorder.terminate()
      #expect(try await recorder.exitCode() == 0)
      for script in scripts {
        let (path, recording) = try #require(
          try recordingFiles(at: [out]).first {
            $0.recording.session.request.fields["X-Replay-Recording"] == script.name
          })
        #expect(
          recording.session.fragments.map(\.end) == script.session.fragments.map(\.end),
          "\(script.name)")
        let measured = mock.errors.split(separator: "\n").filter {
          $0.hasPrefix("\(script.name): late by ") && $0.contains(" ms in the median, ")
        }
        #expect(measured.count == 1, "\(mock.errors)")
        if script.name == "thinking" {
          let diff = try ChildProcess(
            try #require(Programs.replay),
            ["diff", "recordings/\(script.name).jsonl", path, "--speed", "4", "--borders"]
              .map { $0.hasPrefix("recordings/") ? "\(Self.project)/\($0)" : $0 }, folder: folder)
          #expect(try await diff.exitCode() == 0)
          let text = String(decoding: diff.output, as: UTF8.self)
          #expect(text.contains("borders  the same 11; times differ by "), "\(text)")
        }
      }
    }
  }

  @Test func equalQuestionsAreAnsweredInTheOrderOfTheirCapture() async throws {
    try await withTemporaryFolder { folder in
      let times = ["2026-01-02T03:04:05.900Z", "2026-01-02T03:04:05.100Z", "2026-01-02T03:04:04Z"]
      for (name, time) in zip(["a", "b", "c"], times) {
        var session = Script.all[0].session
        session.request.body = Array(Self.question.utf8)
        session.body = Array("data: \(name)\n\n".utf8)
        session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
        let recording = Recording(source: "s", captured: time, session: session)
        try put(recording.written(), "in/\(name).jsonl", in: folder)
      }
      let mock = try ChildProcess(
        try #require(Programs.replay), ["mock", "\(folder)/in"], folder: folder)
      defer { mock.kill() }
      let url = try #require(try await mock.firstLine()?.split(separator: " ").last)
      var answers = ""
      for _ in 0..<4 {
        let curl = try curl(String(url), ["-d", Self.question], folder)
        _ = try await curl.exitCode()
        answers += String(decoding: curl.output, as: UTF8.self)
      }
      #expect(answers == "data: c\n\ndata: b\n\ndata: a\n\ndata: c\n\n")
    }
  }

  /// The check of the harness that a block is at the client before the next byte leaves the upstream.
  @Test func theRecorderHoldsNothingBack() async throws {
    try await withTemporaryFolder { folder in
      let replay = try #require(Programs.replay)
      let launch =
        "'\(replay)' record --upstream {upstream} --listen 127.0.0.1:{port} --out '\(folder)/out'"
      let run = try ChildProcess(
        replay,
        [
          "run", "\(Self.project)/recordings/keep-alives.jsonl", "--launch", launch, "--plan",
          "cuts=1x chunks=1x", "--compare", "bytes",
        ], folder: folder)
      #expect(try await run.exitCode() == 0, "\(run.errors)")
      let text = String(decoding: run.output, as: UTF8.self)
      #expect(text.contains("reaches: bytes"), "\(text)")
      // What went through in single bytes is on the disk in single bytes.
      let recorded = try recordingFiles(at: ["\(folder)/out"]).map(\.recording.session)
      #expect(recorded.contains { $0.fragments.count == $0.body.count && $0.body.count > 1_000 })
    }
  }

  static let question =
    #"{"model":"qwen-plus","messages":[{"role":"user","content":"7"}],"stream":true}"#
  static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
}

private func curl(_ url: String, _ words: [String], _ folder: String) throws -> ChildProcess {
  try ChildProcess(
    try #require(Programs.curl),
    [
      "-sN", "--max-time", "\(patienceMax)", "\(url)/chat/completions", "-H",
      "Authorization: Bearer any",
    ]
      + words, folder: folder)
}

/// Runs `body` with a mock of the scripts and a recorder before it; neither outlives it.
private func withMockAndRecorder(
  _ mockWords: [String], _ recorderWords: [String],
  _ body: (
    _ url: String, _ mock: ChildProcess, _ recorder: ChildProcess, _ out: String, _ folder: String
  ) async throws -> Void
) async throws {
  try await withTemporaryFolder { folder in
    let replay = try #require(Programs.replay)
    let mock = try ChildProcess(replay, ["mock"] + mockWords, folder: folder)
    defer { mock.kill() }
    let upstream = try #require(try await mock.firstLine()?.split(separator: " ").last)
    let recorder = try ChildProcess(
      replay, ["record", "--upstream", String(upstream), "--out", "\(folder)/out"] + recorderWords,
      folder: folder)
    defer { recorder.kill() }
    let url = try #require(try await recorder.firstLine()?.split(separator: " ").last)
    try await body(String(url), mock, recorder, "\(folder)/out", folder)
  }
}
