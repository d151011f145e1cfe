// Both sides of a comparison: what the upstream sent through a target, and what the client got. A cut
// stream may lack its unfinished last event or have a part of it, and may end with an error event of the
// target itself.

internal import Judging
internal import MockQwen
internal import Wire

/// A body as it was sent and as it was received.
struct TargetComparison {
  /// The body bytes that were sent; for a cut stream, its complete blocks.
  let sent: [UInt8]
  /// The received bytes, without what a target may add and without a part of an unfinished block.
  let received: [UInt8]
  let form: BodyForm
  /// Whether the client got an answer of the upstream to compare, and not the target's own error.
  let isAnswered: Bool
  /// Whether an error event of the target itself ends the stream.
  let hasError: Bool
  /// Whether the bytes are the same.
  let isSameBytes: Bool
  /// Whether a cut stream was visibly cut for the client.
  let isHonestlyCut: Bool
  /// Whether such a stream lacks only its end, byte for byte.
  let lacksEnd: Bool
  /// Whether all of the answer must have come.
  let isWhole: Bool
  private let whole: [UInt8]
  /// Where else what was sent to a client that left may end: a gateway may join events, or lose one.
  private var laterEnds: [Int] = []
  /// All that was sent; a last event without a blank line is completed.
  private let completed: [UInt8]

  init(_ seen: Observation, _ expectation: Expectation, _ delivery: Delivery) {
    let transmission = delivery.transmission
    let count = transmission.bodyCount(before: delivery.count)
    let all = Array(transmission.session.body[..<count])
    form = expectation.form
    var completed = expectation.outcome == .complete ? expectation.body : all
    // A JSON line that lacks only its line end is a whole value: a gateway may pass it on.
    if form == .lines, completed == all, let start = all.lastIndex(of: 0x0A), start + 1 < count,
      JSONTree(Array(all[(start + 1)...])) != nil
    {
      completed.append(0x0A)
    }
    (whole, self.completed) = (all, completed)
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
    var end = isWhole ? count : expectation.borders.last { $0 <= count } ?? 0
    // Cut between the CR and the LF of a blank line: one reader has dispatched the event, and another
    // waits. Both are right.
    if !isWhole, all.last == 0x0D, expectation.borders.contains(count + 1),
      Self.hasMore(body, than: all[..<end], form)
    {
      end = count
    }
    // If a gateway completes a last event without a blank line, the event is compared.
    let completes =
      (isWhole || form == .lines) && completed.count > count
      && Self.hasMore(body, than: all[..<end], form)
    // What a client that left has got is a beginning, by bytes or by events.
    if mayBeCut {
      let isBeginning = all.starts(with: body)
      let ends = isBeginning ? [] : Self.ends(ofEvents: all, from: Self.events(body, form), form)
      end = isBeginning ? body.count : ends.first ?? 0
      laterEnds = Array(ends.dropFirst())
    }
    sent = completes ? completed : Array(all[..<end])
    let isPrefix = body.count >= sent.count && all.starts(with: body)
    // A proxy may complete a last event without a blank line.
    isSameBytes = isPrefix && (!isWhole || body.count == count) || body == completed
    received = isPrefix && !isWhole ? sent : body
    isHonestlyCut =
      !isWhole && seen.ending != .left && (seen.ending != .complete || hasError)
      && (seen.status ?? 0) < 500
    lacksEnd = isHonestlyCut && body.count < sent.count && all.starts(with: body)
  }

  /// Where the event with this number, counted from 1, ends, and the next few. Of 0 it is the beginning.
  private static func ends(ofEvents body: [UInt8], from number: Int, _ form: BodyForm) -> [Int] {
    let blocks = form.blocks(in: body).filter { $0.isFinished && $0.event != nil }
    return Array(([0] + blocks.map(\.range.upperBound)).dropFirst(number).prefix(8))
  }

  /// The differences from what was sent; for a client that left from the end that explains most.
  private func fewest<Found>(_ differences: ([UInt8]) -> [Found]) -> [Found] {
    var best = differences(sent)
    for end in laterEnds where !best.isEmpty {
      let other = differences(Array(whole[..<end]))
      if other.count < best.count { best = other }
    }
    return best
  }

  private static func events(_ body: [UInt8], _ form: BodyForm) -> Int {
    form.blocks(in: body).count { $0.isFinished && $0.event != nil }
  }

  /// Whether a body has more events than what was sent by then.
  private static func hasMore(
    _ body: [UInt8], than sent: ArraySlice<UInt8>, _ form: BodyForm
  ) -> Bool {
    events(body, form) > events(Array(sent), form)
  }

  /// The body without the error event at its end, unless the upstream sent that one.
  private static func withoutError(
    _ body: [UInt8], _ sent: [UInt8], _ form: BodyForm
  ) -> [UInt8] {
    guard !sent.starts(with: body),
      let last = form.blocks(in: body).last(where: { !$0.isBlank }), last.isFinished,
      let event = last.event,
      !form.blocks(in: sent).contains(where: { isSame($0.event, event) })
    else { return body }
    guard event.type == Array("error".utf8) || JSONTree(event.data)?["error"] != nil else {
      return body
    }
    return Array(body[..<last.range.lowerBound])
  }

  /// Whether two events say the same, whatever comments stand beside them and however their JSON is
  /// written.
  private static func isSame(_ sent: Event?, _ came: Event) -> Bool {
    guard let sent, sent.type == came.type else { return false }
    if sent.data == came.data { return true }
    guard let left = JSONTree(sent.data), let right = JSONTree(came.data) else { return false }
    return left == right
  }

  /// Whether the client in the end lacks bytes before offset `due` of the body: then they are lost and
  /// not late.
  func lacks(_ due: Int) -> Bool {
    guard !lacksEnd else { return false }
    let expected = Self.events(Array(whole[..<min(due, whole.count)]), form)
    return received.count < due && Self.events(received, form) < expected
  }

  /// Whether a visibly cut stream lacks only its last blocks; `plain` is applied to each block first.
  func lacksLastBlocks(_ plain: (Block) -> Block) -> Bool {
    guard isHonestlyCut, !isSameBytes else { return false }
    let expected = sentBlocks.map(plain).filter { !$0.isBlank }.map(\.content)
    let came = receivedBlocks.map(plain).filter { !$0.isBlank }.map(\.content)
    return came.count < expected.count && expected.starts(with: came)
  }

  /// Whether the received bytes are only the beginning of the sent ones, and something is missing: a
  /// gateway may drop what is not an event.
  var endsEarly: Bool {
    guard !isSameBytes, received.count < sent.count, sent.starts(with: received) else {
      return false
    }
    return form == .plain || Self.events(received, form) < Self.events(sent, form)
  }

  /// What happened to the blocks; `plain` is applied to each first.
  func differences(_ plain: (Block) -> Block) -> [Difference] {
    fewest { sent in
      Judging.differences(
        expected: form.blocks(in: sent).map(plain), received: receivedBlocks.map(plain),
        expectedBytes: sent, receivedBytes: received)
    }
  }

  /// The differences in the content of the stream, or of the one JSON value of a plain body.
  func contentDifferences(ignoring ignored: IgnoredPaths) -> [ContentDifference] {
    let came = content(received, receivedBlocks, ignored)
    let found = fewest { sent in
      let due = content(sent, form.blocks(in: sent), ignored)
      var found = due.differences(from: came, isWhole: isWhole)
      // A chunk with only a role may wait for the text that follows, and be cut off with it.
      if !isWhole, came.hasSaid(due) { found.removeAll { $0.damage == .lost && $0.isName } }
      return found
    }
    guard isWhole, !found.isEmpty, form != .plain else { return found }
    // A gateway may complete a last event without a blank line, but need not.
    let other = sent == whole ? completed : whole
    let again = content(other, form.blocks(in: other), ignored).differences(from: came)
    return again.count < found.count ? again : found
  }

  /// The same compared with all that the upstream has sent. If it was cut between the CR and the LF of a
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

  /// The blocks that were sent; for a cut stream, the finished ones.
  private var sentBlocks: [Block] { form.blocks(in: sent) }

  /// The received blocks; for a cut stream the finished ones, which are all that a client sees.
  private var receivedBlocks: [Block] {
    form.blocks(in: received).filter { isWhole || $0.isFinished }
  }
}
