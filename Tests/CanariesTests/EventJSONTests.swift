// Canaries that decode and encode change what they mean to change, and nothing else.

import Testing

@testable import Canaries

@Suite struct EventJSONTests {
  @Test(arguments: [
    #"{"b":1,"a":[1.50,{"x":"\u00e4\/"}],"n":null,"t":true,"e":{},"l":[]}"#, "[]", "{}",
    #"{"a":9007199254740993}"#,
  ])
  func isWrittenAsItWasRead(_ text: String) {
    #expect(EventJSON(Array(text.utf8))?.bytes == Array(text.utf8))
  }

  @Test(arguments: ["", "[DONE]x", "ping", "{\"a\":", "1"])
  func isAnObjectOrAList(_ text: String) {
    #expect(EventJSON(Array(text.utf8)) == nil)
  }

  /// A flaw, what it gets, and what is left then.
  struct Change: Sendable {
    let pass: @Sendable ([UInt8]) -> [UInt8]
    let old: String
    let new: String

    init<Flaw: BlockFlaw>(_ flaw: Flaw.Type, _ old: String, _ new: String) {
      pass = { bytes in
        var handler = BlockHandler<Flaw>()
        return handler.take(bytes)
      }
      (self.old, self.new) = (old, new)
    }
  }

  static let changes = [
    Change(
      KnownFields.self, #"{"choices":[{"index":0,"delta":{"content":"a","x":1}}],"y":{"z":[]}}"#,
      #"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#),
    Change(KnownFields.self, #"{"error": {"y": 1}}"#, #"{"error": {"y": 1}}"#),
    Change(
      IndexZero.self, #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":null}]}}]}"#,
      #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}"#),
    Change(
      OneChoice.self, #"{"choices":[{"index":0},{"index":7}]}"#,
      #"{"choices":[{"index":0},{"index":0}]}"#),
    Change(
      LastCall.self, #"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b"},{"index":0}]}}]}"#,
      #"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b"},{"index":1}]}}]}"#),
    Change(
      NullIsText.self, #"{"choices":[{"delta":{"tool_calls":[{"function":{"name":null}}]}}]}"#,
      #"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"null"}}]}}]}"#),
    Change(
      StripsThinking.self, #"{"choices":[{"delta":{"content":"a","reasoning_content":"b"}}]}"#,
      #"{"choices":[{"delta":{"content":"a"}}]}"#),
  ]

  @Test(arguments: changes.indices) func flawsChangeAnyChunk(_ number: Int) {
    let change = Self.changes[number]
    let passed = change.pass(Array("data: \(change.old)\n\n".utf8))
    #expect(String(decoding: passed, as: UTF8.self) == "data: \(change.new)\n\n")
  }
}
