// Time in an exchange: it has no clock, only the times at which it wants to be woken, each for a reason
// of its own. The server asks for the first of them, and comes back with `Input.deadline`.

internal import Wire

/// When an exchange wants to be woken, by reason; nil where there is none.
struct Deadlines: Hashable, Sendable {
  /// The end of the current wait: for more of a request, or for the upstream's next byte.
  var wait: Milliseconds?
  /// The end of the whole answer, however it goes on.
  var total: Milliseconds?
  /// When the client of a silent stream is told that it lives.
  var heartbeat: Milliseconds?

  /// The first of them.
  var next: Milliseconds? {
    guard total != nil || heartbeat != nil else { return wait }
    return min(wait ?? .max, total ?? .max, heartbeat ?? .max)
  }
}

extension Exchange {
  /// A time that was asked for has come. Woken too early, the exchange does nothing.
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
      // Nothing was asked, so nothing is answered.
      outputs.append(.closeClient)
      close()
    case .head, .requestBody: refuse(408, because: "it took too long to come", into: &outputs)
    case .connecting: fail(.connectTimeout, into: &outputs)
    case .answer, .firstByte, .refusal: fail(.firstByteTimeout, into: &outputs)
    case .body: fail(clientIsSlow ? .clientTooSlow : .idleTimeout, into: &outputs)
    case .account, .closed: break
    }
  }

  /// Sends a comment between two events, where nobody can take it for a part of one.
  private mutating func beat(at now: Milliseconds, into outputs: inout [Output]) {
    send(Array(": keep-alive\n\n".utf8), into: &outputs)
    deadlines.heartbeat = settings.heartbeatTime.map { now + $0 }
  }

  /// Bytes of the upstream's body have come: starts the waits anew. While a slow client is waited for,
  /// the upstream is not read, so that its silence says nothing: what comes is what was under way, and
  /// the client's own wait goes on.
  mutating func upstreamStirred(at now: Milliseconds) {
    guard !clientIsSlow else { return }
    deadlines.wait = min(
      now + settings.limits.idleTimeMax, progressTime + settings.limits.barrenTimeMax)
  }

  /// Sets the next heartbeat after what came from the upstream: `sent` tells whether the client got some of
  /// it.
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
