// Runs cases, one after the other, on stages that are kept. A case that fails may leave a stage in a bad
// state (a connection that stays open), so the next case gets a new one: the result of a case never
// depends on the cases before it.

package import Judging
package import MockQwen
internal import Networks
package import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Stages
internal import Wire

/// Where a case runs.
package enum CaseStage: String, Hashable, Sendable, CaseIterable, Codable {
  case simulated, sockets
  /// On both, and the two observations are compared.
  case both
  /// Through a proxy in another process.
  case target

  /// The stages of an embedded proxy.
  package static let allCases: [CaseStage] = [.simulated, .sockets, .both]
}

/// A stage that can be replaced.
private final class StageBox<World: StageNetwork & ~Copyable, Core: ProxyCore> {
  package var stage: Stage<World, Core>
  package init(_ stage: consuming Stage<World, Core>) { self.stage = stage }
}

/// Runs cases with a proxy core.
package final class CaseRunner<Core: ProxyCore> {
  private var simulated: StageBox<SimulatedNetwork, Core>?
  private var sockets: StageBox<LoopbackNetwork, Core>?
  private var judge = Judge(
    upstreamKey: Stage<SimulatedNetwork, Core>.upstreamKey,
    clientKey: Stage<SimulatedNetwork, Core>.clientKey)

  /// - Parameter policy: What is expected where several behaviours are right.
  package init(policy: Policy = Policy()) { judge.policy = policy }

  /// The result of a case.
  package struct Outcome {
    package var stage: CaseStage
    /// Empty when all checks hold.
    package var violations: [Violation]
    /// The number of events that a client must see when everything arrives.
    package var eventCount: Int
    /// The bug classes that the case exercises.
    package var classes: ClassSet
  }

  /// Runs a case on the simulated stage; with `CaseStage.both` on sockets too. If several stages fail,
  /// the outcome names the first.
  package func run(
    _ session: Session, _ plan: Plan, _ transmission: Transmission, on stage: CaseStage
  ) throws -> Outcome {
    let whole = Expectation.whole(session)
    let delivery = Delivery(transmission, plan)
    let features = SessionFeatures(session, whole)
    let classes = features.conditions(of: delivery, Expectation.of(delivery, whole: whole)).classes
    func outcome(_ stage: CaseStage, _ violations: [Violation]) -> Outcome {
      if !violations.isEmpty { (simulated, sockets) = (nil, nil) }
      return Outcome(
        stage: stage, violations: violations, eventCount: whole.eventCount,
        classes: classes)
    }
    let stage = plan.comparesStages ? stage : .simulated
    var first: JudgedRun?
    if stage != .sockets {
      let run = try judge.run(
        session, plan, delivery, whole: whole, on: &simulatedBox().stage)
      if !run.violations.isEmpty || stage == .simulated {
        return outcome(.simulated, run.violations)
      }
      first = run
    }
    let second = try judge.run(session, plan, delivery, whole: whole, on: &socketsBox().stage)
    guard second.violations.isEmpty, let first, plan.hasEqualTimes else {
      return outcome(.sockets, second.violations)
    }
    let differences = zip(first.observations, second.observations).compactMap { simulated, real in
      var simulated = simulated
      // The sockets have no TLS: there the head may come before its record would be complete.
      if plan.speaksTLS { simulated.headWasLate = real.headWasLate }
      return Self.disagreement(simulated, real)
    }
    return outcome(.both, differences.first.map { [$0] } ?? [])
  }

  /// Runs a case that is not framed yet.
  package func run(_ session: Session, _ plan: Plan, on stage: CaseStage) throws -> Outcome {
    let transmission = Transmission(session, plan)
    return try run(session, plan, transmission, on: stage)
  }

  private func simulatedBox() throws -> StageBox<SimulatedNetwork, Core> {
    if let simulated { return simulated }
    let box = StageBox(try Stage<SimulatedNetwork, Core>(SimulatedNetwork()))
    if let tally = PhaseTally.current {
      box.stage.watcher = { tally.count(phase: $0, input: $1) }
    }
    simulated = box
    return box
  }

  private func socketsBox() throws -> StageBox<LoopbackNetwork, Core> {
    if let sockets { return sockets }
    let box = StageBox(try Stage<LoopbackNetwork, Core>(try LoopbackNetwork()))
    sockets = box
    return box
  }

  /// The difference between two observations of one plan. The `Host` field holds a port of the stage.
  static func disagreement(_ left: Observation, _ right: Observation) -> Violation? {
    let (left, right) = (withoutHosts(left), withoutHosts(right))
    guard left != right else { return nil }
    let parts: [(String, Bool)] = [
      ("status", left.status == right.status), ("fields", left.fields == right.fields),
      ("body", left.body == right.body), ("ending", left.ending == right.ending),
      ("breach", left.breach == right.breach), ("requests", left.requests == right.requests),
      ("delay", left.delay == right.delay),
      ("connections left", left.leftConnections == right.leftConnections),
      ("upstreams left", left.upstreamsLeft == right.upstreamsLeft),
      ("reuses", left.spoiledReuses == right.spoiledReuses),
      ("end time", left.endTime == right.endTime),
      ("interim answers", left.interims == right.interims),
      ("who closed first", left.hasClosedFirst == right.hasClosedFirst),
      ("upstream connections", left.upstreamConnections == right.upstreamConnections),
      ("a late head", left.headWasLate == right.headWasLate),
      ("wakes without end", left.isRestless == right.isRestless),
      ("half a connection closed", left.hasHalfClosed == right.hasHalfClosed),
    ]
    let names = parts.filter { !$0.1 }.map(\.0).joined(separator: ", ")
    return Violation(
      check: .stages, name: "DISAGREE",
      detail: "the simulated stage and sockets differ in: \(names)")
  }

  private static func withoutHosts(_ observation: Observation) -> Observation {
    var plain = observation.comparable
    for index in plain.requests.indices { plain.requests[index].fields.remove("Host") }
    return plain
  }
}

extension Plan {
  /// Whether both stages can show the same. An upstream that is silent for ever has no address on
  /// loopback. The sockets carry no TLS here, and the ends of records decide what a client has when it
  /// acts at an offset, or when the proxy is told to stop at one.
  fileprivate var comparesStages: Bool {
    // How many bytes wait for a client that rests depends on the network.
    reach != .silent && behavior?.rest == nil && !(speaksTLS && (behavior != nil || stop != nil))
  }

  /// Whether all bytes can be read at the same time on both: records hold some back for a while.
  fileprivate var hasEqualTimes: Bool { !speaksTLS || pacing == .none }
}
