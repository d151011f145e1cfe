// What CI systems show by themselves: GitHub's actions annotate lines of files and have a page for each
// step; GitLab links from a JUnit report to other files. `--no-annotations` switches both off.

internal import Foundation
internal import Terminal

/// A supported CI system.
enum CIService: Hashable, Sendable {
  /// With the path of the step's summary, if there is one.
  case github(summary: String?)
  case gitlab

  /// The CI system of this run; nil when there is none or it is not supported.
  init?(_ environment: [String: String]) {
    if environment["GITHUB_ACTIONS"] == "true" {
      let summary = environment["GITHUB_STEP_SUMMARY"] ?? ""
      self = .github(summary: summary.isEmpty ? nil : summary)
    } else if environment["GITLAB_CI"] == "true" {
      self = .gitlab
    } else {
      return nil
    }
  }

  /// Reports the findings to the system. Throws `UsageError` when the summary cannot be written.
  func tell(_ faces: ReportFaces, isOutputFree: Bool, _ console: Console) throws {
    guard case .github(let summary) = self else { return }
    for annotation in faces.annotations {
      let line = annotation.command
      if isOutputFree { console.write(line) } else { console.warn(line) }
    }
    guard let summary else { return }
    let bytes = Data((faces.page.markdown + "\n").utf8)
    if !FileManager.default.fileExists(atPath: summary) {
      guard FileManager.default.createFile(atPath: summary, contents: nil) else {
        throw UsageError("cannot write the step summary \(summary)")
      }
    }
    guard let handle = FileHandle(forWritingAtPath: summary) else {
      throw UsageError("cannot write the step summary \(summary)")
    }
    do {
      _ = try handle.seekToEnd()
      try handle.write(contentsOf: bytes)
      try handle.close()
    } catch {
      throw UsageError("cannot write the step summary \(summary): \(reason(error))")
    }
  }
}

extension Annotation {
  /// The workflow command of GitHub's actions, in one line: `::error file=…,line=…,title=…::…`.
  var command: String {
    let place = line.map { ",line=\($0)" } ?? ""
    return "::error file=\(Self.property(file))\(place),title=\(Self.property(title))"
      + "::\(Self.data(text))"
  }

  private static func data(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
