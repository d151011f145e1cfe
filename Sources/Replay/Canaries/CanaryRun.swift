// Runs the catalogue: each canary through its trials until a check catches it, all canaries side by
// side on all cores, and the proxies that must pass through every trial there is. What a canary
// shows depends on its trials alone, so that the report is the same however many cores there are.

internal import Foundation
package import Judging
package import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
package import Trials
internal import Wire

/// What the trials of a canary have shown.
package struct CanaryResult: Sendable {
  package enum Detection: Hashable, Sendable {
    /// Caught by a check that its class names.
    case caught
    /// Only checks that its class does not name have seen something.
    case caughtElsewhere
    case lives
  }

  package var canary: Canary
  /// For each trial that was run, the checks that saw something.
  package var seen: [Set<Check>] = []
  /// The plan that caught it, or nil.
  package var plan: Plan?
  /// What the check said, or what the first other check did.
  package var detail = ""
  package var classes = ClassSet()

  /// The checks that its class names.
  package var named: [Check] { BugClass.named(canary.bugClass)?.checks ?? [] }

  package var detection: Detection { detection(without: nil) }

  /// The detection if there was no such check.
  package func detection(without missing: Check?) -> Detection {
    let left = seen.reduce(into: Set<Check>()) { $0.formUnion($1) }.subtracting(
      [missing].compactMap { $0 })
    if named.contains(where: left.contains) { return .caught }
    return left.isEmpty ? .lives : .caughtElsewhere
  }

  /// The check that caught it: of those that its class names, the first.
  package var check: Check? {
    seen.lazy.compactMap { found in named.first(where: found.contains) }.first
  }
}

/// What a proxy that must pass has shown.
package struct GoodProxyResult: Sendable {
  package var name: String
  package var planCount = 0
  /// The first plans that failed, each with what was said.
  package var failures: [String] = []

  /// Counts a plan, and keeps what it broke.
  package mutating func add(_ session: Session, _ plan: Plan, _ violation: Violation?) {
    planCount += 1
    guard let violation else { return }
    failures.append("\(session.name) under '\(plan)': \(violation.check) \(violation.detail)")
  }
}

/// What the whole catalogue has shown.
package struct CanaryReport: Sendable {
  package var canaries: [CanaryResult] = []
  package var goodProxies: [GoodProxyResult] = []
  package var seconds = 0.0
  /// Whether the user ended the run before all were run.
  package var isInterrupted = false

  package var passed: Bool {
    !isInterrupted && holds
  }

  /// Whether nothing is wrong by now.
  package var holds: Bool {
    canaries.allSatisfy { $0.detection == .caught } && goodProxies.allSatisfy(\.failures.isEmpty)
  }

  package var classes: ClassSet {
    canaries.reduce(into: ClassSet()) { $0.formUnion($1.classes) }
  }
}

extension Trial {
  /// Runs the trial through a proxy core, in a process of its own.
  func outcome<Core: ProxyCore>(through core: Core.Type) throws -> CaseRunner<Core>.Outcome {
    try SharedMemory.$current.withValue(SharedMemory()) {
      try CaseRunner<Core>(policy: policy).run(session, plan, on: stage)
    }
  }
}

extension Canary {
  /// Runs the trials, in order, until one catches; `runsAll` goes on to the last.
  package func result(runsAll: Bool = false) throws -> CanaryResult {
    try Self.result(of: self, core, runsAll)
  }

  private static func result<Core: ProxyCore>(
    of canary: Canary, _ core: Core.Type, _ runsAll: Bool
  ) throws -> CanaryResult {
    var result = CanaryResult(canary: canary)
    for trial in canary.trials {
      let outcome = try trial.outcome(through: core)
      result.classes.formUnion(outcome.classes)
      let wasCaught = result.detection == .caught
      result.seen.append(Set(outcome.violations.map(\.check)))
      guard !wasCaught else { continue }
      let isCaught = result.detection == .caught
      let telling = outcome.violations.first { !isCaught || result.named.contains($0.check) }
      if result.detail.isEmpty || isCaught { result.detail = telling?.detail ?? "" }
      guard isCaught else { continue }
      result.plan = trial.plan
      if !runsAll { break }
    }
    return result
  }

  /// Runs canaries and the good proxies, on all cores; tells how many are done.
  package static func report(
    _ canaries: [Canary] = Canary.all, runsAll: Bool = false,
    progress: @Sendable (Int) -> Void = { _ in }
  ) async throws -> CanaryReport {
    let start = ContinuousClock.now
    // The good proxies take longest, and begin first.
    let goodCount = GoodProxy.allCases.count
    let jobCount = goodCount + canaries.count
    var waiting = (0..<jobCount).makeIterator()
    var done: [(number: Int, part: CanaryReport)] = []
    func next() -> Int? { Interruption.count == 0 ? waiting.next() : nil }
    try await sideBySide(next: next) { number in
      var part = CanaryReport()
      if number < goodCount {
        let trials = canaries.flatMap(\.trials)
        part.goodProxies = [try GoodProxy.allCases[number].result(trials, scripts: true)]
      } else {
        part.canaries = [try canaries[number - goodCount].result(runsAll: runsAll)]
      }
      return (number, part)
    } take: {
      done.append($0)
      progress(done.count)
    }
    let parts = done.sorted { $0.number < $1.number }.map(\.part)
    return CanaryReport(
      canaries: parts.flatMap(\.canaries), goodProxies: parts.flatMap(\.goodProxies),
      seconds: Trials.seconds(since: start), isInterrupted: done.count < jobCount)
  }
}
