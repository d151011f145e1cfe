// Both sides of a comparison: what the upstream sent through a target, and what the client got. A cut
// stream may lack its unfinished last event or have a part of it, and may end with an error event of
// the target's own.

internal import Judging
internal import MockQwen
internal import Wire

/// A body as it was sent and as it was received.
struct TargetComparison {
  /// The body bytes that were sent; of a cut stream the complete blocks.
  let sent: [UInt8]
  /// What came, without what a target may add and without a part of an unfinished block.
  let received: [UInt8]
  let form: BodyForm
  /// Whether the client got an answer of the upstream's to compare, and not the target's own error.
  let isAnswered: Bool
  /// Whether an error event of the target's own ends the stream.
  let hasError: Bool
  /// Whether the bytes are the same.
  let isSameBytes: Bool
  /// Whether a cut stream reached the client as one that is cut.
  let isHonestlyCut: Bool
  /// Whether all that lacks of such a stream is its end, byte for byte.
  let lacksEnd: Bool
  /// Whether all of the answer must have come.
  let isWhole: Bool
  private let whole: [UInt8]
  /// All that was sent, with a last event that lacks its blank line completed.
  private let completed: [UInt8]

  init(_ seen: Observation, _ expectation: Expectation, _ delivery: Delivery) {
    let transmission = delivery.transmission
    let count = transmission.bodyCount(before: delivery.count)
    let all = Array(transmission.session.body[..<count])
    (whole, completed) = (all, expectation.outcome == .complete ? expectation.body : all)
    form = expectation.form
    isAnswered = expectation.outcome == .complete || (seen.status ?? 500) < 500
    let mayBeCut = seen.ending == .left || delivery.stop != nil && seen.ending != .complete
    isWhole = expectation.outcome == .complete && !mayBeCut
    guard form != .plain, !isWhole || seen.body != all else {
      (sent, received, hasError) = (all, seen.body, false)
      isSameBytes = isWhole ? all == seen.body : all.starts(with: seen.body)
      (isHonestlyCut, lacksEnd) = (false, false)
      return
    }
    let body = isWhole ? seen.body : Self.withoutError(seen.body, all, form)
    hasError = body.count < seen.body.count
    let end = isWhole ? count : expectation.borders.last { $0 <= count } ?? 0
    // A gateway that completes a last event without its blank line has it compared.
    let completes =
      isWhole && expectation.body.count > count
      && Self.events(body, form) > Self.events(all, form)
    // A CR at the very end ends a line already (WHATWG HTML, section 9.2.6), whatever follows it: a
    // target need not wait for the LF that was cut off.
    let endsInReturn =
      !isWhole && all.last == 0x0D && !all.starts(with: body)
      && expectation.borders.contains(count + 1)
      && Self.events(body, form) > Self.events(Array(all[..<end]), form)
    sent =
      completes
      ? expectation.body
      : endsInReturn
        ? all + [0x0A]
        : mayBeCut ? Array(all[..<min(body.count, count)]) : Array(all[..<end])
    let isPrefix = body.count >= sent.count && all.starts(with: body)
    // A proxy may complete a last event that lacks its blank line.
    isSameBytes = isPrefix && (!isWhole || body.count == count) || body == expectation.body
    received = isPrefix && !isWhole ? sent : body
    isHonestlyCut =
      !isWhole && seen.ending != .left && (seen.ending != .complete || hasError)
      && (seen.status ?? 0) < 500
    lacksEnd = isHonestlyCut && body.count < sent.count && all.starts(with: body)
  }

  private static func events(_ body: [UInt8], _ form: BodyForm) -> Int {
    form.blocks(in: body).count { $0.isFinished && $0.event != nil }
  }

  /// The body without the error event at its end, unless the upstream sent that one.
  private static func withoutError(
    _ body: [UInt8], _ sent: [UInt8], _ form: BodyForm
  ) -> [UInt8] {
    guard !sent.starts(with: body),
      let last = form.blocks(in: body).last(where: { !$0.isBlank }), last.isFinished,
      let event = last.event,
      !form.blocks(in: sent).contains(where: { $0.content == last.content })
    else { return body }
    guard event.type == Array("error".utf8) || JSONTree(event.data)?["error"] != nil else {
      return body
    }
    return Array(body[..<last.range.lowerBound])
  }

  /// Whether the client has in the end not got what lies before offset `due` of the body: then it is
  /// lost and not late.
  func lacks(_ due: Int) -> Bool {
    guard !lacksEnd else { return false }
    let expected = Self.events(Array(whole[..<min(due, whole.count)]), form)
    return received.count < due && Self.events(received, form) < expected
  }

  /// Whether all that lacks of an honestly cut stream are its last blocks, each made plain first.
  func lacksLastBlocks(_ plain: (Block) -> Block) -> Bool {
    guard isHonestlyCut, !isSameBytes else { return false }
    let expected = sentBlocks.map(plain).filter { !$0.isBlank }.map(\.content)
    let came = receivedBlocks.map(plain).filter { !$0.isBlank }.map(\.content)
    return came.count < expected.count && expected.starts(with: came)
  }

  /// Whether what came is a mere beginning of what was sent, and something is missing: a gateway may
  /// drop what is not an event.
  var endsEarly: Bool {
    guard !isSameBytes, received.count < sent.count, sent.starts(with: received) else {
      return false
    }
    return form == .plain || Self.events(received, form) < Self.events(sent, form)
  }

  /// What happened to the blocks, each made plain first.
  func differences(_ plain: (Block) -> Block) -> [Difference] {
    Judging.differences(
      expected: sentBlocks.map(plain), received: receivedBlocks.map(plain), expectedBytes: sent,
      receivedBytes: received)
  }

  /// What the stream, or the one JSON value that a plain body is, says otherwise.
  func contentDifferences(ignoring ignored: IgnoredPaths) -> [ContentDifference] {
    let came = content(received, receivedBlocks, ignored)
    let due = content(sent, sentBlocks, ignored)
    var found = due.differences(from: came, isWhole: isWhole)
    // A chunk that only names a role may wait for the text that follows, and be cut off with it.
    if !isWhole, came.hasSaid(due) { found.removeAll { $0.damage == .lost && $0.isName } }
    guard isWhole, !found.isEmpty, form != .plain else { return found }
    // A gateway may complete a last event that lacks its blank line, and need not.
    let other = sent == whole ? completed : whole
    let again = content(other, form.blocks(in: other), ignored).differences(from: came)
    return again.count < found.count ? again : found
  }

  /// The same against all that the upstream has sent. Where it was cut between the CR and the LF of a
  /// blank line, one reader has dispatched the event and another waits: both are right.
  func differencesFromAllSent(ignoring ignored: IgnoredPaths) -> [ContentDifference] {
    content(whole, form.blocks(in: whole).filter(\.isFinished), ignored).differences(
      from: content(received, receivedBlocks, ignored), isWhole: isWhole)
  }

  private func content(
    _ bytes: [UInt8], _ blocks: [Block], _ ignored: IgnoredPaths
  ) -> StreamContent {
    form == .plain
      ? StreamContent(value: bytes, ignoring: ignored) : StreamContent(blocks, ignoring: ignored)
  }

  /// The blocks that were sent; of a cut stream those that are finished.
  private var sentBlocks: [Block] { form.blocks(in: sent) }

  /// The received blocks; of a cut stream those that are finished, which are all that a client sees.
  private var receivedBlocks: [Block] {
    form.blocks(in: received).filter { isWhole || $0.isFinished }
  }
}
