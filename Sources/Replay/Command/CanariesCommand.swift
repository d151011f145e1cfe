// `replay canaries`.

internal import Canaries
internal import Foundation
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// Proves the checks: every proxy that is wrong on purpose must be caught.
struct CanariesCommand: Command {
  static let name = "canaries"
  static let summary = "prove the checks: every proxy that is wrong on purpose must be caught"
  static let help = """
    Usage: replay canaries [OPTIONS]

    For each known class of streaming-proxy bugs there is a small proxy that has it. Each is run
    through the deliveries that bring its bug out, until a check that is named for the class catches
    it. Three proxies that are right must pass them all: the proxy core, one that hands on bytes as
    they come, and one that writes every event anew, which is compared by content.

      --report FILES     \(ReportFormat.usage)
      --page             write docs/bug-classes.md, the page about the classes, to the output, and
                         run nothing

    Exit codes: 0 all caught, 1 a canary lives, is caught only by a check that is not named for its
    class, or a good proxy does not pass; 2 could not run.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let console = context.console
    if arguments.flag("--page") {
      try arguments.finish()
      console.write(Array(BugClass.page.utf8))
      return 0
    }
    let files = try ReportFiles(&arguments, context)
    try arguments.finish()
    Interruption.watch()
    let all = Canary.all.count + GoodProxy.allCases.count
    let meter = ProgressMeter(console, "canaries")
    let report = try await Canary.report { meter.tell($0, of: all) }
    meter.end()
    try files.write(report.faces(context.invocation), console)
    if !files.takesOutput {
      console.write(report.table.text(console))
      console.write("\n" + report.summary(console))
    }
    return report.isInterrupted ? interruptedCode : report.passed ? 0 : 1
  }
}
