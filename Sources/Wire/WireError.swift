// One error value for everything that can be wrong with a message on the wire: why, and at which
// byte. The place is counted from the reader's own first byte, so it does not depend on how the
// bytes were cut on their way here, and a test can compare it exactly.

/// Why a message was refused, and where.
package struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was wrong. The raw value is the reason in words.
  package enum Reason: String, Hashable, Sendable, CaseIterable {
    // Lines and heads (RFC 9112 sections 2 to 5).
    case badStartLine = "bad start line"
    case badVersion = "bad version"
    case badFieldName = "bad field name"
    case spaceBeforeColon = "space before colon"
    case obsoleteFold = "obsolete line fold"
    case controlByteInField = "control byte in field"
    case bareLineFeed = "bare line feed"
    case bareCarriageReturn = "bare carriage return"
    case headTooLarge = "head too large"
    case tooManyFields = "too many fields"
    // The length of a body (RFC 9112 section 6).
    case bothLengthAndCoding = "both Content-Length and Transfer-Encoding"
    case conflictingLengths = "conflicting lengths"
    case badLength = "bad length"
    case unknownTransferCoding = "unknown transfer coding"
    // The chunked coding (RFC 9112 section 7).
    case badChunkSize = "bad chunk size"
    case chunkSizeTooLarge = "chunk size too large"
    case badChunkExtension = "bad chunk extension"
    case chunkLineTooLong = "chunk line too long"
    case missingChunkLineEnd = "missing line end after chunk data"
    case trailerTooLarge = "trailer too large"
    case badTrailer = "bad trailer"
    case bodyTooLarge = "body too large"
  }

  /// What was wrong.
  package var reason: Reason
  /// The place of the offending byte, 0 or more, counted from the first byte that this reader
  /// read: the first byte of the message (with the empty lines before it) for a head, the first
  /// byte of the body for a body. It is 0 for a refusal that is about a whole head
  /// (`BodyFraming`). Text that ends too early is refused at the place of its line end.
  package var offset: Int

  package init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// The reason in words and the place, as in `bare line feed at byte 14`.
  package var description: String { "\(reason.rawValue) at byte \(offset)" }
}
