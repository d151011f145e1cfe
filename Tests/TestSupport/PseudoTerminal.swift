// A program at a terminal: a pseudo terminal (openpty(3)) whose other side the test reads, and the screen
// that a person would see.

import Foundation

/// A program whose output, errors or both are a terminal.
package final class PseudoTerminal {
  private let process = Process()
  private let side: FileHandle
  private var seen: [UInt8] = []

  /// Starts a program at a terminal of `rows` rows. What goes elsewhere goes into the file `elsewhere`.
  package init(
    _ executable: String, _ words: [String], environment: [String: String], folder: String,
    rows: Int = 50, outputToFile elsewhere: String? = nil
  ) throws {
    var (ours, theirs): (Int32, Int32) = (-1, -1)
    var size = winsize()
    (size.ws_row, size.ws_col) = (UInt16(rows), 200)
    let made = unsafe openpty(&ours, &theirs, nil, nil, &size)
    guard made == 0 else { throw POSIXError(.ENXIO) }
    _ = fcntl(ours, F_SETFL, fcntl(ours, F_GETFL) | O_NONBLOCK)
    // The program must see the end of the terminal when the test lets go of it.
    _ = fcntl(ours, F_SETFD, FD_CLOEXEC)
    side = FileHandle(fileDescriptor: ours, closeOnDealloc: true)
    let terminal = FileHandle(fileDescriptor: theirs, closeOnDealloc: true)
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = words
    process.environment = environment
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardInput = FileHandle.nullDevice
    process.standardError = terminal
    process.standardOutput = terminal
    if let elsewhere {
      try Data().write(to: URL(fileURLWithPath: elsewhere))
      process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: elsewhere))
    }
    try process.run()
    try terminal.close()
  }

  /// All that the terminal has got so far.
  package var bytes: [UInt8] {
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe read(side.fileDescriptor, &piece, piece.count)
      guard count > 0 else { return seen }
      seen += piece[..<count]
    }
  }

  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// What Ctrl-C sends.
  package func interrupt() { process.interrupt() }

  /// Waits for the end; gives the exit code, or nil when a signal was the end or it took too long.
  package func exitCode() async throws -> Int32? {
    // A terminal that nobody reads would hold the program up.
    guard try await eventually({ !bytes.isEmpty && !process.isRunning }) else {
      if process.isRunning { _ = Foundation.kill(process.processIdentifier, SIGKILL) }
      return nil
    }
    return process.terminationReason == .exit ? process.terminationStatus : nil
  }
}

/// What a terminal shows of the bytes that it has got (ECMA-48: cursor, erasing, colours).
package struct Screen {
  private var rows: [[Character]] = [[]]
  private var (row, column) = (0, 0)
  private let rowsMax: Int

  package init(_ text: String, rows rowsMax: Int = 50) {
    self.rowsMax = rowsMax
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\u{1B}":
        guard rest.first == "[" else { continue }
        let words = rest.dropFirst().prefix { !("@"..."~").contains($0) }
        rest = rest.dropFirst(words.count + 1)
        guard let final = rest.popFirst() else { return }
        act(final, String(words))
      case "\n": lineFeed()
      case "\r": column = 0
      default: put(Character(scalar))
      }
    }
  }

  /// The lines that are not empty, without the blanks at their ends.
  package var lines: [String] {
    rows.map { row in
      String(row.reversed().drop { $0 == " " }.reversed())
    }.filter { !$0.isEmpty }
  }

  private mutating func act(_ final: Unicode.Scalar, _ words: String) {
    switch (final, words) {
    case ("H", ""): (row, column) = (0, 0)
    case ("J", ""):
      rows[row] = Array(rows[row].prefix(column))
      rows = Array(rows[...row])
    case ("J", "2"): rows = Array(repeating: [], count: row + 1)
    case ("K", ""): rows[row] = Array(rows[row].prefix(column))
    default: break
    }
  }

  private mutating func lineFeed() {
    row += 1
    if row == rows.count { rows.append([]) }
    guard rows.count > rowsMax else { return }
    rows.removeFirst()
    row -= 1
  }

  private mutating func put(_ character: Character) {
    while rows[row].count <= column { rows[row].append(" ") }
    rows[row][column] = character
    column += 1
  }
}
