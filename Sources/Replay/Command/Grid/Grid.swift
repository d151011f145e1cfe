// Runs the targets of a grid through the same recordings and plans, one after the other, because they
// share the machine and must not disturb each other. A target that cannot be judged still gets a column;
// the others still run.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// The result of a grid.
struct GridReport {
  /// The result for a target.
  enum Result: Sendable {
    case ran(RunReport)
    /// A program that it needs is missing.
    case skipped(String)
    case failed(TargetError)
  }

  struct Column {
    var target: GridFile.Target
    /// The first line of the version command; empty without one.
    var version: String
    var known: Set<KnownFailure>
    var result: Result
    /// The result of a diagnosis; nil when no plan failed or there was no diagnosis.
    var defects: DefectText?
  }

  var file: GridFile
  var columns: [Column]
  /// Whether the table has a row for each bug class.
  var showsClasses = false
  /// Wall time in seconds.
  var seconds: Double
  /// Whether the user interrupted it before all targets were judged.
  var isInterrupted = false

  /// 130 when it was interrupted, 0 when only known failures occurred, 1 when others did, 2 when a target
  /// could not be judged, none ran, or plans were not carried out exactly.
  func exitCode(acceptsUnproven: Bool) -> Int32 {
    if isInterrupted { return interruptedCode }
    let verdicts = columns.compactMap { $0.report?.verdict }
    let isUnjudged = columns.contains { if case .failed = $0.result { true } else { false } }
    if isUnjudged || verdicts.isEmpty { return 2 }
    if verdicts.contains(.failed) { return 1 }
    return verdicts.contains(.unproven) && !acceptsUnproven ? 2 : 0
  }
}

extension GridReport {
  /// Diagnoses each target that failed: it is started again for a few questions.
  mutating func diagnose(_ context: Context) async throws {
    let recordings = try recordingFiles(at: file.recordings)
    for index in columns.indices {
      guard let report = columns[index].report, report.failureCount > 0 else { continue }
      let settings = columns[index].target.settings
      context.console.progress("replay: \(columns[index].target.name): diagnosing")
      let found = try await DiagnosedRun(report: report, recordings: recordings)
        .defects(of: settings, environment: context.environment)
      columns[index].defects = DefectText(found, report) { path, plan in
        settings.command(path, plan: plan, context.invocation)
      }
    }
    context.console.progress("")
  }
}

extension GridReport.Column {
  /// The target's report; nil when it did not run.
  var report: RunReport? { if case .ran(let report) = result { report } else { nil } }
}

/// Runs the targets of a grid. `known` returns the known failures of a target.
func gridReport(
  _ file: GridFile, environment: [String: String],
  known: (GridFile.Target) throws -> Set<KnownFailure>, console: Console
) throws -> GridReport {
  let start = ContinuousClock.now
  let recordings = try recordingFiles(at: file.recordings)
  var columns: [GridReport.Column] = []
  var isInterrupted = false
  for target in file.targets {
    var options = TargetRunOptions(
      settings: target.settings, recordings: recordings, plans: file.choice, seed: file.seed,
      environment: environment)
    options.known = try known(target)
    var column = GridReport.Column(
      target: target, version: "", known: options.known, result: .skipped(""))
    if isInterrupted {
      column.result = .skipped("interrupted")
    } else if let program = target.needs.first(where: { !isInstalled($0, environment) }) {
      column.result = .skipped("\(program) is not installed")
    } else {
      column.version = target.version.map { firstLine(of: $0, environment) } ?? ""
      let meter = ProgressMeter(console, "plans through \(target.name)")
      do {
        let found = try report(options) { meter.tell($0, of: $1) }
        column.result = .ran(found)
        isInterrupted = found.isInterrupted
      } catch let error as TargetError {
        column.result = .failed(error)
      }
      meter.end()
    }
    columns.append(column)
  }
  return GridReport(
    file: file, columns: columns, seconds: seconds(since: start), isInterrupted: isInterrupted)
}

/// Whether a program is on the path.
private func isInstalled(_ program: String, _ environment: [String: String]) -> Bool {
  if program.contains("/") { return FileManager.default.isExecutableFile(atPath: program) }
  return (environment["PATH"] ?? "").split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
  }
}

/// The first line that a shell command writes within 10 s; the error when there is none.
private func firstLine(of command: String, _ environment: [String: String]) -> String {
  guard var child = try? ChildGroup(command, environment: environment) else { return "unknown" }
  let limit = monotonicMilliseconds() + 10_000
  var output: [UInt8] = []
  var ending: String?
  while ending == nil, monotonicMilliseconds() < limit {
    ending = child.ending()
    output += child.takeOutput()
    if ending == nil { Thread.sleep(forTimeInterval: 0.005) }
  }
  let line = output.split { $0 == 0x0A || $0 == 0x0D }.first
  return line.map { String(printable(String(decoding: $0, as: UTF8.self)).prefix(60)) } ?? "unknown"
}
