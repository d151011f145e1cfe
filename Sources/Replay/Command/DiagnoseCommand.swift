// `replay diagnose`.

internal import Foundation
internal import Terminal
internal import Trials

/// Names the bugs behind a saved report.
struct DiagnoseCommand: Command {
  static let name = "diagnose"
  static let summary = "name the bugs behind a saved report of a run or grid that failed"
  static let help = """
    Usage: replay diagnose REPORT.json

    Reads a report that replay run or replay grid has written with --report json=FILE, and names the
    bugs behind the failures: when each happens, when not, what the client gets, and what to change.
    The recordings must be at the paths in the report, and unchanged. The proxy is not run again, so
    a diagnosis at the end of a run, which can run it, may name more.

    Exit codes: 0 a bug is named or nothing failed, 1 none is named, 2 could not run.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let console = context.console
    let paths = try arguments.rest()
    guard let path = paths.first, paths.count == 1 else {
      throw UsageError("diagnose takes one report that --report json=FILE has written")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError("\(path): no such file")
    }
    var isNamed = true
    for saved in try SavedRun.read(data, file: path) {
      if let name = saved.gridName { console.write("== \(name)") }
      guard saved.failureCount > 0 else {
        console.write("nothing failed, so there is nothing to diagnose")
        continue
      }
      let text = try await saved.diagnosed()
      console.write(text.text(console))
      if !text.defects.contains(where: { $0.defect.bugClass != nil }) { isNamed = false }
    }
    return isNamed ? 0 : 1
  }
}
