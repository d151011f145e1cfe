// GRID.json: several proxies under the same plans. A target is described in the words of `replay run`, so
// both accept the same options and report the same errors.

internal import Foundation
internal import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// A file that describes a grid.
struct GridFile: Hashable, Sendable {
  static let schema = "qwen-replay.grid.v1"

  /// One column.
  struct Target: Hashable, Sendable {
    var name: String
    var settings: TargetSettings
    /// The shell command that prints the proxy's version as its first line.
    var version: String?
    /// The programs that the target needs; if one is missing, it is skipped.
    var needs: [String]
  }

  /// The files and folders of recordings.
  var recordings: [String]
  /// The plans; nil for the default of targets.
  var plans: PlanSet?
  /// One plan instead of a set.
  var plan: Plan?
  var seed: UInt64
  var targets: [Target]

  /// The plans to run through the targets; nil for the default.
  var choice: PlanChoice? { plan.map { .one($0) } ?? plans.map { .set($0) } }

  private struct Document: Decodable {
    struct Target: Decodable {
      enum CodingKeys: String, CodingKey, CaseIterable {
        case name, url, listen, launch, path, headers, model, version, needs, compare, policy
        case ignore
      }
      var name: String
      var url: String?
      var listen: String?
      var launch: String?
      var path: String?
      var headers: [String]?
      var model: String?
      var version: String?
      var needs: [String]?
      var compare: String?
      var policy: String?
      var ignore: [String]?
    }
    enum CodingKeys: String, CodingKey, CaseIterable {
      case schema, recordings, plans, plan, seed, compare, comments, lateAfter, timeout
      case fragmentPause, targets
    }
    var schema: String
    var recordings: [String]
    var plans: String?
    var plan: String?
    var seed: UInt64?
    var compare: String?
    var comments: Bool?
    var lateAfter: Int?
    var timeout: Int?
    var fragmentPause: Int?
    var targets: [Target]
  }

  /// Reads a file. Throws `UsageError`.
  static func read(_ path: String) throws -> GridFile {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError("\(path): no such file")
    }
    do {
      let document = try JSONDecoder().decode(Document.self, from: data)
      try refuseUnknownKeys(
        data, known: Document.CodingKeys.allCases, ofTargets: Document.Target.CodingKeys.allCases)
      return try GridFile(document)
    } catch let error as UsageError {
      throw UsageError("\(path): \(error)")
    } catch {
      throw UsageError("\(path): not a grid: \(jsonFault(error))")
    }
  }

  private init(_ document: Document) throws {
    guard document.schema == Self.schema else {
      throw UsageError("unknown schema '\(document.schema)'; known is \(Self.schema)")
    }
    guard document.plans == nil || document.plan == nil else {
      throw UsageError("'plans' and 'plan' exclude each other")
    }
    recordings = document.recordings
    plans = try document.plans.map { name in
      guard let set = PlanSet(rawValue: name) else {
        let known = PlanSet.allCases.map(\.rawValue).joined(separator: ", ")
        throw UsageError("'plans' does not know '\(name)'; it takes \(known)")
      }
      return set
    }
    do {
      plan = try document.plan.map { try Plan($0) }
    } catch {
      throw UsageError("'plan': \(error)")
    }
    seed = document.seed ?? 1
    targets = try document.targets.map { try Self.target($0, document) }
    guard !recordings.isEmpty, !targets.isEmpty else {
      throw UsageError("a grid needs recordings and targets")
    }
    let doubles = Dictionary(grouping: targets, by: \.name).filter { $0.value.count > 1 }.keys
    if let name = doubles.min() { throw UsageError("two targets are named '\(name)'") }
  }

  /// A target from its words.
  private static func target(_ target: Document.Target, _ grid: Document) throws -> Target {
    func option(_ name: String, _ value: String?) -> [String] { value.map { [name, $0] } ?? [] }
    var words = option("--target", target.url) + option("--listen", target.listen)
    words += option("--launch", target.launch) + option("--path", target.path)
    words += option("--model", target.model) + option("--compare", target.compare ?? grid.compare)
    for header in target.headers ?? [] { words += ["--header", header] }
    for path in target.ignore ?? [] { words += ["--ignore", path] }
    words += option("--policy", target.policy)
    // A target that is only compared by content has no comments to compare.
    if grid.comments == true, target.compare != "content" {
      words.append("--comments")
    }
    words += option("--late-after", grid.lateAfter.map(String.init))
    words += option("--timeout", grid.timeout.map(String.init))
    words += option("--fragment-pause", grid.fragmentPause.map(String.init))
    do {
      guard !target.name.isEmpty else { throw UsageError("'name' is empty") }
      var arguments = Arguments(words)
      guard let settings = try TargetSettings(&arguments) else {
        throw UsageError("it needs 'launch' or 'url'")
      }
      return Target(
        name: target.name, settings: settings, version: target.version, needs: target.needs ?? [])
    } catch {
      throw UsageError("target '\(target.name)': \(error)")
    }
  }
}
