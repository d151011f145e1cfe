// Where the blocks of a session end, and whether a client has got as far. A target may write a stream
// anew, so that bytes do not compare; then it is the number of events that counts.

internal import Judging
internal import Wire

/// The ends of a session's blocks.
struct Borders: Hashable, Sendable {
  /// Offsets in the session's body at which blocks end, rising.
  private let ends: [Int]
  /// Those that dispatch an event.
  private let eventEnds: [Int]

  init(_ whole: Expectation) {
    ends = whole.borders
    eventEnds = whole.blocks.filter { $0.isFinished && $0.event != nil }.map(\.range.upperBound)
  }

  /// The largest end that is at most `count`; 0 when there is none.
  package func last(upTo count: Int) -> Int {
    var low = 0
    var high = ends.count
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] <= count { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? 0 : ends[low - 1]
  }

  /// Whether a client that has got `body` has all blocks up to offset `due`: as many bytes, or as
  /// many events.
  func hasReached(_ due: Int, _ body: [UInt8]) -> Bool {
    if body.count >= due { return true }
    guard !body.isEmpty else { return false }
    return ReferenceReader.events(in: body).count >= eventEnds.count { $0 <= due }
  }
}
