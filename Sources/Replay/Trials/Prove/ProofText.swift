// The output of `replay prove`: a row for each recording and level as soon as it is known, and a block
// for each refutation, which ends with the command that shows it.

internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
package import Terminal
internal import Wire

/// The table of proofs.
package struct ProofTable {
  private let nameWidth: Int
  private let scopeWidth: Int
  private let console: Console

  /// - Parameters:
  ///   - names: The recordings that will be listed.
  ///   - window: The largest window that can be taken.
  package init(names: [String], window: Int, _ console: Console) {
    nameWidth = max("recording".count, names.map(\.count).max() ?? 0)
    scopeWidth = max(
      LevelProof.notApplicable.count, ProofScope.pieces(atMost: window).description.count)
    self.console = console
  }

  package var header: String {
    console.paint(
      row(["recording", "bytes", "level", "proven", "feeds", "time"]), .bold)
  }

  package func row(_ name: String, _ level: LevelProof, seconds: Double) -> String {
    let text = row([
      name, String(level.byteCount), level.level.rawValue, level.verdict, level.feeds,
      level.proof == nil ? "" : timeText(seconds),
    ])
    return level.isRefuted ? console.paint(text, .red) : text
  }

  private func row(_ cells: [String]) -> String {
    [
      padded(cells[0], nameWidth), padded(cells[1], 9, isRight: true), padded(cells[2], 5),
      padded(cells[3], scopeWidth), padded(cells[4], 12, isRight: true),
      padded(cells[5], 8, isRight: true),
    ].joined(separator: "  ")
  }

  private func padded(_ text: String, _ width: Int, isRight: Bool = false) -> String {
    let blanks = String(repeating: " ", count: max(0, width - text.count))
    return isRight ? blanks + text : text + blanks
  }
}

extension LevelProof {
  package static let notApplicable = "nothing: no event stream"

  var isRefuted: Bool { proof?.counterexample != nil }

  /// The result, in words.
  package var verdict: String {
    guard let proof else { return Self.notApplicable }
    return proof.counterexample == nil ? proof.scope.description : "REFUTED"
  }

  fileprivate var feeds: String {
    guard let proof, proof.counterexample == nil else { return "" }
    return String(proof.feedCount)
  }

  /// The block about the counterexample in the recording at `path`; nil when there is none.
  ///
  /// - Parameter invocation: How to call this program.
  package func refutation(path: String, invocation: String, _ console: Console) -> String? {
    guard let example = proof?.counterexample else { return nil }
    let flaw = example.flaw
    let place = "\(bodyStart == nil ? "response" : "body") bytes"
    var lines = [
      "\(console.paint("REFUTED", .red)) \(path), level \(level.rawValue): \(flaw.description)",
      "",
      "  plan      \(plan)",
    ]
    if bodyStart != nil {
      let cuts = example.cuts.map(String.init).joined(separator: ",")
      lines.append("  in body   \(cuts.isEmpty ? "not cut" : "cut at \(cuts)")")
    }
    lines += [
      "  piece     \(place) \(words(flaw.piece)): \(shown(piece))",
      "  expected  \(shown(flaw.expected))",
      "  got       \(shown(flaw.received))",
    ]
    if let breach = example.breach {
      if breach != flaw {
        lines.append("  so that   \(breach.description), at \(place) \(words(breach.piece))")
      }
    } else {
      lines.append("  so that   no effect on this recording; another one may show it")
    }
    lines += [
      "",
      "  Reproduce with:",
      "    \(invocation) run \(quoted(path)) --plan '\(plan)'",
    ]
    return lines.joined(separator: "\n")
  }

  private func words(_ range: Range<Int>) -> String { "\(range.lowerBound)..<\(range.upperBound)" }

  private func shown(_ bytes: [UInt8]) -> String {
    guard !bytes.isEmpty else { return "nothing" }
    let text = bytes.prefix(120).map(escaped).joined()
    return bytes.count > 120 ? text + "… (\(bytes.count) bytes)" : text
  }
}
