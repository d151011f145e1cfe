// The judge of a target. It asks what anyone may ask of a proxy: that the stream comes out as it went
// in, at the level that was chosen; that it comes in time; that the HTTP is well-formed; and that a
// cut answer never looks whole. What only our own core promises (its headers, its error event, a last
// event completed) is not asked. A proxy that hands on bytes as they are and one that holds back
// unfinished events are both right.

internal import Foundation
internal import MockQwen
internal import Wire

/// What a delivery through a target is worth.
struct TargetVerdict {
  var violations: [Violation]
  /// The highest level at which the stream is the same; nil when it is not at any.
  var reached: CompareLevel?
}

/// Judges what came through a target.
struct TargetJudge {
  let level: CompareLevel
  let comparesComments: Bool

  func verdict(
    _ seen: Observation, _ expectation: Expectation, _ delivery: Delivery
  ) -> TargetVerdict {
    let stream = TargetStream(seen, expectation, delivery)
    var violations = headFaults(
      seen, expectation, status: delivery.transmission.session.response.status)
    if let breach = seen.breach {
      violations.append(Violation(check: .framing, name: "WRONG", detail: breach))
    }
    let reached = stream.isAnswered ? level(of: stream) : .bytes
    if reached.map({ $0 < level }) ?? true { violations += streamFaults(stream) }
    if let delay = seen.delay, !stream.lacks(delay.due) { violations.append(lateness(delay)) }
    violations += endFaults(seen, expectation, stream, canWait: delivery.ending == .stall)
    return TargetVerdict(violations: violations, reached: reached)
  }

  // MARK: The stream

  private func level(of stream: TargetStream) -> CompareLevel? {
    if stream.isSameBytes { return .bytes }
    guard stream.isEventStream else { return nil }
    if eventDifferences(stream).isEmpty { return .events }
    return stream.contentDifferences.isEmpty ? .content : nil
  }

  private func eventDifferences(_ stream: TargetStream) -> [Difference] {
    stream.differences { block in
      var plain = block
      plain.comments = comparesComments ? block.comments : []
      plain.fields = Self.plainFields(of: block)
      return plain
    }
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

  private func lateness(_ delay: Observation.Delay) -> Violation {
    Violation(
      check: .progress, name: "LATE",
      detail: "when the target had read \(delay.sent) body bytes, blocks up to byte \(delay.due) "
        + "were complete, and the client had \(delay.received) bytes",
      bodyOffset: delay.due, receivedOffset: delay.received)
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
  var violation: Violation {
    Violation(
      check: .blocks, name: damage.rawValue, detail: words, bodyOffset: expectedOffset,
      receivedOffset: receivedOffset)
  }
}
