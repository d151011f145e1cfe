// A flaw tells where a machine goes wrong on the trace; a person needs a delivery to see it again. So
// this searches for a way of cutting that breaks the promise with as few cuts as possible: none, one cut,
// or the piece alone; otherwise the trace up to the piece, from which cuts are removed as long as it
// still fails. A machine of which only the state is wrong breaks no promise on this input: then the ends
// of the piece are the cuts.

internal import Sockets
internal import Wire

/// A refutation: what goes wrong, and a way of cutting the input that shows it.
package struct Counterexample: Hashable, Sendable {
  package var flaw: Flaw
  /// Offsets in the input, rising.
  package var cuts: [Int]
  /// What goes wrong under these cuts; nil when nothing does on this input.
  package var breach: Flaw?
}

extension Prover {
  /// Inputs up to this many bytes are cut once at every place to find a counterexample.
  private static var singleCutsMax: Int { 20_000 }
  /// The most runs for removing cuts.
  private var runsMax: Int { min(4_000, max(100, 80_000_000 / max(1, input.count))) }

  /// The counterexample with the fewest cuts that is found for `flaw`.
  func counterexample(_ flaw: Flaw) -> Counterexample {
    let piece = flaw.piece
    let ends = [piece.lowerBound, piece.upperBound].filter { 0 < $0 && $0 < input.count }
    var candidates: [[Int]] = [[]]
    if input.count <= Self.singleCutsMax {
      candidates += (1..<max(1, input.count)).map { [$0] }
    } else {
      let near = max(1, piece.lowerBound - 2)..<max(1, min(input.count, piece.upperBound + 3))
      candidates += near.prefix(256).map { [$0] }
    }
    candidates.append(ends)
    for cuts in candidates {
      if let breach = breach(cuts) {
        return Counterexample(flaw: flaw, cuts: cuts, breach: breach)
      }
    }
    let walked = (1..<max(1, input.count)).filter {
      $0 <= piece.lowerBound || $0 >= piece.upperBound
    }
    guard breach(walked) != nil else { return Counterexample(flaw: flaw, cuts: ends) }
    let cuts = fewer(walked)
    return Counterexample(flaw: flaw, cuts: cuts, breach: breach(cuts))
  }

  /// Removes runs of cuts, long ones first, as long as the promise is still broken.
  private func fewer(_ cuts: [Int]) -> [Int] {
    var cuts = cuts
    var runs = 0
    var size = cuts.count
    while size > 0 {
      var start = 0
      while start < cuts.count, runs < runsMax {
        let shorter = Array(cuts[..<start] + cuts[min(start + size, cuts.count)...])
        runs += 1
        if breach(shorter) != nil { cuts = shorter } else { start += size }
      }
      size /= 2
    }
    return cuts
  }

  /// Runs the machine over the input cut at `cuts`: the first breach of the promise, or nil.
  package func breach(_ cuts: [Int]) -> Flaw? {
    var machine = machine
    var output: [UInt8] = []
    var start = 0
    do throws(Flaw) {
      for end in cuts + [input.count] where end > start {
        let before = output.count
        machine.feed(input.span.extracting(start..<end), into: &output)
        try promise.check(output[before...], at: before, with: machine, piece: start..<end)
        start = end
      }
      try promise.checkEnd(machine, at: output.count, size: input.count)
      return nil
    } catch {
      return error
    }
  }
}
