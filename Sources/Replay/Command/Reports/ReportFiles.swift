// Report files: JSON with a schema for programs, JUnit for CI systems, Markdown and HTML for people.

internal import Canaries
internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// A kind of report file.
enum ReportFormat: String, CaseIterable {
  case json, junit, html, markdown

  /// The syntax of `--report`, for help and errors.
  static let usage = allCases.map { "\($0)=FILE" }.joined(separator: ",")
}

/// `--report json=FILE,…` and `--no-annotations`, read, and the files opened.
struct ReportFiles {
  private(set) var targets: [(format: ReportFormat, sink: ReportSink)] = []
  private let ci: CIService?

  /// Whether a report goes to standard output, so nothing else may be written there.
  var takesOutput: Bool { targets.contains { $0.sink.path == "-" } }

  /// Whether a report has pictures.
  var drawsPictures: Bool { targets.contains { $0.format == .html } }

  init(_ text: String?, _ ci: CIService? = nil) throws {
    self.ci = ci
    for word in (text ?? "").split(separator: ",") {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let format = ReportFormat(rawValue: String(parts[0])) else {
        let hint = nearest(String(parts.first ?? ""), ReportFormat.allCases.map(\.rawValue))
        throw UsageError("--report takes \(ReportFormat.usage), not '\(word)'\(hint)")
      }
      guard parts[1] != "-" || !takesOutput else {
        throw UsageError("--report: two reports cannot both go to the standard output")
      }
      targets.append((format, try ReportSink(String(parts[1]))))
    }
  }

  /// Takes the options of a command. Throws `UsageError`.
  init(_ arguments: inout Arguments, _ context: Context) throws {
    let isQuiet = arguments.flag("--no-annotations")
    try self.init(
      try arguments.option("--report"), isQuiet ? nil : CIService(context.environment))
  }

  /// Writes all files, then the output for the CI system. A file that cannot be written does not stop the
  /// others; throws `UsageError` about the first such file at the end.
  func write(_ faces: ReportFaces, _ console: Console) throws {
    var faces = faces
    if ci == .gitlab {
      faces.junit.hasLinks = true
      faces.junit.attachment = targets.first { $0.format == .html }?.sink.path
    }
    var failure: (any Error)?
    for (format, sink) in targets {
      do {
        let bytes =
          switch format {
          case .json: try faces.json()
          case .junit: Data(faces.junit.xml().utf8)
          case .html: Data(faces.page.html.utf8)
          case .markdown: Data(faces.page.markdown.utf8)
          }
        try sink.write(bytes, console)
      } catch {
        failure = failure ?? error
      }
    }
    do {
      try ci?.tell(faces, isOutputFree: !takesOutput, console)
    } catch {
      failure = failure ?? error
    }
    if let failure { throw failure }
  }

  /// Removes the files that were opened for a run that never began.
  func forget() { for (_, sink) in targets { sink.forget() } }
}
