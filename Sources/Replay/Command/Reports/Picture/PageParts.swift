// Small pieces of HTML that several pictures share.

internal import Terminal
internal import Trials

/// Pieces of a page.
enum PageParts {
  /// A command with a button that copies it.
  static func command(_ line: String) -> String {
    "<div class=\"again\"><pre>\(markup(line))</pre>"
      + "<button type=\"button\" data-copy=\"\(markup(line))\">Copy</button></div>"
  }

  /// HTML behind a fold.
  static func fold(_ title: String, _ html: String, isOpen: Bool = false, kind: String = "")
    -> String
  {
    "<details\(kind.isEmpty ? "" : " class=\"\(kind)\"")\(isOpen ? " open" : "")>"
      + "<summary>\(markup(title))</summary>\n\(html)\n</details>"
  }

  /// A part of the whole, in CSS syntax: `12.34%`.
  static func percent(_ part: Int, of whole: Int) -> String {
    let hundredths = Int((Double(part) * 10_000 / Double(max(whole, 1))).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
  }

  /// `1 plan`, `2 plans`.
  static func count(_ number: Int, _ noun: String) -> String {
    "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// A number for a person: `113,688`.
  static func grouped(_ number: Int) -> String {
    let digits = Array(String(abs(number)))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (number < 0 ? "-" : "") + text
  }

  /// A line through values, the first at the left; empty for fewer than two.
  static func sparkline(_ values: [Int], label: String) -> String {
    guard values.count > 1, let top = values.max() else { return "" }
    let count = min(values.count, 60)
    let points = (0..<count).map { index in
      let value = values[index * (values.count - 1) / (count - 1)]
      return "\(index * 100 / (count - 1)),\(22 - value * 20 / max(top, 1))"
    }
    return "<svg viewBox=\"0 0 100 24\" width=\"100\" height=\"24\" role=\"img\" "
      + "aria-label=\"\(markup(label))\"><title>\(markup(label))</title><polyline fill=\"none\" "
      + "stroke=\"currentColor\" points=\"\(points.joined(separator: " "))\"/></svg>"
  }
}
