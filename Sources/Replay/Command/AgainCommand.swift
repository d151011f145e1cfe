// `replay again`.

internal import Canaries
internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Terminal
internal import Trials
internal import Wire

/// Runs saved failures.
struct AgainCommand: Command {
  static let name = "again"
  static let summary = "run saved failures again: FIXED, FAILED or ERROR"
  static let help = """
    Usage: replay again [CRASHFILE or DIR …] [--remove] [OPTIONS]

    Runs each crash file (default: those in crashes/) with its core, or through its target;
    with --launch or --target, through that one (see replay run --help for its options).

      FIXED    all checks hold now; with --remove the file is removed
      FAILED   a check still fails
      ERROR    the file cannot be read or run

    Keep the crash file of a fixed bug: move it to recordings/regressions/, which
    CI runs again.

      --report FILES     \(ReportFormat.usage)

    Exit codes: 0 all FIXED, 1 one FAILED, 2 one ERROR.
    """

  /// The result for one file.
  enum Status: Int32, Hashable, Sendable {
    case fixed = 0
    case failed, error
  }

  static func run(_ arguments: inout Arguments, _ context: Context) async throws -> Int32 {
    let console = context.console
    let removes = arguments.flag("--remove")
    // What the flag asks for is the default now.
    if arguments.flag("--keep"), removes {
      throw UsageError("--keep and --remove exclude each other")
    }
    let target = try TargetSettings(&arguments)
    if target == nil { try TargetSettings.refuseStrays(arguments) }
    let reports = try ReportFiles(&arguments, context)
    let paths = try arguments.rest()
    let files = try crashFiles(at: paths.isEmpty ? ["crashes"] : paths)
    var worst = Status.fixed
    var report = AgainReport()
    let begin = ContinuousClock.now
    Interruption.watch()
    for path in files {
      if Interruption.count > 0 {
        report.isInterrupted = true
        break
      }
      let start = ContinuousClock.now
      // A file that is interrupted has no result.
      guard let (status, line) = status(path, target, context) else {
        report.isInterrupted = true
        break
      }
      let colour: Console.Colour = status == .fixed ? .green : .red
      report.rows.append(
        .init(path: path, status: status, words: line, seconds: seconds(since: start)))
      if !reports.takesOutput {
        console.write("\(console.paint(word(status), colour))  \(path): \(line)")
      }
      if status == .fixed, removes { try remove(path) }
      if status.rawValue > worst.rawValue { worst = status }
    }
    report.seconds = seconds(since: begin)
    try reports.write(report.faces(context.invocation), console)
    if files.isEmpty, !reports.takesOutput { console.write("there are no crash files") }
    guard report.isInterrupted else { return worst.rawValue }
    let done = "INTERRUPTED: \(report.rows.count) of \(counted(files.count, "crash file")) by then"
    if !reports.takesOutput { console.write(done) }
    return interruptedCode
  }

  private static func word(_ status: Status) -> String {
    switch status {
    case .fixed: "FIXED "
    case .failed: "FAILED"
    case .error: "ERROR "
    }
  }

  /// The result for a file, in words; nil when the user ended it.
  private static func status(
    _ path: String, _ target: TargetSettings?, _ context: Context
  ) -> (Status, String)? {
    do {
      let file = try CrashFile.read(path)
      let violations = try file.violations(
        on: target, context.environment, core: CoreChoice.init(named:))
      guard let first = violations.first else {
        return (.fixed, "\(file.check.rawValue) \(file.name) no longer happens")
      }
      let same = violations.first { $0.check == file.check && $0.name == file.name }
      let shown = same ?? first
      let prefix = same == nil ? "fails in another way now: " : ""
      return (.failed, "\(prefix)\(shown.check.rawValue) \(shown.name): \(shown.detail)")
    } catch let error as TargetError {
      if error.isInterruption { return nil }
      return (.error, error.output.isEmpty ? "\(error)" : "\(error)\n\(error.outputText)")
    } catch {
      return (.error, "\(error)")
    }
  }

  private static func crashFiles(at paths: [String]) throws -> [String] {
    try paths.flatMap { path -> [String] in
      guard let isFolder = isFolder(path) else { throw UsageError("\(path): no such file") }
      guard isFolder else { return [path] }
      return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        .filter { $0.hasSuffix(".json") }.map { path + "/" + $0 }
    }
  }

  private static func remove(_ path: String) throws {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw UsageError("cannot remove \(path): \(reason(error))")
    }
  }
}

/// Whether `path` is a folder; nil when it does not exist.
func isFolder(_ path: String) -> Bool? {
  let values = try? URL(fileURLWithPath: path).resourceValues(forKeys: [.isDirectoryKey])
  return values?.isDirectory
}
