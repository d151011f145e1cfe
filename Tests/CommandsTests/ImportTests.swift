// Files of other tools, and what becomes of them.

import Foundation
import MockQwen
import TestSupport
import Testing
import Wire

@testable import Recordings

@Suite struct ImportTests {
  static let har = #"""
    {"log":{"version":"1.2","entries":[
     {"startedDateTime":"2026-01-02T03:04:05.000Z","time":9,
      "request":{"method":"POST","url":"https://h/v1/chat/completions?a=b","headers":[
       {"name":":authority","value":"h"},{"name":"Accept","value":"text/event-stream"}],
       "postData":{"mimeType":"application/json","text":"{\"model\":\"m\"}"}},
      "response":{"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","headers":[
       {"name":"Content-Type","value":"text/event-stream"},{"name":"Content-Encoding","value":"br"}],
       "content":{"mimeType":"text/event-stream","text":"data: 1\n\ndata: é\n\n"}TIMES},
      "timings":{"wait":20}EVENTS},
     {"request":{"method":"GET","url":"https://h/a.png","headers":[]},
      "response":{"status":200,"headers":[],"content":{"mimeType":"image/png"}}}]}}
    """#
  static let body = "data: 1\n\ndata: é\n\n"

  static func archive(_ times: String = "", _ events: String = "") -> String {
    har.replacing("TIMES", with: times).replacing("EVENTS", with: events)
  }

  static let trace = """
    12:00:00.100000 == Info: Connected to h
    12:00:00.200000 => Send header, 51 bytes (0x33)
    0000: POST /v1/chat/completions HTTP/1.1
    0024: Accept: */*
    0031: 
    12:00:00.250000 => Send data, 2 bytes (0x2)
    0000: {}
    12:00:00.300000 <= Recv header, 17 bytes (0x11)
    0000: HTTP/1.1 200 OK
    12:00:00.300000 <= Recv header, 28 bytes (0x1c)
    0000: Transfer-Encoding: chunked
    12:00:00.300000 <= Recv header, 2 bytes (0x2)
    0000: 
    12:00:00.350000 <= Recv data, 16 bytes (0x10)
    0000: b
    0003: data: {"a".
    000e: 
    12:00:00.450000 <= Recv data, 7 bytes (0x7)
    0000: 2
    0003: ..
    0005: 
    12:00:00.460000 <= Recv data, 5 bytes (0x5)
    0000: 0
    0003: 
    """

  /// A file, its kind, the body, the borders with their times, and the request.
  static let cases:
    [(file: String, text: String, kind: ImportKind, body: String, cuts: [[Int]], request: String)] =
      [
        (
          "a.sse", body, .sse, body, [[19, 0]], "POST /compatible-mode/v1/chat/completions"
        ),
        (
          "a.txt", body, .sse, body, [[19, 0]], "POST /compatible-mode/v1/chat/completions"
        ),
        (
          "a.jsonl", "{\"a\":1}\r\n{\"b\":\"é\"}\n\n[DONE]", .lines,
          "data: {\"a\":1}\n\ndata: {\"b\":\"é\"}\n\ndata: [DONE]\n\n",
          [[15, 0], [33, 0], [47, 0]],
          "POST /compatible-mode/v1/chat/completions"
        ),
        ("a.har", archive(), .har, body, [[19, 0]], "POST /v1/chat/completions?a=b"),
        (
          "a.har", archive(#","_chunks":[{"ts":5,"bytes":4},{"ts":7.4,"bytes":9}]"#), .har, body,
          [[4, 20], [13, 22], [19, 22]], "POST /v1/chat/completions?a=b"
        ),
        (
          "a.har",
          archive(
            "",
            #","_eventSourceMessages":[{"time":1767323045.5,"data":"x\ny","eventName":"message"},"#
              + #"{"time":1767323046,"data":"z","eventName":"e","eventId":"7"}]"#
          ).replacing(#","text":"data: 1\n\ndata: é\n\n""#, with: ""), .har,
          "data: x\ndata: y\n\nid: 7\nevent: e\ndata: z\n\n", [[17, 500], [41, 1000]],
          "POST /v1/chat/completions?a=b"
        ),
        (
          "a.json",
          #"{"http_interactions":[{"request":{"method":"post","uri":"http://h/v1/x","body":"#
            + #"{"encoding":"UTF-8","string":"{}"},"headers":{"Accept":["a/b"]}},"response":"#
            + #"{"status":{"code":200,"message":"OK"},"headers":{"Content-Type":["text/event-stream"]},"#
            + #""body":{"encoding":"ASCII-8BIT","base64_string":"ZGF0YTogMQoK"}},"#
            + #""recorded_at":"Fri, 02 Jan 2026 03:04:05 GMT"}],"recorded_with":"VCR 6"}"#, .vcr,
          "data: 1\n\n", [[9, 0]], "POST /v1/x"
        ),
        (
          "a.json",
          #"{"version":1,"interactions":[{"request":{"method":"GET","uri":"http://h","body":null,"#
            + #""headers":{"Accept":"a/b"}},"response":{"status":{"code":200,"message":"OK"},"#
            + #""headers":{"content-length":"3"},"body":{"string":"data: 1\n\n"}}}]}"#, .vcr,
          "data: 1\n\n", [[9, 0]], "GET /"
        ),
        (
          "t.txt", trace, .trace, "data: {\"a\".\n\n", [[11, 100], [13, 200]],
          "POST /v1/chat/completions"
        ),
      ]

  @Test(arguments: cases)
  func imports(
    _ file: String, _ text: String, _ kind: ImportKind, _ body: String, _ cuts: [[Int]],
    _ request: String
  ) throws {
    let bytes = Array(text.utf8)
    #expect(ImportKind(of: bytes, file: file) == kind)
    let recordings = try importedSessions(bytes, file: file, kind: kind, name: "n").recordings
    #expect(recordings.count == 1)
    let recording = try #require(recordings.first)
    let session = recording.session
    #expect(String(decoding: session.body, as: UTF8.self) == body)
    #expect(session.fragments.map { [$0.end, $0.milliseconds] } == cuts)
    #expect("\(session.request.method) \(session.request.target)" == request)
    #expect(session.ending == .complete)
    #expect(recording.source.hasPrefix("imported from \(file) ("))
    #expect(session.response.fields["Content-Encoding"] == nil)
    let again = try Recording.read(recording.written(), file: "n.jsonl").session
    #expect(again.body == session.body && again.fragments == session.fragments)
  }

  static let foreign = [
    "", "hello", "[1,2]", "{\"format\":\"qwen-replay.recording.v1\"}\n", "\u{0}",
  ]

  @Test(arguments: foreign)
  func knowsWhatItIsNot(_ text: String) {
    #expect(ImportKind(of: Array(text.utf8), file: "x.txt") == nil)
  }

  @Test(.enabled(if: Programs.curl != nil, "curl is not installed"))
  func tracesOfCurlComeBackByteForByte() async throws {
    try await withTemporaryFolder { folder in
      let replay = try #require(Programs.replay)
      let mock = try ChildProcess(replay, ["mock", "--pacing", "10ms"], folder: folder)
      defer { mock.kill() }
      let url = try #require(try await mock.firstLine()?.split(separator: " ").last)
      for (name, option) in [
        ("chat-chinese-emoji", "--trace"), ("chat-english", "--trace-ascii"),
        ("truncated", "--trace"), ("content-length", "--trace"),
      ] {
        let script = try #require(Script.all.first { $0.name == name })
        let curl = try ChildProcess(
          try #require(Programs.curl),
          [
            "-sN", "--max-time", "\(patienceMax)", option, "\(folder)/trace", "--trace-time",
            "\(url)/chat/completions", "-H", "Authorization: Bearer any", "-H",
            "X-Replay-Recording: \(name)", "-d",
            #"{"model":"qwen-plus","messages":[],"stream":true}"#,
          ], folder: folder)
        _ = try await curl.exitCode()
        let bytes = Array(FileManager.default.contents(atPath: "\(folder)/trace") ?? Data())
        #expect(ImportKind(of: bytes, file: "trace") == .trace)
        let session = try #require(
          try importedSessions(bytes, file: "trace", kind: .trace, name: "n").recordings.first
        ).session
        #expect(session.body == script.session.body, "\(name)")
        #expect(session.ending == script.session.ending, "\(name)")
        #expect(session.response.fields["content-type"] != nil)
        #expect(session.fragments.count > 1)
        try FileManager.default.removeItem(atPath: "\(folder)/trace")
      }
    }
  }
}
