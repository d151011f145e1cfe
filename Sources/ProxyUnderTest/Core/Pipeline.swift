// A client's place in the proxy: what it sends ahead of its turn, how much of it is taken at once,
// how long a request may take to come, and how it ranks when another client needs its place.

internal import Wire

/// What a client is doing, for a server that must choose which one to close.
package enum Standing: Hashable, Sendable {
  /// No byte of a request has come since this time.
  case idle(since: Milliseconds)
  /// `count` bytes of an unfinished body have come since this time; 0 while the head is not whole.
  case asking(since: Milliseconds, count: Int)
  /// A request is whole, or the exchange is over.
  case answering
}

extension Exchange {
  /// What the client is doing.
  package var standing: Standing {
    switch phase {
    case .head where headReader.isEmpty:
      .idle(since: (deadlines.wait ?? 0) - settings.limits.clientIdleTimeMax)
    case .head: .asking(since: (deadlines.wait ?? 0) - settings.limits.headTimeMax, count: 0)
    case .requestBody: .asking(since: bodyStart, count: bodyCount)
    case .account, .connecting, .answer, .firstByte, .refusal, .body, .closed: .answering
    }
  }

  /// How many bytes of requests are held for the client.
  package var heldRequestCount: Int { requestBody.count + early.count }

  /// Whether a request that has come early can be taken now.
  var mayTakeEarly: Bool { phase == .head && !clientIsSlow && !early.isEmpty }

  /// Takes bytes of requests: as many whole ones as may be answered at once. The rest waits.
  mutating func takeRequests(
    from bytes: [UInt8], at now: Milliseconds, into outputs: inout [Output]
  ) {
    var offset = 0
    if early.isEmpty, phase == .requestBody || !clientIsSlow {
      takeRequests(bytes, at: &offset, now, into: &outputs)
    }
    if offset < bytes.count, phase != .closed { early.append(bytes[offset...]) }
    if offset == 0 { takeEarly(at: now, into: &outputs) }
  }

  /// Takes requests that have come early.
  mutating func takeEarly(at now: Milliseconds, into outputs: inout [Output]) {
    guard mayTakeEarly else { return }
    var waiting = early
    early = Backlog()
    waiting.consume { takeRequests($0, at: &$1, now, into: &outputs) }
    if phase != .closed { early = waiting }
  }

  private mutating func takeRequests(
    _ bytes: [UInt8], at offset: inout Int, _ now: Milliseconds, into outputs: inout [Output]
  ) {
    var answered = 0
    var byteCount = 0
    repeat {
      let first = outputs.count
      takeClient(bytes, at: &offset, now, into: &outputs)
      answered += 1
      for case .client(let bytes) in outputs[first...] { byteCount += bytes.count }
    } while phase == .head && offset < bytes.count
      && answered < settings.limits.answersAtOnceMax
      && byteCount < settings.limits.answerBytesAtOnceMax
  }

  /// Pauses reading from the client while enough of its bytes are held, and tells the server so.
  mutating func pauseClient(into outputs: inout [Output]) {
    let reads = early.count < settings.limits.earlyBytesMax
    guard reads != readsClient, phase != .closed else { return }
    readsClient = reads
    outputs.append(.readClient(reads))
  }

  /// Sets the end of the wait for more of a body: silence ends it, and so does a body that as a
  /// whole is slower than `bodyRateMin`. Only data counts, because framing can be drawn out without
  /// end.
  mutating func awaitBody(at now: Milliseconds) {
    let limits = settings.limits
    let patience = bodyStart + limits.bodyTimeMax + bodyCount * 1_000 / limits.bodyRateMin
    deadlines.wait = min(now + limits.clientIdleTimeMax, patience)
  }

  /// Another client needs this client's place. It gets an error if it has begun a request, and stays if
  /// it is answered.
  mutating func makeRoom(into outputs: inout [Output]) {
    switch standing {
    case .idle:
      outputs.append(.closeClient)
      close()
    case .asking:
      noMoreRequests = .busy
      refuse(.busy, into: &outputs)
    case .answering:
      // The server resets a client that does not take its answer.
      break
    }
  }
}
