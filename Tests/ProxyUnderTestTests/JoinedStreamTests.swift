// STREAM=false with servers of many kinds: the one answer says what the stream said, and what is not a
// whole answer is an error; however the stream is cut.

import Foundation
import MockQwen
import ProxyUnderTest
import TestSupport
import Testing
import Wire

@Suite struct JoinedStreamTests {
  @Test(arguments: JoinedShape.all) func isOneAnswer(_ shape: JoinedShape) {
    for size in [Int.max, 1, 7] {
      let found = shape.responses(inPiecesOf: size)?.first
      let text = found.map { String(decoding: $0.body, as: UTF8.self) } ?? "no response"
      #expect(found?.status == shape.status, "\(text)")
      guard !shape.answer.hasPrefix("{") else {
        #expect(sorted(text) == sorted(shape.answer))
        continue
      }
      let error = ErrorObject.ofBody(found?.body ?? [])
      #expect(error?.code == shape.answer, "\(text)")
    }
  }

  /// JSON with its members in order.
  private func sorted(_ text: String) -> String {
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8)),
      let data = try? JSONSerialization.data(withJSONObject: value, options: options)
    else { return "not JSON: \(text)" }
    return String(decoding: data, as: UTF8.self)
  }
}

extension JoinedShape {
  /// Joins the stream at an exchange, cut in pieces of `size` bytes.
  func responses(inPiecesOf size: Int = .max) -> [PlainResponse]? {
    var settings = Bench.settings
    settings.streams = false
    let body = #"{"model":"m","stream":true}"#
    let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: p\r\nContent-Length: "
    var bench = Bench.asked("\(head)\(body.utf8.count)\r\n\r\n\(body)", settings)
    let wire = octets("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\(stream)")
    for from in stride(from: 0, to: wire.count, by: min(size, wire.count)) {
      bench.take(.upstream(Array(wire[from...].prefix(size))))
    }
    bench.take(.upstreamClosed(.finished))
    return bench.responses
  }
}
