// With STREAM=false a client that asks for a stream gets one JSON answer. The upstream is still
// asked for a stream: the request stays as it is, models that think only in streams can do so, and
// silence can be told from work. Its events are joined as they come, each at the cost of its own
// length, so no stream holds up the others when it ends. Until then nothing is sent to the client:
// an error in the stream, or an incomplete stream, becomes an HTTP error and never half an answer.

/// The answer that a stream's events are joined to.
package struct WholeAnswer: Hashable, Sendable {
  /// The result of the events at the end of the stream.
  package enum Ending: Hashable, Sendable {
    /// A whole answer.
    case whole([UInt8])
    /// The stream held an error.
    case error(StreamError)
    /// The stream holds no whole answer.
    case failure(ProxyError)
  }

  private var events = StreamEvents()
  private var answer = GrownObject()
  private var choices = GrownChoices()
  /// The `output` of native events (DashScope's own protocol), or nil without them.
  private var output: GrownObject?
  /// Whether an event was part of an answer, and whether one said that the stream is over.
  private var hasBegun = false
  private var isDone = false
  private var isMalformed = false
  /// The first error in the stream.
  private(set) var error: StreamError?
  /// The bytes taken, and how many steps the joining took: bytes and members looked at.
  private(set) var byteCount = 0
  package private(set) var stepCount = 0

  package init() {}

  /// Takes the next bytes of the stream.
  package mutating func feed(_ bytes: [UInt8]) {
    byteCount += bytes.count
    var complete: [StreamEvents.Event] = []
    events.feed(bytes) { complete.append($0) }
    for event in complete where !isDone && error == nil && !isMalformed { take(event) }
  }

  /// The result of the stream, which must have ended properly.
  package var ending: Ending {
    if let error { return .error(error) }
    guard !isMalformed, hasBegun else { return .failure(.notCompletion) }
    let isFinished = choices.areFinished || (choices.isEmpty && output.map(finishes) ?? false)
    guard isDone || isFinished else { return .failure(.truncated) }
    return .whole(written)
  }

  private mutating func take(_ event: StreamEvents.Event) {
    let data = event.data ?? event.bare ?? []
    let piece = JSONPiece(data)
    error = StreamError(event, data: piece, isNative: output != nil)
    guard error == nil else { return }
    guard piece == nil, data.contains(0x0A) else { return take(data, piece) }
    // Some servers leave out the blank lines between events.
    for line in data.split(separator: 0x0A) where !isDone && error == nil && !isMalformed {
      take(StreamEvents.Event(data: Array(line)))
    }
  }

  /// Takes the data of one event. Text that does not look like JSON is skipped, and so are objects
  /// that are not part of an answer.
  private mutating func take(_ data: [UInt8], _ chunk: JSONPiece?) {
    stepCount += data.count
    let text = trimmed(data[...])
    guard !text.elementsEqual("[DONE]".utf8) else {
      isDone = true
      return
    }
    guard let chunk else {
      isMalformed = text.first == UInt8(ascii: "{")
      return
    }
    let members = chunk.members
    let isPart = ["choices", "output", "usage"].contains { members[$0] != nil }
    guard isPart || members["object"]?.word?.contains("completion") == true else { return }
    hasBegun = hasBegun || members["choices"]?.isList == true
    join(members)
  }

  private mutating func join(_ members: JSONMembers) {
    for (name, value) in members.list {
      if name.elementsEqual("choices".utf8) {
        join(choices: value.elements)
      } else if name.elementsEqual("output".utf8), value.isObject {
        joinOutput(value)
      } else if !name.elementsEqual("output".utf8) {
        answer.join(value, named: name, in: .answer, steps: &stepCount)
      }
    }
  }

  private mutating func joinOutput(_ value: JSONPiece) {
    hasBegun = true
    var known = output ?? GrownObject()
    output = nil
    for (name, value) in value.members.list {
      if name.elementsEqual("choices".utf8) {
        join(choices: value.elements)
      } else if !name.elementsEqual("finish_reason".utf8) || value.word != "null" {
        // Older native answers have their only text here.
        let isText = name.elementsEqual("text".utf8)
        known.join(value, named: name, in: isText ? .choice : .answer, steps: &stepCount)
      }
    }
    output = known
  }

  private mutating func join(choices parts: [JSONPiece]) {
    for (position, part) in parts.enumerated() where part.isObject {
      choices.join(part, at: position, steps: &stepCount)
      if error == nil { error = StreamError(choice: part) }
    }
  }

  /// Whether a native output without choices has a finish reason.
  private func finishes(_ output: GrownObject) -> Bool { endsChoice(output["finish_reason"]) }

  /// The answer as JSON.
  private var written: [UInt8] {
    var bytes = [UInt8(ascii: "{")]
    var isFirst = true
    if let output { writeOutput(output, isFirst: &isFirst, into: &bytes) }
    for name in answer.names {
      guard let value = answer[name] else { continue }
      writeName(name, isFirst: &isFirst, into: &bytes)
      let start = bytes.count
      value.write(into: &bytes, named: name, GrownStyle())
      let suffix = Array(".chunk\"".utf8)
      if name.elementsEqual("object".utf8), bytes[start...].suffix(7) == suffix[...] {
        bytes.removeLast(7)
        bytes.append(UInt8(ascii: "\""))
      }
    }
    if output == nil {
      writeName(Array("choices".utf8), isFirst: &isFirst, into: &bytes)
      choices.write(into: &bytes, isNative: false)
    }
    return bytes + [UInt8(ascii: "}")]
  }

  private func writeOutput(
    _ output: GrownObject, isFirst: inout Bool, into bytes: inout [UInt8]
  ) {
    writeName(Array("output".utf8), isFirst: &isFirst, into: &bytes)
    bytes.append(UInt8(ascii: "{"))
    var isFirst = true
    let style = GrownStyle(isCumulative: output.signs.isCumulative, isNative: true)
    for name in output.names {
      writeName(name, isFirst: &isFirst, into: &bytes)
      output[name]?.write(into: &bytes, named: name, style)
    }
    if !choices.isEmpty {
      writeName(Array("choices".utf8), isFirst: &isFirst, into: &bytes)
      choices.write(into: &bytes, isNative: true)
    }
    bytes.append(UInt8(ascii: "}"))
  }
}
