// Everything that a peer could make grow without end has a bound here, and every bound is checked
// before a byte is kept.

/// How large the parts of a message may be. A part exactly as large as its limit passes.
package struct Limits: Hashable, Sendable {
  /// The bytes of a head, 0 or more: empty lines before it, line ends and the last blank line
  /// included. One more is `headTooLarge`.
  package var headBytesMax = 16 * 1024
  /// The field lines of a head, and those of a trailer section. One more is `tooManyFields`.
  package var fieldsMax = 100
  /// The bytes of a line with a chunk size, extensions and line end included. One more is
  /// `chunkLineTooLong`.
  package var chunkLineBytesMax = 4 * 1024
  /// The bytes of a trailer section, line ends and the last blank line included. One more is
  /// `trailerTooLarge`.
  package var trailerBytesMax = 8 * 1024
  /// The data bytes of a body, without its framing. One more is `bodyTooLarge`.
  package var bodyBytesMax = Int.max

  package init() {}
}
