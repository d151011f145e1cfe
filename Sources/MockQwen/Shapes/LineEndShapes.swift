// Streams whose events have several lines, with the other line ends that WHATWG allows (section 9.2.6):
// the answer does not depend on them.

extension JoinedShape {
  /// The shapes among `all` whose events have several lines, with CRLF and with CR.
  static func withOtherLineEnds(_ all: [JoinedShape]) -> [JoinedShape] {
    all.filter(\.hasSeveralLines).flatMap { shape in
      [("CRLF", "\r\n"), ("CR", "\r")].map { name, end in
        JoinedShape(
          "\(shape.name) with \(name)", shape.stream.replacing("\n", with: end), shape.status,
          shape.answer)
      }
    }
  }

  /// Whether an event has more than one line, and all lines end with LF.
  private var hasSeveralLines: Bool {
    !stream.utf8.contains(0x0D)
      && stream.split(separator: "\n\n").contains { $0.utf8.contains(0x0A) }
  }
}
