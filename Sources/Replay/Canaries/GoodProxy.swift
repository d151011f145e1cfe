// Proxies that are right, which every check must let pass: the proxy core, judged by all that it
// promises, and two that are right in other ways. One hands on bytes as they come, one reads each
// event and writes it anew; they are judged as any target is, at the level that they can reach. A
// check that fails one of the three asks for more than a proxy owes.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Networks
internal import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Stages
internal import Trials
internal import Wire

/// A proxy that must pass.
package enum GoodProxy: String, CaseIterable, Sendable {
  case embedded = "proxy core"
  case byteSplice = "byte splice"
  case reframing = "re-framing proxy"

  /// Runs trials; with `scripts` also every short built-in script under the quick plans.
  package func result(_ trials: [Trial], scripts: Bool) throws -> GoodProxyResult {
    let sessions = scripts ? Script.all.map(\.session) : []
    var cases = trials.filter(takes).map { ($0.session, [$0.plan]) }
    for session in sessions where session.body.count < SessionPlans.longBytesMin {
      let plans = SessionPlans(session, set: .quick, seed: 1, isOnSockets: true)
      cases.append((session, plans.plans))
    }
    var result = GoodProxyResult(name: rawValue)
    for (session, plans) in cases {
      switch self {
      case .embedded: try addEmbedded(session, plans, &result)
      case .byteSplice: try add(session, plans, CanaryProxy<ByteSplice>.self, .bytes, &result)
      case .reframing: try add(session, plans, CanaryProxy<Reframing>.self, .content, &result)
      }
    }
    return result
  }

  /// Whether a trial is for this proxy. The two that are judged as targets know one plain client: the
  /// rest of HTTP and of lifetimes is the proxy core's.
  func takes(_ trial: Trial) -> Bool {
    let plan = trial.plan
    let isPlain =
      plan.streams == 1 && plan.request == .plain && plan.behavior?.isDeparture != false
      && plan.firstStatus == nil && plan.anomalies.isSubset(of: [.hops])
      && plan.octet == nil
    return self == .embedded || isPlain && !trial.isLong
  }

  private func addEmbedded(
    _ session: Session, _ plans: [Plan], _ result: inout GoodProxyResult
  ) throws {
    let runner = CaseRunner<Exchange>()
    for plan in plans {
      let outcome = try runner.run(session, plan, on: .simulated)
      result.add(session, plan, outcome.violations.first)
    }
  }

  private func add<Core: ProxyCore>(
    _ session: Session, _ plans: [Plan], _ core: Core.Type, _ level: CompareLevel,
    _ result: inout GoodProxyResult
  ) throws {
    let whole = Expectation.whole(session)
    let judge = TargetJudge(level: level, comparesComments: false)
    // A stream that is written anew has other lengths, and lateness is told by lengths here.
    let borders = level == .bytes ? whole.borders : []
    var stage = try Stage<SimulatedNetwork, Core>(SimulatedNetwork())
    for plan in plans {
      let delivery = Delivery(session, plan)
      let expectation = Expectation.of(delivery, whole: whole)
      let seen = try stage.run(delivery, borders: borders)
      let target = TargetCase(delivery: delivery, expectation: expectation)
      result.add(session, plan, judge.findings(seen, target).violations.first)
    }
  }
}

/// Hands on bytes as they come; a body that breaks off breaks off for the client too.
struct ByteSplice: BodyHandler {
  package func take(_ fragment: [UInt8]) -> [UInt8] { fragment }
  func fail(_ failure: ProxyError) -> [UInt8] { [] }
}

/// Reads each event and writes it anew: its fields in an order of its own, its JSON as an encoder
/// likes it. Comments do not survive.
private struct Reframing: BodyHandler {
  private var relay = Relay()

  package mutating func take(_ fragment: [UInt8]) -> [UInt8] {
    var released: [UInt8] = []
    relay.feed(fragment.span, into: &released)
    return written(released)
  }

  package mutating func finish() -> [UInt8] {
    var released: [UInt8] = []
    relay.finish(into: &released)
    let output = written(released)
    // Half a field is not an event, and no reason to lose it.
    return output.isEmpty ? released : output
  }

  mutating func fail(_ failure: ProxyError) -> [UInt8] { failure.event }

  private func written(_ released: [UInt8]) -> [UInt8] {
    ReferenceReader.blocks(in: released).compactMap(\.event).flatMap(written)
  }

  private func written(_ event: Event) -> [UInt8] {
    var output: [UInt8] = []
    if event.type != Event.defaultType { output += "event: ".utf8 + event.type + [0x0A] }
    if !event.id.isEmpty { output += "id: ".utf8 + event.id + [0x0A] }
    for line in encoded(event.data).split(separator: 0x0A, omittingEmptySubsequences: false) {
      output += "data: ".utf8 + line + [0x0A]
    }
    return output + [0x0A]
  }

  /// The data as an encoder writes it; as it is where it is not JSON.
  private func encoded(_ data: [UInt8]) -> [UInt8] {
    guard let object = try? JSONSerialization.jsonObject(with: Data(data)),
      let again = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    else { return data }
    return Array(again)
  }
}
