// One result model for all formats: the results of a whole run, from which the table, the failure blocks,
// JSON and JUnit are made.

package import Judging
package import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Wire

/// The results of a run over recordings.
package struct RunReport: Sendable {
  /// One recording's part.
  package struct Part: Sendable {
    /// The file, as the user named it.
    package var path: String
    package var name: String
    package var eventCount: Int
    /// The bytes of the recorded body.
    package var byteCount: Int
    package var stages: [StageResult]
    /// Time spent on this recording, over all stages, in seconds.
    package var seconds: Double

    /// A recording's session, and its results on each stage.
    init(path: String, stages: [StageResult], session: Session) {
      self.init(
        path: path, name: session.name, eventCount: Expectation.whole(session).eventCount,
        byteCount: session.body.count, stages: stages,
        seconds: stages.reduce(0) { $0 + $1.seconds }, session: session)
    }

    package init(
      path: String, name: String, eventCount: Int, byteCount: Int, stages: [StageResult],
      seconds: Double, session: Session? = nil
    ) {
      (self.path, self.name, self.eventCount) = (path, name, eventCount)
      (self.byteCount, self.stages, self.seconds) = (byteCount, stages, seconds)
      self.session = session
    }

    package var planCount: Int { stages.reduce(0) { $0 + $1.planCount } }
    package var failureCount: Int { stages.reduce(0) { $0 + $1.failureCount } }
    package var failures: [FailedPlan] { stages.flatMap(\.failures) }
    /// The input of a diagnosis, over all stages.
    package var cases: CaseTable {
      stages.reduce(into: CaseTable()) { $0.formUnion($1.cases) }
    }
    /// The failure that is shown in detail: with the fewest cuts, on the first stage that failed.
    package var smallest: FailedPlan? { stages.lazy.compactMap(\.smallest).first }
    /// What happened to the blocks under the plan that is shown in detail.
    package var strip: Strip? { smallest?.strip ?? stages.lazy.compactMap(\.strip).first }
    /// The recording's session, for pictures; nil when it is not available.
    package var session: Session?
    /// Where cuts did harm, over all stages; nil when no plan failed.
    package var heat: CutHeat? {
      let all = stages.compactMap(\.heat)
      return all.first.map { all.dropFirst().reduce($0, +) }
    }

    /// The results of a target; nil on the other stages.
    package var target: TargetFigures? { stages.lazy.compactMap(\.target).first }

    /// How often each check was broken, over all stages.
    package var breaches: [String: Int] {
      stages.reduce(into: [:]) { $0.merge($1.breaches, uniquingKeysWith: +) }
    }
  }

  /// What was under test, for a person.
  package var subject: String
  /// The plan set's name, or the line of the one plan.
  package var plans: String
  /// The stages of the run, in order.
  package var stages: [StageKind]
  /// The seed of the random cuts.
  package var seed: UInt64
  /// The recordings, in the order of the run.
  package var parts: [Part]
  /// Wall time in seconds.
  package var seconds: Double

  /// What was expected where several behaviours are right.
  package var policy = Policy()

  /// The level at which a target was judged; nil on the other stages.
  package var level: CompareLevel?

  /// Whether comments count at the level of events.
  package var comparesComments = false

  /// Failures of a target that are listed as known, and did not happen.
  package var unexpectedPasses: [KnownFailure] = []

  /// The results of a target over all recordings; nil on the other stages.
  package var target: TargetFigures? {
    let figures = parts.compactMap(\.target)
    return figures.first.map { figures.dropFirst().reduce($0, +) }
  }

  /// Whether the user interrupted the run before all plans were run.
  package var isInterrupted: Bool {
    interrupted || parts.flatMap(\.stages).contains(where: \.isInterrupted)
  }
  package var interrupted = false

  /// The verdict: failures and unexpected passes come before an interruption, that before unproven plans.
  package var verdict: Verdict {
    if failureCount > 0 || !unexpectedPasses.isEmpty { return .failed }
    if isInterrupted { return .interrupted }
    return unprovenCount > 0 ? .unproven : .passed
  }

  /// Plans that were not carried out exactly.
  package var unprovenCount: Int {
    (target?.unprovenCount ?? 0) + parts.flatMap(\.stages).count { $0.unproven != nil }
  }

  /// The first of them, and why.
  package var firstUnproven: UnprovenPlan? {
    target?.firstUnproven ?? parts.flatMap(\.stages).lazy.compactMap(\.unproven).first
  }

  /// The bug classes that any plan exercised.
  package var classes: ClassSet {
    parts.flatMap(\.stages).reduce(into: ClassSet()) { $0.formUnion($1.classes) }
  }

  package var failureCount: Int { parts.reduce(0) { $0 + $1.failureCount } }
  /// Failed plans under conditions that are rare with a model's upstream, by condition.
  package var rareFailures: [String: Int] {
    parts.flatMap(\.stages).reduce(into: [:]) { $0.merge($1.rareFailures, uniquingKeysWith: +) }
  }
  package var planCount: Int { parts.reduce(0) { $0 + $1.planCount } }
  package var eventCount: Int { parts.reduce(0) { $0 + $1.eventCount } }
}
