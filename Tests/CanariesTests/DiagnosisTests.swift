// A failed run is told as its bug: with the canaries as models, the class of a canary that is run as the
// subject must be named, and a proxy that does nothing of the kind must not be given a name.

import Judging
import MockQwen
import ProxyServing
import ProxyUnderTest
import Testing

@testable import Canaries
@testable import Recordings
@testable import Trials

@Suite(.timeLimit(.minutes(30))) struct DiagnosisTests {
  /// A few models: enough to be mistaken for one another, few enough for a debug build.
  static let names = [
    "event-split-across-chunks", "utf8-split", "crlf-split", "many-events-per-read/lost",
    "done-dropped", "mid-stream-failure-silent", "usage-chunk-dropped", "over-trim-data",
  ]

  static func models(without name: String? = nil) -> [BugModel] {
    Canary.models(judgedBy: .embedded(Policy())).filter {
      names.contains($0.name) && $0.name != name
    }
  }

  /// What a canary shows under its own deliveries and under a few plain ones.
  static func cases(of canary: Canary) throws -> [DiagnosisCase] {
    var cases: [DiagnosisCase] = []
    let plain = try [
      "cuts=whole", "cuts=events", "cuts=utf8", "cuts=1x", "cuts=events fault=fin@400",
    ]
    .map { try Plan($0) }
    let session = Script.all[0].session
    let deliveries = canary.trials.map { ($0.session, $0.plan) } + plain.map { (session, $0) }
    for (session, plan) in deliveries {
      cases += try run(canary.core, session, plan)
    }
    return cases
  }

  private static func run<Core: ProxyCore>(
    _ core: Core.Type, _ session: Session, _ plan: Plan
  ) throws -> [DiagnosisCase] {
    try SharedMemory.$current.withValue(SharedMemory()) {
      try Run<Core>(session).results([plan], on: .simulated).cases.cases(of: session)
    }
  }

  static func canary(_ name: String) throws -> Canary {
    try #require(Canary.all.first { $0.name == name })
  }

  @Test(arguments: names) func aKnownBugIsNamed(_ name: String) async throws {
    let canary = try Self.canary(name)
    var witness = NoWitness()
    let defects = try await Diagnoser(Self.models()).defects(
      Self.cases(of: canary), asking: &witness)
    #expect(
      defects.contains { $0.bugClass?.id == canary.bugClass },
      "\(defects.map { $0.suspects.map(\.bugClass.id) })")
    #expect(defects.allSatisfy { $0.planCount > 0 && $0.example.sighting.isFailure })
  }

  /// A proxy that answers each request by an error does nothing that a model does.
  @Test func anUnknownBugHasNoName() async throws {
    let canary = try Self.canary("retry-after-dropped")
    var witness = NoWitness()
    let models = Self.models().filter { $0.name != canary.name }
    let cases = try Self.cases(of: canary)
    let defects = try await Diagnoser(models).defects(cases, asking: &witness)
    #expect(!defects.isEmpty)
    #expect(defects.allSatisfy { $0.bugClass == nil }, "\(defects.map { $0.bugClass?.id ?? "" })")
  }

  @Test func aRunThatHeldHasNoDefect() async throws {
    let session = Script.all[0].session
    let cases = try Run<Exchange>(session).results([Plan()], on: .simulated).cases
    var witness = NoWitness()
    let defects = try await Diagnoser(Self.models()).defects(
      cases.cases(of: session), asking: &witness)
    #expect(defects.isEmpty && !cases.cases(of: session).isEmpty)
  }

  /// The example that is shown has no cut that is not needed, and was seen to fail three times.
  @Test(arguments: ["utf8-split", "event-split-across-chunks"])
  func theExampleIsSmall(_ name: String) async throws {
    let canary = try Self.canary(name)
    let session = canary.trials[0].session
    let plan = try Plan("cuts=1x")
    let cases = try Self.run(canary.core, session, plan) + Self.run(canary.core, session, Plan())
    let defects = try await Self.defects(cases, of: canary, canary.core)
    let example = try #require(defects.first { $0.bugClass?.id == canary.bugClass }).example
    #expect(Delivery(session, plan).fragmentEnds.count > 100)
    #expect(Delivery(session, example.plan).fragmentEnds.count <= 2, "\(example.plan)")
    #expect(example.rate == Rate(failed: 3, runs: 3))
  }

  private static func defects<Core: ProxyCore>(
    _ cases: [DiagnosisCase], of canary: Canary, _ core: Core.Type
  ) async throws -> [Defect] {
    var witness = CanaryWitness<Core>(judge: .embedded(Policy()))
    return try await Diagnoser(models()).defects(cases, asking: &witness)
  }

  /// What stands in a report is enough: read back, a case is what it was.
  @Test func savedCasesReadBack() throws {
    let canary = try Self.canary("utf8-split")
    let session = canary.trials[0].session
    let cases = try Self.cases(of: canary).filter { $0.session == session }
    #expect(cases.contains { $0.sighting.isFailure && $0.evidence != nil })
    let saved = cases.map { SavedCase($0, reproduce: "replay run x") }
    let read = try DiagnosisCase.cases(saved, of: session)
    for (before, after) in zip(cases, read) {
      #expect(before.plan == after.plan && before.count == after.count)
      #expect(before.sighting.symptoms == after.sighting.symptoms)
      #expect(before.sighting.isFailure == after.sighting.isFailure)
      #expect(before.conditions == after.conditions, "\(before.plan)")
      #expect(before.evidence == after.evidence)
      #expect(Array(before.violations.prefix(6)) == after.violations)
    }
  }

  /// Numbers and letters that a file may hold instead.
  @Test(arguments: [
    ("zz", 0, 0), ("00", -1, 0), ("00", 0, 9), ("0", 0, 0), ("00", Int.max, Int.min),
  ])
  func foreignBytesAreNoEvidence(_ digits: String, _ start: Int, _ offset: Int) throws {
    let session = Script.all[0].session
    let canary = try Self.canary("utf8-split")
    let example = try #require(Self.cases(of: canary).first { $0.evidence != nil })
    var saved = SavedCase(example, reproduce: "")
    saved.plan = "cuts=whole"
    saved.bytes?.received = digits
    saved.bytes?.receivedStart = start
    saved.bytes?.receivedOffset = offset
    #expect(try DiagnosisCase.cases([saved], of: session)[0].evidence == nil)
  }

  /// The proof of the diagnosis holds for canaries that it is run on, and can fail.
  @Test func theProofCanFail() async throws {
    let canaries = try [Self.canary("done-dropped")]
    let proof = try await DiagnosisProof.prove(canaries)
    #expect(proof.holds, "\(proof.rows)")
    #expect(proof.rows.map(\.bugClass) == canaries.map(\.bugClass))
    #expect(!DiagnosisProof().holds)
  }

  /// Every class has something to change, each its own.
  @Test func everyClassHasARemedy() {
    let remedies = BugClass.all.map(\.remedy)
    #expect(remedies.allSatisfy { $0.count > 10 })
    #expect(Set(remedies).count > BugClass.all.count * 3 / 4)
  }
}

@Suite struct CompletePlansTests {
  static let session = Script.all[0].session

  /// Few plans, and each kind of context in them.
  @Test func areFewAndReadBack() throws {
    let complete = SessionPlans(Self.session, set: .complete, seed: 1, isOnSockets: false)
    let exhaustive = SessionPlans(Self.session, set: .exhaustive, seed: 1, isOnSockets: false)
    #expect(complete.count * 100 < exhaustive.count * 10, "\(complete.count) \(exhaustive.count)")
    for plan in complete.all { #expect(try Plan(plan.description) == plan) }
    let faults = complete.all.compactMap(\.fault?.kind)
    #expect(Set(faults) == Set(Fault.Kind.plain))
  }

  /// A character that two cuts part is in no single cut.
  @Test func cutTwiceInOneEvent() {
    let all = SessionPlans(Self.session, set: .complete, seed: 1, isOnSockets: false).all
    let sizes = all.compactMap { plan -> Int? in
      if case .at(let offsets) = plan.cuts { offsets.count } else { nil }
    }
    #expect(sizes.contains { $0 > 1 })
  }
}
