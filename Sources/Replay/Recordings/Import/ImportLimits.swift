// How much of a foreign file is read.

/// The limits of an import, each with its reason.
struct ImportLimits: Hashable, Sendable {
  static let standard = ImportLimits()

  /// A file, in bytes. It is read as a whole; a browser's archive of a day has some tens of megabytes.
  var fileBytesMax = 256 << 20
  /// A decoded body, in bytes: without a limit a compressed one may grow a thousandfold.
  var bodyBytesMax = 64 << 20
  /// How deep values may be nested, because the readers are recursive.
  var depthMax = 128
  /// A day in milliseconds: sums with later times could overflow.
  var millisecondsMax = 86_400_000
}
