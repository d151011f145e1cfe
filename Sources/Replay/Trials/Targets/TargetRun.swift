// One recording through a target, one plan after the other: one plan must not disturb another. A failure
// is confirmed by running it again. A plan whose answer never came from the upstream, or whose cuts were
// not all made, is unproven. A target that dies is started again; its death is a failure of that plan.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Recordings
internal import Sockets
internal import Stages
internal import Terminal
internal import Wire

/// One recording, ready to be run through a target.
struct TargetRun {
  /// The number of crashes of one recording after which its other plans are left out.
  private static let crashesMax = 5
  /// How long a target may take until it is ready, in milliseconds, and the time between two requests.
  private static let warmUpTimeMax = 30_000
  private static let warmUpInterval = 100

  let session: Session
  private let trial: TargetTrial
  private let settings: TargetSettings
  private let known: Set<KnownFailure>
  private let plans: SessionPlans?
  private let onePlan: Plan?
  private let pause: Plan?
  private let isLoad: Bool
  private var beliefs = PlanBeliefs()
  private(set) var waits: WaitExperience
  var notes = TargetNotes()

  /// - Parameter pause: A plan besides, in which the upstream pauses.
  init(
    _ session: Session, _ options: TargetRunOptions, waits: WaitExperience = WaitExperience(),
    pause: Plan? = nil
  ) {
    self.session = session
    self.pause = pause
    self.waits = waits
    settings = options.settings
    trial = TargetTrial(session, options.settings)
    known = options.known
    func chosen(_ set: PlanSet?) -> SessionPlans {
      .forTarget(
        session, set: set, seed: options.seed, overTLS: options.settings.tls.isServed)
    }
    if case .set(.load)? = options.plans { isLoad = true } else { isLoad = false }
    switch options.plans {
    case nil: (plans, onePlan) = (chosen(nil), nil)
    case .set(let set): (plans, onePlan) = (chosen(set), nil)
    case .one(let plan): (plans, onePlan) = (nil, plan)
    }
  }

  /// The number of events that a client must see when everything arrives.
  var eventCount: Int { trial.whole.eventCount }

  /// Checks that the target is a proxy for the mock, and waits while it only warms up. Throws
  /// `TargetError`.
  func probe(_ stage: inout TargetStage) throws {
    let plan = Plan()
    let limit = stage.now + Self.warmUpTimeMax
    while true {
      let observation = try stage.run([
        TargetStream(delivery: Delivery(session, plan), whole: trial.whole)
      ])
      if observation.crash != nil { return try stage.restart() }
      let seen = observation.seen
      if !seen.requests.isEmpty || !observation.malformed.isEmpty { return }
      if (seen.status ?? 0) >= 500, stage.launch != nil, stage.now < limit {
        try stage.rest(Self.warmUpInterval)
        continue
      }
      guard let status = seen.status else {
        let words =
          seen.breach.map { "what it answers is not HTTP: \($0)" }
          ?? "it does not answer with a whole HTTP head"
        throw stage.failure("\(stage.place) cannot be judged: \(words)")
      }
      throw stage.failure(
        "\(stage.place) cannot be judged: it answers \(status) without asking the mock "
          + "upstream at \(stage.upstream)")
    }
  }

  /// Runs all plans, and reports each when it is done. After an interruption it has the results so far.
  mutating func results(
    on stage: inout TargetStage, tell: () -> Void
  ) throws -> StageResult {
    var result = StageResult(stage: .target)
    result.target = TargetFigures()
    let delayCount = stage.delays.count
    do {
      try runAll(on: &stage, into: &result, tell: tell)
    } catch let error as TargetError where error.isInterruption {
      result.isInterrupted = true
    }
    notes.delays = Delays(Array(stage.delays[delayCount...]))
    result.target?.notes = notes
    return result
  }

  private mutating func runAll(
    on stage: inout TargetStage, into result: inout StageResult, tell: () -> Void
  ) throws {
    if let onePlan {
      try run(onePlan, on: &stage, into: &result)
      tell()
    }
    if isLoad {
      try runLoad(on: &stage, into: &result)
      tell()
    }
    if let pause {
      try run(pause, on: &stage, into: &result)
      tell()
    }
    guard let plans else { return }
    result.singleCutsTried = plans.singleCuts.count
    result.singleCutsInAll = plans.singleCutCount
    for plan in plans.all where notes.endedBecause == nil {
      if beliefs.leavesOut(plan) {
        notes.leftOutCount += 1
      } else {
        try run(plan, on: &stage, into: &result)
      }
      tell()
    }
  }

  private mutating func run(
    _ plan: Plan, on stage: inout TargetStage, into result: inout StageResult
  ) throws {
    let delivery = Delivery(session, plan)
    if let reason = emptyReason(delivery, plan) {
      return addUnproven(plan.description, reason, into: &result)
    }
    do {
      let isFirst = waits.isFirst(KnownFailure.circumstances(of: plan))
      let isWhole = waits.awaitsProgress(ofPlan: result.planCount, isFirst: isFirst)
      (stage.awaitsProgress, stage.awaitsFirstBlock) = (isWhole, isFirst)
      if !isWhole { notes.progressNotJudgedCount += 1 }
      let outcome = try believed(plan, delivery, on: &stage)
      beliefs.note(outcome, plan)
      waits.noteLatePlan(outcome)
      add(outcome, plan, judgedProgress: isWhole, into: &result)
    } catch let error as TargetError {
      var placed = error
      placed.description += ", under the plan '\(plan)' of \(session.name)"
      throw placed
    }
  }

  /// Runs a plan until its outcome is confirmed: over a fresh connection if the target has answered by
  /// itself, three times if it fails, and up to twenty if the results differ.
  private mutating func believed(
    _ plan: Plan, _ delivery: Delivery, on stage: inout TargetStage
  ) throws -> TargetOutcome {
    var outcome = try once(plan, delivery, on: &stage)
    if outcome.answeredItself {
      notes.retriedCount += 1
      outcome = try once(plan, delivery, on: &stage)
    }
    guard !outcome.violations.isEmpty, !beliefs.knows(outcome, plan), !isKnown(outcome, plan) else {
      return outcome
    }
    var rate = outcome.rate
    var attempts = 1
    // A plan with another failure too is confirmed without waiting again for what is late.
    if outcome.violations.contains(where: { $0.check != .progress }) {
      stage.awaitsProgress = false
    }
    while notes.endedBecause == nil, attempts < 2 * PlanBeliefs.runsMax,
      rate.runs < PlanBeliefs.runsMin || rate.isIntermittent && rate.runs < PlanBeliefs.runsMax
    {
      let next = try once(plan, delivery, on: &stage)
      attempts += 1
      if next.answeredItself { continue }
      rate.runs += 1
      if !next.violations.isEmpty { rate.failed += 1 }
    }
    outcome.rate = rate
    if rate.isIntermittent {
      notes.intermittent.append(
        IntermittentFailure(
          recording: session.name, plan: plan.description, what: outcome.violations.inFewWords,
          rate: rate))
    }
    return outcome
  }

  /// Runs a plan once, and starts the target again if it has died or was told to stop.
  mutating func once(
    _ plan: Plan, _ delivery: Delivery, on stage: inout TargetStage
  ) throws -> TargetOutcome {
    let circumstances = KnownFailure.circumstances(of: plan)
    let isHurried = waits.isHurried(circumstances)
    let expectsLingering = waits.expectsLingering
    stage.departureTime = waits.departureTime(of: TargetStage.departureTimeMax)
    stage.patience = waits.patience(circumstances, of: settings.timeout)
    stage.deathTime = waits.deathTime(circumstances)
    let outcome = try trial.run(plan, delivery, on: &stage)
    stage.patience = settings.timeout
    if outcome.hasHung && isHurried || outcome.hasLingered && expectsLingering {
      notes.hurriedCount += 1
    }
    waits.note(outcome, circumstances)
    notes.asides.merge(outcome.observation.asides, uniquingKeysWith: +)
    notes.asides.merge(outcome.observation.asidesBefore, uniquingKeysWith: +)
    notes.blocksDue += outcome.observation.blocksDue
    notes.blocksNotAwaited += outcome.observation.blocksNotAwaited
    if outcome.observation.crash != nil {
      notes.crashCount += 1
      if notes.crashCount > Self.crashesMax {
        notes.endedBecause = "the target has crashed \(notes.crashCount) times"
      }
    }
    if outcome.observation.crash != nil || outcome.observation.wasStopped { try stage.restart() }
    return outcome
  }

  /// Records a plan that has no effect on this session.
  func addUnproven(_ plan: String, _ reason: String, into result: inout StageResult) {
    var figures = TargetFigures()
    figures.unprovenCount = 1
    figures.firstUnproven = UnprovenPlan(recording: session.name, plan: plan, reason: reason)
    result.planCount += 1
    result.target = (result.target ?? TargetFigures()) + figures
  }

  private func ways(_ outcome: TargetOutcome, _ plan: Plan) -> Set<KnownFailure> {
    Set(outcome.violations.map { KnownFailure($0, recording: session.name, plan: plan) })
  }

  private func isKnown(_ outcome: TargetOutcome, _ plan: Plan) -> Bool {
    ways(outcome, plan).isSubset(of: known)
  }

  func add(
    _ outcome: TargetOutcome, _ plan: Plan, judgedProgress: Bool, into result: inout StageResult
  ) {
    var figures = TargetFigures()
    figures.reached = outcome.reached
    figures.reachCounts[outcome.reached] = 1
    figures.cutsRequested = outcome.observation.cutsRequested
    figures.cutsAchieved = outcome.observation.cutCount
    figures.usedPause = outcome.observation.usedPause
    result.planCount += 1
    let ways = ways(outcome, plan)
    for way in ways { figures.ways[way] = 1 }
    for check in Set(outcome.violations.map(\.check)) { figures.checkCounts[check] = 1 }
    if !ways.isEmpty || outcome.unprovenReason == nil {
      let broken = Set(outcome.violations.map(\.check))
      figures.classes = TargetJudge(settings: settings).figures(
        of: outcome.classes, broken: broken, isKnown: ways.isSubset(of: known))
    }
    if !ways.isEmpty, ways.isSubset(of: known) {
      figures.knownCount = 1
      for violation in outcome.violations { figures.knownBreaches[violation.kind, default: 0] += 1 }
    } else if !ways.isEmpty {
      // An intermittent failure is timing, not the plan: it proves nothing about a bug class.
      if !outcome.rate.isIntermittent {
        result.cases.note(
          plan, outcome.delivery, outcome.conditions,
          Sighting(outcome.violations, outcome.observation.clients), outcome.violations,
          rate: outcome.rate,
          Evidence(outcome.violations, outcome.seen, outcome.expectation, outcome.delivery))
      }
      let failure = FailedPlan(
        stage: .target, plan: plan.description, violations: outcome.violations,
        classes: outcome.classes, rate: outcome.rate)
      result.add(failure, plan, outcome.delivery) { failure in
        let (seen, expectation, delivery) = (outcome.seen, outcome.expectation, outcome.delivery)
        failure.evidence = Evidence(outcome.violations, seen, expectation, delivery)
        failure.strip = Strip(seen, expectation, delivery, fault: plan.fault)
        failure.portrait = Portrait(
          seen, expectation, moments: outcome.firstFailed == 0 ? outcome.observation.moments : [])
      }
    } else if let reason = outcome.unprovenReason {
      figures.unprovenCount = 1
      figures.firstUnproven = UnprovenPlan(
        recording: session.name, plan: plan.description, reason: reason)
    } else {
      result.classes.formUnion(outcome.classes.visible(to: settings))
      // If lateness was not checked, the plan is not known to have passed.
      if judgedProgress { result.cases.note(plan, outcome.delivery, outcome.conditions) }
    }
    result.target = (result.target ?? TargetFigures()) + figures
  }
}
