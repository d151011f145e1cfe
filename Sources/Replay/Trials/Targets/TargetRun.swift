// Takes recordings through a target, one plan after the other: the target is one process with one
// port, and what it does under one plan must not disturb another. A plan whose answer never came from
// the upstream, or whose cuts were not all made, is unproven.

internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyUnderTest
package import Recordings
package import Sockets
internal import Terminal
internal import Wire

/// What to run through a target.
package struct TargetOrder: Sendable {
  package var settings: TargetSettings
  package var recordings: [(path: String, recording: Recording)]
  /// What to try; nil for what is usual with targets.
  package var plans: RunOrder.Plans?
  package var seed: UInt64
  package var environment: [String: String]
  /// Ways of failing that are known.
  package var known: Set<KnownFailure> = []

  package init(
    settings: TargetSettings, recordings: [(path: String, recording: Recording)],
    plans: RunOrder.Plans? = nil, seed: UInt64, environment: [String: String],
    known: Set<KnownFailure> = []
  ) {
    self.settings = settings
    self.recordings = recordings
    self.plans = plans
    self.seed = seed
    self.environment = environment
    self.known = known
  }

  /// What a list of known failures must have been recorded under.
  package var conditions: KnownFailures.Conditions {
    KnownFailures.Conditions(
      plans: plansText, seed: seed, compare: settings.level, comments: settings.comparesComments)
  }

  fileprivate var plansText: String { plans?.text ?? "usual" }
}

/// Runs an order, and tells about progress: recordings done, recordings in all.
package func report(
  _ order: TargetOrder, check: consuming DeliveryCheck = DeliveryCheck(),
  progress: (Int, Int) -> Void
) throws -> RunReport {
  let start = ContinuousClock.now
  var stage = try TargetStage(order.settings, check: check)
  defer { stage.stop() }
  try stage.start(environment: order.environment)
  if let first = order.recordings.first {
    try TargetRun(first.recording.session, order).probe(&stage)
  }
  var parts: [RunReport.Part] = []
  for (path, recording) in order.recordings {
    let start = ContinuousClock.now
    let run = TargetRun(recording.session, order)
    let result = try run.results(on: &stage)
    parts.append(
      RunReport.Part(
        path: path, name: recording.session.name, eventCount: run.eventCount,
        byteCount: recording.session.body.count, stages: [result], seconds: seconds(since: start)))
    progress(parts.count, order.recordings.count)
  }
  var report = RunReport(
    subject: order.settings.subject(at: stage.url), plans: order.plansText,
    stages: [.target], seed: order.seed, parts: parts, seconds: seconds(since: start))
  report.level = order.settings.level
  report.unexpectedPasses = parts.flatMap { unexpectedPasses(in: $0, order.known) }
  return report
}

/// Known failures of a recording that did not happen, in order. Where plans were not carried out as
/// they stand, nothing is said.
private func unexpectedPasses(
  in part: RunReport.Part, _ known: Set<KnownFailure>
) -> [KnownFailure] {
  guard let figures = part.target, figures.unprovenCount == 0 else { return [] }
  return known.filter { $0.recording == part.name && figures.ways[$0] == nil }
    .sorted { ($0.breach, $0.under) < ($1.breach, $1.under) }
}

/// One recording, ready to be taken through a target.
struct TargetRun {
  private let session: Session
  private let whole: Expectation
  private let facts: SessionFacts
  private let borders: Borders
  private let judge: TargetJudge
  private let known: Set<KnownFailure>
  private let plans: SessionPlans?
  private let onePlan: Plan?

  init(_ session: Session, _ order: TargetOrder) {
    self.session = session
    whole = .whole(session)
    facts = SessionFacts(session, whole)
    borders = Borders(whole)
    judge = TargetJudge(
      level: order.settings.level, comparesComments: order.settings.comparesComments)
    known = order.known
    switch order.plans {
    case nil: (plans, onePlan) = (.forTarget(session, set: nil, seed: order.seed), nil)
    case .set(let set): (plans, onePlan) = (.forTarget(session, set: set, seed: order.seed), nil)
    case .one(let plan): (plans, onePlan) = (nil, plan)
    }
  }

  /// The number of events that a client must see when all arrives.
  package var eventCount: Int { whole.eventCount }

  /// Makes sure that the target is a proxy in front of the mock. Throws `TargetError`.
  func probe(_ stage: inout TargetStage) throws {
    let delivery = Delivery(session, Plan())
    let seen = try stage.run(delivery, borders).seen
    if seen.status == nil {
      let words =
        seen.breach.map { "what it answers is no HTTP: \($0)" }
        ?? "it does not answer with a whole HTTP head"
      throw stage.failure("\(stage.url) cannot be judged: \(words)")
    }
    if seen.requests.isEmpty {
      throw stage.failure(
        "\(stage.url) cannot be judged: it answers \(seen.status ?? 0) without asking the mock "
          + "upstream at \(stage.upstreamURL)")
    }
  }

  /// Runs all plans.
  package func results(on stage: inout TargetStage) throws -> StageResult {
    var result = StageResult(stage: .target)
    result.target = TargetFigures()
    var transmissions = LastTransmission()
    func run(_ plan: Plan) throws {
      let delivery = transmissions.delivery(session, plan)
      do {
        judge(try stage.run(delivery, borders), plan, delivery, into: &result)
      } catch let error as TargetError {
        var placed = error
        placed.description += ", under the plan '\(plan)' of \(session.name)"
        throw placed
      }
    }
    if let onePlan { try run(onePlan) }
    if let plans {
      for plan in plans.all { try run(plan) }
      result.singleCutsTried = plans.singleCuts.count
      result.singleCutsInAll = plans.singleCutCount
    }
    return result
  }

  private func judge(
    _ run: TargetObservation, _ plan: Plan, _ delivery: Delivery, into result: inout StageResult
  ) {
    let expectation = Expectation.of(delivery, whole: whole)
    let verdict = judge.verdict(run.seen, expectation, delivery)
    let wasAsked = !run.seen.requests.isEmpty
    var figures = TargetFigures()
    figures.reached = wasAsked ? verdict.reached : .bytes
    figures.cutsRequested = run.cutsRequested
    figures.cutsAchieved = run.cutsAchieved
    figures.usedPause = run.usedPause
    result.planCount += 1
    let ways =
      wasAsked
      ? Set(verdict.violations.map { KnownFailure($0, recording: session.name, plan: plan) }) : []
    for way in ways { figures.ways[way] = 1 }
    let classes = facts.traits(of: delivery, expectation).classes
    if !ways.isEmpty || run.unprovenReason == nil {
      let broken = Set(verdict.violations.map(\.check))
      figures.classes = judge.figures(
        of: classes, broken: broken, isKnown: ways.isSubset(of: known))
    }
    if !ways.isEmpty, ways.isSubset(of: known) {
      figures.knownCount = 1
      for violation in verdict.violations { figures.knownBreaches[violation.kind, default: 0] += 1 }
    } else if !ways.isEmpty {
      result.add(
        FailedPlan(
          stage: .target, plan: plan.description, violations: verdict.violations,
          evidence: Evidence(verdict.violations, run.seen, expectation, delivery)))
    } else if let reason = run.unprovenReason {
      figures.unprovenCount = 1
      figures.firstUnproven = UnprovenPlan(
        recording: session.name, plan: plan.description, reason: reason)
    } else {
      result.classes.formUnion(classes)
    }
    result.target = (result.target ?? TargetFigures()) + figures
  }
}

extension TargetObservation {
  /// Why a plan under which nothing failed proves nothing; nil when it proves something.
  var unprovenReason: String? {
    if seen.requests.isEmpty {
      return "the target answered \(seen.status.map(String.init) ?? "nothing") by itself"
    }
    guard cutsAchieved < cutsRequested else { return nil }
    return "\(cutsAchieved) of \(cutsRequested) cuts are known to have been made"
      + (usedPause ? "; the kernel cannot be asked, and a pause proves nothing" : "")
  }
}

extension TargetSettings {
  fileprivate func subject(at url: String) -> String {
    launch.map { "the target \(url), launched by '\($0)'" } ?? "the target \(url)"
  }
}
