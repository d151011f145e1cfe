// A canary is a proxy that has one bug, and the deliveries that bring it out. A check that lets all
// of them pass is broken. The catalogue stands in the files beside this one, a family a file or two;
// it names every bug class, as a canary or as not applicable to a proxy like ours.

package import Judging
package import MockQwen
package import ProxyServing
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
package import Trials
internal import Wire

/// A proxy that is wrong on purpose, for one bug class.
package struct Canary: Sendable {
  /// The id of its bug class.
  package let bugClass: String
  /// Unique in the catalogue; the class's id where the class has one canary only.
  package let name: String
  package let core: any ProxyCore.Type
  /// The deliveries that bring the bug out, in the order in which they are tried.
  let trials: [Trial]

  /// - Parameter variant: What tells several canaries of one class apart.
  package init(
    _ bugClass: String, variant: String? = nil, _ core: any ProxyCore.Type, _ trials: [Trial]
  ) {
    self.bugClass = bugClass
    name = variant.map { "\(bugClass)/\($0)" } ?? bugClass
    self.core = core
    self.trials = trials
  }

  /// All canaries, by the number of their class.
  package static let all: [Canary] = {
    let listed =
      lineCanaries + textCanaries + answerCanaries + errorCanaries + styleCanaries
      + formCanaries + transportCanaries + lifetimeCanaries + recordCanaries
    func number(_ canary: Canary) -> Int { BugClass.named(canary.bugClass)?.number ?? 0 }
    return listed.enumerated().sorted {
      (number($0.element), $0.offset) < (number($1.element), $1.offset)
    }.map(\.element)
  }()

  /// Classes that no proxy like ours can show, each with the reason; at most 12.
  package static let notApplicable: [(bugClass: String, reason: String)] = [
    (
      "unbounded-event-buffer",
      "it shows in memory above 32 MiB an event, which no trial can be; the tests of the proxy core "
        + "set the limit to 20 bytes and see the error event"
    ),
    (
      "quadratic-parser",
      "it shows in time alone, which no check may judge; `replay bench` measures an event of 16 MiB "
        + "in single bytes"
    ),
    (
      "refresh-stampede",
      "it shows in the accounts of a proxy, not in one of its streams; `replay fuzz --accounts` "
        + "counts the refreshes of many requests that fail at once"
    ),
  ]

  /// The canary with this name, or nil.
  package static func named(_ name: String) -> Canary? { all.first { $0.name == name } }
}

/// A delivery that a canary is tried with.
package struct Trial: Sendable {
  package var session: Session
  package var plan: Plan
  package var stage = CaseStage.simulated
  /// What is expected where there is a choice.
  package var policy = Policy()

  /// A session with this body, under a plan's line.
  package static func stream(
    _ body: String, _ plan: String = "cuts=whole", type: String = "text/event-stream",
    status: Int = 200
  ) -> Trial {
    bytes(Array(body.utf8), plan, type: type, status: status)
  }

  /// A session whose body need not be text.
  package static func bytes(
    _ body: [UInt8], _ plan: String = "cuts=whole", type: String = "text/event-stream",
    status: Int = 200
  ) -> Trial {
    let session = Session(
      name: "trial",
      request: .plainStream,
      response: ResponseHead(status: status, fields: [Field("Content-Type", type)]),
      framing: .chunked, body: body,
      fragments: [Session.Fragment(end: body.count, milliseconds: 0)], ending: .complete)
    return Trial(session: session, plan: read(plan))
  }

  /// The trial with a fault behind so many bytes of the body.
  func broken(_ kind: Fault.Kind, behind count: Int) -> Trial {
    var broken = self
    let delivery = Delivery(session, plan)
    broken.plan.fault = Fault(kind, at: delivery.transmission.wireOffset(behindBody: count))
    return broken
  }

  /// The trial with a fault so many bytes before the end of the response.
  func broken(_ kind: Fault.Kind, beforeEnd count: Int) -> Trial {
    var broken = self
    let whole = Delivery(session, plan).transmission.bytes.count
    broken.plan.fault = Fault(kind, at: whole - count)
    return broken
  }

  /// Whether it takes more time than any proxy must bear.
  var isLong: Bool {
    plan.pacing != .none
      && Expectation.of(Delivery(session, plan), whole: .whole(session)).endTimeMax != nil
  }

  /// The trial under another policy.
  func expecting(_ change: (inout Policy) -> Void) -> Trial {
    var other = self
    change(&other.policy)
    return other
  }

  /// The trial with another field in the response's head.
  package func with(_ name: String, _ value: String) -> Trial {
    var dressed = self
    dressed.session.response.fields.add(name, value)
    return dressed
  }

  private static func read(_ line: String) -> Plan {
    do { return try Plan(line) } catch { preconditionFailure("a trial's plan: \(error)") }
  }
}
