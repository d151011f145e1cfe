// The request and the response head of sessions that are about the body alone: small, and always equal.

package import Wire

extension Session.Request {
  /// A request for a stream, with only the necessary parts.
  package static let plainStream = Session.Request(
    method: "POST", target: "/compatible-mode/v1/chat/completions",
    fields: [Field("Content-Type", "application/json")],
    body: Array(#"{"model":"m","stream":true}"#.utf8))
}

extension Session {
  /// A stream of these pieces, each at its time in milliseconds since the request.
  package static func plainStream(
    _ name: String, _ pieces: [(text: String, time: Int)]
  ) -> Session {
    var (body, fragments) = ([UInt8](), [Fragment]())
    for (text, time) in pieces {
      body += Array(text.utf8)
      fragments.append(Fragment(end: body.count, milliseconds: time))
    }
    return Session(
      name: name, request: .plainStream, response: .plainStream, framing: .chunked, body: body,
      fragments: fragments, ending: .complete)
  }
}

extension ResponseHead {
  /// The head of an event stream, with only the necessary parts.
  package static let plainStream = ResponseHead(
    status: 200, fields: [Field("Content-Type", "text/event-stream")])
}
