// Files of other tools as people have them, each with what must become of it.

import Foundation
import MockQwen
import Recordings
import TestSupport
import Testing
import Wire

/// What becomes of a file.
struct ImportExpectation: Sendable, CustomTestStringConvertible {
  var file: String
  /// A word for each recording: its ending, its number of events and of bytes.
  var recordings: [String]
  /// A piece of the reason for each entry that is skipped.
  var skipped: [String] = []

  var testDescription: String { file }

  func check(_ imported: Imported) {
    let found = imported.recordings.map {
      "\($0.session.ending.rawValue) \($0.eventCount) \($0.session.body.count)"
    }
    #expect(found == recordings)
    #expect(imported.skipped.count == skipped.count, "\(imported.skipped)")
    for (entry, piece) in zip(imported.skipped, skipped) {
      #expect(entry.reason.contains(piece), "\(entry.reason)")
    }
    for recording in imported.recordings { #expect(garbage(in: recording, imported) == nil) }
  }
}

/// Why an imported recording is not what it says; nil for a good one. This is the test's own reading of
/// what "garbage" is: the head and the body say different things.
func garbage(in recording: Recording, _ imported: Imported) -> String? {
  let session = recording.session
  let fields = session.response.fields
  guard fields["Content-Encoding"] == nil else { return "a coding is named" }
  if let length = fields["Content-Length"] {
    let isRight =
      session.ending == .complete
      ? Int(length) == session.body.count : (Int(length) ?? 0) > session.body.count
    guard isRight || session.request.method == "HEAD" else { return "length \(length)" }
  }
  let isStream = fields["Content-Type"]?.lowercased().contains("text/event-stream") ?? false
  guard isStream, session.ending == .complete, !session.body.isEmpty else { return nil }
  let isWarned = imported.notes.contains { $0.contains("without an event") }
  let text = String(validating: session.body, as: UTF8.self)
  let hasMark = session.body.starts(with: [0xEF, 0xBB, 0xBF])
  let lines = String(decoding: session.body.dropFirst(hasMark ? 3 : 0), as: UTF8.self)
    .split(whereSeparator: \.isNewline)
  let hasEvent = lines.contains { $0.hasPrefix("data") }
  guard hasEvent || isWarned else { return "no event, and no word about it" }
  return text == nil && !hasEvent ? "no text" : nil
}

@Suite struct ImportFixtureTests {
  static func stream(_ files: String...) -> [ImportExpectation] {
    files.map { ImportExpectation(file: $0, recordings: ["complete 3 327"]) }
  }

  static let archives: [ImportExpectation] =
    stream(
      "a-plain.har", "b-base64.har", "c-base64-wrapped.har", "d-polly-array.har",
      "f-gzip-base64.har", "m-status-string.har", "n-h2.har", "r-chunks.har", "v1-vcrpy.json",
      "v3-ruby-gzip.json", "x1-nock.json", "y1-curl-i.txt", "y2-curl-v.txt") + [
      ImportExpectation(file: "g-notext.har", recordings: [], skipped: ["missing: 327 bytes"]),
      ImportExpectation(file: "g2-file.har", recordings: [], skipped: ["another file (abc.sse)"]),
      ImportExpectation(file: "h-aborted.har", recordings: ["truncated 0 120"]),
      ImportExpectation(
        file: "i2-header-novalue.har", recordings: ["complete 3 327"], skipped: ["X has no value"]),
      ImportExpectation(
        file: "i3-status-null.har", recordings: ["complete 3 327"], skipped: ["no status"]),
      ImportExpectation(
        file: "i6-nullresponse.har", recordings: ["complete 3 327"], skipped: ["no answer"]),
      ImportExpectation(file: "k-lone-surrogate.har", recordings: [], skipped: ["surrogate"]),
      ImportExpectation(file: "l-both.har", recordings: ["complete 3 335"]),
      ImportExpectation(file: "v6-vcrpy.yaml", recordings: ["complete 2 62"]),
      ImportExpectation(file: "z1-ndjson.har", recordings: ["complete 0 154"]),
      ImportExpectation(file: "z2-ollama.jsonl", recordings: ["complete 0 154"]),
      ImportExpectation(file: "z4-single.json", recordings: ["complete 0 51"]),
      ImportExpectation(file: "z6-bom.sse", recordings: ["complete 3 330"]),
    ]

  static let traces: [ImportExpectation] = [
    ImportExpectation(file: "a-cut.txt", recordings: ["truncated 1 93"]),
    ImportExpectation(file: "a-ok.txt", recordings: ["complete 3 162"]),
    ImportExpectation(file: "h2-ok.txt", recordings: ["complete 2 75"]),
    ImportExpectation(file: "ids-ok.txt", recordings: ["complete 3 162"]),
    ImportExpectation(file: "new-cut.txt", recordings: ["truncated 1 113"]),
    ImportExpectation(file: "new-ok.txt", recordings: ["complete 2 75"]),
    ImportExpectation(file: "new-rst.txt", recordings: ["reset 1 113"]),
    ImportExpectation(file: "t-cut.txt", recordings: ["truncated 1 93"]),
    ImportExpectation(file: "t-ok.txt", recordings: ["complete 3 162"]),
    ImportExpectation(file: "t-stall.txt", recordings: ["timeout 1 63"]),
  ]

  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try #require(FileManager.default.contents(atPath: Fixtures.folder + "/" + path)))
  }

  static func imported(_ bytes: [UInt8], _ file: String) throws -> Imported {
    let kind = try #require(ImportKind(of: bytes, file: file))
    return try importedSessions(bytes, file: file, kind: kind, name: "n")
  }

  @Test(arguments: archives)
  func importsOtherToolsFiles(_ one: ImportExpectation) throws {
    one.check(try Self.imported(try Self.bytes("import/" + one.file), one.file))
  }

  @Test(arguments: traces)
  func importsTraces(_ one: ImportExpectation) throws {
    one.check(try Self.imported(try Self.bytes("trace/" + one.file), one.file))
  }

  /// Editors and shells change a file as a whole: CR LF, UTF-16, a byte order mark.
  @Test(arguments: traces + archives.filter { !$0.file.hasSuffix(".sse") })
  func theAlphabetOfTheFileDoesNotMatter(_ one: ImportExpectation) throws {
    let folder = Self.traces.contains { $0.file == one.file } ? "trace/" : "import/"
    let text = String(decoding: try Self.bytes(folder + one.file), as: UTF8.self)
    let wide = [UInt16](text.utf16)
    let little: [UInt8] = [0xFF, 0xFE] + wide.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let big: [UInt8] = [0xFE, 0xFF] + wide.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    for bytes in [little, big] { one.check(try Self.imported(bytes, one.file)) }
    guard !one.file.hasSuffix(".jsonl"), !one.file.hasPrefix("z4"), !one.file.hasPrefix("y") else {
      return
    }
    one.check(try Self.imported([0xEF, 0xBB, 0xBF] + Array(text.utf8), one.file))
    let windows = text.replacing("\n", with: "\r\n")
    one.check(try Self.imported(Array(windows.utf8), one.file))
  }
}
