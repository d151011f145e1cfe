// The plan set `load`: many clients at once that keep their connections, with an upstream that answers at
// once and with one that takes its time. Failures here depend on the timing, so they are reported as a
// rate of sessions with its confidence interval, and no plan is tried again.

internal import Foundation
internal import Judging
internal import MockQwen

/// The results of sessions of one shape under load.
package struct LoadFigure: Hashable, Sendable, Codable {
  /// Clients at once, each of which sends two requests over its connection.
  package var clients: Int
  /// Whether the upstream answers at once, or event by event.
  package var isInstant: Bool
  /// How many sessions were run.
  package var sessions = 0
  /// How many of them failed.
  package var failed = 0
  /// How often each check was broken, with the name of what happened.
  package var breaches: [String: Int] = [:]

  package init(clients: Int, isInstant: Bool) {
    (self.clients, self.isInstant) = (clients, isInstant)
  }

  /// The share of sessions that fail, 0 to 1: its 95 % confidence interval by Wilson's score.
  package var spread: ClosedRange<Double> {
    guard sessions > 0 else { return 0...1 }
    let (count, z) = (Double(sessions), 1.96)
    let share = Double(failed) / count
    let scale = 1 + z * z / count
    let middle = (share + z * z / (2 * count)) / scale
    let half = z * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot() / scale
    return max(0, middle - half)...min(1, middle + half)
  }

  /// The shape and its results, for a person.
  package var line: String { "\(shape): \(rate)" }

  /// How many clients there were, and how fast the upstream was.
  package var shape: String {
    "load: \(clients) \(clients == 1 ? "client" : "clients at once"), the upstream "
      + (isInstant ? "answers at once" : "takes its time")
  }

  /// How many sessions failed, and how.
  package var rate: String {
    let kinds = breaches.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) ×\($0.value)" }
    return "\(failed) of \(sessions) sessions failed (\(percent(spread.lowerBound)) to "
      + "\(percent(spread.upperBound)) %)"
      + (kinds.isEmpty ? "" : ": " + kinds.joined(separator: ", "))
  }

  private func percent(_ share: Double) -> String {
    let tenths = Int((share * 1_000).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}

/// The shapes of the plan set `load`.
struct LoadShape {
  /// The least number of sessions of one shape, and the most time for it, in milliseconds.
  static let sessionsMin = 256
  static let timeMax = 4_000
  /// How long a slow upstream takes for an answer, in milliseconds.
  private static let slowTime = 60

  let clients: Int
  let isInstant: Bool

  static let all = [1, 4, 16, 64].flatMap { clients in
    [true, false].map { LoadShape(clients: clients, isInstant: $0) }
  }

  /// The plan of a round: every client sends two requests over one connection.
  func plan(eventCount: Int) -> Plan {
    var plan = Plan()
    plan.streams = clients
    plan.request = .again
    guard !isInstant else { return plan }
    plan.cuts = .places(.events)
    plan.pacing = .fixed(max(1, Self.slowTime / max(eventCount, 1)))
    return plan
  }
}

extension LoadFigure {
  /// Counts a round. A client whose request never reached the upstream has failed too.
  mutating func count(_ outcome: TargetOutcome) {
    let lonely = outcome.observation.clients.count { $0.requests.isEmpty && $0.ending != .left }
    sessions += clients
    failed += min(clients, outcome.failedStreams + lonely)
    for kind in Set(outcome.violations.map(\.kind)) { breaches[kind, default: 0] += 1 }
    if lonely > 0 { breaches["answered by itself", default: 0] += lonely }
    if outcome.observation.crash != nil { failed = max(failed, 1) }
  }

  static func + (left: LoadFigure, right: LoadFigure) -> LoadFigure {
    var sum = left
    sum.sessions += right.sessions
    sum.failed += right.failed
    sum.breaches.merge(right.breaches, uniquingKeysWith: +)
    return sum
  }
}

extension [LoadFigure] {
  /// The figures of both, with those of one shape added, in the order of the shapes.
  static func joined(_ left: [LoadFigure], _ right: [LoadFigure]) -> [LoadFigure] {
    right.reduce(into: left) { sum, figure in
      let place = sum.firstIndex {
        $0.clients == figure.clients && $0.isInstant == figure.isInstant
      }
      if let place { sum[place] = sum[place] + figure } else { sum.append(figure) }
    }
  }
}

extension TargetRun {
  /// Runs the shapes of the set `load`.
  mutating func runLoad(on stage: inout TargetStage, into result: inout StageResult) throws {
    guard session.takesTags else {
      return addUnproven(
        "load", "it needs a request with a JSON object, to tell the streams apart", into: &result)
    }
    for shape in LoadShape.all where notes.endedBecause == nil {
      let plan = shape.plan(eventCount: eventCount)
      let delivery = Delivery(session, plan)
      var figure = LoadFigure(clients: shape.clients, isInstant: shape.isInstant)
      var told: TargetOutcome?
      let limit = stage.now + LoadShape.timeMax
      stage.awaitsProgress = false
      while figure.sessions < LoadShape.sessionsMin, stage.now < limit, notes.endedBecause == nil {
        let outcome = try once(plan, delivery, on: &stage)
        figure.count(outcome)
        if told?.violations.isEmpty ?? true { told = outcome }
      }
      notes.load.append(figure)
      guard var outcome = told else { continue }
      outcome.rate = Rate(failed: figure.failed, runs: figure.sessions)
      // This set does not test cuts.
      outcome.unprovenReason = nil
      add(outcome, plan, judgedProgress: false, into: &result)
    }
  }
}
