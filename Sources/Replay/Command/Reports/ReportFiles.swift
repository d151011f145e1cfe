// Report files: JSON with a schema for programs, JUnit for CI systems, Markdown and HTML for people.

internal import Canaries
internal import Foundation
internal import Judging
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// A kind of report file.
enum ReportFormat: String, CaseIterable {
  case json, junit, html, markdown

  /// What `--report` takes, for help and errors.
  static let usage = allCases.map { "\($0)=FILE" }.joined(separator: ",")
}

/// `--report json=FILE,…`, read.
struct ReportFiles {
  private(set) var targets: [(format: ReportFormat, path: String)] = []

  init(_ text: String?) throws {
    for word in (text ?? "").split(separator: ",") {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let format = ReportFormat(rawValue: String(parts[0])) else {
        throw UsageError("--report takes \(ReportFormat.usage), not '\(word)'")
      }
      targets.append((format, String(parts[1])))
    }
  }

  func write(_ report: GridReport, invocation: String) throws {
    for (format, path) in targets {
      let bytes =
        switch format {
        case .json: try report.json(invocation: invocation)
        case .junit: Data(report.junit(invocation: invocation).utf8)
        case .html: Data(report.page(invocation: invocation).html.utf8)
        case .markdown: Data(report.page(invocation: invocation).markdown.utf8)
        }
      try writeReport(bytes, to: path)
    }
  }

  func write(_ report: RunReport, command: (RunReport.Part, FailedPlan) -> String) throws {
    for (format, path) in targets {
      let bytes =
        switch format {
        case .json: try report.json(command: command)
        case .junit: Data(report.junit(command: command).utf8)
        case .html: Data(report.page(command: command).html.utf8)
        case .markdown: Data(report.page(command: command).markdown.utf8)
        }
      try writeReport(bytes, to: path)
    }
  }
}

extension RunReport {
  /// The report as JSON, schema `qwen-replay.report.v1`.
  func json(command: (Part, FailedPlan) -> String) throws -> Data {
    try reportData(document(command: command))
  }

  /// What stands in the JSON report.
  func document(command: (Part, FailedPlan) -> String) -> some Encodable {
    Document(
      schema: "qwen-replay.report.v1", version: version, subject: subject, plans: plans,
      stages: stages.map(\.rawValue), seed: seed, passed: verdict == .passed,
      verdict: verdict.rawValue, planCount: planCount, failureCount: failureCount,
      seconds: seconds, bugClasses: classes.ids, policy: target == nil ? policy.lines : nil,
      target: target.map { Document.Target($0, level: level) },
      unexpectedPasses: target == nil ? nil : unexpectedPasses.map(\.text),
      recordings: parts.map { part in
        Document.Entry(
          path: part.path, bytes: part.byteCount, events: part.eventCount,
          planCount: part.planCount, failureCount: part.failureCount, seconds: part.seconds,
          breaches: part.breaches, target: part.target.map { Document.Target($0, level: level) },
          singleCuts: part.stages.map {
            .init(stage: $0.stage.rawValue, tried: $0.singleCutsTried, all: $0.singleCutsInAll)
          },
          failures: part.failures.map { failure in
            .init(
              stage: failure.stage.rawValue, plan: failure.plan,
              violations: failure.violations.map {
                .init(
                  check: $0.check.rawValue, name: $0.name, detail: $0.detail,
                  bodyOffset: $0.bodyOffset, classes: $0.classes(among: failure.classes))
              },
              reproduce: command(part, failure))
          })
      })
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
      var violations: [Breach]
      var reproduce: String
    }
    struct Breach: Encodable {
      var check: String
      var name: String
      var detail: String
      var bodyOffset: Int?
      var classes: [String]
    }

    var schema: String
    var version: String
    var subject: String
    var plans: String
    var stages: [String]
    var seed: UInt64
    var passed: Bool
    var verdict: String
    var planCount: Int
    var failureCount: Int
    var seconds: Double
    /// The ids of the bug classes that were exercised.
    var bugClasses: [String]
    var policy: [String]?
    var target: Target?
    var unexpectedPasses: [String]?
    var recordings: [Entry]
  }

  /// The report as JUnit XML: a test case for each recording and stage.
  func junit(command: (Part, FailedPlan) -> String) -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + junitSuite(named: "replay", command: command)
  }

  /// The report as a test suite of JUnit.
  func junitSuite(named name: String, command: (Part, FailedPlan) -> String) -> String {
    let cases = parts.flatMap { part in
      part.stages.map { stage in
        let open =
          "  <testcase classname=\"replay.\(stage.stage.rawValue)\" name=\"\(markup(part.name))\" "
          + "time=\"\(part.seconds / Double(max(part.stages.count, 1)))\""
        guard let failure = stage.failures.first else {
          guard let unproven = stage.target?.firstUnproven else { return open + "/>" }
          let message = markup("UNPROVEN: \(unproven.text)")
          return "\(open)>\n    <error message=\"\(message)\"/>\n  </testcase>"
        }
        let text = failure.violations.map { "\($0.kind): \($0.detail)" }
        return """
          \(open)>
              <failure message="\(markup(text.first ?? ""))">\(stage.failureCount) of \
          \(stage.planCount) plans failed; first: \(markup(failure.plan))
          \(markup(text.joined(separator: "\n")))
          Reproduce with: \(markup(command(part, failure)))</failure>
            </testcase>
          """
      }
    }
    let failed = parts.flatMap(\.stages).count { $0.failureCount > 0 }
    let unproven = parts.flatMap(\.stages).count {
      $0.failureCount == 0 && $0.target?.firstUnproven != nil
    }
    return """
      <testsuite name="\(markup(name))" tests="\(cases.count)" failures="\(failed)" \
      errors="\(unproven)" time="\(seconds)">
      \(cases.joined(separator: "\n"))
      </testsuite>

      """
  }
}

/// Writes a report's file. Throws `UsageError` when that cannot be done.
func writeReport(_ bytes: Data, to path: String) throws {
  do {
    try bytes.write(to: URL(fileURLWithPath: path), options: .atomic)
  } catch {
    throw UsageError("cannot write \(path): \(error.localizedDescription)")
  }
}
