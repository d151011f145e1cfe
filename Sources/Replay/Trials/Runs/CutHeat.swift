// At which bytes of the response a cut did harm: for each byte of the body, how many failed plans had a
// cut of the upstream's writes before it.

internal import MockQwen

/// How many failed plans had a cut before each byte.
package struct CutHeat: Hashable, Sendable {
  /// A count for each byte of the body, and one for its end.
  package private(set) var counts: [UInt32]
  /// Failed plans with a cut in the response head.
  package private(set) var headCount = 0

  /// Longer bodies, in bytes, have no map: nobody would read it, and every failure would cost time.
  package static let byteCountMax = 64 * 1024

  /// Nil for an empty body, or one that is too long.
  init?(byteCount: Int) {
    guard 1...Self.byteCountMax ~= byteCount else { return nil }
    counts = [UInt32](repeating: 0, count: byteCount + 1)
  }

  /// Counts the cuts of a plan that failed.
  mutating func take(_ delivery: Delivery) {
    let transmission = delivery.transmission
    var last = -1
    var isInHead = false
    for end in delivery.fragmentEnds.dropLast() {
      guard end >= transmission.headEnd else {
        isInHead = true
        continue
      }
      let place = transmission.bodyCount(before: end)
      if place != last, counts.indices.contains(place) { counts[place] += 1 }
      last = place
    }
    if isInHead { headCount += 1 }
  }

  /// The sum of both; the bodies must have the same length.
  package static func + (left: CutHeat, right: CutHeat) -> CutHeat {
    var sum = left
    sum.headCount += right.headCount
    for index in sum.counts.indices where right.counts.indices.contains(index) {
      sum.counts[index] += right.counts[index]
    }
    return sum
  }

  package var max: Int { Int(counts.max() ?? 0) }
}
