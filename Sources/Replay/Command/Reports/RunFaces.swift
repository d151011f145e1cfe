// The formats of a run's report except the terminal's: JSON, JUnit, and the page for Markdown and HTML.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Terminal
internal import Trials

/// The content of report files; every command that writes reports makes one of these.
struct ReportFaces {
  var json: () throws -> Data
  var junit: JUnit
  var page: ReportPage
  /// Findings that CI shows at lines of files.
  var annotations: [Annotation] = []
}

/// A finding at a place in a file.
struct Annotation: Hashable, Sendable {
  var file: String
  /// The line, from 1; nil for the file as a whole.
  var line: Int?
  var title: String
  var text: String
}

extension RunReport {
  /// The formats of a run; `defects` are the results of a diagnosis.
  func faces(
    _ defects: DefectText? = nil, command: @escaping (Part, FailedPlan) -> String
  ) -> ReportFaces {
    let blocks = defects?.blocks ?? []
    return ReportFaces(
      json: { try json(blocks, command: command) }, junit: junit(command: command),
      page: page(blocks, defects?.text(.plain), command: command),
      annotations: annotations(command: command))
  }

  /// The report as JUnit: a test case for each recording and stage.
  func junit(command: (Part, FailedPlan) -> String) -> JUnit {
    JUnit(suites: [junitSuite(named: "replay", command: command)])
  }

  /// The report as a test suite of JUnit.
  func junitSuite(named name: String, command: (Part, FailedPlan) -> String) -> JUnit.Suite {
    var cases = parts.flatMap { part in
      part.stages.map { stage in
        JUnit.Case(
          group: "\(name).\(stage.stage.rawValue)", name: part.name, seconds: stage.seconds,
          file: part.path, outcome: outcome(of: stage, part, command: command))
      }
    }
    cases += unexpectedPasses.map { pass in
      JUnit.Case(
        group: "\(name).known", name: pass.text,
        outcome: .failed(
          type: "UNEXPECTED PASS", message: pass.text,
          text: "listed as known, and it did not happen"))
    }
    if isInterrupted { cases.append(.interrupted("\(name).run")) }
    return JUnit.Suite(
      name: name, cases: cases, seconds: seconds,
      properties: [
        ("subject", subject), ("plans", plans), ("seed", String(seed)), ("version", version),
      ] + (target?.notes.properties ?? []))
  }

  private func outcome(
    of stage: StageResult, _ part: Part, command: (Part, FailedPlan) -> String
  ) -> JUnit.Outcome {
    guard let failure = stage.smallest ?? stage.failures.first else {
      if isInterrupted, stage.planCount == 0 { return .skipped("the run was interrupted") }
      guard let unproven = stage.target?.firstUnproven ?? stage.unproven else { return .passed }
      return .error(type: "UNPROVEN", message: "UNPROVEN: \(unproven.text)", text: "")
    }
    let kinds = failure.violations.map { "\($0.kind): \($0.detail)" }
    let lines = [
      "\(stage.failureCount) of \(counted(stage.planCount, "plan")) failed; fewest cuts: \(failure.plan)"
    ]
    return .failed(
      type: failure.violations.first?.kind ?? "FAILED", message: kinds.first ?? "",
      text: (lines + kinds + ["Reproduce with: \(command(part, failure))"])
        .joined(separator: "\n"))
  }

  /// How many findings CI shows.
  private static let annotationsMax = 10

  /// A finding for each recording that failed, at the line of its fragment.
  private func annotations(command: (Part, FailedPlan) -> String) -> [Annotation] {
    parts.filter { $0.failureCount > 0 }.prefix(Self.annotationsMax).compactMap { part in
      guard let failure = part.smallest, let first = failure.violations.first else { return nil }
      return Annotation(
        file: part.path, line: first.bodyOffset.flatMap(part.line) ?? 1,
        title: "\(first.kind) under \(failure.plan)",
        text: "\(first.detail)\nReproduce with: \(command(part, failure))")
    }
  }
}

extension RunReport.Part {
  /// The line of the recording's file that holds a byte of the body: the line of its fragment, after the
  /// head's line; for a body file, the byte's own line.
  func line(of offset: Int) -> Int? {
    guard let session else { return nil }
    if path.hasSuffix(".sse") {
      return 1 + session.body.prefix(offset).count { $0 == 0x0A }
    }
    let fragment = session.fragments.firstIndex { $0.end > offset } ?? session.fragments.count - 1
    return fragment < 0 ? 1 : fragment + 2
  }
}
