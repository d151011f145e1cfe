// Sessions with coded bodies: kept as they came, decoded where they are read, and redacted inside.

import MockQwen
import Testing
import Wire

@testable import Recordings

@Suite struct CodedSessionTests {
  static let pieces: [[UInt8]] = [
    "data: {\"content\":\"Authorization: Bearer sk-0123456789abcdefghijklmnop\"}\n\n",
    "data: {\"note\":\"你好\"}\n\n", "data: [DONE]\n\n",
  ].map { Array($0.utf8) }

  static func session(_ coding: String?, _ body: [UInt8], ends: [Int]) -> Session {
    let request = Session.Request(
      method: "POST", target: "/v1/chat/completions", fields: [], body: Array("{}".utf8))
    var response = ResponseHead(status: 200, fields: [Field("Content-Type", "text/event-stream")])
    if let coding { response.fields.add("Content-Encoding", coding) }
    response.fields.add("Content-Length", String(body.count))
    return Session(
      name: "coded", request: request, response: response, framing: .length, body: body,
      fragments: ends.enumerated().map {
        Session.Fragment(end: $0.element, milliseconds: 10 * $0.offset)
      }, ending: .complete)
  }

  static func coded(_ coding: String) -> Session {
    let (body, ends) = stored(pieces.map { $0[...] }, in: coding == "deflate" ? .zlib : .gzip)
    return session(coding, body, ends: ends)
  }

  @Test(arguments: ["gzip", "GZIP", "x-gzip", "deflate"]) func isReadDecoded(_ coding: String) {
    let session = Self.coded(coding.lowercased())
    let readable = session.readable
    #expect(readable.body == Self.pieces.flatMap { $0 })
    #expect(readable.fragments.map(\.end) == [73, 98, 112])
    #expect(readable.fragments.map(\.milliseconds) == [0, 10, 20])
    #expect(readable.response.fields["Content-Encoding"] == nil)
    #expect(session.unreadableReason == nil)
    #expect(Recording(source: "test", session: session).eventCount == 3)
  }

  /// A body that was really compressed, with a flush behind each event (made with zlib).
  @Test func isReadDecodedWhenItIsCompressed() {
    let readable = Self.session("gzip", compressed, ends: compressedEnds).readable
    let event = "data: {\"content\":\"sk-0123456789abcdefghijklmnop\"}\n\n"
    #expect(readable.body == Array((event + event + "data: [DONE]\n\n").utf8))
    #expect(readable.fragments.map(\.end) == [2 * event.utf8.count, 2 * event.utf8.count + 14])
  }

  @Test(arguments: ["gzip", "deflate"]) func isRedactedInside(_ coding: String) {
    var session = Self.coded(coding)
    let before = session.readable
    #expect(!Redactor().redact(&session).isEmpty)
    let after = session.readable
    let text = String(decoding: after.body, as: UTF8.self)
    #expect(!text.contains("0123456789"))
    #expect(text.contains("你好"))
    #expect(after.body.count == before.body.count)
    #expect(after.fragments == before.fragments)
    #expect(session.response.fields["Content-Encoding"] == coding)
    #expect(session.response.fields["Content-Length"] == String(session.body.count))
    #expect(session.fragments.last?.end == session.body.count)
    #expect(Redactor().redact(&session).isEmpty)
  }

  /// A cut body has no trailer, and what came of it is redacted too.
  @Test func aCutBodyIsRedactedInside() {
    var session = Self.session("gzip", Array(compressed.prefix(60)), ends: [60])
    session.ending = .truncated
    let read = session.readable
    #expect(!read.body.isEmpty)
    #expect(!Redactor().redact(&session).isEmpty)
    #expect(session.readable.body.count == read.body.count)
  }

  @Test func whatHoldsNoSecretStaysAsItCame() {
    let body = Array("data: [DONE]\n\n".utf8)
    let (coded, ends) = stored([body[...]], in: .gzip)
    var session = Self.session("gzip", coded, ends: ends)
    let before = session
    #expect(Redactor().redact(&session).isEmpty)
    #expect(session == before)
  }

  static let unreadable: [(String, [UInt8])] = [
    ("br", [0x0B, 0x02, 0x80, 0x61, 0x62, 0x03]), ("zstd", [0x28, 0xB5, 0x2F, 0xFD, 0x20]),
    ("gzip", [0x1F, 0x8B, 8, 0, 1]), ("gzip", [0xFF, 0x00, 0x01]), ("deflate", [0x78, 0x9C, 0xFF]),
  ]

  @Test(arguments: unreadable) func saysWhatItCannotRead(_ coding: String, _ body: [UInt8]) throws {
    let session = Self.session(coding, body, ends: [body.count])
    let reason = try #require(session.unreadableReason)
    #expect(reason.contains("'\(coding)'"))
    #expect(session.readable == session)
    #expect(session.redactionObstacle == reason)
    #expect(eventless(Recording(source: "test", session: session)) == reason)
  }

  @Test func whatCannotBeCodedAnewIsNotRedacted() {
    var session = Self.coded("gzip")
    #expect(session.redactionObstacle == nil)
    session.request.fields.add("Content-Encoding", "gzip")
    #expect(session.redactionObstacle?.contains("request") == true)
    let twice = stored([Self.coded("gzip").body[...]], in: .gzip)
    let doubled = Self.session("gzip, gzip", twice.body, ends: twice.ends)
    #expect(doubled.readable.body == Self.pieces.flatMap { $0 })
    #expect(doubled.redactionObstacle?.contains("gzip, gzip") == true)
  }
}

private let compressed: [UInt8] = [
  0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4A, 0x49, 0x2C, 0x49, 0xB4, 0x52,
  0xA8, 0x56, 0x4A, 0xCE, 0xCF, 0x2B, 0x49, 0xCD, 0x2B, 0x51, 0xB2, 0x52, 0x2A, 0xCE, 0xD6, 0x35,
  0x30, 0x34, 0x32, 0x36, 0x31, 0x35, 0x33, 0xB7, 0xB0, 0x4C, 0x4C, 0x4A, 0x4E, 0x49, 0x4D, 0x4B,
  0xCF, 0xC8, 0xCC, 0xCA, 0xCE, 0xC9, 0xCD, 0xCB, 0x2F, 0x50, 0xAA, 0xE5, 0xE2, 0x4A, 0x21, 0x5D,
  0x0B, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0x82, 0x68, 0x89, 0x76, 0xF1, 0xF7, 0x73, 0x8D, 0xE5, 0xE2,
  0x02, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0x03, 0x00, 0x77, 0x5B, 0x54, 0x91, 0x74, 0x00, 0x00, 0x00,
]
private let compressedEnds = [70, 86, 96]
