// A bug as something that can be run: a proxy that has it and nothing else. The canaries are such
// models; they live in a room above this one and are handed in.

internal import Foundation
package import MockQwen

/// Looks at deliveries through one proxy.
package protocol Witness {
  /// What a delivery shows; nil when it could not be carried out as it stands.
  mutating func look(at session: Session, _ plan: Plan) throws -> DiagnosisCase?
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
  }

  /// Unique among the models.
  package let name: String
  package let bugClass: BugClass
  /// Deliveries that bring the bug out, the plainest first.
  package let probes: [Probe]
  /// Runs a delivery through the proxy, in a process of its own.
  package let look: @Sendable (Session, Plan) throws -> Sighting

  package init(
    name: String, bugClass: BugClass, probes: [Probe],
    look: @escaping @Sendable (Session, Plan) throws -> Sighting
  ) {
    self.name = name
    self.bugClass = bugClass
    self.probes = probes
    self.look = look
  }

  /// How much is reported of the class, as a logarithm: what happens often is likelier.
  var prior: Double { 0.3 * log2(Double(bugClass.threads.count + 1)) }
}
