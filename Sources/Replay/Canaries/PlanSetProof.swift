// Compares the plan set `complete` with `exhaustive`, which tries every cut and every fault at every byte:
// how many plans each has, and which canaries each catches. A plan counts for a canary when it
// exercises the canary's class, breaks a check that is named for it, and shows something else than with a
// proxy that only passes on bytes: canaries know plain requests only, and fail others without a bug.

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
  /// Plans of `standard` and `exhaustive` that are run for one canary at most, spread evenly over those
  /// that exercise its class: all of them would take days.
  package static let spreadMax = 3_000

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
  /// - Parameters:
  ///   - bytesMax: Sessions with longer bodies, in bytes, are counted and not run.
  ///   - exhaustiveBytesMax: The same for the exhaustive plans.
  package static func prove(
    _ sessions: [Session], _ canaries: [Canary] = Canary.all, bytesMax: Int,
    exhaustiveBytesMax: Int, progress: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> PlanSetProof {
    var proof = PlanSetProof()
    for session in sessions {
      proof.completeCount += plans(session, .complete).count
      proof.standardCount += plans(session, .standard).count
      proof.exhaustiveCount += plans(session, .exhaustive).count
    }
    let run = sessions.filter { $0.body.count <= bytesMax }
    let complete = try await sideBySide(run) { ClassifiedPlans($0, plans($0, .complete).all) }
    let standard = try await sideBySide(run) { ClassifiedPlans($0, plans($0, .standard).all) }
    let exhaustive = try await sideBySide(
      run.filter { $0.body.count <= exhaustiveBytesMax }
    ) { ClassifiedPlans($0, plans($0, .exhaustive).all) }
    progress("sorting the plans")
    proof.rows = try await sideBySide(canaries) { canary in
      let row = try row(of: canary, canary.core, complete, standard, exhaustive)
      progress(canary.name)
      return row
    }
    return proof
  }

  private static func row<Core: ProxyCore>(
    of canary: Canary, _ core: Core.Type, _ complete: [ClassifiedPlans],
    _ standard: [ClassifiedPlans], _ exhaustive: [ClassifiedPlans]
  ) throws -> Row {
    let found = try caughtCount(canary, core, complete, upTo: caughtMin, plansMax: .max)
    let other = try caughtCount(canary, core, standard, upTo: caughtMin, plansMax: spreadMax)
    guard found < caughtMin else {
      return Row(canary: canary.name, completeCount: found, standardCount: other)
    }
    let last = try caughtCount(canary, core, exhaustive, upTo: 1, plansMax: spreadMax)
    return Row(
      canary: canary.name, completeCount: found, standardCount: other,
      isCaughtExhaustively: last > 0)
  }

  /// How many plans of a set catch a canary, counted up to `limit`.
  private static func caughtCount<Core: ProxyCore>(
    _ canary: Canary, _ core: Core.Type, _ sets: [ClassifiedPlans], upTo limit: Int, plansMax: Int
  ) throws -> Int {
    guard let bugClass = BugClass.named(canary.bugClass) else { return 0 }
    var count = 0
    for set in sets where count < limit {
      let run = Run<Core>(set.session)
      var left = set.plans(exercising: bugClass, atMost: plansMax / sets.count)[...]
      while count < limit, !left.isEmpty {
        let cases = try cases(run, left.prefix(stride), set.session)
        left = left.dropFirst(stride)
        let own = try cases.filter {
          try $0.exercises(bugClass) && $0.breaks(bugClass) && !isOfAnyCanary($0)
        }
        count += own.reduce(0) { $0 + $1.count }
      }
    }
    return min(count, limit)
  }

  private static func cases<Core: ProxyCore>(
    _ run: Run<Core>, _ plans: some Collection<Plan>, _ session: Session
  ) throws -> [DiagnosisCase] {
    try SharedMemory.$current.withValue(SharedMemory()) {
      try run.results(Array(plans), on: .simulated).cases.cases(of: session)
    }
  }

  /// Whether a proxy that only passes on bytes shows the same.
  private static func isOfAnyCanary(_ example: DiagnosisCase) throws -> Bool {
    // Most canaries have no settings, and without an answer of the upstream no bug shows.
    guard example.plan.core == CoreWords(), example.plan.reach == .answers else { return true }
    let splice = Run<CanaryProxy<ByteSplice>>(example.session)
    return try cases(splice, [example.plan], example.session)
      .contains { $0.sighting == example.sighting }
  }

  private static func plans(_ session: Session, _ set: PlanSet) -> SessionPlans {
    SessionPlans(session, set: set, seed: 1, isOnSockets: false)
  }
}
