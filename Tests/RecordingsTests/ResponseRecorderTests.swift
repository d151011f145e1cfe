// What the recorder keeps does not depend on how the bytes were cut, except for the borders, which
// are the cuts.

import MockQwen
import TestSupport
import Testing
import Wire

@testable import Recordings

@Suite struct ResponseRecorderTests {
  static let chunked =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Fine\r\nX-a: 1\r\nTRANSFER-encoding: chunked\r\n"
    + "X-A: 2\r\n\r\n3;x=y\r\nab\n\r\n1\r\n\n\r\n0\r\n\r\n"

  /// A response, how the connection ends behind it, and what must be written down.
  static let cases:
    [(text: String, closing: Character, Session.Framing, body: String, end: String)] =
      [
        (chunked, "-", .chunked, "ab\n\n", "complete upstream"),
        (chunked, "F", .chunked, "ab\n\n", "complete upstream"),
        (String(chunked.dropLast(2)), "F", .chunked, "ab\n\n", "truncated upstream"),
        (String(chunked.dropLast(2)), "R", .chunked, "ab\n\n", "reset upstream"),
        (String(chunked.dropLast(2)), "T", .chunked, "ab\n\n", "timeout client"),
        ("HTTP/1.0 200 OK\r\n\r\nab", "F", .close, "ab", "complete upstream"),
        ("HTTP/1.0 200 OK\r\n\r\nab", "R", .close, "ab", "reset upstream"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "-", .length, "ab", "complete upstream"),
        (
          "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "F", .length, "ab", "truncated upstream"
        ),
        ("HTTP/1.1 204 None\r\n\r\n", "-", .length, "", "complete upstream"),
        ("HTTP/1.1 200 OK\r\n", "F", .chunked, "", "truncated upstream"),
      ]

  @Test(arguments: cases)
  func writesDownWhatCame(
    _ text: String, _ closing: Character, _ framing: Session.Framing, _ body: String, _ end: String
  ) throws {
    for pieces in everyWay(ofCutting: Array(text.utf8)) {
      var recorder = ResponseRecorder(method: "POST")
      for (index, piece) in pieces.enumerated() { try recorder.take(piece, at: index) }
      switch closing {
      case "F": recorder.upstreamFinished()
      case "R": recorder.upstreamReset()
      case "T": recorder.clientGaveUp()
      default: break
      }
      #expect(recorder.body == Array(body.utf8))
      #expect(recorder.framing == framing)
      #expect(recorder.fragments.last?.end ?? 0 == recorder.body.count)
      #expect(recorder.end.map { "\($0.ending) \($0.side)" } == end)
      #expect(recorder.byteCount == text.utf8.count)
    }
  }

  @Test func keepsTheHeadAsItWasSpelt() throws {
    var recorder = ResponseRecorder(method: "POST")
    try recorder.take(Array(Self.chunked.utf8), at: 7)
    #expect(
      recorder.head
        == ResponseHead(
          status: 200, reason: "Fine",
          fields: [Field("X-a", "1"), Field("TRANSFER-encoding", "chunked"), Field("X-A", "2")]))
    #expect(recorder.fragments == [Session.Fragment(end: 4, milliseconds: 7)])
  }
}
