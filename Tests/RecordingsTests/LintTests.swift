// What lint finds, each with its line, and that what is well is left in peace.

import Foundation
import MockQwen
import TestSupport
import Testing
import Wire

@testable import Recordings

@Suite struct LintTests {
  private static func recording(
    _ body: String, status: Int = 200, type: String = "text/event-stream", request: String = "{}",
    source: String = "", captured: String? = "2026-01-01T00:00:00Z", cut: Int? = nil
  ) -> Recording {
    var session = Script.all[0].session
    session.request.fields = [Field("Authorization", "Bearer [redacted]")]
    session.request.body = Array(request.utf8)
    session.response = ResponseHead(status: status, fields: [Field("Content-Type", type)])
    session.body = Array(body.utf8)
    session.fragments = ([cut].compactMap { $0 } + [session.body.count]).filter { $0 > 0 }.map {
      Session.Fragment(end: $0, milliseconds: 1)
    }
    return Recording(source: source, captured: captured, session: session)
  }

  static let cases: [(recording: Recording, problems: [String])] = [
    (recording("data: {}\n\n"), []),
    (recording("data: sk-0123456789abcdef\n\n", cut: 3), ["3: a secret: a key (sk-…)"]),
    (recording("data: sk-0123456789abcdef\n\n", cut: 12), ["2: a secret: a key (sk-…)"]),
    (
      recording("data: {}\n\n", request: #"{"a":"sk-0123456789abcdef"}"#),
      ["1: a secret: a key (sk-…)"]
    ),
    (recording(#"{"request_id":"abc-def"}"#, type: "application/json"), ["2: a secret: an id"]),
    (
      recording(#"{"request_id":"abc-def"}"#, type: "application/json", source: "synthetic: x"), []
    ),
    (
      recording("{\"a\":1}"), ["1: no event in it, though its type is text/event-stream"]
    ),
    (
      recording("{}", status: 401),
      ["1: a recording of nothing: an auth error (401) recorded as a chat"]
    ),
    (recording("{}", status: 429), []),
    (
      recording("<html>", type: "text/html"),
      ["1: a recording of nothing: a page of HTML recorded as a chat"]
    ),
    (
      recording("\n<!DOCTYPE HTML><p>Log in"),
      ["1: a recording of nothing: a page of HTML recorded as a chat"]
    ),
    (recording("data: <html>\n\n"), []),
    (recording(""), ["1: a recording of nothing: the body is empty"]),
    (
      recording("data: {\"code\":\"InvalidApiKey\"}\n\n"),
      ["1: a recording of nothing: an auth error recorded as a chat"]
    ),
    (
      recording("data: {}\n\n", captured: "2025-11-01T00:00:00Z"),
      ["1: captured 91 days ago; --max-age is 60"]
    ),
    (
      recording("data: {}\n\n", captured: nil),
      ["1: nobody knows how old it is: no time of capture"]
    ),
  ]

  /// 31 January 2026.
  static let now = 1_769_817_600.0

  @Test(arguments: cases)
  func finds(_ recording: Recording, _ problems: [String]) {
    var lint = Lint(daysMax: 60, now: Self.now)
    let found = lint.findings(in: recording, file: "f.jsonl").map { "\($0.line): \($0.problem)" }
    #expect(found == problems)
  }

  @Test func findsTheSameTwice() {
    var lint = Lint()
    let one = Self.recording("data: {}\n\n", request: #"{"model":"m","messages":[1]}"#)
    let same = Self.recording("data: {}\n\n", request: #"{ "messages":[1], "model":"m" }"#, cut: 2)
    let other = Self.recording("data: {}\n\n", request: #"{"model":"m","messages":[2]}"#)
    #expect(lint.findings(in: one, file: "a.jsonl") == [])
    #expect(lint.findings(in: other, file: "b.jsonl") == [])
    #expect(
      lint.findings(in: same, file: "c.jsonl").map(\.description)
        == ["c.jsonl:1: the same request and the same body as a.jsonl"])
  }

  @Test func findsDamageAtItsLine() async throws {
    try await withTemporaryFolder { folder in
      let bytes = Self.recording("data: {}\n\n", cut: 3).written()
      let text = String(decoding: bytes, as: UTF8.self)
      let cases = [
        (text.replacing(#""text":"dat""#, with: #""text":"dot""#), ":4: sha256: the body's is "),
        (text.replacing(#""events":1"#, with: #""events":2"#), ":4: events: the body holds 1"),
        (String(text.prefix(text.count / 2)), ":"), ("", ":1: no head"),
      ]
      for (damaged, problem) in cases {
        try put(Array(damaged.utf8), "d.jsonl", in: folder)
        var lint = Lint()
        let found = try lint.findings(inFile: "\(folder)/d.jsonl")
        #expect(found.count == 1)
        #expect(found.first?.description.contains("d.jsonl\(problem)") == true, "\(found)")
      }
    }
  }

  @Test func theProjectsRecordingsAreWell() throws {
    let folder =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path + "/recordings"
    var lint = Lint()
    for (path, recording) in try recordingFiles(at: [folder]) {
      #expect(lint.findings(in: recording, file: path) == [])
    }
  }
}
