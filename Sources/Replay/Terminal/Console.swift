// Where a command writes: results to standard output, everything else (progress, errors) to standard
// error. Colour, progress and drawing in place are only for people at a terminal.

internal import Foundation
internal import Synchronization

/// The output and the errors of the process.
package struct Console: Sendable {
  /// Whether results may be coloured.
  package let isColoured: Bool
  /// Whether progress may be shown.
  package let showsProgress: Bool
  /// Whether results can be drawn over older ones: the output is a terminal with a movable cursor.
  package let redraws: Bool
  private let output: Output
  /// Holds the results until all of them are drawn at once; nil when they are written as they come.
  private let frame: Frame?

  /// Whether writing the output has failed.
  private final class Output: Sendable {
    let hasFailed = Atomic<Bool>(false)
  }

  /// What is drawn at once.
  private final class Frame: Sendable {
    let bytes = Mutex<[UInt8]>([])
  }

  /// Whether results could not be written: the disk is full, or the pipe's reader has gone.
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
    redraws = isOutputTerminal && environment["TERM"] != "dumb"
    output = Output()
    frame = nil
  }

  /// A console that collects what `other` would write.
  private init(_ other: Console, keepingIn frame: Frame) {
    (isColoured, showsProgress) = (other.isColoured, other.showsProgress)
    (redraws, output) = (other.redraws, other.output)
    self.frame = frame
  }

  /// A console without colours, for texts that go into files.
  package static let plain = Console(environment: [:])

  /// Writes a line of results.
  package func write(_ line: String) { write(Array((line + "\n").utf8)) }

  /// Writes bytes of results as they are.
  package func write(_ bytes: [UInt8]) {
    if let frame { return frame.bytes.withLock { $0 += bytes } }
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(bytes))
    } catch {
      output.hasFailed.store(true, ordering: .relaxed)
    }
  }

  /// Writes a line for the user at the terminal (standard error).
  package func warn(_ line: String) { warn(text: line + "\n") }

  /// Writes whole lines for the user at the terminal (standard error).
  package func warn(text: String) {
    if let frame, showsProgress { return frame.bytes.withLock { $0 += text.utf8 } }
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Shows a line that the next one replaces; does nothing without a terminal.
  package func progress(_ line: String) {
    guard showsProgress else { return }
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(line)".utf8))
  }

  /// Clears the screen for drawing in place; does nothing without a terminal.
  package func clear() { if redraws { write(Array("\u{1B}[2J\u{1B}[H".utf8)) } }

  /// Runs `body`, and draws its output over what was on the terminal, all at once when it is done: until
  /// then the older results can be read. Without a terminal it writes as usual.
  package func drawn<Value>(_ body: (Console) async throws -> Value) async rethrows -> Value {
    guard redraws else { return try await body(self) }
    let frame = Frame()
    defer { write(Self.drawing(frame.bytes.withLock { $0 })) }
    return try await body(Console(self, keepingIn: frame))
  }

  /// Lines that a terminal shows from its first line on, with the rest of each line and the rest of the
  /// screen cleared.
  private static func drawing(_ lines: [UInt8]) -> [UInt8] {
    let home = "\u{1B}[H"
    let lineEnd = "\u{1B}[K\n"
    let below = "\u{1B}[J"
    return home.utf8 + lines.flatMap { $0 == 0x0A ? Array(lineEnd.utf8) : [$0] } + below.utf8
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
