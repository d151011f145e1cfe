// The diagnosis of a fuzz run that failed: each crash file is a case, and the same session under a few
// plain plans shows which conditions make it fail. The observations are kept for the page that draws
// them.

internal import Canaries
internal import Judging
internal import MockQwen
internal import ProxyServing
internal import Recordings
internal import Trials

/// The crash files of a fuzz run, for a diagnosis.
struct DiagnosedCrashes {
  /// The result of a diagnosis, and the observations of each crash file, by its path.
  struct Found {
    var text: DefectText
    var seen: [String: DiagnosisCase]
  }

  /// How many crash files are examined.
  private static let filesMax = 12
  /// Plans under which the same session is run for comparison.
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
  func diagnosed(_ options: FuzzOptions, _ context: Context) async throws -> Found {
    guard let settings = options.target else { return try await diagnosed(options.core.type) }
    var witness = TargetWitness(settings, environment: context.environment)
    defer { witness.end() }
    return try await diagnosed(.target(settings), asking: &witness)
  }

  private func diagnosed<Core: ProxyCore>(_ core: Core.Type) async throws -> Found {
    var witness = CanaryWitness<Core>(judge: .embedded(Policy()))
    return try await diagnosed(.embedded(Policy()), asking: &witness)
  }

  private func diagnosed(
    _ judge: SightingJudge, asking witness: inout some Witness
  ) async throws -> Found {
    let seen = try seen(asking: &witness)
    let counts = report.breaches
    var cases: [DiagnosisCase] = []
    for (path, file) in files {
      guard var own = seen[path] else { continue }
      own.count = counts["\(file.check.rawValue) \(file.name)"] ?? 1
      cases.append(own)
      cases += try contrast(to: file, asking: &witness)
    }
    let recordings = files.map { (path: $0.path, recording: $0.file.recording) }
    let found = try await DiagnosedRun(cases: cases, recordings: recordings)
      .defects(judge, asking: &witness)
    let text = DefectText(
      found, failureCount: report.failureCount, planCount: report.caseCount
    ) { path, _ in CrashFile.command(path) }
    return Found(text: text, seen: seen)
  }

  /// The results of a crash file's session under plain plans; they do not count as cases of the run.
  private func contrast(
    to file: CrashFile, asking witness: inout some Witness
  ) throws -> [DiagnosisCase] {
    var cases: [DiagnosisCase] = []
    for line in Self.plainPlans {
      guard let plan = try? Plan(line), plan != file.plan,
        var plain = try witness.look(at: file.recording.session, plan)
      else { continue }
      plain.count = plain.sighting.isFailure ? 0 : 1
      cases.append(plain)
    }
    return cases
  }

  /// The results of a core for each crash file, by its path; a target is not started only for pictures.
  func seen(_ options: FuzzOptions) throws -> [String: DiagnosisCase] {
    options.target == nil ? try seen(options.core.type) : [:]
  }

  private func seen<Core: ProxyCore>(_ core: Core.Type) throws -> [String: DiagnosisCase] {
    var witness = CanaryWitness<Core>(judge: .embedded(Policy()))
    return try seen(asking: &witness)
  }

  private func seen(asking witness: inout some Witness) throws -> [String: DiagnosisCase] {
    var seen: [String: DiagnosisCase] = [:]
    for (path, file) in files {
      seen[path] = try witness.look(at: file.recording.session, file.plan)
    }
    return seen
  }
}
