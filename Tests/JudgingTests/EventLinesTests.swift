// Event lines against hand-written JSON, and back through Foundation's reader, which shares nothing
// with the escaper.

import Foundation
import Testing

@testable import Judging

@Suite struct EventLinesTests {
  @Test(arguments: [
    (event("hi"), #"{"type":"message","data":"hi","id":""}"#),
    (event("{\"a\":\"\\n\"}", id: "1"), #"{"type":"message","data":"{\"a\":\"\\n\"}","id":"1"}"#),
    (event("a\nb\tc\r", type: "x"), #"{"type":"x","data":"a\nb\tc\r","id":""}"#),
    (
      event("\u{0}\u{8}\u{B}\u{C}\u{1F}"),
      #"{"type":"message","data":"\u0000\b\u000B\f\u001F","id":""}"#
    ),
    (event("你好 😀 \u{7F}/"), #"{"type":"message","data":"你好 😀 "# + "\u{7F}" + #"/","id":""}"#),
    (
      Event(data: [0x61, 0xFF, 0x62]), "{\"type\":\"message\",\"data\":\"a\u{FFFD}b\",\"id\":\"\"}"
    ),
  ])
  func writesOneLine(_ event: Event, expected: String) {
    #expect(Array(eventLine(event).utf8) == Array(expected.utf8))
  }

  @Test func everyScalarThatNeedsCareComesBack() throws {
    var scalars = (UInt32(0)..<0x100).compactMap(Unicode.Scalar.init)
    scalars += ["\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFF}", "\u{1F600}", "\u{10FFFF}"]
    for scalar in scalars {
      let text = "a\(Character(scalar))b"
      let written = eventLine(event(text, type: "t" + text, id: text))
      let read = try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: String]
      #expect(read.map { Array($0["data", default: ""].utf8) } == Array(text.utf8))
      #expect(read.map { Array($0["type", default: ""].utf8) } == Array("t\(text)".utf8))
      #expect(read.map { Array($0["id", default: ""].utf8) } == Array(text.utf8))
      #expect(!written.utf8.contains { $0 < 0x20 })
    }
  }
}
