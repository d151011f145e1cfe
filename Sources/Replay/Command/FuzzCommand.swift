// `replay fuzz`.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Stages
internal import Terminal
internal import Trials
internal import Wire

/// Fuzzes the proxy.
struct FuzzCommand: Command {
  static let name = "fuzz"
  static let summary = "draw sessions and plans from a seed until one fails, and shrink it"
  static let help = """
    Usage: replay fuzz [FILE or DIR …] [OPTIONS]
           replay fuzz --accounts [--seed N] [--max-cases N] [--fail-fast] [--report json=FILE]
           replay fuzz --written [--case N] [--fail-fast]

    Draws cases from a seed: a recording (default: recordings/, or the built-in scripts when there
    is none) changed in many legal ways, and a plan with cuts, framing, pacing, a fault, a client
    that leaves. Each runs on the simulated stage, and some on sockets too: both must show the same.
    The first failure of each kind is shrunk and saved as a crash file.

      --seed N          the seed (default: random; 1 when CI or a shard is set); always printed
      --max-time S      seconds after which no new case begins (default 60 without --max-cases)
      --max-cases N     case numbers stay below N, over all shards
      --case N          only the case with this number; it is described first
      --shard m/n       this is number m of n machines, from 1; all must have the same seed
      --fail-fast       run no further case behind the first that fails
      --no-shrink       save failures as they were drawn
      --no-diagnosis    do not look for the bug classes of failures
      --save DIR        where crash files go (default: crashes)
      --report FILES    \(ReportFormat.usage)
      --workers N       threads (default: one per CPU core); cases and report do not depend on it
      --core NAME       embedded (default), or a core that is wrong on purpose:
                        \(CanaryName.allCases.map(\.rawValue).joined(separator: ", ")),
                        or the id of a bug class

    With --launch or --target the cases run through a proxy in another process instead, in real time:
    without pauses, stalls and the other stages. A crash file then names the target.

    \(TargetSettings.help)

    With --accounts the cases are a proxy with several accounts instead: every combination of an
    account's state (expired, revoked, over quota …), a failure (answers cut, the token endpoint, the
    disk, a client that leaves) and where answers are cut, with clients at once and in turn. It checks
    what each client gets, the count of POSTs, that refreshes do not overlap, that tokens are stored
    before they are used, that no secret is shown and no connection is left. --case N runs one case;
    --stage simulated runs none on sockets.

    With --written every case runs whose outcome is written down: clients of one proxy that do different
    things (they come while all places are taken, do not read, ask ahead of their turn, see the proxy
    end), requests and answers at each border of HTTP, and streams with the answer that each is joined
    to. Base URLs, limits and defaults are held to docs/proxy.md too. --case N runs one case.

    Without --shard the environment gives the shard: REPLAY_SHARD (m/n), GitLab (CI_NODE_INDEX,
    CI_NODE_TOTAL), a Kubernetes indexed Job (JOB_COMPLETION_INDEX, with REPLAY_SHARD_TOTAL set by
    you), Slurm arrays (SLURM_ARRAY_TASK_ID, _MIN, _STEP, _COUNT), AWS Batch arrays
    (AWS_BATCH_JOB_ARRAY_INDEX, _SIZE). replay merge joins the reports of shards.

    Exit codes: 0 all held, 1 a check failed, 2 could not run.
    """

  /// The seed when random runs must be the same for every run and machine.
  private static let fixedSeed: UInt64 = 1
  private static let defaultSeconds = 60

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let console = context.console
    if arguments.flag("--accounts") { return try accounts(&arguments, context) }
    if arguments.flag("--written") { return try written(&arguments, context) }
    let files = try ReportFiles(&arguments, context)
    let isDiagnosed = !arguments.flag("--no-diagnosis")
    var options = try options(&arguments, context)
    let acceptsUnproven = arguments.flag("--accept-unproven")
    let paths = try arguments.rest()
    options.sessions = try sessions(at: paths)
    options.sources = paths.map { " " + quoted($0) }.joined()
    // Printed before it runs: a core that traps would end the process before it could be printed.
    if let words = Fuzzer(options).onlyCase { console.warn("replay: \(words)") }
    let start = ContinuousClock.now
    let seed = options.seed
    Interruption.watch()
    var result: FuzzResult
    do {
      let meter = ProgressMeter(console, "cases (seed \(seed))")
      let all = options.casesMax ?? 0
      result = try await Fuzzer(options).run { meter.tell($0, of: all) }
    } catch let error as TargetError {
      error.show(console, isLaunched: options.target?.launch != nil)
      return error.isInterruption ? interruptedCode : 2
    }
    let time = seconds(since: start)
    console.progress("")
    if Interruption.count > 0 { result.report.interrupted = true }
    // Findings are printed even if they cannot be saved.
    let saved = Result { for crash in result.crashes { try crash.save(in: options.folder) } }
    let isToBeDiagnosed = isDiagnosed && result.report.failureCount > 0
    let crashes = DiagnosedCrashes(result, in: options.folder)
    let found =
      isToBeDiagnosed && result.report.interrupted != true
      ? try await timed(console) { try await crashes.diagnosed(options, context) } : nil
    let defects = found?.text
    let told = files.drawsPictures ? try found?.seen ?? crashes.seen(options) : [:]
    let written = Result {
      try files.write(result.report.faces(defects, told: told), console)
    }
    if !files.takesOutput {
      console.write(result.report.text(console))
      if let defects { console.write("\n" + defects.text(console)) }
    }
    let rate = Int(Double(result.report.caseCount) / max(time, 0.001))
    console.warn("replay: \(timeText(time)), \(rate) cases/s")
    try saved.get()
    try written.get()
    if result.report.interrupted == true { return interruptedCode }
    guard result.report.failureCount == 0 else { return 1 }
    return (result.report.target?.unprovenCount ?? 0) == 0 || acceptsUnproven ? 0 : 2
  }

  /// The cases of accounts: all combinations, unless a number is given.
  private static func accounts(_ arguments: inout Arguments, _ context: Context) throws -> Int32 {
    let console = context.console
    let seed = UInt64(try arguments.number("--seed", in: 0...Int.max) ?? Int(fixedSeed))
    let count = try arguments.number("--max-cases", in: 1...10_000_000)
    let single = try arguments.number("--case", in: 0...10_000_000)
    let stages = try arguments.choices("--stage", StageKind.self) ?? StageKind.allCases
    let failsFast = arguments.flag("--fail-fast")
    guard stages != [.sockets] else {
      throw UsageError("--accounts runs most cases simulated; --stage takes simulated alone")
    }
    let files = try ReportFiles(&arguments, context)
    try arguments.finish()
    let numbers = single.map { $0..<$0 + 1 } ?? 0..<(count ?? AccountCase.combinationCount)
    Interruption.watch()
    let meter = ProgressMeter(console, "cases (seed \(seed))")
    let report = try accountFuzz(
      numbers, seed: seed, isSimulated: !stages.contains(.sockets), failsFast: failsFast
    ) { meter.tell($0, of: numbers.count) }
    meter.end()
    func command(_ failure: AccountFuzzReport.Failure) -> String {
      "\(context.invocation) fuzz --accounts --seed \(seed) --case \(failure.number)"
    }
    let written = Result { try files.write(report.faces(command: command), console) }
    if !files.takesOutput { console.write(report.text(console, command: command)) }
    try written.get()
    return report.interrupted == true ? interruptedCode : report.holds ? 0 : 1
  }

  /// The cases that are written down: all of them, unless told.
  private static func written(_ arguments: inout Arguments, _ context: Context) throws -> Int32 {
    let count = WrittenReport.caseCount
    let single = try arguments.number("--case", in: 0...count - 1)
    let failsFast = arguments.flag("--fail-fast")
    try arguments.finish()
    let report = try WrittenReport(
      single.map { $0..<$0 + 1 } ?? 0..<count, failsFast: failsFast, through: Exchange.self)
    context.console.write(
      report.text(context.console) { "\(context.invocation) fuzz --written --case \($0.number)" })
    return report.holds ? 0 : 1
  }

  private static func options(
    _ arguments: inout Arguments, _ context: Context
  ) throws -> FuzzOptions {
    let seed = try arguments.number("--seed", in: 0...Int.max)
    let casesMax = try arguments.number("--max-cases", in: 0...Int.max / 2)
    let secondsMax = try arguments.number("--max-time", in: 0...31_536_000)
    let shard =
      try arguments.option("--shard").map { try Shard($0) } ?? Shard.of(context.environment)
    let isPinned = shard != nil || context.ci != nil
    var generator = SystemRandomNumberGenerator()
    var options = FuzzOptions(
      sessions: [],
      seed: seed.map(UInt64.init) ?? (isPinned ? fixedSeed : generator.next() >> 32))
    options.shard = shard ?? .whole
    options.casesMax = casesMax
    options.only = try arguments.number("--case", in: 0...Int.max / 2)
    options.secondsMax = (secondsMax ?? (casesMax == nil ? defaultSeconds : nil)).map(Double.init)
    options.shrinks = !arguments.flag("--no-shrink")
    options.failsFast = arguments.flag("--fail-fast")
    options.folder = try arguments.option("--save") ?? "crashes"
    let core = try arguments.option("--core")
    let workers = try arguments.number("--workers", in: 1...1_024)
    options.target = try TargetSettings(&arguments)
    if options.target == nil { try TargetSettings.refuseStrays(arguments) }
    options.environment = context.environment
    guard options.target == nil || core == nil && workers == nil else {
      throw UsageError("--core and --workers are for the embedded proxy, not for a target")
    }
    if let core { options.core = try CoreChoice(named: core) }
    if let workers { options.workers = workers }
    return options
  }

  private static func sessions(at paths: [String]) throws -> [Session] {
    let folder = "recordings"
    guard paths.isEmpty else { return try recordingFiles(at: paths).map(\.recording.session) }
    guard isFolder(folder) == true else { return Script.all.map(\.session) }
    do {
      return try recordingFiles(at: [folder]).map(\.recording.session)
    } catch is UsageError {
      // A folder without recordings.
      return Script.all.map(\.session)
    }
  }
}
