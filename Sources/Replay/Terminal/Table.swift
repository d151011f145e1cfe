// A table, written once for all readers: a person at a terminal, a comment on a pull request, a page in a
// browser. Names are aligned to the left, numbers to the right.

/// A table of short texts.
package struct Table: Hashable, Sendable {
  /// The meaning of a cell; a terminal and a page show it as a colour.
  package enum Tone: String, Hashable, Sendable {
    case plain, good, bad, warning
  }

  package struct Cell: Hashable, Sendable, ExpressibleByStringInterpolation {
    package var text: String
    package var tone = Tone.plain

    package init(_ text: String, _ tone: Tone = .plain) {
      self.text = text
      self.tone = tone
    }

    package init(stringLiteral text: String) { self.init(text) }
  }

  package var header: [String]
  /// Each as long as the header.
  package var rows: [[Cell]] = []
  /// The columns whose cells are aligned to the left.
  package var leftColumns: Set<Int> = [0]

  package init(header: [String], rows: [[Cell]] = [], leftColumns: Set<Int> = [0]) {
    self.header = header
    self.rows = rows
    self.leftColumns = leftColumns
  }

  /// The table as lines for a terminal.
  package func text(_ console: Console) -> String {
    let widths = header.indices.map { column in
      ([header[column].count] + rows.map { $0[column].text.count }).max() ?? 0
    }
    func line(_ cells: [Cell]) -> String {
      let padded = cells.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.text.count)
        let text = cell.tone.colour.map { console.paint(cell.text, $0) } ?? cell.text
        let isLast = column == cells.count - 1
        return leftColumns.contains(column) ? text + (isLast ? "" : blanks) : blanks + text
      }
      return padded.joined(separator: "  ")
    }
    let head = console.paint(line(header.map { Cell($0) }), .bold)
    return ([head] + rows.map(line)).joined(separator: "\n")
  }

  /// The table in Markdown.
  package var markdown: String {
    func line(_ cells: [String]) -> String {
      "| " + cells.map(Self.markdownText).joined(separator: " | ") + " |"
    }
    let rule = header.indices.map { leftColumns.contains($0) ? "---" : "--:" }
    return
      ([line(header), "|" + rule.joined(separator: "|") + "|"]
      + rows.map { line($0.map(\.text)) }).joined(separator: "\n")
  }

  /// A text that Markdown shows literally, also inside a table's cell.
  package static func markdownText(_ text: String) -> String {
    var safe = ""
    for character in text {
      switch character {
      case "|", "\\", "`", "*", "_", "[", "]": safe += "\\\(character)"
      case "<": safe += "&lt;"
      case "&": safe += "&amp;"
      case "\n": safe += " "
      default: safe.append(character)
      }
    }
    return safe
  }

  /// The table in HTML.
  package var html: String {
    func row(_ cells: [Cell], _ tag: String) -> String {
      let cells = cells.enumerated().map { column, cell in
        let side = leftColumns.contains(column) ? "" : " number"
        return "<\(tag) class=\"\(cell.tone.rawValue)\(side)\">\(markup(cell.text))</\(tag)>"
      }
      return "<tr>" + cells.joined() + "</tr>"
    }
    return "<table>\n<thead>" + row(header.map { Cell($0) }, "th") + "</thead>\n<tbody>\n"
      + rows.map { row($0, "td") }.joined(separator: "\n") + "\n</tbody>\n</table>"
  }
}

extension Table.Tone {
  fileprivate var colour: Console.Colour? {
    switch self {
    case .plain: nil
    case .good: .green
    case .bad: .red
    case .warning: .yellow
    }
  }
}

/// `text` for an element or attribute of XML or HTML; characters that XML does not allow are left out
/// (XML 1.0 section 2.2).
package func markup(_ text: String) -> String {
  var escaped = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": escaped += "&amp;"
    case "<": escaped += "&lt;"
    case ">": escaped += "&gt;"
    case "\"": escaped += "&quot;"
    case "\n", "\t": escaped.unicodeScalars.append(scalar)
    default:
      guard scalar.value >= 0x20, scalar.value != 0xFFFE, scalar.value != 0xFFFF else { continue }
      escaped.unicodeScalars.append(scalar)
    }
  }
  return escaped
}
