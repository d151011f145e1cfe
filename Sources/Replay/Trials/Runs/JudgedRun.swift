// One plan, run and judged: the only place where a plan becomes clients. A plan for one client takes a
// shortcut; with parallel streams each gets its own tagged session, and every second one the fault and
// the behavior, so that the others show whether they suffer from it.

package import Judging
package import MockQwen
package import Networks
package import ProxyServing
internal import ProxyUnderTest
internal import Recordings
package import Stages

/// The result of a plan on one stage.
package struct JudgedRun {
  /// What each client saw; one at least.
  var observations: [Observation]
  /// All breaches; empty when all checks hold.
  package var violations: [Violation]
  /// The client whose breaches come first.
  var firstFailed = 0
  /// What that client should have seen, and the delivery to it.
  package var expectation: Expectation
  package var delivery: Delivery

  package var seen: Observation { observations[firstFailed] }
}

extension Judge {
  /// Runs a delivery of `session` by `plan` and judges it; `whole` belongs to the same session.
  #if compiler(>=6.3)
    @specialized(where World == SimulatedNetwork, Core == Exchange)
  #endif
  package func run<World: StageNetwork & ~Copyable, Core: ProxyCore>(
    _ session: Session, _ plan: Plan, _ delivery: Delivery, whole: Expectation,
    on stage: inout Stage<World, Core>
  ) throws -> JudgedRun {
    guard plan.streams == 1 else { return try runStreams(session, plan, on: &stage) }
    let judge = set(by: plan)
    // Without records on the network, each byte can be read as soon as it has come.
    let delivery = World.carriesTLS ? delivery : delivery.withoutTLS
    let expectation = judge.expectation(delivery, whole, number: 0, Core.self)
    let seen = try stage.run(delivery, borders: borders(delivery, expectation, whole))
    let found = judge.violations(
      seen, expectation, request: sentRequest(delivery), stop: plan.stop)
    return JudgedRun(
      observations: [seen], violations: found, expectation: expectation, delivery: delivery)
  }

  /// This judge, with the settings of a plan.
  private func set(by plan: Plan) -> Judge {
    var judge = self
    if plan.core.keepsHalfClosed { judge.policy.halfClosedStays = true }
    return judge
  }

  /// What a client must get from a proxy core; from the embedded one, everything that its documentation
  /// promises.
  private func expectation<Core: ProxyCore>(
    _ delivery: Delivery, _ whole: Expectation, number: Int, _ core: Core.Type
  ) -> Expectation {
    let owed = Expectation.of(delivery, whole: whole, policy: policy)
    // It is not specified how another core joins a stream.
    if !Core.isDocumented, delivery.core.joins { return owed.leftOpen }
    return Core.isDocumented ? owed.documented(delivery, whole: whole, number: number) : owed
  }

  /// The request that the upstream must receive.
  private func sentRequest(_ delivery: Delivery) -> Session.Request {
    var request = delivery.transmission.session.request
    request.body = delivery.requestBodies.upstream
    return request
  }

  /// The offsets at which blocks end; none when the client gets another body than the session's, or all
  /// of it at once.
  private func borders(
    _ delivery: Delivery, _ expectation: Expectation, _ whole: Expectation
  ) -> [Int] {
    let isOther = expectation.documented?.own != nil || delivery.request.isAnsweredByProxy
    return isOther || delivery.core.joins ? [] : whole.borders
  }

  private func runStreams<World: StageNetwork & ~Copyable, Core: ProxyCore>(
    _ session: Session, _ plan: Plan, on stage: inout Stage<World, Core>
  ) throws -> JudgedRun {
    let judge = set(by: plan)
    var quiet = plan
    (quiet.fault, quiet.behavior) = (nil, nil)
    var expectations: [Expectation] = []
    var streams: [StageOptions.Stream] = []
    for number in 0..<plan.streams {
      let tagged = session.tagged(number)
      let own = number % 2 == 1 ? plan : quiet
      var delivery = Delivery(tagged, own)
      if !World.carriesTLS { delivery = delivery.withoutTLS }
      let whole = Expectation.whole(tagged)
      let expected = judge.expectation(delivery, whole, number: number, Core.self)
      expectations.append(expected)
      streams.append(
        StageOptions.Stream(
          delivery: delivery, borders: borders(delivery, expected, whole)))
    }
    let observations = try stage.run(StageOptions(streams))
    var result = JudgedRun(
      observations: observations, violations: [], expectation: expectations[0],
      delivery: streams[0].delivery)
    for number in observations.indices {
      let found = judge.violations(
        observations[number], expectations[number],
        request: sentRequest(streams[number].delivery), stream: number, stop: plan.stop)
      guard !found.isEmpty else { continue }
      if result.violations.isEmpty {
        result.firstFailed = number
        result.expectation = expectations[number]
        result.delivery = streams[number].delivery
      }
      result.violations += found
      if checks.contains(.survival) {
        result.violations += Judge.survivalFaults(found, stream: number, plan)
      }
    }
    return result
  }
}
