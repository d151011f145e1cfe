// What a client must get for a delivery, worked out from the session and the plan alone, with the
// reference reader: the promises of the README, as values.

internal import MockQwen
internal import Wire

/// What the client must get.
struct Expectation: Hashable, Sendable {
  enum Outcome: Hashable, Sendable {
    /// The upstream failed before its first body byte: an HTTP error.
    case httpError
    /// All of the body, and a complete end.
    case complete
    /// What was complete of the body, then an error event where it is an event stream, and an end
    /// that nobody takes for complete.
    case failed
  }

  var outcome: Outcome
  var status: Int
  var isEventStream: Bool
  /// The body bytes: under `failed` those of the blocks that were complete.
  var body: [UInt8]
  /// The blocks of `body`.
  var blocks: [Block]
  /// The offsets in the session's body at which blocks end.
  var borders: [Int]
  /// The number of events that a client dispatches.
  var eventCount: Int { blocks.count { $0.event != nil } }

  /// What a client must get when the whole session arrives.
  static func whole(_ session: Session) -> Expectation {
    let isStream = isEventStream(session)
    guard isStream else {
      return Expectation(
        outcome: .complete, status: session.response.status, isEventStream: false,
        body: session.body, blocks: [], borders: [])
    }
    let read = ReferenceReader.blocks(in: session.body)
    let borders = read.filter(\.isFinished).map(\.range.upperBound)
    let body = session.body + completion(session.body, read)
    return Expectation(
      outcome: .complete, status: session.response.status, isEventStream: true, body: body,
      blocks: body.count == session.body.count ? read : ReferenceReader.blocks(in: body),
      borders: borders)
  }

  /// What a client must get for `delivery`; `whole` is the same session's.
  static func of(_ delivery: Delivery, whole: Expectation) -> Expectation {
    let transmission = delivery.transmission
    let sent = transmission.bodyCount(before: delivery.count)
    let hasEnd = transmission.isComplete && delivery.count == transmission.bytes.count
    let endsByClosing =
      transmission.framing == .close && delivery.count >= transmission.headEnd
      && (delivery.ending == .finish || delivery.ending == .cut)
    if endsByClosing || (hasEnd && transmission.framing != .close) {
      guard sent < transmission.session.body.count else { return whole }
      var part = transmission.session
      part.body = Array(part.body[..<sent])
      return .whole(part)
    }
    var failed = whole
    failed.outcome = sent == 0 ? .httpError : .failed
    failed.status = sent > 0 ? whole.status : delivery.ending == .stall ? 504 : 502
    let body = Array(transmission.session.body[..<sent])
    guard whole.isEventStream else {
      failed.body = body
      return failed
    }
    let finished = ReferenceReader.blocks(in: body).filter(\.isFinished)
    failed.blocks = finished
    failed.body = Array(body[..<(finished.last?.range.upperBound ?? 0)])
    return failed
  }

  /// The line ends that an unfinished last block lacks to be dispatched: one behind a whole line,
  /// else two; behind a CR two as well, since the first LF would only make it a CRLF.
  private static func completion(_ body: [UInt8], _ blocks: [Block]) -> [UInt8] {
    guard let last = blocks.last, !last.isFinished, !body.isEmpty else { return [] }
    return body.last == UInt8(ascii: "\n") ? [0x0A] : [0x0A, 0x0A]
  }

  private static func isEventStream(_ session: Session) -> Bool {
    let type = session.response.fields["Content-Type"] ?? ""
    let essence = trimmingBlanks(type.prefix { $0 != ";" }).lowercased()
    return essence == "text/event-stream" && session.response.fields["Content-Encoding"] == nil
  }
}
