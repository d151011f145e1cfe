// Where a server writes: as any command, but that it never waits for whoever should read it.

/// The output and the errors of a server. Nothing here blocks; what nobody reads is dropped and counted.
package struct ServerConsole: Sendable {
  private let output: LineQueue
  private let errors: LineQueue

  package init(_ console: Console) {
    output = LineQueue { console.write(Array($0.utf8)) }
    errors = LineQueue { console.warn(text: $0) }
  }

  /// Writes a line of results.
  package func write(_ line: String) { output.add(line) }

  /// Writes a line for the person who watches.
  package func warn(_ line: String) { errors.add(line) }

  /// Lets the last lines go out, for a second each at most.
  package func finish() {
    output.finish()
    errors.finish()
  }
}
