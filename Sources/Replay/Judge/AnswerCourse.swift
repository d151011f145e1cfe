// What the embedded proxy must do with a delivery and when, fragment by fragment, derived from its
// documentation: where a foreign proxy has a range of times, this one has promised a moment. The
// fragments come at times that the plan fixes; between them run the time limits and, if it is set, the
// heartbeat.

internal import MockQwen
internal import Wire

/// The course of an answer through the embedded proxy.
struct AnswerCourse: Hashable, Sendable {
  /// When it ends, in milliseconds since the request.
  private(set) var endTime = 0
  /// Why it ends; nil when it is complete.
  private(set) var error: DocumentedError?
  /// How many body bytes have come by then.
  private(set) var sent = 0
  /// Whether the client has the head by then.
  private(set) var hasBegun = false
  /// The offsets in the body at which heartbeats come, rising, one entry for each heartbeat.
  private(set) var beats: [Int] = []

  private let core: CoreWords
  private let blocks: [Block]
  private let body: [UInt8]
  private let isStream: Bool
  private let isJoined: Bool
  private var wait: Int
  private var beat: Int?
  private var progress = 0
  /// The next incomplete block.
  private var next = 0
  /// Where the last complete block ends.
  private(set) var border = 0

  /// The course for a client that reads without delay; nil when the documentation fixes no moment.
  init?(_ delivery: Delivery, whole: Expectation, isStream: Bool, isJoined: Bool) {
    let transmission = delivery.transmission
    let status = transmission.session.response.status
    guard delivery.firstStatus == nil, status != 204, status != 304 else { return nil }
    core = delivery.core
    self.isStream = isStream
    self.isJoined = isJoined
    blocks = isStream ? whole.blocks : []
    body = transmission.session.body
    wait = delivery.core.first ?? DocumentedLimit.firstByte
    var now = 0
    var last = 0
    for index in delivery.fragmentEnds.indices {
      now = max(now, delivery.dueTime(ofFragment: index))
      guard !limitsEnd(before: now) else { return }
      let end = delivery.readableEnd(ofFragment: index)
      guard end > last else { continue }
      last = end
      take(transmission.bodyCount(before: end), at: now)
      if error != nil { return }
      if let offset = transmission.malformedOffset, offset <= end {
        fail(.malformed, at: now)
        return
      }
      planBeat(at: now)
      if transmission.isComplete, transmission.framing != .close, end >= transmission.completeEnd {
        endTime = now
        return
      }
    }
    close(delivery, at: now)
  }

  /// The connection ends, or no more bytes come.
  private mutating func close(_ delivery: Delivery, at now: Int) {
    let transmission = delivery.transmission
    switch delivery.ending {
    case .reset: fail(.reset, at: now)
    case .stall: _ = limitsEnd(before: .max)
    case .finish, .cut, .keep:
      if transmission.framing == .close, delivery.count >= transmission.headEnd {
        endTime = now
      } else {
        fail(.truncated, at: now)
      }
    }
  }

  private mutating func fail(_ error: DocumentedError, at time: Int) {
    self.error = error
    endTime = time
  }

  /// Advances the time to `now`; whether a limit ends the answer before that.
  private mutating func limitsEnd(before now: Int) -> Bool {
    let total = core.total ?? .max
    while true {
      let due = min(wait, total, beat ?? .max)
      guard due < now else { return false }
      if due == total {
        fail(.totalTimeout, at: due)
        return true
      }
      if due == wait {
        fail(hasBegun ? .idleTimeout : .firstByteTimeout, at: due)
        return true
      }
      beats.append(border)
      beat = due + (core.heartbeat ?? 0)
    }
  }

  private mutating func rest(from now: Int) {
    wait = min(now + (core.idle ?? DocumentedLimit.idle), progress + DocumentedLimit.barren)
  }

  /// `count` bytes of the body have come by now.
  private mutating func take(_ count: Int, at now: Int) {
    if hasBegun { rest(from: now) }
    sent = count
    if !hasBegun, count > 0 {
      hasBegun = true
      progress = now
      rest(from: now)
    }
    guard hasBegun else { return }
    let before = border
    let holdsField = takeBlocks(upTo: count)
    if now - progress >= 1_000, !isStream || holdsField {
      progress = now
      rest(from: now)
    }
    if let limit = core.block {
      if isJoined, border > limit { return fail(.streamTooLarge, at: now) }
      if isStream, count - border > limit { return fail(.blockTooLarge, at: now) }
    }
    if border > before { beat = nil }
  }

  /// Moves past the blocks that are complete at `count`; whether one of them has a field. A block that
  /// was larger than the limit before its last byte does not count: the answer ends there.
  private mutating func takeBlocks(upTo count: Int) -> Bool {
    if next > 0, border < blocks[next - 1].range.upperBound, border < count { border += 1 }
    var holdsField = false
    while next < blocks.count, blocks[next].isFinished,
      blocks[next].range.upperBound <= body.count
    {
      let end = blocks[next].range.upperBound
      // The CR of the last line end ends the block; its LF belongs to no block.
      let early = body[..<end].suffix(2).elementsEqual([0x0D, 0x0A]) ? end - 1 : end
      guard early <= count, early - border - 1 <= core.block ?? .max else { break }
      if !blocks[next].fields.isEmpty { holdsField = true }
      border = min(end, count)
      next += 1
    }
    return holdsField
  }

  /// Plans the next heartbeat, when the stream is between two blocks.
  private mutating func planBeat(at now: Int) {
    guard let time = core.heartbeat, isStream, !isJoined else { return }
    let isBetween = border > 0 && border == sent && body[border - 1] == 0x0A
    if !isBetween {
      beat = nil
    } else if beat == nil {
      beat = now + time
    }
  }
}
