// The trace is the first half of a proof: the machine is fed byte by byte and compared with the promise
// after every byte, and each of its states is kept. The second half compares all longer pieces with these
// states. A trace covers one stretch of the input; if pieces are bounded, the stretches follow each
// other, so that a long recording does not need all its states at once.

internal import Recordings
internal import Sockets
internal import Wire

/// The states of a machine along a stretch of its input.
struct ByteTrace<Machine: Provable>: Sendable {
  /// The most states at which pieces begin in one stretch, and the most bytes that they hold, if pieces
  /// are bounded.
  private static var statesMax: Int { 32 * 1024 }
  private static var heldBytesMax: Int { 128 * 1024 * 1024 }

  package let input: [UInt8]
  /// Where pieces begin in this stretch.
  package private(set) var starts: Range<Int>
  /// The machine before every byte from `starts.lowerBound` on, up to the last end of a piece.
  private var states: [Machine]
  /// The output of the stretch.
  private var output: [UInt8] = []
  /// For each state, how many bytes of `output` came before it.
  private var outputEnds: [Int] = [0]
  /// How many bytes of output came before the stretch.
  private let outputStart: Int

  /// Continues from `machine`, which has taken `input[..<start]` and has put out `outputStart` bytes.
  /// Pieces have at most `pieceMax` bytes.
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

  /// The state after the last start, and how many bytes of output came before it.
  package var end: (machine: Machine, outputCount: Int) {
    (states[starts.count], outputStart + outputEnds[starts.count])
  }

  /// How the result of `piece` in one feed differs from that of its bytes one by one.
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

  /// The first piece of these lengths, short ones first, whose result in one feed differs from that of
  /// its bytes one by one: the output must be exactly the same, and the state equal.
  ///
  /// It goes from start to start, so that the current states stay in the cache; after a divergence it
  /// looks only for shorter ones.
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
