// Whether a body is what its head says: an event stream has events and no head in it, JSON can be read,
// text is text, and pictures and sounds are not. What cannot be right is refused, what is doubtful noted.

internal import Judging
internal import MockQwen
internal import Wire

extension ForeignExchange {
  /// Checks the body against its type, and returns what is doubtful.
  func contentNotes(_ body: [UInt8], _ answer: Fields) throws(ImportError) -> [String] {
    guard !body.isEmpty || status < 300 else { return [] }
    let type = answer.mediaType
    let isText = isPlainText(body)
    if type == "text/event-stream" {
      return try streamNotes(body, isText: isText) + characterNotes(body, answer)
    }
    if Self.binaryTypes.contains(where: type.hasPrefix) {
      guard !looksEncoded(body) else { throw Self.encoded }
      // What is not UTF-8 was replaced when the file was written.
      guard !hasReplacements(body) || String(validating: body, as: UTF8.self) == nil else {
        throw ImportError("the body is \(type), and the file has lost its bytes that are no text")
      }
      return []
    }
    guard type.hasSuffix("json") || type.hasPrefix("text/") else { return [] }
    guard isText else { throw ImportError("the body should be \(type) and is not text") }
    let isJSON = type.hasSuffix("json") && (try? ForeignJSON.value(body)) != nil
    guard isJSON || !looksEncoded(body) else { throw Self.encoded }
    let isCut = type.hasSuffix("/json") && !isJSON && end.ending == .complete && !body.isEmpty
    return (isCut ? ["\(type), and the body is no JSON: is it whole?"] : [])
      + characterNotes(body, answer)
  }

  /// Notes about characters that the file may have changed.
  private func characterNotes(_ body: [UInt8], _ answer: Fields) -> [String] {
    var notes: [String] = []
    if hasReplacements(body) {
      notes.append("U+FFFD occurs in the body: the file may have lost bytes that were not UTF-8")
    }
    let type = answer["Content-Type"]?.lowercased() ?? ""
    if let charset = type.firstMatch(of: #/charset="?([^";, ]+)/#)?.1,
      !["utf-8", "utf8", "us-ascii"].contains(charset), body.contains(where: { $0 >= 0x80 }),
      String(validating: body, as: UTF8.self) != nil
    {
      notes.append("the body is written in UTF-8, and its content type says \(charset)")
    }
    return notes
  }

  private func streamNotes(_ body: [UInt8], isText: Bool) throws(ImportError) -> [String] {
    let lines = body.split { $0 == 0x0A || $0 == 0x0D }
    guard !lines.contains(where: CurlPaste.isStatusLine) else {
      let isFirst = body.starts(with: "HTTP/".utf8)
      throw ImportError(
        "there is a head " + (isFirst ? "where the body should begin" : "in the middle of the body")
      )
    }
    let blocks = ReferenceReader.blocks(in: body)
    if blocks.contains(where: { $0.event != nil }) { return [] }
    guard end.ending == .complete || !isText else { return [] }
    guard isText else { throw ImportError("the body is not text and has no event in it") }
    guard !looksEncoded(body) else { throw Self.encoded }
    return [noEvents]
  }

  private static let encoded = ImportError(
    "the body looks like base64 or hexadecimal, and the file does not say so")

  private static let binaryTypes = [
    "image/", "audio/", "video/", "font/", "application/octet-stream", "application/pdf",
    "application/zip",
  ]
}

/// Whether a text holds U+FFFD, which stands for bytes that were not UTF-8.
private func hasReplacements(_ text: [UInt8]) -> Bool {
  text.indices.contains { text[$0] == 0xEF && holds(text, [0xEF, 0xBF, 0xBD], at: $0) }
}

/// The note for an event stream without events.
let noEvents = "text/event-stream without an event in it: is this the body?"

/// Whether a body is in an encoding that its file should have named: one word of base64 or hexadecimal
/// digits, or a list of such words.
private func looksEncoded(_ body: [UInt8]) -> Bool {
  let text = String(decoding: body, as: UTF8.self)
  if let list = (try? ForeignJSON.value(body))?.list {
    return !list.isEmpty && list.allSatisfy { $0.string.map(isEncodedWord) ?? false }
  }
  return isEncodedWord(text)
}

private func isEncodedWord(_ text: String) -> Bool {
  guard text.utf8.count >= 16, !text.contains(" ") else { return false }
  return (try? base64Bytes(text, "")) != nil
}
