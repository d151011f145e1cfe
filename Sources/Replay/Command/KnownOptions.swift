// `--known FILE` and `--record-known FILE`: the list of a target's known failures.

internal import Foundation
internal import MockQwen
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// The two options, read.
struct KnownOptions {
  static let help = """
    Known failures (of a target):
      --known FILE          failures listed in FILE are shown and do not fail the run; one that is
                            listed and no longer happens does
      --record-known FILE   write the list of the current failures, and exit 0
    """

  private let list: KnownFailures?
  private let listPath: String
  private let recordPath: String?

  /// Takes the options. Throws `UsageError`.
  init(_ arguments: inout Arguments, _ environment: [String: String]) throws {
    let known = try arguments.option("--known")
    recordPath = try arguments.option("--record-known")
    if let recordPath {
      guard known == nil else { throw UsageError("--known and --record-known exclude each other") }
      guard continuousIntegration(environment) == nil else {
        throw UsageError("--record-known \(recordPath): nothing is recorded where CI is set")
      }
    }
    listPath = known ?? ""
    list = try known.map(KnownFailures.read)
  }

  /// The failures that are known under these conditions; `target` is a grid's. Throws `UsageError` when
  /// the list was recorded under others, because it does not apply then.
  func failures(
    under conditions: KnownFailures.Conditions, target: String = ""
  ) throws -> Set<KnownFailure> {
    guard let list else { return [] }
    guard list.conditions == conditions else {
      throw UsageError(
        "\(listPath) was recorded under \(list.conditions); this run has \(conditions). "
          + "Run it under those, or rewrite the list with --record-known")
    }
    if target.isEmpty, let other = list.failures.first(where: { !$0.target.isEmpty }) {
      throw UsageError("\(listPath) is a grid's list: it names the target '\(other.target)'")
    }
    return Set(
      list.failures.filter { $0.target == target }.map {
        KnownFailure(recording: $0.recording, breach: $0.breach, under: $0.under)
      })
  }

  /// The targets in the list.
  var targets: Set<String> { Set(list?.failures.map(\.target) ?? []) }

  /// Writes the failures that occurred, if requested; returns a line about it. Reasons in the existing
  /// file stay, and so do its entries, under the same conditions, for targets that did not run.
  func record(
    _ found: [KnownFailure], under conditions: KnownFailures.Conditions, targets: Set<String> = [""]
  ) throws -> String? {
    guard let recordPath else { return nil }
    var list = KnownFailures(conditions: conditions, failures: Set(found))
    if FileManager.default.fileExists(atPath: recordPath) {
      let old = try KnownFailures.read(recordPath)
      list.reasons = old.reasons
      if old.conditions == conditions {
        list.failures.formUnion(old.failures.filter { !targets.contains($0.target) })
      }
    }
    try ReportSink(recordPath).write(list.written(), .plain)
    return "known failures: \(found.count) written to \(recordPath); run with --known "
      + "\(quoted(recordPath)) from now on"
  }
}
