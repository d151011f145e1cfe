// A proxy core that traps ends the whole process. A backtrace does not show its input, so each
// thread keeps a note of its run, and a trap writes the note to the errors before the process ends.

internal import SystemCalls

/// What the current thread is doing, in case it traps.
package enum TrapNote {
  /// Makes traps of this process write the note of their thread.
  package static func catchTraps() { SystemCalls.catchTraps() }

  /// Sets the note of this thread, at most 8 KiB of it; `number` is appended when it is 0 or more.
  /// An empty text is not a note.
  package static func set(_ text: String, number: Int = -1) {
    let count = Int32(min(text.utf8.count, 1 << 20))
    unsafe text.withCString { unsafe setTrapNote($0, count, number) }
  }

  /// Sets the number after the note of this thread; costs almost no time.
  package static func set(number: Int) { setTrapNumber(number) }
}
