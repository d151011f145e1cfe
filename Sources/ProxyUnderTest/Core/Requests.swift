// The client's side of an exchange: reading a request, refusing what is not a request, and the
// proxy's own answers.

internal import Wire

extension Exchange {
  /// Takes bytes from `offset` on while a request is read, and moves `offset` past the bytes of the
  /// request.
  mutating func takeClient(
    _ bytes: [UInt8], at offset: inout Int, _ now: Milliseconds, into outputs: inout [Output]
  ) {
    do throws(WireError) {
      if phase == .head {
        let isFirst = headReader.isEmpty
        guard let head = try headReader.read(bytes.span, at: &offset) else {
          if isFirst, !headReader.isEmpty { deadlines.wait = now + settings.limits.headTimeMax }
          return
        }
        request = head
        route = Route(head)
        guard hasOneHost(head) else {
          refuse(400, because: "missing, repeated or bad Host", into: &outputs)
          return
        }
        guard
          route.isOpen || settings.clientKeys.isEmpty
            || showsKey(head.fields, oneOf: settings.clientKeys)
        else {
          refuseStranger(into: &outputs)
          return
        }
        try beginBody(of: head, at: now, into: &outputs)
      }
      let span = bytes.span
      while let range = try requestReader.read(span, at: &offset) {
        bodyCount += range.count
        if route.takesBody { requestBody.append(copying: span.extracting(range)) }
      }
      awaitBody(at: now)
    } catch {
      refuse(status(of: error, request), because: "\(error)", into: &outputs)
      return
    }
    guard requestReader.isComplete else { return }
    deadlines.wait = nil
    answerOrConnect(at: now, into: &outputs)
  }

  /// Prepares for the body that `head` announces.
  private mutating func beginBody(
    of head: RequestHead, at now: Milliseconds, into outputs: inout [Output]
  ) throws(WireError) {
    var limits = settings.limits.wire
    limits.bodyBytesMax = settings.limits.requestBytesMax
    requestReader = BodyReader(try BodyFraming.ofRequest(head), limits: limits)
    // A length over the limit is refused here, before the client is asked to send the body.
    let nothing: [UInt8] = []
    var offset = 0
    _ = try requestReader.read(nothing.span, at: &offset)
    requestBody = []
    (bodyStart, bodyCount) = (now, 0)
    phase = .requestBody
    if head.version == .http11, !requestReader.isComplete,
      head.fields.members("Expect").contains(where: { $0.equalsIgnoringASCIICase("100-continue") })
    {
      emit(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), into: &outputs)
    }
  }

  /// Refuses a request that is not well-formed HTTP, and closes.
  mutating func refuse(
    _ status: Int, because reason: String, into outputs: inout [Output]
  ) {
    answer(
      status, closes: true,
      body: errorBody(
        "The request is refused: \(reason).", type: "invalid_request_error", code: "bad_request"),
      into: &outputs)
  }

  /// Refuses a request that does not hold one of this proxy's keys, before its body is read.
  private mutating func refuseStranger(into outputs: inout [Output]) {
    answer(
      401, fields: [Field("WWW-Authenticate", "Bearer")], closes: true,
      body: errorBody(
        "Incorrect API key provided.", type: "invalid_request_error", code: "invalid_api_key"),
      into: &outputs)
  }

  /// Answers with a JSON body of this proxy's own; closes when told to, or when the client will not
  /// send another request.
  mutating func answer(
    _ status: Int, fields: Fields = [], closes: Bool = false, body: [UInt8],
    into outputs: inout [Output]
  ) {
    var head = ResponseHead(status: status, fields: fields)
    if status != 204 {
      head.fields.add("Content-Type", "application/json")
      head.fields.add("Content-Length", String(body.count))
    }
    head.fields.list += crossOriginFields
    let keepsOpen = mayAskAgain && !closes
    if !keepsOpen { head.fields.add("Connection", "close") }
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    if request?.method != "HEAD" { bytes += body }
    emit(bytes, into: &outputs)
    finishRequest(keepsOpen: keepsOpen, into: &outputs)
  }

  /// Whether the client's connection may outlive the response.
  var mayAskAgain: Bool { noMoreRequests == nil && request.map(keepsConnection) ?? false }

  /// Answers with a failure of the upstream or of this proxy.
  mutating func refuse(_ failure: ProxyError, into outputs: inout [Output]) {
    // Whoever manages the accounts knows a request by its client, so after a request that was given
    // up no other may follow.
    answer(
      failure.status, fields: failure == .busy ? [Field("Retry-After", "1")] : [],
      closes: phase == .account && failure == .totalTimeout,
      body: errorBody(failure.message, type: failure.type, code: failure.rawValue), into: &outputs)
  }

  /// The response is whole: waits for the next request, or closes.
  mutating func finishRequest(keepsOpen: Bool, into outputs: inout [Output]) {
    guard keepsOpen else {
      outputs.append(.closeClient)
      close()
      return
    }
    var next = Exchange(settings: settings)
    next.early = early
    next.clientHasFinished = clientHasFinished
    next.clientIsSlow = clientIsSlow
    next.readsClient = readsClient
    self = next
  }
}

/// The status of the answer to a request with this error (RFC 9110 section 15.5, RFC 6585 section
/// 5).
private func status(of error: WireError, _ request: RequestHead?) -> Int {
  switch error.reason {
  case .headTooLarge, .tooManyFields: 431
  case .bodyTooLarge: 413
  case .badVersion: 505
  case .unknownTransferCoding: request.map(endsChunked) == true ? 501 : 400
  default: 400
  }
}

/// Whether a request has codings before one last `chunked`: those are not implemented (RFC 9112
/// section 6.1), while any other order is a bad request (section 6.3).
private func endsChunked(_ head: RequestHead) -> Bool {
  let codings = head.fields.members("Transfer-Encoding")
  let isChunked = codings.map { $0.equalsIgnoringASCIICase("chunked") }
  return head.version == .http11 && isChunked.firstIndex(of: true) == codings.count - 1
}

/// Whether `head` has a valid Host field (RFC 9112 section 3.2): at most one, in HTTP/1.1 at least
/// one, with no byte that a host and a port cannot hold.
private func hasOneHost(_ head: RequestHead) -> Bool {
  let hosts = head.fields.values("Host")
  guard let host = hosts.first else { return head.version == .http10 }
  let span = host.utf8Span.span
  for index in span.indices where !isHostOctet(span[index]) { return false }
  return hosts.count == 1
}

/// Whether a host and a port can hold `byte` (RFC 3986 section 3.2.2, as lenient as browsers are).
private func isHostOctet(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"),
    UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"),
    UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
    false
  default: (0x21...0x7E).contains(byte)
  }
}

/// Whether the connection persists after the response to `head` (RFC 9112 section 9.3).
func keepsConnection(_ head: RequestHead) -> Bool {
  let options = head.fields.members("Connection")
  return head.version == .http11
    && !options.contains { $0.equalsIgnoringASCIICase("close") }
}
