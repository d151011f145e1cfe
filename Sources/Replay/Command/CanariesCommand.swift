// `replay canaries`.

internal import Canaries
internal import Foundation
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// Tests the checks: every proxy that is wrong on purpose must be caught.
struct CanariesCommand: Command {
  static let name = "canaries"
  static let summary = "prove the checks: every proxy that is wrong on purpose must be caught"
  static let help = """
    Usage: replay canaries [OPTIONS]
           replay canaries --diagnosis [NAME …]

    For each known class of streaming-proxy bugs there is a small proxy that has it. Each is run
    through the deliveries that trigger its bug, until a check that is named for the class catches
    it. Three correct proxies must pass them all: the proxy core, one that passes on bytes as
    they come, and one that rewrites every event, which is compared by content.

      --report FILES     \(ReportFormat.usage)
      --diagnosis        run the diagnosis on each of them instead, with its own model and without it;
                         prints how often its class is first, among the first three, and wrong;
                         with names, on these only
      --plan-sets        compare the plan sets complete and exhaustive over recordings/ instead: how
                         many plans each has, and which canaries each catches
      --page             print docs/bug-classes.md, the page about the classes, without running
                         a canary

    Exit codes: 0 all caught, 1 a canary is not caught, is caught only by a check that is not named for its
    class, or a good proxy does not pass; 2 could not run.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let console = context.console
    if arguments.flag("--page") {
      try arguments.finish()
      console.write(Array(BugClass.page.utf8))
      return 0
    }
    if arguments.flag("--plan-sets") {
      try arguments.finish()
      return try await planSets(console)
    }
    if arguments.flag("--diagnosis") {
      return try await diagnosis(try arguments.rest(), console)
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

  /// How many of the longest diagnoses are told.
  private static let longestMax = 3

  /// Tests the diagnosis.
  private static func diagnosis(_ names: [String], _ console: Console) async throws -> Int32 {
    for name in names where !Canary.all.contains(where: { $0.name == name }) {
      throw UsageError("there is no canary named '\(name)'")
    }
    let canaries = Canary.all.filter { names.isEmpty || names.contains($0.name) }
    let proof = try await DiagnosisProof.prove(canaries) { done in
      console.progress("replay: \(done) of \(canaries.count) diagnosed")
    }
    console.progress("")
    for row in proof.rows where row.place != 1 || row.isMistaken {
      let place = row.place.map { "place \($0)" } ?? "not among three"
      console.write(
        "\(row.canary): \(place) of \(row.names.joined(separator: "; ")); without its model "
          + "\(row.namesWithout.joined(separator: "; "))\(row.isMistaken ? "  MISTAKEN" : "")")
    }
    let count = proof.rows.count
    console.write(
      "\(count) canaries: \(proof.firstCount) at first place, \(proof.amongCount) among three; "
        + "left out of the models: \(proof.mistakes.count) mistaken with confidence")
    for row in proof.rows.sorted(by: { $0.seconds > $1.seconds }).prefix(longestMax) {
      console.warn("replay: \(row.canary) was diagnosed in \(timeText(row.seconds))")
    }
    return proof.holds ? 0 : 1
  }

  /// Sessions with longer bodies, in bytes, are counted and not run, because one answer in single bytes
  /// takes seconds; exhaustive plans, about ten thousand per kilobyte, only run with short ones.
  private static let bytesMax = 8 * 1024
  private static let exhaustiveBytesMax = 1_200

  /// Compares the plan sets.
  private static func planSets(_ console: Console) async throws -> Int32 {
    let sessions = try namedRecordings(at: []).map(\.recording.session)
    let proof = try await PlanSetProof.prove(
      sessions, bytesMax: bytesMax, exhaustiveBytesMax: exhaustiveBytesMax
    ) { console.progress("replay: \($0) done") }
    console.progress("")
    for row in proof.rows where row.isShort {
      console.write(
        "\(row.canary): \(row.completeCount) plans of complete"
          + (row.isCaughtExhaustively == true ? ", though exhaustive catches it" : "")
          + "; standard \(row.standardCount)")
    }
    let caught = proof.rows.count { $0.completeCount >= PlanSetProof.caughtMin }
    let standard = proof.rows.count { $0.standardCount >= PlanSetProof.caughtMin }
    let none = proof.rows.count { $0.completeCount == 0 && $0.isCaughtExhaustively == false }
    let share = Double(Int(proof.share * 10_000)) / 100
    console.write(
      "plans: complete \(proof.completeCount), standard \(proof.standardCount), exhaustive "
        + "\(proof.exhaustiveCount); complete has \(share) % of exhaustive")
    console.write(
      "\(proof.rows.count) canaries, caught under \(PlanSetProof.caughtMin) plans or more: complete "
        + "\(caught), standard (\(PlanSetProof.spreadMax) plans of it) \(standard); by neither complete nor exhaustive: \(none)"
    )
    return proof.holds ? 0 : 1
  }
}
