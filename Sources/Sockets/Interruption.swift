// Ctrl-C during a long command: the first asks it to end in order, with a summary of what was done;
// the second ends the process at once. The handler only counts; loops check the count between two
// plans. From `watch` on, writing to a closed pipe is an error and no longer ends the process.

internal import SystemCalls

/// The signals that ask a command to end.
package enum Interruption {
  /// From now on SIGINT and SIGTERM are counted, and SIGPIPE is ignored.
  package static func watch() { catchInterruptions() }

  /// How many have come: 0 or 1.
  package static var count: Int { Int(interruptions()) }
}
