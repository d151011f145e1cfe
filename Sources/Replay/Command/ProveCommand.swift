// `replay prove`: all chunkings of recordings, by induction.

internal import Canaries
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// Proves that no way of cutting a recording changes what comes out.
struct ProveCommand: Command {
  static let name = "prove"
  static let summary = "prove for recordings that no way of cutting them changes what comes out"
  static let help = """
    Usage: replay prove [FILE or DIR …] [OPTIONS]

    Proves for each recording (default: recordings/) that all ways of cutting it into pieces (2 to
    the power of its bytes minus one) give the same output: the recording's, with every block as
    soon as it is complete and not before. The table shows for each what was proven: "all
    chunkings", or "all chunkings whose pieces are at most W bytes".

      --level LEVELS     relay: the body through the relay; wire: head, framing and body through
                         the proxy core; its output is the body that its client reads
                         (default: both)
      --window W         only chunkings whose pieces are at most W bytes
      --limit-bytes N    without --window, use a window of 64 for recordings with more bytes
                         than this (default 16000)
      --report FILES     \(ReportFormat.usage)

    Exit codes: 0 proven, 1 refuted, with the smallest piece that goes wrong and the plan that
    shows it, 2 could not run.
    """

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let console = context.console
    let levels = try arguments.choices("--level", ProofLevel.self) ?? ProofLevel.allCases
    var options = ProofOptions(window: try arguments.number("--window", in: 1...Int.max))
    if let limit = try arguments.number("--limit-bytes", in: 0...Int.max) {
      options.limitBytes = limit
    }
    let files = try ReportFiles(&arguments, context)
    let paths = try arguments.rest()
    let recordings = try namedRecordings(at: paths) { console.warn("replay: \($0)") }
    guard !recordings.isEmpty else { throw UsageError("there is no recording to prove") }
    let table = ProofTable(
      names: recordings.map(\.recording.session.name),
      window: options.window ?? ProofOptions.windowOfLongSessions, console)
    func say(_ line: String) { if !files.takesOutput { console.write(line) } }
    say(table.header)
    Interruption.watch()
    var report = ProofReport()
    let begin = ContinuousClock.now
    let meter = ProgressMeter(console, "proofs")
    for (path, recording) in recordings {
      let session = recording.session
      for level in levels {
        if Interruption.count > 0 {
          report.isInterrupted = true
          break
        }
        let start = ContinuousClock.now
        let found = await prove(session, at: level, options: options) { done, all in
          let seconds = (ContinuousClock.now - start).seconds
          meter.tell { _ in
            "\(session.name), \(level.rawValue): "
              + progressText(done: done, all: all, seconds: seconds)
          }
        }
        meter.end()
        let time = (ContinuousClock.now - start).seconds
        say(table.row(session.name, found, seconds: time))
        report.rows.append(
          .init(
            path: path, name: session.name, found: found, seconds: time,
            refutation: found.refutation(path: path, invocation: context.invocation, .plain),
            reproduce: "\(context.invocation) run \(quoted(path)) --plan '\(found.plan)'"))
      }
    }
    report.seconds = (ContinuousClock.now - begin).seconds
    try files.write(report.faces, console)
    let refutations = report.rows.compactMap(\.refutation)
    for text in refutations { say("\n" + text) }
    let verdict =
      refutations.isEmpty ? console.paint("PROVEN", .green) : console.paint("REFUTED", .red)
    if report.isInterrupted {
      say("\nINTERRUPTED: \(counted(report.rows.count, "proof")) by then")
      return interruptedCode
    }
    say("\n\(verdict): \(counted(recordings.count, "recording")) in \(timeText(report.seconds))")
    return refutations.isEmpty ? 0 : 1
  }
}

/// How far a proof has come, and how long the rest may take.
func progressText(done: Int, all: Int, seconds: Double) -> String {
  let share = "\(done * 100 / max(1, all)) %"
  guard done > 0, seconds > 1 else { return share }
  return share + ", about \(timeText(seconds * Double(all - done) / Double(done))) left"
}

extension Duration {
  /// This duration in seconds.
  fileprivate var seconds: Double { self / .seconds(1) }
}
