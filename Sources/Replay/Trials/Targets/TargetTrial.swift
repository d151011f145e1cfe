// One plan through a target: the place where a plan becomes clients, and their observations a verdict.
// With parallel streams each client gets its own tagged session, and every second one the fault and the
// behavior, so that the others show whether they suffer from it.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Stages
internal import Terminal

/// The result of one plan.
struct TargetOutcome {
  var observation: TargetObservation
  /// Empty when all checks hold.
  var violations: [Violation] = []
  var reached: CompareLevel? = .bytes
  /// The client whose breaches come first, and what it should have seen.
  var firstFailed = 0
  var expectation: Expectation
  var delivery: Delivery
  /// What the delivery exercised.
  var conditions = ConditionSet()
  var classes: ClassSet { conditions.classes }
  /// Clients that saw a breach.
  var failedStreams = 0
  /// Why the plan proves nothing when nothing failed; nil when it proves something.
  var unprovenReason: String?
  /// Whether the target answered without asking the upstream, for example on a dead connection.
  var answeredItself = false
  /// How often the plan failed of how many runs.
  var rate = Rate()

  var seen: Observation { observation.clients[firstFailed] }
  /// The kinds of breaches, each once, in a fixed order.
  var kinds: String { Set(violations.map(\.kind)).sorted().joined(separator: ", ") }
  /// Whether the harness waited in vain for something.
  var hasHung: Bool { observation.clients.contains { $0.ending == .silent } }
  /// Whether blocks were late, without another fault.
  var isOnlyLate: Bool {
    !violations.isEmpty && violations.allSatisfy { $0.check == .progress }
  }
  /// Whether it waited for something that did not come, or came late.
  var hasWaited: Bool {
    hasHung || violations.contains { [.progress, .headtime, .cancel].contains($0.check) }
  }
}

/// One session, ready to be run through a target.
struct TargetTrial {
  let session: Session
  let whole: Expectation
  private let settings: TargetSettings
  private let features: SessionFeatures
  private let judge: TargetJudge

  init(_ session: Session, _ settings: TargetSettings) {
    self.session = session
    self.settings = settings
    whole = .whole(session)
    features = SessionFeatures(session, whole)
    judge = TargetJudge(settings: settings)
  }

  /// Runs a plan. `delivery` is the session's delivery by this plan.
  func run(
    _ plan: Plan, _ delivery: Delivery, on stage: inout TargetStage
  ) throws -> TargetOutcome {
    let streams = streams(plan, delivery)
    let observation = try stage.run(streams)
    var outcome = TargetOutcome(
      observation: observation, expectation: whole, delivery: delivery)
    for (number, stream) in streams.enumerated() {
      judge(number, stream, plan, &outcome)
    }
    if let crash = observation.crash {
      let words = lastWords(in: stage.lastWords()).map { ": \(printable($0))" } ?? ""
      outcome.violations = outcome.violations.withCrash("the target has \(crash)\(words)")
      outcome.reached = .bytes
    }
    let expectation = Expectation.of(delivery, whole: whole, policy: settings.policy)
    outcome.conditions = features.conditions(of: delivery, expectation)
    settle(plan, &outcome)
    return outcome
  }

  private func streams(_ plan: Plan, _ delivery: Delivery) -> [TargetStream] {
    guard plan.streams > 1 else { return [TargetStream(delivery: delivery, whole: whole)] }
    var quiet = plan
    (quiet.fault, quiet.behavior) = (nil, nil)
    return (0..<plan.streams).map { number in
      let tagged = session.tagged(number)
      return TargetStream(
        delivery: Delivery(tagged, number % 2 == 1 ? plan : quiet), whole: .whole(tagged))
    }
  }

  private func judge(
    _ number: Int, _ stream: TargetStream, _ plan: Plan, _ outcome: inout TargetOutcome
  ) {
    let seen = outcome.observation.clients[number]
    var target = effective(stream, seen)
    target.isVerbatim = outcome.observation.verbatim[number]
    target.sent = settings.request(
      for: stream.delivery.transmission.session, authority: "", form: stream.delivery.request)
    if number == 0 { target.asides = outcome.observation.asides }
    let isOwnAnswer = target.expectation.posts == 0...0
    guard isOwnAnswer || !seen.requests.isEmpty else { return }
    let findings = judge.findings(seen, target)
    var found = findings.violations
    if plan.streams > 1 {
      found += Judge(upstreamKey: "", clientKey: "").mixingFaults(seen, number)
      found += Judge.survivalFaults(found, stream: number, plan)
    }
    outcome.reached = TargetFigures.lower(outcome.reached, findings.reached)
    if outcome.violations.isEmpty {
      outcome.firstFailed = number
      (outcome.expectation, outcome.delivery) = (target.expectation, target.delivery)
    }
    outcome.violations += found
    if !found.isEmpty { outcome.failedStreams += 1 }
  }

  /// What a client must get, depending on the target's requests: the mock's first answer if that is an
  /// error and the target has not repeated the request.
  private func effective(_ stream: TargetStream, _ seen: Observation) -> TargetCase {
    let delivery = stream.delivery
    var expectation = Expectation.of(delivery, whole: stream.whole, policy: settings.policy)
    guard let status = delivery.firstStatus,
      delivery.request == .plain || delivery.request == .http10
    else { return TargetCase(delivery: delivery, expectation: expectation) }
    if seen.requests.count < 2, !(status == 401 && settings.policy.retriesUnauthorized) {
      var plan = Plan()
      plan.framing = .length
      let answer = delivery.transmission.session.firstAnswer(status: status)
      expectation = .whole(answer)
      expectation.request = delivery.request
      return TargetCase(delivery: Delivery(answer, plan), expectation: expectation)
    }
    let posts = expectation.posts
    expectation = stream.whole
    (expectation.posts, expectation.request) = (posts, delivery.request)
    return TargetCase(delivery: delivery, expectation: expectation)
  }

  /// Decides whether the outcome proves anything.
  private func settle(_ plan: Plan, _ outcome: inout TargetOutcome) {
    outcome.rate = Rate(failed: outcome.violations.isEmpty ? 0 : 1, runs: 1)
    let observation = outcome.observation
    let isOwnAnswer = outcome.expectation.posts == 0...0
    if !isOwnAnswer, observation.crash == nil,
      let lonely = observation.clients.first(where: { $0.requests.isEmpty && $0.ending != .left })
    {
      outcome.answeredItself = true
      outcome.unprovenReason =
        "the target answered \(lonely.status.map(String.init) ?? "nothing") by itself"
    } else if observation.cutCount < observation.cutsRequested {
      outcome.unprovenReason =
        "\(observation.cutCount) of \(observation.cutsRequested) cuts are known to have been made"
        + (observation.usedPause ? "; the kernel cannot be asked, and a pause proves nothing" : "")
    }
  }
}

/// The line of the output with the cause of death: the last that names an error, else the last.
private func lastWords(in text: String) -> Substring? {
  let lines = text.split(separator: "\n")
  let names = ["Error", "Exception", "panic", "Fatal error"]
  return lines.last { line in names.contains { line.contains($0) } } ?? lines.last
}

extension [Violation] {
  /// These violations for a target that has died: what its clients lack is a result of the crash.
  func withCrash(_ detail: String) -> [Violation] {
    [Violation(check: .liveness, name: "CRASHED", detail: detail)]
      + filter { [.request, .posts, .mixing].contains($0.check) }
  }
}

/// How often something failed of how many runs.
package struct Rate: Hashable, Sendable, Codable, CustomStringConvertible {
  package var failed = 0
  package var runs = 0

  package init(failed: Int = 0, runs: Int = 0) {
    self.failed = failed
    self.runs = runs
  }

  /// Whether it failed in some runs and passed in others.
  package var isIntermittent: Bool { failed > 0 && failed < runs }

  package var description: String { "\(failed) of \(runs) runs" }

  /// How many passes in a row would have a chance of at most one in twenty if nothing had changed: 1 to
  /// 200.
  package var passesNeeded: Int {
    guard isIntermittent else { return 1 }
    let passing = Double(runs - failed) / Double(runs)
    var (passes, chance) = (0, 1.0)
    while chance > 0.05, passes < 200 {
      chance *= passing
      passes += 1
    }
    return passes
  }
}
