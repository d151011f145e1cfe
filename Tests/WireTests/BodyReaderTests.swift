// Bodies under each framing: what is data, what is left for the next message, and when a close is
// a proper end.

import Testing
import Wire

@Suite struct BodyReaderTests {
  /// Bytes after a head, what of them is the body, and how many were consumed for it.
  static let bodies: [(BodyFraming, String, String, consumed: Int, isComplete: Bool)] = [
    (.none, "", "", 0, true),
    (.none, "next", "", 0, true),
    (.length(0), "next", "", 0, true),
    (.length(4), "", "", 0, false),
    (.length(4), "bod", "bod", 3, false),
    (.length(4), "body", "body", 4, true),
    (.length(4), "body\r\nnext", "body", 4, true),
    (.untilClose, "", "", 0, false),
    (.untilClose, "HTTP/1.1 200 OK\r\n\r\n\n\0", "HTTP/1.1 200 OK\r\n\r\n\n\0", 21, false),
    (.chunked, "", "", 0, false),
    (.chunked, "4\r\nbody\r\n0\r\n\r\nnext", "body", 14, true),
  ]

  @Test(arguments: bodies.indices) func readsBody(_ index: Int) {
    let (framing, text, body, consumed, isComplete) = Self.bodies[index]
    let found = outcome(of: octets(text), from: BodyReader(framing))
    #expect(found.product == octets(body))
    #expect(found.consumed == consumed)
    #expect(found.error == nil)
    #expect(found.reader.isComplete == isComplete)
    #expect(found.reader.trailers == [])
  }

  /// Whole bodies; a close is proper only behind `from` bytes or more.
  static let ends: [(BodyFraming, String, from: Int)] = [
    (.none, "", 0),
    (.length(0), "", 0),
    (.length(4), "body", 4),
    (.untilClose, "body", 0),
    (.chunked, "0\r\n\r\n", 5),
    (.chunked, "5\r\ndata:\r\n0\r\n\r\n", 15),
    (.chunked, "5;a=\"b\"\r\ndata:\r\n00\r\nX-Usage: 5\r\nY: z\r\n\r\n", 40),
  ]

  @Test(arguments: ends.indices) func knowsAProperClose(_ index: Int) {
    let (framing, text, from) = Self.ends[index]
    let bytes = octets(text)
    #expect(bytes.count >= from)
    for count in 0...bytes.count {
      var found = outcome(of: Array(bytes[..<count]), from: BodyReader(framing))
      #expect(found.error == nil)
      let isProper = found.reader.closed()
      #expect(isProper == (count >= from), "closed after \(count) bytes")
      #expect(found.reader.isComplete == (count >= from))
    }
  }

  @Test func aRefusedBodyIsNeverComplete() {
    var limits = Limits()
    limits.bodyBytesMax = 1
    let refused: [(BodyFraming, String)] = [
      (.untilClose, "ab"), (.chunked, "2\r\n"), (.length(2), "a"),
    ]
    for (framing, text) in refused {
      var found = outcome(of: octets(text), from: BodyReader(framing, limits: limits))
      #expect(found.error?.reason == .bodyTooLarge)
      let isProper = found.reader.closed()
      #expect(!isProper)
    }
  }

  static let limited: [(BodyFraming, String, bytesMax: Int, String, WireError?)] = [
    (.length(4), "body", 4, "body", nil),
    (.length(5), "bodyx", 4, "", WireError(.bodyTooLarge, at: 0)),
    (.length(0), "", 0, "", nil),
    (.untilClose, "body", 4, "body", nil),
    (.untilClose, "bodyx", 4, "body", WireError(.bodyTooLarge, at: 4)),
    (.untilClose, "b", 0, "", WireError(.bodyTooLarge, at: 0)),
    (.chunked, "4\r\nbody\r\n0\r\n\r\n", 4, "body", nil),
    (.chunked, "5\r\nbodyx\r\n0\r\n\r\n", 4, "", WireError(.bodyTooLarge, at: 2)),
    (.chunked, "3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n", 4, "body", nil),
    (.chunked, "3\r\nbod\r\n2\r\nyx\r\n0\r\n\r\n", 4, "bod", WireError(.bodyTooLarge, at: 10)),
    (.chunked, "0\r\n\r\n", 0, "", nil),
  ]

  @Test(arguments: limited.indices) func holdsItsLimit(_ index: Int) {
    let (framing, text, bytesMax, body, error) = Self.limited[index]
    var limits = Limits()
    limits.bodyBytesMax = bytesMax
    let found = outcome(of: octets(text), from: BodyReader(framing, limits: limits))
    #expect(found.product == octets(body))
    #expect(found.error == error)
  }

  @Test func aLengthOverTheLimitIsRefusedBeforeAnyByte() {
    var limits = Limits()
    limits.bodyBytesMax = 4
    var reader = BodyReader(.length(5), limits: limits)
    #expect(throws: WireError(.bodyTooLarge, at: 0)) {
      let none: [UInt8] = []
      var offset = 0
      _ = try reader.read(none.span, at: &offset)
    }
  }

  @Test func aBodyThatEndsPassesTheRestOn() throws {
    let bytes = octets("2\r\nab\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    var offset = 0
    var body = BodyReader(.chunked)
    #expect(try body.read(bytes.span, at: &offset) == 3..<5)
    #expect(try body.read(bytes.span, at: &offset) == nil)
    #expect(body.isComplete)
    #expect(offset == 12)
    var heads = ResponseHeadReader()
    #expect(try heads.read(bytes.span, at: &offset)?.status == 204)
    #expect(offset == bytes.count)
  }

  @Test func aNegativeLengthIsAMistakeOfOurs() async {
    await #expect(processExitsWith: .failure) { _ = BodyReader(.length(-1)) }
  }
}
