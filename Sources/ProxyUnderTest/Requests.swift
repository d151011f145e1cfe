// The client's side of an exchange: reading a request, the routes, and the request that goes upstream.

internal import Wire

extension Exchange {
  /// Takes bytes while a request is read.
  mutating func takeClient(_ bytes: [UInt8], at now: Milliseconds, into outputs: inout [Output]) {
    var offset = 0
    do throws(WireError) {
      if phase == .head {
        guard let head = try headReader.read(bytes.span, at: &offset) else { return }
        request = head
        guard hasOneHost(head) else {
          refuse(400, because: "missing, repeated or bad Host", into: &outputs)
          return
        }
        try beginBody(of: head, into: &outputs)
      }
      let span = bytes.span
      while let range = try requestReader.read(span, at: &offset) {
        requestBody.append(copying: span.extracting(range))
      }
    } catch {
      refuse(status(of: error), because: "\(error)", into: &outputs)
      return
    }
    guard requestReader.isComplete else { return }
    early = Array(bytes[offset...])
    deadline = nil
    route(at: now, into: &outputs)
  }

  /// Prepares for the body that `head` announces.
  private mutating func beginBody(
    of head: RequestHead, into outputs: inout [Output]
  ) throws(WireError) {
    var limits = settings.limits.wire
    limits.bodyBytesMax = settings.limits.requestBytesMax
    requestReader = BodyReader(try BodyFraming.ofRequest(head), limits: limits)
    // A length over the limit is refused here, before the client is asked to send so much.
    let nothing: [UInt8] = []
    var offset = 0
    _ = try requestReader.read(nothing.span, at: &offset)
    requestBody = []
    phase = .requestBody
    if head.version == .http11, !requestReader.isComplete,
      head.fields.members("Expect").contains(where: { $0.equalsIgnoringASCIICase("100-continue") })
    {
      emit(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), into: &outputs)
    }
  }

  /// The request is whole: answers it, or asks for a connection to the upstream.
  private mutating func route(at now: Milliseconds, into outputs: inout [Output]) {
    guard let request else { return }
    switch (path(of: request.target), request.method) {
    case ("/health", "GET"), ("/health", "HEAD"):
      answer(200, body: Array(#"{"status":"ok"}"#.utf8), into: &outputs)
    case ("/v1/chat/completions", "POST"):
      phase = .connecting
      deadline = now + settings.limits.connectTimeMax
      outputs.append(.connect)
    case ("/health", _):
      refuseMethod(allowed: "GET, HEAD", into: &outputs)
    case ("/v1/chat/completions", _):
      refuseMethod(allowed: "POST", into: &outputs)
    default:
      answer(
        404,
        body: errorBody(
          "This proxy has no such path.", type: "invalid_request_error", code: "not_found"),
        into: &outputs)
    }
  }

  /// Answers a method that the path does not have (RFC 9110 section 15.5.6).
  private mutating func refuseMethod(allowed: String, into outputs: inout [Output]) {
    answer(
      405, fields: [Field("Allow", allowed)],
      body: errorBody(
        "This method is not allowed here.", type: "invalid_request_error",
        code: "method_not_allowed"),
      into: &outputs)
  }

  /// Refuses a request that is no well-formed HTTP, and closes.
  private mutating func refuse(
    _ status: Int, because reason: String, into outputs: inout [Output]
  ) {
    request = nil
    answer(
      status,
      body: errorBody(
        "The request is refused: \(reason).", type: "invalid_request_error", code: "bad_request"),
      into: &outputs)
  }

  /// Answers with a JSON body of this proxy's own; closes unless the client may ask again.
  mutating func answer(
    _ status: Int, fields: Fields = [], body: [UInt8], into outputs: inout [Output]
  ) {
    var head = ResponseHead(status: status, fields: fields)
    head.fields.add("Content-Type", "application/json")
    head.fields.add("Content-Length", String(body.count))
    let keepsOpen = request.map(keepsConnection) ?? false
    if !keepsOpen { head.fields.add("Connection", "close") }
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    if request?.method != "HEAD" { bytes += body }
    emit(bytes, into: &outputs)
    finishRequest(keepsOpen: keepsOpen, into: &outputs)
  }

  /// The response is whole: waits for the next request, or closes.
  mutating func finishRequest(keepsOpen: Bool, into outputs: inout [Output]) {
    guard keepsOpen else {
      outputs.append(.closeClient)
      close()
      return
    }
    let next = early
    self = Exchange(settings: settings)
    early = next
  }

  /// The request as it goes upstream: the client's body and end-to-end fields, the proxy's key.
  mutating func sendRequest(at now: Milliseconds, into outputs: inout [Output]) {
    guard let request else { return }
    var fields = Fields([Field("Host", settings.upstream.authority)])
    fields.list += endToEndFields(request.fields, without: Self.fieldsNotForwarded)
    fields.add("Authorization", "Bearer \(settings.key)")
    fields.add("Accept-Encoding", "identity")
    fields.add("Content-Length", String(requestBody.count))
    fields.add("Connection", "close")
    let head = RequestHead(
      method: "POST", target: settings.upstream.path + "/chat/completions", fields: fields)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(requestBody.count + 1024)
    head.write(into: &bytes)
    bytes += requestBody
    outputs.append(.upstream(bytes))
    phase = .answer
    deadline = now + settings.limits.firstByteTimeMax
  }

  /// Fields that end here: the client's credentials, and what the proxy says for itself.
  private static let fieldsNotForwarded = [
    "Host", "Authorization", "X-API-Key", "Cookie", "Content-Length", "Accept-Encoding", "Expect",
  ]
}

/// The status that answers a request with this error (RFC 9110 section 15.5, RFC 6585 section 5).
private func status(of error: WireError) -> Int {
  switch error.reason {
  case .headTooLarge, .tooManyFields: 431
  case .bodyTooLarge: 413
  case .badVersion: 505
  default: 400
  }
}

/// The path of a request target without its query, in origin form as in absolute form (RFC 9112
/// sections 3.2.1 and 3.2.2); other forms are given as they are.
private func path(of target: String) -> Substring {
  let target = target.prefix { $0 != "?" }
  guard let colon = target.firstRange(of: "://"),
    ["http", "https"].contains(target[..<colon.lowerBound].lowercased())
  else { return target }
  let rest = target[colon.upperBound...]
  guard let slash = rest.firstIndex(of: "/"), slash > rest.startIndex else { return target }
  return rest[slash...]
}

/// Whether `head` names its host as it must (RFC 9112 section 3.2): at most once, in HTTP/1.1 at
/// least once, with no byte that a host and a port cannot hold.
private func hasOneHost(_ head: RequestHead) -> Bool {
  let hosts = head.fields.values("Host")
  guard let host = hosts.first else { return head.version == .http10 }
  let isLegal = host.utf8.allSatisfy {
    (0x21...0x7E).contains($0) && !"/?#@\\\"<>^`{|}".utf8.contains($0)
  }
  return hosts.count == 1 && isLegal
}

/// Whether the connection persists after the response to `head` (RFC 9112 section 9.3).
func keepsConnection(_ head: RequestHead) -> Bool {
  let options = head.fields.members("Connection")
  return head.version == .http11
    && !options.contains { $0.equalsIgnoringASCIICase("close") }
}

/// The field lines that go on behind this connection (RFC 9110 section 7.6.1), in order, but for
/// those with one of the names in `others`.
func endToEndFields(_ fields: Fields, without others: [String]) -> [Field] {
  let options = fields.members("Connection")
  return fields.list.filter {
    !isNamed($0, oneOf: hopByHopNames) && !isNamed($0, oneOf: others)
      && !isNamed($0, oneOf: options)
  }
}

private func isNamed(_ field: Field, oneOf names: [String]) -> Bool {
  for index in names.indices where field.isNamed(names[index]) { return true }
  return false
}

/// The names of the fields that are for one connection only.
private let hopByHopNames = [
  "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
  "TE", "Trailer", "Transfer-Encoding", "Upgrade",
]
