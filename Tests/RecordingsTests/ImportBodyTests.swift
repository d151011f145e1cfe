// The ways in which tools write bodies down, each in a HAR of one entry: read rightly, or skipped with a
// reason that names what is wrong.

import Foundation
import MockQwen
import Recordings
import Testing

@Suite struct ImportBodyTests {
  /// A HAR whose only answer has this content and these fields; `more` are members of the answer.
  static func archive(
    content: String, fields: String = "", more: String = "", entry: String = ""
  ) -> String {
    #"{"log":{"entries":[{"request":{"method":"POST","url":"https://h/v1/chat/completions","#
      + #""headers":[]},"response":{"status":200,"headers":[{"name":"Content-Type","value":"#
      + #""text/event-stream"}\#(fields)],"content":{\#(content)}\#(more)}\#(entry)}]}}"#
  }

  static func coded(_ coding: String) -> String {
    #",{"name":"Content-Encoding","value":"\#(coding)"}"#
  }

  static let gzip = "H4sIAAAAAAACA0tJLEm0UjDk4koBM6Jd/P1cY7m4AOEtcxYXAAAA"
  static let twoMembers =
    "H4sIAAAAAAACA0tJLEm0UjDk4gIAzs14VAkAAAAfiwgAAAAAAAIDS0ksSbRSiHbx93ON5eICABztyK8OAAAA"
  static let hex =
    "1f8b08000000000002034b492c49b45230e4e24a0133a25dfcfd5c63b9b800e12d731617000000"
  static let binaryAsText =
    #"\u001f\u008b\b\u0000\u0000\u0000\u0000\u0000\u0002\u0003KI,I\u00b4R0\u00e4\u00e2J\u00013"#
    + #"\u00a2]\u00fc\u00fd\\c\u00b9\u00b8\u0000\u00e1-s\u0016\u0017\u0000\u0000\u0000"#

  /// The content, the fields, and the body that it stands for.
  static let read: [(content: String, fields: String, body: String)] = {
    let body = "data: 1\n\ndata: [DONE]\n\n"
    let same: [(String, String)] = [
      (#""text":"ZGF0YTogMQoKZGF0YTogW0RPTkVdCgo","encoding":"base64""#, ""),
      (#""text":"ZGF0YTogMQoKZGF0YTogW0RPTkVdCgo=","encoding":"BASE64","size":23"#, ""),
      (#""text":"646174613a20310a0a646174613a205b444f4e455d0a0a","encoding":"hex""#, ""),
      (#""text":"[\"ZGF0YTogMQoKZA==\",\"YXRhOiBbRE9ORV0KCg==\"]","encoding":"base64""#, ""),
      (#""text":["ZGF0YTogMQoKZA==","YXRhOiBbRE9ORV0KCg=="],"encoding":"base64""#, ""),
      (#""text":"[\"646174613a20310a0a64\",\"6174613a205b444f4e455d0a0a\"]","_isBinary":true"#, ""),
      (#""text":"\#(gzip)","encoding":"base64""#, coded("gzip")),
      (#""text":"\#(gzip)","encoding":"base64""#, coded("x-gzip")),
      (#""text":"\#(gzip)","encoding":"base64""#, ""),
      (#""text":"\#(twoMembers)","encoding":"base64""#, coded("gzip")),
      (#""text":"[\"\#(hex)\"]","_isBinary":true"#, coded("gzip")),
      (#""text":"\#(hex)","_isBinary":true"#, coded("gzip")),
      (#""text":"\#(binaryAsText)""#, coded("gzip")),
      (#""text":"eJxLSSxJtFIw5OJKATOiXfz9XGO5uABPRwYg","encoding":"base64""#, coded("deflate")),
      (#""text":"S0ksSbRSMOTiSgEzol38/VxjubgA","encoding":"base64""#, coded("deflate")),
      (#""text":"data: 1\n\ndata: [DONE]\n\n","size":51"#, coded("br")),
      (#""text":"data: 1\n\ndata: [DONE]\n\n","size":-1"#, ""),
      (#""text":"data: 1\n\ndata: [DONE]\n\n""#, #",{"name":"Content-Length","value":23}"#),
    ]
    return same.map { ($0.0, $0.1, body) } + [
      (#""text":"ZGF0YTogfn5-Pz8_Pj4-Cgo=","encoding":"base64""#, "", "data: ~~~???>>>\n\n"),
      (
        #""text":"9\r\ndata: 1\n\n\r\n0\r\n\r\n""#,
        #",{"name":"Transfer-Encoding","value":"chunked"}"#, "data: 1\n\n"
      ),
      // A size in bytes and a character for each: UTF-8 that was read as Latin-1.
      (#""text":"data: \u00e4\u00bd\u00a0\n\n","size":11"#, "", "data: 你\n\n"),
      (#""text":"data: 你\n\n","size":9"#, "", "data: 你\n\n"),
    ]
  }()

  @Test(arguments: read)
  func readsWhatTheBodyIs(_ content: String, _ fields: String, _ body: String) throws {
    let bytes = Array(Self.archive(content: content, fields: fields).utf8)
    let imported = try ImportFixtureTests.imported(bytes, "a.har")
    #expect(imported.skipped == [])
    let recording = try #require(imported.recordings.first)
    #expect(String(decoding: recording.session.body, as: UTF8.self) == body)
    #expect(garbage(in: recording, imported) == nil)
  }

  static let refused: [(content: String, fields: String, reason: String)] = [
    (#""text":"iwuAZGF0YTogMQoKA/8","encoding":"base64""#, coded("br"), "'br'"),
    (#""text":"KLUv/SAX","encoding":"base64""#, "", "'zstd'"),
    (#""text":"KLUv/SAX","encoding":"base64""#, coded("zstd"), "'zstd'"),
    (#""text":"\#(gzip.dropLast(8))","encoding":"base64""#, coded("gzip"), "ends early"),
    (#""text":"H4sIAAAA/////w","encoding":"base64""#, coded("gzip"), "gzip"),
    (#""text":"\u001f\ufffd\b\u0000KI,I""#, coded("gzip"), "should be gzip"),
    (#""text":"\#(gzip)""#, coded("gzip"), "looks like base64"),
    (#""text":"\#(gzip)""#, "", "looks like base64"),
    (#""text":"\#(hex)""#, "", "looks like base64"),
    (#""text":"[\"\#(gzip)\"]""#, "", "looks like base64"),
    (#""text":"[\"\#(gzip)\"]""#, coded("gzip"), "looks like base64"),
    (#""text":"ZGF0YTog*","encoding":"base64""#, "", "not base64 at character 9"),
    (#""text":"ZGF0YTogM","encoding":"base64""#, "", "ends too early"),
    (#""text":"64617","encoding":"hex""#, "", "half a byte"),
    (#""text":"data: 1\n\n","encoding":"rot13""#, "", "'rot13'"),
    (#""text":"data: 1\n\n","size":200"#, "", "not whole: 200 bytes"),
    (
      #""text":"data: 1\n\n""#, #",{"name":"content-length","value":"200"}"#,
      "Content-Length is 200"
    ),
    (#""size":12"#, "", "missing: 12 bytes"), ("", "", "missing"),
    (#""text":"","size":12"#, "", "missing: 12 bytes"),
    ("", #",{"name":"content-length","value":"20"}"#, "missing: 20 bytes"),
    (#""text":"HTTP/1.1 200 OK\nA: b\n\n""#, "", "there is a head where the body should begin"),
    (#""text":"data: \ud800\n\n""#, "", "surrogate"),
    (#""text":"x: 1\nHTTP/1.1 200 OK\nA: b\n\ndata: 1\n\n""#, "", "a head in the middle"),
  ]

  @Test(arguments: refused)
  func skipsWhatItCannotRead(_ content: String, _ fields: String, _ reason: String) throws {
    let bytes = Array(Self.archive(content: content, fields: fields).utf8)
    let imported = try ImportFixtureTests.imported(bytes, "a.har")
    #expect(imported.recordings == [])
    #expect(imported.skipped.count == 1)
    #expect(imported.skipped[0].reason.contains(reason), "\(imported.skipped[0].reason)")
  }

  /// A picture that the file holds as text is lost; in base64 it must say so.
  @Test(arguments: [
    (#""text":"\ufffdPNG""#, "has lost its bytes"),
    (#""text":"iVBORw0KGgoAAAANSUhEUg==""#, "looks like base64"),
    (#""text":"iVBORw0KGgoAAAANSUhEUg==","encoding":"base64""#, nil),
  ]) func readsPictures(_ content: String, _ reason: String?) throws {
    let text = Self.archive(content: content).replacing("text/event-stream", with: "image/png")
    let imported = try ImportFixtureTests.imported(Array(text.utf8), "a.har")
    #expect(imported.skipped.first?.reason.contains(reason ?? "") == (reason == nil ? nil : true))
  }

  /// Requests whose body or URL is not in the file as it was sent, and the words about it.
  @Test(arguments: [
    (#""url":"blob:https://h/a""#, "never asked for over HTTP", 0),
    (#""url":"data:text/plain,x""#, "never asked for over HTTP", 0),
    (#""url":"/v1/x","bodySize":9"#, "had a body of 9 bytes", 1),
    (
      #""url":"/v1/x","postData":{"mimeType":"multipart/form-data; boundary=x","params":"#
        + #"[{"name":"f","fileName":"a.wav"}]}"#, "lacks what was uploaded", 1
    ),
    (
      #""url":"/v1/x","headers":[{"name":"A B","value":"c"}]"#, "the field A B cannot be kept", 1
    ),
  ]) func tellsWhatARequestHasLost(_ request: String, _ words: String, _ count: Int) throws {
    let text =
      #"{"log":{"entries":[{"request":{"method":"POST",\#(request)},"response":{"status":200,"#
      + #""headers":[],"content":{"mimeType":"application/json","text":"{}"}}}]}}"#
    let imported = try ImportFixtureTests.imported(Array(text.utf8), "a.har")
    #expect(imported.recordings.count == count)
    let told = imported.notes + imported.skipped.map(\.reason)
    #expect(told.contains { $0.contains(words) }, "\(told)")
  }

  @Test(arguments: [
    (#""text":"data: \ufffd\n\n""#, "", "U+FFFD"),
    (#""text":"data: é\n\n""#, "; charset=GBK", "says gbk"),
    (#""text":"data: é\n\n""#, "; charset=utf-8", nil),
  ]) func warnsOfChangedCharacters(_ content: String, _ type: String, _ words: String?) throws {
    let text = Self.archive(content: content).replacing(
      "text/event-stream", with: "text/event-stream" + type)
    let imported = try ImportFixtureTests.imported(Array(text.utf8), "a.har")
    #expect(imported.recordings.count == 1)
    #expect(imported.notes.first?.contains(words ?? "") == (words == nil ? nil : true))
  }

  @Test func putsAFormTogether() throws {
    let text =
      #"{"log":{"entries":[{"request":{"method":"POST","url":"/v1/x","postData":{"mimeType":"#
      + #""multipart/form-data; boundary=x","params":[{"name":"a","value":"b"}]}},"response":"#
      + #"{"status":200,"headers":[],"content":{"mimeType":"application/json","text":"{}"}}}]}}"#
    let imported = try ImportFixtureTests.imported(Array(text.utf8), "a.har")
    let body = try #require(imported.recordings.first).session.request.body
    let form = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n"
    #expect(String(decoding: body, as: UTF8.self) == form)
  }

  static let ends: [(more: String, entry: String, end: String)] = [
    (#","_error":"net::ERR_CONNECTION_RESET""#, "", "reset upstream"),
    ("", #","_error":"net::ERR_INCOMPLETE_CHUNKED_ENCODING""#, "truncated upstream"),
    (#","_failureText":"net::ERR_ABORTED""#, "", "truncated client"),
    (#","_error":"net::ERR_TIMED_OUT""#, "", "timeout client"),
    (#","_error":"NS_ERROR_NET_PARTIAL_TRANSFER""#, "", "truncated upstream"),
    (#","_error":null"#, "", "complete upstream"), (#","_error":"""#, "", "complete upstream"),
  ]

  @Test(arguments: ends)
  func endsAsItEnded(_ more: String, _ entry: String, _ end: String) throws {
    let text = Self.archive(
      content: #""text":"data: 1\n\ndata: {""#, more: more, entry: entry)
    let recording = try #require(
      try ImportFixtureTests.imported(Array(text.utf8), "a.har").recordings.first)
    #expect("\(recording.session.ending.rawValue) \(recording.side.rawValue)" == end)
  }

  @Test func warnsOfAStreamWithoutEvents() throws {
    let text = Self.archive(content: #""text":"{\"error\":{\"code\":\"x\"}}""#)
    let imported = try ImportFixtureTests.imported(Array(text.utf8), "a.har")
    #expect(imported.notes.count == 1)
    let recording = try #require(imported.recordings.first)
    var lint = Lint()
    let problems = lint.findings(in: recording, file: "f.jsonl").map(\.problem)
    #expect(problems == ["no event in it, though its type is text/event-stream"])
  }
}
