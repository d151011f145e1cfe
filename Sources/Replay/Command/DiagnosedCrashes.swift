// A fuzz run that failed is diagnosed: each crash file is a case, and the same session under a few plain
// plans shows what must meet so that it fails.

internal import Canaries
internal import Judging
internal import MockQwen
internal import ProxyServing
internal import Recordings
internal import Trials

/// What a fuzz run has saved, to be diagnosed.
struct DiagnosedCrashes {
  /// Crash files that are looked at.
  private static let filesMax = 8
  /// Plans under which the same session is looked at, for contrast.
  private static let plainPlans = [
    "cuts=whole", "cuts=events", "cuts=1x", "cuts=whole chunks=whole",
  ]

  private let report: FuzzReport
  private let files: [(path: String, file: CrashFile)]

  init(_ result: FuzzResult, in folder: String) {
    report = result.report
    files = zip(result.report.failures, result.crashes).prefix(Self.filesMax).map {
      ($0.file, $1)
    }
  }

  /// The defects behind the crash files.
  func defects(_ options: FuzzOptions, _ context: Context) async throws -> DefectText {
    guard let settings = options.target else { return try await defects(of: options.core.type) }
    var witness = TargetWitness(settings, environment: context.environment)
    defer { witness.end() }
    return try await defects(
      .target(settings.level, comparesComments: settings.comparesComments), asking: &witness)
  }

  private func defects<Core: ProxyCore>(of core: Core.Type) async throws -> DefectText {
    var witness = CanaryWitness<Core>(judge: .embedded(Policy()))
    return try await defects(.embedded(Policy()), asking: &witness)
  }

  private func defects(
    _ judge: SightingJudge, asking witness: inout some Witness
  ) async throws -> DefectText {
    let counts = report.breaches
    var cases: [DiagnosisCase] = []
    for (_, file) in files {
      let session = file.recording.session
      guard var seen = try witness.look(at: session, file.plan) else { continue }
      seen.count = counts["\(file.check.rawValue) \(file.name)"] ?? 1
      cases.append(seen)
      for line in Self.plainPlans {
        guard let plan = try? Plan(line), plan != file.plan,
          var plain = try witness.look(at: session, plan)
        else { continue }
        // It stands for no case of the run.
        plain.count = plain.sighting.isFailure ? 0 : 1
        cases.append(plain)
      }
    }
    let recordings = files.map { (path: $0.path, recording: $0.file.recording) }
    let found = try await DiagnosedRun(cases: cases, recordings: recordings)
      .defects(judge, asking: &witness)
    return DefectText(
      found, failureCount: report.failureCount, planCount: report.caseCount
    ) { path, _ in CrashFile.command(path) }
  }
}
