// How much of a foreign file is read.

/// The limits of an import, each with its reason.
struct ImportLimits: Hashable, Sendable {
  static let standard = ImportLimits()

  /// A file is read as a whole; browsers' archives of a day's work have some tens of megabytes.
  var fileBytesMax = 256 << 20
  /// A decoded body; a compressed one may otherwise grow a thousandfold.
  var bodyBytesMax = 64 << 20
  /// How deeply values may be nested: readers call themselves.
  var depthMax = 128
  /// A day; later times would overflow what is reckoned with them.
  var millisecondsMax = 86_400_000
}
