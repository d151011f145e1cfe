// A transmission is a session's response as it goes on the wire under one framing: the head, and the
// body in its chunks. It keeps the map between body bytes and wire bytes, so that a cut or a fault
// can be put at a place that is known in the body, and the other way round.

package import Wire

/// A session's response on the wire.
package struct Transmission: Hashable, Sendable {
  /// A run of body bytes that lie together on the wire.
  package struct Run: Hashable, Sendable {
    package var wire: Int
    package var body: Int
    package var count: Int

    package var wireEnd: Int { wire + count }
  }

  package let session: Session
  package let framing: PlanFraming
  /// What is odd about the response: those of the plan's anomalies that this framing can have.
  package private(set) var anomalies: ResponseAnomalies
  /// The odd byte; nil when the response has none, or has anomalies.
  package let octet: OddOctet?
  /// The head, and the body with its framing. A session that ended badly lacks its end here too.
  package private(set) var bytes: [UInt8] = []
  /// The fields of the final head, without lines that an anomaly puts after its status line.
  package private(set) var headFields = Fields()
  /// Where the head ends in `bytes`.
  package private(set) var headEnd = 0
  /// The body's runs, in order; under chunked framing one a chunk.
  package private(set) var runs: [Run] = []
  /// How many bytes of the body a strict reader takes for the body.
  package private(set) var readableCount = 0
  /// Where the response is complete by its framing; after it come bytes that belong to no request.
  package private(set) var completeEnd = 0
  /// The offset after which a strict reader refuses the response; nil when it does not.
  package private(set) var malformedOffset: Int?

  /// Frames `session`'s response according to `plan`.
  package init(_ session: Session, _ plan: Plan) {
    self.init(
      session, framing: plan.framing, chunks: plan.chunks, anomalies: plan.anomalies,
      octet: plan.octet)
  }

  /// Frames `session`'s response. `chunks` tells where the body is cut into chunks; it is used only under
  /// chunked framing.
  package init(
    _ session: Session, framing: PlanFraming, chunks: Cuts, anomalies: ResponseAnomalies = [],
    octet: OddOctet? = nil
  ) {
    self.session = session
    self.framing = framing
    self.anomalies = Self.shown(anomalies, framing, session)
    self.octet = Self.shown(octet, anomalies, framing, session)
    readableCount = session.body.count
    writeHead()
    headEnd = bytes.count
    switch framing {
    case .chunked(let dress): writeChunks(bodyCuts(chunks, session), dress)
    case .length, .close: addRun(0..<session.body.count)
    }
    completeEnd = bytes.count
    if !self.anomalies.isEmpty || isBodiless { settleAnomalies() }
    if let octet = self.octet, !octet.isAllowed { settle(octet) }
  }

  /// Whether the response is complete by its framing at `completeEnd` (RFC 9112 section 6.3).
  package var isComplete: Bool {
    isBodiless
      || (session.ending == .complete || framing == .close) && malformedOffset == nil
        && !anomalies.contains(.long)
  }

  /// Whether the status alone tells that there is no body.
  private var isBodiless: Bool {
    session.response.status == 204 || session.response.status == 304
  }

  /// The result of a strict reader for a response with a byte that may not stand there.
  private mutating func settle(_ octet: OddOctet) {
    if octet.place.isInSize, let last = runs.last {
      readableCount = min(readableCount, last.body)
    } else if !octet.place.isInTrailer {
      readableCount = 0
    }
  }

  /// The result of a strict reader for the anomalies, and the bytes after the end.
  private mutating func settleAnomalies() {
    var isChunked = false
    if case .chunked = framing { isChunked = true }
    if !anomalies.isDisjoint(with: .heads) {
      readableCount = 0
    } else if anomalies.contains(.length) || anomalies.contains(.coding)
      || isChunked && anomalies.contains(.http10)
    {
      malformedOffset = headEnd
      readableCount = 0
    } else if isBodiless {
      completeEnd = headEnd
      readableCount = 0
    } else if anomalies.contains(.short) {
      readableCount = max(session.body.count - ResponseAnomalies.lengthError, 0)
      completeEnd = wireOffset(behindBody: readableCount)
    }
    if !anomalies.isDisjoint(with: .sizes), let last = runs.last {
      readableCount = min(readableCount, last.body)
    }
    if anomalies.contains(.extra) {
      bytes += Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra".utf8)
    }
  }

  private mutating func writeHead() {
    var head = session.response
    if anomalies.contains(.interim) {
      ResponseHead(status: 103, reason: "Early Hints", fields: [Field("Link", "</style.css>")])
        .write(into: &bytes)
      ResponseHead(status: 102, reason: "Processing").write(into: &bytes)
    }
    if anomalies.contains(.bare) { head.fields = [] }
    for name in ["Content-Length", "Transfer-Encoding", "Connection"] { head.fields.remove(name) }
    // A body that was cut announces more than it has.
    var length = session.body.count + (session.ending == .complete ? 0 : 1)
    if anomalies.contains(.long) { length += ResponseAnomalies.lengthError }
    if anomalies.contains(.short) { length = max(length - ResponseAnomalies.lengthError, 0) }
    switch framing {
    case .chunked(let dress):
      // A coding in an HTTP/1.0 message is faulty framing (RFC 9112 section 6.1).
      head.version = .http11
      head.fields.add("Transfer-Encoding", "chunked")
      if dress.trailers { head.fields.add("Trailer", "X-Usage-Tokens") }
    case .length: head.fields.add("Content-Length", String(length))
    case .close: head.fields.add("Connection", "close")
    }
    if anomalies.contains(.http10) { head.version = .http10 }
    if anomalies.contains(.length) { head.fields.add("Content-Length", String(length + 1)) }
    if anomalies.contains(.coding) { head.fields.add("Transfer-Encoding", "chunked") }
    if anomalies.contains(.hops) {
      head.fields.list += [
        Field("Connection", "X-Hop, Keep-Alive"), Field("Keep-Alive", "timeout=5"),
        Field("X-Hop", "1"), Field("Upgrade", "h2c"),
      ]
    }
    if anomalies.contains(.closing), framing != .close { head.fields.add("Connection", "close") }
    if anomalies.contains(.signed) { head.fields.set("Content-Length", "+\(length)") }
    if anomalies.contains(.values) {
      head.fields.list += [Field("X-Blank", " \t "), Field("X-Obs-Text", "caf\u{E9} \u{FF}")]
    }
    if anomalies.contains(.noReason) { head.reason = "" }
    if anomalies.contains(.switching) { head.status = 101 }
    if anomalies.contains(.fullFields) {
      let count = max(ResponseAnomalies.fieldsMax - head.fields.list.count, 0)
      head.fields.list += Array(repeating: Field("X", "1"), count: count)
    }
    if anomalies.contains(.lower) {
      for index in head.fields.list.indices {
        head.fields.list[index].name = head.fields.list[index].name.lowercased()
      }
    }
    headFields = head.fields
    write(head)
  }

  /// Writes a head, with the faults of the anomalies.
  private mutating func write(_ head: ResponseHead) {
    let start = bytes.count
    head.write(into: &bytes)
    if let octet { write(octet, intoHeadAt: start) }
    guard !anomalies.isDisjoint(with: .heads.union(.fullHead)),
      let lineEnd = bytes[start...].firstIndex(of: 0x0A)
    else { return }
    /// Puts lines after the status line; a reader takes `count` bytes of them before it refuses them.
    func spoil(_ text: String, refusedBehind count: Int) {
      malformedOffset = lineEnd + 1 + count
      bytes.insert(contentsOf: Array(text.utf8), at: lineEnd + 1)
    }
    /// Puts a field after the status line so that the head has `count` bytes.
    func fill(to count: Int) {
      let line = Self.longLine("X-Long: ", count: start + count - bytes.count)
      bytes.insert(contentsOf: line, at: lineEnd + 1)
    }
    if anomalies.contains(.fullHead) { return fill(to: ResponseAnomalies.headMax) }
    malformedOffset = bytes.count
    if anomalies.contains(.status) {
      bytes[start + 9] = UInt8(ascii: "x")
      malformedOffset = lineEnd + 1
    }
    if anomalies.contains(.fold) { spoil(" X-Folded: 1\r\n", refusedBehind: 14) }
    if anomalies.contains(.spaced) { spoil("X-Spaced : 1\r\n", refusedBehind: 14) }
    if anomalies.contains(.control) { spoil("X-Control: \u{1}\r\n", refusedBehind: 14) }
    if anomalies.contains(.bareCR) { spoil("X-Bare: \rx\r\n", refusedBehind: 10) }
    if anomalies.contains(.manyFields) {
      let count = ResponseAnomalies.fieldsMax
      spoil(String(repeating: "X: 1\r\n", count: count + 1), refusedBehind: count * 6 + 1)
    }
    if anomalies.contains(.longHead) {
      fill(to: ResponseAnomalies.headMax + 1)
      malformedOffset = start + ResponseAnomalies.headMax + 1
    }
  }

  /// Puts the byte into the head that begins at `start`.
  private mutating func write(_ octet: OddOctet, intoHeadAt start: Int) {
    guard !octet.place.isInSize, !octet.place.isInTrailer,
      let end = bytes[start...].firstIndex(of: 0x0D)
    else { return }
    let index: Int
    switch octet.place {
    case .version:
      index = start + 6
      bytes[index] = octet.byte
    case .status, .reason:
      index = octet.place == .status ? start + 12 : min(start + 14, end)
      bytes.insert(octet.byte, at: index)
    default:
      writeLine(octet, at: end + 2)
      return
    }
    guard !octet.isAllowed else { return }
    let count = end + (octet.place == .version ? 2 : 3) - start
    malformedOffset = start + octet.refusedBehind(index - start, lineOf: count)
  }

  /// Puts a line with the byte in it before offset `start`.
  private mutating func writeLine(_ octet: OddOctet, _ size: String = "", at start: Int) {
    let line = octet.line(size: size)
    bytes.insert(contentsOf: line.bytes + [0x0D, 0x0A], at: start)
    guard !octet.isAllowed else { return }
    malformedOffset = start + octet.refusedBehind(line.index, lineOf: line.bytes.count + 2)
  }

  private mutating func writeChunks(_ cuts: [Int], _ dress: ChunkDress) {
    var style = ChunkStyle()
    style.upperCaseHex = dress.upper
    style.leadingZeros = dress.zeros ? 3 : 0
    style.extensionText = dress.extensions ? #"ieof="a\;b""# : nil
    if anomalies.contains(.extensions) { style.extensionText = #"a;b =\#t"q\"\\;";c= d"# }
    bytes.reserveCapacity(bytes.count + session.body.count + 16 * (cuts.count + 2))
    var start = 0
    for end in cuts + [session.body.count] where end > start {
      if end == session.body.count, !anomalies.isDisjoint(with: .sizes) {
        writeSpoiledSize(end - start)
      } else if end == session.body.count, anomalies.contains(.fullLine) {
        bytes += Self.longLine(
          String(end - start, radix: 16) + ";", count: ResponseAnomalies.lineMax)
      } else if end == session.body.count, let octet, octet.place.isInSize {
        writeLine(octet, String(end - start, radix: 16), at: bytes.count)
      } else {
        writeChunkHead(size: end - start, style: style, into: &bytes)
      }
      addRun(start..<end)
      if end == session.body.count, anomalies.contains(.dataLF) {
        malformedOffset = bytes.count + 1
      } else {
        bytes.append(0x0D)
      }
      bytes.append(0x0A)
      start = end
    }
    if session.ending == .complete {
      var trailers: Fields = dress.trailers ? [Field("X-Usage-Tokens", "39")] : []
      if anomalies.contains(.badTrailer) { trailers.add("Content-Length", "5") }
      writeLastChunk(style: style, trailers: trailers, into: &bytes)
      if let octet, octet.place.isInTrailer {
        writeLine(octet, at: bytes.count - 2)
      }
      fillTrailers()
      // The line of the bad field ends before the last blank line.
      if anomalies.contains(.badTrailer) { malformedOffset = bytes.count - 2 }
    }
  }

  /// Puts a trailer before the blank line so that all of them have as many bytes as they may, or one
  /// more.
  private mutating func fillTrailers() {
    guard !anomalies.isDisjoint(with: [.fullTrailer, .longTrailer]) else { return }
    let size = ResponseAnomalies.trailerMax + (anomalies.contains(.longTrailer) ? 1 : 0)
    // After the size line of the last chunk, which may have extensions.
    let line = bytes[(runs.last?.wireEnd ?? headEnd)...].dropFirst(runs.isEmpty ? 0 : 2)
    let start = (line.firstIndex(of: 0x0A) ?? line.startIndex) + 1
    let text = Self.longLine("X-Long: ", count: size - (bytes.count - start))
    bytes.insert(contentsOf: text, at: bytes.count - 2)
    if anomalies.contains(.longTrailer) { malformedOffset = start + size }
  }

  /// A line that begins with a text and is filled up to `count` bytes, including its end.
  private static func longLine(_ start: String, count: Int) -> [UInt8] {
    let missing = max(count - start.utf8.count - 2, 0)
    return Array(start.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: missing) + [0x0D, 0x0A]
  }

  /// A size line that every strict reader refuses, and the offset of the byte that it refuses.
  private mutating func writeSpoiledSize(_ size: Int) {
    let digits = String(size, radix: 16)
    let lineMax = ResponseAnomalies.lineMax
    if anomalies.contains(.longLine) {
      malformedOffset = bytes.count + lineMax + 1
      bytes += Self.longLine(digits + ";", count: lineMax + 1)
      return
    }
    let (line, taken) =
      if anomalies.contains(.plus) {
        ("+\(digits)\r\n", 1)
      } else if anomalies.contains(.minus) {
        ("-\(digits)\r\n", 1)
      } else if anomalies.contains(.prefix) {
        ("0x\(digits)\r\n", 2)
      } else if anomalies.contains(.huge) {
        ("FFFFFFFFFFFFFFFFF\r\n", 16)
      } else if anomalies.contains(.badExtension) {
        ("\(digits);=x\r\n", digits.utf8.count + 2)
      } else if anomalies.contains(.noSize) {
        ("\r\n", 1)
      } else {
        ("\(digits)\n", digits.utf8.count + 1)
      }
    malformedOffset = bytes.count + taken
    bytes += Array(line.utf8)
  }

  private mutating func addRun(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    runs.append(Run(wire: bytes.count, body: range.lowerBound, count: range.count))
    bytes.append(contentsOf: session.body[range])
  }

  /// How many readable body bytes come before wire offset `offset`.
  package func bodyCount(before offset: Int) -> Int {
    let low = runs.partitionPoint { $0.wire < offset }
    guard low > 0 else { return 0 }
    let run = runs[low - 1]
    return min(run.body + min(run.count, offset - run.wire), readableCount)
  }

  /// The wire offset right after body byte `offset - 1`; for 0, where the body begins.
  package func wireOffset(behindBody offset: Int) -> Int {
    guard offset > 0 else { return headEnd }
    let low = runs.partitionPoint { $0.body < offset }
    let run = runs[low - 1]
    return run.wire + offset - run.body
  }
}
