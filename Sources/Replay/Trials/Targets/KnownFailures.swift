// The known failures of a target, in a file beside the tests. A known failure is shown and does not fail
// the run; one that is listed and no longer happens does, so that the list stays true. An entry is as
// narrow as one line allows: the recording, what happened, and under which framing, fault and client.
// Every other failure is new.

package import Foundation
package import Judging
package import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Terminal
internal import Wire

/// One way in which a target is known to fail with one recording.
package struct KnownFailure: Hashable, Sendable {
  /// The target's name in a grid; empty outside grids.
  package var target = ""
  /// The recording's name.
  package var recording: String
  /// The check and what happened, as in `end FALSE END`.
  package var breach: String
  /// The relevant words of the plan, as in `framing=close fault=reset`.
  package var under: String

  package init(target: String = "", recording: String, breach: String, under: String) {
    self.target = target
    self.recording = recording
    self.breach = breach
    self.under = under
  }

  package init(_ violation: Violation, recording: String, plan: Plan) {
    self.init(recording: recording, breach: violation.kind, under: Self.circumstances(of: plan))
  }

  /// The plan's words without its cuts, its pacing, and all offsets; the framing is always included.
  static func circumstances(of plan: Plan) -> String {
    var words = plan.description.split(separator: " ").map(String.init)
    words.removeAll { word in
      ["cuts=", "chunks=", "pacing=", "tls="].contains { word.hasPrefix($0) }
    }
    let hasFraming = words.contains { $0.hasPrefix("framing=") }
    if !hasFraming { words.insert("framing=chunked", at: 0) }
    return words.map { String($0.prefix { $0 != "@" && $0 != "+" }) }.joined(separator: " ")
  }

  /// The failure for a person.
  package var text: String {
    (target.isEmpty ? "" : "\(target): ") + "\(recording): \(breach) under \(under)"
  }

  /// The failure, for a target of a grid.
  package func of(target name: String) -> KnownFailure {
    var named = self
    named.target = name
    return named
  }
}

extension Violation {
  /// The check and what happened, as in `end FALSE END`.
  package var kind: String { "\(check.rawValue) \(name)" }
}

/// A list of known failures, with the conditions under which it holds.
package struct KnownFailures: Hashable, Sendable {
  package static let schema = "qwen-replay.known.v1"

  /// What a list depends on besides targets and recordings.
  package struct Conditions: Hashable, Sendable, Codable, CustomStringConvertible {
    package var plans: String
    package var seed: UInt64
    package var compare: CompareLevel
    package var comments: Bool

    package var description: String {
      "plans \(plans), seed \(seed), compare \(compare.rawValue)\(comments ? " with comments" : "")"
    }
  }

  package var conditions: Conditions
  package var failures: Set<KnownFailure>
  /// Why a target fails, as written by the user; by the failure without its recording.
  package var reasons: [KnownFailure: String] = [:]

  package init(
    conditions: Conditions, failures: Set<KnownFailure>, reasons: [KnownFailure: String] = [:]
  ) {
    self.conditions = conditions
    self.failures = failures
    self.reasons = reasons
  }

  /// A group of failures that differ only in their recordings.
  private struct Group: Codable {
    package var target: String?
    package var breach: String
    package var under: String
    var why: String?
    package var recordings: [String]

    /// What the group has in common.
    var common: KnownFailure {
      KnownFailure(target: target ?? "", recording: "", breach: breach, under: under)
    }
  }

  private struct Document: Codable {
    package var schema: String
    package var conditions: Conditions
    package var known: [Group]
  }

  /// Reads a list. Throws `UsageError`.
  package static func read(_ path: String) throws -> KnownFailures {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError("\(path): no such file; --record-known \(quoted(path)) writes one")
    }
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: data)
    } catch {
      throw UsageError("\(path): not a list of known failures: \(jsonFault(error))")
    }
    guard document.schema == schema else {
      throw UsageError("\(path): unknown schema '\(document.schema)'; known is \(schema)")
    }
    var list = KnownFailures(conditions: document.conditions, failures: [])
    for group in document.known {
      for recording in group.recordings {
        var failure = group.common
        failure.recording = recording
        list.failures.insert(failure)
      }
      list.reasons[group.common] = group.why
    }
    return list
  }

  /// The list as a file, in a fixed order, so that it can be compared with diff.
  package func written() throws -> Data {
    var groups: [KnownFailure: [String]] = [:]
    for failure in failures {
      var common = failure
      common.recording = ""
      groups[common, default: []].append(failure.recording)
    }
    let known = groups.map { common, recordings in
      Group(
        target: common.target.isEmpty ? nil : common.target, breach: common.breach,
        under: common.under, why: reasons[common], recordings: recordings.sorted())
    }
    let sorted = known.sorted {
      ($0.target ?? "", $0.breach, $0.under) < ($1.target ?? "", $1.breach, $1.under)
    }
    return try reportData(Document(schema: Self.schema, conditions: conditions, known: sorted))
  }
}

/// What is wrong with a JSON document, in as few words as possible.
package func jsonFault(_ error: any Error) -> String {
  func place(_ path: [any CodingKey]) -> String {
    path.isEmpty ? "at the top" : "in " + path.map(\.stringValue).joined(separator: ".")
  }
  return switch error as? DecodingError {
  case .keyNotFound(let key, let context):
    "'\(key.stringValue)' is missing \(place(context.codingPath))"
  case .typeMismatch(_, let context), .valueNotFound(_, let context),
    .dataCorrupted(let context):
    "\(context.debugDescription) (\(place(context.codingPath)))"
  default: "\(error)"
  }
}
