// Where a command writes: results to the output, everything else (progress, errors) to the errors.
// Colour and progress are for people at a terminal only.

internal import Foundation
internal import Synchronization

/// The output and the errors of the process.
package struct Console: Sendable {
  /// Whether results may be coloured.
  package let isColoured: Bool
  /// Whether progress may be shown.
  package let showsProgress: Bool
  private let output = Output()

  /// What has become of the output.
  private final class Output: Sendable {
    let hasFailed = Atomic<Bool>(false)
  }

  /// Whether results could not be written: the disk is full, or nobody reads the pipe.
  package var hasFailed: Bool { output.hasFailed.load(ordering: .relaxed) }

  /// - Parameters:
  ///   - environment: The environment's variables: `NO_COLOR` and `TERM` are read.
  ///   - isOutputTerminal: Whether the output is a terminal.
  ///   - isErrorTerminal: Whether the errors go to a terminal.
  package init(
    environment: [String: String], isOutputTerminal: Bool = false, isErrorTerminal: Bool = false
  ) {
    let isPlain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    isColoured = isOutputTerminal && !isPlain && environment["TERM"] != "dumb"
    showsProgress = isErrorTerminal && environment["TERM"] != "dumb"
  }

  /// A console without colours, for texts that go into files.
  package static let plain = Console(environment: [:])

  /// Writes a line of results.
  package func write(_ line: String) { write(Array((line + "\n").utf8)) }

  /// Writes bytes of results as they are.
  package func write(_ bytes: [UInt8]) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(bytes))
    } catch {
      output.hasFailed.store(true, ordering: .relaxed)
    }
  }

  /// Writes a line for the person who watches.
  package func warn(_ line: String) { warn(text: line + "\n") }

  /// Writes whole lines for the person who watches.
  package func warn(text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Shows a line that the next one replaces; nothing without a terminal.
  package func progress(_ line: String) {
    guard showsProgress else { return }
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(line)".utf8))
  }

  package enum Colour: String, Sendable {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case bold = "1"
  }

  /// `text` in a colour, where colours are shown.
  package func paint(_ text: String, _ colour: Colour) -> String {
    isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }
}
