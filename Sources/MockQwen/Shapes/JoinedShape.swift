// Streams as many kinds of servers send them, and the answer in one piece that a client without streaming
// must get from each. They are written by hand, from the documentation of the servers and from their
// wires, so that the expectation does not come from the program under test.

internal import Wire

/// A stream, and the answer that it is joined to.
package struct JoinedShape: Hashable, Sendable, CustomStringConvertible {
  /// Unique in `all`.
  package var name: String
  package var stream: String
  /// The status of the answer.
  package var status: Int
  /// The whole body as JSON; for a failure of the proxy itself, its code.
  package var answer: String

  /// Whether the proxy must not take it for a completion.
  package var isRefused: Bool { answer == "upstream_not_a_completion" }

  /// The name; a whole stream would flood a report.
  package var description: String { name }

  init(_ name: String, _ stream: String, _ status: Int = 200, _ answer: String) {
    self.name = name
    self.stream = stream
    self.status = status
    self.answer = answer
  }

  /// A stream of chunks, each in an event, with `[DONE]` at its end.
  init(_ name: String, chunks: [String], _ answer: String) {
    let events = (chunks + ["[DONE]"]).map { "data: \($0)\n\n" }
    self.init(name, events.joined(), 200, answer)
  }

  /// A stream of one choice from its deltas, ended with `stop`; the answer is its message.
  init(deltas: [String], message: String, _ name: String) {
    self.init(
      name,
      chunks: deltas.map { #"{"id":"c","choices":[{"index":0,"delta":\#($0)}]}"# } + [
        #"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
      ],
      #"{"id":"c","choices":[{"index":0,"message":\#(message),"finish_reason":"stop"}]}"#)
  }

  /// All of them.
  package static let all: [JoinedShape] = written + withOtherLineEnds(written)

  private static let written =
    servers + deltas + choices + natives + events + errors + fragments + members + besides + parts
    + repeats + syntax + calls + errorWords + errorEvents

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.session.name, $0) })

  /// The shape that a session was made from, byte for byte; nil for all others.
  package static func of(_ session: Session) -> JoinedShape? {
    guard let shape = byName[session.name], session.body.elementsEqual(shape.stream.utf8) else {
      return nil
    }
    return shape
  }

  /// The stream as a session, with a request that asks for a stream.
  package var session: Session {
    let body = Array(stream.utf8)
    return Session(
      name: "joined-\(name.replacing(" ", with: "-").replacing(":", with: ""))",
      request: .plainStream, response: .plainStream, framing: .chunked, body: body,
      fragments: [Session.Fragment(end: body.count, milliseconds: 0)], ending: .complete)
  }
}
