// The bytes around the first difference in two lanes: what was sent above, what the client received
// below. Characters are decoded, control characters and invalid bytes are shown as signs. The lanes are
// aligned, so missing bytes are a gap and new ones are opposite a gap. A dotted line is a cut.

internal import Judging
internal import Terminal
internal import Trials

extension Evidence {
  /// A character, or a byte that is not part of one, with its place.
  private struct Cell: Hashable {
    var text: String
    var isControl: Bool
    /// The offset of its first byte in the body.
    var offset: Int
  }

  /// The two lanes in HTML.
  var picture: String {
    let sent = Self.cells(expected, from: expectedStart)
    let got = Self.cells(received, from: receivedStart)
    var numbers: [String: Int] = [:]
    func number(_ cell: Cell) -> Int {
      if let known = numbers[cell.text] { return known }
      numbers[cell.text] = numbers.count
      return numbers.count - 1
    }
    // If an excerpt ends inside the body, the rest of the other lane is not a difference.
    let isSentCut = expectedStart + expected.count == expectedOffset + Self.margin
    let isGotCut = receivedStart + received.count == receivedOffset + Self.margin
    var pairs = alignment(sent.map(number), got.map(number))
    if isSentCut || isGotCut { Self.dropChance(&pairs) }
    var columns: [String] = []
    var (left, right) = (0, 0)
    func takeUntil(_ sentEnd: Int, _ gotEnd: Int) {
      while left < sentEnd || right < gotEnd {
        let above = left < sentEnd ? sent[left] : nil
        let below = right < gotEnd ? got[right] : nil
        columns.append(column(above, below, isSame: false))
        left += above == nil ? 0 : 1
        right += below == nil ? 0 : 1
      }
    }
    for pair in pairs {
      takeUntil(pair.expected, pair.received)
      columns.append(column(sent[left], got[right], isSame: true))
      (left, right) = (left + 1, right + 1)
    }
    takeUntil(isGotCut ? left : sent.count, isSentCut ? right : got.count)
    return "<p class=\"soft\">sent above, received below, around body byte \(expectedOffset); "
      + "a dotted line is a cut</p><div class=\"bytes\">" + columns.joined() + "</div>"
  }

  /// Drops pairs at the end that come after a gap longer than they are: an excerpt ends there, and two
  /// letters are equal by chance.
  private static func dropChance(_ pairs: inout [Pair]) {
    while let last = pairs.indices.last {
      var start = last
      func gap(before index: Int) -> Int {
        let (one, next) = (pairs[index - 1], pairs[index])
        return max(next.expected - one.expected, next.received - one.received) - 1
      }
      while start > 0, gap(before: start) == 0 { start -= 1 }
      guard start > 0, gap(before: start) > pairs.count - start else { return }
      pairs.removeSubrange(start...)
    }
  }

  private func column(_ above: Cell?, _ below: Cell?, isSame: Bool) -> String {
    func cell(_ cell: Cell?, _ kind: String) -> String {
      let names = [isSame ? "" : kind, cell?.isControl == true ? "ctl" : ""].filter { !$0.isEmpty }
      let name = isSame ? names : names.filter { $0 != "ctl" }
      let attribute = name.isEmpty ? "" : " class=\"\(name.joined(separator: " "))\""
      return "<s\(attribute)>\(markup(cell?.text ?? " "))</s>"
    }
    let isCut = above.map { cuts.contains($0.offset) } ?? false
    let title = above.map { "body byte \($0.offset)" } ?? "not sent"
    return "<span\(isCut ? " class=\"cut\"" : "") title=\"\(title)\">"
      + cell(above, above == nil ? "" : "gone") + cell(below, below == nil ? "" : "new")
      + "<s class=\"mark\">\(isSame ? "" : "^")</s></span>"
  }

  private static func cells(_ bytes: [UInt8], from start: Int) -> [Cell] {
    var cells: [Cell] = []
    var index = 0
    // An excerpt may begin inside a character.
    if start > 0 { while index < min(3, bytes.count), bytes[index] & 0xC0 == 0x80 { index += 1 } }
    while index < bytes.count {
      let byte = bytes[index]
      let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      let end = min(index + length, bytes.count)
      if byte >= 0xC0, let character = String(validating: bytes[index..<end], as: UTF8.self) {
        cells.append(Cell(text: printable(character), isControl: false, offset: start + index))
        index = end
      } else {
        cells.append(Cell(text: sign(byte), isControl: byte < 0x20, offset: start + index))
        index += 1
      }
    }
    return cells
  }

  private static func sign(_ byte: UInt8) -> String {
    switch byte {
    case 0x0A, 0x0D, 0x09: escaped(byte)
    case 0x20...0x7E: String(UnicodeScalar(byte))
    default: (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) + "·"
    }
  }
}

extension Portrait {
  /// The answer's text as it was sent and as the client shows it, marked from the first difference on;
  /// empty when there is no text.
  var textPicture: String {
    guard !sentText.isEmpty || !shownText.isEmpty else { return "" }
    let same = zip(sentText, shownText).prefix { $0 == $1 }.count
    if sentText == shownText {
      return "<h4>The answer as the client shows it</h4><div class=\"pair\"><div>"
        + "<p class=\"soft\">as it was sent</p>\(markup(sentText))</div></div>"
    }
    func text(_ text: String) -> String {
      let rest = text.dropFirst(same)
      return markup(String(text.prefix(same)))
        + (rest.isEmpty ? "" : "<mark>\(markup(String(rest)))</mark>")
    }
    return "<h4>The answer as the client shows it</h4><div class=\"pair\"><div>"
      + "<p class=\"soft\">sent</p>\(text(sentText))</div><div><p class=\"soft\">shown</p>"
      + "\(text(shownText))</div></div>"
  }
}
