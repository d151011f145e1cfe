// Which of the sessions that pass are written down.

internal import MockQwen
internal import Wire

/// Which sessions a recorder writes down.
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
