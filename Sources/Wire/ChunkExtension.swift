// This reader does not use extensions, but it must know where they end: a reader that skips to the
// next line feed can be led past a chunk. So they are read by their grammar (RFC 9112 section
// 7.1.1): *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), except that white space
// between the size and the first semicolon is refused.

/// A place inside the extensions of a chunk.
enum ChunkExtension: Hashable, Sendable {
  case beforeName
  case name
  case afterName
  case beforeValue
  case token
  case quoted
  case escaped
  case afterQuoted
  case blanksAfterValue

  /// Whether the line may end here.
  var mayEnd: Bool { self == .name || self == .token || self == .afterQuoted }

  /// The state after `byte`, or nil when it may not stand here.
  func next(_ byte: UInt8) -> ChunkExtension? {
    switch self {
    case .beforeName:
      return byte.isBlank ? self : byte.isToken ? .name : nil
    case .name:
      return byte.isToken ? self : Self.afterName(byte)
    case .afterName:
      return Self.afterName(byte)
    case .beforeValue:
      if byte == Octet.quote { return .quoted }
      return byte.isBlank ? self : byte.isToken ? .token : nil
    case .token:
      return byte.isToken ? self : Self.afterValue(byte)
    case .quoted:
      if byte == Octet.quote { return .afterQuoted }
      if byte == Octet.backslash { return .escaped }
      return byte.isFieldText ? self : nil
    case .escaped:
      return byte.isFieldText ? .quoted : nil
    case .afterQuoted, .blanksAfterValue:
      return Self.afterValue(byte)
    }
  }

  private static func afterName(_ byte: UInt8) -> ChunkExtension? {
    byte == Octet.equals ? .beforeValue : byte.isBlank ? .afterName : semicolon(byte)
  }

  private static func afterValue(_ byte: UInt8) -> ChunkExtension? {
    byte.isBlank ? .blanksAfterValue : semicolon(byte)
  }

  private static func semicolon(_ byte: UInt8) -> ChunkExtension? {
    byte == Octet.semicolon ? .beforeName : nil
  }
}
