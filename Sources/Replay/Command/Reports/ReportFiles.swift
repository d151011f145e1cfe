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

/// `--report json=FILE,…` and `--no-annotations`, read, and the files opened.
struct ReportFiles {
  private(set) var targets: [(format: ReportFormat, sink: ReportSink)] = []
  private let ci: CIService?

  /// Whether a report takes the standard output, so that nothing else may stand there.
  var takesOutput: Bool { targets.contains { $0.sink.path == "-" } }

  /// Whether a report shows pictures.
  var drawsPictures: Bool { targets.contains { $0.format == .html } }

  init(_ text: String?, _ ci: CIService? = nil) throws {
    self.ci = ci
    for word in (text ?? "").split(separator: ",") {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let format = ReportFormat(rawValue: String(parts[0])) else {
        let hint = nearest(String(parts.first ?? ""), ReportFormat.allCases.map(\.rawValue))
        throw UsageError("--report takes \(ReportFormat.usage), not '\(word)'\(hint)")
      }
      guard parts[1] != "-" || !takesOutput else {
        throw UsageError("--report: two reports cannot both go to the standard output")
      }
      targets.append((format, try ReportSink(String(parts[1]))))
    }
  }

  /// Takes the options of a command. Throws `UsageError`.
  init(_ arguments: inout Arguments, _ context: Context) throws {
    let isQuiet = arguments.flag("--no-annotations")
    try self.init(
      try arguments.option("--report"), isQuiet ? nil : CIService(context.environment))
  }

  /// Writes all files, then what the CI system shows. One that cannot be written holds up no other;
  /// throws `UsageError` about the first at the end.
  func write(_ faces: ReportFaces, _ console: Console) throws {
    var faces = faces
    if ci == .gitlab {
      faces.junit.hasLinks = true
      faces.junit.attachment = targets.first { $0.format == .html }?.sink.path
    }
    var failure: (any Error)?
    for (format, sink) in targets {
      do {
        let bytes =
          switch format {
          case .json: try faces.json()
          case .junit: Data(faces.junit.xml().utf8)
          case .html: Data(faces.page.html.utf8)
          case .markdown: Data(faces.page.markdown.utf8)
          }
        try sink.write(bytes, console)
      } catch {
        failure = failure ?? error
      }
    }
    do {
      try ci?.tell(faces, isOutputFree: !takesOutput, console)
    } catch {
      failure = failure ?? error
    }
    if let failure { throw failure }
  }

  /// Takes back what was opened for a run that never began.
  func forget() { for (_, sink) in targets { sink.forget() } }
}

extension RunReport {
  /// The report as JSON, schema `qwen-replay.report.v1`.
  func json(
    _ defects: [DefectBlock] = [], command: (Part, FailedPlan) -> String
  ) throws -> Data {
    try reportData(document(defects, command: command))
  }

  /// What stands in the JSON report.
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
      defects: defects.isEmpty ? nil : defects.map(Document.Flaw.init),
      recordings: parts.map { part in
        Document.Entry(
          path: part.path, bytes: part.byteCount, events: part.eventCount,
          planCount: part.planCount, failureCount: part.failureCount, seconds: part.seconds,
          breaches: part.breaches, target: part.target.map { Document.Target($0, level: level) },
          singleCuts: part.stages.map {
            .init(stage: $0.stage.rawValue, tried: $0.singleCutsTried, all: $0.singleCutsInAll)
          },
          smallest: part.smallest?.plan, strip: part.strip?.line,
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
      /// The failed plan with the fewest cuts; absent when none failed.
      var smallest: String?
      /// What became of the blocks under that plan, a sign for each.
      var strip: String?
      var failures: [Failed]
    }
    struct Flaw: Encodable {
      var harm: String
      var planCount: Int
      var when: String
      var not: String
      var seen: String
      var bugClass: String?
      var alternatives: [String]
      var remedy: String
      var reproduce: String

      init(_ block: DefectBlock) {
        (harm, planCount, when, not) = (block.title, block.count, block.when, block.whenNot)
        (seen, bugClass, remedy) = (block.clientSees, block.bugClass, block.remedy)
        (alternatives, reproduce) = (block.alternatives, block.reproduce)
      }
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
    var kind: String
    var version: String
    var subject: String
    var plans: String
    var stages: [String]
    var seed: UInt64
    var passed: Bool
    var verdict: String
    /// Whether the run was ended before all plans were run; absent when it was not.
    var interrupted: Bool?
    var planCount: Int
    var failureCount: Int
    var seconds: Double
    /// The ids of the bug classes that were exercised.
    var bugClasses: [String]
    var policy: [String]?
    var target: Target?
    var unexpectedPasses: [String]?
    /// What a diagnosis has found, the worst first; absent without any.
    var defects: [Flaw]?
    var recordings: [Entry]
  }
}
