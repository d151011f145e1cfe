// What the writer writes, byte for byte, and that the reader reads all of its styles.

import Testing
import Wire

@Suite struct ChunkedWriterTests {
  static let heads: [(Int, upper: Bool, zeros: Int, String?, String)] = [
    (0, false, 0, nil, "0\r\n"),
    (1, false, 0, nil, "1\r\n"),
    (15, false, 0, nil, "f\r\n"),
    (15, true, 0, nil, "F\r\n"),
    (16, false, 0, nil, "10\r\n"),
    (255, false, 2, nil, "00ff\r\n"),
    (0xABCDE, true, 3, "x", "000ABCDE;x\r\n"),
    (26, false, 0, "ieof=\"a\\;b\"", "1a;ieof=\"a\\;b\"\r\n"),
    (1, false, 0, "", "1;\r\n"),
    (1, false, 0, "a=\"\u{E9}\"", "1;a=\"\u{E9}\"\r\n"),
    (Int.max, false, 0, nil, "7fffffffffffffff\r\n"),
  ]

  @Test(arguments: heads.indices) func writesHead(_ index: Int) {
    let (size, upper, zeros, text, expected) = Self.heads[index]
    var style = ChunkStyle()
    style.upperCaseHex = upper
    style.leadingZeros = zeros
    style.extensionText = text
    var bytes = octets("before")
    writeChunkHead(size: size, style: style, into: &bytes)
    #expect(bytes == octets("before" + expected))
  }

  @Test func writesChunksAndTheirEnd() {
    let data = octets("0123456789")
    var bytes: [UInt8] = []
    writeChunk(data.span, into: &bytes)
    writeLastChunk(into: &bytes)
    #expect(bytes == octets("a\r\n0123456789\r\n0\r\n\r\n"))

    var style = ChunkStyle()
    style.leadingZeros = 1
    style.extensionText = "n=v"
    bytes = []
    writeLastChunk(style: style, trailers: [Field("A", "1"), Field("B", "\u{FF}")], into: &bytes)
    #expect(bytes == octets("00;n=v\r\nA: 1\r\nB: \u{FF}\r\n\r\n"))
  }

  static let extensions: [String?] = [nil, "a", "a=b", "a=\"\\\"\u{E9};\"", " a = \"\" ; b"]

  @Test(arguments: [false, true], extensions)
  func isReadBack(_ upper: Bool, _ extensionText: String?) {
    let sizes = [1, 9, 10, 15, 16, 17, 255, 256, 300]
    for zeros in [0, 1, 5] {
      var style = ChunkStyle()
      style.upperCaseHex = upper
      style.leadingZeros = zeros
      style.extensionText = extensionText
      var bytes: [UInt8] = []
      var body: [UInt8] = []
      for size in sizes {
        let data = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        writeChunk(data.span, style: style, into: &bytes)
        body += data
      }
      let trailers: Fields = [Field("X-Usage", "5"), Field("x-usage", "")]
      writeLastChunk(style: style, trailers: trailers, into: &bytes)
      let found = outcome(of: bytes, from: BodyReader(.chunked))
      #expect(found.product == body)
      #expect(found.reader.trailers == trailers)
      #expect(found.consumed == bytes.count)
    }
  }

  @Test func anEmptyChunkIsAMistakeOfOurs() async {
    await #expect(processExitsWith: .failure) {
      let none: [UInt8] = []
      var bytes: [UInt8] = []
      writeChunk(none.span, into: &bytes)
    }
  }
}
