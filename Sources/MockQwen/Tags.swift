// Tags tell parallel streams apart: the request names its stream, and so does a comment after every event
// of the answer. The tag shows a byte of one stream that reaches the client of another.

internal import Wire

/// The tags of parallel streams.
package enum StreamTag {
  /// The text before a stream's number in the comments.
  package static let mark = Array(": stream-".utf8)

  /// The stream that a request's body names, or nil.
  package static func number(in body: [UInt8]) -> Int? {
    guard body.suffix(2) == [UInt8(ascii: "\""), UInt8(ascii: "}")] else { return nil }
    let text = body.dropLast(2)
    let digits = text.reversed().prefix { 0x30...0x39 ~= $0 }.reversed()
    guard text.dropLast(digits.count).suffix(7) == ArraySlice("stream-".utf8) else { return nil }
    return wholeNumber(String(decoding: digits, as: UTF8.self))
  }
}

extension Session {
  /// The session as stream number `number`: its request names the stream, and so does a comment after
  /// every event of an event stream.
  package func tagged(_ number: Int) -> Session {
    var tagged = self
    if tagged.request.body.last == UInt8(ascii: "}") {
      tagged.request.body.removeLast()
      tagged.request.body += Array(#","user":"stream-\#(number)"}"#.utf8)
    }
    guard response.fields["Content-Encoding"] == nil, !hasJSONLines else { return tagged }
    let tag = StreamTag.mark + Array("\(number)\n\n".utf8)
    tagged.body = []
    var start = 0
    let borders = bodyCuts(.places(.events), self)
    for border in borders {
      tagged.body += body[start..<border] + tag
      start = border
    }
    tagged.body += body[start...]
    for index in tagged.fragments.indices {
      let end = fragments[index].end
      tagged.fragments[index].end = end + tag.count * borders.count { $0 <= end }
    }
    return tagged
  }

  /// The mock's answer to a first request that the session does not answer: an error body in DashScope's
  /// format, and with 429 and 503 a Retry-After field.
  package func firstAnswer(status: Int) -> Session {
    let refusal = ErrorAnswer(
      status: status, code: "first_request", message: "Come again.",
      isNative: request.target.hasSuffix("/generation"))
    var answer = refusal.session(to: request)
    if status == 429 || status == 503 { answer.response.fields.add("Retry-After", "1") }
    return answer
  }
}
