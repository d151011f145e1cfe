// A case is a session and a plan, drawn from two numbers: the seed of the run and the number of the case.
// The draw depends on nothing else, so case 4,711 of a seed is the same on every machine, in every shard
// and with any number of workers. The order of the draws is part of the case: so a failure is filed with
// its plan and its bytes, and the seed is only extra information.

package import MockQwen
internal import Recordings

/// One case.
package struct FuzzCase: Sendable {
  package let number: Int
  package let session: Session
  package let plan: Plan
  /// The session under the plan's framing.
  package let transmission: Transmission
  /// What was changed in the session.
  let mutations: MutationSet
  /// Whether the case runs on sockets too.
  package let isOnSockets: Bool
}

/// All cases of a seed.
package struct FuzzCases: Sendable {
  /// One in this many cases runs on sockets too.
  static let socketsShare = 256
  /// Of this many cases, one tries a byte at a place of the grammar of HTTP, one tries a limit, and one
  /// is a complete written-down case.
  static let edgeShare = 16

  package let sources: [FuzzSource]
  package let seed: UInt64

  init(_ sessions: [Session], seed: UInt64) {
    sources = sessions.map(FuzzSource.init)
    self.seed = seed
  }

  /// The case with a number.
  package subscript(_ number: Int) -> FuzzCase {
    var mixer = SeededGenerator(seed: seed)
    var generator = SeededGenerator(
      seed: mixer.next() &+ UInt64(number) &* 0xD134_2543_DE82_EF95)
    // Swarm testing: most cases leave out about half of the kinds, so that the others meet more often.
    let on =
      generator.hits(1, in: 4)
      ? MutationSet(bits: .max) : MutationSet(bits: UInt128(generator.next()))
    var (session, used) = SessionDraw.session(from: sources, on: on, &generator)
    var (plan, transmission) = PlanDraw.plan(session, &generator)
    let isOnSockets = generator.hits(1, in: Self.socketsShare)
    if number % Self.edgeShare == Self.edgeShare - 1 {
      (session, plan) = written(number / Self.edgeShare, session, &generator)
      used = MutationSet()
      transmission = Transmission(session, plan)
    }
    switch number % Self.edgeShare {
    case 8:
      (plan.anomalies, plan.firstStatus) = ([], nil)
      plan.octet = PlanDraw.octet(&generator)
      transmission = Transmission(session, plan)
    case 12:
      PlanDraw.set(&plan, toLimit: &generator)
      transmission = Transmission(session, plan)
    default: break
    }
    return FuzzCase(
      number: number, session: session, plan: plan, transmission: transmission, mutations: used,
      isOnSockets: isOnSockets)
  }

  /// The lists of written-down cases.
  private enum Written { case asked, answered, joined, quiet, ahead }

  /// The order of the lists: a longer list has more turns.
  private static let turns: [Written] = [
    .asked, .joined, .asked, .answered, .asked, .joined, .asked, .quiet,
    .asked, .joined, .asked, .answered, .ahead, .joined, .asked, .answered,
  ]

  /// How the client asks for a written-down answer.
  private static let forms: [RequestForm] = [.plain, .plain, .http10, .closing, .again, .pipelined]

  /// A written-down case; `turn` counts them. They come one after the other, because a draw would leave
  /// out some of them.
  private func written(
    _ turn: Int, _ drawn: Session, _ generator: inout SeededGenerator
  ) -> (Session, Plan) {
    let place = turn % Self.turns.count
    let kind = Self.turns[place]
    let before = Self.turns[..<place].count { $0 == kind }
    let number = turn / Self.turns.count * Self.turns.count { $0 == kind } + before
    func next<Shape>(_ all: [Shape]) -> Shape { all[number % all.count] }
    if kind == .ahead { return (drawn, ahead(drawn, &generator)) }
    if kind == .quiet {
      let quiet = next(QuietStream.all)
      return (quiet.session, quiet.plan)
    }
    var (session, core) = (next(AskedShape.all).session, next(AskedShape.all).core)
    switch kind {
    case .asked, .quiet, .ahead: break
    case .answered:
      session = next(AnsweredShape.all).session
      core = CoreWords()
      core.joins = next(AnsweredShape.all).isJoined
    case .joined:
      session = next(JoinedShape.all).session
      core = CoreWords()
      core.joins = true
    }
    let drawn = PlanDraw.plan(session, &generator).0
    // Most of them complete, because only then the answer is known.
    if kind == .joined, generator.hits(1, in: 4) {
      var plan = drawn
      plan.core.joins = true
      return (session, plan)
    }
    var plan = Plan()
    (plan.cuts, plan.core) = (drawn.cuts, core)
    if kind == .joined, generator.hits(1, in: 8) {
      // As large as a joined stream may be, or one byte larger.
      plan.core.block = session.body.count - (generator.hits(1, in: 2) ? 1 : 0)
    }
    // However a request is cut, it is refused at the same byte.
    if kind == .asked, generator.hits(1, in: 2) { plan.request = .pieces }
    if kind == .answered {
      (plan.framing, plan.chunks) = (drawn.framing, drawn.chunks)
      plan.request = Self.forms[Int(generator.next() % UInt64(Self.forms.count))]
      plan.core.reuses = drawn.core.reuses
    }
    return (session, plan)
  }

  /// The client rests behind the first bytes of an answer, until a second later the next answer has a
  /// head and no body yet.
  private func restBeforeBody(
    _ session: Session, _ plan: inout Plan, _ generator: inout SeededGenerator
  ) {
    let transmission = Transmission(session, plan)
    let (head, end) = (transmission.headEnd, transmission.completeEnd)
    guard head + 1 < end else { return }
    plan.cuts = .at([head, generator.number(in: head + 1...end - 1)])
    plan.pacing = .fixed(600)
    plan.behavior = ClientBehavior(.pauses, at: 1)
    plan.behavior?.rest = 1_000
  }

  /// A client that asks for more while it is answered, and rests meanwhile or goes.
  private func ahead(_ session: Session, _ generator: inout SeededGenerator) -> Plan {
    var plan = PlanDraw.plan(session, &generator).0
    let behaviors: [ClientBehavior.Kind?] = [nil, nil, .pauses, .pauses, .crawls, .leaves, .resets]
    (plan.anomalies, plan.firstStatus, plan.stop, plan.streams) = ([], nil, nil, 1)
    (plan.core, plan.request) = (CoreWords(), .ahead)
    plan.behavior = behaviors[Int(generator.next() % UInt64(behaviors.count))].map {
      ClientBehavior(
        $0, at: generator.hits(1, in: 2) ? 0 : generator.number(in: 0...session.body.count))
    }
    // A kept connection outlives a client that goes; one on which an upstream has fallen silent is no more
    // use to a next request.
    let mayReuse = plan.fault == nil && plan.behavior?.isDeparture != true
    plan.core.reuses = mayReuse && generator.hits(1, in: 2)
    if generator.hits(1, in: 4) { restBeforeBody(session, &plan, &generator) }
    // Now and then the first request waits for a connection, and then what comes behind it.
    if generator.hits(1, in: 8) { plan.reach = .silent }
    return plan
  }
}
