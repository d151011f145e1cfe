// Recordings are compared by bytes: Swift's strings are equal when they are canonically equivalent,
// and a format that normalized text would pass unseen.

import Foundation
import MockQwen
import Testing
import Wire

@testable import Judging
@testable import Recordings

@Suite struct RecordingTests {
  @Test(arguments: Script.all) func roundTripsEveryScript(_ script: Script) throws {
    let recording = Recording(
      source: "synthetic: \(script.name)", captured: "2026-01-02T03:04:05Z",
      session: script.session)
    let bytes = recording.written()
    let back = try Recording.read(bytes, file: "recordings/\(script.name).jsonl")
    let isSame = back == recording && back.written() == bytes
    #expect(isSame)
  }

  /// Fragments whose bytes a text format may change.
  static let hostile: [[UInt8]] = [
    [0x00], [0xEF, 0xBB, 0xBF, 0x61], [0xEF, 0xBB, 0xBF], [0xFF, 0xFE, 0x41], [0xC3], [0xA9],
    [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0x80], [0xC0, 0x80], Array("e\u{301}".utf8),
    Array("\u{E9}\u{212B}\u{1100}\u{1161}".utf8), Array("\u{301}".utf8), Array("\u{200D}".utf8),
    Array("\u{2028}\u{2029}\u{85}\u{B}\u{C}\u{1E}\u{7F}".utf8), Array("\r\n\r\n".utf8),
    Array("\n".utf8), Array("\r".utf8), Array(#"\u4f60 \/ " \\ / <>&"#.utf8),
    Array("\u{FFFE}\u{FFFF}\u{10FFFF}\u{FFFD}".utf8), Array("👨‍👩‍👧‍👦🇭🇰".utf8), Array(0...255),
  ]

  @Test func roundTripsHostileFragmentsByteForByte() throws {
    for fragments in Self.hostile.map({ [$0] }) + [Self.hostile] {
      let session = session(fragments)
      let back = try Recording.read(
        Recording(source: "s", session: session).written(), file: "a/b/hostile.jsonl")
      #expect(back.session.body == fragments.flatMap { $0 })
      #expect(back.session == session)
      #expect(back.digest == hexadecimal(sha256(session.body)))
    }
  }

  @Test func roundTripsHeadsByteForByte() throws {
    var original = session([])
    let odd = "caf\u{E9} e\u{301}\u{85}\u{FF}"
    original.request.body = [0x7B, 0xFF, 0x00]
    original.request.fields = [Field("X-A", odd), Field("x-a", ""), Field("X-A", "2")]
    original.response = ResponseHead(
      version: .http10, status: 299, reason: odd, fields: [Field("B", "/"), Field("A", odd)])
    for (number, ending) in Session.Ending.allCases.enumerated() {
      original.ending = ending
      let side = Recording.Side.allCases[number % 2]
      let recording = Recording(source: odd, captured: nil, session: original, side: side)
      let back = try Recording.read(recording.written(), file: "hostile.jsonl")
      #expect(back == recording)
      #expect(back.session.body.isEmpty && back.session.fragments.isEmpty)
      #expect(Array(back.source.utf8) == Array(odd.utf8))
      #expect(Array(back.session.response.reason.utf8) == Array(odd.utf8))
      #expect(back.session.request.fields["x-a"].map { Array($0.utf8) } == Array(odd.utf8))
    }
  }

  @Test func writesTheDocumentedLines() {
    let recording = Recording(source: "s", session: session([Array("data: x\n\n".utf8), [0xFF]]))
    let head =
      #"{"format":"qwen-replay.recording.v1","framing":"chunked","request":{"#
      + #""fields":[["Accept","a/b"]],"method":"POST","target":"/v1","text":"{}"},"response":{"#
      + #""fields":[["content-type","text/event-stream"]],"reason":"OK","status":200,"#
      + #""version":"HTTP/1.1"},"source":"s"}"#
    let end = #"{"end":"complete","events":1,"sha256":"\#(recording.digest)","side":"upstream"}"#
    let fragments = [#"{"ms":5,"text":"data: x\n\n"}"#, #"{"base64":"/w==","ms":8}"#]
    let lines = [head] + fragments + [end, ""]
    #expect(String(decoding: recording.written(), as: UTF8.self) == lines.joined(separator: "\n"))
  }

  @Test func readsAPlainBodyFileAsAWholeRecording() throws {
    let body = Array("data: {}\n\ndata: [DONE]\n\n".utf8)
    let recording = try Recording.read(body, file: "/tmp/plain.sse")
    let session = recording.session
    #expect(session.name == "plain" && session.body == body && session.ending == .complete)
    #expect(session.fragments == [Session.Fragment(end: body.count, milliseconds: 0)])
    #expect(session.request.method == "POST")
    #expect(session.request.target == "/compatible-mode/v1/chat/completions")
    let request = try JSONDecoder().decode(PlainRequest.self, from: Data(session.request.body))
    #expect(request.model == "qwen-plus" && request.stream && request.messages.count == 1)
    #expect(session.response.status == 200 && session.framing == .chunked)
    #expect(session.response.fields["content-type"] == "text/event-stream;charset=UTF-8")
    #expect(recording.eventCount == 2)
    #expect(try Recording.read([], file: "empty.sse").session.fragments.isEmpty)
  }

  @Test(arguments: [
    ("", 0), ("data", 0), ("data: x\n", 0), ("data: x\n\n", 1), ("data\n\n", 1), ("data:\r\r", 1),
    ("\u{FEFF}data: x\r\n\r\n", 1), ("data: x\n\r", 1), ("data: x\ndata: y\n\n", 1),
    (": c\n\nevent: e\n\nid: 1\n\n", 0), ("data : x\n\n data: x\n\nDATA: x\n\n", 0),
    ("data: x\n\ndata: y\r\rdata: z\r\n\r\n\n\n", 3), ("\u{FEFF}\u{FEFF}data: x\n\n", 0),
  ])
  func countsEventsThatAreDispatched(_ body: String, _ count: Int) throws {
    #expect(try Recording.read(Array(body.utf8), file: "a.sse").eventCount == count)
  }

  @Test func toleratesUnknownKeysAndAMissingLastLineFeed() throws {
    let text = String(decoding: good, as: UTF8.self)
      .replacingOccurrences(of: #"{"ms":5"#, with: #"{"later":{"a":[1]},"ms":5"#)
      .replacingOccurrences(of: #"{"end""#, with: #"{"after":null,"end""#)
      .replacingOccurrences(of: #"{"format""#, with: #"{"captured":null,"extra":2,"format""#)
    let back = try Recording.read(Array(text.utf8.dropLast()), file: "good.jsonl")
    #expect(try back == Recording.read(good, file: "good.jsonl"))
  }

  /// A change to a good file of four lines, the line that the error names and part of its reason.
  static let damages: [(from: String, to: String, line: Int, reason: String)] = [
    (#"{"format""#, #"{"format"#, 1, "not JSON"),
    (#"{"ms":5"#, #"{"ms":5x"#, 2, "not JSON"),
    (#"{"ms":5,"text":"data: x\n\n"}"#, "", 2, "not JSON"),
    (#"{"ms":5,"text":"data: x\n\n"}"#, "[1]", 2, "expected an object"),
    (#"recording.v1"#, #"recording.v2"#, 1, "unknown format version `qwen-replay.recording.v2`"),
    (#""format":"#, #""shape":"#, 1, "no head"),
    (#""method":"POST","#, "", 1, "request.method: missing"),
    (#""status":200"#, #""status":"200""#, 1, "response.status: expected an integer"),
    (#""status":200"#, #""status":99"#, 1, "response.status: expected 100 to 999"),
    (#""HTTP/1.1""#, #""HTTP/3""#, 1, "response.version: unknown word `HTTP/3`"),
    (#""chunked""#, #""chunky""#, 1, "framing: unknown word `chunky`"),
    (#"["Accept","a/b"]"#, #"["Accept"]"#, 1, "request.fields[0]: expected a name and a value"),
    (#"["Accept","a/b"]"#, #"["Accept",4]"#, 1, "request.fields[0][1]: expected a string"),
    (#"[["Accept","a/b"]]"#, #"{"Accept":"a"}"#, 1, "request.fields: expected a list"),
    (#","text":"{}"}"#, "}", 1, "neither request.text nor request.base64"),
    (#""text":"data"#, #""base64":"/w==","text":"data"#, 2, "both text and base64"),
    (#"{"ms":5"#, #"{"ms":"5""#, 2, "ms: expected an integer"),
    (#"{"ms":5,"#, "{", 2, "ms: missing"),
    (#"{"ms":5"#, #"{"ms":-1"#, 2, "ms: -1 comes after 0"),
    (#"{"ms":5"#, #"{"ms":9"#, 3, "ms: 8 comes after 9"),
    (#""data: x\n\n""#, #""""#, 2, "an empty fragment"),
    (#""/w==""#, #""/w=""#, 3, "base64: not valid base64"),
    (#""/w==""#, #""/g==""#, 4, "sha256: the body's is"),
    (#""text":"data"#, #""text":"date"#, 4, "sha256: the body's is"),
    (#""events":1"#, #""events":2"#, 4, "events: the body holds 1, not 2"),
    (#""complete""#, #""done""#, 4, "end: unknown word `done`"),
    (#""upstream""#, #""downstream""#, 4, "side: unknown word `downstream`"),
    (#"{"end":"complete""#, #"{"end":true"#, 4, "end: expected a string"),
    (#""upstream"}"#, #""upstream"}"# + "\n" + #"{"ms":9,"text":"y"}"#, 5, "after the end line"),
    (#""upstream"}"#, #""upstream"}"# + "\n", 5, "after the end line"),
  ]

  @Test(arguments: damages)
  func namesDamage(_ from: String, _ to: String, _ line: Int, _ reason: String) {
    let text = String(decoding: good, as: UTF8.self)
    #expect(text.contains(from))
    let bytes = Array(text.replacingOccurrences(of: from, with: to).utf8)
    let error = error(bytes, file: "d/good.jsonl")
    #expect(error?.line == line)
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "no error")")
    #expect(error?.description == "d/good.jsonl:\(line): \(error?.reason ?? "")")
  }

  @Test func namesAFileThatIsCutShortWhereverItIsCut() {
    let lineEnds = good.indices.filter { good[$0] == 0x0A }
    for count in 0..<good.count - 1 {
      let error = error(Array(good.prefix(count)), file: "good.jsonl")
      let complete = lineEnds.count { $0 <= count }
      let startsLine = count == 0 || lineEnds.contains(count - 1) || lineEnds.contains(count)
      #expect(error?.line == max(1, startsLine ? complete : complete + 1), "cut at \(count)")
    }
    let error = error(Array(good.prefix(lineEnds[2] + 1)), file: "good.jsonl")
    #expect(error?.reason.contains("cut short") == true)
  }

  @Test func namesAnEmptyFileAndAFileOfAnotherKind() {
    #expect(error([], file: "a.jsonl")?.description == "a.jsonl:1: no head: the file is empty")
    let other = error(good, file: "a.json")
    #expect(other?.line == nil)
    #expect(
      other?.description
        == "a.json: neither a .jsonl recording nor a .sse body; replay import reads other files")
    #expect(error([0xFF, 0xFE, 0x0A], file: "a.jsonl")?.line == 1)
  }
}

private struct PlainRequest: Decodable {
  var model: String
  var messages: [[String: String]]
  var stream: Bool
}

/// A good file of four lines: a head, two fragments, the end.
private let good = Recording(
  source: "s", session: session([Array("data: x\n\n".utf8), [0xFF]])
).written()

private func error(_ bytes: [UInt8], file: String) -> RecordingError? {
  do {
    _ = try Recording.read(bytes, file: file)
    return nil
  } catch {
    return error
  }
}

/// A session with these fragments, three milliseconds apart.
private func session(_ fragments: [[UInt8]]) -> Session {
  var session = Session(
    name: "hostile",
    request: Session.Request(
      method: "POST", target: "/v1", fields: [Field("Accept", "a/b")], body: Array("{}".utf8)),
    response: ResponseHead(status: 200, fields: [Field("content-type", "text/event-stream")]),
    framing: .chunked, body: [], fragments: [], ending: .complete)
  for (number, fragment) in fragments.enumerated() {
    session.body += fragment
    session.fragments.append(
      Session.Fragment(end: session.body.count, milliseconds: 5 + 3 * number))
  }
  return session
}
