// A case is a session and a plan, drawn from two numbers: the seed of the run and the number of the
// case. Nothing else goes into the draw, so that case 4,711 of a seed is the same on every machine,
// in every shard and under any number of workers. The order of the draws is part of the case: what
// is filed with a failure is therefore its plan and its bytes, and the seed only beside them.

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
  /// Of so many cases one tries a byte at a place of the grammar of HTTP, and one a limit.
  static let edgeShare = 16
  /// Of so many cases one asks as it is written down, one is a stream that says nothing for hours, and one
  /// joins a stream whose answer is written down: those with these rests.
  static let writtenShare = 64
  static let askedPlace = 31
  static let quietPlace = 47
  static let joinedPlace = 63

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
    // Swarm: most cases leave out about half of the kinds, so that the others meet more often.
    let on =
      generator.hits(1, in: 4)
      ? MutationSet(bits: .max) : MutationSet(bits: UInt128(generator.next()))
    var (session, used) = SessionDraw.session(from: sources, on: on, &generator)
    var (plan, transmission) = PlanDraw.plan(session, &generator)
    let isOnSockets = generator.hits(1, in: Self.socketsShare)
    // What is written down comes one after the other, as a draw would leave out some of it.
    func next<Shape>(_ all: [Shape]) -> Shape { all[number / Self.writtenShare % all.count] }
    switch number % Self.writtenShare {
    case Self.askedPlace:
      let shape = next(AskedShape.all)
      (session, used) = (shape.session, MutationSet())
      let cuts = PlanDraw.plan(session, &generator).0.cuts
      plan = Plan()
      (plan.cuts, plan.core) = (cuts, shape.core)
      transmission = Transmission(session, plan)
    case Self.quietPlace:
      let quiet = next(QuietStream.all)
      (session, plan, used) = (quiet.session, quiet.plan, MutationSet())
      transmission = Transmission(session, plan)
    case Self.joinedPlace:
      (session, used) = (next(JoinedShape.all).session, MutationSet())
      plan = PlanDraw.plan(session, &generator).0
      // Most of them whole, as only then the answer is known.
      if generator.hits(3, in: 4) {
        let cuts = plan.cuts
        plan = Plan()
        plan.cuts = cuts
      }
      plan.core.joins = true
      transmission = Transmission(session, plan)
    default: break
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
}
