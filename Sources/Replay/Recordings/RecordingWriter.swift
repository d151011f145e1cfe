// Writes a recording as JSON lines. Keys are sorted and slashes are not escaped, so the same recording is
// always the same bytes, and two files differ only where the sessions differ.

import Foundation
internal import MockQwen
internal import Terminal
import Wire

extension Recording {
  /// The recording as a `.jsonl` file. The session's fragments must cover its body in rising order.
  package func written() -> [UInt8] {
    precondition(session.fragments.last?.end ?? 0 == session.body.count, "fragments end elsewhere")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var bytes = line(head, encoder)
    var start = 0
    for fragment in session.fragments {
      let (text, base64) = jsonText(session.body[start..<fragment.end])
      bytes += line(FragmentLine(ms: fragment.milliseconds, text: text, base64: base64), encoder)
      start = fragment.end
    }
    let end = EndLine(
      end: session.ending.rawValue, side: side.rawValue, events: eventCount, sha256: digest)
    return bytes + line(end, encoder)
  }

  private var head: HeadLine {
    let (text, base64) = jsonText(session.request.body[...])
    let request = HeadLine.Request(
      method: session.request.method, target: session.request.target,
      fields: pairs(session.request.fields), text: text, base64: base64)
    let response = HeadLine.Response(
      version: session.response.version.rawValue, status: session.response.status,
      reason: session.response.reason, fields: pairs(session.response.fields))
    return HeadLine(
      format: recordingFormat, source: source, captured: captured, request: request,
      response: response, framing: session.framing.rawValue, tls: tls)
  }
}

/// One line with its line feed.
private func line(_ value: some Encodable, _ encoder: JSONEncoder) -> [UInt8] {
  guard let data = try? encoder.encode(value) else {
    preconditionFailure("a line of strings and integers was refused")
  }
  return Array(data) + [0x0A]
}
