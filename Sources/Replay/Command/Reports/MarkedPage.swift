// Tables in pages of Markdown that a command writes: they stand between two lines that nobody sees, and the
// words around them are people's.

internal import Foundation
internal import Recordings
internal import Terminal

/// A page with a place for what a command has found.
struct MarkedPage {
  static let end = "<!-- end of table -->"

  private let path: String
  private let before: String
  private let after: String
  /// What stands in the place, without the blank lines around it.
  let text: String

  /// The line behind which a command's table stands.
  static func start(_ command: String) -> String { "<!-- table of: \(command) -->" }

  /// Reads a page. Throws `UsageError` when it cannot be read, or has no place for the command.
  init(_ path: String, for command: String) throws {
    let page = String(decoding: try fileBytes(path), as: UTF8.self)
    let start = Self.start(command)
    guard let first = page.range(of: start),
      let last = page.range(of: Self.end, range: first.upperBound..<page.endIndex)
    else { throw UsageError("\(path) has no line '\(start)' with '\(Self.end)' below it") }
    guard FileManager.default.isWritableFile(atPath: path) else {
      throw UsageError("cannot write \(path): permission denied")
    }
    self.path = path
    before = String(page[..<first.upperBound])
    after = String(page[last.lowerBound...])
    text = page[first.upperBound..<last.lowerBound].trimmingCharacters(in: .newlines)
  }

  /// Writes the page anew with another text in the place. Throws `UsageError` with the reason.
  func write(_ text: String) throws {
    do {
      try Data("\(before)\n\n\(text)\n\n\(after)".utf8)
        .write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw UsageError("cannot write \(path): \(reason(error))")
    }
  }
}
