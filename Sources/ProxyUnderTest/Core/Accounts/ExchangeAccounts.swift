// An exchange and its accounts: which account a request is sent with, and when it is sent again.
// The request is kept until the first body byte. An answer that counts against its account (over
// quota, unauthorized) is held until another account has been tried; when no account is left, the
// client gets the last such answer as the upstream sent it.

internal import Wire

extension Exchange {
  /// An answer that is held.
  struct HeldAnswer: Hashable, Sendable {
    /// The body, without its framing.
    var body: [UInt8] = []
    /// Why it broke off before its end.
    var failure: ProxyError?
  }

  /// The request is whole: asks for an account, or sends it with the settings' own key.
  mutating func findAccount(at now: Milliseconds, into outputs: inout [Output]) {
    guard settings.usesAccounts else {
      connect(with: credential, at: now, into: &outputs)
      return
    }
    phase = .account
    deadlines.wait = nil
    outputs.append(.wantAccount)
  }

  /// Sends the request with an account; the answer to an account before it is forgotten.
  mutating func connect(
    with credential: Credential, at now: Milliseconds, into outputs: inout [Output]
  ) {
    self.credential = credential
    heldAnswer = HeldAnswer()
    answer = nil
    phase = .connecting
    deadlines.wait = now + settings.limits.connectTimeMax
    outputs.append(.connect)
  }

  /// The final head of an answer has come: reports its outcome for the account, or holds the answer
  /// when that may lead to another try.
  mutating func judgeHead(into outputs: inout [Output]) {
    guard settings.usesAccounts, phase == .firstByte, let answer else { return }
    let outcome = AccountOutcome.of(status: answer.status)
    if outcome != .accepted, credential.mayTryAgain {
      phase = .refusal
    } else {
      outputs.append(.accountOutcome(outcome ?? .accepted))
    }
  }

  /// Body bytes of an answer that is held, from `offset` on.
  mutating func takeRefusal(
    _ bytes: [UInt8], from offset: Int, at now: Milliseconds, into outputs: inout [Output]
  ) throws {
    var offset = offset
    let span = bytes.span
    while let range = try bodyReader.read(span, at: &offset) {
      heldAnswer.body.append(copying: span.extracting(range))
    }
    if heldAnswer.body.count > settings.limits.refusalBytesMax {
      // Too much to hold, whether it comes in one piece or in many. No error is that long, so the client
      // gets the answer as it comes.
      outputs.append(.accountOutcome(.accepted))
      try deliverRefusal(at: now, into: &outputs)
      if bodyReader.isComplete { finishBody(at: now, hasRest: true, into: &outputs) }
    } else if bodyReader.isComplete {
      try refusalEnded(at: now, into: &outputs)
    }
  }

  /// The held answer is whole.
  mutating func refusalEnded(at now: Milliseconds, into outputs: inout [Output]) throws {
    guard !asksForAnother(into: &outputs) else { return }
    try deliverRefusal(at: now, into: &outputs)
    finishBody(at: now, hasRest: true, into: &outputs)
  }

  /// The held answer breaks off; the part that came may be enough to judge the account.
  mutating func refusalBroke(_ failure: ProxyError, into outputs: inout [Output]) {
    heldAnswer.failure = failure
    guard !asksForAnother(into: &outputs) else { return }
    phase = .firstByte
    fail(failure, into: &outputs)
  }

  /// Reports the outcome of the held answer for the account. True when another account is asked
  /// for.
  private mutating func asksForAnother(into outputs: inout [Output]) -> Bool {
    let outcome = AccountOutcome.of(status: answer?.status ?? 0, body: heldAnswer.body)
    guard outcome != .accepted else {
      outputs.append(.accountOutcome(outcome))
      return false
    }
    phase = .account
    deadlines.wait = nil
    outputs.append(.closeUpstream)
    outputs.append(.accountOutcome(outcome))
    return true
  }

  /// No account is left: the last answer goes to the client, if one came.
  mutating func giveUp(at now: Milliseconds, into outputs: inout [Output]) {
    do {
      guard answer != nil else { throw ProxyError.noAccount }
      if let failure = heldAnswer.failure { throw failure }
      try deliverRefusal(at: now, into: &outputs)
      finishBody(at: now, hasRest: true, into: &outputs)
    } catch {
      fail(error as? ProxyError ?? .malformed, into: &outputs)
    }
  }

  /// Sends to the client what came of the held answer.
  private mutating func deliverRefusal(at now: Milliseconds, into outputs: inout [Output]) throws {
    phase = .firstByte
    var released = heldAnswer.body
    heldAnswer = HeldAnswer()
    guard !released.isEmpty else { return }
    openBody(at: now, into: &outputs)
    if form.isEventStream {
      let held = released
      released = []
      guard feedRelay(held.span, into: &released) else { throw ProxyError.blockTooLarge }
    }
    send(released, into: &outputs)
  }
}
