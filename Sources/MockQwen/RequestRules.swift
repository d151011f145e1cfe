// DashScope's answers to bad requests: the checks that the mock makes before it answers with a session,
// and the error bodies in DashScope's two formats.

internal import Foundation
internal import Wire

/// What the mock requires of a request.
package struct RequestRules: Hashable, Sendable {
  /// The key that must be sent; nil accepts any key.
  package var key: String?
  /// Whether only the key is checked: then a recorded session answers its request, whatever a server
  /// would say to such a request.
  package var asksForKeyOnly = false

  /// Whether a request that does not ask for a stream is valid.
  package var takesWholeAnswers = false

  package init(key: String? = nil) { self.key = key }

  /// The mock's own answers: to `GET /health`, and a refusal of a request that breaks a rule. Nil for a
  /// valid request, which gets a recorded session.
  package func answer(to request: Session.Request) -> Session? {
    health(for: request) ?? errorAnswer(to: request)?.session(to: request)
  }

  /// The answer to a health check of the mock itself; nil for any other request.
  package func health(for request: Session.Request) -> Session? {
    let path = request.target.prefix { $0 != "?" }
    guard path == "/health", request.method == "GET" || request.method == "HEAD" else { return nil }
    return ownAnswer("health", status: 200, body: #"{"status":"ok"}"#, to: request)
  }

  /// The answer to a request without the required key; nil when no key is required.
  package func keyRefusal(of request: Session.Request) -> Session? {
    guard key != nil, !isAuthorized(request.fields) else { return nil }
    let isNative = request.target.prefix { $0 != "?" }.hasSuffix("/generation")
    return unauthorized(isNative: isNative).session(to: request)
  }

  private func unauthorized(isNative: Bool) -> ErrorAnswer {
    ErrorAnswer(
      status: 401, code: isNative ? "InvalidApiKey" : "invalid_api_key",
      message: "Incorrect API key provided.", isNative: isNative)
  }

  /// The answer to a request that breaks a rule; nil for a valid one.
  package func errorAnswer(to request: Session.Request) -> ErrorAnswer? {
    let path = request.target.prefix { $0 != "?" }
    let isNative = path.hasSuffix("/generation")
    func refuse(_ status: Int, _ native: String, _ compatible: String, _ message: String)
      -> ErrorAnswer
    {
      ErrorAnswer(
        status: status, code: isNative ? native : compatible, message: message, isNative: isNative)
    }
    if asksForKeyOnly {
      return isAuthorized(request.fields) ? nil : unauthorized(isNative: isNative)
    }
    guard isNative || path.hasSuffix("/chat/completions") else {
      return refuse(404, "NotFound", "not_found", "This path is not known.")
    }
    guard request.method == "POST" else {
      return refuse(
        405, "MethodNotAllowed", "method_not_allowed", "The method must be POST.")
    }
    guard isAuthorized(request.fields) else { return unauthorized(isNative: isNative) }
    if let fault = bodyFault(request, isNative: isNative) {
      return refuse(400, "InvalidParameter", "invalid_parameter_error", fault)
    }
    return nil
  }

  /// The scheme may be written in any case (RFC 9110 section 11.1).
  private func isAuthorized(_ fields: Fields) -> Bool {
    let values = fields.values("Authorization")
    guard values.count == 1, let space = values[0].firstIndex(of: " "),
      String(values[0][..<space]).equalsIgnoringASCIICase("Bearer")
    else { return false }
    let token = values[0][space...].dropFirst()
    return !token.isEmpty && key.map { token.utf8.elementsEqual($0.utf8) } ?? true
  }

  /// What is wrong with the body of a request for a stream, or nil.
  private func bodyFault(_ request: Session.Request, isNative: Bool) -> String? {
    struct Body: Decodable {
      var model: String?
      var stream: Bool?
    }
    let body: Body
    do {
      body = try JSONDecoder().decode(Body.self, from: Data(request.body))
    } catch DecodingError.typeMismatch(_, let context) {
      guard let name = context.codingPath.first?.stringValue else {
        return "The request body must be a JSON object."
      }
      return "The parameter \(name) has the wrong type."
    } catch {
      return "The request body is not valid JSON."
    }
    guard body.model != nil else { return "The parameter model is required." }
    return takesWholeAnswers || body.stream == true || asksForStream(request.fields)
      ? nil : "This session is a stream: the request must ask for one."
  }
}

/// Whether the fields of a native request ask for a stream.
func asksForStream(_ fields: Fields) -> Bool {
  let accepts = fields.members("Accept").contains {
    trimmingBlanks($0.prefix { $0 != ";" }).equalsIgnoringASCIICase("text/event-stream")
  }
  return accepts || fields["X-DashScope-SSE"]?.equalsIgnoringASCIICase("enable") == true
}

/// An error answer in DashScope's format.
package struct ErrorAnswer: Hashable, Sendable {
  package var status: Int
  package var code: String
  package var message: String
  /// Whether it is flat, as in the native protocol; if false, it is inside `error`, as in the compatible
  /// mode.
  package var isNative: Bool

  /// `code` and `message` must be the insides of JSON strings.
  package init(status: Int, code: String, message: String, isNative: Bool) {
    self.status = status
    self.code = code
    self.message = message
    self.isNative = isNative
  }

  /// The answer as a session, so that it is delivered by a plan like any other.
  package func session(to request: Session.Request) -> Session {
    let id = "00000000-0000-9000-8000-000000000000"
    let body =
      isNative
      ? #"{"code":"\#(code)","message":"\#(message)","request_id":"\#(id)"}"#
      : #"{"error":{"message":"\#(message)","type":"invalid_request_error","param":null,"#
        + #""code":"\#(code)"},"request_id":"\#(id)"}"#
    return ownAnswer(
      code, status: status, body: body, to: request, fields: [Field("x-request-id", id)])
  }
}

/// An answer of the mock itself as a session. A HEAD request gets only the head (RFC 9110 section 9.3.2).
func ownAnswer(
  _ name: String, status: Int, body: String, to request: Session.Request, fields: [Field] = [],
  type: String = "application/json"
) -> Session {
  let bytes = request.method == "HEAD" ? [] : Array(body.utf8)
  return Session(
    name: name, request: request,
    response: ResponseHead(
      status: status, fields: Fields([Field("Content-Type", type)] + fields)),
    framing: .length, body: bytes,
    fragments: bytes.isEmpty ? [] : [Session.Fragment(end: bytes.count, milliseconds: 0)],
    ending: .complete)
}
