// The texts in which the secrets of a body, a target or a field can be seen: the bytes as they are, every
// JSON string with escapes, the joined strings at one place of many payloads, and the same again inside
// those: the arguments of a call are JSON in a string, a link is percent-encoded. A delta is one payload
// of an event stream; a client shows all deltas of one choice joined, so a token in pieces is whole
// there.

/// A text inside texts, with its mapping to the outermost bytes.
struct InnerText {
  /// From the outermost to the innermost; at least one.
  private var layers: [TextView]

  init(_ bytes: [UInt8]) { layers = [TextView(bytes)] }

  private init(layers: [TextView]) { self.layers = layers }

  var text: [UInt8] { layers[layers.count - 1].text }

  /// A text that was decoded from this one.
  func inside(_ view: TextView) -> InnerText {
    InnerText(layers: isOutermost ? [view] : layers + [view])
  }

  private var isOutermost: Bool { layers.count == 1 && layers[0].isWhole }

  /// The outermost bytes of a range of the text.
  func places(of range: Range<Int>) -> [(range: Range<Int>, isNumber: Bool)] {
    var places: [(range: Range<Int>, isNumber: Bool)] = [(range, false)]
    for layer in layers.reversed() {
      places = places.flatMap { place in
        layer.places(of: place.range).map { ($0.range, $0.isNumber || place.isNumber) }
      }
    }
    return places
  }
}

/// What can be read in some bytes.
struct BodyTexts {
  /// How many layers of texts inside texts are read.
  private static let depthMax = 4

  /// The texts that are searched, the bytes themselves first.
  private(set) var texts: [InnerText] = []
  /// The places of all JSON strings, between their quotation marks.
  private(set) var strings: [Range<Int>] = []
  /// The values of JSON members whose names mean a secret; each in its pieces.
  private(set) var named: [(secret: SecretPlace, pieces: [(range: Range<Int>, isNumber: Bool)])] =
    []

  init(_ bytes: [UInt8]) {
    let whole = InnerText(bytes)
    texts = [whole]
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var found = JSONTexts()
    if let layout = JSONLayout.read(bytes, in: start..<bytes.count) {
      found.take(layout, of: bytes)
    } else {
      let (scratch, payloads) = eventPayloads(of: bytes, from: start)
      var plain = TextView()
      var hasJSON = false
      for payload in payloads {
        if let layout = JSONLayout.read(scratch, in: payload.range) {
          found.take(layout, of: bytes)
          hasJSON = true
        } else if payload.isData {
          plain.append(payload.range, of: bytes)
        }
      }
      if !plain.text.isEmpty { explore(whole.inside(plain), depth: 1) }
      if !hasJSON { addPercentDecoded(whole, depth: 0) }
    }
    strings = found.strings
    add(found, inside: whole, depth: 1)
  }

  private mutating func add(_ found: JSONTexts, inside outer: InnerText, depth: Int) {
    named += found.named.map { ($0, outer.places(of: $0.range)) }
    for view in found.escaped + found.joined where !view.text.isEmpty {
      explore(outer.inside(view), depth: depth)
    }
  }

  /// Adds a text and the texts inside it.
  private mutating func explore(_ text: InnerText, depth: Int) {
    texts.append(text)
    guard depth < Self.depthMax else { return }
    let bytes = text.text
    if let layout = JSONLayout.read(bytes, in: 0..<bytes.count) {
      var found = JSONTexts()
      found.take(layout, of: bytes)
      add(found, inside: text, depth: depth + 1)
    } else if bytes.contains(UInt8(ascii: "\\")) {
      var view = TextView()
      view.append(jsonString: 0..<bytes.count, of: bytes)
      explore(text.inside(view), depth: depth + 1)
    }
    addPercentDecoded(text, depth: depth)
  }

  private mutating func addPercentDecoded(_ text: InnerText, depth: Int) {
    let bytes = text.text
    guard let mark = bytes.firstIndex(of: UInt8(ascii: "%")) else { return }
    var view = TextView()
    view.append(percentEncoded: 0..<bytes.count, of: bytes)
    guard view.text.count < bytes.count, mark < bytes.count else { return }
    explore(text.inside(view), depth: depth + 1)
  }
}

/// The payloads of an event stream (`isData`), or of a body of lines: ranges of a copy of the body in
/// which the bytes between the data lines of one event are blank. Places in the copy are places in the
/// body.
private func eventPayloads(
  of body: [UInt8], from start: Int
) -> (scratch: [UInt8], payloads: [(range: Range<Int>, isData: Bool)]) {
  var scratch = body
  var payloads: [(range: Range<Int>, isData: Bool)] = []
  var open: Range<Int>?
  var start = start
  while start < body.count {
    let end = body[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? body.count
    let line = start..<end
    start = min(end + 1, body.count)
    if line.isEmpty {
      // The LF of a CR LF looks like an empty line too, but ends no event.
      let isPair = end > 0 && body[end] == 0x0A && body[end - 1] == 0x0D
      if !isPair, let payload = open {
        payloads.append((payload, true))
        open = nil
      }
    } else if body[line].starts(with: "data:".utf8) {
      // One blank after the colon does not belong to the value.
      let hasBlank = line.count > 5 && body[line.lowerBound + 5] == 0x20
      let value = line.lowerBound + (hasBlank ? 6 : 5)..<line.upperBound
      if let before = open {
        for index in before.upperBound..<value.lowerBound { scratch[index] = 0x20 }
        open = before.lowerBound..<value.upperBound
      } else {
        open = value
      }
    } else if !isField(body[line]), open == nil {
      payloads.append((line, false))
    }
  }
  if let open { payloads.append((open, true)) }
  return (scratch, payloads)
}

/// Whether a line is a comment or a field other than data.
private func isField(_ line: ArraySlice<UInt8>) -> Bool {
  ["event", "id", "retry", ""].contains { line.starts(with: "\($0):".utf8) }
}
