// Requests and answers that are written down as a whole: the embedded proxy keeps to all of them, and
// one that takes a byte of a request for another is caught.

import MockQwen
import ProxyServing
import ProxyUnderTest
import Testing

@testable import Judging
@testable import Trials

@Suite(.timeLimit(.minutes(10))) struct WrittenTests {
  @Test(arguments: ["cuts=whole", "cuts=7x"]) func theCoreTakesWhatIsAsked(_ cuts: String) throws {
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
