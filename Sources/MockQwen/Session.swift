// A session is what an upstream sent, together with the request that it answered. It does not describe
// the delivery: where the bytes are cut, how they are framed and what breaks is in the plan.

package import Wire

/// What an upstream sent, with its request.
package struct Session: Hashable, Sendable {
  /// The request that a client made.
  package struct Request: Hashable, Sendable {
    package var method: String
    /// The request target in origin form (RFC 9112 section 3.2.1).
    package var target: String
    package var fields: Fields
    package var body: [UInt8]

    package init(method: String, target: String, fields: Fields, body: [UInt8]) {
      self.method = method
      self.target = target
      self.fields = fields
      self.body = body
    }
  }

  /// How the upstream framed the body when the session was recorded (RFC 9112 section 6.3).
  package enum Framing: String, Hashable, Sendable, CaseIterable {
    case chunked, length, close
  }

  /// How the body ended when the session was recorded.
  package enum Ending: String, Hashable, Sendable, CaseIterable {
    case complete, truncated, reset, timeout
  }

  /// One piece of the body as it was read.
  package struct Fragment: Hashable, Sendable {
    /// Offset in the body of the first byte after this piece.
    package var end: Int
    /// Milliseconds since the request was sent, 0 or more.
    package var milliseconds: Int

    package init(end: Int, milliseconds: Int) {
      self.end = end
      self.milliseconds = milliseconds
    }
  }

  /// The name, by which reports and requests refer to it.
  package var name: String
  package var request: Request
  /// The response's status code, reason phrase and fields, in the order in which they came.
  package var response: ResponseHead
  /// How the upstream framed the body.
  package var framing: Framing
  /// The response body with transfer coding removed.
  package var body: [UInt8]
  /// The borders at which the body was read, in rising order; the last one ends at `body.count`.
  package var fragments: [Fragment]
  /// How the body ended.
  package var ending: Ending

  /// The content types of bodies in which each line is a JSON value of its own.
  package static let jsonLinesTypes: Set<String> = [
    "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl",
    "application/jsonlines", "application/x-jsonlines", "application/json-lines",
    "application/stream+json", "text/x-ndjson",
  ]

  /// Whether each line of the body is a JSON value of its own.
  package var hasJSONLines: Bool {
    let type = response.fields["Content-Type"] ?? ""
    return Self.jsonLinesTypes.contains(trimmingBlanks(type.prefix { $0 != ";" }).lowercased())
      && response.fields["Content-Encoding"] == nil
  }

  package init(
    name: String, request: Request, response: ResponseHead, framing: Framing, body: [UInt8],
    fragments: [Fragment], ending: Ending
  ) {
    self.name = name
    self.request = request
    self.response = response
    self.framing = framing
    self.body = body
    self.fragments = fragments
    self.ending = ending
  }
}
