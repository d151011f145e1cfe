// Answers without end: the reader of the harness takes a bounded part of each, and says which it was.

import Testing

@testable import Judging

@Suite struct ClientReaderTests {
  /// A beginning, and what follows it again and again.
  static let endless: [(start: String, more: String, word: String)] = [
    ("HTTP/1.1 200 OK\r\n", "A: b\r\n", "head"),
    ("", "HTTP/1.1 100 Continue\r\n\r\n", "head"), ("", "x", "head"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;", "head"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n", "head"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", "body"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", "ab", "body"),
    ("HTTP/1.1 200 OK\r\n\r\n", "ab", "body"),
  ]

  @Test(arguments: endless.indices) func isBounded(_ index: Int) {
    let (start, more, word) = Self.endless[index]
    var reader = ClientReader()
    reader.bodyBytesMax = 100_000
    reader.take(Array(start.utf8))
    let piece = Array(String(repeating: more, count: 4_000).utf8)
    var count = 0
    while !reader.isEndless, count < 4 * 1024 * 1024 {
      reader.take(piece)
      count += piece.count
    }
    #expect(reader.isEndless)
    #expect(reader.breach?.contains(word) == true && !reader.isComplete)
    let known = reader.body.count
    reader.take(piece)
    #expect(reader.body.count == known && known <= 100_000 + piece.count)
  }

  /// A field line that is malformed, and how the breach shows it.
  static let badLines: [(line: String, shown: String)] = [
    ("X-Bad : 1\r\n", "`X-Bad : 1\\r\\n`"), (": x\r\n", "`: x\\r\\n`"),
    ("X-T: v\r\r\n", "`X-T: v\\r\\r\\n`"), ("X-A: a\0b\r\n", "`X-A: a\\x00b\\r\\n`"),
  ]

  @Test(arguments: badLines.indices) func theBadLineItselfIsShown(_ index: Int) {
    let (line, shown) = Self.badLines[index]
    var reader = ClientReader()
    reader.take(Array("HTTP/1.1 200 OK\r\nA: 1\r\n\(line)B: 2\r\n\r\n".utf8))
    #expect(reader.breach == "a field line is malformed: " + shown)
  }

  /// Heads in order by their lines, and yet none that a client can trust.
  @Test(arguments: [
    ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "switches to a protocol"),
    ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0 has a transfer coding"),
    ("HTTP/1.0 200 OK\r\n\r\n", nil), ("HTTP/1.1 103 Early Hints\r\n\r\n", nil),
  ]) func headsThatBreakTheirVersion(_ head: String, _ breach: String?) {
    var reader = ClientReader()
    reader.take(Array(head.utf8))
    #expect(breach.map { reader.breach?.contains($0) == true } ?? (reader.breach == nil))
  }

  /// What is long, but not without end, is taken.
  @Test func manyChunksAreNoHead() {
    var reader = ClientReader()
    reader.take(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
    let piece = Array(String(repeating: "1\r\na\r\n", count: 10_000).utf8)
    for _ in 0..<40 { reader.take(piece) }
    reader.take(Array("0\r\n\r\n".utf8))
    #expect(reader.isComplete && reader.body.count == 400_000)
  }
}
