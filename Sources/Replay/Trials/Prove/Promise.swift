// What must have left a machine after each byte of its input, computed with the reference reader. If all
// cuts only had to agree, a machine that always loses the same bytes would pass, and so would one that
// holds nothing back. So the trace byte by byte is compared with this promise, and everything else with
// the trace.

internal import Judging
package import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Wire

/// The output that an input must lead to, and when.
package struct Promise: Hashable, Sendable {
  /// From `input` bytes on, `output` bytes must have left, or may have.
  package struct Step: Hashable, Sendable {
    package var input: Int
    package var output: Int
  }

  /// The whole output, from the first byte of the input to its end.
  package var output: [UInt8]
  /// Whether the output is exactly this; if false, more may follow when the input ends.
  var isExact: Bool
  /// Rising. Before the first step nothing is due.
  private var due: [Step]
  /// Output that may leave before it is due; rising.
  private var allowed: [Step]

  /// Exactly this output, which is due when `borders` (offsets in the input, and in the output that
  /// repeats it) have come.
  package init(output: [UInt8], borders: [Int]) {
    self.output = output
    isExact = true
    due = borders.map { Step(input: $0, output: $0) }
    allowed = []
  }

  /// The body of `session` through a relay that is told where it ends.
  package init(relaying session: Session) {
    let whole = Expectation.whole(session)
    self.init(output: whole.body, borders: whole.borders)
    allowed = Self.early(whole.borders, session.body).map { Step(input: $0, output: $0) }
  }

  /// The response of `transmission` through a proxy; the output is the body that the client reads.
  package init(sending transmission: Transmission) {
    let session = transmission.session
    let whole = Expectation.whole(session)
    let borders = whole.isEventStream ? whole.borders : Array(1..<session.body.count + 1)
    func step(_ border: Int) -> Step {
      Step(input: transmission.wireOffset(behindBody: border), output: border)
    }
    self.init(output: whole.body, borders: [])
    due = borders.map(step)
    if whole.isEventStream { allowed = Self.early(borders, session.body).map(step) }
    // A cut body without framing looks complete.
    let looksWhole = session.ending == .truncated && transmission.framing == .close
    guard session.ending == .complete || looksWhole else {
      isExact = false
      output = Array(output[..<(borders.last ?? 0)])
      return
    }
    if transmission.framing != .close {
      due.append(Step(input: transmission.bytes.count, output: output.count))
    }
  }

  /// How many bytes of output must have left, and may have, when `count` bytes of input have come.
  func bounds(after count: Int) -> ClosedRange<Int> {
    let least = Self.last(due, upTo: count)
    return least...max(least, Self.last(allowed, upTo: count))
  }

  /// The CR of a blank line that ends in CRLF already ends its block (WHATWG HTML section 9.2.5), so the
  /// block may leave before the LF.
  private static func early(_ borders: [Int], _ body: [UInt8]) -> [Int] {
    borders.filter { $0 > 1 && body[$0 - 2] == 0x0D && body[$0 - 1] == 0x0A }.map { $0 - 1 }
  }

  private static func last(_ steps: [Step], upTo input: Int) -> Int {
    var low = 0
    var high = steps.count
    while low < high {
      let middle = (low + high) / 2
      if steps[middle].input <= input { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? 0 : steps[low - 1].output
  }
}
