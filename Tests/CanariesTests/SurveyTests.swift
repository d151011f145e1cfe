// A survey asks a subject for what its run has not tried, and no model is run under it in vain.

import Judging
import MockQwen
import ProxyServing
import ProxyUnderTest
import Testing

@testable import Canaries
@testable import Recordings
@testable import Trials

@Suite(.timeLimit(.minutes(30))) struct SurveyTests {
  /// A subject, and what it was asked for.
  private struct Listening<Core: ProxyCore>: Witness {
    var witness = CanaryWitness<Core>(judge: .embedded(Policy()))
    var glances: [BugModel.Probe] = []
    let isFresh = true

    mutating func look(at session: Session, _ plan: Plan) throws -> DiagnosisCase? {
      try witness.look(at: session, plan)
    }

    mutating func glance(at session: Session, _ plan: Plan) throws -> DiagnosisCase? {
      glances.append(BugModel.Probe(session: session, plan: plan))
      return try look(at: session, plan)
    }
  }

  private static func survey<Core: ProxyCore>(
    _ core: Core.Type, _ models: [BugModel]
  ) throws -> (survey: Survey, glances: [BugModel.Probe]) {
    var subject = Listening<Core>()
    let survey = try Survey(models, asking: &subject)
    return (survey, subject.glances)
  }

  private static func survey(
    of name: String, _ models: [BugModel]
  ) throws -> (survey: Survey, glances: [BugModel.Probe]) {
    let canary = try DiagnosisTests.canary(name)
    func open<Core: ProxyCore>(_ core: Core.Type) throws -> (Survey, [BugModel.Probe]) {
      try survey(core, models)
    }
    return try open(canary.core)
  }

  @Test func aSurveyFindsWhatNoPlanHasTried() throws {
    let models = DiagnosisTests.models()
    let (survey, glances) = try Self.survey(of: "over-trim-data", models)
    let own = try #require(models.first { $0.name == "over-trim-data" }?.probes.first)
    let found = try #require(survey.failures.first { BugModel.Probe(of: $0) == own })
    #expect(found.isSurveyed && found.count == 0)
    // What fails is asked for twice, all else once, and a fault is no question of a survey.
    #expect(glances.count { $0 == own } == 2)
    #expect(Set(glances).count == glances.count - survey.failures.count)
    #expect(glances.allSatisfy { $0.plan.fault == nil && $0.plan.behavior == nil })
    #expect(models.contains { $0.probes.first?.plan.fault != nil })
  }

  @Test func answersAreAboutTheModelsThatAreLeft() throws {
    let models = DiagnosisTests.models()
    let (survey, glances) = try Self.survey(Exchange.self, models)
    #expect(survey.failures.isEmpty)
    let two = models.filter { ["utf8-split", "done-dropped"].contains($0.name) }
    #expect(survey.answers(about: two).map(BugModel.Probe.init(of:)) == two.map { $0.probes[0] })
    #expect(survey.answers(about: models).count == glances.count)
  }

  /// Nothing is late for a survey, and so nothing is in its models.
  @Test func latenessIsNoFailureOfASurvey() throws {
    let models = Canary.models(judgedBy: .embedded(Policy()))
      .filter { $0.name == "whole-body-buffering" }
    #expect(try Self.survey(of: "whole-body-buffering", models).survey.failures.isEmpty)
  }

  /// The run shows one bug, and the survey the other.
  @Test func aBugThatTheRunDoesNotShowIsNamed() async throws {
    let canary = try DiagnosisTests.canary("over-trim-data")
    // Cases of another proxy stand for a run that shows something else, and each for many plans.
    var cases = try DiagnosisTests.cases(of: DiagnosisTests.canary("mid-stream-failure-silent"))
    for index in cases.indices { cases[index].count = 64 }
    func defects<Core: ProxyCore>(_ core: Core.Type) async throws -> [Defect] {
      var subject = Glancing<Core>()
      return try await Diagnoser(DiagnosisTests.models()).defects(cases, asking: &subject)
    }
    let found = try await defects(canary.core)
    #expect(
      found.contains { $0.bugClass?.id == "mid-stream-failure-silent" },
      "\(found.map { ($0.bugClass?.id ?? "unknown", $0.planCount, $0.example.plan.description) })")
    let hidden = try #require(found.first { $0.bugClass?.id == canary.bugClass })
    #expect(hidden.planCount == 0 && hidden.example.isSurveyed)
  }

  /// A subject that answers a survey, and no question.
  private struct Glancing<Core: ProxyCore>: Witness {
    var witness = CanaryWitness<Core>(judge: .embedded(Policy()))
    let isFresh = false

    func look(at session: Session, _ plan: Plan) -> DiagnosisCase? { nil }
    mutating func glance(at session: Session, _ plan: Plan) throws -> DiagnosisCase? {
      try witness.look(at: session, plan)
    }
  }

  // MARK: The ways of other programs

  /// The same bug, by what a client sees when the proxy meets what it cannot take.
  @Test func aProxyStopsBreaksOffOrGoesOn() throws {
    func checks(_ variant: String) throws -> (checks: Set<Check>, lost: Int) {
      let canary = try DiagnosisTests.canary("comment-breaks-parser\(variant)")
      var trial = Trial.stream(": hm\ndata: {\"a\":1}\n\ndata: {\"b\":2}\n\n")
      trial.stage = .simulated
      func violations<Core: ProxyCore>(_ core: Core.Type) throws -> [Violation] {
        try trial.outcome(through: core).violations
      }
      let found = try violations(canary.core)
      return (Set(found.map(\.check)), found.count { $0.check == .blocks })
    }
    let (stops, aborts, goesOn) = try (checks(""), checks("/aborts"), checks("/passes-over"))
    #expect(!stops.checks.contains(.end) && aborts.checks.contains(.end))
    #expect(stops.lost == aborts.lost && goesOn.lost < stops.lost && goesOn.lost > 0)
  }
}
