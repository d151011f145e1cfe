// Both sides of a comparison: what the upstream sent through a target, and what the client got. A cut
// stream may lack its unfinished last event or have a part of it, and may end with an error event of
// the target's own.

internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Wire

/// A body as it was sent and as it was received.
struct TargetStream {
  /// The body bytes that were sent; of a cut stream the complete blocks.
  package let sent: [UInt8]
  /// What came, without what a target may add and without a part of an unfinished block.
  package let received: [UInt8]
  package let isEventStream: Bool
  /// Whether the client got an answer of the upstream's to compare, and not the target's own error.
  package let isAnswered: Bool
  /// Whether an error event of the target's own ends the stream.
  let hasError: Bool
  /// Whether the bytes are the same.
  let isSameBytes: Bool
  /// Whether a cut stream reached the client as one that is cut.
  let isHonestlyCut: Bool
  /// Whether all that lacks of such a stream is its end, byte for byte.
  let lacksEnd: Bool
  private let isWhole: Bool
  private let whole: [UInt8]

  init(_ seen: Observation, _ expectation: Expectation, _ delivery: Delivery) {
    let transmission = delivery.transmission
    let count = transmission.bodyCount(before: delivery.count)
    let all = Array(transmission.session.body[..<count])
    whole = all
    isEventStream = expectation.isEventStream
    isAnswered = expectation.outcome == .complete || (seen.status ?? 500) < 500
    isWhole = expectation.outcome == .complete && seen.ending != .left
    guard isEventStream, !isWhole || seen.body != all else {
      (sent, received, hasError) = (all, seen.body, false)
      isSameBytes = isWhole ? all == seen.body : all.starts(with: seen.body)
      (isHonestlyCut, lacksEnd) = (false, false)
      return
    }
    let body = isWhole ? seen.body : Self.withoutError(seen.body, all)
    hasError = body.count < seen.body.count
    let end = isWhole ? count : expectation.borders.last { $0 <= count } ?? 0
    // A gateway that completes a last event without its blank line has it compared.
    let completes =
      isWhole && expectation.body.count > count
      && ReferenceReader.events(in: body).count > ReferenceReader.events(in: all).count
    sent =
      completes
      ? expectation.body
      : seen.ending == .left ? Array(all[..<min(body.count, count)]) : Array(all[..<end])
    let isPrefix = body.count >= sent.count && all.starts(with: body)
    // A proxy may complete a last event that lacks its blank line.
    isSameBytes = isPrefix && (!isWhole || body.count == count) || body == expectation.body
    received = isPrefix && !isWhole ? sent : body
    isHonestlyCut =
      !isWhole && seen.ending != .left && (seen.ending != .complete || hasError)
      && (seen.status ?? 0) < 500
    lacksEnd = isHonestlyCut && body.count < sent.count && all.starts(with: body)
  }

  /// The body without the error event at its end, unless the upstream sent that one.
  private static func withoutError(_ body: [UInt8], _ sent: [UInt8]) -> [UInt8] {
    guard !sent.starts(with: body),
      let last = ReferenceReader.blocks(in: body).last(where: { !$0.isBlank }), last.isFinished,
      let event = last.event,
      !ReferenceReader.blocks(in: sent).contains(where: { $0.content == last.content })
    else { return body }
    let object = try? JSONSerialization.jsonObject(with: Data(event.data)) as? [String: Any]
    guard event.type == Array("error".utf8) || object?["error"] != nil else { return body }
    return Array(body[..<last.range.lowerBound])
  }

  /// Whether the client has in the end not got what lies before offset `due` of the body: then it is
  /// lost and not late.
  func lacks(_ due: Int) -> Bool {
    guard !lacksEnd else { return false }
    let expected = ReferenceReader.events(in: Array(whole[..<min(due, whole.count)])).count
    return received.count < due && ReferenceReader.events(in: received).count < expected
  }

  /// Whether all that lacks of an honestly cut stream are its last blocks, each made plain first.
  func lacksLastBlocks(_ plain: (Block) -> Block) -> Bool {
    guard isHonestlyCut, !isSameBytes else { return false }
    let expected = sentBlocks.map(plain).filter { !$0.isBlank }.map(\.content)
    let came = receivedBlocks.map(plain).filter { !$0.isBlank }.map(\.content)
    return came.count < expected.count && expected.starts(with: came)
  }

  /// Whether what came is a mere beginning of what was sent, and something is missing: a gateway may
  /// drop what is no event.
  var endsEarly: Bool {
    guard !isSameBytes, received.count < sent.count, sent.starts(with: received) else {
      return false
    }
    let count = { ReferenceReader.events(in: $0).count }
    return !isEventStream || count(received) < count(sent)
  }

  /// What happened to the blocks, each made plain first.
  package func differences(_ plain: (Block) -> Block) -> [Difference] {
    Judging.differences(
      expected: sentBlocks.map(plain), received: receivedBlocks.map(plain), expectedBytes: sent,
      receivedBytes: received)
  }

  /// What the stream says otherwise, in sentences.
  var contentDifferences: [String] {
    StreamContent(sentBlocks).differences(from: StreamContent(receivedBlocks))
  }

  /// The blocks that were sent; of a cut stream those that are finished.
  private var sentBlocks: [Block] { ReferenceReader.blocks(in: sent) }

  /// The received blocks; of a cut stream those that are finished, which are all that a client sees.
  private var receivedBlocks: [Block] {
    ReferenceReader.blocks(in: received).filter { isWhole || $0.isFinished }
  }
}
