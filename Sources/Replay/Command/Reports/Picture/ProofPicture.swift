// A proof as a triangle: the x axis is the byte at which a piece begins, the y axis its length. A proof
// for all chunkings fills it; one with a window fills a band at the top; a refutation is a mark on the
// piece that went wrong.

internal import Terminal
internal import Trials

extension LevelProof {
  /// The triangle in SVG; empty when there was nothing to prove.
  var picture: String {
    guard let proof, byteCount > 0 else { return "" }
    let side = 200.0
    let window: Int =
      switch proof.scope {
      case .all: byteCount
      case .pieces(let most): min(most, byteCount)
      }
    let depth = max(side * Double(window) / Double(byteCount), 1)
    // Pieces of length l begin at 0 to n - l: at depth d the triangle is side - d wide.
    let right = side - depth
    let isRefuted = proof.counterexample != nil
    var marks = ""
    if let piece = proof.counterexample?.flaw.piece {
      let x = side * Double(piece.lowerBound) / Double(byteCount)
      let y = side * Double(piece.count) / Double(byteCount)
      marks =
        "<circle cx=\"\(tenths(x + 10))\" cy=\"\(tenths(y + 16))\" r=\"5\" "
        + "fill=\"var(--on-lost)\"><title>bytes \(piece.lowerBound) to \(piece.upperBound)</title>"
        + "</circle>"
    }
    let proven =
      isRefuted
      ? ""
      : "<path d=\"M10 16 H\(tenths(side + 10)) L\(tenths(right + 10)) \(tenths(depth + 16)) "
        + "H10 Z\" fill=\"var(--on-arrived)\" opacity=\"0.75\"/>"
    let words = isRefuted ? "refuted" : proof.scope.description
    return "<svg viewBox=\"0 0 220 236\" width=\"220\" height=\"236\" role=\"img\" "
      + "aria-label=\"\(markup(words))\"><title>\(markup(words))</title>"
      + "<text x=\"10\" y=\"11\">first byte of the piece →</text>"
      + "<path d=\"M10 16 H210 L10 216 Z\" fill=\"var(--pane)\" stroke=\"var(--soft)\"/>"
      + proven + marks + "<text x=\"10\" y=\"231\">↓ length of the piece</text></svg>"
  }

  private func tenths(_ value: Double) -> String {
    let all = Int((value * 10).rounded())
    return "\(all / 10).\(abs(all % 10))"
  }
}
