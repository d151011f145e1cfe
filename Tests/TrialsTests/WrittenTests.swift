// Requests and answers that are written down as a whole: the embedded proxy keeps to all of them, and
// one that takes a byte of a request for another is caught.

import MockQwen
import ProxyServing
import ProxyUnderTest
import Testing

@testable import Judging
@testable import Networks
@testable import Stages
@testable import Trials

@Suite(.timeLimit(.minutes(10))) struct WrittenTests {
  @Test(arguments: ["cuts=whole", "cuts=7x", "cuts=7x request=pieces"])
  func theCoreTakesWhatIsAsked(_ cuts: String) throws {
    let runner = CaseRunner<Exchange>()
    for shape in AskedShape.all {
      var plan = try Plan(cuts)
      plan.core = shape.core
      let outcome = try runner.run(shape.session, plan, on: .simulated)
      #expect(outcome.violations == [], "\(shape)")
    }
  }

  @Test(arguments: ["", "framing=length", "framing=close", "request=closing", "request=http10"])
  func theCorePassesWhatIsAnswered(_ words: String) throws {
    let runner = CaseRunner<Exchange>()
    for shape in AnsweredShape.all {
      var plan = try Plan("cuts=7x \(words)")
      plan.core.joins = shape.isJoined
      let outcome = try runner.run(shape.session, plan, on: .simulated)
      #expect(outcome.violations == [], "\(shape.session.name) \(plan)")
    }
  }

  /// A client that rests gets all of it afterwards, unless it takes nothing for a minute while bytes wait.
  @Test func aClientMayRest() throws {
    var session = OctetTests.session
    session.body = Array(
      String(repeating: "data: \(String(repeating: "x", count: 9_000))\n\n", count: 60).utf8)
    session.fragments = [Session.Fragment(end: session.body.count, milliseconds: 0)]
    for (words, ending, isWhole) in [
      ("client=pauses@1/59s", Observation.Ending.complete, true),
      ("client=pauses@1/61s", .reset, false), ("client=pauses@1/600s", .reset, false),
    ] {
      let plan = try Plan("cuts=events \(words)")
      let (delivery, expectation) = (Delivery(session, plan), Expectation.whole(session))
      var stage = try Stage<SimulatedNetwork, Exchange>(SimulatedNetwork())
      let seen = try stage.run(delivery, borders: expectation.borders)
      #expect(seen.ending == ending, "\(words)")
      #expect((seen.body == session.body) == isWhole, "\(words)")
      let outcome = try CaseRunner<Exchange>().run(session, plan, on: .simulated)
      #expect(outcome.violations == [], "\(words)")
    }
  }

  /// The core with a reader that takes one byte of a client for another.
  struct Misreads: WrappedCore {
    @TaskLocal static var byte: (wrong: UInt8, taken: UInt8) = (0, 0)
    static var isDocumented: Bool { true }
    var core: Exchange

    init(settings: Settings) { core = Exchange(settings: settings) }

    mutating func handle(
      _ input: Exchange.Input, at now: Milliseconds, into outputs: inout [Exchange.Output]
    ) {
      guard case .client(let bytes) = input else {
        return core.handle(input, at: now, into: &outputs)
      }
      let taken = bytes.map { $0 == Self.byte.wrong ? Self.byte.taken : $0 }
      core.handle(.client(taken), at: now, into: &outputs)
    }
  }

  @Test(arguments: [
    "\t ", "\u{B}a", "\u{1F}a", "\u{7F}a", "/0", ":9", "@A", "`a", "gf", "GF", "\"a", "(a", ";a",
    "\\a",
    "{a", "~a", "^a", "<a",
  ])
  func aByteThatIsMisreadIsSeen(_ bytes: String) throws {
    let (wrong, taken) = (bytes.utf8.first ?? 0, bytes.utf8.last ?? 0)
    let runner = CaseRunner<Misreads>()
    let isSeen = try Misreads.$byte.withValue((wrong, taken)) {
      try AskedShape.wireShapes.contains { shape in
        let text = (shape.line ?? "") + shape.odd + (shape.host ?? "") + (shape.chunks ?? "")
        guard text.utf8.contains(wrong) else { return false }
        var plan = Plan()
        plan.core = shape.core
        return try !runner.run(shape.session, plan, on: .simulated).violations.isEmpty
      }
    }
    #expect(isSeen)
  }
}
