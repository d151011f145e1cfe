// `replay lint`.

internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials

/// Checks recordings.
struct LintCommand: Command {
  static let name = "lint"
  static let summary = "check recordings: secrets, damage, empty ones, age, duplicates"
  static let help = """
    replay lint checks recordings for what should not be there, and names file and line.

    Usage: replay lint [FILE or DIR …] [--max-age DAYS]
           replay lint --self-test

    Without a name it checks recordings/. It finds

      secrets     keys, tokens, cookies, ids, even if they are split over fragments and events;
                  and "perhaps a secret": what only looks like one (random, after a word such as
                  key, begins like a token), by rules that redaction does not share
      damage      a file cut short, a wrong digest or count, lines that are not JSON
      nothing     an auth error, a page of HTML or an empty body recorded as a chat; an event
                  stream without an event
      age         with --max-age: captured more than this many days ago
      doubles     the same request and the same body in two files

    In a synthetic recording ids belong to nobody and are allowed.

    With --self-test it plants secrets of every kind in every place of synthetic sessions, cut at every
    position, and counts how many redaction removes, how many lint finds without redaction,
    and how many ordinary texts redaction changes. docs/recording.md lists what is out of scope.

    Exit codes: 0 nothing found, 1 something found (or the self-test's figures are too low), 2 could
    not run.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    if arguments.flag("--self-test") {
      try arguments.finish()
      let figures = RedactionFigures(plantedSecrets(), ordinaryTexts)
      context.console.write("\(figures)")
      return figures.areGood ? 0 : 1
    }
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
