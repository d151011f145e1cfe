// A proxy that is wrong in one way gives the same wrong body under hundreds of plans. To compare the
// blocks of a long recording takes a tenth of a second, so that the last comparisons are kept.

internal import Synchronization

/// The last comparisons of blocks in this process.
enum BlockMemory {
  private struct Comparison: Sendable {
    var expected: [UInt8]
    var received: [UInt8]
    var differences: [Difference]
  }

  /// Shorter bodies are compared anew.
  private static let bytesMin = 16 * 1024
  private static let countMax = 8
  private static let known = Mutex<[Comparison]>([])

  /// The differences between the blocks that came and those that were expected.
  static func differences(_ body: [UInt8], _ expectation: Expectation) -> [Difference] {
    guard expectation.body.count >= bytesMin else { return compare(body, expectation) }
    let found = known.withLock { list in
      list.first { $0.received == body && $0.expected == expectation.body }
    }
    if let found { return found.differences }
    let made = compare(body, expectation)
    known.withLock { list in
      list.append(Comparison(expected: expectation.body, received: body, differences: made))
      if list.count > countMax { list.removeFirst() }
    }
    return made
  }

  private static func compare(_ body: [UInt8], _ expectation: Expectation) -> [Difference] {
    Judging.differences(
      expected: expectation.blocks, received: ReferenceReader.blocks(in: body),
      expectedBytes: expectation.body, receivedBytes: body)
  }
}
