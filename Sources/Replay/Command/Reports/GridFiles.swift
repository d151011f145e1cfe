// A grid for programs: the report of each target, with its name and version.

internal import Canaries
internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

extension GridReport {
  private struct Document<Report: Encodable>: Encodable {
    struct Target: Encodable {
      var name: String
      var version: String
      /// Why the target did not run; absent when it did.
      var skipped: String?
      var error: String?
      var output: String?
      var report: Report?
    }

    var schema = "qwen-replay.report.v1"
    var kind = "grid"
    var version: String
    var verdict: String
    var interrupted: Bool?
    var seconds: Double
    var targets: [Target]
  }

  /// The grid as JSON.
  func json(invocation: String) throws -> Data {
    func document<Report: Encodable>(
      _ report: (GridReport.Column) -> Report?
    ) -> Document<Report> {
      let targets = columns.map { column in
        var target = Document<Report>.Target(name: column.target.name, version: column.version)
        switch column.result {
        case .ran: target.report = report(column)
        case .skipped(let reason): target.skipped = reason
        case .failed(let error): (target.error, target.output) = (error.description, error.output)
        }
        return target
      }
      return Document(
        version: Terminal.version, verdict: verdictText, interrupted: isInterrupted ? true : nil,
        seconds: seconds, targets: targets)
    }
    return try reportData(
      document { column in
        column.report.map {
          $0.document(column.defects?.blocks ?? [], command: column.command(invocation))
        }
      })
  }

  func faces(invocation: String) -> ReportFaces {
    ReportFaces(
      json: { try json(invocation: invocation) }, junit: junit(invocation: invocation),
      page: page(invocation: invocation))
  }

  /// The grid as JUnit: a suite for each target.
  func junit(invocation: String) -> JUnit {
    JUnit(
      suites: columns.map { column in
        let name = "replay.\(column.target.name)"
        func single(_ outcome: JUnit.Outcome) -> JUnit.Suite {
          JUnit.Suite(
            name: name, cases: [.init(group: name, name: "target", outcome: outcome)], seconds: 0)
        }
        return switch column.result {
        case .ran(let report):
          report.junitSuite(named: name, command: column.command(invocation))
        case .skipped(let reason): single(.skipped(reason))
        case .failed(let error):
          single(
            .error(type: "COULD NOT RUN", message: error.description, text: error.outputText))
        }
      })
  }
}

extension GridReport.Column {
  /// Writes the command that runs a failed plan again.
  func command(_ invocation: String) -> (RunReport.Part, FailedPlan) -> String {
    { target.settings.command($0.path, plan: $1.plan, invocation) }
  }
}
