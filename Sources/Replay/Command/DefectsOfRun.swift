// The diagnosis of a run that failed: its cases go to the diagnoser with the canaries as models, and the
// proxy, if it still runs, answers the questions that tell two candidates apart.

internal import Canaries
internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyServing
internal import Recordings
internal import Terminal
internal import Trials

/// The cases of a run, and their recordings.
struct DiagnosedRun {
  let cases: [DiagnosisCase]
  let recordings: NamedRecordings

  init(cases: [DiagnosisCase], recordings: NamedRecordings) {
    (self.cases, self.recordings) = (cases, recordings)
  }

  init(report: RunReport, recordings: NamedRecordings) {
    let cases = zip(report.parts, recordings).flatMap { part, file in
      part.cases.cases(of: file.recording.session)
    }
    self.init(cases: cases, recordings: recordings)
  }

  /// A defect, and the path of the recording that shows it best.
  struct Finding {
    let defect: Defect
    let path: String
  }

  private var hasFailed: Bool { cases.contains { $0.sighting.isFailure } }

  /// The defects of a proxy core in this process; none when no plan failed.
  func defects(coreNamed name: String, _ policy: Policy) async throws -> [Finding] {
    guard hasFailed else { return [] }
    return try await defects(of: try CoreChoice(named: name).type, .embedded(policy))
  }

  private func defects<Core: ProxyCore>(
    of core: Core.Type, _ judge: SightingJudge
  ) async throws -> [Finding] {
    var witness = CanaryWitness<Core>(judge: judge)
    return try await defects(judge, asking: &witness)
  }

  /// The defects of a target, which is run again.
  func defects(
    of settings: TargetSettings, environment: [String: String]
  ) async throws -> [Finding] {
    guard hasFailed else { return [] }
    var witness = TargetWitness(settings, environment: environment)
    defer { witness.end() }
    return try await defects(.target(settings), asking: &witness)
  }

  /// The defects, with a proxy that is run again.
  func defects(
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

/// Runs a diagnosis, and writes to standard error how long it took, because it should add little to a
/// run.
func timed<Result>(
  _ console: Console, _ diagnosis: () async throws -> Result
) async rethrows -> Result {
  let start = ContinuousClock.now
  let result = try await diagnosis()
  console.warn("replay: diagnosed in \(timeText(seconds(since: start)))")
  return result
}
