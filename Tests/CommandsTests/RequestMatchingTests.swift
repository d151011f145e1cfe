// Recordings as a mock: which request is whose, what a miss says, and what is exported of a recording.

import Foundation
import MockQwen
import TestSupport
import Testing
import Wire

@testable import Commands
@testable import Recordings

@Suite struct RequestMatchingTests {
  private static func request(_ body: String, _ target: String = "/v1/chat/completions")
    -> Session.Request
  {
    Session.Request(method: "POST", target: target, fields: [], body: Array(body.utf8))
  }

  static let base = #"{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true}"#

  /// Two requests, and whether they are the same question.
  static let pairs: [(left: String, right: String, areEqual: Bool)] = [
    (base, #"{"stream":true,"messages":[{"content":"H\u0069","role":"user"}], "model":"m"}"#, true),
    (
      base, #"{"model":"m","messages":[{"role":"user","content":"Hi","id":"x1"}],"user":"u"}"#, true
    ),
    (base, base.replacing("Hi", with: "Ho"), false),
    (base, base.replacing(#""m""#, with: #""n""#), false),
    (base, base.replacing("user", with: "system"), false),
    (
      #"{"messages":[{"content":"sk-0123456789abcdef"}]}"#,
      #"{"messages":[{"content":"xxxxxxxxxxxxxxxxxxx"}]}"#, true
    ),
    (#"{"messages":[{"n":1}]}"#, #"{"messages":[{"n":1.0}]}"#, true),
    (#"{"messages":[{"n":1}]}"#, #"{"messages":[{"n":true}]}"#, false),
  ]

  @Test(arguments: pairs)
  func tellsEqualQuestions(_ left: String, _ right: String, _ areEqual: Bool) {
    let keys = RequestKeys()
    #expect((keys.key(of: Self.request(left)) == keys.key(of: Self.request(right))) == areEqual)
  }

  @Test func pathsAreComparedByTheirEnds() {
    let keys = RequestKeys(ignoring: ["seed"])
    let one = keys.key(of: Self.request(Self.base, "/compatible-mode/v1/chat/completions?a=b"))
    #expect(one == keys.key(of: Self.request(Self.base)))
    #expect(one != keys.key(of: Self.request(Self.base, "/v1/completions")))
    let seeded = Self.base.replacing(#""Hi""#, with: #""Hi","seed":7"#)
    #expect(one == keys.key(of: Self.request(seeded)))
  }

  @Test func aMissIsLoudAndNamesTheNearest() {
    let bodies = [Self.base.replacing(#""m""#, with: #""n""#), Self.base, Self.base]
    let sessions = zip(["a", "b", "c"], bodies).map { name, body in
      var session = Script.all[0].session
      session.name = name
      session.request.body = Array(body.utf8)
      return session
    }
    var library = SessionLibrary(
      sessions, plan: Plan(), keepsFraming: true, isRecording: { _ in true })
    func answer(_ body: String) -> Session {
      library.delivery(for: Self.request(body)).transmission.session
    }
    #expect(["b", "c", "b"] == (0..<3).map { _ in answer(Self.base).name })
    #expect(library.unasked == ["a"])
    let missed = answer(Self.base.replacing("Hi", with: "Hi there"))
    #expect(missed.response.status == 599)
    let text = String(decoding: missed.body, as: UTF8.self)
    #expect(text.contains("Nearest is b: messages[0] from character 14: asked "), "\(text)")
    #expect(text.contains("Hi there") && text.contains("no_recording"))
    let other = String(
      decoding: answer(#"{"model":"q","messages":[]}"#).body, as: UTF8.self)
    #expect(other.contains(#"model: asked \"q\", recorded"#), "\(other)")
    #expect(other.contains("messages: asked 0, recorded 1"))
    #expect(library.missCount == 2)
  }

  @Test func curlLinesLeaveTheSecretOut() {
    var session = Script.all[0].session
    session.request.target = "/v1/chat/completions"
    session.request.fields = [
      Field("authorization", "Bearer [redacted]"), Field("Cookie", "[redacted]"),
      Field("X-It's", "a'b"),
    ]
    session.request.body = Array("{\"a\":\"it's\"}".utf8)
    let line = curlLine(Recording(source: "recorded from http://h:1/v1", session: session))
    #expect(
      line == """
        curl -N \\
          'http://h:1/v1/chat/completions' \\
          -H "Authorization: Bearer $DASHSCOPE_API_KEY" \\
          -H 'X-It'\\''s: a'\\''b' \\
          --data-binary '{"a":"it'\\''s"}'
        """)
    session.request.body = [0xFF, 0x00]
    #expect(
      curlLine(Recording(source: "", session: session)).hasPrefix("printf %s /wA= | base64 -d | "))
  }

  @Test func aTimelineMarksTheCuts() {
    var session = Script.all[0].session
    session.body = Array("data: 你好\r\n\r\n: hi\n\ndata: c\n\n".utf8)
    func lines(_ ends: [Int]) -> [String] {
      session.fragments = ends.enumerated().map {
        Session.Fragment(end: $0.element, milliseconds: 10 * $0.offset)
      }
      return timeline(session)
    }
    let edge = String(repeating: " ", count: 20)
    #expect(
      lines([7, 13, 16, 22, 31]) == [
        "    20 ms  @      0 ✂2 message  你好",
        edge + #"✂  data: \xE4┊\xBD\xA0好\r┊\n\r\n"#,
        "    30 ms  @     16    : hi", "    40 ms  @     22    message  c",
      ])
    // A cut between blocks is in none; a fragment may hold many blocks.
    #expect(lines([16, 31]).allSatisfy { !$0.contains("✂") })
    #expect(lines([31]).count == 3)
    // Very many cuts, and long pieces, are shown in part.
    session.body = Array("data: \(String(repeating: "x", count: 990))\n\n".utf8)
    let many = lines(Array(1...998))
    #expect(many.count == 2 && many[0].contains("✂997 "))
    #expect(many[1].hasSuffix("┊… and 972 more cuts"), "\(many[1])")
    #expect(
      lines([500, 998])[1].hasSuffix(
        "x…xxxxxxxxxxxxxxxxxxxxxxxx┊xxxxxxxxxxxxxxxxxxxxxxxx…xxxxxxxxxxxxxxxxxxxx\\n\\n"))
  }

  @Test(.enabled(if: Programs.replay != nil), arguments: ["text", "json", "sse", "curl"])
  func showsEveryFormat(_ format: String) async throws {
    try await withTemporaryFolder { folder in
      let session = Script.all[0].session
      try put(Recording(source: "s", session: session).written(), "a.jsonl", in: folder)
      let show = try ChildProcess(
        try #require(Programs.replay), ["show", "\(folder)/a.jsonl", "--format", format],
        folder: folder)
      #expect(try await show.exitCode() == 0)
      let text = String(decoding: show.output, as: UTF8.self)
      switch format {
      case "sse": #expect(show.output == session.body)
      case "json": #expect(text.hasPrefix(#"{"type":"message","data":"#))
      case "curl": #expect(text.hasPrefix("curl -N") && text.contains("$DASHSCOPE_API_KEY"))
      default: #expect(text.contains("0 ms |") && text.contains("█"))
      }
    }
  }

  @Test(
    .enabled(if: Programs.replay != nil), .enabled(if: Programs.curl != nil, "curl is missing"))
  func strictMockFailsForWhatNobodyAsked() async throws {
    try await withTemporaryFolder { folder in
      for (name, body) in [("a", Self.base), ("b", Self.base.replacing("Hi", with: "Ho"))] {
        var session = Script.all[0].session
        session.request.body = Array(body.utf8)
        try put(Recording(source: "s", session: session).written(), "in/\(name).jsonl", in: folder)
      }
      for (asked, code) in [(["Hi"], 1), (["Hi", "Ho"], 0), (["Hi", "Ho", "Hu"], 1)]
        as [([String], Int32)]
      {
        let mock = try ChildProcess(
          try #require(Programs.replay),
          ["mock", "\(folder)/in", "--strict", "--pacing", "recorded", "--speed", "50"],
          folder: folder)
        defer { mock.kill() }
        let url = try #require(try await mock.firstLine()?.split(separator: " ").last)
        for word in asked {
          let curl = try ChildProcess(
            try #require(Programs.curl),
            [
              "-sN", "\(url)/chat/completions", "-H", "Authorization: Bearer any", "-d",
              Self.base.replacing("Hi", with: word),
            ], folder: folder)
          #expect(try await curl.exitCode() == 0)
          #expect((curl.output == Script.all[0].session.body) == (word != "Hu"))
        }
        mock.terminate()
        #expect(try await mock.exitCode() == code)
        #expect(mock.errors.contains("never asked for: b") == (asked.count == 1))
        #expect(mock.errors.contains(" 599 No recording answers") == (asked.count == 3))
      }
    }
  }
}
