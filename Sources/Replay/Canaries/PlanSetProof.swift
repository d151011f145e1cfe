// Compares the plan set `complete` with `exhaustive`, which tries every cut and every fault at every byte:
// how many plans each has, and which canaries each catches. A plan counts for a canary when it
// exercises the canary's class and breaks a check that is named for it.

internal import Judging
package import MockQwen
internal import ProxyServing
internal import Trials

/// What two plan sets have caught.
package struct PlanSetProof: Sendable {
  /// A canary, and what caught it.
  package struct Row: Sendable {
    package var canary: String
    /// Plans of `complete` that catch it, counted up to `caughtMin`.
    package var completeCount: Int
    /// Plans of `standard` that do, counted up to `caughtMin`.
    package var standardCount: Int
    /// Whether a plan of `exhaustive` does; nil where `complete` does so often enough.
    package var isCaughtExhaustively: Bool?

    /// Whether `complete` falls short of `exhaustive`.
    package var isShort: Bool {
      completeCount < PlanSetProof.caughtMin && (completeCount > 0 || isCaughtExhaustively == true)
    }
  }

  /// So many plans must catch a canary that any plan can catch.
  package static let caughtMin = 10
  /// The part of the exhaustive plans that `complete` may have.
  package static let shareMax = 0.03
  /// Plans that are run between two looks at what they have caught.
  private static let stride = 64

  package var completeCount = 0
  package var standardCount = 0
  package var exhaustiveCount = 0
  package var rows: [Row] = []

  package var share: Double {
    exhaustiveCount == 0 ? 1 : Double(completeCount) / Double(exhaustiveCount)
  }

  package var holds: Bool {
    !rows.isEmpty && share <= Self.shareMax && !rows.contains(where: \.isShort)
  }

  /// Runs the canaries through the sets, on all cores.
  ///
  /// - Parameter exhaustiveBytesMax: Sessions with longer bodies, in bytes, are left out where all
  ///   exhaustive plans would have to be run.
  package static func prove(
    _ sessions: [Session], _ canaries: [Canary] = Canary.all, exhaustiveBytesMax: Int,
    progress: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> PlanSetProof {
    var proof = PlanSetProof()
    for session in sessions {
      proof.completeCount += plans(session, .complete).count
      proof.standardCount += plans(session, .standard).count
      proof.exhaustiveCount += plans(session, .exhaustive).count
    }
    let short = sessions.filter { $0.body.count <= exhaustiveBytesMax }
    proof.rows = try await sideBySide(canaries) { canary in
      let row = try row(of: canary, canary.core, sessions, short)
      progress(canary.name)
      return row
    }
    return proof
  }

  private static func plans(_ session: Session, _ set: PlanSet) -> SessionPlans {
    SessionPlans(session, set: set, seed: 1, isOnSockets: false)
  }

  private static func row<Core: ProxyCore>(
    of canary: Canary, _ core: Core.Type, _ sessions: [Session], _ short: [Session]
  ) throws -> Row {
    func caught(_ sessions: [Session], _ set: PlanSet, upTo limit: Int) throws -> Int {
      var count = 0
      for session in sessions where count < limit {
        count += try caughtCount(canary, core, session, set, upTo: limit - count)
      }
      return min(count, limit)
    }
    let complete = try caught(sessions, .complete, upTo: caughtMin)
    let standard = try caught(sessions, .standard, upTo: caughtMin)
    let isCaught =
      complete < caughtMin ? try caught(short, .exhaustive, upTo: 1) > 0 : nil
    return Row(
      canary: canary.name, completeCount: complete, standardCount: standard,
      isCaughtExhaustively: isCaught)
  }

  /// How many plans of a set catch a canary with a session; it stops near `limit`.
  private static func caughtCount<Core: ProxyCore>(
    _ canary: Canary, _ core: Core.Type, _ session: Session, _ set: PlanSet, upTo limit: Int
  ) throws -> Int {
    guard let bugClass = BugClass.named(canary.bugClass) else { return 0 }
    let run = Run<Core>(session)
    let all = plans(session, set).all
    var count = 0
    while count < limit {
      let some = Array(all.prefix(stride))
      guard !some.isEmpty else { break }
      let cases = try SharedMemory.$current.withValue(SharedMemory()) {
        try run.results(some, on: .simulated).cases.cases(of: session)
      }
      for example in cases where example.exercises(bugClass) && example.breaks(bugClass) {
        count += example.count
      }
    }
    return count
  }
}
