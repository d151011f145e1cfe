// A run's report as JSON, schema `qwen-replay.report.v1`. If a plan failed, it includes the cases, so
// that `replay diagnose` needs only this file and the recordings.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Recordings
internal import Terminal
internal import Trials

extension RunReport {
  /// The report as JSON, schema `qwen-replay.report.v1`.
  func json(
    _ defects: [DefectBlock] = [], command: (Part, FailedPlan) -> String
  ) throws -> Data {
    try reportData(document(defects, command: command))
  }

  /// The content of the JSON report.
  func document(
    _ defects: [DefectBlock] = [], command: (Part, FailedPlan) -> String
  ) -> some Encodable {
    Document(
      schema: "qwen-replay.report.v1", kind: "run", version: version, subject: subject,
      plans: plans,
      stages: stages.map(\.rawValue), seed: seed, passed: verdict == .passed,
      verdict: verdict.rawValue, interrupted: isInterrupted ? true : nil, planCount: planCount,
      failureCount: failureCount,
      seconds: seconds, bugClasses: classes.ids, policy: target == nil ? policy.lines : nil,
      target: target.map { Document.Target($0, level: level) },
      unexpectedPasses: target == nil ? nil : unexpectedPasses.map(\.text),
      defects: defects.isEmpty ? nil : defects.map(DefectJSON.init),
      intermittent: target.map(\.notes.intermittent).flatMap { $0.isEmpty ? nil : $0 },
      judged: failureCount > 0 ? JudgedBy(self) : nil,
      recordings: parts.map { part in
        Document.Entry(
          path: part.path, bytes: part.byteCount, events: part.eventCount,
          planCount: part.planCount, failureCount: part.failureCount, seconds: part.seconds,
          breaches: part.breaches, target: part.target.map { Document.Target($0, level: level) },
          singleCuts: part.stages.map {
            .init(stage: $0.stage.rawValue, tried: $0.singleCutsTried, all: $0.singleCutsInAll)
          },
          smallest: part.smallest?.plan, strip: part.strip?.line,
          sha256: failureCount > 0 ? part.session.map { hexadecimal(sha256($0.body)) } : nil,
          cases: failureCount > 0 ? savedCases(part, command: command) : nil,
          failures: part.failures.map { failure in
            .init(
              stage: failure.stage.rawValue, plan: failure.plan,
              violations: failure.violations.map {
                SavedViolation($0, classes: $0.classes(among: failure.classes))
              },
              reproduce: command(part, failure))
          })
      })
  }

  /// The cases of a recording, for a diagnosis.
  private func savedCases(
    _ part: Part, command: (Part, FailedPlan) -> String
  ) -> [SavedCase]? {
    guard let session = part.session else { return nil }
    var failure = part.smallest ?? part.failures.first
    return part.cases.cases(of: session).map { example in
      failure?.plan = example.plan.description
      return SavedCase(example, reproduce: failure.map { command(part, $0) } ?? "")
    }
  }

  private struct Document: Encodable {
    struct Entry: Encodable {
      var path: String
      var bytes: Int
      var events: Int
      var planCount: Int
      var failureCount: Int
      var seconds: Double
      var breaches: [String: Int]
      var target: Target?
      var singleCuts: [SingleCuts]
      /// The failed plan with the fewest cuts; absent when none failed.
      var smallest: String?
      /// What happened to the blocks under that plan, a sign for each.
      var strip: String?
      /// The SHA-256 of the body, and the input of a diagnosis; absent when no plan failed.
      var sha256: String?
      var cases: [SavedCase]?
      var failures: [Failed]
    }
    struct Target: Encodable {
      var compared: String?
      var reaches: String?
      var cutsRequested: Int
      var cutsAchieved: Int
      var unprovenCount: Int
      var firstUnproven: String?
      var knownCount: Int
      var ways: [String: Int]
      /// Absent when no block had to be waited for.
      var addedDelay: AddedDelayJSON?
      /// Absent without the plan set `load`.
      var load: [LoadJSON]?

      init(_ figures: TargetFigures, level: CompareLevel?) {
        compared = level?.rawValue
        reaches = figures.reached?.rawValue
        cutsRequested = figures.cutsRequested
        cutsAchieved = figures.cutsAchieved
        unprovenCount = figures.unprovenCount
        firstUnproven = figures.firstUnproven?.text
        knownCount = figures.knownCount
        ways = Dictionary(
          figures.ways.map { ("\($0.breach) under \($0.under)", $1) }, uniquingKeysWith: +)
        addedDelay = AddedDelayJSON(figures.notes.addedDelay)
        load = figures.notes.load.isEmpty ? nil : figures.notes.load.map(LoadJSON.init)
      }
    }
    struct SingleCuts: Encodable {
      var stage: String
      var tried: Int
      var all: Int
    }
    struct Failed: Encodable {
      var stage: String
      var plan: String
      var violations: [SavedViolation]
      var reproduce: String
    }

    var schema: String
    var kind: String
    var version: String
    var subject: String
    var plans: String
    var stages: [String]
    var seed: UInt64
    var passed: Bool
    var verdict: String
    /// Whether the run was interrupted before all plans were run; absent when it was not.
    var interrupted: Bool?
    var planCount: Int
    var failureCount: Int
    var seconds: Double
    /// The ids of the bug classes that were exercised.
    var bugClasses: [String]
    var policy: [String]?
    var target: Target?
    var unexpectedPasses: [String]?
    /// The results of a diagnosis, the worst first; absent when there are none.
    var defects: [DefectJSON]?
    /// Intermittent failures; absent when there were none.
    var intermittent: [IntermittentFailure]?
    /// How the cases were judged; absent when no plan failed.
    var judged: JudgedBy?
    var recordings: [Entry]
  }
}
