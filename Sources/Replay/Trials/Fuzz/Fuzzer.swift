// Runs the cases of a seed on all CPU cores. The case numbers are split into blocks of a fixed size, and
// each block is a task that owns its stages and its counts. Blocks are handed out in order and every
// block that has begun is finished, so a run covers one range of numbers. The results are joined in the
// order of the blocks, so they do not depend on which worker ran which.

internal import Foundation
package import Judging
package import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Wire

/// What to fuzz.
package struct FuzzOptions: Sendable {
  /// The recordings that cases are drawn from.
  package var sessions: [Session]
  /// The seed of all cases.
  package var seed: UInt64
  /// The share of the case numbers that this run takes.
  package var shard = Shard.whole
  /// Case numbers stay below this, over all shards.
  package var casesMax: Int?
  /// The only case to run, or nil for all.
  package var only: Int?
  /// Seconds after which no further block begins.
  package var secondsMax: Double?
  package var core = CoreChoice.embedded
  /// Whether failures are shrunk before they are reported.
  package var shrinks = true
  /// Whether no further case is run behind the first that fails.
  package var failsFast = false
  /// The files that cases are drawn from, as command line words, each with a blank before it.
  package var sources = ""
  /// Where crash files will be saved.
  package var folder = "crashes"
  /// How many blocks of cases run at the same time.
  package var workers = processorCount
  /// A proxy in another process instead of a core, and its environment.
  package var target: TargetSettings?
  package var environment: [String: String] = [:]

  package init(sessions: [Session], seed: UInt64) {
    self.sessions = sessions
    self.seed = seed
  }

  /// The name of what ran, for the report and the crash files.
  var coreName: String { target == nil ? core.name : CrashFile.target }
}

/// The result of a run: its report, and the failures to save.
package struct FuzzResult: Sendable {
  package var report: FuzzReport
  package var crashes: [CrashFile]
}

/// A case that failed.
package struct FuzzFinding: Sendable {
  package var number: Int
  package var stage: CaseStage
  package var violation: Violation
  package var session: Session
  package var plan: Plan
  /// How often it failed of how many runs; no runs if it was run only once.
  package var rate = Rate()
}

/// The results of a block of cases.
package struct FuzzTally: Sendable {
  package var caseCount = 0
  package var socketsCaseCount = 0
  package var eventCount = 0
  package var failureCount = 0
  package var breaches: [String: Int] = [:]
  package var coverage = Coverage()
  /// The first finding, by check and name.
  package var found: [String: FuzzFinding] = [:]

  /// Counts a case and its results.
  package mutating func count(
    _ example: FuzzCase, _ violations: [Violation], _ events: Int, _ classes: ClassSet,
    on stage: CaseStage, rate: Rate = Rate()
  ) {
    caseCount += 1
    eventCount += events
    coverage.count(example)
    coverage.count(classes)
    guard let first = violations.first else { return }
    failureCount += 1
    for violation in violations { breaches[violation.kind, default: 0] += 1 }
    // Intermittent failures are a separate group, so that they do not hide one that always fails.
    let group = rate.isIntermittent ? first.kind + Self.nowAndThen : first.kind
    guard found[group] == nil else { return }
    found[group] = FuzzFinding(
      number: example.number, stage: stage, violation: first, session: example.session,
      plan: example.plan, rate: rate)
  }

  private static let nowAndThen = " now and then"

  /// Whether a failure of a kind was found, intermittent ones included.
  func has(_ kind: String) -> Bool { found[kind] != nil || found[kind + Self.nowAndThen] != nil }

  package mutating func add(_ other: FuzzTally) {
    caseCount += other.caseCount
    socketsCaseCount += other.socketsCaseCount
    eventCount += other.eventCount
    failureCount += other.failureCount
    breaches.merge(other.breaches, uniquingKeysWith: +)
    coverage.add(other.coverage)
    found.merge(other.found) { $0.number < $1.number ? $0 : $1 }
  }
}

/// Fuzzes a proxy core.
package struct Fuzzer: Sendable {
  /// How many case numbers a block has.
  private static let blockSize = 512
  /// A run with a time limit ends early after this many failed cases: more would show nothing new.
  static let failuresMax = 1_000

  package let options: FuzzOptions
  package let cases: FuzzCases

  package init(_ options: FuzzOptions) {
    self.options = options
    cases = FuzzCases(options.sessions, seed: options.seed)
  }

  /// A description of the case, if only one is run.
  package var onlyCase: String? {
    options.only.map { number in
      let example = cases[number]
      let size = example.session.body.count
      return "case \(number) of seed \(options.seed): a session of \(size) bytes "
        + "named \(example.session.name), plan '\(example.plan)'"
    }
  }

  /// Runs the cases; reports from time to time how many are done.
  package func run(progress: @Sendable (Int) -> Void = { _ in }) async throws -> FuzzResult {
    if let target = options.target { return try targetResult(target, progress) }
    let core = options.core.type
    let (sum, below) = try await results(core, progress)
    let found = sum.found.values.sorted { $0.number < $1.number }
    let crashes: [(failure: FuzzReport.Failure, file: CrashFile)] =
      try await sideBySide(found) { shrunk($0, core) }
    return FuzzResult(
      report: report(sum, below: below, crashes.map(\.failure)), crashes: crashes.map(\.file))
  }

  /// The report of all cases with numbers below `below`.
  package func report(
    _ sum: FuzzTally, below: Int, _ failures: [FuzzReport.Failure]
  ) -> FuzzReport {
    FuzzReport(
      version: version, core: options.coreName, seed: options.seed,
      sources: options.sessions.map(\.name), sourcesDigest: sourcesDigest,
      shards: options.shard.count == 1 ? [] : [options.shard.description], casesBelow: below,
      caseCount: sum.caseCount, socketsCaseCount: sum.socketsCaseCount,
      eventCount: sum.eventCount, failureCount: sum.failureCount, breaches: sum.breaches,
      coverage: sum.coverage.document, failures: failures)
  }

  private var sourcesDigest: String {
    hexadecimal(sha256(options.sessions.flatMap { sha256($0.body) }))
  }

  /// The sum of all blocks, and the number below which all case numbers are done.
  private func results<Core: ProxyCore>(
    _ core: Core.Type, _ progress: @Sendable (Int) -> Void
  ) async throws -> (sum: FuzzTally, below: Int) {
    let start = ContinuousClock.now
    let blocksMax =
      options.only != nil
      ? 1 : options.casesMax.map { ($0 + Self.blockSize - 1) / Self.blockSize } ?? .max
    var next = 0
    var sum = FuzzTally()
    func begin() -> Int? {
      let isLate = options.secondsMax.map { seconds(since: start) >= $0 } ?? false
      let isEnough =
        options.secondsMax != nil && sum.failureCount >= Self.failuresMax
        || options.failsFast && sum.failureCount > 0
      guard next < blocksMax, !isLate, !isEnough, Interruption.count == 0 else { return nil }
      defer { next += 1 }
      return next
    }
    try await sideBySide(workers: options.workers, next: begin) { block in
      try tally(ofBlock: block, core)
    } take: { result in
      sum.add(result)
      progress(sum.caseCount)
    }
    let below = min(next * Self.blockSize, options.casesMax ?? .max)
    // A block that has failed fast is not done; those before it are.
    let failed = options.failsFast ? sum.found.values.map(\.number).min() : nil
    return (sum, failed.map { $0 + 1 } ?? below)
  }

  private func tally<Core: ProxyCore>(
    ofBlock block: Int, _ core: Core.Type
  ) throws -> FuzzTally {
    var result = FuzzTally()
    let first = block * Self.blockSize
    let range =
      options.only.map { $0..<$0 + 1 }
      ?? first..<min(first + Self.blockSize, options.casesMax ?? .max)
    let chosen = options.core.name == CrashFile.embedded ? "" : " --core \(options.core.name)"
    TrapNote.set(
      "replay: the proxy core trapped in a case of seed \(options.seed)\nReproduce with: replay fuzz "
        + "--seed \(options.seed)\(chosen)\(options.sources) --case ", number: 0)
    defer { TrapNote.set("") }
    let tally = PhaseTally()
    let runner = CaseRunner<Core>()
    try PhaseTally.$current.withValue(tally) {
      for number in options.shard.numbers(in: range) {
        TrapNote.set(number: number)
        try run(cases[number], runner, &result)
        if options.failsFast, result.failureCount > 0 { break }
      }
    }
    result.coverage.add(tally)
    return result
  }

  private func run<Core: ProxyCore>(
    _ example: FuzzCase, _ runner: CaseRunner<Core>, _ result: inout FuzzTally
  ) throws {
    let outcome = try runner.run(
      example.session, example.plan, example.transmission,
      on: example.isOnSockets ? .both : .simulated)
    result.socketsCaseCount += example.isOnSockets ? 1 : 0
    result.count(
      example, outcome.violations, outcome.eventCount, outcome.classes, on: outcome.stage)
  }
}

extension Fuzzer {
  private func shrunk<Core: ProxyCore>(
    _ found: FuzzFinding, _ core: Core.Type
  ) -> (FuzzReport.Failure, CrashFile) {
    let runner = CaseRunner<Core>()
    return shrunk(found) { try runner.run($0, $1, on: found.stage).violations }
  }

  /// Shrinks a finding by running `violations`; returns what to report, and what to save.
  func shrunk(
    _ found: FuzzFinding, givesUp: @escaping () -> Bool = { false },
    by violations: @escaping (Session, Plan) throws -> [Violation]
  ) -> (FuzzReport.Failure, CrashFile) {
    let shrinker = Shrinker(
      found.session, found.plan, fails: found.violation.check, found.violation.name,
      givesUp: givesUp, by: violations)
    // Shrinking an intermittent failure would follow noise.
    if options.shrinks, !found.rate.isIntermittent { shrinker.shrink() }
    let best = shrinker.best
    let recording = Recording(
      source: "replay fuzz --seed \(options.seed), case \(found.number)", session: best.session)
    var file = CrashFile(
      recording: recording, plan: best.plan, stage: found.stage, check: found.violation.check,
      name: found.violation.name, detail: found.violation.detail, core: options.coreName,
      target: options.target?.list, seed: options.seed, number: found.number)
    let same = (try? violations(best.session, best.plan))?.first {
      $0.check == found.violation.check && $0.name == found.violation.name
    }
    if let same { file.detail = same.detail }
    if found.rate.isIntermittent { file.rate = found.rate }
    let failure = FuzzReport.Failure(
      number: found.number, check: file.check.rawValue, name: file.name, detail: file.detail,
      stage: found.stage, drawnPlan: found.plan.description, drawnBytes: found.session.body.count,
      plan: best.plan.description, bytes: best.session.body.count, events: recording.eventCount,
      runs: shrinker.runs, file: options.folder + "/" + file.fileName)
    return (failure, file)
  }
}

extension Coverage {
  /// The tables in the form of a report.
  fileprivate var document: [String: [String: Int]] {
    Dictionary(
      uniqueKeysWithValues: tables.map { table in
        (table.title, Dictionary(uniqueKeysWithValues: zip(table.names, table.counts)))
      })
  }
}
