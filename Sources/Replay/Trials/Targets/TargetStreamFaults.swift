// The target judge's findings about the stream itself: what was lost or changed, what was late, and how
// it ended.

internal import Judging
internal import MockQwen
internal import Wire

extension TargetJudge {
  // MARK: What came

  func level(of stream: TargetComparison) -> CompareLevel? {
    if stream.isSameBytes || stream.lacksEnd { return .bytes }
    if stream.form != .plain {
      if eventDifferences(stream).isEmpty || stream.lacksLastBlocks(plain) { return .events }
    }
    guard stream.form != .plain || JSONTree(stream.received) != nil else { return nil }
    return contentDifferences(stream).isEmpty ? .content : nil
  }

  private func contentDifferences(_ stream: TargetComparison) -> [ContentDifference] {
    stream.contentDifferences(ignoring: settings.ignored)
  }

  private func eventDifferences(_ stream: TargetComparison) -> [Difference] {
    stream.differences(plain)
  }

  /// A block as compared at the level `events`.
  private func plain(_ block: Block) -> Block {
    var plain = block
    plain.comments = settings.comparesComments ? block.comments : []
    plain.fields = Self.plainFields(of: block)
    return plain
  }

  /// A block's event, id and retry, as fields in a fixed order.
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

  func streamFaults(_ stream: TargetComparison) -> [Violation] {
    if settings.level == .bytes { return byteFaults(stream) }
    if settings.level == .content, stream.form != .plain || JSONTree(stream.received) != nil {
      // An invented end has a finding of its own, which includes what comes with it.
      var found = contentDifferences(stream)
      if !stream.isWhole, found.contains(where: \.isInvented) {
        found.removeAll { $0.isInvented || $0.damage == .added && $0.isName }
      }
      return found.map {
        Violation(check: .blocks, name: $0.damage.rawValue, detail: $0.words)
      }
    }
    guard stream.form != .plain else { return byteFaults(stream) }
    return eventDifferences(stream).map(\.violation)
  }

  private func byteFaults(_ stream: TargetComparison) -> [Violation] {
    let offset = zip(stream.received, stream.sent).prefix { $0 == $1 }.count
    let blocks = stream.form == .plain ? [] : stream.differences { $0 }.map(\.violation)
    return blocks + [
      .corruptedBody(from: offset, received: stream.received.count, expected: stream.sent.count)
    ]
  }

  // MARK: When it came

  /// A block that came late; or one that was held back until the upstream had failed, and never came. A
  /// block that is lost or changed is not also late.
  func lateness(
    _ seen: Observation, _ stream: TargetComparison, _ faults: [Violation]
  ) -> [Violation] {
    func late(_ detail: String, due: Int, received: Int) -> [Violation] {
      [
        Violation(
          check: .progress, name: "LATE", detail: detail, bodyOffset: due, receivedOffset: received)
      ]
    }
    if let delay = seen.delay {
      // By content it is not known where in the stream the damage is: what never came is lost.
      let isDamaged =
        faults.contains { $0.check == .blocks && $0.bodyOffset ?? .max < delay.due }
        || settings.level == .content && !faults.isEmpty && delay.lateBy == nil
      guard !isDamaged, !stream.lacks(delay.due) else { return [] }
      let arrival =
        delay.lateBy.map { "it came \($0) ms after it was complete" }
        ?? "it came with the end only, or never"
      return late(
        "when the target had read \(delay.sent) body bytes, blocks up to byte \(delay.due) were "
          + "complete, and \(settings.lateAfter) ms later the client had \(delay.received) bytes and "
          + "not all that they say; \(arrival)",
        due: delay.due, received: delay.received)
    }
    // Comments that are not compared need not come.
    let comparesAll = settings.level == .bytes || settings.comparesComments
    guard faults.isEmpty, comparesAll && stream.lacksEnd || stream.lacksLastBlocks(plain),
      settings.level != .content || !contentDifferences(stream).isEmpty
    else { return [] }
    let due = stream.sent.count
    return late(
      "when the upstream failed, blocks up to byte \(due) were complete, and the client had "
        + "\(seen.body.count) bytes",
      due: due, received: seen.body.count)
  }

  // MARK: How it ended

  func endFaults(
    _ seen: Observation, _ target: TargetCase, _ stream: TargetComparison
  ) -> [Violation] {
    func wrong(_ name: String, _ detail: String) -> [Violation] {
      [Violation(check: .end, name: name, detail: detail)]
    }
    let (expectation, delivery) = (target.expectation, target.delivery)
    switch (expectation.outcome, seen.ending) {
    case (_, .left): return []
    case (.complete, .complete):
      guard stream.endsEarly else { return [] }
      return wrong(
        "FALSE END",
        "the client's answer ended complete after body byte \(stream.received.count)"
          + " of \(stream.sent.count)")
    case (.complete, .silent): return wrong("WRONG", "a complete answer did not end")
    case (.complete, .cut), (.complete, .reset):
      // A target that was told to stop may cut an answer, as long as the cut is visible.
      return delivery.stop == nil
        ? wrong("WRONG", "a complete answer ended as though it was cut") : []
    case (.failed, .complete), (.httpError, .complete):
      if stream.hasError || (seen.status ?? 0) >= 500 { return [] }
      // Without framing the only end is the connection's.
      if expectation.request == .http10, seen.fields["Content-Length"] == nil { return [] }
      return inventions(stream)
        + wrong("FALSE END", "the upstream's answer was cut, and the client's ended complete")
    case (.failed, .silent), (.httpError, .silent):
      return delivery.ending == .stall
        ? [] : wrong("WRONG", "the upstream failed and the client still waits")
    case (.failed, _), (.httpError, _): return inventions(stream)
    }
  }

  /// An end that the target has invented: a finish reason, or an end mark, that the upstream never sent.
  private func inventions(_ stream: TargetComparison) -> [Violation] {
    guard stream.form != .plain, !stream.isSameBytes else { return [] }
    let invented = contentDifferences(stream).filter(\.isInvented)
    guard let first = invented.first,
      stream.differencesFromAllSent(ignoring: settings.ignored).contains(where: \.isInvented)
    else { return [] }
    return [
      Violation(
        check: .end, name: "INVENTED",
        detail: "the upstream's answer was cut, and the target made up its end: "
          + ([first] + invented.dropFirst()).prefix(3).map(\.words).joined(separator: "; "))
    ]
  }
}
