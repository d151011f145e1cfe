// Sessions from other tools, as recordings. The kind of a file is recognized by its content; what the
// file lacks (times, borders, the request) gets the plainest value, and the source of the recording names
// where it came from.

internal import Foundation
internal import Inflate
internal import Judging
internal import MockQwen
internal import Terminal
internal import Wire

/// The kinds of files that can be imported.
package enum ImportKind: String, CaseIterable, Sendable {
  /// The body of an event stream.
  case sse
  /// The output of `curl --trace-ascii` or `curl --trace`, best with `--trace-time`.
  case trace
  /// The output of `curl -i` or `curl -v` in a terminal.
  case curl
  /// An HTTP archive.
  case har
  /// A cassette of VCR or a related tool, in JSON or YAML.
  case vcr
  /// Fixtures of nock.
  case nock
  /// Mappings of WireMock.
  case wiremock
  /// One JSON payload per line, each of which becomes an event.
  case lines
  /// A body of one JSON value per line.
  case ndjson
  /// A body of one JSON value.
  case json

  /// The kind of a file; nil when it is none of them.
  package init?(of bytes: [UInt8], file: String) {
    guard let bytes = try? foreignText(bytes) else { return nil }
    if file.hasSuffix(".sse") {
      self = .sse
    } else if let value = try? ForeignJSON.value(bytes) {
      guard let kind = Self.of(value, file) else { return nil }
      self = kind
    } else if foreignName(bytes) != nil {
      return nil
    } else if TraceReader.isTrace(withoutMark(bytes)) {
      self = .trace
    } else if CurlPaste.isPaste(withoutMark(bytes)) {
      self = .curl
    } else if let lines = payloadLines(bytes) {
      // A `[DONE]` is not JSON: the lines are the data of events.
      self = lines.contains { $0.elementsEqual("[DONE]".utf8) } ? .lines : .ndjson
    } else if isCassetteInYAML(bytes) {
      self = .vcr
    } else if beginsAsStream(bytes), !ReferenceReader.events(in: bytes).isEmpty {
      self = .sse
    } else {
      return nil
    }
  }

  private static func of(_ value: ForeignValue, _ file: String) -> ImportKind? {
    // An archive without entries is a broken one, and not somebody's answer.
    let isArchive = value["log"]?["version"] != nil || value["log"]?["creator"] != nil
    if isArchive || value["log"]?["entries"] != nil { return .har }
    guard foreignName(of: value) == nil else { return nil }
    if value.first("http_interactions", "interactions")?.list != nil { return .vcr }
    if NockFixture.isOne(value) { return .nock }
    if let list = value.list {
      let isCassette =
        !list.isEmpty
        && list.allSatisfy {
          $0["request"] != nil && $0["response"] != nil
        }
      return isCassette ? .vcr : nil
    }
    if WireMockMapping.isOne(value) { return .wiremock }
    guard value.members != nil else { return nil }
    return file.hasSuffix(".jsonl") || file.hasSuffix(".ndjson") ? .ndjson : .json
  }
}

/// Whether the first line with something on it is one of an event stream (WHATWG HTML section 9.2.5): a
/// comment or a known field. Other files may hold such lines too, further down.
private func beginsAsStream(_ bytes: [UInt8]) -> Bool {
  let lines = withoutMark(bytes).split { $0 == 0x0A || $0 == 0x0D }
  guard let name = lines.first?.prefix(while: { $0 != UInt8(ascii: ":") }) else { return false }
  return ["", "data", "event", "id", "retry"].contains { name.elementsEqual($0.utf8) }
}

/// Reads the sessions in `bytes`; `name` is used in their names and their source. Throws `UsageError`
/// when the file as a whole cannot be read; an entry that cannot be read is skipped.
package func importedSessions(
  _ bytes: [UInt8], file: String, kind: ImportKind, name: String
) throws -> Imported {
  var imported: Imported
  do {
    imported = try sessions(foreignText(bytes), kind, name)
  } catch {
    throw UsageError("\(file): not a \(kind) file that can be read here: \(error.reason)")
  }
  guard !imported.recordings.isEmpty || !imported.skipped.isEmpty else {
    throw UsageError("\(file): it has no answer of a model")
  }
  for index in imported.recordings.indices {
    let source = imported.recordings[index].source
    imported.recordings[index].source =
      "imported from \(file) (\(source.isEmpty ? kind.rawValue : source))"
  }
  return imported
}

private func sessions(
  _ bytes: [UInt8], _ kind: ImportKind, _ name: String
) throws(ImportError) -> Imported {
  switch kind {
  case .sse, .lines, .ndjson, .json: return try body(bytes, kind, name)
  case .trace: return TraceExchanges.imported(withoutMark(bytes))
  case .curl: return CurlPaste.imported(withoutMark(bytes))
  case .har:
    let value = try ForeignJSON.value(bytes)
    return try HTTPArchive.imported(value)
  case .vcr:
    let value = try cassetteValue(bytes)
    return try Cassette.imported(value)
  case .nock:
    let value = try ForeignJSON.value(bytes)
    return try NockFixture.imported(value)
  case .wiremock:
    let value = try ForeignJSON.value(bytes)
    return try WireMockMapping.imported(value)
  }
}

/// The request for a body that comes without one.
var plainRequest: Session.Request {
  // Reading a body file cannot fail.
  (try? Recording.read([], file: "body.sse"))?.session.request
    ?? Session.Request(method: "POST", target: "/", fields: [], body: [])
}

/// A file that holds only a body.
private func body(
  _ bytes: [UInt8], _ kind: ImportKind, _ name: String
) throws(ImportError) -> Imported {
  let request = plainRequest
  let type =
    switch kind {
    case .json: "application/json"
    case .ndjson: "application/x-ndjson"
    default: "text/event-stream;charset=UTF-8"
    }
  var exchange = ForeignExchange(
    method: request.method, url: request.target,
    requestFields: request.fields.list.map { ($0.name, $0.value) }, requestBody: request.body,
    status: 200, fields: [("content-type", type)], body: bytes)
  switch kind {
  case .lines:
    let pieces = (payloadLines(bytes) ?? []).map { Array("data: ".utf8) + $0 + [0x0A, 0x0A] }
    (exchange.body, exchange.fragments) = joined(pieces)
    exchange.source = "one payload per line"
  case .ndjson:
    guard payloadLines(bytes) != nil else { throw ImportError("a line is not a JSON object") }
    (exchange.body, exchange.fragments) = joined(linesWithEnds(bytes))
    exchange.source = "one JSON value per line"
  case .json:
    _ = try ForeignJSON.value(bytes)
    let asked = String(decoding: request.body, as: UTF8.self)
    exchange.requestBody = Array(asked.replacing(#""stream":true"#, with: #""stream":false"#).utf8)
    exchange.source = "a JSON body"
  default: exchange.source = "body file \(name).sse"
  }
  var imported = Imported()
  let made = exchange
  imported.add("the body") { made }
  return imported
}

private func joined(_ pieces: [[UInt8]]) -> ([UInt8], [Session.Fragment]) {
  var body: [UInt8] = []
  var fragments: [Session.Fragment] = []
  for piece in pieces {
    body += piece
    fragments.append(Session.Fragment(end: body.count, milliseconds: 0))
  }
  return (body, fragments)
}

/// The lines of a body, each with its line feed.
private func linesWithEnds(_ bytes: [UInt8]) -> [[UInt8]] {
  var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
  let last = lines.removeLast()
  return lines.map { $0 + [0x0A] } + (last.isEmpty ? [] : [last])
}

/// The lines of a file in which each is a JSON object or `[DONE]`; nil for any other file, and for a
/// recording.
private func payloadLines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>]? {
  let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  let lines = bytes[start...].split { $0 == 0x0A || $0 == 0x0D }
  guard let first = lines.first else { return nil }
  for line in lines where !line.elementsEqual("[DONE]".utf8) {
    guard line.contains(UInt8(ascii: "{")), let value = try? ForeignJSON.value(Array(line)),
      value.members != nil
    else { return nil }
  }
  let head = try? ForeignJSON.value(Array(first))
  return head?["format"]?.string?.hasPrefix("qwen-replay.") == true ? nil : lines
}
