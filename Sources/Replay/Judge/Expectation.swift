// What a client must get for a delivery, derived from the session and the plan alone, with the reference
// reader: the promises of the README, as values.

package import MockQwen
package import Wire

/// What the client must get.
package struct Expectation: Hashable, Sendable {
  package enum Outcome: Hashable, Sendable {
    /// The upstream failed before its first body byte: an HTTP error.
    case httpError
    /// All of the body, and a complete end.
    case complete
    /// The complete part of the body, then an error event if it is an event stream, and an end that no
    /// client takes for complete.
    case failed
  }

  /// What the client must get.
  package var outcome: Outcome
  /// The status that the client must get.
  package var status: Int
  package var isEventStream: Bool
  /// What the body is made of.
  package var form = BodyForm.plain
  /// The body bytes: under `failed` those of the blocks that were complete.
  package var body: [UInt8]
  /// The blocks of `body`.
  package var blocks: [Block]
  /// The offsets in the session's body at which blocks end.
  package var borders: [Int]
  /// How many POSTs the upstream must see.
  package var posts = 1...1
  /// The fields of the upstream's head; empty where the proxy writes its own.
  package var fields = Fields()
  /// The ones among them that the embedded proxy passes on. Computed once for a session.
  var keptFields: [Field] = []
  package var request = RequestForm.plain
  /// The content coding that the session's body has; nil for none.
  package var coding: String?
  /// How many of the blocks must have come even when the proxy may have given up; nil when it may not
  /// give up.
  var blocksMin: Int?
  /// Whether time passes between the fragments.
  var isPaced = false
  /// When the response must have ended, in milliseconds since the request; nil for no limit.
  package var endTimeMax: Int?
  /// What the client does besides reading.
  package var behavior: ClientBehavior.Kind?
  /// What the documentation of the embedded proxy adds; nil for any other proxy.
  package var documented: Documented?
  /// The number of events that a client dispatches.
  package var eventCount: Int { blocks.count { $0.event != nil } }

  /// What a client must get when the whole session arrives.
  package static func whole(_ session: Session) -> Expectation {
    let form = BodyForm(session.response.fields)
    guard form == .events else {
      let coding =
        hasCoding(session.response.fields) ? session.response.fields["Content-Encoding"] : nil
      var plain = Expectation(
        outcome: .complete, status: session.response.status, isEventStream: false,
        body: session.body, blocks: [], borders: [])
      if session.response.status == 204 || session.response.status == 304 { plain.body = [] }
      plain.fields = session.response.fields
      plain.keptFields = PassedAnswer.kept(plain.fields)
      plain.coding = coding
      // Each read of a coded stream ends with a flush.
      if coding != nil { plain.borders = session.fragments.map(\.end) }
      guard form == .lines, !plain.body.isEmpty else { return plain }
      plain.form = form
      plain.blocks = form.blocks(in: plain.body)
      plain.borders = plain.blocks.filter(\.isFinished).map(\.range.upperBound)
      return plain
    }
    let read = ReferenceReader.blocks(in: session.body)
    let borders = read.filter(\.isFinished).map(\.range.upperBound)
    let body = session.body + completion(session.body, read)
    var expected = Expectation(
      outcome: .complete, status: session.response.status, isEventStream: true, body: body,
      blocks: body.count == session.body.count ? read : ReferenceReader.blocks(in: body),
      borders: borders)
    expected.fields = session.response.fields
    expected.keptFields = PassedAnswer.kept(expected.fields)
    expected.form = form
    return expected
  }

  /// What a client must get for `delivery`; `whole` belongs to the same session.
  package static func of(
    _ delivery: Delivery, whole: Expectation, policy: Policy = Policy()
  ) -> Expectation {
    // If no key is required, a request without one is as good as any.
    if delivery.request.isAnsweredByProxy, !delivery.request.lacksKey || delivery.core.asksForKey {
      return .bodiless(delivery)
    }
    var expected = answer(delivery, whole)
    expected.request = delivery.request
    expected.behavior = delivery.behavior?.kind
    switch delivery.request {
    case .again, .pipelined, .fourfold, .ahead:
      expected.posts = 1...delivery.request.answersBefore + 1
    default: break
    }
    if let status = delivery.firstStatus { expected.take(first: status, delivery, policy) }
    // A client that asks ahead acts at any time, so its last answer may be the error or the session's.
    if delivery.firstStatus != nil, delivery.request == .ahead, delivery.behavior != nil {
      return expected.leftOpen
    }
    if delivery.core.reuses, delivery.leavesNextOpen, expected.outcome == .complete {
      return expected.leftOpen
    }
    if delivery.pacing != .none { expected.grow(impatient: delivery, policy) }
    // A proxy that stops may end a long stream, and must report it.
    if delivery.stop != nil, delivery.pacing != .none {
      expected.blocksMin = expected.blocksMin ?? 0
    }
    if delivery.ending == .stall, expected.outcome != .complete, expected.endTimeMax == nil {
      // Each request of a pipeline may wait for its answer.
      expected.endTimeMax = policy.silenceMax * (delivery.request.answersBefore + 1)
    }
    if let rest = delivery.behavior?.rest {
      // A client that rests sees an end only when it reads on. One that takes no bytes for long may be
      // closed, and so may one that delays a stopping proxy.
      expected.endTimeMax = expected.endTimeMax.map { $0 + rest }
      if rest >= DocumentedLimit.send || delivery.stop != nil { return expected.leftOpen }
    }
    return expected
  }

  /// What a client gets without the upstream.
  private static func bodiless(_ delivery: Delivery) -> Expectation {
    var none = Expectation(
      outcome: .complete, status: 0, isEventStream: false, body: [], blocks: [], borders: [])
    none.posts = 0...0
    none.request = delivery.request
    none.behavior = delivery.behavior?.kind
    return none
  }

  /// What a client gets of the upstream's answer to a valid request.
  private static func answer(_ delivery: Delivery, _ whole: Expectation) -> Expectation {
    let transmission = delivery.transmission
    var whole = whole
    if transmission.anomalies.contains(.bare) {
      whole.isEventStream = false
      whole.form = .plain
      whole.body = transmission.session.body
      whole.blocks = []
      whole.fields = []
      whole.coding = nil
    }
    let sent = transmission.bodyCount(before: delivery.count)
    let hasEnd = transmission.isComplete && delivery.count >= transmission.completeEnd
    let endsByClosing =
      transmission.framing == .close && delivery.count >= transmission.headEnd
      && transmission.malformedOffset == nil
      && (delivery.ending == .finish || delivery.ending == .cut)
    if endsByClosing || (hasEnd && transmission.framing != .close) {
      guard sent < whole.body.count, sent < transmission.session.body.count else { return whole }
      return whole.cut(to: sent, of: transmission.session)
    }
    return whole.failed(after: sent, delivery)
  }

  /// The expectation when the body is complete after `count` bytes of the session's.
  private func cut(to count: Int, of session: Session) -> Expectation {
    var part = session
    part.body = Array(part.body[..<count])
    if !isEventStream { part.response.fields.remove("Content-Type") }
    var short = Expectation.whole(part)
    short.isEventStream = isEventStream
    short.form = form
    return short
  }

  /// The expectation when the answer breaks off after `sent` bytes of the body.
  private func failed(after sent: Int, _ delivery: Delivery) -> Expectation {
    let transmission = delivery.transmission
    var failed = self
    if sent == 0 { failed.fields = [] }
    failed.outcome = sent == 0 ? .httpError : .failed
    failed.status = sent > 0 ? status : delivery.failureStatus
    let body = Array(transmission.session.body[..<sent])
    guard isEventStream else {
      failed.body = body
      failed.blocks = form.blocks(in: body).filter(\.isFinished)
      return failed
    }
    let finished = ReferenceReader.blocks(in: body).filter(\.isFinished)
    failed.blocks = finished
    failed.body = Array(body[..<(finished.last?.range.upperBound ?? 0)])
    return failed
  }

  /// The first request is answered with an error.
  private mutating func take(first status: Int, _ delivery: Delivery, _ policy: Policy) {
    if status == 401, policy.retriesUnauthorized {
      posts = 2...2
      return
    }
    // A second request on the same connection gets the session.
    guard delivery.request.answersBefore == 0 else { return }
    let answer = delivery.transmission.session.firstAnswer(status: status)
    let known = self
    self = .whole(answer)
    (posts, request, behavior) = (known.posts, known.request, known.behavior)
  }

  /// The line ends that an unfinished last block needs to be dispatched: one after a complete line, else
  /// two; also two after a CR, because the first LF would only make it a CRLF.
  private static func completion(_ body: [UInt8], _ blocks: [Block]) -> [UInt8] {
    guard let last = blocks.last, !last.isFinished, !body.isEmpty else { return [] }
    return body.last == UInt8(ascii: "\n") ? [0x0A] : [0x0A, 0x0A]
  }
}

extension Delivery {
  /// Whether it is open what the next request on this connection gets: the upstream falls silent behind a
  /// whole answer, or sends a body behind a head that allows none (RFC 9112 section 6.3).
  fileprivate var leavesNextOpen: Bool {
    guard request.answersBefore > 0 else { return false }
    let isBodiless = [204, 304].contains(transmission.session.response.status)
    return ending == .stall || isBodiless && count > transmission.headEnd
  }

  /// The status for a client that has got no byte when the answer fails: a timeout when the upstream has
  /// fallen silent before a byte that is refused, else a bad gateway (RFC 9110 section 15.6).
  var failureStatus: Int {
    let isRefused = transmission.malformedOffset.map { $0 <= count } ?? false
    return ending == .stall && !isRefused ? 504 : 502
  }
}

/// Whether a body is coded (RFC 9110 section 8.4.1): `identity` means no coding.
func hasCoding(_ fields: Fields) -> Bool {
  fields.members("Content-Encoding").contains { $0.lowercased() != "identity" }
}
