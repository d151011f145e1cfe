// The report of a fuzz run: what was run, what it exercised, what failed. It contains no time and no path
// except the crash files', so that the same seed gives the same bytes, and the merged reports of shards
// equal the report of the run that was not split.

package import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Wire

/// The result of a fuzz run.
package struct FuzzReport: Hashable, Sendable, Codable {
  /// The first case of its kind that failed, with its shrunk case.
  package struct Failure: Hashable, Sendable, Codable {
    /// The case's number.
    package var number: Int
    package var check: String
    package var name: String
    /// What happened in the shrunk case, in one sentence.
    package var detail: String
    package var stage: CaseStage
    /// The plan as it was drawn, and the number of body bytes.
    package var drawnPlan: String
    package var drawnBytes: Int
    /// The plan of the shrunk case.
    package var plan: String
    package var bytes: Int
    package var events: Int
    /// Runs that the shrinker needed.
    package var runs: Int
    /// The crash file.
    package var file: String
  }

  /// The results that only a target has.
  package struct TargetPart: Hashable, Sendable, Codable {
    /// The options that select it.
    package var words: [String]
    package var cutsRequested = 0
    package var cutsAchieved = 0
    /// Cases in which nothing failed but which prove nothing.
    package var unprovenCount = 0
    /// The first of them: its plan and the reason.
    package var firstUnproven: String?
  }

  package var schema = "qwen-replay.report.v1"
  package var kind = "fuzz"
  package var version: String
  package var core: String
  package var seed: UInt64
  /// The names of the sessions that cases were drawn from, and a digest of all their bytes.
  package var sources: [String]
  var sourcesDigest: String
  /// The shards of this report, each as `m/n`; empty when they are all.
  package var shards: [String]
  /// All case numbers are below this.
  package var casesBelow: Int
  package var caseCount: Int
  package var socketsCaseCount: Int
  package var eventCount: Int
  package var failureCount: Int
  /// How often each check was broken, by `check NAME`.
  package var breaches: [String: Int]
  /// How often each thing was exercised, by table and name.
  package var coverage: [String: [String: Int]]
  /// The ids of the bug classes that were exercised, by number.
  package var bugClasses: [String] {
    let counts = coverage[Coverage.classesTitle] ?? [:]
    return BugClass.all.map(\.id).filter { counts[$0, default: 0] > 0 }
  }
  /// The results that only a target has; nil for a core.
  package var target: TargetPart?
  /// One for each `check NAME` that came first in a case: the one with the lowest case number. By number.
  package var failures: [Failure]
  /// The verdict in one word; computed when the report is written.
  package var verdict: String?
  /// Whether the user interrupted the run; absent when not.
  package var interrupted: Bool?

  /// The report as a file.
  package func json() throws -> Data { try reportData(withVerdict) }

  /// The report as it is written to a file.
  package var withVerdict: FuzzReport {
    var report = self
    report.verdict = verdictName
    return report
  }

  /// The verdict in one word.
  package var verdictName: String {
    let verdict: Verdict =
      if failureCount > 0 {
        .failed
      } else if interrupted == true {
        .interrupted
      } else {
        (target?.unprovenCount ?? 0) > 0 ? .unproven : .passed
      }
    return verdict.rawValue
  }

  /// Reads a file that `json` has written.
  package static func read(_ data: Data, file: String) throws -> FuzzReport {
    guard var report = try? JSONDecoder().decode(FuzzReport.self, from: data),
      report.schema == "qwen-replay.report.v1", report.kind == "fuzz"
    else { throw UsageError("\(file): not a report of replay fuzz") }
    report.verdict = nil
    return report
  }
}

extension FuzzReport.TargetPart {
  fileprivate mutating func add(_ other: FuzzReport.TargetPart?) {
    cutsRequested = sum(cutsRequested, other?.cutsRequested ?? 0)
    cutsAchieved = sum(cutsAchieved, other?.cutsAchieved ?? 0)
    unprovenCount = sum(unprovenCount, other?.unprovenCount ?? 0)
    firstUnproven = firstUnproven ?? other?.firstUnproven
  }
}

extension FuzzReport {
  /// Merges the reports of shards of one run. Throws when they belong to different runs, or overlap.
  package static func merged(_ reports: [FuzzReport]) throws -> FuzzReport {
    guard var all = reports.first else { throw UsageError("there is nothing to merge") }
    for report in reports.dropFirst() {
      guard report.isOfTheRun(of: all) else {
        throw UsageError("the reports are of different runs: version, core, seed or sources differ")
      }
      guard !all.shards.isEmpty, !report.shards.isEmpty,
        Set(all.shards).isDisjoint(with: report.shards)
      else { throw UsageError("the reports overlap: a shard is in two of them") }
      all.shards += report.shards
      all.casesBelow = max(all.casesBelow, report.casesBelow)
      all.caseCount = sum(all.caseCount, report.caseCount)
      all.socketsCaseCount = sum(all.socketsCaseCount, report.socketsCaseCount)
      all.eventCount = sum(all.eventCount, report.eventCount)
      all.failureCount = sum(all.failureCount, report.failureCount)
      all.breaches.merge(report.breaches, uniquingKeysWith: sum)
      all.coverage.merge(report.coverage) { $0.merging($1, uniquingKeysWith: sum) }
      all.failures += report.failures
      all.target?.add(report.target)
    }
    all.failures = lowest(all.failures)
    all.shards = withoutWhole(all.shards)
    return all
  }

  private func isOfTheRun(of other: FuzzReport) -> Bool {
    version == other.version && core == other.core && target?.words == other.target?.words
      && seed == other.seed
      && sources == other.sources && sourcesDigest == other.sourcesDigest
  }

  /// The first failure of each kind, by number.
  private static func lowest(_ failures: [Failure]) -> [Failure] {
    var seen: Set<String> = []
    return failures.sorted { $0.number < $1.number }.filter {
      seen.insert("\($0.check) \($0.name)").inserted
    }
  }

  /// Shards in order; empty when they are all.
  private static func withoutWhole(_ shards: [String]) -> [String] {
    let read = shards.compactMap { try? Shard($0) }
      .sorted { ($0.count, $0.index) < ($1.count, $1.index) }
    let isWhole = read.first.map { $0.count == read.count } ?? true
    return isWhole && Set(read.map(\.count)).count <= 1 ? [] : read.map(\.description)
  }
}

/// The sum of two counts from files, which may hold any number; `Int.max` when it would overflow.
private func sum(_ left: Int, _ right: Int) -> Int {
  let (sum, isTooLarge) = left.addingReportingOverflow(right)
  return isTooLarge ? (left < 0 ? .min : .max) : sum
}
