// The judge's own reader of event streams: whole buffer in, result out, written line by line from the
// WHATWG HTML standard, section 9.2.6 "Interpreting an event stream" (called "the standard" below,
// https://html.spec.whatwg.org/multipage/server-sent-events.html). It shares no code with any incremental
// scanner, so it can tell when one is wrong. First the stream is cut into lines, then every line is
// processed with the three buffers that the standard names, and each blank line closes a block. The
// standard decodes UTF-8 first; because every byte with a meaning is ASCII, reading bytes finds the same
// lines and fields, and keeps invalid bytes visible.

internal import Wire

/// Reads event streams by the standard (WHATWG HTML section 9.2.6).
package struct ReferenceReader: Hashable, Sendable {
  // "When a stream is parsed, a data buffer, an event type buffer, and a last event ID buffer must
  // be associated with it. They must be initialized to the empty string."
  private var dataBuffer: [UInt8] = []
  private var eventTypeBuffer: [UInt8] = []
  private var lastEventIDBuffer: [UInt8] = []
  // Kept because a proxy must pass it on, although the standard ignores it: the other content of the open
  // block.
  private var comments: [[UInt8]] = []
  private var retry: Int?
  private var fields: [Line] = []

  /// All blocks of `stream` in order; their ranges lie end to end from 0 to `stream.count`. An
  /// empty stream has no block. Any bytes are accepted.
  package static func blocks(in stream: [UInt8]) -> [Block] { read(stream).blocks }

  /// What a browser dispatches: the events of the finished blocks. "If the file ends in the middle
  /// of an event, before the final empty line, the incomplete event is not dispatched."
  package static func events(in stream: [UInt8]) -> [Event] {
    blocks(in: stream).compactMap { $0.isFinished ? $0.event : nil }
  }

  /// The last event ID string that a browser holds after `stream`, and sends as `Last-Event-ID`
  /// when it reconnects; empty when none was set. An unfinished block does not count.
  package static func lastEventID(in stream: [UInt8]) -> [UInt8] { read(stream).lastEventID }

  private static func read(_ stream: [UInt8]) -> (blocks: [Block], lastEventID: [UInt8]) {
    var reader = ReferenceReader()
    var blocks: [Block] = []
    var lastEventID: [UInt8] = []
    var blockStart = 0
    var lineStart = startOfText(in: stream)
    while lineStart < stream.count {
      let line = line(of: stream, at: lineStart)
      lineStart = line.next
      // "If the line is empty (a blank line): Dispatch the event, as defined below."
      if line.text.isEmpty {
        blocks.append(reader.block(blockStart..<line.next, isFinished: true))
        // Dispatch step 1: "Set the last event ID string of the event source to the value of the
        // last event ID buffer."
        lastEventID = reader.lastEventIDBuffer
        blockStart = line.next
      } else {
        reader.process(stream[line.text])
      }
    }
    // "Once the end of the file is reached, any pending data must be discarded": by the browser. The
    // judge keeps it, marked as unfinished.
    if blockStart < stream.count {
      blocks.append(reader.block(blockStart..<stream.count, isFinished: false))
    }
    return (blocks, lastEventID)
  }

  /// "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
  static func startOfText(in stream: [UInt8]) -> Int {
    stream.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The line that starts at `start`, and where the next one starts: "with a U+000D CARRIAGE RETURN
  /// U+000A LINE FEED (CRLF) character pair, a single U+000A LINE FEED (LF) character not preceded
  /// by a U+000D CARRIAGE RETURN (CR) character, and a single U+000D CARRIAGE RETURN (CR) character
  /// not followed by a U+000A LINE FEED (LF) character being the ways in which a line can end."
  private static func line(
    of stream: [UInt8], at start: Int
  ) -> (text: Range<Int>, next: Int) {
    var end = start
    while end < stream.count, stream[end] != lineFeed, stream[end] != carriageReturn { end += 1 }
    guard end < stream.count else { return (start..<end, end) }
    let isPair =
      stream[end] == carriageReturn && end + 1 < stream.count && stream[end + 1] == lineFeed
    return (start..<end, end + (isPair ? 2 : 1))
  }

  /// Processes a line that is not empty ("Lines must be processed, in the order they are received,
  /// as follows").
  private mutating func process(_ line: ArraySlice<UInt8>) {
    guard let colonIndex = line.firstIndex(of: colon) else {
      // "Otherwise, the string is not empty but does not contain a U+003A COLON character (:):
      // Process the field [...] using the whole line as the field name, and the empty string as
      // the field value."
      return process(Line(Array(line), []))
    }
    // "If the line starts with a U+003A COLON character (:): Ignore the line." A proxy must still pass it
    // on, so it is kept.
    if colonIndex == line.startIndex {
      comments.append(Array(line.dropFirst()))
      return
    }
    // "Collect the characters on the line before the first U+003A COLON character (:), and let
    // field be that string. Collect the characters on the line after the first U+003A COLON
    // character (:), and let value be that string. If value starts with a U+0020 SPACE character,
    // remove it from value."
    let name = Array(line[..<colonIndex])
    let value = line[(colonIndex + 1)...]
    process(Line(name, Array(value.first == space ? value.dropFirst() : value)))
  }

  /// "The steps to process the field given a field name and a field value." "Field names must be
  /// compared literally, with no case folding performed."
  private mutating func process(_ field: Line) {
    fields.append(field)
    if field.name == nameOfEvent {
      // "Set the event type buffer to the field value."
      eventTypeBuffer = field.value
    } else if field.name == nameOfData {
      // "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF)
      // character to the data buffer."
      dataBuffer += field.value
      dataBuffer.append(lineFeed)
    } else if field.name == nameOfID {
      // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the
      // field value. Otherwise, ignore the field."
      if !field.value.contains(0) { lastEventIDBuffer = field.value }
    } else if field.name == nameOfRetry {
      // "If the field value consists of only ASCII digits, then interpret the field value as an
      // integer in base ten, and set the event stream's reconnection time to that integer.
      // Otherwise, ignore the field."
      if let milliseconds = integer(field.value) { retry = milliseconds }
    }
    // "Otherwise: The field is ignored."
  }

  /// Closes the open block, with its event from the steps to "dispatch the event".
  private mutating func block(_ range: Range<Int>, isFinished: Bool) -> Block {
    var event: Event?
    // Step 2: "If the data buffer is an empty string, set the data buffer and the event type
    // buffer to the empty string and return."
    if !dataBuffer.isEmpty {
      // Step 3: "If the data buffer's last character is a U+000A LINE FEED (LF) character, then
      // remove the last character from the data buffer."
      if dataBuffer.last == lineFeed { dataBuffer.removeLast() }
      // Steps 4 and 5: type "message", the data buffer, and the last event ID string. Step 1 said
      // of the ID: "The buffer does not get reset".
      event = Event(data: dataBuffer, id: lastEventIDBuffer)
      // Step 6: "If the event type buffer has a value other than the empty string, change the type
      // of the newly created event to equal the value of the event type buffer."
      if !eventTypeBuffer.isEmpty { event?.type = eventTypeBuffer }
    }
    defer {
      // Step 7: "Set the data buffer and the event type buffer to the empty string."
      (dataBuffer, eventTypeBuffer) = ([], [])
      (comments, retry, fields) = ([], nil, [])
    }
    return Block(
      range: range, event: event, comments: comments, retry: retry, fields: fields,
      isFinished: isFinished)
  }
}

private let lineFeed: UInt8 = 0x0A
private let carriageReturn: UInt8 = 0x0D
private let space: UInt8 = 0x20
private let colon: UInt8 = 0x3A
private let nameOfEvent = Array("event".utf8)
private let nameOfData = Array("data".utf8)
private let nameOfID = Array("id".utf8)
private let nameOfRetry = Array("retry".utf8)

/// ASCII digits as an integer in base ten, `Int.max` when it is larger; nil for any other text, and for
/// an empty one.
private func integer(_ digits: [UInt8]) -> Int? {
  guard !digits.isEmpty else { return nil }
  var value = 0
  for digit in digits {
    guard case UInt8(ascii: "0")...UInt8(ascii: "9") = digit else { return nil }
    let (tens, tensOverflow) = value.multipliedReportingOverflow(by: 10)
    let (sum, sumOverflow) = tens.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
    value = tensOverflow || sumOverflow ? Int.max : sum
  }
  return value
}
