// A crash file is a saved failure: everything needed to run it again, in one JSON file. The session is in
// it as the lines of a recording, so that no other file is needed and a person can read it; the plan is
// its line. Seed and number only tell where the case came from.

package import Foundation
package import Judging
package import MockQwen
internal import ProxyServing
internal import ProxyUnderTest
package import Recordings
internal import Terminal
internal import Wire

/// A saved failing plan.
package struct CrashFile: Hashable, Sendable {
  /// The schema of the file.
  package static let schema = "qwen-replay.crash.v1"
  /// The name of the project's own core in `core`.
  package static let embedded = "embedded"
  /// The value of `core` for a target.
  package static let target = "target"

  /// The session.
  package var recording: Recording
  package var plan: Plan
  package var stage: CaseStage
  /// The check that failed, and what happened, as in a violation.
  package var check: Check
  package var name: String
  /// The violation's sentence.
  package var detail: String
  /// Which core failed: `embedded`, a canary's name, or `target`.
  package var core: String
  /// The options that select the target, if it was one.
  package var target: [String]?
  package var seed: UInt64
  package var number: Int
  /// How often it failed of how many runs, if it is intermittent.
  package var rate: Rate?

  private struct Document: Codable {
    package var schema: String
    package var check: String
    package var name: String
    package var detail: String
    package var plan: String
    package var stage: CaseStage
    package var core: String
    package var target: [String]?
    package var seed: UInt64
    package var number: Int
    var rate: Rate?
    /// The base name of the recording, and the SHA-256 of its body.
    package var session: String
    var sha256: String
    /// The lines of the recording.
    package var recording: [String]
    package var command: String
  }

  /// The file's name: the check, what happened, and a digest of everything that determines the run.
  var fileName: String {
    let kind = "\(check.rawValue)-\(name)".lowercased().replacing(" ", with: "-")
    let words = target.map { " \($0)" } ?? ""
    let decisive =
      recording.written() + Array("\(plan) \(stage.rawValue) \(core)\(words)".utf8)
    return "\(kind)-\(hexadecimal(sha256(decisive)).prefix(12)).json"
  }

  /// The command that runs the file again from where it is saved.
  package static func command(_ path: String) -> String { "replay again \(quoted(path))" }

  /// The file's bytes. `path` is where it will be saved.
  package func written(path: String) throws -> Data {
    let lines = recording.written().split(separator: 0x0A)
    let document = Document(
      schema: Self.schema, check: check.rawValue, name: name, detail: detail,
      plan: plan.description, stage: stage, core: core, target: target, seed: seed, number: number,
      rate: rate, session: recording.session.name, sha256: recording.digest,
      recording: lines.map { String(decoding: $0, as: UTF8.self) }, command: Self.command(path))
    return try reportData(document)
  }

  /// Saves the file in a folder, which is created if needed; an existing file of that name has the same
  /// failure, and stays. Returns its path.
  @discardableResult
  package func save(in folder: String) throws -> String {
    let path = folder + "/" + fileName
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      if !FileManager.default.fileExists(atPath: path) {
        try written(path: path).write(to: URL(fileURLWithPath: path), options: .atomic)
      }
    } catch {
      throw UsageError("cannot save the crash file \(path): \(reason(error))")
    }
    return path
  }

  /// Reads a crash file.
  package static func read(_ path: String) throws -> CrashFile {
    func damage(_ reason: String) -> UsageError { UsageError("\(path): \(reason)") }
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
      throw damage("cannot be read")
    }
    guard let document = try? JSONDecoder().decode(Document.self, from: data) else {
      throw damage("no crash file")
    }
    guard document.schema == schema else { throw damage("unknown schema \(document.schema)") }
    guard let check = Check(rawValue: document.check) else {
      throw damage("unknown check \(document.check)")
    }
    let lines = Array((document.recording.joined(separator: "\n") + "\n").utf8)
    let recording = try Recording.read(lines, file: document.session + ".jsonl")
    guard recording.digest == document.sha256 else { throw damage("sha256 is not the recording's") }
    var file = CrashFile(
      recording: recording, plan: try Plan(document.plan), stage: document.stage, check: check,
      name: document.name, detail: document.detail, core: document.core, target: document.target,
      seed: document.seed, number: document.number)
    file.rate = document.rate
    return file
  }

  /// Runs the case; returns all violations. A target must pass as often in a row as its rate requires.
  /// The target is the one in the file unless another is given; `core` finds a core by its name.
  package func violations(
    on other: TargetSettings? = nil, _ environment: [String: String] = [:],
    core coreNamed: (String) throws -> CoreChoice
  ) throws -> [Violation] {
    if let settings = try other ?? ownTarget() {
      let runner = TargetCaseRunner(settings, environment)
      // One pass does not prove that an intermittent failure is fixed.
      for _ in 0..<(rate?.passesNeeded ?? PlanBeliefs.runsMin) {
        let outcome = try runner.run(recording.session, plan)
        guard outcome.violations.isEmpty else { return outcome.violations }
        if let reason = outcome.unprovenReason {
          throw UsageError("the plan was not carried out exactly: \(reason)")
        }
      }
      return []
    }
    func run<Core: ProxyCore>(_ core: Core.Type) throws -> [Violation] {
      try CaseRunner<Core>().run(recording.session, plan, on: stage).violations
    }
    return try run(try coreNamed(core).type)
  }

  /// The target in the file; nil when there is none.
  private func ownTarget() throws -> TargetSettings? {
    guard stage == .target else { return nil }
    guard let target, !target.contains(where: { $0.hasSuffix(TargetSettings.withheld) }) else {
      throw UsageError(
        "the file does not hold the value of a field that may be secret: give --launch or --target "
          + "and --header again")
    }
    var arguments = Arguments(target)
    return try TargetSettings(&arguments)
  }
}
