// One run step by step: what the upstream wrote, what the proxy held back, what the client had. On the
// simulated stage by its clock, whenever no byte moves; for a target by the real clock.

internal import Stages
internal import Terminal
internal import Trials

extension Portrait {
  /// How many steps are shown.
  private static let rowsMax = 40

  /// The steps in HTML, around the one in which body byte `place` was sent; empty without steps.
  func waterfall(around place: Int?) -> String {
    let steps = moments.enumerated().filter { index, step in
      index == 0 || moments[index - 1] != step
    }.map(\.element)
    guard let last = steps.last, steps.count > 1 else { return "" }
    let all = max(steps.map(\.sent).max() ?? 0, last.received, 1)
    let middle = place.flatMap { place in steps.firstIndex { $0.sent > place } } ?? 0
    let start = max(0, min(middle - Self.rowsMax / 2, steps.count - Self.rowsMax))
    var rows: [String] = []
    for index in start..<min(steps.count, start + Self.rowsMax) {
      let before = index == 0 ? .start : steps[index - 1]
      rows.append(Self.row(steps[index], before, all))
    }
    let left = steps.count - rows.count
    return "<table class=\"fall\"><thead><tr><th>time</th><th class=\"lane\">upstream writes</th>"
      + "<th class=\"number\">held</th><th class=\"lane\">client gets</th></tr></thead><tbody>"
      + rows.joined() + "</tbody></table>"
      + (left > 0 ? "<p class=\"soft\">\(PageParts.count(left, "more step"))</p>" : "")
  }

  /// Microseconds as milliseconds, with a decimal if there is one.
  private static func time(_ microseconds: Int) -> String {
    let tenths = (microseconds + 50) / 100
    return tenths % 10 == 0 ? "\(tenths / 10) ms" : "\(tenths / 10).\(tenths % 10) ms"
  }

  private static func row(_ step: Moment, _ before: Moment, _ all: Int) -> String {
    func lane(_ from: Int, _ to: Int, _ kind: String) -> String {
      let bar =
        to > from
        ? "<i class=\"\(kind)\" style=\"left:\(PageParts.percent(from, of: all));width:"
          + "\(PageParts.percent(to - from, of: all))\" title=\"body bytes \(from) to \(to)\"></i>"
        : ""
      return "<td class=\"lane\">\(bar)</td>"
    }
    // A proxy that adds bytes has sent more than it received.
    let held = max(step.sent - step.received, 0)
    return "<tr><td>\(time(step.time))</td>\(lane(before.sent, step.sent, "up"))"
      + "<td class=\"number\(held > 0 ? " held" : "")\">\(held == 0 ? "" : String(held))</td>"
      + "\(lane(before.received, step.received, "down"))</tr>"
  }
}
