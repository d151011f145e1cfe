// Reads a recording, and reports for a damaged one which line is wrong and why. Lines are split at line
// feeds only: a JSON string may hold U+2028 and similar characters unescaped.

import Foundation
internal import Judging
import MockQwen
internal import Terminal
import Wire

extension Recording {
  /// Reads the recording in `bytes`; `file` names it, its extension `.jsonl` or `.sse` gives the format,
  /// and its base name becomes the session's name. Throws for anything but an undamaged file.
  package static func read(_ bytes: [UInt8], file: String) throws(RecordingError) -> Recording {
    let base = file.split(separator: "/").last.map(String.init) ?? file
    if base.hasSuffix(".sse") {
      return bodyFile(bytes, name: String(base.dropLast(".sse".count)))
    }
    guard base.hasSuffix(".jsonl") else {
      throw RecordingError(
        file: file,
        reason: "neither a .jsonl recording nor a .sse body; replay import reads other files")
    }
    var reader = RecordingReader(file: file)
    return try reader.recording(bytes, name: String(base.dropLast(".jsonl".count)))
  }

  /// A complete body, as if an upstream had sent it in answer to a plain request.
  private static func bodyFile(_ body: [UInt8], name: String) -> Recording {
    let json =
      #"{"model":"qwen-plus","messages":[{"role":"user","content":"Hello"}],"#
      + #""stream":true}"#
    let request = Session.Request(
      method: "POST", target: "/compatible-mode/v1/chat/completions",
      fields: [Field("Content-Type", "application/json")], body: Array(json.utf8))
    let response = ResponseHead(
      status: 200, fields: [Field("content-type", "text/event-stream;charset=UTF-8")])
    let fragments = body.isEmpty ? [] : [Session.Fragment(end: body.count, milliseconds: 0)]
    let session = Session(
      name: name, request: request, response: response, framing: .chunked, body: body,
      fragments: fragments, ending: .complete)
    return Recording(source: "body file \(name).sse", session: session)
  }
}

/// Reads the lines of one file, in order.
private struct RecordingReader {
  package let file: String
  /// The number of the current line, from 1.
  private var line = 0
  private var body: [UInt8] = []
  private var fragments: [Session.Fragment] = []

  init(file: String) { self.file = file }

  package mutating func recording(_ bytes: [UInt8], name: String) throws(RecordingError)
    -> Recording
  {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
    if lines.last?.isEmpty == true { lines.removeLast() }
    line = 1
    guard let first = lines.popFirst() else { throw damage("no head: the file is empty") }
    let head = try head(first)
    var recording = Recording(
      source: head.source, captured: head.captured, session: try session(of: head, name: name),
      tls: head.tls)
    var isOver = false
    for next in lines {
      line += 1
      guard !isOver else { throw damage("a line after the end line") }
      if try decoded(LineKind.self, next).end == nil {
        try takeFragment(decoded(FragmentLine.self, next))
      } else {
        try finish(&recording, with: decoded(EndLine.self, next))
        isOver = true
      }
    }
    guard isOver else { throw damage("no end line after this one: the file is cut short") }
    return recording
  }

  private func head(_ bytes: ArraySlice<UInt8>) throws(RecordingError) -> HeadLine {
    guard let format = try decoded(LineKind.self, bytes).format else {
      throw damage("no head: `format` is missing")
    }
    guard format == recordingFormat else {
      throw damage("unknown format version `\(format)`; this reader knows `\(recordingFormat)`")
    }
    return try decoded(HeadLine.self, bytes)
  }

  /// The session of a head, without its body.
  private func session(of head: HeadLine, name: String) throws(RecordingError) -> Session {
    guard (100...999).contains(head.response.status) else {
      throw damage("response.status: expected 100 to 999, found \(head.response.status)")
    }
    let request = Session.Request(
      method: head.request.method, target: head.request.target,
      fields: try fields(head.request.fields, at: "request.fields"),
      body: try bytes(head.request.text, head.request.base64, at: "request."))
    let response = ResponseHead(
      version: try choice(head.response.version, at: "response.version"),
      status: head.response.status, reason: head.response.reason,
      fields: try fields(head.response.fields, at: "response.fields"))
    return Session(
      name: name, request: request, response: response,
      framing: try choice(head.framing, at: "framing"), body: [], fragments: [], ending: .complete)
  }

  private mutating func takeFragment(_ fragment: FragmentLine) throws(RecordingError) {
    let earliest = fragments.last?.milliseconds ?? 0
    guard fragment.ms >= earliest else {
      throw damage("ms: \(fragment.ms) comes after \(earliest); times must not fall")
    }
    guard fragment.ms <= recordedTimeMax else {
      throw damage("ms: \(fragment.ms) is more than a year; \(recordedTimeMax) is the most")
    }
    let piece = try bytes(fragment.text, fragment.base64, at: "")
    guard !piece.isEmpty else { throw damage("an empty fragment: nothing was read") }
    body += piece
    fragments.append(Session.Fragment(end: body.count, milliseconds: fragment.ms))
  }

  /// Assembles what was read, and checks it against the end line.
  private func finish(
    _ recording: inout Recording, with end: EndLine
  ) throws(RecordingError) {
    recording.session.body = body
    recording.session.fragments = fragments
    recording.session.ending = try choice(end.end, at: "end")
    recording.side = try choice(end.side, at: "side")
    let digest = recording.digest
    guard digest == end.sha256 else {
      throw damage(
        "sha256: the body's is \(digest), not \(end.sha256): the body was changed since it was "
          + "recorded. Undo the change, or import the body again: replay import")
    }
    let eventCount = recording.eventCount
    guard eventCount == end.events else {
      throw damage("events: the body holds \(eventCount), not \(end.events)")
    }
  }

  private func fields(_ pairs: [[String]], at path: String) throws(RecordingError) -> Fields {
    for (index, pair) in pairs.enumerated() where pair.count != 2 {
      throw damage("\(path)[\(index)]: expected a name and a value")
    }
    return Fields(pairs.map { Field($0[0], $0[1]) })
  }

  /// The bytes in `text` or in `base64`.
  private func bytes(
    _ text: String?, _ base64: String?, at path: String
  ) throws(RecordingError) -> [UInt8] {
    switch (text, base64) {
    case (let text?, nil): return Array(text.utf8)
    case (nil, let base64?):
      guard let data = Data(base64Encoded: base64) else {
        throw damage("\(path)base64: not valid base64")
      }
      return Array(data)
    case (nil, nil): throw damage("neither \(path)text nor \(path)base64")
    case (_?, _?): throw damage("both \(path)text and \(path)base64")
    }
  }

  /// The case that `word` names.
  private func choice<Choice: RawRepresentable<String>>(
    _ word: String, at path: String
  ) throws(RecordingError) -> Choice {
    guard let choice = Choice(rawValue: word) else {
      throw damage("\(path): unknown word `\(word)`")
    }
    return choice
  }

  private func decoded<Line: Decodable>(
    _ type: Line.Type, _ bytes: ArraySlice<UInt8>
  ) throws(RecordingError) -> Line {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let failure as DecodingError {
      throw damage(reason(failure))
    } catch {
      throw damage("not JSON: \(error)")
    }
  }

  private func damage(_ reason: String) -> RecordingError {
    RecordingError(file: file, line: line, reason: reason)
  }
}

/// The error of a JSON decoder in our words, because Foundation's differ between platforms.
private func reason(_ failure: DecodingError) -> String {
  switch failure {
  case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
    "\(path(context.codingPath)): expected \(noun(type))"
  case .keyNotFound(let key, let context):
    "\(path(context.codingPath + [key])): missing"
  case .dataCorrupted(let context) where !context.codingPath.isEmpty:
    "\(path(context.codingPath)): \(context.debugDescription)"
  case .dataCorrupted: "not JSON"
  @unknown default: "\(failure)"
  }
}

/// `codingPath` as `response.fields[3]`; `the line` when it is empty.
private func path(_ codingPath: [any CodingKey]) -> String {
  var path = ""
  for key in codingPath {
    if let index = key.intValue {
      path += "[\(index)]"
    } else {
      path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
    }
  }
  return path.isEmpty ? "the line" : path
}

/// The name of the JSON value that decodes to `type`.
private func noun(_ type: any Any.Type) -> String {
  switch type {
  case is String.Type: "a string"
  case is Int.Type: "an integer"
  case is [Any].Type: "a list"
  default: "an object"
  }
}
