// Runs the cases of a seed on all cores. The case numbers are split into blocks of a fixed size,
// and each block is a task that owns its stages and its counts; blocks are handed out in order and
// every block that has begun is finished, so that what a run covers is one range of numbers. The
// results are put together in the order of the blocks: which worker ran which is nowhere to be
// seen.

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
  package var sessions: [Session]
  package var seed: UInt64
  package var shard = Shard.whole
  /// Case numbers stay below this; over all shards.
  package var casesMax: Int?
  /// The one case that is run, or nil for all.
  package var only: Int?
  /// Seconds after which no more block begins.
  package var secondsMax: Double?
  package var core = CoreChoice.embedded
  package var shrinks = true
  /// The files that cases are drawn from, as words of a command, each with a blank before it.
  package var sources = ""
  /// Where crash files will lie.
  package var folder = "crashes"
  package var workers = processorCount
  /// A proxy in another process instead of a core, and what it is started with.
  package var target: TargetSettings?
  package var environment: [String: String] = [:]

  package init(sessions: [Session], seed: UInt64) {
    self.sessions = sessions
    self.seed = seed
  }

  /// What ran, for the report and the crash files.
  var coreName: String { target == nil ? core.name : CrashFile.target }
}

/// What a run gives: its report, and the failures to save.
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
  /// How often it has failed of how many runs; no runs where it was run once.
  package var rate = Rate()
}

/// What a block of cases has shown.
package struct FuzzTally: Sendable {
  package var caseCount = 0
  package var socketsCaseCount = 0
  package var eventCount = 0
  package var failureCount = 0
  package var breaches: [String: Int] = [:]
  package var coverage = Coverage()
  /// By check and name: the first.
  package var found: [String: FuzzFinding] = [:]

  /// Counts a case and what it has shown.
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
    // What fails now and then is a group of its own, so that it hides nothing that always fails.
    let group = rate.isIntermittent ? first.kind + Self.nowAndThen : first.kind
    guard found[group] == nil else { return }
    found[group] = FuzzFinding(
      number: example.number, stage: stage, violation: first, session: example.session,
      plan: example.plan, rate: rate)
  }

  private static let nowAndThen = " now and then"

  /// Whether a failure of a kind was found, be it one that happens now and then.
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
  /// Case numbers in a block.
  private static let blockSize = 512
  /// A run that time bounds ends early when this many cases have failed: more would say no more.
  static let failuresMax = 1_000

  package let options: FuzzOptions
  package let cases: FuzzCases

  package init(_ options: FuzzOptions) {
    self.options = options
    cases = FuzzCases(options.sessions, seed: options.seed)
  }

  /// What the one case is, where only one is run.
  package var onlyCase: String? {
    options.only.map { number in
      let example = cases[number]
      let size = example.session.body.count
      return "case \(number) of seed \(options.seed): a session of \(size) bytes "
        + "named \(example.session.name), plan '\(example.plan)'"
    }
  }

  /// Runs the cases; tells from time to time how many cases are done.
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

  /// The report of what all cases with numbers below `below` have shown.
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
      let isEnough = options.secondsMax != nil && sum.failureCount >= Self.failuresMax
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
    return (sum, min(next * Self.blockSize, options.casesMax ?? .max))
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

  /// Shrinks what was found by running `violations`; what to report, and what to save.
  func shrunk(
    _ found: FuzzFinding, givesUp: @escaping () -> Bool = { false },
    by violations: @escaping (Session, Plan) throws -> [Violation]
  ) -> (FuzzReport.Failure, CrashFile) {
    let shrinker = Shrinker(
      found.session, found.plan, fails: found.violation.check, found.violation.name,
      givesUp: givesUp, by: violations)
    // To shrink what fails now and then is to chase noise.
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
  /// The tables as a report holds them.
  fileprivate var document: [String: [String: Int]] {
    Dictionary(
      uniqueKeysWithValues: tables.map { table in
        (table.title, Dictionary(uniqueKeysWithValues: zip(table.names, table.counts)))
      })
  }
}
