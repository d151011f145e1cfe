// What joining costs: each event is looked at once, however much has come before it. A stream twice as
// long may cost twice as much, in steps that the joining counts, whatever the upstream has made of it.

import ProxyUnderTest
import Testing

@Suite struct JoiningCostTests {
  /// Streams of about `count` members, choices, calls, lines or events.
  static let shapes: [(name: String, stream: @Sendable (Int) -> String)] = [
    ("members of one object", { count in event("{\(members(0..<count)),\"choices\":[]}") }),
    (
      "a new member in each event",
      { count in (0..<count).map { event("{\"m\($0)\":1,\"choices\":[]}") }.joined() }
    ),
    (
      "members of a message",
      { count in
        (0..<count).map { choice("\"delta\":{\"m\($0)\":\"a\"}") }.joined()
      }
    ),
    (
      "choices",
      { count in
        event("{\"choices\":[\((0..<count).map { "{\"index\":\($0)}" }.joined(separator: ","))]}")
      }
    ),
    (
      "calls",
      { count in
        (0..<count).map { choice("\"delta\":{\"tool_calls\":[{\"id\":\"i\($0)\"}]}") }.joined()
      }
    ),
    (
      "pieces of a text",
      { count in
        (0..<count).map { _ in choice("\"delta\":{\"content\":\"ab\"}") }.joined()
      }
    ),
    (
      "elements of lists",
      { count in
        (0..<count).map { _ in choice("\"logprobs\":{\"content\":[{\"t\":1}]}") }.joined()
      }
    ),
    (
      "lines of one event",
      { count in
        "data: {\"choices\":[\n" + String(repeating: "data: \n", count: count) + "data: ]}\n\n"
      }
    ),
    (
      "lists that grow beside the choices",
      { count in
        (0..<count).map { event("{\"choices\":[],\"c\":[\($0)]}") }.joined()
      }
    ),
  ]

  private static func event(_ data: String) -> String { "data: \(data)\n\n" }

  private static func choice(_ members: String) -> String {
    event("{\"choices\":[{\"index\":0,\(members)}]}")
  }

  private static func members(_ numbers: Range<Int>) -> String {
    numbers.map { "\"m\($0)\":1" }.joined(separator: ",")
  }

  private func steps(_ stream: String) -> Int {
    var whole = WholeAnswer()
    whole.feed(octets(stream + "data: [DONE]\n\n"))
    guard case .whole = whole.ending else { return 0 }
    return whole.stepCount
  }

  @Test(arguments: shapes.indices) func growsWithTheStream(_ index: Int) {
    let (name, stream) = Self.shapes[index]
    let (short, long) = (stream(500), stream(4_000))
    let (few, many) = (steps(short), steps(long))
    #expect(few > 0 && many > 0, "\(name) is joined")
    // Numbers have a digit more in the longer stream, which is why bytes are compared.
    #expect(many * short.utf8.count <= few * long.utf8.count * 11 / 10, "\(name): \(few), \(many)")
  }
}
