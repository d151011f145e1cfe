// Fuzzes a proxy in another process: the same cases, one after the other, in real time. Pauses and stalls
// are left out of the plans, because there is no clock to advance; so are the behaviors of clients and
// the anomalies that every proxy may handle in its own way.

internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal

extension FuzzCase {
  /// The case without pacing and stalls, for one client that reads to the end.
  func inRealTime(overTLS: Bool) -> FuzzCase {
    var plan = overTLS ? plan : plan.withoutTLS
    plan.pacing = .none
    if plan.fault?.kind == .stall { plan.fault = nil }
    (plan.request, plan.behavior, plan.firstStatus, plan.streams) = (.plain, nil, nil, 1)
    plan.stop = nil
    let isOdd = !plan.anomalies.isSubset(of: [.hops]) || plan.octet != nil
    plan.anomalies.formIntersection([.hops])
    plan.octet = nil
    return FuzzCase(
      number: number, session: session, plan: plan,
      transmission: isOdd ? Transmission(session, plan) : transmission,
      mutations: mutations, isOnSockets: false)
  }
}

extension Fuzzer {
  /// How long one failure is shrunk, in milliseconds: a failure that is a wait takes long to repeat.
  private static let shrinkTimeMax = 60_000
  /// A target that dies more often than this is not started again: more would show nothing new.
  private static let crashesMax = 5

  /// Runs the cases through a target. Throws `TargetError` when it cannot be judged; the case that ended
  /// it is saved.
  func targetResult(
    _ settings: TargetSettings, _ progress: (Int) -> Void
  ) throws -> FuzzResult {
    let start = ContinuousClock.now
    let runner = TargetCaseRunner(settings, options.environment)
    var sum = FuzzTally()
    var part = FuzzReport.TargetPart(words: settings.list)
    var below = 0
    for number in options.shard.numbers(in: 0..<(options.casesMax ?? .max)) {
      let isLate = options.secondsMax.map { seconds(since: start) >= $0 } ?? false
      let failuresMax = options.failsFast ? 1 : Self.failuresMax
      guard !isLate, sum.failureCount < failuresMax,
        sum.breaches["liveness CRASHED", default: 0] < Self.crashesMax
      else { break }
      let example = cases[number].inRealTime(overTLS: settings.tls.isServed)
      let outcome = try outcome(of: example, runner) { !sum.has($0) }
      sum.count(
        example, outcome.violations, outcome.eventCount, outcome.classes, on: .target,
        rate: outcome.rate)
      part.cutsRequested += outcome.cutsRequested
      part.cutsAchieved += outcome.cutsAchieved
      if outcome.violations.isEmpty, let reason = outcome.unprovenReason {
        part.unprovenCount += 1
        let line = "case \(number) under '\(example.plan)': \(reason)"
        part.firstUnproven = part.firstUnproven ?? line
      }
      below = number + 1
      progress(sum.caseCount)
    }
    let found = sum.found.values.sorted { $0.number < $1.number }
    let crashes = try found.map { try shrunk($0, runner) }
    var report = report(sum, below: below, crashes.map(\.failure))
    report.target = part
    return FuzzResult(report: report, crashes: crashes.map(\.file))
  }

  private func outcome(
    of example: FuzzCase, _ runner: TargetCaseRunner, isNew: (String) -> Bool
  ) throws -> TargetCaseRunner.Outcome {
    do {
      let outcome = try runner.run(example.session, example.plan, example.transmission)
      guard let first = outcome.violations.first, isNew(first.kind) else { return outcome }
      return try runner.believed(outcome, example.session, example.plan, example.transmission)
    } catch var error as TargetError {
      error.description += ", under case \(example.number) of seed \(options.seed)"
      guard !error.isInterruption else { throw error }
      let file = CrashFile(
        recording: Recording(
          source: "replay fuzz --seed \(options.seed), case \(example.number)",
          session: example.session),
        plan: example.plan, stage: .target, check: .end, name: "DIED", detail: error.description,
        core: options.coreName, target: options.target?.list, seed: options.seed,
        number: example.number)
      let path = try file.save(in: options.folder)
      error.description += "; run it again with: \(CrashFile.command(path))"
      throw error
    }
  }

  private func shrunk(
    _ found: FuzzFinding, _ runner: TargetCaseRunner
  ) throws -> (failure: FuzzReport.Failure, file: CrashFile) {
    let limit = monotonicMilliseconds() + Self.shrinkTimeMax
    var interruption: TargetError?
    let result = shrunk(found) {
      interruption != nil || monotonicMilliseconds() >= limit
    } by: { session, plan in
      do {
        return try runner.run(session, plan).violations
      } catch let error as TargetError where error.isInterruption {
        interruption = error
        throw error
      }
    }
    if let interruption { throw interruption }
    return result
  }
}
