// Tables in Markdown pages that a command writes: they are between two invisible marker lines, and people
// write the rest of the page.

internal import Foundation
internal import Recordings
internal import Terminal

/// A page with a place for a command's output.
struct MarkedPage {
  static let end = "<!-- end of table -->"

  private let path: String
  private let before: String
  private let after: String
  /// The text at the place, without the blank lines around it.
  let text: String

  /// The line after which a command's table begins.
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

  /// Rewrites the page with another text at the place. Throws `UsageError` with the reason.
  func write(_ text: String) throws {
    do {
      try Data("\(before)\n\n\(text)\n\n\(after)".utf8)
        .write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw UsageError("cannot write \(path): \(reason(error))")
    }
  }
}
