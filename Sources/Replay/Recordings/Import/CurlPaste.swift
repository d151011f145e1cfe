// The output of curl in a terminal: `curl -i` (heads before bodies), `curl -v` (`* ` information, `> `
// request, `< ` heads, and the body between them), either with `--raw`. It is split into exchanges, each
// head separated from its body. A paste in which that is ambiguous is refused: a head inside a body would
// make a useless recording.

internal import MockQwen
internal import Wire

/// Reads what was copied from a terminal.
struct CurlPaste {
  private typealias Line = ArraySlice<UInt8>

  /// One request and its answer.
  private struct Turn {
    var sent: [UInt8] = []
    var received = ReceivedMessage()
    var body: [UInt8] = []
    var hasHead = false
    /// Whether the lines belong to a head without curl's marks.
    var isInHead = false
    /// Whether a head may follow: the body has not begun, or is complete.
    var mayEnd: Bool {
      body.allSatisfy { [0x0A, 0x0D].contains($0) }
        || received.announcedLength.map { body.count >= $0 } ?? false
    }
  }

  private var turns: [Turn] = [Turn()]
  /// What the shell writes before a command.
  private var prompt: [UInt8] = []

  /// Whether a text begins like such output: with the head of an answer, behind a shell's command or a
  /// meter of progress, or with curl's marks.
  static func isPaste(_ bytes: [UInt8]) -> Bool {
    let start = bytes.prefix(64 * 1024)
    let lines = start.split(separator: 0x0A).prefix(60)
    let heading = lines.prefix { !isBodyLine($0) }
    if heading.contains(where: { isStatusLine(withoutStyles($0)) }) { return true }
    let marks = lines.contains { $0.starts(with: "> ".utf8) && $0.contains(UInt8(ascii: "/")) }
    return marks && lines.contains { isStatusLine($0.dropFirst(2)) && $0.starts(with: "< ".utf8) }
      || lines.first.map { $0.starts(with: "* ".utf8) } ?? false
        && lines.contains { isStatusLine($0) || isStatusLine($0.dropFirst(2)) }
  }

  static func imported(_ bytes: [UInt8]) -> Imported {
    var paste = CurlPaste()
    let lines = linesWithEnds(bytes)
    if let command = lines.first, let curl = command.firstRange(of: Array("curl ".utf8)) {
      paste.prompt = Array(command[..<curl.lowerBound])
    }
    for (index, line) in lines.enumerated() {
      // The shell is ready again.
      let isLast = index + 1 == lines.count && index > 0 && !paste.prompt.isEmpty
      if isLast, line.starts(with: paste.prompt.trimmingBlanks) { break }
      paste.take(line)
    }
    var imported = Imported()
    for (index, turn) in paste.turns.enumerated() where turn.hasHead {
      imported.add("answer \(index + 1)") { () throws(ImportError) in try exchange(turn) }
    }
    return imported
  }

  /// The lines of a text, each with its end; the last one may have none.
  private static func linesWithEnds(_ bytes: [UInt8]) -> [Line] {
    var lines: [Line] = []
    var start = 0
    for (index, byte) in bytes.enumerated() where byte == 0x0A {
      lines.append(bytes[start...index])
      start = index + 1
    }
    return start < bytes.count ? lines + [bytes[start...]] : lines
  }

  private mutating func take(_ line: Line) {
    let last = turns.count - 1
    if turns[last].isInHead {
      takeHeadLine(Self.withoutStyles(line))
    } else if line.starts(with: "> ".utf8) || line.elementsEqual(">\n".utf8) {
      // What is sent after an answer is the next request.
      if turns[last].hasHead { turns.append(Turn()) }
      turns[turns.count - 1].sent += withCRLF(line.dropFirst(2))
    } else if line.starts(with: "< ".utf8) || line.elementsEqual("<\n".utf8) {
      turns[last].hasHead = true
      turns[last].received.takeHead(withCRLF(line.dropFirst(2)))
    } else if Self.isInformation(line) {
      turns[last].received.take(curlLine: String(decoding: line, as: UTF8.self))
    } else if Self.isStatusLine(Self.withoutStyles(line)), turns[last].mayEnd {
      beginHead(Self.withoutStyles(line))
    } else if turns[last].hasHead {
      turns[last].body += line
    }
  }

  /// A head without curl's marks: the first one, or one after an interim answer or an answer without a
  /// body.
  private mutating func beginHead(_ line: Line) {
    let last = turns.count - 1
    // With -i and -v the same head appears twice.
    let isTwice =
      turns[last].body.isEmpty && !turns[last].received.head.isEmpty
      && turns[last].received.head.starts(with: withCRLF(line))
    let isTunnel = turns[last].received.isTunnel
    if turns[last].hasHead, !isTwice, !turns[last].received.isInterim, !isTunnel {
      turns.append(Turn())
    }
    let index = turns.count - 1
    if isTwice || isTunnel { turns[index].received = ReceivedMessage() }
    turns[index].body = []
    turns[index].hasHead = true
    turns[index].isInHead = true
    takeHeadLine(line)
  }

  private mutating func takeHeadLine(_ line: Line) {
    let last = turns.count - 1
    turns[last].received.takeHead(withCRLF(line))
    if line.allSatisfy({ [0x0A, 0x0D].contains($0) }) { turns[last].isInHead = false }
  }

  private static func exchange(_ turn: Turn) throws(ImportError) -> ForeignExchange? {
    var message = turn.received
    // A terminal does not show the end. Unless curl complains, the body is complete.
    message.endsWithFile = true
    message.takeBody(withoutLastWords(turn.body, &message), at: 0)
    guard !turn.sent.isEmpty else {
      var exchange = try message.exchange(method: "POST")
      let plain = plainRequest
      (exchange.url, exchange.requestBody) = (plain.target, plain.body)
      exchange.requestFields = plain.fields.list.map { ($0.name, $0.value) }
      exchange.source = "curl -i"
      return exchange
    }
    let request = try requestHead(
      turn.sent.suffix(4) == [13, 10, 13, 10] ? turn.sent : turn.sent + [13, 10])
    guard request.method != "CONNECT" else { return nil }
    var exchange = try message.exchange(method: request.method)
    exchange.url = request.target
    exchange.requestFields = request.fields.list.map { ($0.name, $0.value) }
    exchange.source = "curl -v"
    return exchange
  }

  /// Removes curl's text after the last byte of a body without a line end, and the blank lines that an
  /// editor has added after a body of known length.
  private static func withoutLastWords(
    _ body: [UInt8], _ message: inout ReceivedMessage
  ) -> [UInt8] {
    var body = body
    for mark in ["* Connection #", "* Closing connection", "curl: ("] {
      guard let range = body.lastRange(of: Array(mark.utf8)),
        !body[range.lowerBound...].dropLast().contains(0x0A)
      else { continue }
      message.take(curlLine: String(decoding: body[range.lowerBound...], as: UTF8.self))
      body = Array(body[..<range.lowerBound])
    }
    return message.withCRLFInChunks(body)
  }
}

extension CurlPaste {
  /// `HTTP/1.1 200 OK`, with any version and any or no phrase.
  static func isStatusLine(_ line: ArraySlice<UInt8>) -> Bool {
    guard line.starts(with: "HTTP/".utf8) else { return false }
    let words = line.prefix { $0 != 0x0D && $0 != 0x0A }.split(separator: 0x20, maxSplits: 2)
    return words.count >= 2 && words[1].count == 3 && words[1].allSatisfy { 0x30...0x39 ~= $0 }
      && ["1.0", "1.1", "2", "2.0", "3", "3.0"].contains(
        String(decoding: words[0].dropFirst(5), as: UTF8.self))
  }

  /// Whether a line is of a body, and a status line after it is no head.
  fileprivate static func isBodyLine(_ line: ArraySlice<UInt8>) -> Bool {
    ["data:", "event:", "id:", "retry:", ":", "{\"", "["].contains { line.starts(with: $0.utf8) }
  }

  /// A line without the escape sequences that make a part of it bold (ECMA-48, SGR).
  fileprivate static func withoutStyles(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard line.contains(0x1B) else { return line }
    var plain: [UInt8] = []
    var rest = line
    while let start = rest.firstIndex(of: 0x1B) {
      plain += rest[..<start]
      let end = rest[start...].firstIndex(of: UInt8(ascii: "m")) ?? rest.endIndex - 1
      rest = rest[(end + 1)...]
    }
    return (plain + rest)[...]
  }

  /// Curl's own output besides what it received: information, byte counts, progress.
  static func isInformation(_ line: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: line.prefix(200), as: UTF8.self)
    let end = text.trimmingSuffix(while: \.isNewline)
    return text.hasPrefix("* ") || text.hasPrefix("curl: (")
      || (text.hasPrefix("{ [") || text.hasPrefix("} [")) && end.hasSuffix(" data]")
      || text.contains("--:--:--") || text.hasPrefix("  % Total")
      || text.contains("Dload  Upload")
  }
}

/// A line with CR LF at its end, as in heads.
private func withCRLF(_ line: ArraySlice<UInt8>) -> [UInt8] {
  Array(line.prefix { $0 != 0x0D && $0 != 0x0A }) + [0x0D, 0x0A]
}

extension StringProtocol {
  fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> SubSequence {
    var end = endIndex
    while end > startIndex, isTrimmed(self[index(before: end)]) { end = index(before: end) }
    return self[..<end]
  }
}

extension [UInt8] {
  /// The bytes without the blanks at their end.
  fileprivate var trimmingBlanks: ArraySlice<UInt8> {
    self[..<((lastIndex { $0 > 0x20 } ?? -1) + 1)]
  }

  fileprivate func lastRange(of bytes: [UInt8]) -> Range<Int>? {
    guard count >= bytes.count else { return nil }
    return (0...count - bytes.count).last { self[$0...].starts(with: bytes) }
      .map { $0..<$0 + bytes.count }
  }
}
