// What a subject is asked for besides its run: the deliveries that no run of these recordings holds bring
// a bug out that the run has not shown, and nothing is told that the subject does not show twice.

import Judging
import MockQwen
import ProxyServing
import Testing

@testable import Canaries
@testable import Trials

@Suite(.timeLimit(.minutes(10))) struct SurveyTests {
  /// A subject that does what a test says, and remembers what it was asked for.
  private struct Told: Witness {
    let isFresh = false
    var asked: [BugModel.Probe] = []
    /// What it shows under a delivery when it is asked for the nth time, from 1.
    let shows: (PreparedDelivery, Int) throws -> Sighting?

    init(_ shows: @escaping (PreparedDelivery, Int) throws -> Sighting?) { self.shows = shows }

    mutating func look(at session: Session, _ plan: Plan) throws -> DiagnosisCase? {
      let probe = BugModel.Probe(session: session, plan: plan)
      asked.append(probe)
      let prepared = PreparedDelivery(session, plan)
      guard let sighting = try shows(prepared, asked.count { $0 == probe }) else { return nil }
      let broken = [Violation(check: .blocks, name: "LOST", detail: "told")]
      return DiagnosisCase(at: prepared, sighting, sighting.isFailure ? broken : [])
    }
  }

  private static let models = DiagnosisTests.models()

  private static func model(_ name: String) throws -> BugModel {
    try #require(models.first { $0.name == name })
  }

  /// A run of `count` plans that hold.
  private static func run(of count: Int) throws -> [DiagnosisCase] {
    let prepared = PreparedDelivery(Script.all[0].session, try Plan("cuts=events"))
    var example = DiagnosisCase(at: prepared, Sighting(), [])
    example.count = count
    return [example]
  }

  private static func told(
    _ subject: inout Told, of count: Int = 30, explainedBy known: [BugModel] = []
  ) async throws -> [Defect] {
    try await Diagnoser(models).surveyed([], explainedBy: known, run(of: count), asking: &subject)
  }

  /// Bugs that no plan of the run brings out.
  @Test(arguments: ["usage-chunk-dropped", "over-trim-data", "crlf-split"])
  func namesWhatTheRunHasNotTried(_ name: String) async throws {
    let model = try Self.model(name)
    var subject = Told { prepared, _ in model.sighting(prepared) }
    let defects = try await Self.told(&subject)
    #expect(defects.map { $0.bugClass?.id } == [model.bugClass.id])
    let first = try #require(defects.first?.suspects.first)
    #expect(first.probability <= 0.5)
    #expect(defects[0].example.rate == Rate(failed: 2, runs: 2))
    #expect(defects[0].when.first?.contains("asked besides") == true)
  }

  @Test func asksForNothingThatWaits() async throws {
    var subject = Told { _, _ in Sighting() }
    #expect(try await Self.told(&subject).isEmpty)
    #expect(!subject.asked.isEmpty)
    #expect(Set(subject.asked).count == subject.asked.count)
    for probe in subject.asked {
      let plan = probe.plan
      #expect(plan.fault == nil && plan.behavior == nil && plan.stop == nil, "\(plan)")
      #expect(plan.streams == 1 && plan.pacing == .none && plan.records == nil, "\(plan)")
    }
  }

  /// One failure may be chance on a busy machine.
  @Test func believesNoFailureThatIsNotRepeated() async throws {
    let model = try Self.model("over-trim-data")
    var subject = Told { prepared, time in time == 1 ? model.sighting(prepared) : Sighting() }
    #expect(try await Self.told(&subject).isEmpty)
    #expect(Set(subject.asked).count < subject.asked.count)
  }

  /// Who has died of a delivery is not asked for it again.
  @Test func believesADeath() async throws {
    let model = try Self.model("over-trim-data")
    var subject = Told { prepared, time in time == 1 ? model.sighting(prepared) : nil }
    #expect(try await Self.told(&subject).map { $0.bugClass?.id } == [model.bugClass.id])
  }

  /// A subject that fails everywhere, in a way that no model does: whatever it is asked for is a model's own
  /// delivery, so that each model fails there too, and none of them is the bug.
  @Test func namesNothingThatFailsOtherwise() async throws {
    let strange = Sighting(
      symptoms: ["coding: strange"], details: ["coding: told"], content: 1, digest: 1)
    var subject = Told { _, _ in strange }
    #expect(try await Self.told(&subject).isEmpty)
    // Each is asked for twice, and ten failures say enough.
    #expect(subject.asked.count == 2 * Set(subject.asked).count)
    #expect(2...20 ~= subject.asked.count)
  }

  /// What a known bug shows is not asked for: many models fail where it does, and would be named.
  @Test func tellsNothingOfAKnownBug() async throws {
    let model = try Self.model("event-split-across-chunks")
    var subject = Told { prepared, _ in model.sighting(prepared) }
    #expect(try await !Self.told(&subject).isEmpty)
    subject.asked = []
    #expect(try await Self.told(&subject, explainedBy: [model]).isEmpty)
    #expect(!subject.asked.isEmpty)
    for probe in subject.asked {
      #expect(!model.sighting(PreparedDelivery(probe.session, probe.plan)).isFailure)
    }
  }

  /// Who has run a few plans wants to know about those.
  @Test func asksNothingBehindAFewPlans() async throws {
    let model = try Self.model("over-trim-data")
    var subject = Told { prepared, _ in model.sighting(prepared) }
    #expect(try await Self.told(&subject, of: 29).isEmpty)
    #expect(subject.asked.isEmpty)
  }

  /// A defect of the run without a name gets the one that the survey has found, if it fails there too.
  @Test func namesADefectOfTheRun() async throws {
    let model = try Self.model("over-trim-data")
    let probe = try #require(model.probes.first)
    let prepared = PreparedDelivery(probe.session, probe.plan)
    let broken = [Violation(check: .blocks, name: "CHANGED", detail: "told")]
    let example = DiagnosisCase(at: prepared, model.sighting(prepared), broken)
    let nameless = Diagnoser(Self.models).defect([example], [], all: [example], suspects: [])
    var subject = Told { prepared, _ in model.sighting(prepared) }
    // The same bug shows in another delivery of the model, or not at all.
    let defects = try await Diagnoser(Self.models).surveyed(
      [nameless], explainedBy: [], Self.run(of: 30), asking: &subject)
    #expect(defects.map { $0.bugClass?.id } == [model.bugClass.id])
    #expect(defects[0].when.first?.contains("asked besides") != true)
  }
}
