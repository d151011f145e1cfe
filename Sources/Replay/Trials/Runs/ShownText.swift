// The answer's text as a client's window shows it: the pieces of all events joined, with U+FFFD for bytes
// that are not UTF-8. So a report shows "��" where the character broke, as the user saw it.

package import Judging

/// What a client shows of a body, at most `limit` characters.
package func shownText(of body: [UInt8], as form: BodyForm, limit: Int = 2_000) -> String {
  var text = ""
  for block in form.blocks(in: body) where block.isFinished {
    guard let event = block.event, let piece = answerText(event.data) else { continue }
    text += piece
    if text.count > limit { return text.prefix(limit) + "…" }
  }
  return text
}

/// The text of a block for a label: its text if it is a piece of an answer, else its data or its first
/// field.
package func shownText(of block: Block, limit: Int) -> String {
  let bytes =
    block.event?.data
    ?? block.comments.first.map { Array(": ".utf8) + $0 }
    ?? block.fields.first.map { $0.name + Array(": ".utf8) + $0.value } ?? []
  let data = String(decoding: bytes.prefix(8 * 1024), as: UTF8.self)
  let text = block.event.flatMap { answerText($0.data) } ?? ""
  let shown = (text.isEmpty ? data : text).map { $0.isNewline ? " " : $0 }
  return String(shown.prefix(limit)) + (shown.count > limit ? "…" : "")
}

/// The piece of the answer in the data of an event of any dialect; nil when there is none.
private func answerText(_ data: [UInt8]) -> String? {
  guard let value = JSONTree(String(decoding: data, as: UTF8.self).utf8) else { return nil }
  var pieces: [String] = []
  for choices in [value["choices"], value["output"]?["choices"]] {
    guard case .list(let list)? = choices else { continue }
    for choice in list {
      let message = choice["delta"] ?? choice["message"]
      for name in ["reasoning_content", "content"] {
        if let piece = message?[name]?.string { pieces.append(piece) }
      }
      if let piece = choice["text"]?.string { pieces.append(piece) }
    }
  }
  for piece in [value["output"]?["text"], value["delta"], value["text"], value["content"]] {
    if let text = piece?.string { pieces.append(text) }
  }
  return pieces.isEmpty ? nil : pieces.joined()
}
