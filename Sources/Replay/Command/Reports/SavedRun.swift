// A run from its JSON report, for `replay diagnose`: the cases with their results, and the recordings,
// which are read again and must be unchanged.

internal import Foundation
internal import Judging
internal import MockQwen
internal import Recordings
internal import Terminal
internal import Trials

/// A run from its report.
struct SavedRun: Decodable {
  struct Entry: Decodable {
    var path: String
    var sha256: String?
    var cases: [SavedCase]?
  }

  private struct Grid: Decodable {
    struct Target: Decodable {
      var name: String
      var report: SavedRun?
    }
    var targets: [Target]
  }

  private struct Kind: Decodable {
    var schema: String
    var kind: String
  }

  /// The name of the target in a grid; nil outside grids.
  var gridName: String?
  var planCount: Int
  var failureCount: Int
  var judged: JudgedBy?
  var intermittent: [IntermittentFailure]?
  var recordings: [Entry]

  /// The runs in a report. Throws `UsageError`.
  static func read(_ data: Data, file: String) throws -> [SavedRun] {
    func refused(_ words: String) -> UsageError { UsageError("\(file): \(words)") }
    do {
      let decoder = JSONDecoder()
      let kind = try decoder.decode(Kind.self, from: data)
      guard kind.schema == "qwen-replay.report.v1" else {
        throw refused("unknown schema '\(kind.schema)'; known is qwen-replay.report.v1")
      }
      switch kind.kind {
      case "run": return [try decoder.decode(SavedRun.self, from: data)]
      case "grid":
        return try decoder.decode(Grid.self, from: data).targets.compactMap { target in
          var run = target.report
          run?.gridName = target.name
          return run
        }
      default: throw refused("it is a report of replay \(kind.kind), not of a run or grid")
      }
    } catch let error as DecodingError {
      throw refused("no report of a run: \(jsonFault(error))")
    }
  }

  /// The results of a diagnosis. Throws `UsageError` when a recording is missing or has changed.
  func diagnosed() async throws -> DefectText {
    var cases: [DiagnosisCase] = []
    var files: NamedRecordings = []
    var commands: [String: String] = [:]
    guard let judged else {
      throw UsageError("the report has no cases: a replay older than this one wrote it")
    }
    for entry in recordings {
      guard let saved = entry.cases else { continue }
      let named = try namedRecordings(at: [entry.path])
      guard let file = named.first, named.count == 1, file.recording.digest == entry.sha256 else {
        throw UsageError("\(entry.path) is not the recording of the report any more")
      }
      files.append((entry.path, file.recording))
      cases += try DiagnosisCase.cases(saved, of: file.recording.session)
      for one in saved { commands["\(entry.path) \(one.plan)"] = one.reproduce }
    }
    let run = DiagnosedRun(cases: cases, recordings: files)
    let judge = try judged.judge()
    var witness = NoWitness()
    let found = try await run.defects(judge, asking: &witness)
    return DefectText(
      found, failureCount: failureCount, planCount: planCount, intermittent: intermittent ?? []
    ) { path, plan in commands["\(path) \(plan)"] ?? "replay run \(quoted(path)) --plan '\(plan)'" }
  }
}
