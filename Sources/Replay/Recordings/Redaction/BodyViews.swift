// The texts in which the secrets of a body can be seen: the body as it is, every JSON string that has
// escapes, and what the strings at one place of many payloads say together. A delta is one payload of
// an event stream; what a client shows is all deltas of one choice, one after the other, and so a
// token in pieces is whole there.

internal import Judging
internal import MockQwen
internal import Terminal
internal import Wire

/// What can be seen of a body.
struct BodyViews {
  /// The texts that are searched.
  var texts: [TextView]
  /// The places of all JSON strings, between their quotation marks.
  var strings: [Range<Int>]
  /// The places of the values behind telling names.
  package var named: [SecretPlace]

  init(texts: [TextView], strings: [Range<Int>], named: [SecretPlace]) {
    self.texts = texts
    self.strings = strings
    self.named = named
  }

  init(_ body: [UInt8]) {
    var finder = ViewFinder()
    let (scratch, payloads) = eventPayloads(of: body)
    if let layout = JSONLayout.read(body, in: 0..<body.count) {
      finder.visit(layout, path: "", kind: nil, of: body)
    } else {
      for payload in payloads {
        if let layout = JSONLayout.read(scratch, in: payload) {
          finder.visit(layout, path: "", kind: nil, of: body)
        } else {
          finder.joined["text", default: TextView()].append(payload, of: body)
        }
      }
    }
    // In a fixed order, so that the same body is always redacted the same way.
    let told = finder.escaped + finder.joined.sorted { $0.key < $1.key }.map(\.value)
    texts = [TextView(body)] + told
    strings = finder.strings
    named = finder.named
    // What is told may be JSON itself: the arguments of a call.
    for view in told {
      guard let layout = JSONLayout.read(view.text, in: 0..<view.text.count) else { continue }
      var inner = ViewFinder()
      inner.visit(layout, path: "", kind: nil, of: view.text)
      for secret in inner.named {
        named += view.places(of: secret.range).map {
          SecretPlace(range: $0, kind: secret.kind, isNumber: secret.isNumber)
        }
      }
    }
  }
}

/// Finds the texts of JSON values.
private struct ViewFinder {
  package var escaped: [TextView] = []
  package var joined: [String: TextView] = [:]
  var strings: [Range<Int>] = []
  package var named: [SecretPlace] = []

  /// `kind` is what the value is by a name around it, if one tells.
  mutating func visit(_ value: JSONLayout, path: String, kind: String?, of bytes: [UInt8]) {
    switch value {
    case .object(let members):
      var path = path
      // Two choices, or two calls, may alternate: each says which it is.
      for (key, value) in members {
        guard case .word(let range) = value, bytes[key].elementsEqual("index".utf8) else {
          continue
        }
        path += "#" + String(decoding: bytes[range], as: UTF8.self)
      }
      for (key, value) in members {
        var name = TextView()
        name.append(jsonString: key, of: bytes)
        visit(
          value, path: path + "." + String(decoding: name.text, as: UTF8.self),
          kind: kind ?? secretKind(ofName: name.text), of: bytes)
      }
    case .array(let elements):
      for element in elements { visit(element, path: path + "[]", kind: kind, of: bytes) }
    case .string(let range):
      strings.append(range)
      if let kind, !isFilled(bytes[range]) { named.append(SecretPlace(range: range, kind: kind)) }
      joined[path, default: TextView()].append(jsonString: range, of: bytes)
      guard bytes[range].contains(UInt8(ascii: "\\")) else { return }
      var view = TextView()
      view.append(jsonString: range, of: bytes)
      escaped.append(view)
    case .word(let range):
      guard let kind, range.count >= 6, bytes[range].allSatisfy({ 0x30...0x39 ~= $0 }),
        !isFilled(bytes[range])
      else { return }
      named.append(SecretPlace(range: range, kind: kind, isNumber: true))
    }
  }
}

/// The payloads of an event stream, or of a body of lines: ranges of a copy of the body in which what
/// stands between the data lines of one event is blank. Places in the copy are places in the body.
private func eventPayloads(of body: [UInt8]) -> (scratch: [UInt8], payloads: [Range<Int>]) {
  var scratch = body
  var payloads: [Range<Int>] = []
  var open: Range<Int>?
  var start = 0
  while start < body.count {
    let end = body[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? body.count
    let line = start..<end
    start = min(end + 1, body.count)
    if line.isEmpty {
      // The LF of a CR LF is an empty line too, and ends nothing.
      let isPair = end > 0 && body[end] == 0x0A && body[end - 1] == 0x0D
      if !isPair, let payload = open {
        payloads.append(payload)
        open = nil
      }
    } else if body[line].starts(with: "data:".utf8) {
      // One blank behind the colon is not the value's.
      let hasBlank = line.count > 5 && body[line.lowerBound + 5] == 0x20
      let value = line.lowerBound + (hasBlank ? 6 : 5)..<line.upperBound
      if let before = open {
        for index in before.upperBound..<value.lowerBound { scratch[index] = 0x20 }
        open = before.lowerBound..<value.upperBound
      } else {
        open = value
      }
    } else if !isField(body[line]), open == nil {
      payloads.append(line)
    }
  }
  if let open { payloads.append(open) }
  return (scratch, payloads)
}

/// Whether a line is a comment or a field other than data.
private func isField(_ line: ArraySlice<UInt8>) -> Bool {
  ["event", "id", "retry", ""].contains { line.starts(with: "\($0):".utf8) }
}
