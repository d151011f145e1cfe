// Time in an exchange. It has no clock, only the times at which it must be woken, each for a reason
// of its own. The server waits for the first of them, and comes back with `Input.deadline`.

internal import Wire

/// When to wake an exchange, by reason; nil for a reason that does not apply.
struct Deadlines: Hashable, Sendable {
  /// The end of the current wait: for more of a request, or for the upstream's next byte.
  var wait: Milliseconds?
  /// The end of the time for the whole answer.
  var total: Milliseconds?
  /// When the client of a silent stream gets the next comment that keeps its connection alive.
  var heartbeat: Milliseconds?

  /// The first of them.
  var next: Milliseconds? {
    guard total != nil || heartbeat != nil else { return wait }
    return min(wait ?? .max, total ?? .max, heartbeat ?? .max)
  }
}

extension Exchange {
  /// A requested time has come. When woken too early, the exchange does nothing.
  mutating func deadlineCame(at now: Milliseconds, into outputs: inout [Output]) {
    guard let next = deadlines.next, next <= now else { return }
    switch next {
    case deadlines.total: fail(.totalTimeout, into: &outputs)
    case deadlines.wait: waitEnded(into: &outputs)
    default: beat(at: now, into: &outputs)
    }
  }

  private mutating func waitEnded(into outputs: inout [Output]) {
    switch phase {
    case .head where headReader.isEmpty:
      // No request has begun, so no answer is sent.
      outputs.append(.closeClient)
      close()
    case .head, .requestBody: refuse(408, because: "it took too long to come", into: &outputs)
    case .connecting: fail(.connectTimeout, into: &outputs)
    case .answer, .firstByte, .refusal: fail(.firstByteTimeout, into: &outputs)
    case .body: fail(clientIsSlow ? .clientTooSlow : .idleTimeout, into: &outputs)
    case .account, .closed: break
    }
  }

  /// Sends a comment between two events, where it cannot become part of one.
  private mutating func beat(at now: Milliseconds, into outputs: inout [Output]) {
    send(Array(": keep-alive\n\n".utf8), into: &outputs)
    deadlines.heartbeat = settings.heartbeatTime.map { now + $0 }
  }

  /// Bytes of the upstream's body have come: restarts the waits. While the client is slow, the
  /// upstream is not read, so its silence means nothing. Bytes that still come were already on
  /// their way, and the client's own wait goes on.
  mutating func upstreamStirred(at now: Milliseconds) {
    guard !clientIsSlow else { return }
    deadlines.wait = min(
      now + settings.limits.idleTimeMax, progressTime + settings.limits.barrenTimeMax)
  }

  /// Sets the next heartbeat after bytes from the upstream; `sent` tells whether the client got
  /// some of them.
  mutating func planHeartbeat(at now: Milliseconds, sent: Bool) {
    guard let time = settings.heartbeatTime else { return }
    if phase != .body || !form.isEventStream || form.isJoined
      || !relay.isBetweenBlocks || clientIsSlow
    {
      deadlines.heartbeat = nil
    } else if sent || deadlines.heartbeat == nil {
      deadlines.heartbeat = now + time
    }
  }

  /// The client does not keep up (`isSlow`), or has caught up again.
  mutating func clientPaceChanged(isSlow: Bool, at now: Milliseconds) {
    guard clientIsSlow != isSlow else { return }
    clientIsSlow = isSlow
    guard phase == .body else { return }
    progressTime = now
    upstreamStirred(at: now)
    if isSlow { deadlines.wait = now + settings.limits.idleTimeMax }
    planHeartbeat(at: now, sent: true)
  }
}
