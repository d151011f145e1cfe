// Runs recordings through a target. The target is one process with one port, so they run one after the
// other. If the user interrupts the run, there is a report of what was done.

internal import Judging
internal import MockQwen
package import Recordings
package import Sockets
internal import Stages
internal import Terminal
internal import Wire

/// What to run through a target.
package struct TargetRunOptions: Sendable {
  package var settings: TargetSettings
  package var recordings: [(path: String, recording: Recording)]
  /// The plans; nil for the default of targets.
  package var plans: PlanChoice?
  package var seed: UInt64
  package var environment: [String: String]
  /// Known kinds of failures.
  package var known: Set<KnownFailure> = []

  package init(
    settings: TargetSettings, recordings: [(path: String, recording: Recording)],
    plans: PlanChoice? = nil, seed: UInt64, environment: [String: String],
    known: Set<KnownFailure> = []
  ) {
    self.settings = settings
    self.recordings = recordings
    self.plans = plans
    self.seed = seed
    self.environment = environment
    self.known = known
  }

  /// The conditions under which a list of known failures must have been recorded.
  package var conditions: KnownFailures.Conditions {
    KnownFailures.Conditions(
      plans: plansText, seed: seed, compare: settings.level, comments: settings.comparesComments)
  }

  fileprivate var plansText: String { plans?.text ?? "usual" }

  fileprivate func report(
    of parts: [RunReport.Part], at place: BaseURL, seconds: Double
  ) -> RunReport {
    var report = RunReport(
      subject: settings.subject(at: place.description), plans: plansText, stages: [.target],
      seed: seed, parts: parts, seconds: seconds, policy: settings.policy)
    report.level = settings.level
    report.comparesComments = settings.comparesComments
    return report
  }

  /// The plan with a pause, and which recording it is run with; nil where the run has none.
  fileprivate var pause: (index: Int, plan: Plan)? {
    guard recordings.count >= SessionPlans.pausingRecordingsMin, SessionPlans.arePausing(plans)
    else { return nil }
    for (index, file) in recordings.enumerated() {
      if let plan = SessionPlans.pausing(file.recording.session) { return (index, plan) }
    }
    return nil
  }

  /// How many plans there are in all.
  fileprivate var planCount: Int {
    recordings.reduce(pause == nil ? 0 : 1) { sum, file in
      let session = file.recording.session
      return switch plans {
      case .one: sum + 1
      case .set(let set): sum + SessionPlans.forTarget(session, set: set, seed: seed).count
      case nil: sum + SessionPlans.forTarget(session, set: nil, seed: seed).count
      }
    }
  }
}

/// Runs recordings through a target, and reports progress: plans done, plans in all.
package func report(
  _ options: TargetRunOptions, check: consuming ReadCheck = ReadCheck(),
  progress: (Int, Int) -> Void
) throws -> RunReport {
  try options.refuseWhatCannotBeDone()
  var stage = try TargetStage(options.settings, environment: options.environment, check: check)
  defer { stage.stop() }
  var report: RunReport
  do {
    try stage.start()
    report = try Trials.report(options, on: &stage, progress: progress)
  } catch let error as TargetError where error.isInterruption {
    // Before the first plan, so that an interruption also has a report.
    report = options.report(of: [], at: stage.place, seconds: 0)
    report.interrupted = true
  }
  let direct = report.isInterrupted ? Delays() : try directDelays(options)
  if !report.parts.isEmpty, !report.parts[0].stages.isEmpty {
    report.parts[0].stages[0].target?.notes.directDelays = direct
  }
  return report
}

/// Runs recordings on a stage whose target accepts connections, and reports progress.
func report(
  _ options: TargetRunOptions, on stage: inout TargetStage, progress: (Int, Int) -> Void
) throws -> RunReport {
  let start = ContinuousClock.now
  if let first = options.recordings.first {
    try TargetRun(first.recording.session, options).probe(&stage)
  }
  var parts: [RunReport.Part] = []
  var waits = WaitExperience()
  let planCount = options.planCount
  var doneCount = 0
  let pause = options.pause
  for (index, (path, recording)) in options.recordings.enumerated() {
    let start = ContinuousClock.now
    var run = TargetRun(
      recording.session, options, waits: waits, pause: pause?.index == index ? pause?.plan : nil)
    var result = try run.results(on: &stage) {
      doneCount += 1
      progress(doneCount, planCount)
    }
    waits = run.waits
    if result.failureCount == 0 {
      result.strip = Strip(arrived: recording.session, .whole(recording.session))
    }
    result.seconds = seconds(since: start)
    parts.append(RunReport.Part(path: path, stages: [result], session: recording.session))
    if result.isInterrupted { break }
  }
  var report = options.report(of: parts, at: stage.place, seconds: seconds(since: start))
  report.unexpectedPasses =
    report.isInterrupted ? [] : parts.flatMap { unexpectedPasses(in: $0, options.known) }
  return report
}

/// How long blocks take from the mock to the client without a target in between.
private func directDelays(_ options: TargetRunOptions) throws -> Delays {
  guard let recording = options.recordings.first?.recording else { return Delays() }
  var settings = TargetSettings()
  settings.isDirect = true
  settings.lateAfter = options.settings.lateAfter
  var stage = try TargetStage(settings, environment: [:])
  defer { stage.stop() }
  var plan = Plan()
  plan.cuts = .places(.events)
  let session = recording.session
  let stream = TargetStream(delivery: Delivery(session, plan), whole: .whole(session))
  for _ in 0..<2 { _ = try stage.run([stream]) }
  return Delays(stage.delays)
}

/// Known failures of a recording that did not happen, in order. None is reported if plans were not
/// carried out exactly, or were left out.
private func unexpectedPasses(
  in part: RunReport.Part, _ known: Set<KnownFailure>
) -> [KnownFailure] {
  guard let figures = part.target, figures.unprovenCount == 0, figures.notes.leftOutCount == 0,
    figures.notes.progressNotJudgedCount == 0, figures.notes.endedBecause == nil
  else { return [] }
  return known.filter { $0.recording == part.name && figures.ways[$0] == nil }
    .sorted { ($0.breach, $0.under) < ($1.breach, $1.under) }
}

extension TargetSettings {
  fileprivate func subject(at url: String) -> String {
    launch.map { "the target \(url), launched by '\($0)'" } ?? "the target \(url)"
  }
}
