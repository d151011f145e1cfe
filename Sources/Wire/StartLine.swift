// The two start lines, parsed strictly once the whole line is there: single spaces, the two known
// versions, no other byte before or after (RFC 9112 sections 3 and 4). The general advice to be
// lenient with white space is not followed: request smuggling lives on lines that two readers read
// differently.

/// A start line that `HeadReader` can read.
protocol StartLine: Hashable, Sendable {
  /// How many empty lines may stand before it and are skipped.
  static var emptyLinesMax: Int { get }

  /// - Parameters:
  ///   - line: The line without its CRLF, not empty.
  ///   - start: The place of its first byte, for errors.
  /// - Throws: `badStartLine` at the offending byte, `badVersion` at the version's first byte.
  init(parsing line: Span<UInt8>, at start: Int) throws(WireError)
}

/// method SP request-target SP HTTP-version (RFC 9112 section 3).
struct RequestLine: StartLine {
  var method: String
  var target: String
  var version: Version

  /// RFC 9112 section 2.2: a server ignores at least one empty line before the request line.
  static var emptyLinesMax: Int { 2 }

  init(parsing line: Span<UInt8>, at start: Int) throws(WireError) {
    var index = 0
    while index < line.count, line[index].isToken { index += 1 }
    let methodEnd = index
    guard methodEnd > 0, index < line.count, line[index] == Octet.space else {
      throw WireError(.badStartLine, at: start + index)
    }
    index += 1
    while index < line.count, (0x21...0x7E).contains(line[index]) { index += 1 }
    let targetEnd = index
    guard targetEnd > methodEnd + 1, index < line.count, line[index] == Octet.space else {
      throw WireError(.badStartLine, at: start + index)
    }
    guard let version = Version(line.extracting((targetEnd + 1)...)) else {
      throw WireError(.badVersion, at: start + targetEnd + 1)
    }
    self.method = text(line.extracting(..<methodEnd))
    self.target = text(line.extracting((methodEnd + 1)..<targetEnd))
    self.version = version
  }
}

/// HTTP-version SP status-code [ SP reason-phrase ] (RFC 9112 section 4). The space that the
/// grammar requires before an empty reason may be missing: servers leave it out.
struct StatusLine: StartLine {
  var version: Version
  /// 100 to 999.
  var status: Int
  var reason: String

  static var emptyLinesMax: Int { 0 }

  init(parsing line: Span<UInt8>, at start: Int) throws(WireError) {
    var index = 0
    while index < line.count, line[index] != Octet.space { index += 1 }
    guard let version = Version(line.extracting(..<index)) else {
      throw WireError(.badVersion, at: start)
    }
    self.version = version
    index += 1
    self.status = 0
    for _ in 0..<3 {
      let digits: ClosedRange<UInt8> = status == 0 ? 0x31...0x39 : 0x30...0x39
      guard index < line.count, digits.contains(line[index]) else {
        throw WireError(.badStartLine, at: start + min(index, line.count))
      }
      status = status * 10 + Int(line[index] - 0x30)
      index += 1
    }
    guard index < line.count else {
      self.reason = ""
      return
    }
    guard line[index] == Octet.space else { throw WireError(.badStartLine, at: start + index) }
    for place in index..<line.count where !line[place].isFieldText {
      throw WireError(.badStartLine, at: start + place)
    }
    self.reason = text(line.extracting((index + 1)...))
  }
}

extension Version {
  /// The version with exactly this spelling (RFC 9112 section 2.3), or nil.
  fileprivate init?(_ bytes: Span<UInt8>) {
    guard bytes.count == 8 else { return nil }
    var index = 0
    for byte in "HTTP/1.".utf8 {
      guard bytes[index] == byte else { return nil }
      index += 1
    }
    switch bytes[7] {
    case 0x30: self = .http10
    case 0x31: self = .http11
    default: return nil
    }
  }
}
