// A token or key. It goes into a request's fields and into its account's file, and nowhere else:
// printing a value that holds one prints a row of dots.

/// A text that must not be shown.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The text itself, for the wire and for the account's file.
  package let text: String

  package init(_ text: String) { self.text = text }

  package var description: String { "•••" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
