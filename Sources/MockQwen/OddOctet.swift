// One byte at a place where the grammar of HTTP decides whether it may stand: in the status line, in a
// field, on a size line, in a trailer. Which byte may stand where is written down here a second time,
// from the standards and not from the proxy's reader, so that a border in the reader that is off by one
// is found.

package import Wire

/// A byte in a line of a response.
package struct OddOctet: Hashable, Sendable {
  /// Where the byte stands; `?` in the comments.
  package enum Place: String, Hashable, Sendable, CaseIterable {
    /// `HTTP/1?1 200 OK` (RFC 9112 section 2.3).
    case version
    /// `HTTP/1.1 200? OK` (RFC 9112 section 4).
    case status
    /// `HTTP/1.1 200 O?K`
    case reason
    /// `X-O?ctet: 1` (RFC 9110 section 5.1).
    case name
    /// `X-Octet: a?b` (RFC 9110 section 5.5).
    case value
    /// `X-Octet:?1?`
    case edge
    /// After the size of the last chunk with data: `5?` (RFC 9112 section 7.1).
    case size
    /// `5;a?b` (RFC 9112 section 7.1.1).
    case extname
    /// `5;a?;b`
    case gap
    /// `5;a=b?c`
    case extvalue
    /// `5;a="b?c"` (RFC 9110 section 5.6.4).
    case quoted
    /// `5;a="b\?c"`
    case escaped
    /// `5;a="b"?;c`
    case unquoted
    /// A trailer, `X-O?ctet: 1` (RFC 9112 section 7.1.2).
    case trailername
    /// A trailer, `X-Octet: a?b`.
    case trailervalue

    /// Whether it lies on a size line.
    package var isInSize: Bool {
      switch self {
      case .size, .extname, .gap, .extvalue, .quoted, .escaped, .unquoted: true
      default: false
      }
    }

    package var isInTrailer: Bool { self == .trailername || self == .trailervalue }
  }

  package let place: Place
  package let byte: UInt8

  /// Nil for a digit after a size, which would make another size.
  package init?(_ place: Place, _ byte: UInt8) {
    if place == .size, Self.isHexDigit(byte) { return nil }
    (self.place, self.byte) = (place, byte)
  }

  /// Whether the byte may stand there.
  package var isAllowed: Bool {
    switch place {
    case .version: byte == UInt8(ascii: ".")
    case .status: byte == 0x20
    case .reason, .value, .edge, .trailervalue, .escaped: isText
    case .name, .trailername: isToken || byte == UInt8(ascii: ":")
    case .size: false
    case .extname: isToken || byte == UInt8(ascii: "=") || byte == UInt8(ascii: ";")
    case .gap: isToken || isBlank
    case .extvalue: isToken || byte == UInt8(ascii: ";")
    case .quoted: isText && byte != UInt8(ascii: "\"")
    case .unquoted: isBlank
    }
  }

  /// The field that a client gets from it; nil when it is in no field, or in a refused one.
  package var field: Field? {
    guard isAllowed else { return nil }
    let text = String(Unicode.Scalar(byte))
    switch place {
    case .name where byte == UInt8(ascii: ":"): return Field("X-O", "ctet: 1")
    case .name: return Field("X-O\(text)ctet", "1")
    case .value: return Field("X-Octet", "a\(text)b")
    case .edge: return Field("X-Octet", isBlank ? "1" : "\(text)1\(text)")
    default: return nil
    }
  }

  /// The reason phrase that a client gets, `reason` with the byte in it.
  package func reason(insteadOf reason: String) -> String {
    let text = String(Unicode.Scalar(byte))
    return switch place {
    case .status: text + reason
    case .reason: reason.prefix(1) + text + reason.dropFirst()
    default: reason
    }
  }

  /// A separate line with the byte in it, without its end, and the index of the byte's first occurrence.
  /// `size` are the digits of a chunk's size.
  func line(size: String = "") -> (bytes: [UInt8], index: Int) {
    let (front, back): (String, String) =
      switch place {
      case .version, .status, .reason: ("", "")
      case .name, .trailername: ("X-O", "ctet: 1")
      case .value, .trailervalue: ("X-Octet: a", "b")
      case .edge: ("X-Octet:", "1")
      case .size: (size, "")
      case .extname: (size + ";a", "b")
      case .gap: (size + ";a", ";b")
      case .extvalue: (size + ";a=b", "c")
      case .quoted: (size + ";a=\"b", "c\"")
      case .escaped: (size + ";a=\"b\\", "c\"")
      case .unquoted: (size + ";a=\"b\"", ";c")
      }
    let tail = Array(back.utf8) + (place == .edge ? [byte] : [])
    return (Array(front.utf8) + [byte] + tail, front.utf8.count)
  }

  /// How many bytes of a line with the byte at `index` a reader takes before it refuses it; `count` is
  /// the length of the line with its end. Field lines and start lines are read once they are whole; a
  /// byte that cannot end a line, and the bytes of a size line, as they come.
  func refusedBehind(_ index: Int, lineOf count: Int) -> Int {
    switch byte {
    case 0x0A: index + 1
    case 0x0D: place == .quoted || place == .escaped ? index + 1 : index + 2
    default: place.isInSize ? index + (showsLate ? 2 : 1) : count
    }
  }

  /// Whether a byte of a size line may stand there, and only the next byte shows that it was wrong.
  private var showsLate: Bool {
    switch place {
    case .size: byte == UInt8(ascii: ";")
    case .extname, .extvalue: isBlank
    case .gap: byte == UInt8(ascii: "=") || byte == UInt8(ascii: ";")
    case .unquoted: byte == UInt8(ascii: ";")
    default: byte == UInt8(ascii: "\"")
    }
  }

  private var isBlank: Bool { byte == 0x20 || byte == 0x09 }

  /// VCHAR, obs-text and blanks (RFC 9110 section 5.5).
  private var isText: Bool { byte == 0x09 || (0x20...0x7E).contains(byte) || byte >= 0x80 }

  /// tchar (RFC 9110 section 5.6.2).
  private var isToken: Bool {
    Self.isHexDigit(byte) || (0x47...0x5A).contains(byte) || (0x67...0x7A).contains(byte)
      || "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    "0123456789abcdefABCDEF".utf8.contains(byte)
  }
}

extension OddOctet: CustomStringConvertible {
  package var description: String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "\(place.rawValue):\(digits.count < 2 ? "0" : "")\(digits)"
  }

  init(_ text: Substring) throws(PlanError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let place = Place(rawValue: String(parts[0])), parts[1].count == 2,
      parts[1].utf8.allSatisfy(Self.isHexDigit), let byte = UInt8(parts[1], radix: 16),
      let octet = OddOctet(place, byte)
    else {
      let places = Place.allCases.map(\.rawValue).joined(separator: ", ")
      throw PlanError(
        word: String(text),
        expected: "PLACE:HH, a byte in hexadecimal at one of \(places); no digit at size")
    }
    self = octet
  }
}
