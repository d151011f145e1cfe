// Runs recordings in parallel: one task for each recording and stage, on as many threads as there are CPU
// cores. Each task owns its stage; nothing is shared, so the results do not depend on the order.

internal import Foundation
package import Judging
internal import MockQwen
package import ProxyServing
internal import ProxyUnderTest
package import Recordings
internal import Sockets
internal import Terminal
internal import Wire

/// What to run through a proxy core.
package struct CoreRunOptions: Sendable {
  package var recordings: [(path: String, recording: Recording)]
  package var plans: PlanChoice
  package var stages: [StageKind]
  package var seed: UInt64
  package var policy = Policy()
  /// The options that choose the core, for a command that runs a plan again.
  package var coreOptions = ""

  package init(
    recordings: [(path: String, recording: Recording)], plans: PlanChoice, stages: [StageKind],
    seed: UInt64, policy: Policy = Policy()
  ) {
    self.recordings = recordings
    self.plans = plans
    self.stages = stages
    self.seed = seed
    self.policy = policy
  }
}

/// Runs recordings with a proxy core, and reports progress: plans done, plans in all.
package func report<Core: ProxyCore>(
  _ options: CoreRunOptions, core: Core.Type, subject: String,
  progress: @escaping @Sendable (Int, Int) -> Void
) async throws -> RunReport {
  let start = ContinuousClock.now
  // Long sessions first, so that the last task to end is a short one.
  let tasks = options.recordings.indices
    .flatMap { recording in options.stages.indices.map { (recording, $0) } }
    .sorted { left, right in
      let bytes = { options.recordings[$0].recording.session.body.count }
      return (bytes(right.0), left.0, right.1) < (bytes(left.0), right.0, left.1)
    }
  let count = PlanCount(of: options.planCount, progress)
  let results = try await sideBySide(tasks) { recording, stage in
    try options.result(recording, on: options.stages[stage], core, count)
  }
  let pieces = zip(tasks, results).sorted { $0.0.1 < $1.0.1 }
  let parts = options.recordings.enumerated().map { index, file in
    RunReport.Part(
      path: file.path, stages: pieces.filter { $0.0.0 == index }.map(\.1),
      session: file.recording.session)
  }
  return RunReport(
    subject: subject, plans: options.plans.text, stages: options.stages, seed: options.seed,
    parts: parts,
    seconds: seconds(since: start), policy: options.policy)
}

extension CoreRunOptions {
  /// The result of one recording on one stage.
  fileprivate func result<Core: ProxyCore>(
    _ recording: Int, on kind: StageKind, _ core: Core.Type, _ count: PlanCount
  ) throws -> StageResult {
    let start = ContinuousClock.now
    let file = recordings[recording]
    var run = Run<Core>(file.recording.session, policy: policy, progress: count)
    run.command = "replay run \(quoted(file.path))\(coreOptions)"
    var result: StageResult
    switch plans {
    case .set(let set): result = try run.results(set, seed: seed, on: kind)
    case .one(let plan):
      result = try run.results(CollectionOfOne(plan), on: kind)
      result.unproven = run.unproven(plan)
    }
    result.seconds = seconds(since: start)
    return result
  }

  /// How many plans there are in all.
  fileprivate var planCount: Int {
    guard case .set(let set) = plans else { return recordings.count * stages.count }
    return recordings.reduce(0) { sum, file in
      let plans = SessionPlans(
        file.recording.session, set: set, seed: seed, isOnSockets: false)
      return sum + plans.count * stages.count
    }
  }
}

/// Seconds from `start` until now.
package func seconds(since start: ContinuousClock.Instant) -> Double {
  let elapsed = (ContinuousClock.now - start).components
  return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
}
