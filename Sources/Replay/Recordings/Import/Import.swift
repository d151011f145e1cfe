// Sessions that other tools have written down, as recordings. The kind of a file is told by what is in
// it; what it does not know (times, borders, the request) is filled in the plainest way, and the source
// of the recording says where it came from.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Terminal
internal import Wire

/// The kinds of files that can be imported.
package enum ImportKind: String, CaseIterable, Sendable {
  /// The body of an event stream.
  case sse
  /// What `curl --trace-ascii` or `curl --trace` writes, best with `--trace-time`.
  case trace
  /// An HTTP archive.
  case har
  /// A VCR cassette in JSON.
  case vcr
  /// One JSON payload per line.
  case lines

  /// The kind of a file; nil when it is none of them.
  package init?(of bytes: [UInt8], file: String) {
    if file.hasSuffix(".sse") {
      self = .sse
    } else if TraceReader.isTrace(bytes) {
      self = .trace
    } else if let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
      object["log"] != nil || object["http_interactions"] != nil || object["interactions"] != nil
    {
      self = object["log"] != nil ? .har : .vcr
    } else if payloadLines(bytes) != nil {
      self = .lines
    } else if ReferenceReader.events(in: bytes).isEmpty {
      return nil
    } else {
      self = .sse
    }
  }
}

/// Reads the sessions in `bytes`; `name` is for their names and their source. Throws `UsageError`.
package func importedRecordings(
  _ bytes: [UInt8], file: String, kind: ImportKind, name: String
) throws -> [Recording] {
  let recordings: [Recording]
  do {
    recordings =
      switch kind {
      case .sse: [try Recording.read(bytes, file: "\(name).sse")]
      case .trace: try TraceReader.recordings(bytes)
      case .har: try HTTPArchive.recordings(bytes)
      case .vcr: try Cassette.recordings(bytes)
      case .lines: [try lines(bytes, name)]
      }
  } catch let error as DecodingError {
    throw UsageError("\(file): not a \(kind) file that this build reads: \(error)")
  }
  guard !recordings.isEmpty else { throw UsageError("\(file): no answer of a model is in it") }
  return recordings.map { recording in
    var recording = recording
    recording.source =
      "imported from \(file) (\(recording.source.isEmpty ? kind.rawValue : recording.source))"
    return recording
  }
}

/// The lines of a file in which each is a JSON object or `[DONE]`; nil for any other file, and for a
/// recording.
private func payloadLines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>]? {
  let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }
  let isPayload = { (line: ArraySlice<UInt8>) in
    line.elementsEqual("[DONE]".utf8)
      || (try? JSONSerialization.jsonObject(with: Data(line))) is [String: Any]
  }
  guard let first = lines.first, lines.allSatisfy(isPayload),
    (try? JSONDecoder().decode(LineKind.self, from: Data(first)))?.format == nil
  else { return nil }
  return lines
}

/// A session in which each line is an event, read on its own.
private func lines(_ bytes: [UInt8], _ name: String) throws -> Recording {
  var recording = try Recording.read([], file: "\(name).sse")
  for line in payloadLines(bytes) ?? [] {
    recording.session.body += Array("data: ".utf8) + line + [0x0A, 0x0A]
    recording.session.fragments.append(
      Session.Fragment(end: recording.session.body.count, milliseconds: 0))
  }
  recording.source = "one payload per line"
  return recording
}

/// A message as the formats of other tools tell it.
struct ForeignExchange {
  package var method: String
  package var url: String
  var requestFields: [(String, String)]
  package var requestBody: [UInt8]
  package var status: Int
  package var reason: String?
  package var version = Version.http11
  package var fields: [(String, String)]
  package var body: [UInt8]
  /// Where the body was cut, and when; nil when nobody knows.
  package var fragments: [Session.Fragment]?
  package var captured: String?

  /// The exchange as a recording.
  package var recording: Recording {
    let target = url.firstRange(of: "://").map { scheme in
      let rest = url[scheme.upperBound...]
      return rest.firstIndex { $0 == "/" || $0 == "?" }.map { String(rest[$0...]) } ?? "/"
    }
    let answer = Fields(Self.fields(fields)).withoutCoding
    let isChunked = answer["Transfer-Encoding"] != nil || answer["Content-Length"] == nil
    var fixed = answer
    if answer["Content-Length"] != nil { fixed.set("Content-Length", String(body.count)) }
    let whole = body.isEmpty ? [] : [Session.Fragment(end: body.count, milliseconds: 0)]
    let path = target ?? url
    let session = Session(
      name: "",
      request: Session.Request(
        method: method, target: path.hasPrefix("/") ? path : "/" + path,
        fields: Fields(Self.fields(requestFields)).withoutConnection, body: requestBody),
      response: ResponseHead(version: version, status: status, reason: reason, fields: fixed),
      framing: isChunked ? .chunked : .length, body: body, fragments: fragments ?? whole,
      ending: .complete)
    return Recording(source: "", captured: captured, session: session)
  }

  /// Fields that HTTP/1.1 can say.
  private static func fields(_ pairs: [(String, String)]) -> [Field] {
    pairs.filter { name, value in
      let isName = name.utf8.allSatisfy {
        0x21...0x7E ~= $0 && !":()<>@,;\\\"/[]?={}".utf8.contains($0)
      }
      return isName && !name.isEmpty && !value.utf8.contains { $0 < 0x20 && $0 != 0x09 }
    }.map { Field($0.0, $0.1) }
  }
}

extension Fields {
  /// Without what the body no longer has: these formats keep it decoded.
  fileprivate var withoutCoding: Fields {
    var fields = self
    fields.remove("Content-Encoding")
    return fields
  }
}
