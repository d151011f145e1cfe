// An error that ends a whole run, not only a case.

internal import MockQwen
internal import Wire

/// A stage that cannot continue; the fault is in the harness or the machine, not in the proxy.
package struct StageError: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String
}
