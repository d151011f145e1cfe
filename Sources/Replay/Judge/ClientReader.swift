// How a client reads the bytes that it gets: the harness's own strict, plain reader of one HTTP/1.1
// response. It shares no code with the proxy's parser, so both cannot have the same bug. It goes byte by
// byte (data in runs) and notes the first breach of the grammar of RFC 9112 instead of repairing it.

internal import MockQwen
package import Wire

/// One response as a strict client reads it.
package struct ClientReader: Hashable, Sendable {
  private enum State: Hashable, Sendable {
    case head, size, sizeEnd
    case data(Int)
    case dataEnd(UInt8)
    case trailer
    case length(Int)
    case untilClose, complete
    case broken
  }

  private var state = State.head
  private var line: [UInt8] = []
  private let method: String
  /// How many further responses may come on the same connection. Each replaces the one before.
  package private(set) var awaitedCount: Int

  /// The status of the final response, 200 or more; nil until its head is complete.
  package private(set) var status: Int?
  /// The reason phrase (RFC 9112 section 4), perhaps empty.
  package private(set) var reason = ""
  /// How many interim answers came.
  package private(set) var interims = 0
  package private(set) var fields = Fields()
  package private(set) var body: [UInt8] = []
  /// The first breach of the grammar, in words.
  package private(set) var breach: String?
  /// The longest body that is taken, in bytes: an answer without end must not fill the memory.
  package var bodyBytesMax = 256 * 1024 * 1024
  /// The most bytes of heads, size lines and trailers, interim responses included: every client gives up
  /// by then (most at 8 to 256 KiB).
  private static let headBytesMax = 1024 * 1024
  /// Whether the answer was longer than that, so its end cannot be known.
  package private(set) var isEndless = false
  private var bodyCount = 0
  private var headCount = 0

  package init(method: String = "POST", awaiting count: Int = 0) {
    self.method = method
    awaitedCount = count
  }

  /// Whether the last response is complete by its framing; never under close-delimited framing.
  package var isComplete: Bool { state == .complete && awaitedCount == 0 }

  /// Whether a response is complete and another is awaited.
  package var isBetween: Bool { state == .complete && awaitedCount > 0 }

  /// Makes room for the next response, which replaces the complete one.
  package mutating func beginNext() {
    body = []
    (bodyCount, headCount) = (0, 0)
    reset()
  }

  private mutating func reset() {
    awaitedCount -= 1
    status = nil
    fields = Fields()
    state = .head
  }

  /// Whether the body ends with the connection.
  package var endsWithConnection: Bool { state == .untilClose }

  /// Takes bytes as they come; body bytes are appended to `body`.
  package mutating func take(_ bytes: [UInt8]) {
    var known: [UInt8] = []
    swap(&known, &body)
    take(bytes, into: &known)
    swap(&known, &body)
  }

  /// Takes bytes as they come; body bytes are appended to `output` and not kept.
  package mutating func take(_ bytes: [UInt8], into output: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
      switch state {
      case .data(let missing):
        let count = min(missing, bytes.count - index)
        output += bytes[index..<index + count]
        index += count
        state = count == missing ? .dataEnd(0x0D) : .data(missing - count)
        self.count(body: count)
      case .length(let missing):
        let count = min(missing, bytes.count - index)
        output += bytes[index..<index + count]
        index += count
        state = count == missing ? .complete : .length(missing - count)
        self.count(body: count)
      case .untilClose:
        output += bytes[index...]
        count(body: bytes.count - index)
        index = bytes.count
      case .broken:
        return
      case .complete where awaitedCount > 0:
        output.removeAll(keepingCapacity: true)
        reset()
      case .complete:
        stop("bytes follow the complete response")
      case .head:
        let start = index
        takeHeadLine(of: bytes, at: &index)
        count(head: index - start)
      case .size, .sizeEnd, .dataEnd, .trailer:
        take(bytes[index])
        index += 1
        count(head: 1)
      }
    }
  }

  private mutating func count(body count: Int) {
    bodyCount += count
    // For each piece of the body, the bytes that are not data are counted anew.
    headCount = 0
    guard bodyCount > bodyBytesMax else { return }
    isEndless = true
    stop("the body goes on after \(bodyBytesMax) bytes: the answer has no end")
  }

  private mutating func count(head count: Int) {
    headCount += count
    guard headCount > Self.headBytesMax else { return }
    isEndless = true
    line = []
    stop("the head goes on after \(Self.headBytesMax) bytes: it has no end")
  }

  private mutating func take(_ byte: UInt8) {
    switch state {
    case .size:
      if byte != 0x0D { line.append(byte) } else { state = .sizeEnd }
    case .sizeEnd:
      guard byte == 0x0A else { return stop("a CR in a chunk-size line is not followed by LF") }
      readSize()
    case .dataEnd(let expected):
      guard byte == expected else { return stop("chunk data is not followed by CRLF") }
      state = expected == 0x0D ? .dataEnd(0x0A) : .size
    case .trailer:
      line.append(byte)
      if line == [0x0D, 0x0A] || byte == 0x0A && endsWithBlankLine {
        if let bad = Self.badLine(ofTrailers: line) {
          return stop("a trailer line is malformed: " + Self.shown(bad))
        }
        line = []
        state = .complete
      }
    case .head, .data, .length, .untilClose, .complete, .broken:
      preconditionFailure("these states take runs of bytes")
    }
  }

  /// Takes the bytes of the head up to the next LF.
  private mutating func takeHeadLine(of bytes: [UInt8], at index: inout Int) {
    let start = index
    if line.isEmpty { line.reserveCapacity(bytes.count - start) }
    while index < bytes.count, bytes[index] != 0x0A { index += 1 }
    let isWhole = index < bytes.count
    if isWhole { index += 1 }
    line += bytes[start..<index]
    if isWhole, endsWithBlankLine { readHead() }
  }

  /// Whether `line` ends with CRLF CRLF.
  private var endsWithBlankLine: Bool {
    let end = line.count
    return end >= 4 && line[end - 1] == 0x0A && line[end - 2] == 0x0D && line[end - 3] == 0x0A
      && line[end - 4] == 0x0D
  }

  private mutating func stop(_ reason: String) {
    breach = breach ?? reason
    state = .broken
  }

  private mutating func readHead() {
    let head = line
    line = []
    var end = returnIndex(in: head, from: 0)
    guard let (code, reason) = Self.status(in: head[..<end]) else {
      return stop("the status line is malformed")
    }
    fields = Fields()
    // The last line end of the head is followed by its blank line.
    while end < head.count - 4 {
      let start = end + 2
      end = returnIndex(in: head, from: start)
      guard head[start - 1] == 0x0A, let field = Self.field(in: head[start..<end]) else {
        let place = head[start - 1] == 0x0A ? start : start - 1
        return stop("a field line is malformed: " + Self.shown(Self.line(of: head, at: place)))
      }
      fields.list.append(field)
    }
    // An interim response is skipped (RFC 9110 section 15.2). After a 101 another protocol follows, and this
    // client asks for none (RFC 9110 section 15.2.2).
    guard code != 101 else {
      return stop("the answer switches to a protocol that nobody asked for")
    }
    if code < 200 {
      interims += 1
      return
    }
    status = code
    self.reason = reason
    chooseFraming(code)
    // RFC 9112 section 6.1: the framing is faulty, whatever can be read.
    if head.starts(with: Self.versions[1]), fields["Transfer-Encoding"] != nil {
      breach = breach ?? "an answer of HTTP/1.0 has a transfer coding"
    }
  }

  /// The place of the next CR from `start` on; every head ends with one.
  private func returnIndex(in head: [UInt8], from start: Int) -> Int {
    var index = start
    while head[index] != 0x0D { index += 1 }
    return index
  }

  private static func status(in line: ArraySlice<UInt8>) -> (code: Int, reason: String)? {
    // `HTTP/1.1 200`, and the phrase after another blank.
    let codeEnd = line.startIndex + 12
    guard line.count >= 12, versions.contains(where: line.prefix(9).elementsEqual),
      line.allSatisfy(isTextByte), line.endIndex == codeEnd || line[codeEnd] == 0x20
    else { return nil }
    var code = 0
    for byte in line[codeEnd - 3..<codeEnd] {
      guard (0x30...0x39).contains(byte) else { return nil }
      code = code * 10 + Int(byte - 0x30)
    }
    return code < 100 ? nil : (code, text(line.dropFirst(13)))
  }

  /// The field on a line without its line end, or nil when it is malformed.
  private static func field(in line: ArraySlice<UInt8>) -> Field? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
      line[..<colon].allSatisfy(isTokenByte), line[colon...].allSatisfy(isTextByte)
    else { return nil }
    var value = line[(colon + 1)...]
    while let first = value.first, first == 0x20 || first == 0x09 { value = value.dropFirst() }
    while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
    return Field(text(line[..<colon]), text(value))
  }

  /// The line of a section that the byte at `offset` belongs to, its line end included.
  private static func line(of section: [UInt8], at offset: Int) -> ArraySlice<UInt8> {
    let start = section[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let end = section[offset...].firstIndex(of: 0x0A).map { $0 + 1 } ?? section.count
    return section[start..<end]
  }

  /// The first line of a trailer section that is not a field line.
  private static func badLine(ofTrailers section: [UInt8]) -> ArraySlice<UInt8>? {
    var start = 0
    while start < section.count - 2 {
      let line = line(of: section, at: start)
      let text = line.dropLast(2)
      guard line.suffix(2) == [0x0D, 0x0A], !text.contains(0x0D), field(in: text) != nil else {
        return line
      }
      start += line.count
    }
    return nil
  }

  /// A line in the notation of a string literal.
  private static func shown(_ line: ArraySlice<UInt8>) -> String {
    let text = line.prefix(120).map { byte in
      switch byte {
      case 0x0A: "\\n"
      case 0x0D: "\\r"
      case 0x20...0x7E: String(UnicodeScalar(byte))
      default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return "`" + text.joined() + "`"
  }

  // The grammar of RFC 9110 section 5.6.2 and 5.5, implemented independently of Wire.

  private static let isToken: [Bool] = (UInt8.min...UInt8.max).map { byte in
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  /// Whether a byte may stand in a token.
  static func isTokenByte(_ byte: UInt8) -> Bool { isToken[Int(byte)] }

  /// Whether a byte may stand in a value: any but control characters; a tab is allowed.
  static func isTextByte(_ byte: UInt8) -> Bool {
    byte == 0x09 || byte >= 0x20 && byte != 0x7F
  }

  private static let versions = [Array("HTTP/1.1 ".utf8), Array("HTTP/1.0 ".utf8)]

  /// One scalar for each byte, as in every `Field`, so that bytes that are not UTF-8 are compared too.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(Unicode.Scalar(byte)) }
    return String(text)
  }

  /// RFC 9112 section 6.3, as a strict client applies it.
  private mutating func chooseFraming(_ code: Int) {
    let codings = fields.values("Transfer-Encoding")
    let lengths = fields.values("Content-Length")
    if code == 204 || code == 304 || method == "HEAD" {
      state = .complete
    } else if codings.count + lengths.count > 1 {
      stop("more than one field tells the body's length")
    } else if let coding = codings.first {
      if coding.lowercased() == "chunked" { state = .size } else { stop("unknown transfer coding") }
    } else if let text = lengths.first {
      guard let length = wholeNumber(text) else { return stop("Content-Length is not a number") }
      state = length == 0 ? .complete : .length(length)
    } else {
      state = .untilClose
    }
  }

  private mutating func readSize() {
    let digits = line.prefix { $0 != UInt8(ascii: ";") }
    guard isChunkExtension(line[digits.endIndex...]) else {
      return stop("a chunk extension is malformed")
    }
    let isHex = digits.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0)
    }
    guard isHex, (1...15).contains(digits.count),
      let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
    else { return stop("a chunk size is malformed") }
    line = []
    state = size == 0 ? .trailer : .data(size)
  }
}
