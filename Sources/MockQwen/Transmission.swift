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
  /// The head, and the body with its framing. A session that ended badly lacks its end here too.
  package private(set) var bytes: [UInt8] = []
  /// Where the head ends in `bytes`.
  package private(set) var headEnd = 0
  /// The body's runs, in order; under chunked framing one a chunk.
  package private(set) var runs: [Run] = []

  /// Frames `session`'s response. `chunks` says where the body is cut into chunks; it counts under
  /// chunked framing only.
  package init(_ session: Session, framing: Framing, chunks: Cuts) {
    self.session = session
    self.framing = framing
    writeHead()
    headEnd = bytes.count
    switch framing {
    case .chunked(let dress): writeChunks(bodyCuts(chunks, session), dress)
    case .length, .close: addRun(0..<session.body.count)
    }
  }

  /// Whether the whole of `bytes` is a complete response by its framing (RFC 9112 section 6.3).
  package var isComplete: Bool { session.ending == .complete || framing == .close }

  private mutating func writeHead() {
    var head = session.response
    for name in ["Content-Length", "Transfer-Encoding", "Connection"] { head.fields.remove(name) }
    switch framing {
    case .chunked(let dress):
      // A coding in an HTTP/1.0 message is faulty framing (RFC 9112 section 6.1).
      head.version = .http11
      head.fields.add("Transfer-Encoding", "chunked")
      if dress.trailers { head.fields.add("Trailer", "X-Usage-Tokens") }
    case .length:
      // A body that was cut announces more than it has.
      let missing = session.ending == .complete ? 0 : 1
      head.fields.add("Content-Length", String(session.body.count + missing))
    case .close:
      head.fields.add("Connection", "close")
    }
    head.write(into: &bytes)
  }

  private mutating func writeChunks(_ cuts: [Int], _ dress: ChunkDress) {
    var style = ChunkStyle()
    style.upperCaseHex = dress.upper
    style.leadingZeros = dress.zeros ? 3 : 0
    style.extensionText = dress.extensions ? #"ieof="a\;b""# : nil
    bytes.reserveCapacity(bytes.count + session.body.count + 16 * (cuts.count + 2))
    var start = 0
    for end in cuts + [session.body.count] where end > start {
      writeChunkHead(size: end - start, style: style, into: &bytes)
      addRun(start..<end)
      bytes.append(0x0D)
      bytes.append(0x0A)
      start = end
    }
    if session.ending == .complete {
      let trailers: Fields = dress.trailers ? [Field("X-Usage-Tokens", "39")] : []
      writeLastChunk(style: style, trailers: trailers, into: &bytes)
    }
  }

  private mutating func addRun(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    runs.append(Run(wire: bytes.count, body: range.lowerBound, count: range.count))
    bytes.append(contentsOf: session.body[range])
  }

  /// How many body bytes lie before wire offset `offset`.
  package func bodyCount(before offset: Int) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].wire < offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    let run = runs[low - 1]
    return run.body + min(run.count, offset - run.wire)
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
