// An answer as curl shows it, in a trace or in a terminal: a head, and a body that still has its chunks
// or, with later versions and with HTTP/2, has lost them. Its framing tells how it ended; if that is
// gone, curl's messages do.

internal import MockQwen
internal import Wire

/// The bytes received of one answer.
struct ReceivedMessage {
  /// The head of the final answer, perhaps with interim answers before it.
  private(set) var head: [UInt8] = []
  private var body: [(bytes: [UInt8], milliseconds: Int)] = []
  /// The bad end that curl reports.
  private var failure: ForeignEnding?
  /// Whether curl has reported that it is done.
  private var isOver = false

  /// Takes bytes of a head. After a body they are trailers, which are not used here. Some versions of curl
  /// do not show the blank line of an interim answer.
  mutating func takeHead(_ bytes: [UInt8]) {
    guard body.isEmpty else { return }
    let isOpen = !head.isEmpty && !head.suffix(4).elementsEqual("\r\n\r\n".utf8)
    if isOpen, isInterim, bytes.starts(with: "HTTP/".utf8) { head += [0x0D, 0x0A] }
    head += bytes
  }

  mutating func takeBody(_ bytes: [UInt8], at milliseconds: Int) {
    if !bytes.isEmpty { body.append((bytes, milliseconds)) }
  }

  /// Takes a line of curl's information.
  mutating func take(curlLine line: some StringProtocol) {
    if let ending = ForeignEnding(curlLine: line), failure == nil { failure = ending }
    let words = [
      "left intact", "Closing connection", "closing connection", "shutting down connection",
    ]
    if words.contains(where: line.contains) { isOver = true }
  }

  /// Whether a body without framing counts as complete unless curl reports otherwise.
  var endsWithFile = false

  /// Whether the last head so far belongs to an interim answer (RFC 9110 section 15.2).
  var isInterim: Bool {
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let last = lines.last { $0.hasPrefix("HTTP/") }?.split(separator: " ")
    return last?.count ?? 0 > 1 && last?[1].first == "1"
  }

  /// Whether the head is a proxy's answer to CONNECT (RFC 9110 section 9.3.6): another follows in it.
  var isTunnel: Bool {
    let line = String(decoding: head.prefix { $0 != 0x0D }, as: UTF8.self).lowercased()
    return body.isEmpty && line.hasSuffix(" connection established")
  }

  /// The length that the head announces.
  var announcedLength: Int? {
    let lines = String(decoding: head, as: UTF8.self).lowercased().split(separator: "\r\n")
    let length = lines.last { $0.hasPrefix("content-length:") }?.dropFirst(15).drop { $0 == " " }
    return length.flatMap { Int($0) }
  }

  /// A chunked body in which an editor has turned CR LF into line feeds, with CR LF around the chunks
  /// again; any other body unchanged.
  func withCRLFInChunks(_ body: [UInt8]) -> [UInt8] {
    let fields = String(decoding: head, as: UTF8.self).lowercased()
    guard fields.contains("transfer-encoding: chunked"), startsWithChunk(body) else { return body }
    var rest = body[...]
    var restored: [UInt8] = []
    while let end = rest.firstIndex(of: 0x0A) {
      let line = rest[..<end]
      let digits = line.prefix { $0 != 0x0D && $0 != UInt8(ascii: ";") }
      guard line.last != 0x0D, !digits.isEmpty, digits.count <= 7,
        let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
      else { return body }
      restored += line + [0x0D, 0x0A]
      rest = rest[(end + 1)...]
      restored += rest.prefix(size)
      rest = rest.dropFirst(size)
      guard let next = rest.first else { return restored }
      guard next == 0x0A else { return body }
      restored += [0x0D, 0x0A]
      rest = rest.dropFirst()
      if size == 0 { return restored }
    }
    return restored + rest
  }

  /// The exchange, still without its request.
  func exchange(method: String) throws(ImportError) -> ForeignExchange {
    let (answer, rule) = try finalHead(method)
    var exchange = ForeignExchange(
      method: method, url: "/", requestFields: [], status: answer.status, reason: answer.reason,
      version: answer.version, fields: answer.fields.list.map { ($0.name, $0.value) })
    let first = body.first?.bytes ?? []
    if rule == .chunked, first.isEmpty || startsWithChunk(first) {
      try takeChunks(into: &exchange)
    } else {
      takeBare(into: &exchange, rule)
    }
    return exchange
  }

  /// The head after all interim ones, and the framing of its body.
  private func finalHead(
    _ method: String
  ) throws(ImportError) -> (ResponseHead, BodyFraming) {
    var rest = head
    do {
      while !rest.isEmpty {
        let plain = inFirstVersion(rest, isResponse: true)
        var reader = ResponseHeadReader()
        var offset = 0
        guard let head = try reader.read(plain.span, at: &offset) else { break }
        if head.status >= 200 { return (head, try BodyFraming.ofResponse(head, toMethod: method)) }
        rest = Array(plain[offset...])
      }
    } catch {
      throw ImportError("the answer's head cannot be read: \(error)")
    }
    throw ImportError("the answer's head does not end")
  }

  /// Whether the bytes begin with the line of a chunk's size (RFC 9112 section 7.1).
  private func startsWithChunk(_ bytes: [UInt8]) -> Bool {
    let line = bytes.prefix { $0 != 0x0A }.prefix { $0 != 0x0D && $0 != UInt8(ascii: ";") }
    return !line.isEmpty && line.count <= 16 && line.count < bytes.count
      && line.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
  }

  private func takeChunks(into exchange: inout ForeignExchange) throws(ImportError) {
    var reader = BodyReader(.chunked)
    for piece in body where !reader.isComplete {
      var offset = 0
      let bytes = piece.bytes.span
      do {
        let start = exchange.body.count
        while let range = try reader.read(bytes, at: &offset) {
          exchange.body += piece.bytes[range]
        }
        if exchange.body.count > start { exchange.add(exchange.body.count, piece.milliseconds) }
      } catch {
        throw ImportError("its chunks are damaged: \(error)")
      }
    }
    exchange.framing = .chunked
    exchange.end = reader.isComplete ? .complete : failure ?? .truncated
  }

  /// Takes a body whose framing is gone, or that never had any.
  private func takeBare(into exchange: inout ForeignExchange, _ rule: BodyFraming) {
    for piece in body {
      exchange.body += piece.bytes
      exchange.add(exchange.body.count, piece.milliseconds)
    }
    switch rule {
    case .none: exchange.end = .complete
    case .length(let length):
      exchange.end = exchange.body.count >= length ? .complete : failure ?? .truncated
    case .chunked, .untilClose:
      let isDone = isOver || endsWithFile
      exchange.end =
        failure ?? (isDone ? .complete : ForeignEnding(ending: .truncated, side: .client))
      if case .untilClose = rule, !isMultiplexed { exchange.framing = .close }
    }
  }

  /// Whether the answer came over HTTP/2 or HTTP/3, where a body needs no framing of its own.
  private var isMultiplexed: Bool {
    let words = String(decoding: head, as: UTF8.self)
    return words.contains("HTTP/2") || words.contains("HTTP/3")
  }
}

extension ForeignExchange {
  /// Adds a border; times do not fall.
  fileprivate mutating func add(_ end: Int, _ milliseconds: Int) {
    let time = min(
      max(milliseconds, fragments?.last?.milliseconds ?? 0),
      ImportLimits.standard.millisecondsMax)
    fragments = (fragments ?? []) + [Session.Fragment(end: end, milliseconds: time)]
  }
}
