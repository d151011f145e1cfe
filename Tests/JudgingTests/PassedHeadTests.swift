// The heads that pass through the embedded proxy: what goes on, what ends, and that each line counts.

import Testing
import Wire

@testable import Judging

@Suite struct PassedHeadTests {
  private let asked = AskedHead(
    fields: [
      Field("Host", "proxy"), Field("authorization", "Bearer s"), Field("X-API-Key", "s"),
      Field("Accept", "a"), Field("Connection", "close, x-hop"), Field("X_Hop", "1"),
      Field("Keep-Alive", "1"), Field("X-B", "2"), Field("Accept-Encoding", "br"),
    ], version: "1.0", authority: "up:1", key: "k", bodyCount: 7, keepsUpstream: false)

  @Test func theRequestIsKnownLineByLine() {
    let wanted = [
      Field("Host", "up:1"), Field("Accept", "a"), Field("X-B", "2"),
      Field("Authorization", "Bearer k"), Field("Accept-Encoding", "identity"),
      Field("Via", "1.0 replay"), Field("Content-Length", "7"), Field("Connection", "close"),
    ]
    #expect(asked.forwarded == wanted)
    var other = asked
    (other.bodyCount, other.keepsUpstream) = (nil, true)
    #expect(other.forwarded == wanted.dropLast(2))
    other.kept = [Field("X", "1")]
    #expect(other.forwarded[1] == Field("X", "1"))
  }

  @Test func theAnswerIsKnownLineByLine() {
    let kept = PassedAnswer.kept([
      Field("Set-Cookie", "s"), Field("X-A", " \t"), Field("cache-control", "public"),
      Field("Connection", "X-Hop"), Field("X-Hop", "1"), Field("Cache-Control", "private"),
      Field("Content-Length", "5"), Field("Access-Control-Max-Age", "1"),
    ])
    #expect(
      kept == [
        Field("X-A", ""), Field("cache-control", "public"), Field("Cache-Control", "private"),
      ])
    let lines = PassedAnswer.lines(
      kept, isEventStream: true, framing: Field("Transfer-Encoding", "chunked"))
    #expect(
      lines == [
        Field("X-A", ""), Field("cache-control", "no-cache, no-transform"),
        Field("Access-Control-Allow-Origin", "*"), Field("Access-Control-Expose-Headers", "*"),
        Field("X-Accel-Buffering", "no"), Field("Transfer-Encoding", "chunked"),
      ])
  }

  @Test func eachLineCounts() {
    let wanted = asked.forwarded
    #expect(headDifference(wanted, wanted) == nil)
    for index in wanted.indices {
      var seen = wanted
      seen.remove(at: index)
      #expect(headDifference(seen, wanted)?.contains(wanted[index].name) == true)
      seen = wanted
      seen.insert(Field("X-New", "1"), at: index)
      #expect(headDifference(seen, wanted)?.contains("X-New") == true)
      seen = wanted
      seen[index].value += "x"
      #expect(headDifference(seen, wanted)?.contains(wanted[index].value) == true)
    }
    #expect(
      headDifference(wanted + [Field("X-New", "1")], wanted) == "'X-New: 1' was added")
  }
}
