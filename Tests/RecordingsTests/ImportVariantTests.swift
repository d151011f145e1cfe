// Pastes, traces, cassettes and fixtures in the variants that tools and their versions write.

import Foundation
import MockQwen
import Recordings
import Terminal
import Testing

@Suite struct ImportVariantTests {
  static let body = "data: 1\n\ndata: [DONE]\n\n"
  static let head = "HTTP/1.1 200 OK\ncontent-type: text/event-stream\n"
  static let chunked = "transfer-encoding: chunked\n"
  static let cassette = """
    interactions:
    - request: {method: POST, uri: 'https://h/v1/chat/completions', body: null, headers: {}}
      response:
        status: {code: 200, message: OK}
        headers:
          content-type: [text/event-stream]
          content-encoding:
          - gzip
        body:
          string: !!binary |
            H4sIAAAAAAACA0tJLEm0UjDk4koBM6Jd/P1cY7m4AOEtcxYXAAAA

    """

  /// A name, the file, and how each recording ends with how many bytes.
  static let cases: [(name: String, text: String, found: [String])] = [
    ("-i", head + "\n" + body, ["complete 23"]),
    ("-i, decoded", head + chunked + "\n" + body, ["complete 23"]),
    ("-i --raw", head + chunked + "\n9\ndata: 1\n\n\ne\ndata: [DONE]\n\n\n0\n\n", ["complete 23"]),
    (
      "-i --raw, CR LF",
      (head + chunked + "\n").replacing("\n", with: "\r\n")
        + "9\r\ndata: 1\n\n\r\ne;a=b\r\ndata: [DONE]\n\n\r\n0\r\n\r\n", ["complete 23"]
    ),
    ("-i --raw, cut", head + chunked + "\n9\ndata: 1\n\n\ne\ndata: [DO", ["truncated 18"]),
    (
      "-i, 100",
      "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: a\n\n" + head + "\n" + body,
      ["complete 23"]
    ),
    (
      "-i -L",
      "HTTP/2 307 \nlocation: /b\ncontent-length: 0\n\nHTTP/2 200 \n"
        + "content-type: text/event-stream\n\n" + body, ["complete 0", "complete 23"]
    ),
    ("-i, behind a prompt", "$ curl -i h\n" + head + "\n" + body + "\n$ \n", ["complete 24"]),
    (
      "-i, behind a meter", "  % Total    % Received\n  0     0\n" + head + "\n" + body,
      ["complete 23"]
    ),
    (
      "-i, in bold",
      "\u{1B}[1mHTTP/1.1\u{1B}[0m 200 OK\n\u{1B}[1mContent-Type\u{1B}[0m: text/event-stream\n\n"
        + body, ["complete 23"]
    ),
    (
      "-i, through a tunnel", "HTTP/1.1 200 Connection established\n\n" + head + "\n" + body,
      ["complete 23"]
    ),
    (
      "-i, two", head + "content-length: 23\n\n" + body + head + "\n" + body,
      ["complete 23", "complete 23"]
    ),
    (
      "-i, error", head + chunked + "\ndata: 1\n\ndata: \ncurl: (18) transfer closed",
      ["truncated 16"]
    ),
    (
      "-i, reset", head + "\ndata: 1\n\ncurl: (56) Recv failure: Connection reset by peer",
      ["reset 9"]
    ),
    (
      "-v",
      "* Connected to h\n> POST /x HTTP/1.1\n> Host: h\n>\n} [2 bytes data]\n< "
        + head.replacing("\n", with: "\n< ") + "\n{ [23 bytes data]\n" + body
        + "* Connection #0 to host h left intact\n", ["complete 23"]
    ),
    (
      "-v, glued",
      "> POST /x HTTP/1.1\n> Host: h\n> \n< HTTP/1.1 200 OK\n< "
        + "Content-Type: application/json\n< Content-Length: 8\n< \n{\"a\": 1}* Connection #0 to host h "
        + "left intact\n", ["complete 8"]
    ),
    (
      "-v -i",
      "> GET /x HTTP/2\n> Host: h\n> \n< HTTP/2 200 \n< content-type: text/event-stream\n< \n"
        + "HTTP/2 200 \ncontent-type: text/event-stream\n\n" + body, ["complete 23"]
    ),
    (
      "-v, timeout",
      "> POST /x HTTP/1.1\n> Host: h\n> \n< HTTP/1.1 200 OK\n< "
        + "content-type: text/event-stream\n< \ndata: 1\n\n* Operation timed out after 1000 "
        + "milliseconds with 9 bytes received\n", ["timeout 9"]
    ),
    ("vcrpy, binary", cassette, ["complete 23"]),
    (
      "vcrpy, httpx",
      "interactions:\n- request:\n    method: GET\n    uri: https://h/\n    body: ''\n"
        + "  response:\n    content: \"data: 1\\n\\ndata: \\\n      [DONE]\\n\\n\"\n"
        + "    headers:\n      content-type:\n      - text/event-stream\n    http_version: HTTP/1.1\n"
        + "    status_code: 200\nversion: 1\n", ["complete 23"]
    ),
    (
      "go-vcr",
      "---\nversion: 2\ninteractions:\n  - id: 0\n    request:\n      url: https://h/\n"
        + "      method: POST\n      body: '{}'\n    response:\n      proto: HTTP/2.0\n      body: |+\n"
        + "        data: 1\n\n        data: [DONE]\n\n      headers:\n        Content-Type:\n"
        + "          - text/event-stream\n      status: 200 OK\n      code: 200\n", ["complete 23"]
    ),
    (
      "VCR in Ruby",
      "---\nhttp_interactions:\n- request:\n    method: post\n    uri: http://h/\n"
        + "    body:\n      encoding: UTF-8\n      string: \"{}\"\n    headers: {}\n  response:\n"
        + "    status:\n      code: 200\n      message: OK\n    headers:\n      Content-Type:\n"
        + "      - text/event-stream\n    body:\n      encoding: ASCII-8BIT\n      string: !binary |-\n"
        + "        ZGF0YTogMQoKZGF0YTogW0RPTkVdCgo=\n  recorded_at: Fri, 02 Jan 2026 03:04:05 GMT\n"
        + "recorded_with: VCR 6.0.0\n", ["complete 23"]
    ),
    (
      "nock, coded",
      #"[{"scope":"https://h:443","method":"POST","path":"/x","body":"","status":200,"#
        + #""response":["\#(ImportBodyTests.hex)"],"rawHeaders":["Content-Type","text/event-stream","#
        + #""Content-Encoding","gzip"]}]"#, ["complete 23"]
    ),
    (
      "nock, JSON",
      #"[{"scope":"https://h:443","method":"POST","path":"/x","body":{},"status":400,"#
        + #""response":{"b": 1, "a":[true,null,"é\n"]},"rawHeaders":{"content-type":"#
        + #""application/json"}}]"#, ["complete 30"]
    ),
    (
      "WireMock",
      #"{"mappings":[{"request":{"method":"POST","urlPath":"/x"},"response":{"status":200,"#
        + #""base64Body":"ZGF0YTogMQoKZGF0YTogW0RPTkVdCgo=","headers":{"Content-Type":"#
        + #""text/event-stream"}}}]}"#, ["complete 23"]
    ),
    // Some versions of curl do not show the blank line behind an interim answer.
    (
      "trace, 100",
      """
      => Send header, 38 bytes (0x26)
      0000: POST /v1/chat/completions HTTP/1.1
      0024:\u{20}
      <= Recv header, 23 bytes (0x17)
      0000: HTTP/1.1 100 Continue
      => Send data, 2 bytes (0x2)
      0000: {}
      <= Recv header, 17 bytes (0x11)
      0000: HTTP/1.1 200 OK
      <= Recv header, 33 bytes (0x21)
      0000: Content-Type: text/event-stream
      <= Recv header, 20 bytes (0x14)
      0000: Content-Length: 23
      <= Recv header, 2 bytes (0x2)
      0000:\u{20}
      <= Recv data, 23 bytes (0x17)
      0000: data: 1..data: [DONE]..

      """, ["complete 23"]
    ),
    ("NDJSON", "{\"a\":1}\r\n{\"a\":2}\r\n", ["complete 18"]),
    ("JSON", "{\n  \"a\": [1, 2]\n}\n", ["complete 18"]),
  ]

  @Test(arguments: cases)
  func reads(_ name: String, _ text: String, _ found: [String]) throws {
    let imported = try ImportFixtureTests.imported(Array(text.utf8), "x.txt")
    #expect(imported.skipped == [])
    let ends = imported.recordings.map { "\($0.session.ending.rawValue) \($0.session.body.count)" }
    #expect(ends == found, "\(name)")
    for recording in imported.recordings {
      #expect(garbage(in: recording, imported) == nil)
      #expect(!String(decoding: recording.session.body, as: UTF8.self).contains("HTTP/"))
      #expect(try Recording.read(recording.written(), file: "n.jsonl").digest == recording.digest)
    }
  }

  /// Files of which nothing is taken, and why.
  @Test(arguments: [
    (#"{"log":{"version":"1.2"}}"#, "log.entries is not a list"),
    (#"{"log":{"version":"1.2","creator":{},"entries":[]}}"#, "no answer of a model"),
  ]) func refusesBrokenArchives(_ text: String, _ reason: String) throws {
    let bytes = Array(text.utf8)
    let kind = try #require(ImportKind(of: bytes, file: "a.har"))
    let error = #expect(throws: UsageError.self) {
      try importedSessions(bytes, file: "a.har", kind: kind, name: "n")
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  /// What is not ASCII is lost in such a trace, and a coded body with it.
  @Test func refusesCodedBodiesInASCII() throws {
    let text = """
      => Send header, 38 bytes (0x26)
      0000: POST /v1/chat/completions HTTP/1.1
      0024:\u{20}
      <= Recv header, 17 bytes (0x11)
      0000: HTTP/1.1 200 OK
      <= Recv header, 24 bytes (0x18)
      0000: Content-Encoding: gzip
      <= Recv header, 2 bytes (0x2)
      0000:\u{20}
      <= Recv data, 8 bytes (0x8)
      0000: ........

      """
    let imported = try ImportFixtureTests.imported(Array(text.utf8), "x.txt")
    #expect(imported.recordings.isEmpty && imported.skipped.count == 1)
    #expect(imported.skipped.first?.reason.contains("--trace-ascii has lost its bytes") == true)
  }

  /// Files that are known and not read, and the words that say so.
  static let unread: [(text: String, words: String)] = [
    ("PK\u{3}\u{4}x", "zip archive"), (#"{"info":{},"item":[]}"#, "Postman"),
    (#"{"_type":"export","resources":[]}"#, "Insomnia"), ("9:version;2:20;,", "nothing"),
    (#"[{"scheme":"https","host":"h","request":{"header":{}}}]"#, "Charles"),
    (#"{"data":{"pairs":[]},"meta":{}}"#, "Hoverfly"),
    (#"[{"host":"h","request":{"header":{}},"response":{"body":{"text":"{}"}}}]"#, "Charles"),
    (#"{"imposters":[]}"#, "Mountebank"), (#"{"resourceSpans":[]}"#, "OpenTelemetry"),
    (#"{"consumer":{},"provider":{},"interactions":[]}"#, "Pact"),
    ("{\"custom_id\":\"a\",\"response\":{}}\n{\"custom_id\":\"b\",\"response\":{}}\n", "batch"),
    ("PK\u{3}\u{4}x\ndata: 1\n\n", "zip archive"), ("9:9:websocket;\ndata: 1\n\n", "mitmproxy"),
    ("a log\ndata: 1\n\n", "nothing"),
    (#"{"format":"qwen-replay.recording.v1"}"#, "a recording already"),
  ]

  @Test(arguments: unread)
  func namesWhatItDoesNotRead(_ text: String, _ words: String) {
    #expect(ImportKind(of: Array(text.utf8), file: "x") == nil)
    let name = foreignName(Array(text.utf8)) ?? "nothing"
    #expect(name.contains(words))
  }

  /// YAML that is not read is refused with its line.
  static let refusedYAML: [(String, String)] = [
    (
      "interactions:\n- request: !!python/object:x {}\n",
      "YAML that is not read here: the tag"
    ),
    ("interactions:\n- request: *nothing\n", "an alias without an anchor"),
    ("interactions:\n- 'a\n", "does not end"), ("interactions:\n- [a, b\n", "does not end"),
    ("interactions:\n- a: \"\\q\"\n", "the escape"),
    ("interactions:\n- a: 1\n    b: 2\n", "a key inside"),
    ("interactions:\n- ? a\n", "a key on a line of its own"), ("interactions: 1\n", "not a list"),
    ("interactions:\n" + String(repeating: "- ", count: 300) + "a\n", "nested too deeply"),
    ("interactions:\n- " + String(repeating: "[", count: 300) + "\n", "nested too deeply"),
  ]

  @Test(arguments: refusedYAML)
  func refusesOtherYAML(_ text: String, _ reason: String) {
    let error = #expect(throws: UsageError.self) {
      try importedSessions(Array(text.utf8), file: "a.yaml", kind: .vcr, name: "n")
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }
}
