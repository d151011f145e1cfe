// How a run was judged, as stored in its report: a diagnosis judges its models in the same way.

internal import Judging
internal import Terminal
internal import Trials

/// How the cases of a report were judged.
struct JudgedBy: Hashable, Codable {
  /// The level at which a target was compared; absent for a core.
  var level: CompareLevel?
  /// Whether comments counted.
  var comments: Bool?
  /// Whether the head of a target's answers had to come at once.
  var headAtOnce: Bool?
  /// The `--policy` for a core; absent for the default.
  var policy: String?

  init(_ report: RunReport) {
    level = report.level
    comments = report.comparesComments ? true : nil
    headAtOnce = report.level != nil && report.policy.headAtOnce ? true : nil
    policy = report.level == nil && report.policy != Policy() ? "\(report.policy)" : nil
  }

  /// The judge of the models. Throws for an invalid policy.
  func judge() throws -> SightingJudge {
    if let level {
      return .target(
        level, comparesComments: comments ?? false, headAtOnce: headAtOnce ?? false)
    }
    return .embedded(try policy.map { try Policy($0) } ?? Policy())
  }
}
