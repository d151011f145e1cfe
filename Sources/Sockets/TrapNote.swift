// A proxy core that traps takes the process along. What it was given is not in a backtrace, so that
// each thread keeps a note of its run, and a trap writes it to the errors before the process ends.

internal import SystemCalls

/// What the current thread is about, for the case that it traps.
package enum TrapNote {
  /// Lets traps of this process write the note of their thread.
  package static func catchTraps() { SystemCalls.catchTraps() }

  /// Sets the note of this thread, at most 8 KiB of it; `number` stands behind it where it is 0 or
  /// more. An empty text is not a note.
  package static func set(_ text: String, number: Int = -1) {
    let count = Int32(min(text.utf8.count, 1 << 20))
    unsafe text.withCString { unsafe setTrapNote($0, count, number) }
  }

  /// Sets the number behind the note of this thread; costs next to nothing.
  package static func set(number: Int) { setTrapNumber(number) }
}
