// What a client must get when time passes between the fragments: a proxy must endure some silences, must
// end after others, and in between it may do either, as long as it reports an error.

internal import MockQwen
internal import Wire

extension Expectation {
  /// Takes the times of a delivery into account: a proxy may give up on an upstream that is silent, or
  /// that sends bytes but no field (only comments and blank lines), and after some time it must.
  mutating func grow(impatient delivery: Delivery, _ policy: Policy) {
    isPaced = true
    guard outcome != .httpError, isEventStream else { return }
    var lastByte = 0
    var lastBorder = 0
    var seen = 0
    var sent = 0
    for index in delivery.fragmentEnds.indices {
      let end = delivery.readableEnd(ofFragment: index)
      guard end > sent else { continue }
      let due = delivery.dueTime(ofFragment: index)
      let silence = due - lastByte
      let barren = due - lastBorder
      if silence >= policy.silenceMax || barren >= policy.barrenMax {
        let limit =
          silence >= policy.silenceMax
          ? lastByte + policy.silenceMax : lastBorder + policy.barrenMax
        mustEnd(
          behind: seen, by: limit, asError: delivery.transmission.bodyCount(before: sent) == 0)
        return
      }
      if blocksMin == nil, silence > policy.patienceMin || barren > policy.patienceMin {
        blocksMin = seen
      }
      (lastByte, sent) = (due, end)
      let body = delivery.transmission.bodyCount(before: end)
      while seen < blocks.count, blocks[seen].isFinished, blocks[seen].range.upperBound <= body {
        if !blocks[seen].fields.isEmpty { lastBorder = due }
        seen += 1
      }
    }
    if delivery.ending == .stall {
      // Each request of a pipeline may wait for its answer.
      endTimeMax = (lastByte + policy.silenceMax) * (delivery.request.answersBefore + 1)
    }
  }

  /// The stream must have ended with an error, by `time`, after at most `count` blocks.
  private mutating func mustEnd(behind count: Int, by time: Int, asError: Bool) {
    outcome = asError ? .httpError : .failed
    if asError { (status, fields) = (504, []) }
    blocks = Array(blocks.prefix(count))
    body = Array(body.prefix(blocks.last?.range.upperBound ?? 0))
    blocksMin = blocksMin ?? count
    endTimeMax = time
  }

  /// The expectation for what has happened: if the proxy may give up, and has, only as many blocks as it
  /// had passed on by then.
  package func resolved(for observation: Observation) -> Expectation {
    guard let blocksMin, outcome != .httpError,
      observation.ending != .complete || outcome == .failed || observation.status == 504
    else { return self }
    // A client that left has seen no end, so it has seen no error either as long as all it has is the
    // stream's.
    if observation.ending == .left, body.starts(with: observation.body) { return self }
    var resolved = self
    if blocksMin == 0, observation.status == 504 {
      (resolved.outcome, resolved.status, resolved.fields) = (.httpError, 504, [])
      return resolved
    }
    let passed = ReferenceReader.blocks(in: observation.body).count { $0.isFinished }
    // The last block is the error event.
    let count = min(max(passed - 1, blocksMin), blocks.count)
    resolved.outcome = .failed
    resolved.blocks = Array(blocks.prefix(count))
    resolved.body = Array(body.prefix(resolved.blocks.last?.range.upperBound ?? 0))
    return resolved
  }
}
