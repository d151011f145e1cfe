// A run as a strip: a box for each block, as wide as its bytes, ticks below where the upstream's writes
// were cut, a bar where the fault happened, and bytes and time below.

internal import Terminal
internal import Trials

extension Strip {
  /// The strip in HTML. A small one has no words and no axis.
  func picture(isSmall: Bool = false) -> String {
    let all = max(byteCount, 1)
    var marks: [String] = []
    var last = 0
    for box in boxes {
      let range = box.range ?? last..<last
      let width =
        box.range == nil ? "1.2rem" : PageParts.percent(max(range.count, 1), of: all)
      let sign = box.state == .arrived ? "" : box.state.sign
      marks.append(
        "<i class=\"\(box.state.rawValue)\" style=\"left:\(PageParts.percent(range.lowerBound, of: all))"
          + ";width:\(width)\" title=\"\(markup(title(box)))\">\(sign)</i>")
      last = range.upperBound
    }
    for cut in cuts.prefix(isSmall ? 60 : 400) {
      marks.append("<b style=\"left:\(PageParts.percent(cut, of: all))\"></b>")
    }
    if let fault, let faultOffset {
      marks.append(
        "<b class=\"fault\" style=\"left:\(PageParts.percent(min(faultOffset, all), of: all))\" "
          + "title=\"\(markup(fault)) behind body byte \(faultOffset)\"></b>")
    }
    let kind = isSmall ? "strip small" : "strip"
    let strip =
      "<div class=\"\(kind)\" role=\"img\" aria-label=\"\(markup(words))\">"
      + marks.joined() + "</div>"
    return isSmall ? strip : strip + axis
  }

  /// Bytes and times below the strip.
  private var axis: String {
    let times = boxes.compactMap(\.time)
    let end = times.last.map { $0 > 0 ? ", recorded at \(PageParts.grouped($0)) ms" : "" } ?? ""
    let middle = cutCount == 0 ? "not cut" : PageParts.count(cutCount, "cut")
    let broken = fault.map { ", \($0) at body byte \(faultOffset ?? 0)" } ?? ""
    return "<div class=\"axis\"><span>byte 0</span><span>\(middle)\(markup(broken))</span>"
      + "<span>byte \(PageParts.grouped(byteCount))\(end)</span></div>"
  }

  /// The strip in words: `8 arrived, 1 lost`.
  var words: String {
    let counts = State.allCases.compactMap { state -> String? in
      let count = boxes.filter { $0.state == state }.reduce(0) { $0 + $1.count }
      return count == 0 ? nil : "\(count) \(state.rawValue)"
    }
    return counts.isEmpty ? "no blocks" : counts.joined(separator: ", ")
  }

  /// The strip as a line of text, for reports without pictures: `■■✗■`.
  var line: String {
    let signs = boxes.map { box in
      box.state == .arrived ? "■" : box.state.sign
    }
    return signs.prefix(100).joined() + (signs.count > 100 ? "…" : "")
  }

  private func title(_ box: Box) -> String {
    let place = box.range.map { "bytes \($0.lowerBound) to \($0.upperBound)" } ?? "it was not sent"
    let time = box.time.map { $0 > 0 ? ", \($0) ms" : "" } ?? ""
    return "\(box.state.rawValue): \(box.label) (\(place)\(time))"
  }

  /// The meaning of the boxes.
  static var legend: String {
    let meanings = State.allCases.map { state in
      "<span><span class=\"\(state.rawValue)\">\(state == .arrived ? "■" : state.sign)</span>"
        + "\(state.meaning)</span>"
    }
    return "<p class=\"legend\">" + meanings.joined()
      + "<span>│ below: a cut</span><span>bar: the fault</span></p>"
  }
}

extension Strip.State {
  /// A sign, so that colour is never the only mark.
  var sign: String {
    switch self {
    case .arrived: "■"
    case .changed: "≠"
    case .lost: "✗"
    case .late: "◷"
    case .added: "+"
    case .unsent: "…"
    }
  }

  fileprivate var meaning: String {
    switch self {
    case .arrived: "arrived"
    case .changed: "changed, joined, split or moved"
    case .lost: "lost"
    case .late: "late"
    case .added: "added or repeated"
    case .unsent: "never sent"
    }
  }
}
