// One plan that failed: what was sent, what came instead, and how to see it again.

internal import Judging
internal import MockQwen
internal import Recordings
internal import Terminal
internal import Trials
internal import Wire

/// A plan under which a client did not get what the upstream sent.
public struct RunFailure: Sendable, CustomStringConvertible {
  /// The plan's line, which `RunPlans.line(_:)` takes.
  public let plan: String
  /// The number of the first damaged block in the recording's body, from 1; nil when no block is
  /// damaged, or the body is not a stream of blocks.
  public let block: Int?
  /// The bytes around the first difference as the upstream sent them, up to 96; empty when the body is
  /// not what failed.
  public let sent: [UInt8]
  /// The bytes that came in their place.
  public let received: [UInt8]
  /// The byte offset of the first difference in the recording's body; nil when the body is not what
  /// failed.
  public let offset: Int?
  /// What happened, in one line: the worst finding, or what came in place of what, and the cuts there.
  public let diagnosis: String
  /// All findings of the checks, one per line.
  public let findings: [String]
  /// The shell command that runs this plan again, while a proxy listens at the same place.
  public let command: String

  init(_ failure: FailedPlan, of recording: Recording, command: String) {
    plan = failure.plan
    self.command = command
    let session = recording.file.session
    let evidence = failure.evidence
    let blocks = BodyForm(session.response.fields).blocks(in: session.body)
    offset = evidence?.expectedOffset
    let number = evidence.flatMap { place in
      blocks.firstIndex { $0.range.contains(place.expectedOffset) }.map { $0 + 1 }
    }
    block = number
    sent = evidence?.expected ?? []
    received = evidence?.received ?? []
    findings = failure.violations.map { "\($0.check.rawValue) \($0.name): \($0.detail)" }
    let words = number.flatMap { number in
      evidence.flatMap { Diagnosis($0) }.map { "block \(number) \($0.words)" }
    }
    diagnosis = words ?? findings.first ?? "it failed"
  }

  /// The failure for a person.
  public var description: String {
    """
    \(diagnosis)
      plan: \(plan)
      reproduce: \(command)
    """
  }
}
