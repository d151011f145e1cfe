// The trace is the first half of a proof: the machine eats the input byte by byte, is compared with
// the promise after every byte, and each of its states is kept. The second half compares all longer
// pieces with these states. A trace covers one stretch of the input; where pieces are bounded, the
// stretches follow each other, so that a long recording does not need all its states at once.

internal import Recordings
internal import Sockets
internal import Wire

/// The states of a machine along a stretch of its input.
struct ByteTrace<Machine: Provable>: Sendable {
  /// At most so many states begin a piece in one stretch, and hold at most so many bytes, where
  /// pieces are bounded.
  private static var statesMax: Int { 32 * 1024 }
  private static var heldBytesMax: Int { 128 * 1024 * 1024 }

  package let input: [UInt8]
  /// Where pieces begin in this stretch.
  package private(set) var starts: Range<Int>
  /// The machine in front of every byte from `starts.lowerBound` on, through the last end of a piece.
  private var states: [Machine]
  /// What left along the stretch.
  private var output: [UInt8] = []
  /// For each state how many bytes of `output` had left.
  private var outputEnds: [Int] = [0]
  /// How many bytes had left before the stretch.
  private let outputStart: Int

  /// Walks on from `machine`, which has eaten `input[..<start]`, and of which `outputStart` bytes
  /// have left. Pieces have at most `pieceMax` bytes.
  init(
    _ machine: Machine, over input: [UInt8], from start: Int, pieceMax: Int, outputStart: Int,
    promise: Promise
  ) throws(Flaw) {
    self.input = input
    self.outputStart = outputStart
    states = [machine]
    starts = start..<start
    let isBounded = pieceMax < input.count
    var machine = machine
    var end = start
    var held = 0
    while end < input.count,
      !isBounded || (end - start < Self.statesMax && held < Self.heldBytesMax)
    {
      try step(&machine, promise)
      held += machine.heldCount
      end += 1
    }
    starts = start..<end
    for _ in 0..<min(pieceMax - 1, input.count - end) { try step(&machine, promise) }
  }

  private mutating func step(_ machine: inout Machine, _ promise: Promise) throws(Flaw) {
    let offset = starts.lowerBound + states.count - 1
    var left: [UInt8] = []
    machine.feed(input.span.extracting(offset..<offset + 1), into: &left)
    try promise.check(
      left[...], at: outputStart + output.count, with: machine, piece: offset..<offset + 1)
    output += left
    states.append(machine)
    outputEnds.append(output.count)
  }

  /// The state behind the last start, and how many bytes have left in front of it.
  package var end: (machine: Machine, outputCount: Int) {
    (states[starts.count], outputStart + outputEnds[starts.count])
  }

  /// What the machine does with `piece` at once that it does not do with its bytes one by one.
  package func flaw(of piece: Range<Int>) -> Flaw {
    let (first, last) = (piece.lowerBound - starts.lowerBound, piece.upperBound - starts.lowerBound)
    var machine = states[first]
    var left: [UInt8] = []
    machine.feed(input.span.extracting(piece), into: &left)
    let expected = Array(output[outputEnds[first]..<outputEnds[last]])
    return Flaw(
      kind: left == expected ? .otherState : .otherOutput, piece: piece, expected: expected,
      received: left)
  }

  /// How many pieces of `length` bytes begin in this stretch.
  func pieceCount(_ length: Int) -> Int {
    max(0, min(starts.upperBound, input.count - length + 1) - starts.lowerBound)
  }

  /// The first piece of these lengths, short ones first, that the machine does not take at once as
  /// it takes its bytes one by one: all its bytes must leave, no other, and the state be the same.
  ///
  /// It goes from start to start, so that the states at hand stay in the cache; behind a divergence
  /// it looks for shorter ones only.
  func firstDivergence(_ lengths: Range<Int>) -> Range<Int>? {
    let bytes = input.span
    let walked = output.span
    let states = states.span
    let origin = starts.lowerBound
    var left: [UInt8] = []
    left.reserveCapacity(output.count + 1024)
    var found: Range<Int>?
    var lengths = lengths
    for first in 0..<pieceCount(lengths.lowerBound) {
      let ends = first + lengths.lowerBound..<min(first + lengths.upperBound, states.count)
      for last in ends {
        var machine = states[first]
        left.removeAll(keepingCapacity: true)
        machine.feed(bytes.extracting(origin + first..<origin + last), into: &left)
        let expected = walked.extracting(outputEnds[first]..<outputEnds[last])
        guard areSameBytes(left.span, expected), machine == states[last] else {
          found = origin + first..<origin + last
          lengths = lengths.lowerBound..<last - first
          break
        }
      }
      if lengths.isEmpty { break }
    }
    return found
  }
}
