// `replay lint`.

internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials

/// Checks recordings.
struct LintCommand: Command {
  static let name = "lint"
  static let summary = "check recordings: secrets, damage, nothing in them, age, doubles"
  static let help = """
    replay lint looks through recordings for what should not be there, and names file and line.

    Usage: replay lint [FILE or DIR …] [--max-age DAYS]

    Without a name it checks recordings/. It finds

      secrets     keys, tokens, cookies, ids, also where they are split over fragments and events
      damage      a file cut short, a digest or a count that does not fit, what is no JSON
      nothing     an auth error, a page of HTML or an empty body recorded as a chat; an event
                  stream without an event
      age         with --max-age: captured longer ago than so many days
      doubles     the same request and the same body in two files

    In a synthetic recording ids name nobody and may stand.

    Exit codes: 0 nothing found, 1 something found, 2 could not run.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let daysMax = try arguments.number("--max-age", in: 0...36_500)
    let names = try arguments.rest()
    let paths = try recordingPaths(at: names.isEmpty ? ["recordings"] : names)
    var lint = Lint(daysMax: daysMax)
    var count = 0
    for path in paths {
      for finding in try lint.findings(inFile: path) {
        context.console.write("\(finding)")
        count += 1
      }
    }
    let files = "\(paths.count) recording\(paths.count == 1 ? "" : "s")"
    context.console.warn(
      count == 0 ? "\(files), no findings" : "\(files), \(count) finding\(count == 1 ? "" : "s")")
    return count == 0 ? 0 : 1
  }
}
