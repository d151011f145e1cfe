// What a run shows of a proxy, as a person wants to be told: the defects, each with when it happens,
// when it does not, the plan that shows it best, and the bug class that explains it.

package import Judging
internal import MockQwen

/// One defect of a proxy.
package struct Defect: Hashable, Sendable {
  /// A bug class that explains the defect.
  package struct Suspect: Hashable, Sendable {
    package var bugClass: BugClass
    /// How likely it is among all models: 0 to 1.
    package var probability: Double
  }

  /// What harm it does, the worst first.
  package var harm: Harm
  /// The smallest case that shows it.
  package var example: DiagnosisCase
  /// How many plans of the run failed by it.
  package var planCount: Int
  /// Of the plans that exercised the class that explains it, how many failed by it, and how many there
  /// are; nil when none does.
  package var exercised: Rate?
  /// Under which conditions it happens, in words; empty when nothing parts failing from passing plans.
  package var when: [String]
  /// Under which conditions it does not, though the others hold.
  package var not: [String]
  /// The classes that explain it, the likeliest first; empty when it is unknown.
  package var suspects: [Suspect]

  /// The class that explains it; nil when it is unknown.
  package var bugClass: BugClass? { suspects.first?.bugClass }
}

/// What a defect does to a client, the worst first.
package enum Harm: Int, Hashable, Sendable, CaseIterable, Comparable {
  case invented, lost, corrupted, falseEnd, crash, hang, late, request, framing, other

  package static func < (left: Harm, right: Harm) -> Bool { left.rawValue < right.rawValue }

  /// The harm that violations do, in the words of a headline.
  package var headline: String {
    switch self {
    case .invented: "THE CLIENT GETS WHAT NOBODY SENT"
    case .lost: "BLOCKS ARE LOST"
    case .corrupted: "BLOCKS COME CHANGED"
    case .falseEnd: "A CUT ANSWER ENDS LIKE A WHOLE ONE"
    case .crash: "THE PROXY CRASHES"
    case .hang: "THE CLIENT WAITS FOR EVER, OR IS CUT OFF"
    case .late: "AN EVENT IS HELD BACK"
    case .request: "THE REQUEST REACHES THE UPSTREAM CHANGED"
    case .framing: "THE RESPONSE IS NOT WHAT ITS HEAD SAYS"
    case .other: "A PROMISE IS BROKEN"
    }
  }

  /// What a client should get instead.
  package var should: String {
    switch self {
    case .invented: "nothing but what the upstream sent"
    case .lost: "every block, once and in order"
    case .corrupted: "every block as it was sent"
    case .falseEnd: "close without the last chunk, as the upstream's answer has broken off"
    case .crash: "an answer, and a proxy that goes on"
    case .hang: "an end, or an error in time"
    case .late: "each event as soon as it is complete"
    case .request: "an answer to the request that it sent"
    case .framing: "a response that is what its head says"
    case .other: "what the proxy promises"
    }
  }

  package init(_ violations: [Violation]) {
    self = violations.map(Self.init).min() ?? .other
  }

  init(_ violation: Violation) {
    switch (violation.check, violation.name) {
    case (_, "INVENTED"), (.blocks, Damage.added.rawValue), (.blocks, Damage.duplicated.rawValue),
      (.mixing, _):
      self = .invented
    case (.blocks, Damage.lost.rawValue), (.survival, _): self = .lost
    case (.blocks, _), (.bytes, _): self = .corrupted
    case (_, "FALSE END"): self = .falseEnd
    case (_, "CRASHED"): self = .crash
    case (.liveness, _), (.end, _): self = .hang
    case (.progress, _), (.headtime, _): self = .late
    case (.request, _), (.posts, _): self = .request
    case (.head, _), (.framing, _), (.coding, _): self = .framing
    case (.cancel, _), (.reuse, _), (.memory, _), (.leftovers, _), (.stages, _): self = .other
    }
  }
}
