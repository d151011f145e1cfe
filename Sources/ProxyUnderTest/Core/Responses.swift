// The upstream's side of an exchange: its response head, its body through the relay (event streams)
// or as it is (everything else), and the two ways in which a body can end.

internal import Wire

extension Exchange {
  /// How the response body goes to the client.
  struct ResponseForm: Hashable, Sendable {
    /// Framing towards the client (RFC 9112 section 6).
    enum Framing: Hashable, Sendable { case none, length, chunked, untilClose }

    var framing: Framing
    /// Whether the body is an event stream that goes through the relay.
    var isEventStream: Bool
    /// Whether that stream is held, and answered in one piece when it has ended.
    var isJoined = false

    static let none = ResponseForm(framing: .none, isEventStream: false)
  }

  /// Takes bytes of the upstream's response.
  mutating func takeUpstream(_ bytes: [UInt8], at now: Milliseconds, into outputs: inout [Output]) {
    noteUpstream(bytes.count, into: &outputs)
    if phase == .body { upstreamStirred(at: now) }
    var offset = 0
    do {
      while phase == .answer {
        guard let head = try answerReader.read(bytes.span, at: &offset) else { return }
        if lacksModels(head) {
          outputs.append(.closeUpstream)
          answer(200, body: modelList, into: &outputs)
          return
        }
        try takeAnswer(head)
        judgeHead(into: &outputs)
      }
      guard phase != .refusal else {
        try takeRefusal(bytes, from: offset, at: now, into: &outputs)
        return
      }
      try takeBody(bytes, from: offset, at: now, into: &outputs)
    } catch let failure as ProxyError {
      fail(failure, into: &outputs)
    } catch {
      fail(.malformed, into: &outputs)
    }
  }

  /// A response head: an interim one is skipped (RFC 9110 section 15.2), the final one kept.
  private mutating func takeAnswer(_ head: ResponseHead) throws {
    guard head.status != 101 else { throw ProxyError.malformed }
    guard head.status >= 200 else {
      answerReader = ResponseHeadReader(limits: settings.limits.wire)
      return
    }
    let framing = try BodyFraming.ofResponse(head, toMethod: request?.method ?? "")
    bodyReader = BodyReader(framing, limits: settings.limits.wire)
    answer = head
    phase = .firstByte
  }

  /// Body bytes from `offset` on: through the relay or as they are, to the client in one piece.
  private mutating func takeBody(
    _ bytes: [UInt8], from offset: Int, at now: Milliseconds, into outputs: inout [Output]
  ) throws {
    var offset = offset
    var released: [UInt8] = []
    let span = bytes.span
    var failure: ProxyError?
    do throws(WireError) {
      while let range = try bodyReader.read(span, at: &offset) {
        openBody(at: now, into: &outputs)
        guard form.isEventStream else {
          released.append(copying: span.extracting(range))
          continue
        }
        guard feedRelay(span.extracting(range), into: &released) else {
          failure = .blockTooLarge
          break
        }
      }
    } catch {
      failure = .malformed
    }
    if phase == .body {
      noteProgress(released, at: now)
      send(released, into: &outputs)
    }
    // These bytes came before those that ended the loop, so the error is the same however they were cut.
    if whole.byteCount > settings.limits.blockBytesMax { failure = .streamTooLarge }
    if let failure { throw failure }
    planHeartbeat(at: now, sent: !released.isEmpty)
    if bodyReader.isComplete {
      finishBody(at: now, hasRest: offset < bytes.count, into: &outputs)
    }
  }

  /// Notes that the body makes progress when it brings more than comments. One look a second is
  /// enough.
  private mutating func noteProgress(_ released: [UInt8], at now: Milliseconds) {
    guard now - progressTime >= 1_000, !form.isEventStream || holdsField(released) else {
      return
    }
    progressTime = now
    upstreamStirred(at: now)
  }

  /// Feeds the relay. False when a block is too large; `released` then holds the complete ones.
  ///
  /// No piece is larger than what the open block may still grow by, plus one byte: so a block is
  /// refused at the same byte however it came, even when its end is in the same fragment.
  mutating func feedRelay(_ data: Span<UInt8>, into released: inout [UInt8]) -> Bool {
    var from = 0
    while from < data.count {
      let left = data.count - from
      let room = settings.limits.blockBytesMax - relay.held.count
      let count = left <= room ? left : room + 1
      relay.feed(data.extracting(from..<(from + count)), into: &released)
      guard relay.held.count <= settings.limits.blockBytesMax else { return false }
      from += count
    }
    return true
  }

  /// The first body byte has come (or the body has ended without one): the head goes to the client.
  mutating func openBody(at now: Milliseconds, into outputs: inout [Output]) {
    guard phase == .firstByte, let answer else { return }
    phase = .body
    requestBody = []
    progressTime = now
    upstreamStirred(at: now)
    form = chooseForm(answer)
    guard !form.isJoined else { return }
    var bytes: [UInt8] = []
    clientHead(answer).write(into: &bytes)
    emit(bytes, into: &outputs)
  }

  private func chooseForm(_ answer: ResponseHead) -> ResponseForm {
    let streams = isEventStream(answer.fields)
    let hasLength = !streams && answer.fields["Content-Length"] != nil
    let framing: ResponseForm.Framing =
      if answer.status == 204 || answer.status == 304 || request?.method == "HEAD" {
        .none
      } else if hasLength {
        .length
      } else if request?.version == .http11 {
        .chunked
      } else {
        .untilClose
      }
    let isJoined = joinsStream && streams && answer.status == 200
    return ResponseForm(
      framing: isJoined ? .length : framing, isEventStream: streams, isJoined: isJoined)
  }

  /// The head for the client: the upstream's status and end-to-end fields; an event stream is
  /// marked so that no program on the way buffers or rewrites it.
  private func clientHead(_ answer: ResponseHead) -> ResponseHead {
    var head = ResponseHead(status: answer.status, reason: answer.reason)
    head.fields.list = endToEndFields(answer.fields, without: fieldsNotSentToClient)
    head.fields.list += crossOriginFields
    if form.isEventStream {
      head.fields.set("Cache-Control", "no-cache, no-transform")
      head.fields.set("X-Accel-Buffering", "no")
    }
    switch form.framing {
    case .none, .untilClose: break
    case .length: head.fields.add("Content-Length", answer.fields["Content-Length"] ?? "0")
    case .chunked: head.fields.add("Transfer-Encoding", "chunked")
    }
    if !persists { head.fields.add("Connection", "close") }
    return head
  }

  /// Whether the client's connection outlives a complete response.
  private var persists: Bool {
    form.framing != .untilClose && mayAskAgain
  }

  /// Sends body bytes to the client in its framing.
  mutating func send(_ bytes: [UInt8], into outputs: inout [Output]) {
    guard !bytes.isEmpty else { return }
    guard !form.isJoined else {
      whole.feed(bytes)
      return
    }
    guard form.framing == .chunked else {
      emit(bytes, into: &outputs)
      return
    }
    var chunk: [UInt8] = []
    chunk.reserveCapacity(bytes.count + 16)
    writeChunk(bytes.span, into: &chunk)
    emit(chunk, into: &outputs)
  }

  /// The body ended properly: the client gets all of it, with a proper end.
  ///
  /// - Parameter hasRest: Whether bytes have come after it, or the connection has ended.
  mutating func finishBody(
    at now: Milliseconds, hasRest: Bool, into outputs: inout [Output]
  ) {
    openBody(at: now, into: &outputs)
    var rest: [UInt8] = []
    relay.finish(into: &rest)
    send(rest, into: &outputs)
    let parting = !hasRest && upstreamPersists ? Output.releaseUpstream : .closeUpstream
    guard !form.isJoined else {
      sendJoined(parting, into: &outputs)
      return
    }
    if form.framing == .chunked {
      var end: [UInt8] = []
      writeLastChunk(into: &end)
      emit(end, into: &outputs)
    }
    outputs.append(parting)
    finishRequest(keepsOpen: persists, into: &outputs)
  }

  /// The stream for the client is whole: answers it in one piece, and releases the upstream.
  private mutating func sendJoined(_ parting: Output, into outputs: inout [Output]) {
    switch whole.ending {
    case .whole(let body): answerJoined(200, body, parting, into: &outputs)
    case .error(let error): answerJoined(error.status, error.body, parting, into: &outputs)
    case .failure(let failure): fail(failure, into: &outputs)
    }
  }

  /// Answers a stream in one piece.
  private mutating func answerJoined(
    _ status: Int, _ body: [UInt8], _ parting: Output, into outputs: inout [Output]
  ) {
    guard let answer else { return }
    var head = ResponseHead(status: status)
    head.fields.list = endToEndFields(answer.fields, without: fieldsNotSentToClient)
    head.fields.set("Content-Type", "application/json")
    head.fields.list += crossOriginFields
    head.fields.add("Content-Length", String(body.count))
    if !persists { head.fields.add("Connection", "close") }
    var bytes: [UInt8] = []
    head.write(into: &bytes)
    outputs.append(parting)
    emit(bytes + body, into: &outputs)
    finishRequest(keepsOpen: persists, into: &outputs)
  }

  /// Whether the upstream's connection outlives its answer (RFC 9112 section 9.3).
  private var upstreamPersists: Bool {
    guard settings.keepsUpstreams, let answer, answer.version == .http11 else { return false }
    return !answer.fields.members("Connection").contains { $0.equalsIgnoringASCIICase("close") }
  }

  /// The upstream has closed its side of the connection.
  mutating func upstreamClosed(
    _ closing: Closing, at now: Milliseconds, into outputs: inout [Output]
  ) {
    let isWhole =
      closing == .finished && (phase == .firstByte || phase == .refusal || phase == .body)
      && bodyReader.closed()
    guard isWhole else {
      fail(closing == .finished ? .truncated : .reset, into: &outputs)
      return
    }
    guard phase == .refusal else {
      finishBody(at: now, hasRest: true, into: &outputs)
      return
    }
    do {
      try refusalEnded(at: now, into: &outputs)
    } catch {
      fail(.blockTooLarge, into: &outputs)
    }
  }

  /// The upstream has failed. Before the first body byte the client gets an HTTP error; after it,
  /// an error event (only in an event stream) and an end that every reader sees as broken.
  mutating func fail(_ failure: ProxyError, into outputs: inout [Output]) {
    if phase == .refusal {
      refusalBroke(failure, into: &outputs)
      return
    }
    if form.isJoined, phase == .body, let error = whole.error {
      // The error that the upstream reported says more than how its connection ended.
      answerJoined(error.status, error.body, .closeUpstream, into: &outputs)
      return
    }
    if holdsUpstream { outputs.append(.closeUpstream) }
    guard phase == .body, !form.isJoined else {
      refuse(failure, into: &outputs)
      return
    }
    if form.isEventStream {
      send(failure.event, into: &outputs)
      outputs.append(.closeClient)
    } else {
      outputs.append(form.framing == .untilClose ? .resetClient : .closeClient)
    }
    close()
  }

  /// Sends bytes to the client as they are.
  mutating func emit(_ bytes: [UInt8], into outputs: inout [Output]) {
    if settings.notesFragments {
      let end = counts.clientBytes + bytes.count
      outputs.append(.note("client bytes \(counts.clientBytes)..<\(end)"))
      counts.clientBytes = end
    }
    outputs.append(.client(bytes))
  }

  private mutating func noteUpstream(_ count: Int, into outputs: inout [Output]) {
    guard settings.notesFragments else { return }
    let end = counts.upstreamBytes + count
    let range = "\(counts.upstreamBytes)..<\(end)"
    outputs.append(.note("upstream fragment \(counts.upstreamFragments): bytes \(range)"))
    counts.upstreamBytes = end
    counts.upstreamFragments += 1
  }
}

/// Whether the body is an event stream that can be read as it is: media type `text/event-stream`
/// with any parameters and in any case (RFC 9110 section 8.3.1), and no content coding.
func isEventStream(_ fields: Fields) -> Bool {
  guard let type = fields["Content-Type"] else { return false }
  let essence = trimmingBlanks(Substring(type.utf8.prefix { $0 != UInt8(ascii: ";") }))
  let isCoded = fields.members("Content-Encoding").contains {
    !$0.equalsIgnoringASCIICase("identity")
  }
  return essence.equalsIgnoringASCIICase("text/event-stream") && !isCoded
}

/// Whether complete blocks of a stream hold a line that is neither blank nor a comment.
private func holdsField(_ blocks: [UInt8]) -> Bool {
  var startsLine = true
  for byte in blocks {
    let isLineEnd = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    if startsLine, !isLineEnd, byte != UInt8(ascii: ":") { return true }
    startsLine = isLineEnd
  }
  return false
}
