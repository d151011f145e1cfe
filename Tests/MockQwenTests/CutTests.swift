// Every kind of place against bodies that can be counted by hand. A picture is a body with a bar at
// each expected cut.

import MockQwen
import Testing

@Suite struct CutTests {
  static let bodies: [(Cuts.Place, String)] = [
    (.events, "data: a\n\n|data: b\n\n"),
    (.events, "data: a\r\n\r\n|:\r\n\r\n|x"),
    (.events, "a\r\r|b\r\r"),
    (.events, "a\r\r\n|b\n\r|c\r\n\n|d\n\r\n|e"),
    (.events, "\n|a\n\n|\n|\r|\r\n|b\n"),
    (.events, "a\nb\n"),
    (.blank, "data: a\n|\ndata: b\n|\n"),
    (.blank, "a\r\n|\r\nb"),
    (.blank, "a\r|\rb\r|\r\n"),
    (.blank, "a\n|\n|\nb"),
    (.blank, "\na\n|\n"),
    (.blank, "\r\n|\r\na"),
    (.crlf, "a\r|\n\r|\nb\rc\nd\r\r|\n"),
    (.crlf, "\r|\n"),
    (.crlf, "a\n\rb\r"),
    (.fields, "d|a|t|a|: a\ni|d|: 1\n\n"),
    (.fields, "d|a|t|a|:a:b\r\ni|d\r\n\r\n|:c: d\rx|y|:z"),
    (.fields, ": comment\nd|a|t|a"),
    (.fields, "a|:\nb|:\nc"),
    (.escapes, #"\|n \|" \|\n \|/"#),
    (.escapes, #"\|u|4|f|6|0你"#),
    (.escapes, #"\|u|d|8|3|d\|u|d|e|0|0"#),
    (.escapes, #"\|\u4f60"#),
    (.escapes, #"\|\\|u|4|f|6|0"#),
    (.escapes, #"a\|u|4|f"#),
    (.escapes, #"a\"#),
    (.done, "data: [|D|O|N|E|]\n\n"),
    (.done, "[|D|O|N|E|][|D|O|N|E|]"),
    (.done, "[DONE [DON] [done]"),
    (.utf8, "abc\n"),
    (.sizes, "data: a\n\n"), (.chunkends, "data: a\n\n"), (.last, "a\n\n"), (.head, "a\n\n"),
    (.events, ""), (.blank, ""), (.crlf, ""), (.utf8, ""), (.fields, ""), (.escapes, ""),
    (.done, ""), (.sizes, ""), (.last, ""),
  ]

  @Test(arguments: bodies) func cutTheBody(_ place: Cuts.Place, _ picture: String) {
    let (body, offsets) = cuts(in: picture)
    #expect(bodyCuts(.places(place), session(body)) == offsets)
  }

  /// Without chunks the wire is the head and the body, so the same cuts lie behind the head.
  @Test(arguments: bodies.filter { $0.0 != .head }, [PlanFraming.length, .close])
  func cutTheUnchunkedWire(_ row: (place: Cuts.Place, picture: String), _ framing: PlanFraming) {
    let (body, offsets) = cuts(in: row.picture)
    let wire = Transmission(session(body), framing: framing, chunks: .whole)
    #expect(wireCuts(.places(row.place), wire) == offsets.map { wire.headEnd + $0 })
  }

  static let characters: [(Cuts.Place, [UInt8], [Int])] = [
    (.utf8, Array("é你😀x".utf8), [1, 3, 4, 6, 7, 8]),
    (.utf8, Array("\u{FEFF}a".utf8), [1, 2]),
    (.utf8, [0x80, 0x61, 0xE4, 0xBD], [3]),
    (.fields, Array("\u{FEFF}id:1".utf8), [1, 2, 3, 4, 5]),
    (.fields, Array("é:你:\n你".utf8), [1, 2, 9, 10]),
  ]

  @Test(arguments: characters)
  func cutInsideCharacters(_ place: Cuts.Place, _ body: [UInt8], _ offsets: [Int]) {
    #expect(bodyCuts(.places(place), session(body)) == offsets)
  }

  /// Pictures of what follows the head.
  static let wires: [(Cuts.Place, plan: String, body: String, String)] = [
    (.events, "", "ab\n\ncd\n\n", "4\r\nab\n\n|\r\n4\r\ncd\n\n|\r\n0\r\n\r\n"),
    (.events, "chunks=whole", "ab\n\ncd\n\n", "8\r\nab\n\n|cd\n\n|\r\n0\r\n\r\n"),
    (.blank, "", "ab\n\ncd\n\n", "4\r\nab\n|\n\r\n4\r\ncd\n|\n\r\n0\r\n\r\n"),
    (.blank, "", "\na\n\n", "1\r\n\n\r\n3\r\na\n|\n\r\n0\r\n\r\n"),
    (.crlf, "chunks=2", "a\r\nb", "2\r\na\r|\r\n2\r\n\nb\r\n0\r\n\r\n"),
    (.fields, "chunks=whole", "id:1", "4\r\ni|d|:1\r\n0\r\n\r\n"),
    (.escapes, "chunks=1", #"\n"#, "1\r\n\\|\r\n1\r\nn\r\n0\r\n\r\n"),
    (.done, "chunks=3", "[DONE]", "3\r\n[|D|O|\r\n3\r\nN|E|]\r\n0\r\n\r\n"),
    (.sizes, "", "ab\n\ncd\n\n", "4|\r|\nab\n\n\r\n4|\r|\ncd\n\n\r\n0\r\n\r\n"),
    (.sizes, "framing=chunked+zeros", "a", "0|0|0|1|\r|\na\r\n0000\r\n\r\n"),
    (.chunkends, "", "ab\n\ncd\n\n", "4\r\nab\n\n|\r|\n4\r\ncd\n\n|\r|\n0\r\n\r\n"),
    (.last, "", "ab\n\ncd\n\n", "4\r\nab\n\n\r\n4\r\ncd\n\n\r\n|0|\r|\n|\r|\n"),
    (.head, "", "ab", "2\r\nab\r\n0\r\n\r\n"),
    (.last, "", "", "|0|\r|\n|\r|\n"),
    (.sizes, "", "", "0\r\n\r\n"), (.chunkends, "", "", "0\r\n\r\n"),
    (.events, "", "", "0\r\n\r\n"),
  ]

  @Test(arguments: wires.indices) func cutTheWire(_ index: Int) throws {
    let (place, line, body, picture) = Self.wires[index]
    let plan = try Plan(line)
    let wire = Transmission(session(body), framing: plan.framing, chunks: plan.chunks)
    let (written, offsets) = cuts(in: picture)
    #expect(text(wire.bytes) == chunkedHead + written)
    let head = place == .head ? Array(1..<chunkedHead.utf8.count) : []
    #expect(wireCuts(.places(place), wire) == head + offsets.map { chunkedHead.utf8.count + $0 })
  }

  @Test func cutInsideACharacterThatLiesInTwoChunks() {
    let wire = Transmission(
      session("你"), framing: .chunked(ChunkDress()), chunks: .at([1]))
    let start = chunkedHead.utf8.count
    // 1 CRLF e4 CRLF 2 CRLF bd a0
    #expect(wireCuts(.places(.utf8), wire) == [start + 4, start + 10])
  }

  @Test func cutInsideTheTrailers() throws {
    let plan = try Plan("framing=chunked+trailers+extensions")
    let wire = Transmission(session("a"), framing: plan.framing, chunks: plan.chunks)
    let end = "0;ieof=\"a\\;b\"\r\nX-Usage-Tokens: 39\r\n\r\n"
    #expect(text(wire.bytes).hasSuffix(end))
    let start = wire.bytes.count - end.utf8.count
    #expect(wireCuts(.places(.last), wire) == Array(start..<wire.bytes.count))
  }

  static let plain: [(Cuts, [Int])] = [
    (.whole, []), (.every(1), [1, 2, 3, 4, 5]), (.every(2), [2, 4]), (.every(3), [3]),
    (.every(6), []), (.every(.max), []), (.at([]), []), (.at([0, 2, 5, 6, 7]), [2, 5]),
    (.recorded, [2, 3]),
  ]

  @Test(arguments: plain) func cutByNumber(_ cuts: Cuts, _ offsets: [Int]) {
    let body = session(Array("abcdef".utf8), borders: [(2, 5), (3, 5), (6, 9)])
    #expect(bodyCuts(cuts, body) == offsets)
  }

  static let numbers: [(Cuts, [Int])] = [
    (.whole, []), (.every(30), [30]), (.every(59), [59]), (.every(60), []),
    (.at([0, 1, 46, 57, 59, 60, 61]), [1, 46, 57, 59]), (.recorded, [51, 52, 53]),
  ]

  @Test(arguments: numbers) func cutTheWireByNumber(_ cuts: Cuts, _ offsets: [Int]) {
    let body = session(Array("abc".utf8), borders: [(1, 5), (2, 5), (3, 6)])
    let wire = Transmission(body, framing: .chunked(ChunkDress()), chunks: .whole)
    #expect(wire.bytes.count == 47 + 3 + 3 + 2 + 5)
    #expect(wireCuts(cuts, wire) == offsets)
  }

  @Test func drawTheSameFromTheSameSeed() {
    let body = session([UInt8](repeating: 0x61, count: 1_000))
    let drawn = bodyCuts(.random(seed: 7, count: 20), body)
    #expect(drawn == bodyCuts(.random(seed: 7, count: 20), body))
    #expect(drawn != bodyCuts(.random(seed: 8, count: 20), body))
    #expect((15...20).contains(drawn.count))
    #expect(bodyCuts(.random(seed: 7, count: 5), session("a")) == [])
    #expect(bodyCuts(.random(seed: 7, count: 5), session("ab")) == [1])
    #expect(bodyCuts(.random(seed: 7, count: 5), session("")) == [])
  }

  @Test func drawNoMoreThanThereIs() {
    #expect(bodyCuts(.random(seed: 1, count: .max), session("abcd")).count <= 3)
  }

  /// The published numbers of the generator.
  @Test func theGeneratorIsSplitMix64() {
    var generator = SeededGenerator(seed: 1_234_567)
    let numbers = (0..<5).map { _ in generator.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
    #expect((0..<100).allSatisfy { _ in (0..<3).contains(generator.number(below: 3)) })
  }

  static let kinds: [Cuts] =
    [
      .whole, .every(1), .every(7), .recorded, .random(seed: 3, count: 40),
      .at([0, 1, 99_999_999]),
    ] + Cuts.Place.allCases.map { .places($0) }

  @Test(arguments: Script.all) func riseInsideTheBytesAndLoseNone(_ script: Script) {
    for cuts in Self.kinds {
      expectOffsets(bodyCuts(cuts, script.session), below: script.session.body.count)
    }
    let isLong = script.name == "long-answer"
    for framing in isLong ? [.length] : [framings[5], .length] {
      let wire = Transmission(script.session, framing: framing, chunks: .places(.utf8))
      for cuts in Self.kinds {
        var plan = Plan()
        plan.cuts = cuts
        let offsets = wireCuts(cuts, wire)
        expectOffsets(offsets, below: wire.bytes.count)
        let delivery = Delivery(wire, plan)
        #expect(delivery.fragmentEnds == offsets + [wire.bytes.count])
        var sent: [UInt8] = []
        for fragment in fragments(of: delivery) { sent += fragment }
        #expect(sent == wire.bytes)
      }
    }
  }
}

/// The fragments that a delivery sends.
func fragments(of delivery: Delivery) -> [ArraySlice<UInt8>] {
  zip([0] + delivery.fragmentEnds, delivery.fragmentEnds).map {
    delivery.transmission.bytes[$0..<$1]
  }
}

private func expectOffsets(
  _ offsets: [Int], below end: Int, sourceLocation: SourceLocation = #_sourceLocation
) {
  let rises = zip(offsets, offsets.dropFirst()).allSatisfy { $0 < $1 }
  #expect(rises, sourceLocation: sourceLocation)
  #expect((offsets.first ?? 1) > 0, sourceLocation: sourceLocation)
  #expect((offsets.last ?? 0) < max(end, 1), sourceLocation: sourceLocation)
}
