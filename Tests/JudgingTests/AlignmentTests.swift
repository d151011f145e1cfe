// The alignment against the textbook definition: for all short sequences of two letters its length
// is that of the longest common subsequence, found by recursion. Without any edit allowed, the
// anchors have to do; then the pairs must still be equal and rise on both sides.

import Testing

@testable import Judging

@Suite struct AlignmentTests {
  static let sequences: [[Int]] = (0...5).flatMap { length in
    (0..<1 << length).map { bits in (0..<length).map { bits >> $0 & 1 } }
  }

  @Test func isALongestCommonSubsequence() {
    for left in Self.sequences {
      for right in Self.sequences {
        let pairs = alignment(left, right)
        #expect(isSound(pairs, left, right), "\(left) \(right)")
        #expect(pairs.count == longestCommonCount(left[...], right[...]), "\(left) \(right)")
      }
    }
  }

  @Test func staysSoundWithoutTheExactSearch() {
    for left in Self.sequences {
      for right in Self.sequences {
        let pairs = alignment(left, right, editsMax: 0, gapEditsMax: 0)
        #expect(isSound(pairs, left, right), "\(left) \(right)")
      }
    }
  }

  @Test func anchorsFindAllThatIsUnique() {
    let left = Array(0..<100)
    let right = left.filter { $0 % 3 != 0 }
    #expect(alignment(left, right, editsMax: 0, gapEditsMax: 0).count == right.count)
  }

  private func isSound(_ pairs: [Pair], _ left: [Int], _ right: [Int]) -> Bool {
    pairs.allSatisfy { left[$0.expected] == right[$0.received] }
      && zip(pairs, pairs.dropFirst()).allSatisfy {
        $0.expected < $1.expected && $0.received < $1.received
      }
  }

  private func longestCommonCount(_ left: ArraySlice<Int>, _ right: ArraySlice<Int>) -> Int {
    guard let first = left.first, let other = right.first else { return 0 }
    if first == other { return 1 + longestCommonCount(left.dropFirst(), right.dropFirst()) }
    return max(
      longestCommonCount(left.dropFirst(), right), longestCommonCount(left, right.dropFirst()))
  }
}
