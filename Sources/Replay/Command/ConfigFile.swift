// `replay.json`: options that a project always uses, in a file beside its recordings. The command line
// takes precedence. The schema is docs/config.schema.json.

internal import Foundation
internal import Recordings
internal import Terminal
internal import Trials

/// A config file, as words of a command line.
struct ConfigFile {
  static let schema = "qwen-replay.config.v1"

  struct Target: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
      case name, url, listen, launch, path, model, headers, policy, compare
    }
    var name: String?
    var url: String?
    var listen: String?
    var launch: String?
    var path: String?
    var model: String?
    var headers: [String]?
    var policy: String?
    var compare: String?
  }

  private struct Document: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
      case schema, recordings, plans, plan, seed, stage, policy, compare, headers, ignore, known
      case timeout, lateAfter, targets
    }
    var schema: String
    var recordings: [String]?
    var plans: String?
    var plan: String?
    var seed: UInt64?
    var stage: String?
    var policy: String?
    var compare: String?
    var headers: [String]?
    var ignore: [String]?
    var known: String?
    var timeout: Int?
    var lateAfter: Int?
    var targets: [Target]?
  }

  /// The keys of the file, and of a target in it.
  static let keys = Document.CodingKeys.allCases.map(\.rawValue)
  static let targetKeys = Target.CodingKeys.allCases.map(\.rawValue)

  let path: String
  private let document: Document

  /// The file in the current folder, or beside the given recordings; nil when there is none.
  static func path(beside paths: [String]) -> String? {
    let folders =
      paths.isEmpty
      ? [".", "recordings"]
      : paths.map { path in
        isFolder(path) == true
          ? path : URL(fileURLWithPath: path).deletingLastPathComponent().relativePath
      } + ["."]
    return folders.map { $0 == "." ? "replay.json" : $0 + "/replay.json" }
      .first { FileManager.default.fileExists(atPath: $0) }
  }

  /// Reads a file. Throws `UsageError`.
  init(_ path: String) throws {
    self.path = path
    let data = Data(try fileBytes(path))
    do {
      document = try JSONDecoder().decode(Document.self, from: data)
      try refuseUnknownKeys(
        data, known: Document.CodingKeys.allCases, ofTargets: Target.CodingKeys.allCases)
    } catch let error as UsageError {
      throw UsageError("\(path): \(error)")
    } catch {
      throw UsageError("\(path) is not a config: \(jsonFault(error))")
    }
    guard document.schema == Self.schema else {
      throw UsageError("\(path): unknown schema '\(document.schema)'; known is \(Self.schema)")
    }
  }

  /// The options of `replay run`, in groups: a group applies when none of its options, and none that
  /// exclude it, are on the command line. `only` names one target of several.
  func options(only: String?) throws -> [(names: [String], words: [String])] {
    func one(_ name: String, _ value: String?) -> [(names: [String], words: [String])] {
      value.map { [([name], [name, $0])] } ?? []
    }
    var groups = one("--seed", document.seed.map(String.init))
    if let plan = document.plan {
      groups.append((["--plan", "--plans"], ["--plan", plan]))
    } else if let plans = document.plans {
      groups.append((["--plan", "--plans"], ["--plans", plans]))
    }
    let target = try target(named: only)
    groups += one("--policy", target?.policy ?? document.policy)
    guard let target else { return groups + one("--stage", document.stage) }
    let exclusive = ["--target", "--launch", "--core", "--stage"]
    var words: [String] = []
    for (name, value) in [
      ("--target", target.url), ("--listen", target.listen), ("--launch", target.launch),
      ("--path", target.path), ("--model", target.model),
      ("--compare", target.compare ?? document.compare), ("--known", document.known),
      ("--timeout", document.timeout.map(String.init)),
      ("--late-after", document.lateAfter.map(String.init)),
    ] {
      if let value { words += [name, value] }
    }
    for header in target.headers ?? document.headers ?? [] { words += ["--header", header] }
    for path in document.ignore ?? [] { words += ["--ignore", path] }
    return groups + [(exclusive, words)]
  }

  /// The recordings to run when the command line names none.
  var recordings: [String] { document.recordings ?? [] }

  private func target(named name: String?) throws -> Target? {
    let targets = document.targets ?? []
    let names = targets.compactMap(\.name)
    if let name {
      guard let target = targets.first(where: { $0.name == name }) else {
        throw UsageError("\(path) has no target '\(name)'\(nearest(name, names))")
      }
      return target
    }
    guard targets.count < 2 else {
      throw UsageError(
        "\(path) has several targets: choose one with --only NAME (\(names.joined(separator: ", ")))"
      )
    }
    return targets.first
  }
}

extension Arguments {
  /// Adds the options of the config file that the command line does not have; returns the file's
  /// recordings when the command line has none.
  mutating func takeConfig() throws -> [String] {
    let given = try option("--config")
    let only = try option("--only")
    let isOff = flag("--no-config")
    guard !isOff else { return [] }
    guard let path = given ?? ConfigFile.path(beside: plainWords) else {
      if only != nil { throw UsageError("--only is for a config with several targets") }
      return []
    }
    let config = try ConfigFile(path)
    for (names, words) in try config.options(only: only) where !names.contains(where: has) {
      // An option of a group on the command line takes precedence over the file's.
      var index = 0
      while index + 1 < words.count {
        if names.count == 4, words[index] != "--header", has(words[index]) {
          index += 2
          continue
        }
        add([words[index], words[index + 1]])
        index += 2
      }
    }
    return config.recordings
  }
}
