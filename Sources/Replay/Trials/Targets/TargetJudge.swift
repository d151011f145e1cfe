// The judge of a target. It asks what anyone may ask of a proxy: that the stream comes out as it went
// in, at the level that was chosen; that it comes in time; that the HTTP is well-formed; and that a
// cut answer never looks whole. What only our own core promises (its headers, its error event, a last
// event completed) is not asked. A proxy that hands on bytes as they are and one that holds back
// unfinished events are both right.

internal import Foundation
package import Judging
package import MockQwen
internal import ProxyUnderTest
internal import Recordings
internal import Sockets
internal import Wire

/// What a delivery through a target is worth.
package struct TargetVerdict {
  package var violations: [Violation]
  /// The highest level at which the stream is the same; nil when it is not at any.
  package var reached: CompareLevel?
}

/// Judges what came through a target.
package struct TargetJudge {
  /// The checks that are asked of targets.
  package static let checks: [Check] = [.head, .framing, .blocks, .bytes, .progress, .end]

  package let level: CompareLevel
  package let comparesComments: Bool

  package init(level: CompareLevel, comparesComments: Bool) {
    self.level = level
    self.comparesComments = comparesComments
  }

  /// What a plan showed of the classes that it exercised, by number. A class that is noticed only by
  /// checks that are not asked here was not judged.
  package func figures(of classes: ClassSet, broken: Set<Check>, isKnown: Bool) -> [Int:
    ClassFigures]
  {
    let asked = Set(Self.checks.filter { $0 != .bytes || level == .bytes })
    var figures: [Int: ClassFigures] = [:]
    for bugClass in BugClass.all
    where classes.contains(bugClass) && !asked.isDisjoint(with: bugClass.checks) {
      let isBroken = !broken.isDisjoint(with: bugClass.checks)
      figures[bugClass.number] = ClassFigures(
        planCount: 1, brokenCount: isBroken ? 1 : 0, failedCount: isBroken && !isKnown ? 1 : 0)
    }
    return figures
  }

  package func verdict(
    _ seen: Observation, _ expectation: Expectation, _ delivery: Delivery
  ) -> TargetVerdict {
    let stream = TargetStream(seen, expectation, delivery)
    var violations = headFaults(
      seen, expectation, status: delivery.transmission.session.response.status)
    if let breach = seen.breach {
      violations.append(Violation(check: .framing, name: "WRONG", detail: breach))
    }
    let reached = stream.isAnswered ? level(of: stream) : .bytes
    let faults = reached.map { $0 < level } ?? true ? streamFaults(stream) : []
    violations += faults + lateness(seen, stream, faults)
    violations += endFaults(seen, expectation, stream, canWait: delivery.ending == .stall)
    return TargetVerdict(violations: violations, reached: reached)
  }

  // MARK: The stream

  private func level(of stream: TargetStream) -> CompareLevel? {
    if stream.isSameBytes || stream.lacksEnd { return .bytes }
    guard stream.isEventStream else { return nil }
    if eventDifferences(stream).isEmpty || stream.lacksLastBlocks(plain) { return .events }
    return stream.contentDifferences.isEmpty ? .content : nil
  }

  private func eventDifferences(_ stream: TargetStream) -> [Difference] {
    stream.differences(plain)
  }

  /// A block as the level of events sees it.
  private func plain(_ block: Block) -> Block {
    var plain = block
    plain.comments = comparesComments ? block.comments : []
    plain.fields = Self.plainFields(of: block)
    return plain
  }

  /// What a block says as fields in a fixed order: its event, id and retry.
  private static func plainFields(of block: Block) -> [Line] {
    var fields: [Line] = []
    let id = block.fields.last { $0.name == Array("id".utf8) && !$0.value.contains(0) }
    if let id { fields.append(id) }
    if let retry = block.retry { fields.append(Line(Array("retry".utf8), Array("\(retry)".utf8))) }
    if let event = block.event {
      fields.append(Line(Array("event".utf8), event.type))
      fields.append(Line(Array("data".utf8), event.data))
    }
    return fields
  }

  private func streamFaults(_ stream: TargetStream) -> [Violation] {
    guard stream.isEventStream, level != .bytes else { return byteFaults(stream) }
    guard level == .events else {
      return stream.contentDifferences.map {
        Violation(check: .blocks, name: Damage.corrupted.rawValue, detail: $0)
      }
    }
    return eventDifferences(stream).map(\.violation)
  }

  private func byteFaults(_ stream: TargetStream) -> [Violation] {
    let offset = zip(stream.received, stream.sent).prefix { $0 == $1 }.count
    let blocks = stream.isEventStream ? stream.differences { $0 }.map(\.violation) : []
    return blocks + [
      Violation(
        check: .bytes, name: Damage.corrupted.rawValue,
        detail: "the body differs from byte \(offset) on: \(stream.received.count) bytes instead "
          + "of \(stream.sent.count)",
        bodyOffset: offset, receivedOffset: offset)
    ]
  }

  // MARK: Head, progress and end

  /// - Parameter expected: The upstream's status.
  private func headFaults(
    _ seen: Observation, _ expectation: Expectation, status expected: Int
  ) -> [Violation] {
    func wrong(_ detail: String) -> [Violation] {
      [Violation(check: .head, name: "WRONG", detail: detail)]
    }
    guard let status = seen.status else {
      // To abort is honest when the upstream has failed.
      let isDue = expectation.outcome == .complete && seen.ending != .left
      return isDue ? wrong("there is no response") : []
    }
    if expectation.outcome != .complete, status >= 500 { return [] }
    if status != expected { return wrong("the status is \(status) instead of \(expected)") }
    let type = (seen.fields["Content-Type"] ?? "").lowercased()
    guard expectation.isEventStream, !type.hasPrefix("text/event-stream") else { return [] }
    return wrong("the content type is '\(type)'")
  }

  /// A block that came late; or one that was held back until the upstream had failed, and never came.
  /// A block that is lost or changed is not late as well.
  private func lateness(
    _ seen: Observation, _ stream: TargetStream, _ faults: [Violation]
  ) -> [Violation] {
    func late(_ detail: String, due: Int, received: Int) -> [Violation] {
      let detail = detail + " complete, and the client had \(received) bytes"
      return [
        Violation(
          check: .progress, name: "LATE", detail: detail, bodyOffset: due, receivedOffset: received)
      ]
    }
    if let delay = seen.delay {
      let isDamaged = faults.contains { $0.check == .blocks && $0.bodyOffset ?? .max < delay.due }
      guard !isDamaged, !stream.lacks(delay.due) else { return [] }
      return late(
        "when the target had read \(delay.sent) body bytes, blocks up to byte \(delay.due) were",
        due: delay.due, received: delay.received)
    }
    guard faults.isEmpty, stream.lacksEnd || stream.lacksLastBlocks(plain) else { return [] }
    let due = stream.sent.count
    return late(
      "when the upstream failed, blocks up to byte \(due) were", due: due,
      received: seen.body.count)
  }

  private func endFaults(
    _ seen: Observation, _ expectation: Expectation, _ stream: TargetStream, canWait: Bool
  ) -> [Violation] {
    func wrong(_ name: String, _ detail: String) -> [Violation] {
      [Violation(check: .end, name: name, detail: detail)]
    }
    switch (expectation.outcome, seen.ending) {
    case (_, .left): return []
    case (.complete, .complete):
      guard stream.endsEarly else { return [] }
      return wrong(
        "FALSE END",
        "the client's answer ended complete behind body byte \(stream.received.count)"
          + " of \(stream.sent.count)")
    case (.complete, .silent): return wrong("WRONG", "a complete answer did not end")
    case (.complete, .cut), (.complete, .reset):
      return wrong("WRONG", "a complete answer ended as though it was cut")
    case (.failed, .complete), (.httpError, .complete):
      let isHonest = stream.hasError || (seen.status ?? 0) >= 500
      return isHonest
        ? [] : wrong("FALSE END", "the upstream's answer was cut, and the client's ended complete")
    case (.failed, .silent), (.httpError, .silent):
      return canWait ? [] : wrong("WRONG", "the upstream failed and the client still waits")
    case (.failed, _), (.httpError, _): return []
    }
  }
}

extension Difference {
  /// The difference as a breach of the check on blocks.
  package var violation: Violation {
    Violation(
      check: .blocks, name: damage.rawValue, detail: words, bodyOffset: expectedOffset,
      receivedOffset: receivedOffset)
  }
}
