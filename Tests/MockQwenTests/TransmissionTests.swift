// The bytes of a response under each framing, by hand and through a plain reader, and the map
// between body and wire against its slow definition.

import MockQwen
import Testing
import Wire

@Suite struct TransmissionTests {
  static let body = "0123456789\n\nab\n\n"

  /// The plan, and the whole response.
  static let wires: [(String, String)] = [
    ("", "\(chunkedHead)c\r\n0123456789\n\n\r\n4\r\nab\n\n\r\n0\r\n\r\n"),
    ("chunks=whole", "\(chunkedHead)10\r\n0123456789\n\nab\n\n\r\n0\r\n\r\n"),
    ("chunks=0,12,16", "\(chunkedHead)c\r\n0123456789\n\n\r\n4\r\nab\n\n\r\n0\r\n\r\n"),
    (
      "framing=chunked+upper",
      "\(chunkedHead)C\r\n0123456789\n\n\r\n4\r\nab\n\n\r\n0\r\n\r\n"
    ),
    (
      "framing=chunked+zeros chunks=15",
      "\(chunkedHead)000f\r\n0123456789\n\nab\n\r\n0001\r\n\n\r\n0000\r\n\r\n"
    ),
    (
      "framing=chunked+extensions chunks=whole",
      "\(chunkedHead)10;ieof=\"a\\;b\"\r\n0123456789\n\nab\n\n\r\n0;ieof=\"a\\;b\"\r\n\r\n"
    ),
    (
      "framing=chunked+trailers chunks=whole",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Usage-Tokens\r\n\r\n"
        + "10\r\n0123456789\n\nab\n\n\r\n0\r\nX-Usage-Tokens: 39\r\n\r\n"
    ),
    ("framing=length", "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n\(body)"),
    ("framing=close chunks=1x", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\(body)"),
  ]

  @Test(arguments: wires) func writes(_ line: String, _ expected: String) throws {
    let plan = try Plan(line)
    let wire = Transmission(session(Self.body), framing: plan.framing, chunks: plan.chunks)
    #expect(text(wire.bytes) == expected)
    #expect(wire.isComplete)
  }

  /// The odd plan, the whole response, how many body bytes a strict reader takes, and whether it takes
  /// the response for complete.
  static let oddWires: [(String, String, Int, Bool)] = [
    (
      "framing=length odd=interim",
      "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
        + "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n\(body)", 16, true
    ),
    ("framing=close odd=http10", "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n\(body)", 16, true),
    ("framing=length odd=long", "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n\(body)", 16, false),
    ("framing=length odd=short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\(body)", 9, true),
    (
      "framing=length odd=length",
      "HTTP/1.1 200 OK\r\nContent-Length: 16\r\nContent-Length: 17\r\n\r\n\(body)", 0, false
    ),
    (
      "framing=length odd=coding",
      "HTTP/1.1 200 OK\r\nContent-Length: 16\r\nTransfer-Encoding: chunked\r\n\r\n\(body)", 0,
      false
    ),
    (
      "framing=length odd=extra",
      "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n\(body)"
        + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra", 16, true
    ),
    (
      "odd=plus", "\(chunkedHead)c\r\n0123456789\n\n\r\n+4\r\nab\n\n\r\n0\r\n\r\n", 12, false
    ),
    (
      "chunks=whole odd=barelf", "\(chunkedHead)10\n0123456789\n\nab\n\n\r\n0\r\n\r\n", 0, false
    ),
    // What a framing cannot show is left out.
    ("framing=length odd=plus", "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n\(body)", 16, true),
    ("framing=close odd=long", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\(body)", 16, true),
  ]

  @Test(arguments: oddWires) func writesWhatIsOdd(
    _ line: String, _ expected: String, _ readable: Int, _ isComplete: Bool
  ) throws {
    let wire = Transmission(session(Self.body), try Plan(line))
    #expect(text(wire.bytes) == expected)
    #expect(wire.readableCount == readable)
    #expect(wire.bodyCount(before: wire.bytes.count) == readable)
    #expect(wire.isComplete == isComplete)
  }

  static let empty: [(String, String)] = [
    ("", "\(chunkedHead)0\r\n\r\n"),
    ("framing=length", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("framing=close", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
  ]

  @Test(arguments: empty) func writesAnEmptyBody(_ line: String, _ expected: String) throws {
    let plan = try Plan(line)
    let wire = Transmission(session(""), framing: plan.framing, chunks: plan.chunks)
    #expect(text(wire.bytes) == expected)
    #expect(wire.runs.isEmpty)
    #expect(wire.wireOffset(behindBody: 0) == wire.headEnd)
    #expect(wire.bodyCount(before: wire.bytes.count) == 0)
  }

  @Test func keepsTheFieldsThatFrameNothing() {
    var recorded = session("a")
    recorded.response.fields = [
      Field("X-One", "1"), Field("content-length", "77"), Field("TRANSFER-ENCODING", "gzip"),
      Field("X-Two", "2"), Field("connection", "keep-alive"), Field("x-one", "3"),
    ]
    let wire = Transmission(recorded, framing: .length, chunks: .whole)
    let fields = "X-One: 1\r\nX-Two: 2\r\nx-one: 3\r\nContent-Length: 1"
    #expect(text(wire.bytes) == "HTTP/1.1 200 OK\r\n\(fields)\r\n\r\na")
  }

  /// RFC 9112 section 6.1: a coding in an HTTP/1.0 message is faulty framing.
  @Test func neverWritesChunksInHTTP10() {
    var recorded = session("a")
    recorded.response.version = .http10
    let start = { (framing: PlanFraming) in
      text(Transmission(recorded, framing: framing, chunks: .whole).bytes.prefix(8))
    }
    #expect(start(.chunked(ChunkDress())) == "HTTP/1.1")
    #expect(start(.length) == "HTTP/1.0")
    #expect(start(.close) == "HTTP/1.0")
  }

  static let badEndings: [(String, String)] = [
    ("", "\(chunkedHead)4\r\nab\n\n\r\n1\r\nc\r\n"),
    (
      "framing=chunked+trailers",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Usage-Tokens\r\n\r\n"
        + "4\r\nab\n\n\r\n1\r\nc\r\n"
    ),
    ("framing=length", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab\n\nc"),
    ("framing=close", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab\n\nc"),
  ]

  @Test(arguments: badEndings, [Session.Ending.truncated, .reset, .timeout])
  func lacksItsEnd(_ row: (line: String, expected: String), _ ending: Session.Ending) throws {
    let plan = try Plan(row.line)
    let wire = Transmission(
      session("ab\n\nc", ending: ending), framing: plan.framing, chunks: plan.chunks)
    #expect(text(wire.bytes) == row.expected)
    #expect(wire.isComplete == (plan.framing == .close))
    #expect(wireCuts(.places(.last), wire).isEmpty)
  }

  static let chunkCuts: [Cuts] = [
    .whole, .every(1), .every(16), .places(.events), .places(.utf8), .places(.escapes), .recorded,
    .random(seed: 9, count: 12),
  ]

  @Test(arguments: Script.all, chunkCuts)
  func readsBackPlainly(_ script: Script, _ chunks: Cuts) throws {
    let session = script.session
    if script.name == "long-answer", chunks == .every(1) { return }
    for framing in script.name == "long-answer" ? [framings[1]] : framings {
      let wire = Transmission(session, framing: framing, chunks: chunks)
      let read = try #require(PlainResponse(wire.bytes))
      #expect(read.body == session.body)
      #expect(read.head.utf8.count == wire.headEnd)
      #expect(wire.runs.reduce(0) { $0 + $1.count } == session.body.count)
      guard case .chunked(let dress) = framing else {
        #expect(read.hasEnd == (framing == .length && session.ending == .complete))
        continue
      }
      #expect(read.hasEnd == (session.ending == .complete))
      let borders = [0] + bodyCuts(chunks, session) + [session.body.count]
      #expect(read.chunkSizes == zip(borders, borders.dropFirst()).map { $1 - $0 })
      #expect(read.trailers == (dress.trailers && read.hasEnd ? ["X-Usage-Tokens: 39"] : []))
      #expect(read.sizeLines.allSatisfy { $0.contains(";") == dress.extensions })
      #expect(read.sizeLines.allSatisfy { $0.hasPrefix("000") == dress.zeros })
      let digits = read.sizeLines.map { $0.prefix { $0 != ";" } }
      #expect(digits.allSatisfy { dress.upper ? $0 == $0.uppercased() : $0 == $0.lowercased() })
    }
  }

  @Test(arguments: Script.short) func mapsBodyAndWire(_ script: Script) throws {
    for (framing, chunks) in [
      (framings[0], Cuts.places(.events)), (framings[0], .every(1)), (framings[5], .every(7)),
      (.length, .whole), (.close, .whole),
    ] {
      let wire = Transmission(script.session, framing: framing, chunks: chunks)
      let read = try #require(PlainResponse(wire.bytes))
      var slowCounts: [Int] = []
      var slowCount = 0
      for offset in 0...wire.bytes.count {
        while slowCount < read.places.count, read.places[slowCount] < offset { slowCount += 1 }
        slowCounts.append(slowCount)
      }
      let counts = (0...wire.bytes.count).map { wire.bodyCount(before: $0) }
      #expect(counts == slowCounts)
      let offsets = (0...read.places.count).map { wire.wireOffset(behindBody: $0) }
      #expect(offsets == [wire.headEnd] + read.places.map { $0 + 1 })
      #expect(wire.bodyCount(before: wire.bytes.count + 99) == script.session.body.count)
    }
  }
}
