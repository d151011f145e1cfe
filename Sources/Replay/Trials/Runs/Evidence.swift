// What a report shows of a failure: the bytes around the first difference, expected and received, and the
// cuts among them.

package import Judging
package import MockQwen
internal import Recordings
internal import Sockets
internal import Wire

/// The bytes around the first difference of a failed plan.
package struct Evidence: Hashable, Sendable {
  /// How many bytes are shown before and after the difference.
  package static let margin = 48

  /// Where the difference begins in the body that should have come, and in the one that came.
  package var expectedOffset: Int
  package var receivedOffset: Int
  /// The bytes that should have come, from `expectedStart` on.
  package var expected: [UInt8]
  package var expectedStart: Int
  /// The bytes that came, from `receivedStart` on.
  package var received: [UInt8]
  package var receivedStart: Int
  /// The cuts among the expected bytes, as offsets in the body.
  package var cuts: [Int]

  /// Nil when no violation has a place in the body.
  package init?(
    _ violations: [Violation], _ observation: Observation, _ expectation: Expectation,
    _ delivery: Delivery
  ) {
    let places = violations.filter { $0.bodyOffset != nil || $0.receivedOffset != nil }
    guard let first = places.min(by: { ($0.bodyOffset ?? .max) < ($1.bodyOffset ?? .max) }) else {
      return nil
    }
    let offset = first.bodyOffset ?? first.receivedOffset ?? 0
    let transmission = delivery.transmission
    self.init(
      expected: expectation.body, at: offset, received: observation.body,
      at: first.receivedOffset ?? offset,
      cuts: delivery.fragmentEnds.filter { $0 > transmission.headEnd }
        .map { transmission.bodyCount(before: $0) })
  }

  /// For two complete bodies: where they differ, and the cuts of the expected one.
  package init(
    expected: [UInt8], at expectedOffset: Int, received: [UInt8], at receivedOffset: Int,
    cuts: [Int]
  ) {
    self.expectedOffset = expectedOffset
    self.receivedOffset = min(receivedOffset, received.count)
    (self.expected, expectedStart) = Self.excerpt(expected, around: expectedOffset)
    (self.received, receivedStart) = Self.excerpt(received, around: self.receivedOffset)
    let shown = expectedStart...expectedStart + self.expected.count
    self.cuts = cuts.filter(shown.contains)
  }

  private static func excerpt(_ bytes: [UInt8], around offset: Int) -> ([UInt8], Int) {
    let start = max(0, min(offset, bytes.count) - margin)
    let end = min(bytes.count, offset + margin)
    return (start < end ? Array(bytes[start..<end]) : [], start)
  }
}
