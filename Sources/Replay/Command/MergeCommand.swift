// `replay merge`.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// Joins the reports of shards.
struct MergeCommand: Command {
  static let name = "merge"
  static let summary = "join the reports that the shards of a fuzz run have written"
  static let help = """
    Usage: replay merge REPORT … [--report FILES]

    Joins JSON reports of replay fuzz, one per shard, of the same version, core, seed and recordings.
    For a run limited by --max-cases, all shards joined equal the report of the unsplit run, byte for byte.

      --report FILES   \(ReportFormat.usage): where the joined report goes; without it only
                       its text is printed

    Exit codes: 0 all held, 1 a check failed in one of them, 2 they cannot be joined.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let files = try ReportFiles(&arguments, context)
    let paths = try arguments.rest()
    let merged = try FuzzReport.merged(
      paths.map { path in
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
          throw UsageError("\(path): cannot be read")
        }
        return try FuzzReport.read(data, file: path)
      })
    let written = Result { try files.write(merged.faces(), context.console) }
    if !files.takesOutput { context.console.write(merged.text(context.console)) }
    try written.get()
    return merged.failureCount == 0 ? 0 : 1
  }
}
