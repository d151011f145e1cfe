// What a body is made of, by its content type: events, lines of JSON, or bytes that only make sense as a
// whole. The pieces of the first two must come one by one, and none may be lost.

internal import MockQwen
package import Wire

/// What a body is made of.
package enum BodyForm: Hashable, Sendable {
  /// An event stream (WHATWG HTML section 9.2).
  case events
  /// JSON lines: each line is a value of its own (https://github.com/ndjson/ndjson-spec).
  case lines
  /// Anything else.
  case plain

  /// The form of a body after a head with these fields; a coded body is plain.
  package init(_ fields: Fields) {
    let codings = fields.members("Content-Encoding").filter { $0.lowercased() != "identity" }
    guard codings.isEmpty else {
      self = .plain
      return
    }
    switch fields.mediaType {
    case "text/event-stream": self = .events
    case let type where Session.jsonLinesTypes.contains(type): self = .lines
    default: self = .plain
    }
  }

  /// The blocks of a body in this form; a plain body has none. Each JSON line is an event, and the bytes
  /// after the last line end are unfinished.
  package func blocks(in body: [UInt8]) -> [Block] {
    switch self {
    case .events: ReferenceReader.blocks(in: body)
    case .lines: Self.lines(in: body)
    case .plain: []
    }
  }

  /// A body as one block with the body as its data.
  package static func single(_ body: [UInt8]) -> Block {
    Block(
      range: 0..<body.count, event: Event(data: body), comments: [], retry: nil, fields: [],
      isFinished: true)
  }

  private static func lines(in body: [UInt8]) -> [Block] {
    var blocks: [Block] = []
    var start = 0
    while start < body.count {
      let end = body[start...].firstIndex(of: 0x0A) ?? body.count
      let isFinished = end < body.count
      var text = body[start..<end]
      if text.last == 0x0D { text = text.dropLast() }
      let isBlank = text.allSatisfy { $0 == 0x20 || $0 == 0x09 }
      let next = isFinished ? end + 1 : end
      blocks.append(
        Block(
          range: start..<next, event: isBlank ? nil : Event(data: Array(text)), comments: [],
          retry: nil, fields: isBlank ? [] : [Line(Array("data".utf8), Array(text))],
          isFinished: isFinished))
      start = next
    }
    return blocks
  }
}
