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

  /// The defects of a proxy core of this process; none when nothing failed.
  func defects(coreNamed name: String, _ policy: Policy) async throws -> [Defect] {
    guard report.failureCount > 0 else { return [] }
    return try await defects(of: try CoreChoice(named: name).type, .embedded(policy))
  }

  private func defects<Core: ProxyCore>(
    of core: Core.Type, _ judge: SightingJudge
  ) async throws -> [Defect] {
    var witness = CanaryWitness<Core>(judge: judge)
    return try await defects(judge, asking: &witness)
  }

  /// The defects of a proxy that answers questions itself.
  func defects(
    _ judge: SightingJudge, asking witness: inout some Witness
  ) async throws -> [Defect] {
    guard report.failureCount > 0 else { return [] }
    return try await Diagnoser(Canary.models(judgedBy: judge)).defects(cases, asking: &witness)
  }

  /// The path of the recording that a case is of; nil for a delivery of the diagnosis's own.
  func path(of example: DiagnosisCase) -> String? {
    recordings.first { $0.recording.session == example.session }?.path
  }
}
