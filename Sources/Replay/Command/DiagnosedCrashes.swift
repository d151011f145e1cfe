// A fuzz run that failed is diagnosed: each crash file is a case, and the same session under a few plain
// plans shows what must meet so that it fails. What is seen of a file is carried on to the page that draws it.

internal import Canaries
internal import Judging
internal import MockQwen
internal import ProxyServing
internal import Recordings
internal import Trials

/// What a fuzz run has saved, to be diagnosed.
struct DiagnosedCrashes {
  /// What a diagnosis has found, and what was seen of each crash file, by its path.
  struct Found {
    var text: DefectText
    var seen: [String: DiagnosisCase]
  }

  /// Crash files that are looked at.
  private static let filesMax = 12
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
  func diagnosed(_ options: FuzzOptions, _ context: Context) async throws -> Found {
    guard let settings = options.target else { return try await diagnosed(options.core.type) }
    var witness = TargetWitness(settings, environment: context.environment)
    defer { witness.end() }
    return try await diagnosed(
      .target(settings.level, comparesComments: settings.comparesComments), asking: &witness)
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

  /// What the session of a crash file shows under plain plans; it stands for no case of the run.
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

  /// What a core shows of each crash file, by its path; a target is not started for pictures alone.
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
