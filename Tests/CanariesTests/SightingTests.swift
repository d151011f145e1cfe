// What tells bugs apart: two proxies are the more alike the more of what their clients got is the same,
// and a bug is named with confidence only where it explains all that was seen.

import Judging
import MockQwen
import ProxyServing
import Testing
import Wire

@testable import Canaries
@testable import Trials

@Suite struct SightingTests {
  private static func sighting(_ detail: String, body: String, check: Check = .blocks) -> Sighting {
    let observation = Observation(
      status: 200, fields: Fields(), body: Array(body.utf8), ending: .complete, requests: [],
      leftConnections: 0)
    return Sighting([Violation(check: check, name: "LOST", detail: detail)], [observation])
  }

  /// The better a model fits, the further down in this list.
  private static let models = [
    sighting("something else", body: "", check: .end),
    sighting("block 9 at body byte 812 came without its event", body: "data: b\n\n"),
    sighting("block 2 at body byte 7 did not come", body: "data: b\n\n"),
    sighting("block 2 at body byte 7 did not come", body: "data:a\r\n\r\n"),
    sighting("block 2 at body byte 7 did not come", body: "data: a\n\n"),
  ]

  @Test func theMoreIsTheSameTheLikelier() {
    let seen = Self.models[4]
    let likelihoods = Self.models.map { seen.likelihood(given: $0) }
    #expect(likelihoods == likelihoods.sorted() && Set(likelihoods).count == likelihoods.count)
    #expect(seen.quality(given: seen) == 1)
    #expect(seen.quality(given: Sighting()) == 0)
  }

  /// A block that came without its event is not one that did not come, wherever it stands.
  @Test func detailsTellWhatHappenedToWhichBlock() {
    let (left, right) = (Self.models[1], Self.models[2])
    #expect(left.symptoms == right.symptoms && left.details.isDisjoint(with: right.details))
    #expect(right.details == ["blocks LOST: block 2 did not come"])
  }

  /// How a proxy spells its lines and how its runtime breaks a connection off is not content, and neither
  /// is what a client passes over.
  @Test(arguments: [
    ("data: a\n\n", "data:a\r\n\r\n", true), ("data: a\n\n", "data: a\n", false),
    ("data: a\n\n", ":\n\ndata: a\n\n", true), ("data: a\n\n", "data: a\nb: c\n\n", true),
    ("data: a\n\n", "id: 1\ndata: a\n\n", false),
  ])
  func contentIsWhatAClientTakes(_ left: String, _ right: String, _ isSame: Bool) {
    let (left, right) = (Self.sighting("", body: left), Self.sighting("", body: right))
    #expect((left.content == right.content) == isSame)
    #expect(left.digest != right.digest)
  }

  /// Whatever passes looks the same: its bytes say nothing of a bug.
  @Test func whatPassesLooksTheSame() {
    let observation = Observation(
      fields: Fields(), body: [1], ending: .complete, requests: [], leftConnections: 0)
    #expect(Sighting([], [observation]) == Sighting())
  }

  // MARK: Confidence

  private static let session = Script.all[0].session
  private static let lost = models[4]

  private static func example(_ number: Int, _ sighting: Sighting) -> DiagnosisCase {
    var plan = Plan()
    plan.cuts = .at([number + 1])
    return DiagnosisCase(at: PreparedDelivery(session, plan), sighting, [])
  }

  private static func quality(_ seen: [Sighting], _ shown: [Sighting], asked: Sighting? = nil)
    -> Double
  {
    let probe = example(99, lost)
    let model = BugModel(
      name: "a", bugClass: BugClass.all[0],
      probes: [BugModel.Probe(session: session, plan: probe.plan)]
    ) { _ in lost }
    let cases = seen.enumerated().map { example($0.offset, $0.element) }
    var explanations = Explanations(cases, [model], shown: [shown])
    if let asked { explanations.add(example(99, asked), shown: [lost]) }
    return explanations.quality(of: 0, in: [0])
  }

  /// Each of these says less for the model than one that shows all that was seen.
  @Test func confidenceAsksForAllThatWasSeen() {
    let four = [Sighting](repeating: Self.lost, count: 4)
    let whole = Self.quality(four, four)
    #expect(whole > 0.8 && whole < 1)
    #expect(Self.quality([Self.lost], [Self.lost]) < whole)
    #expect(Self.quality(four, [Self.lost, Self.lost, Self.lost, Sighting()]) < whole * 0.8)
    #expect(Self.quality(four + [Sighting()], four + [Self.lost]) < whole)
    #expect(Self.quality(four, [Sighting](repeating: Self.models[1], count: 4)) < 0.6)
    #expect(Self.quality(four, four, asked: Self.lost) > whole)
    #expect(Self.quality(four, four, asked: Sighting()) < whole / 2)
  }

  /// What has nothing in common with a bug's failures may be another bug's.
  @Test func anotherDefectSaysLittle() {
    let four = [Sighting](repeating: Self.lost, count: 4)
    let nothing = [Sighting](repeating: Sighting(), count: 4)
    let strange = [Sighting](repeating: Self.models[0], count: 4)
    let (alone, beside) = (Self.quality(four, four), Self.quality(four + strange, four + nothing))
    #expect(beside < alone && beside > alone * 0.85)
    #expect(Self.quality(four + four, four + nothing) < alone * 0.6)
  }

  /// One failure among many plans is parted from the rest by every model that fails there, whatever the
  /// model shows: a name takes more than one.
  @Test(arguments: [1, 3]) func oneFailureNamesNoLikeness(_ count: Int) async throws {
    let cases = (0..<20).map {
      Self.example($0, $0 < count ? Self.models[1] : Sighting())
    }
    // It also fails in two that passed, so that it explains little.
    let failing = Set(cases.prefix(count + 2).map(\.plan))
    let model = BugModel(name: "a", bugClass: BugClass.all[0], probes: []) {
      failing.contains($0.plan) ? Self.models[2] : Sighting()
    }
    var witness = NoWitness()
    let defects = try await Diagnoser([model]).defects(cases, asking: &witness)
    let names = defects.flatMap(\.suspects).map(\.bugClass.id)
    #expect(defects.count == 1)
    #expect(names == (count == 1 ? [] : [BugClass.all[0].id]), "\(names)")
  }

  @Test func latenessIsLeftOutWhereNobodyWaits() {
    let late = Violation(check: .progress, name: "LATE", detail: "", bodyOffset: 7)
    let lost = Violation(check: .blocks, name: "LOST", detail: "block 2 did not come")
    #expect(Sighting([late], []).withoutLateness() == Sighting())
    let both = Sighting([late, lost], []).withoutLateness()
    #expect(
      both.symptoms == ["blocks LOST"] && both.details == ["blocks LOST: block 2 did not come"])
  }

  /// The best candidate's plainest delivery is asked for first, and nothing twice.
  @Test func theBestIsAskedForItsProof() {
    let models = Canary.models(judgedBy: .embedded(Policy())).filter {
      ["utf8-split", "done-dropped"].contains($0.name)
    }
    var questions = Questions(models, known: [])
    let ranking = [(model: 0, score: -1.0), (model: 1, score: -2.0)]
    var asked: [BugModel.Probe] = []
    while let probe = questions.next(ranking) { asked.append(probe) }
    #expect(asked.first == models[0].probes[0])
    #expect(Set(asked).count == asked.count && asked.count >= 2)
    var known = Questions(
      models,
      known: asked.map { DiagnosisCase(at: PreparedDelivery($0.session, $0.plan), Sighting(), []) })
    #expect(known.next(ranking) == nil)
  }

  /// What no class explains is told apart by what broke and by what kind of delivery.
  @Test func signaturesPartUnknownDefects() throws {
    func example(_ plan: String, _ name: String) throws -> DiagnosisCase {
      try DiagnosisCase(
        at: PreparedDelivery(Self.session, Plan(plan)), Self.lost,
        [Violation(check: .blocks, name: name, detail: "")])
    }
    let plain = try Signature(example("cuts=events", "LOST"))
    #expect(try plain == Signature(example("cuts=whole", "LOST")))
    let many = try (400..<420).map { number in
      try example("cuts=events fault=\(number % 2 == 0 ? "fin" : "reset")@\(number)", "LOST")
    }
    #expect(Signature.groups(many).count == 2)
    // A few plans are told as one defect, however they differ.
    let few = try ["cuts=events", "framing=close", "fault=fin@400"].map { try example($0, "LOST") }
    #expect(Signature.groups(few).count == 1)
    let kinds = try Damage.allCases.map { try example("cuts=events", $0.rawValue) }
    #expect(Signature.groups(kinds).count < kinds.count && !Signature.groups(kinds).isEmpty)
    for (plan, name) in [
      ("cuts=events", "ADDED"), ("cuts=events fault=fin@400", "LOST"),
      ("cuts=events framing=length", "LOST"),
    ] {
      #expect(try plain != Signature(example(plan, name)), "\(plan) \(name)")
    }
  }
}
