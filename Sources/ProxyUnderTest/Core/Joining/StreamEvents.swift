// The events of a stream as they come (WHATWG HTML section 9.2.6), for the joining of answers.
// Besides data the reader keeps the places where vendors put their errors: the event's name,
// DashScope's status (a comment `:HTTP_STATUS/429`, or a field `status`), llama.cpp's field
// `error`, and bare JSON.

internal import Wire

/// Reads events out of the bytes of a stream, however those are cut.
struct StreamEvents: Hashable, Sendable {
  /// One event, or a block that is used like one.
  struct Event: Hashable, Sendable {
    /// The text of all `data` lines, or nil without one.
    var data: [UInt8]?
    /// The text of an `error` line.
    var error: [UInt8]?
    /// The lines of a block that begins with a brace, as if they were data.
    var bare: [UInt8]?
    /// Whether its name is `error`.
    var isError = false
    /// The status in it.
    var status: Int?
  }

  private var line: [UInt8] = []
  private var event = Event()
  private var isFirstLine = true
  private var isBehindCarriageReturn = false

  /// Takes the next bytes; calls `each` for every event that they complete.
  mutating func feed(_ bytes: [UInt8], each: (Event) -> Void) {
    for byte in bytes {
      let endsPair = isBehindCarriageReturn && byte == 0x0A
      isBehindCarriageReturn = byte == 0x0D
      if endsPair { continue }
      guard byte == 0x0A || byte == 0x0D else {
        line.append(byte)
        continue
      }
      takeLine(each)
      line.removeAll(keepingCapacity: true)
    }
  }

  private mutating func takeLine(_ each: (Event) -> Void) {
    var line = line[...]
    if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
    isFirstLine = false
    guard !line.isEmpty else {
      if event != Event() { each(event) }
      event = Event()
      return
    }
    if !line.starts(with: "data:".utf8),
      event.bare != nil || (line.first == UInt8(ascii: "{") && event.data == nil)
    {
      append(line, to: &event.bare)
      return
    }
    let name = line.prefix { $0 != UInt8(ascii: ":") }
    var value = line[name.endIndex...].dropFirst()
    if name.isEmpty, value.starts(with: "HTTP_STATUS/".utf8) {
      event.status = status(value.dropFirst(12))
      return
    }
    if value.first == 0x20 { value = value.dropFirst() }
    switch String(decoding: name.prefix(8), as: UTF8.self) {
    case "data": append(value, to: &event.data)
    case "error": append(value, to: &event.error)
    case "event": event.isError = isWord(value, "error")
    case "status": event.status = status(value)
    default: break
    }
  }

  /// Appends a line in place, after a line feed if there is a line already.
  private func append(_ line: ArraySlice<UInt8>, to text: inout [UInt8]?) {
    if text == nil { text = [] } else { text?.append(0x0A) }
    text?.append(contentsOf: line)
  }

  private func status(_ digits: ArraySlice<UInt8>) -> Int? {
    let digits = trimmed(digits)
    return digits.count == 3 ? wireNumber(digits) : nil
  }
}

/// Whether a text is this word, ignoring blanks around it and case.
func isWord(_ text: ArraySlice<UInt8>, _ word: String) -> Bool {
  trimmed(text).elementsEqual(word.utf8) { $0 | 0x20 == $1 | 0x20 }
}

/// A text without the blanks around it.
func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
  let rest = text.drop(while: isBlank)
  return rest.prefix((rest.lastIndex { !isBlank($0) }).map { $0 - rest.startIndex + 1 } ?? 0)
}
