// A bug as something that can be run: a proxy that has it and nothing else. The canaries are such
// models; they live in a room above this one and are handed in.

internal import Foundation
package import Judging
package import MockQwen

/// Looks at deliveries through one proxy.
package protocol Witness {
  /// Whether each look is at a process of its own, where nothing is left of what came before.
  var isFresh: Bool { get }
  /// What a delivery shows; nil when it could not be carried out as it stands.
  mutating func look(at session: Session, _ plan: Plan) throws -> DiagnosisCase?
  /// Tells that many short deliveries follow, each made to show a bug; by default that says nothing.
  mutating func beginSurvey()
}

extension Witness {
  package mutating func beginSurvey() {}
}

/// A delivery, with what is worked out of it once for all models that are run under it.
package struct PreparedDelivery: Sendable {
  package let session: Session
  package let plan: Plan
  package let delivery: Delivery
  /// What a client must get of the whole session, and of this delivery.
  package let whole: Expectation
  package let expectation: Expectation

  package init(_ session: Session, _ plan: Plan) {
    (self.session, self.plan) = (session, plan)
    delivery = Delivery(session, plan)
    whole = .whole(session)
    expectation = .of(delivery, whole: whole)
  }

  /// What it costs to run a proxy under it: about a microsecond for each unit.
  var cost: Int { Self.cost(delivery, session, plan) }

  static func cost(_ session: Session, _ plan: Plan) -> Int {
    cost(Delivery(session, plan), session, plan)
  }

  private static func cost(_ delivery: Delivery, _ session: Session, _ plan: Plan) -> Int {
    plan.streams * (200 + delivery.fragmentEnds.count * 3 + session.body.count / 4)
  }
}

/// A proxy that has one bug.
package struct BugModel: Sendable {
  /// A delivery that brings the bug out.
  package struct Probe: Hashable, Sendable {
    package var session: Session
    package var plan: Plan

    package init(session: Session, plan: Plan) {
      self.session = session
      self.plan = plan
    }

    init(of example: DiagnosisCase) { self.init(session: example.session, plan: example.plan) }
  }

  /// Deliveries of one model that a subject is asked for at most.
  private static let probesMax = 3

  /// Unique among the models.
  package let name: String
  package let bugClass: BugClass
  /// Deliveries that bring the bug out, the plainest first.
  package let probes: [Probe]
  /// Runs a delivery through the proxy, in a process of its own.
  package let look: @Sendable (PreparedDelivery) throws -> Sighting

  package init(
    name: String, bugClass: BugClass, probes: [Probe],
    look: @escaping @Sendable (PreparedDelivery) throws -> Sighting
  ) {
    self.name = name
    self.bugClass = bugClass
    self.probes = probes
    self.look = look
  }

  /// The deliveries that bring the bug out most plainly.
  var plainProbes: ArraySlice<Probe> { probes.prefix(Self.probesMax) }

  /// How much is reported of the class, as a logarithm: what happens often is likelier.
  var prior: Double { 0.3 * log2(Double(bugClass.threads.count + 1)) }
}
