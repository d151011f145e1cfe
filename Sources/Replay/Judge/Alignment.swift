// Which expected block is which received block. The contents of both sides come in as small integers,
// equal exactly when the contents are, and the result is pairs that rise on both sides. Few edits: the
// longest common subsequence, exactly, by Myers' greedy O(ND) search ("An O(ND) Difference Algorithm and
// Its Variations", 1986). Many edits: contents that occur once on each side become anchors, and only the
// gaps between anchors are searched, each within a small budget. Beyond the budget, the first of a kind
// is paired with the first, the second with the second.

internal import Wire

/// A place on both sides.
package struct Pair: Hashable, Sendable {
  /// The index on the expected side, from 0.
  package var expected: Int
  /// The index on the received side, from 0.
  package var received: Int
}

/// Pairs of equal elements, rising on both sides: a longest common subsequence when at most
/// `editsMax` elements are missing or extra, else a good one. Time is at most proportional to
/// `editsMax` squared plus n log n plus `gapEditsMax` times n.
package func alignment(
  _ expected: [Int], _ received: [Int], editsMax: Int = 512, gapEditsMax: Int = 128
) -> [Pair] {
  if let pairs = shortestEdit(expected[...], received[...], editsMax: editsMax) { return pairs }
  var pairs: [Pair] = []
  var from = Pair(expected: 0, received: 0)
  let anchors = longestRising(uniquePairs(expected, received))
  for anchor in anchors + [Pair(expected: expected.count, received: received.count)] {
    let left = expected[from.expected..<anchor.expected]
    let right = received[from.received..<anchor.received]
    pairs +=
      shortestEdit(left, right, editsMax: gapEditsMax)
      ?? longestRising(occurrencePairs(left, right))
    if anchor.expected < expected.count { pairs.append(anchor) }
    from = Pair(expected: anchor.expected + 1, received: anchor.received + 1)
  }
  return pairs
}

/// The longest common subsequence of both slices, in their own indices, or nil when more than `editsMax`
/// elements must be left out.
///
/// Myers' search: `reach[k]` is how far on the left the best path with `edits` edits comes on the
/// diagonal `k` = left - right. The reach of each round is kept, and the path is walked back.
private func shortestEdit(
  _ left: ArraySlice<Int>, _ right: ArraySlice<Int>, editsMax: Int
) -> [Pair]? {
  let (leftCount, rightCount) = (left.count, right.count)
  let roundsMax = min(leftCount + rightCount, editsMax)
  let middle = roundsMax + 1
  var reach = [Int](repeating: 0, count: 2 * middle + 1)
  var rounds: [[Int]] = []
  for edits in 0...roundsMax {
    // Round `edits` starts from the diagonals -edits...edits of the round before it.
    rounds.append(Array(reach[(middle - edits)...(middle + edits)]))
    for k in stride(from: -edits, through: edits, by: 2) {
      let goesDown =
        k == -edits || (k != edits && reach[middle + k - 1] < reach[middle + k + 1])
      var x = goesDown ? reach[middle + k + 1] : reach[middle + k - 1] + 1
      if edits == 0 { x = 0 }
      while x < leftCount, x - k < rightCount,
        left[left.startIndex + x] == right[right.startIndex + x - k]
      {
        x += 1
      }
      reach[middle + k] = x
      if x >= leftCount, x - k >= rightCount {
        return walkBack(rounds, leftCount, rightCount).map {
          Pair(
            expected: left.startIndex + $0.expected, received: right.startIndex + $0.received)
        }
      }
    }
  }
  return nil
}

/// The pairs on the path that Myers' search found, from the start.
private func walkBack(_ rounds: [[Int]], _ leftCount: Int, _ rightCount: Int) -> [Pair] {
  var pairs: [Pair] = []
  var (x, y) = (leftCount, rightCount)
  for edits in rounds.indices.reversed() {
    var (fromX, fromY) = (0, 0)
    if edits > 0 {
      let reach = rounds[edits]
      let k = x - y
      let goesDown =
        k == -edits || (k != edits && reach[edits + k - 1] < reach[edits + k + 1])
      let fromK = goesDown ? k + 1 : k - 1
      fromX = reach[edits + fromK]
      fromY = fromX - fromK
    }
    while x > fromX, y > fromY {
      (x, y) = (x - 1, y - 1)
      pairs.append(Pair(expected: x, received: y))
    }
    (x, y) = (fromX, fromY)
  }
  return pairs.reversed()
}

/// Pairs of the elements that occur exactly once on each side, in the order of the left.
private func uniquePairs(_ left: [Int], _ right: [Int]) -> [Pair] {
  let (leftPlaces, rightPlaces) = (places(left[...]), places(right[...]))
  return left.indices.compactMap { index in
    guard leftPlaces[left[index]]?.count == 1, let found = rightPlaces[left[index]],
      found.count == 1
    else { return nil }
    return Pair(expected: index, received: found[0])
  }
}

/// Pairs the first of a kind with the first, the second with the second, in the order of the left.
private func occurrencePairs(_ left: ArraySlice<Int>, _ right: ArraySlice<Int>) -> [Pair] {
  let rightPlaces = places(right)
  var seen: [Int: Int] = [:]
  return left.indices.compactMap { index in
    let occurrence = seen[left[index], default: 0]
    seen[left[index]] = occurrence + 1
    guard let found = rightPlaces[left[index]], occurrence < found.count else { return nil }
    return Pair(expected: index, received: found[occurrence])
  }
}

/// The places of each element, in order.
private func places(_ elements: ArraySlice<Int>) -> [Int: [Int]] {
  elements.indices.reduce(into: [:]) { $0[elements[$1], default: []].append($1) }
}

/// The longest part of `pairs` (which rise on the left) that rises on the right too, by patience
/// sorting: `ends[n]` is the pair with the smallest right place that ends a rise of n + 1 pairs.
private func longestRising(_ pairs: [Pair]) -> [Pair] {
  var ends: [Int] = []
  var before = [Int?](repeating: nil, count: pairs.count)
  for index in pairs.indices {
    let low = ends.partitionPoint { pairs[$0].received < pairs[index].received }
    before[index] = low > 0 ? ends[low - 1] : nil
    if low < ends.count { ends[low] = index } else { ends.append(index) }
  }
  var rising: [Pair] = []
  var next = ends.last
  while let index = next {
    rising.append(pairs[index])
    next = before[index]
  }
  return rising.reversed()
}
