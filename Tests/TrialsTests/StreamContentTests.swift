// What the level of content takes for the same, and what not: one change of one leaf in each case.

import Testing

@testable import Judging
@testable import Trials

@Suite struct StreamContentTests {
  static func content(_ frames: [String]) -> StreamContent {
    let text = frames.map { "data: \($0)\n\n" }.joined()
    return StreamContent(ReferenceReader.blocks(in: Array(text.utf8)))
  }

  static func chunk(_ choice: String, _ more: String = "") -> String {
    #"{"choices":[{"index":0,\#(choice)}]\#(more)}"#
  }

  static let start = chunk(#""delta":{"role":"assistant","content":""},"finish_reason":null"#)
  static let end = chunk(#""delta":{},"finish_reason":"stop""#)
  static let usage = #"{"choices":[],"usage":{"total_tokens":3}}"#
  static let first = #"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#
  static let second = #"{"index":1,"id":"b","function":{"name":"g","arguments":"[]"}}"#

  static func calls(_ calls: String...) -> [String] {
    [chunk(#""delta":{"tool_calls":[\#(calls.joined(separator: ","))]}"#)]
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var sent: [String]
    var received: [String]
    /// The paths that differ.
    var paths: [String]
    var testDescription: String { received.joined() }

    init(_ sent: [String], _ received: [String], _ paths: String...) {
      (self.sent, self.received, self.paths) = (sent, received, paths)
    }

    /// One text in the place of another.
    init(_ sent: [String], _ old: String, to new: String, _ paths: String...) {
      self.sent = sent
      received = sent.map { $0.replacing(old, with: new) }
      self.paths = paths
    }
  }

  /// Members that clients look a part up by.
  static let indices = [
    Case(
      calls(first, second), #""index":1"#, to: #""index":0"#, "choices[0].delta.tool_calls[1].index"
    ),
    Case(
      calls(first, second), calls(first, second.replacing(#""index":1,"#, with: "")),
      "choices[0].delta.tool_calls[1].index"),
    Case([start, end], #""index":0,"#, to: "", "choices[0].index"),
    Case([start, end], #""index":0"#, to: #""index":null"#, "choices[0].index"),
    // A gateway may number what its upstream has not, or not well.
    Case(
      calls(first, second).map { $0.replacing(#""index":1,"#, with: "") }, calls(first, second)),
    Case(
      calls(first, second.replacing(#""index":1"#, with: #""index":0"#)), calls(first, second)),
    Case(calls(first, second), #""index":1"#, to: #""index":1.0"#),
  ]

  /// What says nothing may be left out, but not where clients go through it, and it has a kind.
  static let nothings = [
    Case([start, end], #","finish_reason":null"#, to: ""),
    Case([start, end], #""content":"""#, to: #""content":null"#),
    Case(
      [start, end], [start, #"{"choices":[{"index":0,"finish_reason":"stop"}]}"#], "choices.delta"),
    Case([start, end], #""delta":{}"#, to: #""delta":null"#, "choices.delta"),
    Case([start, end], #""delta":{}"#, to: #""delta":[]"#, "choices.delta"),
    Case([start, usage], #""choices":[],"#, to: "", "choices"),
    Case([start, usage], #""choices":[]"#, to: #""choices":null"#, "choices"),
    Case([start, end], "null", to: #""""#, "choices[0].finish_reason"),
    Case([start, end], "null", to: #""null""#, "choices[0].finish_reason"),
    Case([chunk(#""delta":{"tool_calls":null}"#)], "null", to: "[]", "choices[0].delta.tool_calls"),
    Case([chunk(#""delta":{},"x":[]"#)], #""x":[]"#, to: #""x":{}"#, "choices[0].x"),
    Case([start, end], #""content":"""#, to: #""content":[]"#, "choices[0].delta.content"),
    // Null where the upstream says nothing at all is what many gateways write.
    Case([start, end], [start, chunk(#""delta":{},"finish_reason":"stop","logprobs":null"#)]),
    Case([start, end], [start, #"{"error":{"message":"m"}}"#, end], "error.message"),
  ]

  /// What is said once is not said twice.
  static let doubles = [
    Case(
      [end], #"{"choices""#, to: #"{"object":"x","object":"x","choices""#, "object", "object again"),
    Case([start, usage], [start, usage, usage], "usage again"),
    Case([start, usage, usage], [start, usage]),
    Case(
      [#"{"a":"x","done":false}"#, #"{"done":true}"#],
      [#"{"a":"x","done":false}"#, #"{"done":true}"#, #"{"done":true}"#], "done again"),
  ]

  @Test(arguments: indices + nothings + doubles) func differsAt(_ item: Case) {
    let differences = Self.content(item.sent).differences(from: Self.content(item.received))
    #expect(differences.map(\.path) == item.paths, "\(differences.map(\.words))")
  }
}
