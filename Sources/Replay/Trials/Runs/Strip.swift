// One run as a strip: the blocks in their order, what happened to each, and where the upstream's bytes
// were cut. A picture of a run is drawn from it, and it is small enough to keep for each failure.

package import Judging
package import MockQwen
internal import Wire

/// What happened to the blocks of one run.
package struct Strip: Hashable, Sendable {
  /// What happened to a block.
  package enum State: String, Hashable, Sendable, CaseIterable {
    case arrived, changed, lost, late, added
    /// The upstream broke off before it had sent the whole block.
    case unsent
  }

  /// A block, or several in a row that arrived.
  package struct Box: Hashable, Sendable {
    package var state: State
    /// Its bytes in the session's body; nil for an added block.
    package var range: Range<Int>?
    /// What happened, for a person, or the block's text.
    package var label: String
    /// How many blocks it stands for.
    package var count = 1
    /// When its last byte was recorded, in milliseconds since the request; nil when that is not known.
    package var time: Int?
  }

  package var boxes: [Box] = []
  /// The offsets in the session's body at which the writes were cut; only the first ones if there are
  /// very many.
  package var cuts: [Int] = []
  /// How many cuts there are in all, including those in the head and in the framing.
  package var cutCount = 0
  package var byteCount = 0
  /// The fault's name, and its place in the body; nil without a fault.
  package var fault: String?
  package var faultOffset: Int?

  /// The most boxes and cuts that are kept.
  private static let countMax = 400

  /// What happened to the blocks of a run.
  package init(
    _ observation: Observation, _ expectation: Expectation, _ delivery: Delivery,
    fault: Fault? = nil
  ) {
    let session = delivery.transmission.session
    takeCuts(delivery)
    if let fault {
      self.fault = fault.kind.rawValue
      faultOffset = delivery.transmission.bodyCount(before: min(fault.offset, delivery.count))
    }
    let received = expectation.form.blocks(in: observation.body)
    var states = [State](repeating: .arrived, count: expectation.blocks.count)
    var words: [Int: String] = [:]
    var added: [(at: Int, words: String)] = []
    let isJudged = expectation.outcome != .httpError && observation.ending != .left
    let found =
      isJudged
      ? differences(
        expected: expectation.blocks, received: received, expectedBytes: expectation.body,
        receivedBytes: observation.body) : []
    for difference in found {
      let place = difference.expected ?? expectation.blocks.count
      if difference.damage == .added || difference.damage == .duplicated {
        let isErrorEvent =
          expectation.outcome == .failed && difference.received == received.indices.last
        if !isErrorEvent { added.append((place, difference.words)) }
      } else if states.indices.contains(place) {
        states[place] = difference.damage == .lost ? .lost : .changed
        words[place] = difference.words
      }
    }
    if let delay = observation.delay {
      for index in states.indices where states[index] == .arrived {
        let end = expectation.blocks[index].range.upperBound
        if end <= delay.due, end > delay.received { states[index] = .late }
      }
    }
    for (index, block) in expectation.blocks.enumerated() where !block.isBlank {
      add(block, states[index], words[index], session)
      for extra in added where extra.at == index {
        boxes.append(Box(state: .added, range: nil, label: extra.words))
      }
    }
    for extra in added where extra.at >= expectation.blocks.count {
      boxes.append(Box(state: .added, range: nil, label: extra.words))
    }
    addUnsent(of: session, expectation)
    shorten()
  }

  /// All blocks of a session, as arrived.
  package init(arrived session: Session, _ whole: Expectation) {
    byteCount = session.body.count
    for block in whole.blocks where !block.isBlank { add(block, .arrived, nil, session) }
    shorten()
  }

  private mutating func takeCuts(_ delivery: Delivery) {
    let transmission = delivery.transmission
    byteCount = transmission.session.body.count
    cutCount = max(delivery.fragmentEnds.count - 1, 0)
    for end in delivery.fragmentEnds.dropLast() where end > transmission.headEnd {
      let place = transmission.bodyCount(before: end)
      if cuts.last != place { cuts.append(place) }
      if cuts.count == Self.countMax { break }
    }
  }

  private mutating func add(
    _ block: Block, _ state: State, _ words: String?, _ session: Session
  ) {
    let end = min(block.range.upperBound, session.body.count)
    boxes.append(
      Box(
        state: state, range: min(block.range.lowerBound, end)..<end,
        label: words ?? shownText(of: block, limit: 40),
        time: session.fragments.first { $0.end >= end }?.milliseconds))
  }

  /// Adds the blocks that the upstream never sent completely.
  private mutating func addUnsent(of session: Session, _ expectation: Expectation) {
    let known = expectation.outcome == .httpError ? 0 : expectation.body.count
    for block in expectation.form.blocks(in: session.body)
    where !block.isBlank && block.range.lowerBound >= known {
      add(block, .unsent, nil, session)
    }
  }

  /// Joins neighbours of one state while there are too many boxes.
  private mutating func shorten() {
    guard boxes.count > Self.countMax else { return }
    var short: [Box] = []
    let step = boxes.count / (Self.countMax / 2) + 1
    for box in boxes {
      guard let last = short.last, last.state == box.state, last.count < step,
        let from = last.range?.lowerBound, let to = box.range?.upperBound
      else {
        short.append(box)
        continue
      }
      short[short.count - 1].range = from..<max(from, to)
      short[short.count - 1].count += 1
      short[short.count - 1].time = box.time
      short[short.count - 1].label = "\(last.count + 1) blocks"
    }
    boxes = short.count > 4 * Self.countMax ? Array(short.prefix(4 * Self.countMax)) : short
  }
}
