// A flaw is the first thing that is wrong with a machine: found on the trace, where the machine is
// compared with the promise, or on a longer piece, where it is compared with the trace.

internal import MockQwen
internal import Recordings
internal import Wire

/// What a machine does wrong, and with which piece of its input.
package struct Flaw: Error, Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// Complete output has not left.
    case late
    /// Incomplete output has left.
    case early
    /// Other bytes than the expected ones have left.
    case changed
    /// The end of the input leads to other output than expected.
    case ending
    /// Something other than the output is wrong.
    case fault(String)
    /// The piece in one feed leads to other output than its bytes one by one.
    case otherOutput
    /// The piece in one feed leads to the same output but another state.
    case otherState
  }

  package var kind: Kind
  /// Offsets in the input; empty at its end for the output of `finish`.
  package var piece: Range<Int>
  /// What should have left with the piece.
  package var expected: [UInt8]
  /// What left with the piece.
  package var received: [UInt8]

  package init(kind: Kind, piece: Range<Int>, expected: [UInt8], received: [UInt8]) {
    self.kind = kind
    self.piece = piece
    self.expected = expected
    self.received = received
  }

  /// What is wrong, in words.
  package var description: String {
    switch kind {
    case .late: "a block that is complete has not left"
    case .early: "bytes left before their block was complete"
    case .changed: "other bytes left than the recording's"
    case .ending: "the end of the stream gives another output than the recording's"
    case .fault(let text): text
    case .otherOutput: "the piece at once gives another output than byte by byte"
    case .otherState: "the piece at once gives the same output, but another state than byte by byte"
    }
  }
}

extension Promise {
  /// Compares the output of one piece (`count` bytes had left before it) and the machine after it with
  /// what must be.
  package func check(
    _ left: ArraySlice<UInt8>, at count: Int, with machine: some Provable, piece: Range<Int>
  ) throws(Flaw) {
    let bounds = bounds(after: piece.upperBound)
    let end = count + left.count
    func flaw(_ kind: Flaw.Kind) -> Flaw {
      let due = min(max(end, bounds.lowerBound), bounds.upperBound)
      return Flaw(
        kind: kind, piece: piece, expected: Array(output[min(count, due)..<due]),
        received: Array(left))
    }
    if let fault = machine.fault { throw flaw(.fault(fault)) }
    guard end <= output.count, left.elementsEqual(output[count..<end]) else { throw flaw(.changed) }
    if end < bounds.lowerBound { throw flaw(.late) }
    if end > bounds.upperBound { throw flaw(.early) }
  }

  /// Ends `machine`, which has taken the whole input of `size` bytes and has put out `count` bytes, and
  /// compares its last output with what must be.
  func checkEnd(_ machine: some Provable, at count: Int, size: Int) throws(Flaw) {
    var machine = machine
    var left: [UInt8] = []
    machine.finish(into: &left)
    let expected = output[min(count, output.count)...]
    let isSame = isExact ? left.elementsEqual(expected) : left.starts(with: expected)
    func flaw(_ kind: Flaw.Kind) -> Flaw {
      Flaw(kind: kind, piece: size..<size, expected: Array(expected), received: left)
    }
    guard isSame else { throw flaw(.ending) }
    if let fault = machine.fault { throw flaw(.fault(fault)) }
  }
}
