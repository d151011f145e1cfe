// Where a server writes: like any command, but it never waits for a reader.

internal import Terminal

/// The output and the errors of a server. It never blocks; lines that nobody reads are dropped and
/// counted.
struct ServerConsole: Sendable {
  private let output: LineQueue
  private let errors: LineQueue

  init(_ console: Console) {
    output = LineQueue { console.write(Array($0.utf8)) }
    errors = LineQueue { console.warn(text: $0) }
  }

  /// Writes a line of results.
  func write(_ line: String) { output.add(line) }

  /// Writes a line for the operator.
  func warn(_ line: String) { errors.add(line) }

  /// Waits until the last lines are written, at most a second for each stream.
  func finish() {
    output.finish()
    errors.finish()
  }
}
