// Why compressed data is refused, and where.

/// What is wrong with compressed data.
package struct InflateError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Reason: String, Hashable, Sendable, CaseIterable {
    /// The data does not begin as its format does.
    case badHeader = "no header of this format"
    /// A zlib stream that needs a preset dictionary, which only its writer has (RFC 1950 section 2.2).
    case needsDictionary = "a preset dictionary is needed"
    case badBlock = "an unknown kind of block"
    case badStoredLength = "the two lengths of a stored block differ"
    case badCode = "a code that cannot be"
    case badSymbol = "bits that are not a symbol"
    case badDistance = "a reference to before the start"
    case badChecksum = "the checksum is another one"
    case badLength = "the length is another one"
    case bytesBehind = "bytes after the end"
    case endsEarly = "it ends early"
    /// The output would be larger than the caller allows.
    case tooLarge = "the output is larger than allowed"
  }

  package var reason: Reason
  /// The byte of the input at which it was found, from 0.
  package var offset: Int

  package init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  package var description: String { "\(reason.rawValue) (at byte \(offset))" }
}
