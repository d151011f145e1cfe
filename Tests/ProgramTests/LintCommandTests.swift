// `replay lint` over files that each have one thing wrong: each is found, with its file and line.

import Foundation
import MockQwen
import TestSupport
import Testing
import Wire

@testable import Recordings

@Suite(.enabled(if: Programs.replay != nil, "the replay executable is not beside the test bundle"))
struct LintCommandTests {
  /// A file, what is done to a recording that is well, and what lint says of it behind its name.
  static let canaries:
    [(name: String, finding: String, change: @Sendable (inout Recording) -> Void)] = [
      (
        "field", "1: a secret: the value of a secret in X-Api-Key",
        {
          $0.session.request.fields.add("X-Api-Key", "a-word-of-mine")
        }
      ),
      (
        "query", "1: a secret: the value of a secret in the query",
        {
          $0.session.request.target += "?api_key=word-of-mine"
        }
      ),
      (
        "question", "1: a secret: a key (sk-…)",
        {
          $0.session.request.body = Array(#"{"model":"q","a":"sk-0123456789abcdef"}"#.utf8)
        }
      ),
      (
        "split", "2: a secret: a key (sk-…)",
        {
          $0.setBody("data: sk-01234567", "89abcdefghij\n\n")
        }
      ),
      (
        "second", "3: a secret: a JWT",
        {
          $0.setBody("data: {}\n\n", "data: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx\n\n")
        }
      ),
      ("id", "2: a secret: an id", { $0.setBody("data: {\"request_id\":\"3b1d-9a70\"}\n\n") }),
      (
        "cookie", "1: a secret: the value of a secret in Set-Cookie",
        {
          $0.session.response.fields.add("Set-Cookie", "acw_tc=76b20f8a17;path=/")
        }
      ),
      (
        "auth", "1: a recording of nothing: an auth error (401) recorded as a chat",
        {
          $0.session.response.status = 401
        }
      ),
      (
        "refused", "1: a recording of nothing: an auth error recorded as a chat",
        {
          $0.setBody(#"{"error":{"code":"invalid_api_key"}}"#)
        }
      ),
      (
        "page", "1: a recording of nothing: a page of HTML recorded as a chat",
        {
          $0.session.response.fields.set("content-type", "text/html")
        }
      ),
      ("empty", "1: a recording of nothing: the body is empty", { $0.setBody() }),
      ("old", "1: captured ", { $0.captured = "2020-01-01T00:00:00.000Z" }),
      ("undated", "1: nobody knows how old it is: no time of capture", { $0.captured = nil }),
    ]

  /// A file, and what is done to its text.
  static let damages: [(name: String, finding: String, change: @Sendable (String) -> String)] = [
    (
      "digest", "sha256: the body's is ",
      { $0.replacing("data: {", with: "data: [", maxReplacements: 1) }
    ),
    ("count", "events: the body holds ", { $0.replacing(#""events":8"#, with: #""events":9"#) }),
    (
      "cut", "no end line after this one: the file is cut short",
      {
        String($0.split(separator: "\n").dropLast().joined(separator: "\n")) + "\n"
      }
    ),
    ("text", "not JSON", { "x" + $0 }),
  ]

  @Test func namesFileAndLineOfEveryCanary() async throws {
    try await withTemporaryFolder { folder in
      var expected: [(path: String, text: String)] = []
      for canary in Self.canaries {
        var recording = Self.well(canary.name)
        canary.change(&recording)
        try put(recording.written(), "in/\(canary.name).jsonl", in: folder)
        expected.append(("\(folder)/in/\(canary.name).jsonl", canary.finding))
      }
      for damage in Self.damages {
        let text = damage.change(String(decoding: Self.well(damage.name).written(), as: UTF8.self))
        try put(Array(text.utf8), "in/\(damage.name).jsonl", in: folder)
        expected.append(("\(folder)/in/\(damage.name).jsonl", damage.finding))
      }
      try put(Self.well("one").written(), "in/one.jsonl", in: folder)
      try put(Self.well("one").written(), "in/zwei.jsonl", in: folder)
      expected.append(
        (
          "\(folder)/in/zwei.jsonl",
          "1: the same request and the same body as \(folder)/in/one.jsonl"
        ))
      let (code, output, errors) = try await lint(["\(folder)/in", "--max-age", "1000"], folder)
      #expect(code == 1)
      let lines = output.split(separator: "\n").map(String.init)
      for (path, text) in expected {
        let own = lines.filter { $0.hasPrefix("\(path):") }
        #expect(own.count == 1 && own[0].contains(text), "\(path): \(own)")
        #expect(own.first?.contains(#/\.jsonl:\d+: /#) == true)
      }
      #expect(lines.count == expected.count)
      #expect(errors.contains("\(expected.count + 1) recordings, \(expected.count) findings"))
    }
  }

  @Test func findsNothingWhereNothingIsWrong() async throws {
    try await withTemporaryFolder { folder in
      try put(Self.well("one").written(), "in/one.jsonl", in: folder)
      let (code, output, errors) = try await lint(["\(folder)/in"], folder)
      #expect(code == 0 && output.isEmpty && errors == "1 recording, no findings\n")
      #expect(try await lint(["\(folder)/none"], folder).code == 2)
      #expect(try await lint(["\(folder)/in", "--max-age", "x"], folder).code == 2)
    }
  }

  /// A recording without a fault, whose request is its own.
  private static func well(_ name: String) -> Recording {
    var session = Script.all.first { $0.name == "chat-english" }!.session
    let redactor = Redactor()
    session.request.body = Array(
      #"{"model":"q","messages":[{"content":"\#(name)"}],"stream":true}"#.utf8)
    redactor.redact(&session)
    return Recording(source: "s", captured: "2026-11-01T00:00:00.000Z", session: session)
  }
}

private func lint(
  _ words: [String], _ folder: String
) async throws -> (code: Int32?, output: String, errors: String) {
  let process = try ChildProcess(try #require(Programs.replay), ["lint"] + words, folder: folder)
  let code = try await process.exitCode()
  return (code, String(decoding: process.output, as: UTF8.self), process.errors)
}

extension Recording {
  fileprivate mutating func setBody(_ pieces: String...) {
    session.body = Array(pieces.joined().utf8)
    var end = 0
    session.fragments = pieces.map { piece in
      end += piece.utf8.count
      return Session.Fragment(end: end, milliseconds: 0)
    }
  }
}
