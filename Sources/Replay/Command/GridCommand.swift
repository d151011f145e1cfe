// `replay grid`.

internal import Canaries
internal import Foundation
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// Runs several targets under the same plans.
struct GridCommand: Command {
  static let name = "grid"
  static let summary = "run several proxies under the same plans, side by side"
  static let help = """
    Usage: replay grid GRID.json [OPTIONS]

    Runs each target of GRID.json with the same recordings and plans, and prints a row for each
    proxy, the most harmful first.

      --only NAME           only this target; may be repeated
      --classes             the bug classes that explain a row: those that fail in nearly all plans
                            that trigger them and in hardly any other (docs/bug-classes.md)
      --no-diagnosis        do not look for the bug classes of failures
      --report FILES        \(ReportFormat.usage)
      --page FILE           also write the table into a Markdown page, between the lines
                            '\(MarkedPage.start("replay grid"))' and '\(MarkedPage.end)'
      --accept-unproven     exit 0 when nothing failed, even if cuts were not proven

    \(KnownOptions.help)

    GRID.json, with paths as seen from the current folder:
      {
        "schema": "\(GridFile.schema)",
        "recordings": ["recordings/chat-english.jsonl"],
        "compare": "bytes",
        "targets": [
          { "name": "ours", "launch": "exec node server.js", "version": "node --version",
            "needs": ["node"] },
          { "name": "gateway", "url": "http://127.0.0.1:8080", "listen": "127.0.0.1:9100" }
        ]
      }

    A target has a name; launch, or url and listen; and optionally path, headers (a list of
    "Name: value"), model, compare, policy, ignore (a list of paths), version (a shell command; its
    first line is shown) and needs (programs without which it is skipped). They mean the same as the
    options of replay run. Optional for the whole grid: plans (a set's name) or plan (one line),
    seed, compare, comments, lateAfter, timeout, fragmentPause.

    Exit codes: 0 only known failures or none, 1 a check failed or a known failure did not
    happen, 2 a target could not be judged, or nothing ran, 130 interrupted.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let console = context.console
    let acceptsUnproven = arguments.flag("--accept-unproven")
    let showsClasses = arguments.flag("--classes")
    let isDiagnosed = !arguments.flag("--no-diagnosis")
    let files = try ReportFiles(&arguments, context)
    let known = try KnownOptions(&arguments, context.environment)
    let chosen = try arguments.options("--only")
    let page = try arguments.option("--page").map { try MarkedPage($0, for: "replay grid") }
    let paths = try arguments.rest()
    guard paths.count == 1 else { throw UsageError("replay grid takes one GRID.json") }
    var file = try GridFile.read(paths[0])
    let names = Set(file.targets.map(\.name))
    for name in Set(chosen).union(known.targets).subtracting(names).sorted() {
      throw UsageError("\(paths[0]) has no target '\(name)'")
    }
    if !chosen.isEmpty { file.targets.removeAll { !chosen.contains($0.name) } }
    let conditions = file.conditions
    var report = try gridReport(
      file, environment: context.environment,
      known: { try known.failures(under: conditions, target: $0.name) }, console: console)
    report.showsClasses = showsClasses
    if isDiagnosed { try await timed(console) { try await report.diagnose(context) } }
    let written = Result {
      try files.write(report.faces(invocation: context.invocation), console)
      if !report.isInterrupted { try page?.write(report.pageText) }
    }
    if files.takesOutput {
      try written.get()
      return report.exitCode(acceptsUnproven: acceptsUnproven)
    }
    for block in report.blocks(console, invocation: context.invocation) {
      console.write("== \(block.title)" + (block.text.isEmpty ? "\n" : "\n\(block.text)\n"))
    }
    console.write(report.table.text(console) + "\n")
    for line in report.lines(console) { console.write(line) }
    try written.get()
    if report.isInterrupted { return interruptedCode }
    let ran = report.columns.filter { $0.report != nil }.map(\.target.name)
    let line = try known.record(report.found, under: conditions, targets: Set(ran))
    if let line { console.write(line) }
    let code = report.exitCode(acceptsUnproven: acceptsUnproven)
    return line != nil && code == 1 ? 0 : code
  }
}

extension GridFile {
  /// The conditions under which a list of known failures must have been recorded.
  fileprivate var conditions: KnownFailures.Conditions {
    let options = TargetRunOptions(
      settings: targets[0].settings, recordings: [], plans: choice, seed: seed, environment: [:])
    return options.conditions
  }
}

extension GridReport {
  /// All kinds of failures that occurred.
  fileprivate var found: [KnownFailure] {
    columns.flatMap { column in
      (column.report?.target?.ways.keys.map(\.self) ?? []).map { $0.of(target: column.target.name) }
    }
  }
}
