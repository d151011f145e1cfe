// The judge: an observation against an expectation, check by check. It is strict about what the
// embedded proxy promises, and never looks at how the proxy works.

internal import Foundation
internal import MockQwen
internal import Wire

/// Judges observations.
struct Judge: Sendable {
  /// The checks that count.
  var checks = Set(Check.allCases)
  /// The key that must reach the upstream, and the client's, which must not.
  var upstreamKey: String
  var clientKey: String

  /// All breaches, in the order of `Check.allCases`.
  func violations(
    _ observation: Observation, _ expectation: Expectation, request: Session.Request
  ) -> [Violation] {
    var found: [Violation] = []
    let body = bodyWithoutError(observation, expectation)
    // The reader is a function of the bytes: the same bytes are the same blocks.
    let hasLeft = observation.ending == .left
    let isSame =
      expectation.outcome == .httpError || areSameBytes(body, expectation.body)
      || (hasLeft && expectation.body.starts(with: body))
    func test(_ check: Check, _ rule: () -> [Violation]) {
      if checks.contains(check) { found += rule() }
    }
    test(.request) { requestFaults(observation, request) }
    test(.head) { headFaults(observation, expectation) }
    test(.framing) {
      observation.breach.map { [Violation(check: .framing, name: "WRONG", detail: $0)] } ?? []
    }
    // The blocks that a client has not waited for are not lost.
    test(.blocks) { isSame || hasLeft ? [] : blockFaults(body, expectation) }
    test(.bytes) { isSame ? [] : byteFaults(body, expectation) }
    test(.progress) { delayFaults(observation) }
    test(.end) { endFaults(observation, expectation) }
    test(.leftovers) {
      observation.leftConnections == 0
        ? []
        : [
          Violation(
            check: .leftovers, name: "WRONG",
            detail: "\(observation.leftConnections) connections are still open")
        ]
    }
    return found
  }

  private func requestFaults(_ observation: Observation, _ sent: Session.Request) -> [Violation] {
    func wrong(_ detail: String) -> [Violation] {
      [Violation(check: .request, name: "WRONG", detail: detail)]
    }
    guard observation.requests.count == 1, let seen = observation.requests.first else {
      return wrong("the upstream saw \(observation.requests.count) requests")
    }
    if seen.method != "POST" { return wrong("the method is \(seen.method)") }
    if seen.target != "/compatible-mode/v1/chat/completions" {
      return wrong("the target is \(seen.target)")
    }
    if seen.body != sent.body { return wrong("the request body has changed") }
    if seen.fields.values("Authorization") != ["Bearer \(upstreamKey)"] {
      return wrong("the Authorization field is not the proxy's")
    }
    if seen.fields.list.contains(where: { holds($0.value, clientKey) }) {
      return wrong("the client's key went upstream")
    }
    return []
  }

  /// Whether `text` holds `part`, by bytes.
  private func holds(_ text: String, _ part: String) -> Bool {
    let (text, part) = (Array(text.utf8), Array(part.utf8))
    guard text.count >= part.count else { return false }
    return (0...text.count - part.count).contains { text[$0...].starts(with: part) }
  }

  private func headFaults(_ observation: Observation, _ expectation: Expectation) -> [Violation] {
    func wrong(_ detail: String) -> [Violation] {
      [Violation(check: .head, name: "WRONG", detail: detail)]
    }
    guard let status = observation.status else {
      return observation.ending == .left ? [] : wrong("there is no response")
    }
    if status != expectation.status {
      return wrong("the status is \(status) instead of \(expectation.status)")
    }
    let fields = observation.fields
    for name in ["Keep-Alive", "Proxy-Connection", "Trailer", "Upgrade"] where fields[name] != nil {
      return wrong("the hop-by-hop field \(name) was passed on")
    }
    guard expectation.isEventStream, expectation.outcome != .httpError else { return [] }
    let type = (fields["Content-Type"] ?? "").lowercased()
    if !type.hasPrefix("text/event-stream") { return wrong("the content type is '\(type)'") }
    if fields["Content-Length"] != nil { return wrong("a stream has a Content-Length") }
    if fields["X-Accel-Buffering"] != "no" { return wrong("X-Accel-Buffering is not 'no'") }
    let directives = fields.members("Cache-Control").map { $0.lowercased() }
    if !directives.contains("no-cache") || !directives.contains("no-transform") {
      return wrong("Cache-Control lacks no-cache or no-transform")
    }
    return []
  }

  private func delayFaults(_ observation: Observation) -> [Violation] {
    guard let delay = observation.delay else { return [] }
    return [
      Violation(
        check: .progress, name: "LATE",
        detail: "when \(delay.sent) body bytes were sent, blocks up to byte \(delay.due) were "
          + "complete, and the client had \(delay.received) bytes",
        bodyOffset: delay.due, receivedOffset: delay.received)
    ]
  }

  private func endFaults(_ observation: Observation, _ expectation: Expectation) -> [Violation] {
    func wrong(_ name: String, _ detail: String) -> [Violation] {
      [Violation(check: .end, name: name, detail: detail)]
    }
    switch (expectation.outcome, observation.ending) {
    case (_, .left): return []
    case (.complete, .complete): return []
    case (.complete, .silent): return wrong("WRONG", "a complete answer did not end")
    case (.complete, .cut), (.complete, .reset):
      return wrong("WRONG", "a complete answer ended as though it was cut")
    case (.httpError, .complete): return errorObjectFaults(observation.body)
    case (.httpError, _): return wrong("WRONG", "the error answer is not complete")
    case (.failed, .complete):
      return wrong("FALSE END", "the upstream's answer was cut, and the client's ended complete")
    case (.failed, .silent): return wrong("WRONG", "the upstream failed and the client still waits")
    case (.failed, .cut), (.failed, .reset):
      return expectation.isEventStream ? errorEventFaults(observation, expectation) : []
    }
  }

  /// The one error event that ends a failed stream.
  private func errorEventFaults(
    _ observation: Observation, _ expectation: Expectation
  ) -> [Violation] {
    let blocks = ReferenceReader.blocks(in: observation.body)
    guard let last = blocks.last(where: { !$0.isBlank }), last.isFinished, let event = last.event,
      event.type == Array("error".utf8)
    else {
      return [
        Violation(
          check: .end, name: "FALSE END",
          detail: "the upstream's answer was cut, and no error event says so")
      ]
    }
    return errorObjectFaults(event.data)
  }

  /// `{"error":{"message":…,"type":…,"code":…}}`.
  private func errorObjectFaults(_ data: [UInt8]) -> [Violation] {
    let object = try? JSONSerialization.jsonObject(with: Data(data)) as? [String: Any]
    let error = object?["error"] as? [String: Any]
    let isWhole = ["message", "type", "code"].allSatisfy { error?[$0] is String }
    return isWhole
      ? []
      : [Violation(check: .end, name: "WRONG", detail: "the error object is malformed")]
  }

  /// The body without the error event that ends a failed stream.
  private func bodyWithoutError(
    _ observation: Observation, _ expectation: Expectation
  ) -> [UInt8] {
    guard expectation.outcome == .failed, expectation.isEventStream,
      let last = ReferenceReader.blocks(in: observation.body).last(where: { !$0.isBlank }),
      last.event?.type == Array("error".utf8), last.content != expectation.blocks.last?.content
    else { return observation.body }
    return Array(observation.body[..<last.range.lowerBound])
  }

  private func byteFaults(_ body: [UInt8], _ expectation: Expectation) -> [Violation] {
    let offset = zip(body, expectation.body).prefix { $0 == $1 }.count
    return [
      Violation(
        check: .bytes, name: "CORRUPTED",
        detail: "the body differs from byte \(offset) on: \(body.count) bytes instead of "
          + "\(expectation.body.count)",
        bodyOffset: offset, receivedOffset: offset)
    ]
  }

  private func blockFaults(_ body: [UInt8], _ expectation: Expectation) -> [Violation] {
    guard expectation.isEventStream else { return [] }
    let received = ReferenceReader.blocks(in: body)
    return differences(
      expected: expectation.blocks, received: received, expectedBytes: expectation.body,
      receivedBytes: body
    ).map { difference in
      Violation(
        check: .blocks, name: difference.damage.rawValue, detail: difference.words,
        bodyOffset: difference.expectedOffset, receivedOffset: difference.receivedOffset)
    }
  }
}

extension Difference {
  /// What happened, in a sentence without a full stop.
  var words: String {
    let block = expected.map { "block \($0 + 1)" } ?? "a block that nobody sent"
    let place = expectedOffset.map { " at body byte \($0)" } ?? ""
    return switch damage {
    case .lost where received != nil: "\(block)\(place) came without its event"
    case .lost: "\(block)\(place) did not come"
    case .duplicated: "\(block)\(place) came again"
    case .reordered: "\(block)\(place) came at another place"
    case .merged: "\(block)\(place) came as one with the next"
    case .split: "\(block)\(place) came in pieces"
    case .corrupted: "\(block)\(place) came changed"
    case .added: "\(block) came"
    }
  }
}
