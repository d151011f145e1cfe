// A server's messages to its operator. If nobody reads the pipe at standard error, a write to it would
// block the server with all its clients. So another thread writes, and what it cannot write in time is
// dropped and counted.

internal import Dispatch
internal import Synchronization

/// Lines that wait to be written, up to a limit in bytes.
final class LineQueue: Sendable {
  private struct State: Sendable {
    var lines: [String] = []
    var byteCount = 0
    var lostCount = 0
    var isWriting = false
  }

  private let bytesMax: Int
  private let write: @Sendable (String) -> Void
  private let state = Mutex(State())
  private let writing = DispatchGroup()

  /// - Parameters:
  ///   - bytesMax: How many bytes may wait.
  ///   - write: Writes a text with its line ends, and may block; never called twice
  ///     at the same time.
  init(bytesMax: Int = 256 * 1024, write: @escaping @Sendable (String) -> Void) {
    self.bytesMax = bytesMax
    self.write = write
  }

  /// Adds a line, or drops it when too much waits; returns at once.
  func add(_ line: String) {
    let starts = state.withLock { state in
      let count = line.utf8.count + 1
      guard state.byteCount + count <= bytesMax else {
        state.lostCount += 1
        return false
      }
      state.lines.append(line)
      state.byteCount += count
      defer { state.isWriting = true }
      return !state.isWriting
    }
    guard starts else { return }
    writing.enter()
    DispatchQueue.global().async { [self] in
      while let text = next() { write(text) }
      writing.leave()
    }
  }

  /// Waits until everything has been written, at most this many milliseconds; returns whether it has.
  @discardableResult
  func finish(within milliseconds: Int = 1_000) -> Bool {
    writing.wait(timeout: .now() + .milliseconds(milliseconds)) == .success
  }

  /// All waiting lines as one text; nil when none wait, which ends the writing.
  private func next() -> String? {
    state.withLock { state in
      guard !state.lines.isEmpty || state.lostCount > 0 else {
        state.isWriting = false
        return nil
      }
      var text = state.lines.map { $0 + "\n" }.joined()
      if state.lostCount > 0 {
        let lines = state.lostCount == 1 ? "1 line was" : "\(state.lostCount) lines were"
        text += "\(lines) dropped: nobody read what had been written\n"
      }
      state = State(isWriting: true)
      return text
    }
  }
}
