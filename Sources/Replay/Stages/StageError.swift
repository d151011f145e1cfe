// What ends a run, and not only a case.

internal import MockQwen
internal import Wire

/// A stage that cannot go on; the fault is the harness's or the machine's, not the proxy's.
package struct StageError: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String
}
