// The chunked coding: spellings that are read, spellings that are refused, limits.

import Testing
import Wire

@Suite struct ChunkedTests {
  static let end = "0\r\n\r\n"

  /// Chunked bodies and the data in them.
  static let bodies: [(String, String)] = [
    (end, ""),
    ("5\r\nhello\r\n" + end, "hello"),
    ("1\r\na\r\n2\r\nbc\r\n" + end, "abc"),
    ("a\r\n0123456789\r\n" + end, "0123456789"),
    ("A\r\n0123456789\r\n" + end, "0123456789"),
    ("0000A\r\n0123456789\r\n000" + end, "0123456789"),
    ("00000000000000000001\r\na\r\n" + end, "a"),
    ("10\r\n0123456789abcdef\r\n" + end, "0123456789abcdef"),
    ("1B\r\n0123456789abcdef0123456789a\r\n" + end, "0123456789abcdef0123456789a"),
    // Data is not looked at.
    ("7\r\n\r\n0\r\n\r\n\r\n" + end, "\r\n0\r\n\r\n"),
    ("2\r\n\r\n\r\n" + end, "\r\n"),
    // Extensions are read over.
    ("1a;ieof=\"a\\;b\"\r\n0123456789abcdef0123456789\r\n" + end, "0123456789abcdef0123456789"),
    ("1;name\r\na\r\n0;last=1\r\n\r\n", "a"),
    ("1;name=token;b;c=\"\"\r\na\r\n" + end, "a"),
    ("1;n=\"quoted \\\" pair;\t\u{E9}\\\u{E9}\\\\\"\r\na\r\n" + end, "a"),
    ("1; n = v ;\tm\t=\t\"w\" ; o\r\na\r\n" + end, "a"),
    ("1;0=5\r\na\r\n" + end, "a"),
  ]

  @Test(arguments: bodies) func reads(_ text: String, body: String) {
    let found = outcome(of: octets(text), from: BodyReader(.chunked))
    #expect(found.product == octets(body))
    #expect(found.error == nil)
    #expect(found.isComplete)
    #expect(found.consumed == octets(text).count)
    #expect(found.reader.trailers == [])
  }

  static let trailers: [(String, Fields)] = [
    ("0\r\nX-Usage: 5\r\n\r\n", [Field("X-Usage", "5")]),
    (
      "0\r\na:1\r\nA:  \u{FF} \r\nb:\r\n\r\n",
      [Field("a", "1"), Field("A", "\u{FF}"), Field("b", "")]
    ),
  ]

  @Test(arguments: trailers) func readsTrailers(_ text: String, expected: Fields) {
    let found = outcome(of: octets("1\r\na\r\n" + text + "next"), from: BodyReader(.chunked))
    #expect(found.product == octets("a"))
    #expect(found.reader.trailers == expected)
    #expect(found.consumed == 6 + octets(text).count)
    #expect(found.isComplete)
  }

  /// Each case ends with the byte that decides; the offset is that of the offending byte.
  static let refusals: [(String, WireError.Reason, Int)] = [
    // Sizes.
    ("+", .badChunkSize, 0), ("-", .badChunkSize, 0), ("0x", .badChunkSize, 1),
    ("5 ", .badChunkSize, 1), ("5\t", .badChunkSize, 1), (" ", .badChunkSize, 0),
    ("\r", .badChunkSize, 0), (";", .badChunkSize, 0), ("g", .badChunkSize, 0),
    ("G", .badChunkSize, 0), ("5_", .badChunkSize, 1), ("5\0", .badChunkSize, 1),
    ("1\r\na\r\n\r", .badChunkSize, 6), ("5,", .badChunkSize, 1), ("\u{B2}", .badChunkSize, 0),
    ("/", .badChunkSize, 0), (":", .badChunkSize, 0), ("@", .badChunkSize, 0),
    ("`", .badChunkSize, 0),
    ("FFFFFFFFFFFFFFFF", .chunkSizeTooLarge, 15),
    ("1000000000000000", .chunkSizeTooLarge, 15),
    ("00FFFFFFFFFFFFFFFF", .chunkSizeTooLarge, 17),
    // Line ends.
    ("5\n", .bareLineFeed, 1), ("\n", .bareLineFeed, 0), ("5;a\n", .bareLineFeed, 3),
    ("5;a=\"\n", .bareLineFeed, 5), ("5;\n", .bareLineFeed, 2),
    ("5\r5", .bareCarriageReturn, 1), ("5\r\r", .bareCarriageReturn, 1),
    ("5;a\ra", .bareCarriageReturn, 3), ("5;a=\"\"\r\r", .bareCarriageReturn, 6),
    // Extensions.
    ("5;\r", .badChunkExtension, 2), ("5;;", .badChunkExtension, 2),
    ("5;=", .badChunkExtension, 2), ("5;a=\r", .badChunkExtension, 4),
    ("5;a \r", .badChunkExtension, 4), ("5;a=b \r", .badChunkExtension, 6),
    ("5;a b", .badChunkExtension, 4), ("5;a=b c", .badChunkExtension, 6),
    ("5;a=b=", .badChunkExtension, 5), ("5;a=\"b\"c", .badChunkExtension, 7),
    ("5;a=\"b\r", .badChunkExtension, 6), ("5;a=\"b\\\r", .badChunkExtension, 7),
    ("5;a=\"\0", .badChunkExtension, 5), ("5;a=\"\\\u{7F}", .badChunkExtension, 6),
    ("5;a\0", .badChunkExtension, 3), ("5;\u{E9}", .badChunkExtension, 2),
    ("5;a\"", .badChunkExtension, 3), ("5;a=;", .badChunkExtension, 4),
    // Behind data.
    ("1\r\nab", .missingChunkLineEnd, 4), ("1\r\na\n", .missingChunkLineEnd, 4),
    ("1\r\na\r\r", .missingChunkLineEnd, 5), ("1\r\na0", .missingChunkLineEnd, 4),
    ("1\r\na\r0", .missingChunkLineEnd, 5),
    // Trailers: the rules of heads, and no framing fields.
    ("0\r\n\n", .bareLineFeed, 3), ("0\r\nA: b\n", .bareLineFeed, 7),
    ("0\r\n\r\r", .bareCarriageReturn, 3), ("0\r\nA: b\rc", .bareCarriageReturn, 7),
    ("0\r\n A: b\r\n", .obsoleteFold, 3), ("0\r\nA: b\r\n\tc\r\n", .obsoleteFold, 9),
    ("0\r\nA : b\r\n", .spaceBeforeColon, 4), ("0\r\nA\r\n", .badFieldName, 4),
    ("0\r\n: b\r\n", .badFieldName, 3), ("0\r\nA: \0\r\n", .controlByteInField, 6),
    ("0\r\nContent-Length: 5\r\n", .badTrailer, 3),
    ("0\r\nA: b\r\ntransfer-encoding: chunked\r\n", .badTrailer, 9),
  ]

  @Test(arguments: refusals)
  func refuses(_ text: String, reason: WireError.Reason, offset: Int) {
    let found = outcome(of: octets(text), from: BodyReader(.chunked))
    #expect(found.error == WireError(reason, at: offset))
    #expect(found.consumed == octets(text).count)
    #expect(!found.reader.isComplete)
    #expect(found.reader.trailers == [])
  }

  /// Spellings known from reports on other decoders, as whole bodies.
  static let abuse = [
    "+5\r\nhello\r\n", "0x10\r\n0123456789abcdef\r\n", "-1\r\n", "5 \r\nhello\r\n",
    "FFFFFFFFFFFFFFFFF\r\n", "5\nhello\n", "5\r\nhello0\r\n", "5\r\nhello\n0\n\n",
    "5;a\rb\r\nhello\r\n", "5;a=\"\r\n\"\r\nhello\r\n", "5\rhello\r\n", "\r\n5\r\nhello\r\n",
    "5\r\nhello\r\n\r\n", "5 ;a\r\nhello\r\n", "5\u{B}\r\nhello\r\n", "5\r\nhell\r\n", "0\n\n",
  ]

  @Test(arguments: abuse) func refusesAbuse(_ text: String) {
    let found = outcome(of: octets(text + Self.end), from: BodyReader(.chunked))
    #expect(found.error != nil)
    #expect(!found.isComplete)
  }

  /// Chunk lines of at most 6 bytes, trailers of at most 10 bytes and 2 fields.
  static let limited: [(String, String, WireError?)] = [
    ("0001\r\na\r\n" + end, "a", nil),
    ("00001\r\na\r\n" + end, "", WireError(.chunkLineTooLong, at: 6)),
    ("000001\r\na\r\n" + end, "", WireError(.chunkLineTooLong, at: 6)),
    ("0000001\r\na\r\n" + end, "", WireError(.chunkLineTooLong, at: 6)),
    ("1;ab\r\na\r\n" + end, "a", nil),
    ("1;abc\r\na\r\n" + end, "", WireError(.chunkLineTooLong, at: 6)),
    ("1;abcd\r\na\r\n" + end, "", WireError(.chunkLineTooLong, at: 6)),
    ("1\r\na\r\n0000\r\n\r\n", "a", nil),
    ("1\r\na\r\n00000\r\n\r\n", "a", WireError(.chunkLineTooLong, at: 12)),
    ("0\r\nabc:de\r\n\r\n", "", nil),
    ("0\r\nabc:def\r\n\r\n", "", WireError(.trailerTooLarge, at: 13)),
    ("0\r\nabcd:def\r\n\r\n", "", WireError(.trailerTooLarge, at: 13)),
    ("0\r\nabcdefghijklm", "", WireError(.trailerTooLarge, at: 13)),
    ("0\r\na:\r\nb:\r\n\r\n", "", nil),
    ("0\r\na:\r\nb:\r\nc:\r\n\r\n", "", WireError(.tooManyFields, at: 11)),
  ]

  @Test(arguments: limited) func holdsItsLimits(_ text: String, body: String, error: WireError?) {
    var limits = Limits()
    limits.chunkLineBytesMax = 6
    limits.trailerBytesMax = 10
    limits.fieldsMax = 2
    let found = outcome(of: octets(text), from: BodyReader(.chunked, limits: limits))
    #expect(found.product == octets(body))
    #expect(found.error == error)
    #expect(found.isComplete == (error == nil))
  }
}
