// Heads that are refused, each with its reason and the place of the offending byte, and the limits
// at the last byte that passes and the first that does not.

import Testing
import Wire

@Suite struct HeadRefusalTests {
  static let line = "GET / HTTP/1.1\r\n"  // 16 bytes

  static let requests: [(String, WireError.Reason, Int)] = [
    (" GET / HTTP/1.1\r\n", .badStartLine, 0),
    ("G(T / HTTP/1.1\r\n", .badStartLine, 1),
    ("GET\r\n", .badStartLine, 3),
    ("GET\t/ HTTP/1.1\r\n", .badStartLine, 3),
    ("GET  / HTTP/1.1\r\n", .badStartLine, 4),
    ("GET  HTTP/1.1\r\n", .badStartLine, 4),
    ("GET /\r\n", .badStartLine, 5),
    ("GET /\u{E9} HTTP/1.1\r\n", .badStartLine, 5),
    ("GET /\u{0} HTTP/1.1\r\n", .badStartLine, 5),
    ("GET /\u{7F} HTTP/1.1\r\n", .badStartLine, 5),
    ("\r\n\r\n\r\n", .badStartLine, 4),
    ("GET / \r\n", .badVersion, 6),
    ("GET /  HTTP/1.1\r\n", .badVersion, 6),
    ("GET / HTTP/1.2\r\n", .badVersion, 6),
    ("GET / HTTP/2.0\r\n", .badVersion, 6),
    ("GET / http/1.1\r\n", .badVersion, 6),
    ("GET / HTTP/1.1 \r\n", .badVersion, 6),
    ("GET / HTTP/1.10\r\n", .badVersion, 6),
    ("\r\nGET / HTTP/3\r\n", .badVersion, 8),
    (line + ": b\r\n", .badFieldName, 16),
    (line + "A\r\n", .badFieldName, 17),
    (line + "A B: c\r\n", .badFieldName, 17),
    (line + "A\u{0}: c\r\n", .badFieldName, 17),
    (line + "A\u{E9}: c\r\n", .badFieldName, 17),
    (line + "A@: c\r\n", .badFieldName, 17),
    (line + "A : b\r\n", .spaceBeforeColon, 17),
    (line + "A\t : b\r\n", .spaceBeforeColon, 17),
    (line + " A: b\r\n", .obsoleteFold, 16),
    (line + "A: b\r\n c\r\n", .obsoleteFold, 22),
    (line + "A: b\r\n\tc\r\n", .obsoleteFold, 22),
    (line + "A: b\u{0}c\r\n", .controlByteInField, 20),
    (line + "A: b\u{1F}\r\n", .controlByteInField, 20),
    (line + "A: \u{7F}b\r\n", .controlByteInField, 19),
    (line + "A: b\u{B}\r\n", .controlByteInField, 20),
    ("\n", .bareLineFeed, 0),
    ("GET / HTTP/1.1\n", .bareLineFeed, 14),
    (line + "A: b\n", .bareLineFeed, 20),
    (line + "\n", .bareLineFeed, 16),
    (line + "A: b\r\n\n", .bareLineFeed, 22),
    ("\rG", .bareCarriageReturn, 0),
    ("GET / HTTP/1.1\r\r", .bareCarriageReturn, 14),
    (line + "A: b\rc", .bareCarriageReturn, 20),
    (line + "\rA", .bareCarriageReturn, 16),
  ]

  @Test(arguments: requests)
  func refusesRequest(_ text: String, reason: WireError.Reason, offset: Int) {
    // The bytes of each case end with the byte that decides, so all of them are consumed.
    let found = outcome(of: octets(text), from: RequestHeadReader())
    #expect(found.error == WireError(reason, at: offset))
    #expect(found.consumed == octets(text).count)
    #expect(!found.reader.isEmpty)
  }

  static let responses: [(String, WireError.Reason, Int)] = [
    ("\r\n", .badStartLine, 0),
    ("HTTP/1.1\r\n", .badStartLine, 8),
    ("HTTP/1.1 \r\n", .badStartLine, 9),
    ("HTTP/1.1  200 OK\r\n", .badStartLine, 9),
    ("HTTP/1.1 20\r\n", .badStartLine, 11),
    ("HTTP/1.1 2x0 OK\r\n", .badStartLine, 10),
    ("HTTP/1.1 099 OK\r\n", .badStartLine, 9),
    ("HTTP/1.1 +20 OK\r\n", .badStartLine, 9),
    ("HTTP/1.1 2000 OK\r\n", .badStartLine, 12),
    ("HTTP/1.1 200\tOK\r\n", .badStartLine, 12),
    ("HTTP/1.1 200 O\u{0}\r\n", .badStartLine, 14),
    ("HTTP/1.1 200 O\u{7F}\r\n", .badStartLine, 14),
    ("HTTP/2 200\r\n", .badVersion, 0),
    ("HTTP/1.12 200 OK\r\n", .badVersion, 0),
    ("ICY 200 OK\r\n", .badVersion, 0),
    (" HTTP/1.1 200 OK\r\n", .badVersion, 0),
    ("HTTP/1.1 200 OK\n", .bareLineFeed, 15),
    ("HTTP/1.1 200 OK\r\r", .bareCarriageReturn, 15),
    ("HTTP/1.1 200 OK\r\nA:b\r\n :c\r\n", .obsoleteFold, 22),
  ]

  @Test(arguments: responses)
  func refusesResponse(_ text: String, reason: WireError.Reason, offset: Int) {
    let found = outcome(of: octets(text), from: ResponseHeadReader())
    #expect(found.error == WireError(reason, at: offset))
    #expect(found.consumed == octets(text).count)
  }

  /// Heads under tight limits; nil where the head passes.
  static let limited: [(String, bytesMax: Int, fieldsMax: Int, WireError?)] = [
    (line + "A: b\r\n\r\n", 24, 1, nil),
    (line + "A: b\r\n\r\n", 23, 1, WireError(.headTooLarge, at: 23)),
    (line + "A: b\r\n\r\n", 22, 1, WireError(.headTooLarge, at: 22)),
    (line + "A: b\r\n\r\n", 5, 1, WireError(.headTooLarge, at: 5)),
    (line + "A: b\r\n\r\n", 0, 1, WireError(.headTooLarge, at: 0)),
    ("\r\n" + line + "\r\n", 20, 0, nil),
    ("\r\n" + line + "\r\n", 19, 0, WireError(.headTooLarge, at: 19)),
    // A limit comes before what the byte over it would mean.
    (line + "\n", 16, 1, WireError(.headTooLarge, at: 16)),
    (line + "A: b\r\nC: d\r\n\r\n", 30, 2, nil),
    (line + "A: b\r\nC: d\r\n\r\n", 30, 1, WireError(.tooManyFields, at: 22)),
    (line + "A: b\r\nC: d\r\n\r\n", 22, 1, WireError(.headTooLarge, at: 22)),
    (line + "A: b\r\n\r\n", 24, 0, WireError(.tooManyFields, at: 16)),
    (line + "\r\n", 18, 0, nil),
    (line + "\r!", 18, 0, WireError(.bareCarriageReturn, at: 16)),
    (line + "\n", 18, 0, WireError(.bareLineFeed, at: 16)),
  ]

  @Test(arguments: limited.indices) func holdsItsLimits(_ index: Int) {
    let (text, bytesMax, fieldsMax, error) = Self.limited[index]
    var limits = Limits()
    limits.headBytesMax = bytesMax
    limits.fieldsMax = fieldsMax
    let found = outcome(of: octets(text), from: RequestHeadReader(limits: limits))
    #expect(found.error == error)
    #expect((found.product != nil) == (error == nil))
  }

  @Test func hasTheLimitsThatItSays() {
    let limits = Limits()
    #expect(limits.headBytesMax == 16_384)
    #expect(limits.fieldsMax == 100)
    #expect(limits.chunkLineBytesMax == 4096)
    #expect(limits.trailerBytesMax == 8192)
    #expect(limits.bodyBytesMax == .max)
  }

  @Test func saysWhatWasWrongAndWhere() {
    #expect(WireError(.bareLineFeed, at: 14).description == "bare line feed at byte 14")
  }

  /// The reasons that no table would reach are reasons that no reader gives.
  @Test func everyReasonHasACase() {
    var reached = Set(Self.requests.map { $0.1 } + Self.responses.map { $0.1 })
    reached.formUnion(Self.limited.compactMap { $0.3?.reason })
    reached.formUnion(BodyFramingTests.refusals.map { $0.1 })
    reached.formUnion(ChunkedTests.refusals.map { $0.1 })
    reached.formUnion(BodyReaderTests.limited.compactMap { $0.4?.reason })
    reached.formUnion(ChunkedTests.limited.compactMap { $0.2?.reason })
    #expect(reached == Set(WireError.Reason.allCases))
  }
}
