// The one error for mistakes of the user: it becomes a line on the terminal and exit code 2.

/// A command line that cannot be understood, or a run that cannot begin: exit code 2.
package struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}
