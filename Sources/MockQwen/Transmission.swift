// A transmission is a session's response as it goes on the wire under one framing: the head, and the
// body in its chunks. It keeps the map between body bytes and wire bytes, so that a cut or a fault
// can be put at a place that is known in the body, and the other way round.

internal import Wire

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
  package let framing: Framing
  /// What is odd about the response: of what the plan asks for that which this framing can show.
  package private(set) var oddities: Oddities
  /// The head, and the body with its framing. A session that ended badly lacks its end here too.
  package private(set) var bytes: [UInt8] = []
  /// Where the head ends in `bytes`.
  package private(set) var headEnd = 0
  /// The body's runs, in order; under chunked framing one a chunk.
  package private(set) var runs: [Run] = []
  /// How many bytes of the body a strict reader takes for the body.
  package private(set) var readableCount = 0
  /// Where the response is complete by its framing; behind it lie bytes that nobody asked for.
  package private(set) var completeEnd = 0
  /// Behind how many bytes a strict reader refuses the response; nil when it does not.
  package private(set) var refusalOffset: Int?

  /// Frames `session`'s response as `plan` says.
  package init(_ session: Session, _ plan: Plan) {
    self.init(session, framing: plan.framing, chunks: plan.chunks, oddities: plan.oddities)
  }

  /// Frames `session`'s response. `chunks` says where the body is cut into chunks; it counts under
  /// chunked framing only.
  package init(_ session: Session, framing: Framing, chunks: Cuts, oddities: Oddities = []) {
    self.session = session
    self.framing = framing
    self.oddities = Self.shown(oddities, framing, session)
    readableCount = session.body.count
    writeHead()
    headEnd = bytes.count
    switch framing {
    case .chunked(let dress): writeChunks(bodyCuts(chunks, session), dress)
    case .length, .close: addRun(0..<session.body.count)
    }
    completeEnd = bytes.count
    if !self.oddities.isEmpty || isBodiless { settleOddities() }
  }

  /// Whether the response is complete by its framing at `completeEnd` (RFC 9112 section 6.3).
  package var isComplete: Bool {
    isBodiless
      || (session.ending == .complete || framing == .close) && refusalOffset == nil
        && !oddities.contains(.long)
  }

  /// Whether the status alone says that there is no body.
  private var isBodiless: Bool {
    session.response.status == 204 || session.response.status == 304
  }

  /// The oddities that a framing can show.
  private static func shown(
    _ asked: Oddities, _ framing: Framing, _ session: Session
  ) -> Oddities {
    guard !asked.isEmpty else { return asked }
    var shown = asked
    switch framing {
    case .chunked:
      shown.subtract([.long, .short])
      let kinds = Oddities.names.map(\.oddity).filter(Oddities.sizes.intersection(asked).contains)
      shown.subtract(Oddities(kinds.dropFirst()))
      if session.body.isEmpty { shown.subtract(.sizes.union(.dataLF)) }
      if !shown.isDisjoint(with: .sizes) { shown.subtract([.dataLF, .badTrailer]) }
      if shown.contains(.dataLF) || session.ending != .complete { shown.remove(.badTrailer) }
      shown.remove(.signed)
    case .length:
      shown.subtract(.sizes.union([.dataLF, .badTrailer, .extensions]))
      // What follows a body that is too short would be taken for the rest of it.
      if asked.contains(.long) { shown.subtract([.short, .extra]) }
    case .close:
      shown.subtract(
        .sizes.union([
          .long, .short, .length, .coding, .extra, .dataLF, .badTrailer, .extensions, .signed,
        ]))
    }
    // One fault of a head is enough, and behind it nothing is looked at.
    let heads = Oddities.names.map(\.oddity).filter(Oddities.heads.intersection(shown).contains)
    shown.subtract(Oddities(heads.dropFirst()))
    if !heads.isEmpty {
      shown.subtract(.sizes.union([.dataLF, .badTrailer, .length, .coding, .long, .short, .extra]))
    }
    if session.ending != .complete { shown.subtract([.extra, .long, .short]) }
    return shown
  }

  /// What a strict reader makes of the oddities, and the bytes behind the end.
  private mutating func settleOddities() {
    var isChunked = false
    if case .chunked = framing { isChunked = true }
    if !oddities.isDisjoint(with: .heads) {
      readableCount = 0
    } else if oddities.contains(.length) || oddities.contains(.coding)
      || isChunked && oddities.contains(.http10)
    {
      refusalOffset = headEnd
      readableCount = 0
    } else if isBodiless {
      completeEnd = headEnd
      readableCount = 0
    } else if oddities.contains(.short) {
      readableCount = max(session.body.count - Oddities.lengthError, 0)
      completeEnd = wireOffset(behindBody: readableCount)
    }
    if !oddities.isDisjoint(with: .sizes), let last = runs.last {
      readableCount = min(readableCount, last.body)
    }
    if oddities.contains(.extra) {
      bytes += Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra".utf8)
    }
  }

  private mutating func writeHead() {
    var head = session.response
    if oddities.contains(.interim) {
      ResponseHead(status: 103, reason: "Early Hints", fields: [Field("Link", "</style.css>")])
        .write(into: &bytes)
      ResponseHead(status: 102, reason: "Processing").write(into: &bytes)
    }
    if oddities.contains(.bare) { head.fields = [] }
    for name in ["Content-Length", "Transfer-Encoding", "Connection"] { head.fields.remove(name) }
    // A body that was cut announces more than it has.
    var length = session.body.count + (session.ending == .complete ? 0 : 1)
    if oddities.contains(.long) { length += Oddities.lengthError }
    if oddities.contains(.short) { length = max(length - Oddities.lengthError, 0) }
    switch framing {
    case .chunked(let dress):
      // A coding in an HTTP/1.0 message is faulty framing (RFC 9112 section 6.1).
      head.version = .http11
      head.fields.add("Transfer-Encoding", "chunked")
      if dress.trailers { head.fields.add("Trailer", "X-Usage-Tokens") }
    case .length: head.fields.add("Content-Length", String(length))
    case .close: head.fields.add("Connection", "close")
    }
    if oddities.contains(.http10) { head.version = .http10 }
    if oddities.contains(.length) { head.fields.add("Content-Length", String(length + 1)) }
    if oddities.contains(.coding) { head.fields.add("Transfer-Encoding", "chunked") }
    if oddities.contains(.hops) {
      head.fields.list += [
        Field("Connection", "X-Hop, Keep-Alive"), Field("Keep-Alive", "timeout=5"),
        Field("X-Hop", "1"), Field("Upgrade", "h2c"),
      ]
    }
    if oddities.contains(.signed) { head.fields.set("Content-Length", "+\(length)") }
    if oddities.contains(.values) {
      head.fields.list += [Field("X-Blank", " \t "), Field("X-Obs-Text", "caf\u{E9} \u{FF}")]
    }
    if oddities.contains(.noReason) { head.reason = "" }
    if oddities.contains(.switching) { head.status = 101 }
    if oddities.contains(.lower) {
      for index in head.fields.list.indices {
        head.fields.list[index].name = head.fields.list[index].name.lowercased()
      }
    }
    write(head)
  }

  /// Writes a head, and spoils it as the oddities want it.
  private mutating func write(_ head: ResponseHead) {
    let start = bytes.count
    head.write(into: &bytes)
    guard !oddities.isDisjoint(with: .heads),
      let line = bytes[start...].firstIndex(of: 0x0A)
    else { return }
    /// Puts lines behind the status line, in which so many bytes are read until they are refused.
    func spoil(_ text: String, refusedBehind count: Int) {
      refusalOffset = line + 1 + count
      bytes.insert(contentsOf: Array(text.utf8), at: line + 1)
    }
    refusalOffset = bytes.count
    if oddities.contains(.status) {
      bytes[start + 9] = UInt8(ascii: "x")
      refusalOffset = line + 1
    }
    if oddities.contains(.fold) { spoil(" X-Folded: 1\r\n", refusedBehind: 14) }
    if oddities.contains(.spaced) { spoil("X-Spaced : 1\r\n", refusedBehind: 14) }
    if oddities.contains(.control) { spoil("X-Control: \u{1}\r\n", refusedBehind: 14) }
    if oddities.contains(.bareCR) { spoil("X-Bare: \rx\r\n", refusedBehind: 10) }
    if oddities.contains(.manyFields) {
      spoil(String(repeating: "X: 1\r\n", count: 101), refusedBehind: 601)
    }
    if oddities.contains(.longHead) {
      spoil("X-Long: \(String(repeating: "x", count: 17_000))\r\n", refusedBehind: 0)
      refusalOffset = start + 16 * 1024 + 1
    }
  }

  private mutating func writeChunks(_ cuts: [Int], _ dress: ChunkDress) {
    var style = ChunkStyle()
    style.upperCaseHex = dress.upper
    style.leadingZeros = dress.zeros ? 3 : 0
    style.extensionText = dress.extensions ? #"ieof="a\;b""# : nil
    if oddities.contains(.extensions) { style.extensionText = #"a;b =\#t"q\"\\;";c= d"# }
    bytes.reserveCapacity(bytes.count + session.body.count + 16 * (cuts.count + 2))
    var start = 0
    for end in cuts + [session.body.count] where end > start {
      if end == session.body.count, !oddities.isDisjoint(with: .sizes) {
        writeSpoiledSize(end - start)
      } else {
        writeChunkHead(size: end - start, style: style, into: &bytes)
      }
      addRun(start..<end)
      if end == session.body.count, oddities.contains(.dataLF) {
        refusalOffset = bytes.count + 1
      } else {
        bytes.append(0x0D)
      }
      bytes.append(0x0A)
      start = end
    }
    if session.ending == .complete {
      var trailers: Fields = dress.trailers ? [Field("X-Usage-Tokens", "39")] : []
      if oddities.contains(.badTrailer) { trailers.add("Content-Length", "5") }
      writeLastChunk(style: style, trailers: trailers, into: &bytes)
      // The line of the bad field ends in front of the last blank line.
      if oddities.contains(.badTrailer) { refusalOffset = bytes.count - 2 }
    }
  }

  /// A size line that no strict reader takes, and the place of the byte that it refuses.
  private mutating func writeSpoiledSize(_ size: Int) {
    let digits = String(size, radix: 16)
    let (line, taken) =
      if oddities.contains(.plus) {
        ("+\(digits)\r\n", 1)
      } else if oddities.contains(.minus) {
        ("-\(digits)\r\n", 1)
      } else if oddities.contains(.prefix) {
        ("0x\(digits)\r\n", 2)
      } else if oddities.contains(.huge) {
        ("FFFFFFFFFFFFFFFFF\r\n", 16)
      } else if oddities.contains(.badExtension) {
        ("\(digits);=x\r\n", digits.utf8.count + 2)
      } else if oddities.contains(.longLine) {
        ("\(digits);\(String(repeating: "x", count: 5_000))\r\n", 4_097)
      } else if oddities.contains(.noSize) {
        ("\r\n", 1)
      } else {
        ("\(digits)\n", digits.utf8.count + 1)
      }
    refusalOffset = bytes.count + taken
    bytes += Array(line.utf8)
  }

  private mutating func addRun(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    runs.append(Run(wire: bytes.count, body: range.lowerBound, count: range.count))
    bytes.append(contentsOf: session.body[range])
  }

  /// How many body bytes that can be read lie before wire offset `offset`.
  package func bodyCount(before offset: Int) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].wire < offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    let run = runs[low - 1]
    return min(run.body + min(run.count, offset - run.wire), readableCount)
  }

  /// The wire offset directly behind body byte `offset - 1`; for 0, where the body begins.
  package func wireOffset(behindBody offset: Int) -> Int {
    guard offset > 0 else { return headEnd }
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].body < offset { low = middle + 1 } else { high = middle }
    }
    let run = runs[low - 1]
    return run.wire + offset - run.body
  }
}
