// The exchanges of a trace: what was sent and received between one request's head and the next, for each
// transfer separately.

internal import MockQwen
internal import Wire

/// Makes recordings of traces.
enum TraceExchanges {
  static func imported(_ bytes: [UInt8]) -> Imported {
    let reader = TraceReader(bytes)
    var groups: [[TraceReader.Piece]] = []
    // The current group of each transfer.
    var open: [String: Int] = [:]
    for piece in reader.pieces {
      if let index = open[piece.transfer],
        piece.kind != .sentHeader || !groups[index].contains(where: { $0.kind == .receivedHeader })
      {
        groups[index].append(piece)
      } else {
        open[piece.transfer] = groups.count
        groups.append([piece])
      }
    }
    var imported = Imported()
    for (number, group) in groups.filter({ $0.contains { $0.kind == .sentHeader } }).enumerated() {
      imported.add("exchange \(number + 1)") { () throws(ImportError) in
        try exchange(group, isASCII: reader.isASCII)
      }
    }
    if reader.isASCII, !imported.recordings.isEmpty {
      imported.notes.append(
        "--trace-ascii shows line feeds and what is not ASCII as dots: line ends were put back, "
          + "characters are lost; curl --trace keeps every byte")
    }
    return imported
  }

  private static func exchange(
    _ pieces: [TraceReader.Piece], isASCII: Bool
  ) throws(ImportError) -> ForeignExchange? {
    var sent: [UInt8] = []
    var requestBody: [UInt8] = []
    var received = ReceivedMessage()
    var start = 0
    for piece in pieces where piece.kind != .other {
      if piece.kind == .info {
        received.take(curlLine: piece.info)
        continue
      }
      guard let bytes = piece.bytes else {
        throw ImportError(
          "line \(piece.line): \(piece.count) bytes are announced, the rows hold others")
      }
      switch piece.kind {
      case .sentHeader:
        sent += bytes
        start = piece.milliseconds
      case .sentData:
        requestBody += bytes
        start = piece.milliseconds
      case .receivedHeader: received.takeHead(bytes)
      case .receivedData:
        let passed = piece.milliseconds - start
        // Past midnight.
        received.takeBody(bytes, at: passed < 0 ? passed + 86_400_000 : passed)
      case .info, .other: break
      }
    }
    let request = try requestHead(sent)
    // A tunnel through a proxy is not an answer.
    guard request.method != "CONNECT" else { return nil }
    guard !received.head.isEmpty else { throw ImportError("no answer was received") }
    var exchange = try received.exchange(method: request.method)
    exchange.url = request.target
    exchange.requestFields = request.fields.list.map { ($0.name, $0.value) }
    exchange.requestBody = requestBody
    exchange.source =
      isASCII ? "curl --trace-ascii, which shows what is not ASCII as dots" : "curl --trace"
    if isASCII {
      let codings = Fields(exchange.fields.map { Field($0.0, $0.1) }).members("Content-Encoding")
      if let coding = codings.first(where: { $0.lowercased() != "identity" }) {
        throw ImportError(
          "the body is coded with '\(coding)', and --trace-ascii has lost its bytes; take curl --trace"
        )
      }
      restoreLineEnds(&exchange.body)
    }
    return exchange
  }

  /// Turns dots that must have been line feeds back into line feeds.
  private static func restoreLineEnds(_ body: inout [UInt8]) {
    let dot = UInt8(ascii: ".")
    let names = ["data:", "event:", "id:", "retry:", ":"].map { Array($0.utf8) }
    func begins(_ offset: Int, _ words: [[UInt8]]) -> Bool {
      words.contains { body[offset...].starts(with: $0) }
    }
    let payloads = ["data: {", "data:{", "data: [DONE]", "data:[DONE]"].map { Array($0.utf8) }
    var lineStart = 0
    var index = 0
    while index < body.count {
      defer { index += 1 }
      guard body[index] == dot else { continue }
      let isPair = index + 1 < body.count && body[index + 1] == dot
      let isDataLine = begins(lineStart, [names[0]])
      if isPair, index + 2 == body.count || begins(index + 2, names) {
        body[index] = 0x0A
        body[index + 1] = 0x0A
        index += 1
        lineStart = index + 1
      } else if index + 1 < body.count,
        begins(index + 1, payloads) || !isDataLine && begins(index + 1, names)
      {
        body[index] = 0x0A
        lineStart = index + 1
      }
    }
  }
}

/// The head of a request as curl sent it, with any version of HTTP.
func requestHead(_ bytes: [UInt8]) throws(ImportError) -> RequestHead {
  let plain = inFirstVersion(bytes, isResponse: false)
  var reader = RequestHeadReader()
  var offset = 0
  do {
    if let head = try reader.read(plain.span, at: &offset) { return head }
  } catch {
    throw ImportError("the request's head cannot be read: \(error)")
  }
  throw ImportError("the request's head does not end")
}

/// A head with HTTP/2 or HTTP/3 in its start line, rewritten to HTTP/1.1; any other head unchanged.
func inFirstVersion(_ head: [UInt8], isResponse: Bool) -> [UInt8] {
  guard let end = head.firstIndex(of: 0x0A) else { return head }
  var line = String(decoding: head[..<end], as: UTF8.self)
  if line.hasSuffix("\r") { line.removeLast() }
  if isResponse {
    for version in ["HTTP/2.0", "HTTP/2", "HTTP/3.0", "HTTP/3"] where line.hasPrefix(version + " ")
    {
      line = "HTTP/1.1" + line.dropFirst(version.count)
      // The phrase is optional, the blank before it is not (RFC 9112 section 4).
      if line.utf8.count == 12 { line += " " }
    }
  } else {
    for version in [" HTTP/2.0", " HTTP/2", " HTTP/3.0", " HTTP/3"] where line.hasSuffix(version) {
      line = line.dropLast(version.count) + " HTTP/1.1"
    }
  }
  return Array((line + "\r\n").utf8) + head[(end + 1)...]
}
