// Which sessions are recorded.

internal import MockQwen
internal import Wire

/// Which sessions a recorder writes.
enum RecordMode: String, CaseIterable, Sendable {
  /// None: the recorder only passes on.
  case none
  /// All, if there was no recording in the folder when the recorder began; else none.
  case once
  /// Those whose request has no recording yet.
  case new
  /// All.
  case all
}
