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
  /// The last of so many cases joins a stream whose answer is written down.
  static let joinedShare = 64
  /// One of so many asks as it is written down: the one with this rest.
  static let askedPlace = 31
  /// One of so many is a stream that says nothing for hours: the one with this rest.
  static let quietPlace = 47

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
    if number % Self.joinedShare == Self.joinedShare - 1 {
      // One after the other, as a draw would leave out some of them.
      session = JoinedShape.all[number / Self.joinedShare % JoinedShape.all.count].session
      used = MutationSet()
      (plan, transmission) = PlanDraw.plan(session, &generator)
      // Most of them whole, as only then the answer is known.
      if generator.hits(3, in: 4) {
        let cuts = plan.cuts
        plan = Plan()
        plan.cuts = cuts
      }
      plan.core.joins = true
      transmission = Transmission(session, plan)
    }
    if number % Self.joinedShare == Self.askedPlace {
      let shape = AskedShape.all[number / Self.joinedShare % AskedShape.all.count]
      (session, used) = (shape.session, MutationSet())
      let cuts = PlanDraw.plan(session, &generator).0.cuts
      plan = Plan()
      (plan.cuts, plan.core) = (cuts, shape.core)
      transmission = Transmission(session, plan)
    }
    if number % Self.joinedShare == Self.quietPlace {
      let quiet = QuietStream.all[number / Self.joinedShare % QuietStream.all.count]
      (session, plan, used) = (quiet.session, quiet.plan, MutationSet())
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
}
