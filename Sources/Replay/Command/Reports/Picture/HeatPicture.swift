// Where cuts do harm: the response's text, with a byte darker the more failed plans have a cut before it;
// above it a bar of the whole body.

internal import Terminal
internal import Trials

extension CutHeat {
  /// How many bytes of text are shown.
  private static let shownMax = 3_000
  private static let barCount = 120

  /// The map in HTML; `body` is what was sent.
  func picture(_ body: [UInt8]) -> String {
    let top = max
    guard top > 0, counts.count == body.count + 1 else {
      guard headCount > 0 else { return "" }
      return "<p>no cut in the body did harm; \(PageParts.count(headCount, "failed plan")) "
        + "with a cut in the head</p>"
    }
    let hottest = counts.firstIndex { Int($0) == top } ?? 0
    return "<p class=\"soft\">for each byte, in how many failed plans there is a cut in front of "
      + "it; most: \(PageParts.grouped(top)), at body byte \(hottest)</p>"
      + bar(top) + "<div class=\"heat\">" + text(body, around: hottest, top) + "</div>"
  }

  private func bar(_ top: Int) -> String {
    let count = Swift.min(Self.barCount, counts.count)
    let cells = (0..<count).map { index in
      let range = index * counts.count / count..<(index + 1) * counts.count / count
      return "<span class=\"h\(level(Int(counts[range].max() ?? 0), top))\"></span>"
    }
    return "<div class=\"bar\" aria-hidden=\"true\">" + cells.joined() + "</div>"
  }

  /// From 0, as cold as the coldest byte (some plans cut at every byte), to 4.
  private func level(_ count: Int, _ top: Int) -> Int {
    let coldest = Int(counts.dropFirst().dropLast().min() ?? 0)
    let share = count - coldest
    return share <= 0 ? 0 : Swift.min(4, 1 + (share - 1) * 4 / Swift.max(top - coldest, 1))
  }

  private func text(_ body: [UInt8], around place: Int, _ top: Int) -> String {
    var start = 0
    if body.count > Self.shownMax {
      start = Swift.max(0, Swift.min(place - Self.shownMax / 2, body.count - Self.shownMax))
    }
    let end = Swift.min(body.count, start + Self.shownMax)
    var html = start > 0 ? "…" : ""
    var (run, runCount) = ("", UInt32.max)
    func close() {
      guard !run.isEmpty else { return }
      let level = level(Int(runCount), top)
      html +=
        level == 0
        ? markup(run) : "<span class=\"h\(level)\" title=\"\(runCount)\">\(markup(run))</span>"
      run = ""
    }
    var index = start
    while index < end {
      let byte = body[index]
      let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      let character =
        byte < 0xC0
        ? nil : String(validating: body[index..<Swift.min(index + length, end)], as: UTF8.self)
      let next = character == nil ? index + 1 : index + length
      // A character is as hot as the hottest of its bytes.
      let count = counts[index..<next].max() ?? 0
      if count != runCount {
        close()
        runCount = count
      }
      run += character ?? (byte == 0x0A ? "\n" : escaped(byte))
      index = next
    }
    close()
    return html + (end < body.count ? "…" : "")
  }
}
