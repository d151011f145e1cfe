// The rules that name damage. The alignment leaves gaps: expected and received blocks between two equal
// ones. The rules take blocks out of the gaps, the strongest evidence first:
//
// 1. MERGED, SPLIT: the bytes of one block, line ends aside, are those of two or more consecutive
//    blocks of the other side of the gap; or its `data` values are, all joined.
// 2. REORDERED: a received block is the same as an expected one that is missing elsewhere.
// 3. DUPLICATED: a received block is the same as an expected one that has been delivered.
// 4. MERGED: two or more consecutive expected blocks have their data (of 4 bytes or more, because less
//    proves nothing) in one received block, in order; some of their other bytes are lost.
// 5. CORRUPTED: the rest of a gap on both sides is paired in order, the most similar together; but
//    LOST when the expected block dispatches an event and the received one in its place does not.
// 6. LOST, ADDED: what is then left on one side.
//
// Blocks for rules 1 and 4 are searched only near their proportional place in the gap, so that a gap of n
// blocks costs n steps, not n squared.

internal import MockQwen
internal import Wire

/// Places on both sides between two aligned pairs.
struct Gap: Hashable, Sendable {
  package var expected: Range<Int>
  package var received: Range<Int>

  package var isEmpty: Bool { expected.isEmpty && received.isEmpty }
}

/// A comparison in progress: which blocks no rule has taken yet, and what the rules have found.
struct BlockComparison: Hashable, Sendable {
  private struct Finding: Hashable, Sendable {
    package var place: Pair
    var difference: Difference
  }

  private let expected: Side
  private let received: Side
  private var takenExpected: Set<Int> = []
  private var takenReceived: Set<Int> = []
  private var findings: [Finding] = []

  init(expected: Side, received: Side) {
    self.expected = expected
    self.received = received
  }

  /// All differences, when everything outside `middle` is equal; in expected order.
  package mutating func differences(in middle: Gap) -> [Difference] {
    var numbers: [Identity: Int] = [:]
    func number(_ identity: Identity) -> Int {
      if let known = numbers[identity] { return known }
      numbers[identity] = numbers.count
      return numbers.count - 1
    }
    let expectedNumbers = (0..<expected.count).map { number(expected.identity($0)) }
    let receivedNumbers = (0..<received.count).map { number(received.identity($0)) }
    let gaps = gaps(of: middle, expectedNumbers, receivedNumbers)
    for gap in gaps { nameJoined(in: gap) }
    nameReordered(in: gaps, expectedNumbers, receivedNumbers)
    nameDuplicated(in: gaps, expectedNumbers, receivedNumbers)
    for gap in gaps {
      nameMerged(in: gap)
      nameCorrupted(in: gap)
      nameRest(in: gap)
    }
    return findings.sorted {
      ($0.place.expected, $0.place.received) < ($1.place.expected, $1.place.received)
    }.map(\.difference)
  }

  private func gaps(
    of middle: Gap, _ expectedNumbers: [Int], _ receivedNumbers: [Int]
  ) -> [Gap] {
    let pairs = alignment(
      Array(expectedNumbers[middle.expected]), Array(receivedNumbers[middle.received]))
    var gaps: [Gap] = []
    var from = Pair(
      expected: middle.expected.lowerBound, received: middle.received.lowerBound)
    for pair in pairs {
      let to = Pair(
        expected: middle.expected.lowerBound + pair.expected,
        received: middle.received.lowerBound + pair.received)
      gaps.append(
        Gap(expected: from.expected..<to.expected, received: from.received..<to.received))
      from = Pair(expected: to.expected + 1, received: to.received + 1)
    }
    gaps.append(
      Gap(
        expected: from.expected..<middle.expected.upperBound,
        received: from.received..<middle.received.upperBound))
    return gaps.filter { !$0.isEmpty }
  }

  // MARK: The rules

  /// Rule 1.
  private mutating func nameJoined(in gap: Gap) {
    for spelling in [Side.text, Side.data] {
      let merged = joins(
        wholes: openReceived(gap).map { Piece($0, spelling(received)($0)) },
        pieces: openExpected(gap).map { Piece($0, spelling(expected)($0)) },
        countOfPieces: countFilling)
      for join in merged { add(.merged, join.pieces, join.whole...join.whole) }
      let split = joins(
        wholes: openExpected(gap).map { Piece($0, spelling(expected)($0)) },
        pieces: openReceived(gap).map { Piece($0, spelling(received)($0)) },
        countOfPieces: countFilling)
      for join in split { add(.split, join.whole...join.whole, join.pieces) }
    }
  }

  /// Rule 2.
  private mutating func nameReordered(
    in gaps: [Gap], _ expectedNumbers: [Int], _ receivedNumbers: [Int]
  ) {
    // The missing places of each content, last first, so that the first is taken from the end.
    var missing: [Int: [Int]] = [:]
    for place in gaps.reversed().flatMap({ openExpected($0).reversed() }) {
      missing[expectedNumbers[place], default: []].append(place)
    }
    for place in gaps.flatMap({ openReceived($0) }) {
      guard let from = missing[receivedNumbers[place]]?.popLast() else { continue }
      add(.reordered, from...from, place...place)
    }
  }

  /// Rule 3. The repeated block is the last one expected before the repetition.
  private mutating func nameDuplicated(
    in gaps: [Gap], _ expectedNumbers: [Int], _ receivedNumbers: [Int]
  ) {
    var delivered: [Int: [Int]] = [:]
    for place in expectedNumbers.indices {
      delivered[expectedNumbers[place], default: []].append(place)
    }
    for gap in gaps {
      for place in openReceived(gap) {
        guard let places = delivered[receivedNumbers[place]] else { continue }
        let original = places.last { $0 < gap.expected.upperBound } ?? places[0]
        takenReceived.insert(place)
        record(
          .duplicated, at: Pair(expected: gap.expected.upperBound, received: place),
          original...original, place...place)
      }
    }
  }

  /// Rule 4.
  private mutating func nameMerged(in gap: Gap) {
    let merged = joins(
      wholes: openReceived(gap).map { Piece($0, received.text($0)) },
      pieces: openExpected(gap).map { Piece($0, expected.data($0)) },
      countOfPieces: countContained)
    for join in merged { add(.merged, join.pieces, join.whole...join.whole) }
  }

  /// Rule 5.
  private mutating func nameCorrupted(in gap: Gap) {
    let left = openExpected(gap).map { Piece($0, expected.text($0)) }
    let right = openReceived(gap).map { Piece($0, received.text($0)) }
    if left.count <= right.count {
      for (one, other) in mostAlike(few: left, many: right) {
        add(damage(one, other), one...one, other...other)
      }
    } else {
      for (one, other) in mostAlike(few: right, many: left) {
        add(damage(other, one), other...other, one...one)
      }
    }
  }

  /// The damage when the received block `other` comes in place of the expected block `one`.
  private func damage(_ one: Int, _ other: Int) -> Damage {
    expected.hasEvent(one) && !received.hasEvent(other) ? .lost : .corrupted
  }

  /// Rule 6.
  private mutating func nameRest(in gap: Gap) {
    for place in openExpected(gap) {
      record(
        .lost, at: Pair(expected: place, received: gap.received.lowerBound), place...place, nil)
    }
    for place in openReceived(gap) {
      record(
        .added, at: Pair(expected: gap.expected.upperBound, received: place), nil, place...place)
    }
  }

  // MARK: Bookkeeping

  private func openExpected(_ gap: Gap) -> [Int] {
    gap.expected.filter { !takenExpected.contains($0) }
  }

  private func openReceived(_ gap: Gap) -> [Int] {
    gap.received.filter { !takenReceived.contains($0) }
  }

  private mutating func add(
    _ damage: Damage, _ left: ClosedRange<Int>, _ right: ClosedRange<Int>
  ) {
    takenExpected.formUnion(left)
    takenReceived.formUnion(right)
    record(damage, at: Pair(expected: left.lowerBound, received: right.lowerBound), left, right)
  }

  private mutating func record(
    _ damage: Damage, at place: Pair, _ left: ClosedRange<Int>?, _ right: ClosedRange<Int>?
  ) {
    let leftRange = left.map { expected.range($0.lowerBound, through: $0.upperBound) }
    let rightRange = right.map { received.range($0.lowerBound, through: $0.upperBound) }
    var offsets = (leftRange?.lowerBound, rightRange?.lowerBound)
    if [.corrupted, .merged, .split, .lost].contains(damage), let leftRange, let rightRange {
      let first = expected.firstDifference(leftRange, received, rightRange)
      offsets = (first.expected, first.received)
    }
    let difference = Difference(
      damage: damage, expected: left.map { expected.index($0.lowerBound) },
      received: right.map { received.index($0.lowerBound) }, expectedOffset: offsets.0,
      receivedOffset: offsets.1)
    findings.append(Finding(place: place, difference: difference))
  }
}
