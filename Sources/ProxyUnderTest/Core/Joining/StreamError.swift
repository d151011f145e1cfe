// Errors inside a stream. The head of the answer said 200 long ago, so each vendor has its own way
// to report an error: an event named `error`, a field `error`, a member `error`, DashScope's flat
// `code` and `message`, a status in a comment, a finish reason. When nothing has been sent to the
// client yet, such an error becomes an HTTP error with the matching status.

/// An error that a stream held.
package struct StreamError: Hashable, Sendable {
  /// 400 to 599.
  var status: Int
  /// The body of the answer, in the format of OpenAI's errors.
  var body: [UInt8]

  /// The error in an event; nil when it holds none.
  ///
  /// - Parameter isNative: Whether the client reads DashScope's native protocol: then a flat error
  ///   is passed on unchanged.
  init?(_ event: StreamEvents.Event, data: JSONPiece?, isNative: Bool) {
    let isNamed = event.isError || event.error != nil
    for piece in [event.error, event.bare].map({ $0.flatMap(JSONPiece.init) }) + [data] {
      guard let piece else { continue }
      if let found = Self(piece, isNamed: isNamed, status: event.status, isNative: isNative) {
        self = found
        return
      }
    }
    guard isNamed else { return nil }
    let text = trimmed((event.error ?? event.data ?? event.bare ?? [])[...])
    let inside = jsonString(String(decoding: text, as: UTF8.self)).dropFirst().dropLast()
    self.init(inside: inside, status: event.status)
  }

  /// The error that a choice ends with; nil when there is none.
  init?(choice: JSONPiece) {
    if let error = choice["error"], error.isObject {
      self.init(choice, isNamed: false, status: nil, isNative: false)
      return
    }
    guard let reason = choice["finish_reason"]?.word, ["error", "error_finish"].contains(reason)
    else { return nil }
    let message = choice["delta"] ?? choice["message"]
    self.init(inside: message?["content"]?.inside ?? choice["text"]?.inside ?? [], status: nil)
  }

  /// The error in a JSON value.
  private init?(_ value: JSONPiece, isNamed: Bool, status: Int?, isNative: Bool) {
    // Some servers put their one error into a list.
    let value = value.elements.first ?? value
    let members = value.members
    let inner = ["error", "errors", "x_groq"].lazy.compactMap { name -> JSONPiece? in
      let found = members[name]
      return name == "x_groq" ? found?["error"] : found
    }.first { $0.isObject ? !$0.members.list.isEmpty : $0.inside != nil || $0.isList }
    let isFlat =
      members["code"].map(isErrorCode) ?? false && members["message"] != nil
      && members["choices"] == nil && members["output"] == nil
    let isMarked = ["object", "type"].contains { members[$0]?.word == "error" }
    guard value.isObject, inner != nil || isFlat || isMarked || isNamed else { return nil }
    let error = inner.map { $0.elements.first ?? $0 } ?? value
    self.status = errorStatus(of: [error, value], claimed: status)
    guard !isNative || inner != nil else {
      body = Array(value.bytes)
      return
    }
    body = Array("{\"error\":".utf8)
    if inner != nil, error.isObject {
      body += error.bytes
    } else {
      Self.write(
        message: (error["message"] ?? error["msg"] ?? error["detail"])?.inside ?? error.inside
          ?? [],
        type: error["type"]?.bytes, code: (error["code"] ?? value["code"])?.bytes, into: &body)
    }
    if let id = value["request_id"] { body += Array(",\"request_id\":".utf8) + id.bytes }
    body.append(UInt8(ascii: "}"))
  }

  /// An error with only a text: the inside of a JSON string.
  private init(inside: ArraySlice<UInt8>, status: Int?) {
    self.status = errorStatus(of: [], claimed: status)
    body = Array("{\"error\":".utf8)
    Self.write(message: inside, type: nil, code: nil, into: &body)
    body.append(UInt8(ascii: "}"))
  }

  /// Writes an error object in the format of OpenAI's API; the message is the inside of a JSON
  /// string.
  private static func write(
    message: ArraySlice<UInt8>, type: ArraySlice<UInt8>?, code: ArraySlice<UInt8>?,
    into body: inout [UInt8]
  ) {
    body += "{\"message\":\"".utf8
    body +=
      message.isEmpty ? Array("The upstream sent an error without a text.".utf8)[...] : message
    body += "\",\"type\":".utf8
    body += type ?? Array("\"upstream_error\"".utf8)[...]
    body += ",\"param\":null,\"code\":".utf8
    body += code ?? Array("null".utf8)[...]
    body.append(UInt8(ascii: "}"))
  }
}

/// Whether a code beside a message means an error: some servers send a code when all is well.
private func isErrorCode(_ code: JSONPiece) -> Bool {
  !["0", "200", "ok", "success"].contains(code.word?.lowercased())
}

/// The status for an error: the one that stands beside it, a number in it, or what its words mean;
/// 502 when none of these is known.
///
/// - Parameter values: The error, and the values around it.
private func errorStatus(of values: [JSONPiece], claimed: Int?) -> Int {
  if let claimed, 400...599 ~= claimed { return claimed }
  for name in ["status", "status_code", "statusCode", "http_status", "code"] {
    for value in values {
      if let number = value[name]?.word.flatMap({ $0.utf8.count == 3 ? Int($0) : nil }),
        400...599 ~= number
      {
        return number
      }
    }
  }
  for name in ["code", "type", "status"] {
    for value in values {
      let word = (value[name]?.word ?? "").lowercased().filter { $0 != "_" && $0 != " " }
      if let known = errorWords.first(where: { word.hasPrefix($0.start) }) { return known.status }
    }
  }
  return 502
}

/// How the codes and types of errors begin, in lower case without underscores, and the statuses
/// that they come with: DashScope's in both dialects, OpenAI's, Anthropic's and Google's.
private let errorWords: [(start: String, status: Int)] = [
  ("allocationquota", 403), ("throttling", 429), ("limit", 429), ("ratelimit", 429),
  ("insufficientquota", 429), ("toomanyrequests", 429), ("resourceexhausted", 429), ("1305", 429),
  ("quota", 429),
  ("invalidapikey", 401), ("authentication", 401), ("unauth", 401), ("invalidauth", 401),
  ("accessdenied", 403), ("permission", 403), ("forbidden", 403),
  ("modelnotfound", 404), ("notfound", 404),
  ("requesttoolarge", 413),
  ("datainspection", 400), ("arrearage", 400), ("invalid", 400), ("badrequest", 400),
  ("contextlength", 400), ("exceedcontext", 400), ("contentfilter", 400), ("contentpolicy", 400),
  ("modelservingerror", 503), ("modelunavailable", 503), ("serviceunavailable", 503),
  ("unavailable", 503), ("overloaded", 503), ("serveroverload", 503), ("engineoverload", 503),
  ("internal", 500), ("system", 500), ("servererror", 500), ("apierror", 500),
  ("requesttimeout", 500), ("gatewaytimeout", 504), ("deadlineexceeded", 504), ("timeout", 504),
]
