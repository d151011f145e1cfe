// Every stream goes through `relayed`: fed in every way, the relay has handed on exactly the bytes
// before the last blank line, after every byte, and is one and the same value for all ways.

import ProxyUnderTest
import TestSupport
import Testing

@Suite struct RelayTests {
  /// A bar stands behind every block border; behind the picture stand the line ends that a proper
  /// end of the stream adds.
  static let streams: [(picture: String, completion: String)] = [
    // Nothing but line ends.
    ("", ""),
    ("\n|", ""),
    ("\n|\n|\n|", ""),
    ("\r|", ""),
    ("\r|\r|", ""),
    ("\r|\n|", ""),
    ("\r|\n|\r|\n|", ""),
    ("\n|\r|", ""),
    ("\n|\r|\n|", ""),
    ("\r|\n|\n|", ""),
    // Each kind of line end, and mixtures.
    ("data: a\n\n|", ""),
    ("data: a\r\r|", ""),
    ("data: a\r\n\r|\n|", ""),
    ("data: a\n\r|", ""),
    ("data: a\n\r|\n|", ""),
    ("data: a\r\n\n|", ""),
    ("data: a\r\r|\n|", ""),
    ("data: a\n\r|\r|\n|", ""),
    ("data: a\r\n\r|data: b\r\r|", ""),
    ("data: a\n\n|data: b\r\n\r|\n|data: c\r\r|data: d\n\n|", ""),
    ("data: a\ndata: b\r\ndata: c\rdata: d\n\r|\n|", ""),
    // An end inside a line, behind an LF, a CR, a CRLF; alone and behind a block.
    ("a", "\n\n"),
    ("a\n", "\n"),
    ("a\r", "\n\n"),
    ("a\r\n", "\n"),
    ("data: a\n\n|data: b", "\n\n"),
    ("data: a\n\n|data: b\n", "\n"),
    ("data: a\r\r|data: b\r", "\n\n"),
    ("data: a\r\n\r|\n|data: b\r\n", "\n"),
    ("data: a\r\n\r|data: b\r\ndata: c", "\n\n"),
    // What models send.
    ("data: {\"choices\":[]}\n\n|data: [DONE]\n\n|", ""),
    ("data: {\"choices\":[]}\n\n|data: [DONE]\n", "\n"),
    ("data: {\"choices\":[]}\n\n|data: [DONE]", "\n\n"),
    ("id:1\nevent:result\n:HTTP_STATUS/200\ndata:{\"output\":{}}\n\n|id:2\ndata:{}\n\n|", ""),
    ("data:no space\n\n|data\n\n|data:\n\n|", ""),
    ("retry: 5\nid\nevent: x\nunknown: y\n: z\ndata: a\n\n|", ""),
    // Comments, alone and inside an event.
    (": ping\n\n|", ""),
    (":\n\n|:\r\r|: ping\r\n\r|\n|", ""),
    (": ping\ndata: a\n: pong\n\n|", ""),
    (": ping\n", "\n"),
    // Blank lines in rows, and lines that only look blank.
    ("\n|\n|data: a\n\n|\n|\n|data: b\n\n|\r|\n|\r|", ""),
    (" \n\n|\t\n \n\n|", ""),
    ("data: a\\n\\nb\n\n|", ""),
    ("5\r\ndata:\r\n0\r\n\r|\n|", ""),
    // A byte order mark is text unless it is the first thing in the stream.
    ("\u{FEFF}data: a\n\n|", ""),
    ("\u{FEFF}", "\n\n"),
    ("\u{FEFF}\n|", ""),
    ("\u{FEFF}\r|\n|\n|", ""),
    ("\u{FEFF}\r|\r|data: a\r\r|", ""),
    ("\u{FEFF}\u{FEFF}\n\n|", ""),
    ("data: a\n\n|\u{FEFF}\n\n|", ""),
    ("\n|\u{FEFF}\r\r|", ""),
    // Text in several bytes, and characters that other readers take for line ends.
    ("data: 你好\n\n|data: é🙂\r\n\r|\n|data: 界", "\n\n"),
    ("data: a\u{2028}\u{2029}\u{85}b\n\u{2028}\n\n|", ""),
    ("data: a\u{B}\u{C}\u{1C}\u{1E}\n\u{B}\n\n|", ""),
    ("data: \0\n\0\n\n|\0", "\n\n"),
  ]

  @Test(arguments: streams.indices) func handsOnWholeBlocks(_ index: Int) {
    let (picture, completion) = Self.streams[index]
    let pieces = picture.utf8.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
    let stream = Array(pieces.joined())
    var borders: [Int] = []
    for piece in pieces.dropLast() { borders.append((borders.last ?? 0) + piece.count) }
    let plain = (0...stream.count).filter { $0 > 0 && plainBorder(first($0, of: stream)) == $0 }
    #expect(borders == plain)
    let found = relayed(stream)
    #expect(found.mistake == nil)
    #expect(found.output.count == borders.last ?? 0)
    #expect(found.finished == stream + completion.utf8)
  }

  @Test func relaysRandomStreams() {
    for seed in 1...500 {
      let stream = randomStream(seed)
      #expect(relayed(stream).mistake == nil, "seed \(seed): \(stream)")
    }
  }

  /// From the relay behind each byte, every longer piece leads to the same relay and output as its
  /// bytes did one by one; so all ways of cutting the stream are one way.
  @Test func everyCuttingOfARandomStreamIsOneWay() {
    for seed in 501...700 {
      let stream = randomStream(seed)
      let walk = Walk(stream)
      for from in stream.indices {
        for to in stream.indices where to > from {
          var relay = walk.relays[from]
          var output: [UInt8] = []
          relay.feed(stream.span.extracting(from..<to), into: &output)
          let expected = stream[walk.counts[from]..<walk.counts[to]]
          guard relay == walk.relays[to], output.elementsEqual(expected) else {
            Issue.record("seed \(seed), bytes \(from)..<\(to) of \(stream)")
            return
          }
        }
      }
    }
  }

  /// Borders at every distance from both ends of a fragment, past every width of a fast search.
  @Test(arguments: ["\n\n", "\r\r", "\r\n\r\n", "\n\r\n"])
  func findsTheBorderWhereverItLies(_ border: String) {
    for before in 0...70 {
      for behind in 0...70 {
        let block = Array(repeating: UInt8(ascii: "a"), count: before) + border.utf8
        let stream = block + Array(repeating: UInt8(ascii: "b"), count: behind)
        var relay = Relay()
        var output: [UInt8] = []
        relay.feed(stream.span, into: &output)
        guard output == block, relay.held.count == behind else {
          Issue.record("\(before) bytes before the border, \(behind) behind it")
          return
        }
      }
    }
  }

  @Test func handsOnALargeEventThatCameByteByByte() {
    let text = Array("data: 0123456789\n".utf8)
    let count = 1024 * 1024
    var relay = Relay()
    var output: [UInt8] = []
    for index in 0..<count {
      let byte = [text[index % text.count]]
      relay.feed(byte.span, into: &output)
    }
    #expect(output.isEmpty)
    #expect(relay.held.count == count)
    let end = Array("\n\n".utf8)
    relay.feed(end.span, into: &output)
    #expect(output.count == count + 2)
    #expect(output.indices.allSatisfy { $0 >= count || output[$0] == text[$0 % text.count] })
    #expect(relay.held.isEmpty)
  }

  @Test func isAsGoodAsNewBehindAnEnd() {
    var relay = Relay()
    var output: [UInt8] = []
    for text in ["data: a\r", "data: b", "data: c\n\n"] {
      let bytes = Array(text.utf8)
      relay.feed(bytes.span, into: &output)
      relay.finish(into: &output)
    }
    #expect(output == Array("data: a\r\n\ndata: b\n\ndata: c\n\n".utf8))
    #expect(relay.held.isEmpty)
  }
}

/// What came of feeding a stream in every way.
private struct Relayed {
  /// What was handed on before and behind the proper end.
  var output: [UInt8]
  var finished: [UInt8]
  /// The first way that did not do what the plain reader demands, or nil.
  var mistake: String?
}

private func relayed(_ stream: [UInt8]) -> Relayed {
  let walk = Walk(stream)
  let output = Array(stream[..<walk.counts[stream.count]])
  var result = Relayed(output: output, finished: output, mistake: walk.mistake)
  var last = walk.relays[stream.count]
  last.finish(into: &result.finished)
  if result.finished != plainCompletion(stream) { result.mistake = "end: \(result.finished)" }
  for way in everyWay(ofCutting: stream) {
    var relay = Relay()
    var output: [UInt8] = []
    var count = 0
    for piece in way {
      relay.feed(piece.span, into: &output)
      count += piece.count
      guard relay == walk.relays[count], output == Array(stream[..<walk.counts[count]]) else {
        result.mistake = "cut \(way.map(\.count)), behind byte \(count): \(output)"
        return result
      }
    }
  }
  return result
}

/// A stream fed byte by byte.
private struct Walk {
  /// The relay behind each number of bytes, and how many bytes it had handed on.
  var relays = [Relay()]
  var counts = [0]
  /// Where something else was handed on than the bytes up to the last border.
  var mistake: String?

  init(_ stream: [UInt8]) {
    var relay = Relay()
    var output: [UInt8] = []
    for (index, byte) in stream.enumerated() {
      let fragment = [byte]
      relay.feed(fragment.span, into: &output)
      relays.append(relay)
      let prefix = first(index + 1, of: stream)
      let border = plainBorder(prefix)
      counts.append(border)
      if mistake == nil, output != first(border, of: stream) || relay.held[...] != prefix[border...]
      {
        mistake = "behind byte \(index + 1): \(output), held \(relay.held)"
      }
    }
  }
}

private func first(_ count: Int, of stream: [UInt8]) -> [UInt8] { Array(stream[..<count]) }

/// Up to 40 bytes of what a border is made of; a byte order mark comes whole and in parts.
private func randomStream(_ seed: Int) -> [UInt8] {
  let parts: [[UInt8]] = [
    [0x61], [0x3A], [0x0A], [0x0D], [0x0D, 0x0A], [0xEF], [0xBB], [0xBF], [0xEF, 0xBB, 0xBF],
  ]
  // The multiplier and increment of Knuth's MMIX; the high bits are the random ones.
  var state = UInt64(seed)
  func number(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
  let count = number(below: 41)
  var stream: [UInt8] = []
  if number(below: 3) == 0 { stream = parts[8] }
  while stream.count < count { stream += parts[number(below: parts.count)] }
  return Array(stream.prefix(count))
}
