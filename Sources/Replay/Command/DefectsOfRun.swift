// A run that failed is diagnosed: its cases go to the diagnoser with the canaries as models, and the
// proxy, if it is still there, answers the questions that part two candidates.

internal import Canaries
internal import Judging
internal import MockQwen
internal import ProxyServing
internal import Recordings
internal import Trials

/// The cases of a run, and the recordings that they belong to.
struct DiagnosedRun {
  let report: RunReport
  let recordings: [(path: String, recording: Recording)]

  private var cases: [DiagnosisCase] {
    zip(report.parts, recordings).flatMap { part, file in
      part.cases.cases(of: file.recording.session)
    }
  }

  /// A defect, and the path of the recording that shows it best.
  struct Finding {
    let defect: Defect
    let path: String
  }

  /// The defects of a proxy core of this process; none when nothing failed.
  func defects(coreNamed name: String, _ policy: Policy) async throws -> [Finding] {
    guard report.failureCount > 0 else { return [] }
    return try await defects(of: try CoreChoice(named: name).type, .embedded(policy))
  }

  private func defects<Core: ProxyCore>(
    of core: Core.Type, _ judge: SightingJudge
  ) async throws -> [Finding] {
    var witness = CanaryWitness<Core>(judge: judge)
    return try await defects(judge, asking: &witness)
  }

  /// The defects of a target, which is asked again.
  func defects(
    of settings: TargetSettings, environment: [String: String]
  ) async throws -> [Finding] {
    guard report.failureCount > 0 else { return [] }
    var witness = TargetWitness(settings, environment: environment)
    defer { witness.end() }
    return try await defects(
      .target(settings.level, comparesComments: settings.comparesComments), asking: &witness)
  }

  private func defects(
    _ judge: SightingJudge, asking witness: inout some Witness
  ) async throws -> [Finding] {
    try await Diagnoser(Canary.models(judgedBy: judge)).defects(cases, asking: &witness).map {
      defect in
      let session = defect.example.session
      let path = recordings.first { $0.recording.session == session }?.path
      return Finding(defect: defect, path: path ?? session.name)
    }
  }
}
