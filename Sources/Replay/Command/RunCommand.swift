// `replay run`, and `replay` alone.

internal import Canaries
internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// Replays recordings under plans.
struct RunCommand: Command {
  static let name = "run"
  static let summary = "replay recordings under plans, and check what the client gets"
  static let help = """
    Usage: replay run [FILE or DIR …] [OPTIONS]

    Replays recordings (default: recordings/, or the built-in ones if there is no such folder;
    script:NAME is a built-in one) through the proxy under each plan, and checks that
    the client gets every block once, in order, byte for byte and in time, and an honest end.

      --plans SET       quick, standard (default; quick for all the built-in recordings), complete or
                        exhaustive; load for a target: many clients at once that keep their
                        connections, reported as failure rates
      --plan LINE       one plan instead of a set, e.g. 'cuts=17,18 fault=reset@512'
      --stage STAGES    simulated,sockets (default: both)
      --seed N          seed of the random cuts (default 1)
      --core NAME       the proxy core: embedded (default), or one that is wrong on purpose,
                        to see what a failure looks like: \(coreNames),
                        or the id of a bug class
      --policy WORDS    what is expected where several behaviours are right:
                        \(Policy.usage)
                        patience=S (silence to endure) silence=S barren=S (to end after)
                        ahead=KIB (that the proxy may read ahead of a client that does not)
      --no-diagnosis    list failures without looking for their bug classes
      --report FILES    \(ReportFormat.usage)
                        (- is the standard output)
      --no-annotations  no output for GitHub's actions or GitLab besides the reports
      --config FILE     options that a project always uses (default: replay.json here or beside the
                        recordings; docs/formats.md); the command line takes precedence
      --no-config       ignore a config file
      --only NAME       only this target of the config
      --verbose         every failed recording in full, and all rules of the policy

    Plans: words of NAME=VALUE
      cuts=    where TCP writes are cut: whole, 1x (every byte), 17,18 (offsets in the response,
               head included), recorded, random:SEED/COUNT, or inside every: \(placeNames)
      chunks=  where HTTP chunks are cut: the same; offsets are the body's (default: events)
      framing= chunked[+extensions][+trailers][+upper][+zeros], length, close
      octet=   PLACE:HH, a byte that the grammar of HTTP may not allow there, such as value:0B
      odd=     oddities of the response, joined with +: \(anomalyNames)
      pacing=  none, recorded, 20ms
      fault=   fin@N, reset@N, stall@N: after N bytes of the response; with TLS also truncate@N (an end
               without close_notify), alert@N, tear@N (a reset inside a record)
      tls=     where TLS records end: the same as cuts=; +empty: one without data before each
      handshake= rekey@N, renegotiate@N: in mid-stream. Without TLS these have no effect: the
               simulated stage has it, sockets do not, a target has it with --tls
      first=   the status of the answer to the first request, from 400 to 599
      request= \(RequestForm.allCases.map(\.rawValue).joined(separator: ", "))
      client=  what it does when it has N bytes of the body: \(behaviorNames)
      streams= 1 to \(Plan.streamsMax) clients at once
      stop=    N: the proxy is told to stop when its client has N bytes of the body
      core=    settings of the embedded core, joined with +: \(coreWords)
               (times in ms; a target has its own settings)
      upstream= refuses, or silent (simulated stage): the connection to it is never opened

    \(TargetSettings.help)

    \(KnownOptions.help)

    Exit codes: 0 all held, 1 a check failed, 2 could not run, or not as planned.
    """

  private static var coreNames: String {
    CanaryName.allCases.map(\.rawValue).joined(separator: ", ")
  }
  private static var anomalyNames: String {
    ResponseAnomalies.names.map(\.name).joined(separator: ", ")
  }
  private static var coreWords: String {
    (CoreWords.numbers.map { "\($0.name):N" } + CoreWords.switches.map { String($0.name) })
      .joined(separator: ", ")
  }
  private static var behaviorNames: String {
    ClientBehavior.Kind.allCases.map { "\($0.rawValue)@N" }.joined(separator: ", ")
      + "; pauses@N/Ts for T seconds (not of a target)"
  }
  private static var placeNames: String {
    Cuts.Place.allCases.map(\.rawValue).joined(separator: ", ")
  }

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let console = context.console
    let own = try arguments.takeConfig()
    let set = try arguments.option("--plans")
    let line = try arguments.option("--plan")
    let stages = try arguments.choices("--stage", StageKind.self) ?? StageKind.allCases
    let seed = UInt64(try arguments.number("--seed", in: 0...Int.max) ?? 1)
    let isDiagnosed = !arguments.flag("--no-diagnosis")
    if let settings = try TargetSettings(&arguments) {
      guard stages == StageKind.allCases else {
        throw UsageError("--stage is for the embedded proxy, not for a target")
      }
      let plans = try set == nil && line == nil ? nil : plans(set: set, line: line)
      return try await run(
        settings, plans: plans, seed: seed, isDiagnosed: isDiagnosed, own,
        &arguments, context)
    }
    let policy = try policy(&arguments)
    try TargetSettings.refuseStrays(arguments)
    guard !stages.contains(.target) else { throw UsageError("the stage target needs --target") }
    if set == PlanSet.load.rawValue {
      throw UsageError("--plans load is for a target: give --launch or --target")
    }
    let core = try arguments.option("--core") ?? "embedded"
    let isVerbose = arguments.flag("--verbose")
    let files = try ReportFiles(&arguments, context)
    let recordings = try recordings(&arguments, own, console)
    let isBare =
      recordings.count == Script.all.count
      && recordings.allSatisfy {
        $0.path.hasPrefix(scriptPrefix)
      }
    var options = CoreRunOptions(
      recordings: recordings, plans: try plans(set: set, line: line, isBare: isBare),
      stages: stages, seed: seed, policy: policy)
    let coreOptions =
      (core == "embedded" ? "" : " --core \(core)")
      + (policy == Policy() ? "" : " --policy '\(policy)'")
    options.coreOptions = coreOptions
    Interruption.watch()
    let meter = ProgressMeter(console, "plans")
    let report = try await report(options, coreNamed: core) { meter.tell($0, of: $1) }
    meter.end()
    func command(_ part: RunReport.Part, _ failure: FailedPlan) -> String {
      "\(context.invocation) run \(quoted(part.path)) --stage \(failure.stage) "
        + "--plan '\(failure.plan)'\(coreOptions)"
    }
    let diagnosed = DiagnosedRun(report: report, recordings: options.recordings)
    let defects =
      isDiagnosed && !report.isInterrupted && report.failureCount > 0
      ? try await timed(console) { try await diagnosed.defects(coreNamed: core, policy) } : []
    let text = DefectText(defects, report) { path, plan in
      "\(context.invocation) run \(quoted(path)) --plan '\(plan)'\(coreOptions)"
    }
    try show(report, text, files, console, isVerbose: isVerbose, command: command)
    if report.isInterrupted { return interruptedCode }
    switch report.verdict {
    case .passed: return 0
    case .failed: return 1
    case .unproven, .interrupted: return 2
    }
  }

  /// Runs a target.
  private static func run(
    _ settings: TargetSettings, plans: PlanChoice?, seed: UInt64, isDiagnosed: Bool,
    _ own: [String],
    _ arguments: inout Arguments, _ context: Context
  ) async throws -> Int32 {
    let console = context.console
    let acceptsUnproven = arguments.flag("--accept-unproven")
    let isVerbose = arguments.flag("--verbose")
    let files = try ReportFiles(&arguments, context)
    let known = try KnownOptions(&arguments, context.environment)
    var options = TargetRunOptions(
      settings: settings, recordings: try recordings(&arguments, own, console),
      plans: plans, seed: seed, environment: context.environment)
    options.known = try known.failures(under: options.conditions)
    let report: RunReport
    do {
      let meter = ProgressMeter(console, "plans")
      report = try Trials.report(options) { meter.tell($0, of: $1) }
      meter.end()
    } catch let error as TargetError {
      error.show(console, isLaunched: settings.launch != nil)
      return 2
    }
    let diagnosed = DiagnosedRun(report: report, recordings: options.recordings)
    let defects =
      isDiagnosed && !report.isInterrupted && report.failureCount > 0
      ? try await timed(console) {
        try await diagnosed.defects(of: settings, environment: context.environment)
      } : []
    let text = DefectText(defects, report) { path, plan in
      settings.command(path, plan: plan, context.invocation)
    }
    try show(report, text, files, console, isVerbose: isVerbose) { part, failure in
      settings.command(part.path, plan: failure.plan, context.invocation)
    }
    if report.isInterrupted { return interruptedCode }
    let found = report.target?.ways.keys.map(\.self) ?? []
    if let line = try known.record(found, under: options.conditions) {
      console.write(line)
      return report.target?.unprovenCount == 0 || acceptsUnproven ? 0 : 2
    }
    switch report.verdict {
    case .passed: return 0
    case .failed: return 1
    case .unproven, .interrupted: return acceptsUnproven ? 0 : 2
    }
  }

  /// Prints a report and writes its files.
  private static func show(
    _ report: RunReport, _ defects: DefectText, _ files: ReportFiles, _ console: Console,
    isVerbose: Bool, command: @escaping (RunReport.Part, FailedPlan) -> String
  ) throws {
    // The files come first: a closed pipe must not lose a finding.
    let written = Result { try files.write(report.faces(defects, command: command), console) }
    if !files.takesOutput {
      if report.verdict != .passed {
        console.write(console.paint(report.verdictSentence, .bold) + "\n")
      }
      console.write(report.table(console))
      let blocks = report.failureBlocks(console, isVerbose: isVerbose, command: command)
      for block in blocks { console.write("\n" + block) }
      if !defects.isEmpty { console.write("\n" + defects.text(console)) }
      console.write("\n" + report.summary(console, isVerbose: isVerbose))
    }
    try written.get()
  }

  private static func plans(
    set: String?, line: String?, isBare: Bool = false
  ) throws -> PlanChoice {
    switch (set, line) {
    case (.some, .some): throw UsageError("--plans and --plan exclude each other")
    case (nil, nil): return .set(isBare ? .quick : .standard)
    case (nil, .some(let line)):
      guard line.contains(where: { !$0.isWhitespace }) else {
        throw UsageError("--plan is empty: name what to try, e.g. --plan 'cuts=events'")
      }
      do { return .one(try Plan(line)) } catch {
        throw UsageError("--plan: \(error)\(WordHints.plan(line))")
      }
    case (.some(let name), nil):
      guard let set = PlanSet(rawValue: name) else {
        let known = PlanSet.allCases.map(\.rawValue).joined(separator: ", ")
        let hint = nearest(name, PlanSet.allCases.map(\.rawValue))
        throw UsageError("--plans does not know '\(name)'; it takes \(known)\(hint)")
      }
      return .set(set)
    }
  }

  private static func report(
    _ options: CoreRunOptions, coreNamed name: String,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> RunReport {
    if name == "embedded" {
      return try await Trials.report(
        options, core: Exchange.self, subject: "the embedded proxy core", progress: progress)
    }
    let core = try CoreChoice(named: name).type
    let subject = "the canary \(name), which is wrong on purpose"
    return try await Trials.report(options, core: core, subject: subject, progress: progress)
  }
}

/// The exit code after Ctrl-C, as in shells: 128 and the signal's number.
let interruptedCode: Int32 = 130

/// The policy of `--policy`. Throws `UsageError`.
private func policy(_ arguments: inout Arguments) throws -> Policy {
  let line = try arguments.option("--policy") ?? ""
  do {
    return try Policy(line)
  } catch {
    throw UsageError(error.description + WordHints.policy(line))
  }
}

/// The recordings on the command line, else those of the config, else the default ones.
private func recordings(
  _ arguments: inout Arguments, _ own: [String], _ console: Console
) throws -> NamedRecordings {
  let paths = try arguments.rest()
  return try namedRecordings(at: paths.isEmpty ? own : paths) { console.warn("replay: \($0)") }
}
