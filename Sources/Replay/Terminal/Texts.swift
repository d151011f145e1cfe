// Texts for a terminal that a person can read, copy and paste, without control sequences.

/// A byte as a reader of source code would write it; bytes beyond ASCII in hex.
package func escaped(_ byte: UInt8) -> String {
  switch byte {
  case 0x0A: "\\n"
  case 0x0D: "\\r"
  case 0x09: "\\t"
  case 0x5C: "\\\\"
  case 0x20...0x7E: String(UnicodeScalar(byte))
  default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
  }
}

/// `text` without characters that a terminal would act on.
package func printable(_ text: some StringProtocol) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { 0x20..<0x7F ~= $0.value || 0xA0... ~= $0.value ? $0 : "?" }))
}

/// `1 recording`, `2 recordings`.
package func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}

/// `path` quoted for a shell, if necessary.
package func quoted(_ path: String) -> String {
  let isPlain = path.utf8.allSatisfy {
    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
      || "/._-+,@%".utf8.contains($0)
  }
  return isPlain && !path.isEmpty ? path : "'" + path.replacing("'", with: "'\\''") + "'"
}

/// A help text with its long lines broken at blanks. A continuation begins where the text of its line
/// begins: after the name of an option or of a plan's word, if it has one.
package func wrapped(_ help: String, columns: Int = 100) -> String {
  help.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    line.count <= columns ? String(line) : wrapped(line, columns)
  }.joined(separator: "\n")
}

private func wrapped(_ line: Substring, _ columns: Int) -> String {
  var text = line.drop { $0 == " " }
  var indent = line.count - text.count
  let name = text.prefix { $0 != " " }
  let gap = text.dropFirst(name.count).prefix { $0 == " " }.count
  var lines = [String(repeating: " ", count: indent)]
  if gap > 1 || name.last == "=" {
    lines[0] += name + String(repeating: " ", count: gap)
    indent += name.count + gap
    text = text.dropFirst(name.count + gap)
  }
  for word in text.split(separator: " ") {
    let isFirst = lines[lines.count - 1].count <= indent
    if !isFirst, lines[lines.count - 1].count + 1 + word.count > columns {
      lines.append(String(repeating: " ", count: indent) + word)
    } else {
      lines[lines.count - 1] += (isFirst ? "" : " ") + word
    }
  }
  return lines.joined(separator: "\n")
}

/// A time for a person: milliseconds under a second, else seconds with one decimal.
package func timeText(_ seconds: Double) -> String {
  guard seconds >= 1 else { return "\(Int((seconds * 1000).rounded())) ms" }
  let tenths = Int((seconds * 10).rounded())
  return "\(tenths / 10).\(tenths % 10) s"
}
