// The requests, answers and streams whose right outcome is written down, each under the plans that show
// it. The fuzzer draws from the same lists; here every one of them runs.

internal import Judging
internal import MockQwen
internal import ProxyServing
internal import Wire

/// A session and a plan whose outcome is known.
struct WrittenPlan: Sendable {
  var session: Session
  var plan: Plan

  private init(_ session: Session, _ change: (inout Plan) -> Void) {
    self.session = session
    plan = Plan()
    plan.cuts = .every(7)
    change(&plan)
  }

  /// All of them.
  static let all: [WrittenPlan] = asked + answered + joined + quiet + borders

  /// A stream of these events.
  private static func stream(_ events: String...) -> Session {
    .plainStream("borders", (events + ["data: [DONE]\n\n"]).map { ($0, 0) })
  }

  /// Events about as large as they may be, and a read that brings no byte of the body between two
  /// heartbeats.
  private static var borders: [WrittenPlan] {
    let sizes = (0...3).flatMap { more in
      let session = stream("data: " + String(repeating: "x", count: 12 + more) + "\n\n")
      return [Cuts.whole, .every(1)].map { cuts in
        WrittenPlan(session) { ($0.cuts, $0.core.block) = (cuts, 18) }
      }
    }
    let two = stream("data: a\n\n", "data: b\n\n")
    let beat = WrittenPlan(two) { plan in
      let second = Transmission(two, plan).runs[1].wire
      // Before the size line of the second chunk, and within it.
      plan.cuts = .at([second - 3, second - 2])
      (plan.pacing, plan.core.heartbeat) = (.fixed(150), 200)
    }
    // A coded stream is no stream of lines: nothing is held, and nothing added to its end.
    var coded = stream()
    coded.response.fields.add("Content-Encoding", "br")
    coded.body = [0x0B, 0x02, 0x80] + Array("hello".utf8) + [0x03]
    coded.fragments = [Session.Fragment(end: coded.body.count, milliseconds: 0)]
    return sizes + [beat, WrittenPlan(coded) { $0.cuts = .whole }]
  }

  /// However a request is cut, it goes upstream the same way, or is refused at the same byte.
  private static var asked: [WrittenPlan] {
    AskedShape.all.flatMap { shape in
      [RequestForm.plain, .pieces].map { form in
        WrittenPlan(shape.session) { ($0.core, $0.request) = (shape.core, form) }
      }
    }
  }

  private static var answered: [WrittenPlan] {
    AnsweredShape.all.flatMap { shape in
      let changes: [(inout Plan) -> Void] = [
        { _ in }, { $0.framing = .length }, { $0.framing = .close }, { $0.request = .closing },
        { $0.request = .http10 }, { ($0.request, $0.core.reuses) = (.again, true) },
        { ($0.request, $0.core.reuses, $0.framing) = (.pipelined, true, .length) },
        { ($0.request, $0.core.reuses, $0.anomalies) = (.again, true, .closing) },
      ]
      return changes.map { change in
        WrittenPlan(shape.session) {
          change(&$0)
          $0.core.joins = shape.isJoined
        }
      }
    }
  }

  /// Whole, as large as a stream may be that is joined, a byte larger, and broken off before the end.
  private static var joined: [WrittenPlan] {
    JoinedShape.all.flatMap { shape in
      let count = shape.session.body.count
      let limits = [nil, count, count - 1].map { limit in
        WrittenPlan(shape.session) { ($0.core.joins, $0.core.block) = (true, limit) }
      }
      let breaks = [Fault.Kind.fin, .reset].map { kind in
        WrittenPlan(shape.session) {
          $0.core.joins = true
          $0.fault = Fault(kind, at: Transmission(shape.session, $0).completeEnd - 1)
        }
      }
      return limits + breaks
    }
  }

  private static var quiet: [WrittenPlan] {
    QuietStream.all.map { stream in WrittenPlan(stream.session) { $0 = stream.plan } }
  }

  /// What is wrong when it runs through a core; nothing when all is as it must be.
  func faults<Core: ProxyCore>(_ runner: CaseRunner<Core>) throws -> [String] {
    try runner.run(session, plan, on: .simulated).violations.map {
      "\($0.check) \($0.name): \($0.detail)"
    }
  }
}
