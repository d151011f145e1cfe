// The result of a run as values: a test requires that nothing was lost, or looks at each failure.

internal import Judging
internal import Terminal
internal import Trials

/// The result for one recording on its way through a proxy.
public struct RunVerdict: Sendable, CustomStringConvertible {
  /// How the run ended.
  public enum Outcome: String, Hashable, Sendable {
    /// Everything came as it was sent, under every plan.
    case passed
    /// Something was lost, changed or late, or the proxy broke a rule of HTTP.
    case failed
    /// Nothing failed, but not every plan was carried out exactly.
    case unproven
    /// The run was stopped before all plans had run; nothing failed by then.
    case interrupted
  }

  /// The recording's name.
  public let recording: String
  /// How the run ended.
  public let outcome: Outcome
  /// How many plans were run.
  public let planCount: Int
  /// How many of them failed.
  public let failureCount: Int
  /// The first plans that failed, 20 at most.
  public let failures: [RunFailure]
  /// How many cuts the plans asked for.
  public let cutsRequested: Int
  /// How many of them lay between two reads of the proxy, according to the kernel.
  public let cutsAchieved: Int
  /// The first plan that was not carried out exactly, and why; nil when all were.
  public let unproven: String?

  init(_ report: RunReport, of recording: Recording, _ settings: TargetSettings) {
    self.recording = recording.name
    outcome =
      switch report.verdict {
      case .passed: .passed
      case .failed: .failed
      case .unproven: .unproven
      case .interrupted: .interrupted
      }
    planCount = report.planCount
    failureCount = report.failureCount
    failures = report.parts.flatMap(\.failures).map { failure in
      RunFailure(
        failure, of: recording,
        command: settings.command(
          recording.path, plan: failure.plan, "replay"))
    }
    cutsRequested = report.target?.cutsRequested ?? 0
    cutsAchieved = report.target?.cutsAchieved ?? 0
    unproven = report.firstUnproven.map { "\($0.plan): \($0.reason)" }
  }

  /// Throws unless everything came as it was sent.
  ///
  /// - Parameter acceptsUnproven: Whether to pass a run in which nothing failed but cuts were not
  ///   proven, for example where the kernel does not report what a process has read.
  /// - Throws: `LossError`, whose description shows the first failures and how to see them again.
  public func requireNothingLost(acceptsUnproven: Bool = false) throws {
    switch outcome {
    case .passed: return
    case .unproven where acceptsUnproven: return
    case .failed, .unproven, .interrupted: throw LossError(verdict: self)
    }
  }

  /// The verdict for a person: one line, and one for each of the first failures.
  public var description: String {
    switch outcome {
    case .passed: return "\(recording): nothing lost under \(counted(planCount, "plan"))"
    case .unproven:
      return "\(recording): nothing failed, and not every plan was carried out: \(unproven ?? "")"
    case .interrupted:
      return "\(recording): stopped after \(counted(planCount, "plan")), and nothing failed by then"
    case .failed:
      let head = "\(recording): \(failureCount) of \(counted(planCount, "plan")) failed"
      return ([head] + failures.prefix(3).map(\.description)).joined(separator: "\n")
    }
  }
}

/// A client did not get what the upstream sent, or it is not proven that it did.
public struct LossError: Error, Sendable, CustomStringConvertible {
  /// The verdict of the run.
  public let verdict: RunVerdict
  /// The verdict for a person.
  public var description: String { verdict.description }
}
