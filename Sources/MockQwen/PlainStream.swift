// The request and the response head of sessions that are about the body alone: small, and always equal.

package import Wire

extension Session.Request {
  /// A request for a stream, with only the necessary parts.
  package static let plainStream = Session.Request(
    method: "POST", target: "/compatible-mode/v1/chat/completions",
    fields: [Field("Content-Type", "application/json")],
    body: Array(#"{"model":"m","stream":true}"#.utf8))
}

extension ResponseHead {
  /// The head of an event stream, with only the necessary parts.
  package static let plainStream = ResponseHead(
    status: 200, fields: [Field("Content-Type", "text/event-stream")])
}
