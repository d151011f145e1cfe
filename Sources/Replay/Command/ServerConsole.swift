// Where a server writes: as any command, but that it never waits for whoever should read it.

internal import Terminal

/// The output and the errors of a server. Nothing here blocks; what nobody reads is dropped and counted.
struct ServerConsole: Sendable {
  private let output: LineQueue
  private let errors: LineQueue

  init(_ console: Console) {
    output = LineQueue { console.write(Array($0.utf8)) }
    errors = LineQueue { console.warn(text: $0) }
  }

  /// Writes a line of results.
  func write(_ line: String) { output.add(line) }

  /// Writes a line for the person who watches.
  func warn(_ line: String) { errors.add(line) }

  /// Lets the last lines go out, for a second each at most.
  func finish() {
    output.finish()
    errors.finish()
  }
}
