// The judge: an observation against an expectation, check by check. It is strict about what the embedded
// proxy promises, and never looks into the proxy.

internal import Foundation
package import MockQwen
internal import Wire

/// Judges observations.
package struct Judge: Sendable {
  /// The checks that count.
  package var checks = Set(Check.allCases)
  /// The key that must reach the upstream, and the client's key, which must not.
  package var upstreamKey: String
  package var clientKey: String

  /// What is expected where several behaviours are right.
  package var policy = Policy()

  package init(
    checks: Set<Check> = Set(Check.allCases), upstreamKey: String, clientKey: String,
    policy: Policy = Policy()
  ) {
    self.checks = checks
    self.upstreamKey = upstreamKey
    self.clientKey = clientKey
    self.policy = policy
  }

  /// All breaches, in the order of `Check.allCases`. `stream` is the client's number among parallel
  /// streams.
  package func violations(
    _ observation: Observation, _ expectation: Expectation, request: Session.Request,
    stream: Int? = nil, stop: Int? = nil
  ) -> [Violation] {
    var found: [Violation] = []
    if let own = expectation.documented?.own {
      return judgedOwn(observation, expectation, own, stop)
    }
    if expectation.isOpen {
      let open = judgedOpenly(observation)
      return open.filter { checks.contains($0.check) }
    }
    let expectation = expectation.resolved(for: observation).decoded(for: observation)
    let last = lastOfFailed(observation, expectation)
    let body = bodyWithoutError(observation, expectation, last)
    // The reader is a function of the bytes: equal bytes are equal blocks.
    let hasLeft = hasLeft(observation)
    let isSame =
      expectation.outcome == .httpError || expectation.isAboutHead
      || expectation.documented?.joined != nil
      || body == expectation.body
      || (hasLeft && expectation.body.starts(with: body))
    func test(_ check: Check, _ rule: () -> [Violation]) {
      if checks.contains(check) { found += rule() }
    }
    test(.request) { requestFaults(observation, request, expectation.documented) }
    test(.posts) { postFaults(observation, expectation) }
    test(.head) { headFaults(observation, expectation) }
    test(.headtime) { headTimeFaults(observation) }
    test(.coding) { codingFaults(observation, expectation) }
    test(.framing) { framingFaults(observation) }
    // Blocks that the client did not wait for are not lost.
    test(.blocks) { isSame || hasLeft ? [] : blockFaults(body, expectation) }
    test(.bytes) { isSame ? [] : byteFaults(body, expectation) }
    test(.progress) { delayFaults(observation) }
    test(.end) { endFaults(observation, expectation, last) }
    test(.liveness) { livenessFaults(observation, expectation) }
    test(.cancel) { cancelFaults(observation) }
    test(.reuse) { reuseFaults(observation) }
    test(.mixing) { stream.map { mixingFaults(observation, $0) } ?? [] }
    test(.memory) { memoryFaults(observation, expectation) }
    test(.leftovers) { leftoverFaults(observation) }
    guard found.isEmpty else { return found }
    found += documentedFaults(observation, expectation)
    found += connectionFaults(observation, expectation, stop: stop)
    return found.filter { checks.contains($0.check) }
  }

  /// The breaches that are possible whatever the answer is.
  private func judgedOpenly(_ observation: Observation) -> [Violation] {
    framingFaults(observation) + leftoverFaults(observation)
  }

  private func framingFaults(_ observation: Observation) -> [Violation] {
    observation.breach.map { [.wrong(.framing, $0)] } ?? []
  }

  /// The breaches of the proxy's own answer.
  private func judgedOwn(
    _ observation: Observation, _ expectation: Expectation, _ own: OwnAnswer, _ stop: Int?
  ) -> [Violation] {
    var found = postFaults(observation, expectation)
    found += judgedOpenly(observation)
    found += passedFaults(observation)
    if observation.isRestless { found += livenessFaults(observation, expectation) }
    if found.isEmpty, !hasLeft(observation), expectation.behavior == nil {
      found += ownFaults(observation, own)
      // A refused request is not asked for its body first (RFC 9110 section 10.1.1).
      if expectation.documented?.asked?.refusal != nil, observation.interims > 0 {
        found.append(.wrong(.head, "a request that is refused was told to go on"))
      }
      found += connectionFaults(observation, expectation, stop: stop)
    }
    return found.filter { checks.contains($0.check) }
  }

  /// Whether the client has left before the end, according to the policy.
  package func hasLeft(_ observation: Observation) -> Bool {
    observation.ending == .left || observation.hasHalfClosed && !policy.halfClosedStays
  }

  private func requestFaults(
    _ observation: Observation, _ sent: Session.Request, _ documented: Documented?
  ) -> [Violation] {
    for seen in observation.requests {
      if let fault = requestFault(seen, sent, documented?.asked) {
        return [.wrong(.request, fault)]
      }
    }
    return documented == nil ? [] : passedFaults(observation)
  }

  /// The faults of a request's head in what the embedded proxy must pass on.
  private func passedFaults(_ observation: Observation) -> [Violation] {
    guard let wanted = observation.forwarded else { return [] }
    for seen in observation.requests {
      if let words = headDifference(seen.fields.list, wanted) {
        return [.wrong(.request, "in the request's head \(words)")]
      }
    }
    return []
  }

  private func requestFault(
    _ seen: Session.Request, _ sent: Session.Request, _ asked: AskedShape?
  ) -> String? {
    let route = clientRoute(for: sent)
    let method = asked?.method ?? route.method
    if seen.method != method { return "the method is \(seen.method)" }
    if seen.target != asked?.forwardedTarget ?? "/compatible-mode\(route.path)" {
      return "the target is \(seen.target)"
    }
    let body = asked.map { Array($0.forwardedBody.utf8) } ?? sent.body
    if seen.body != (method == "POST" ? body : []) { return "the request body has changed" }
    if seen.fields.values("Authorization") != ["Bearer \(upstreamKey)"] {
      return "the Authorization field is not the proxy's"
    }
    if seen.fields.list.contains(where: { holds($0.value, clientKey) }) {
      return "the client's key went upstream"
    }
    return nil
  }

  private func headFaults(_ observation: Observation, _ expectation: Expectation) -> [Violation] {
    guard let status = observation.status else {
      return hasLeft(observation) ? [] : [.wrong(.head, "there is no response")]
    }
    if expectation.isAboutHead { return pathHeadFaults(observation, status) }
    // The stream in one piece has a head of its own.
    if expectation.documented?.joined != nil { return [] }
    if status != expectation.status {
      return [.wrong(.head, "the status is \(status) instead of \(expectation.status)")]
    }
    let fields = observation.fields
    for name in Self.hopFields where fields[name] != nil {
      return [.wrong(.head, "the hop-by-hop field \(name) was passed on")]
    }
    for name in Self.keptFields where fields.values(name) != expectation.fields.values(name) {
      return [.wrong(.head, "the upstream's field \(name) is not what the client got")]
    }
    if expectation.request == .http10, fields["Transfer-Encoding"] != nil {
      return [.wrong(.head, "an HTTP/1.0 client got chunks")]
    }
    guard expectation.isEventStream, expectation.outcome != .httpError else { return [] }
    let type = fields["Content-Type"] ?? ""
    // Equal to the upstream's is right, and parsing it costs more than everything else here.
    if type != expectation.fields["Content-Type"], mediaType(type) != "text/event-stream" {
      return [.wrong(.head, "the content type is '\(type)'")]
    }
    if fields["Content-Length"] != nil { return [.wrong(.head, "a stream has a Content-Length")] }
    if fields["X-Accel-Buffering"] != "no" {
      return [.wrong(.head, "X-Accel-Buffering is not 'no'")]
    }
    // The usual value first: parsing it costs more than all of the above.
    if fields.values("Cache-Control") == ["no-cache, no-transform"] { return [] }
    let directives = fields.members("Cache-Control").map { $0.lowercased() }
    return directives.contains("no-cache") && directives.contains("no-transform")
      ? [] : [.wrong(.head, "Cache-Control lacks no-cache or no-transform")]
  }

  /// Fields for one connection only; the mock names `X-Hop` in `Connection`.
  private static let hopFields = [
    "Keep-Alive", "Proxy-Connection", "Trailer", "Upgrade", "X-Hop",
  ]
  /// Fields of the upstream that a client acts on.
  private static let keptFields = [
    "Retry-After", "Retry-After-Ms", "X-RateLimit-Remaining", "Location",
  ]

  private func delayFaults(_ observation: Observation) -> [Violation] {
    guard let delay = observation.delay else { return [] }
    return [
      Violation(
        check: .progress, name: "LATE",
        detail: "when \(delay.sent) body bytes were sent, blocks up to byte \(delay.due) were "
          + "complete, and the client had \(delay.received) bytes"
          + (delay.times > 1 ? "; late \(delay.times) times" : ""),
        bodyOffset: delay.due, receivedOffset: delay.received)
    ]
  }

  private func endFaults(
    _ observation: Observation, _ expectation: Expectation, _ last: Block?
  ) -> [Violation] {
    func wrong(_ name: String, _ detail: String) -> [Violation] {
      [Violation(check: .end, name: name, detail: detail)]
    }
    switch (expectation.outcome, observation.ending) {
    case (_, .left): return []
    case _ where hasLeft(observation): return []
    case (.complete, .complete): return []
    case (.complete, .silent): return wrong("WRONG", "a complete answer did not end")
    case (.complete, .cut), (.complete, .reset):
      return wrong("WRONG", "a complete answer ended as though it was cut")
    case (.httpError, .complete): return errorObjectFaults(observation.body)
    case (.httpError, _): return wrong("WRONG", "the error answer is not complete")
    // Without a framing only the error event can tell: the connection's end is the only end.
    case (.failed, .complete)
    where expectation.isEventStream && expectation.request == .http10
      && observation.fields["Content-Length"] == nil:
      return errorEventFaults(last)
    case (.failed, .complete):
      return wrong("FALSE END", "the upstream's answer was cut, and the client's ended complete")
    case (.failed, .silent): return wrong("WRONG", "the upstream failed and the client still waits")
    case (.failed, .cut), (.failed, .reset):
      return expectation.isEventStream ? errorEventFaults(last) : []
    }
  }

  /// The one error event that ends a failed stream.
  private func errorEventFaults(_ last: Block?) -> [Violation] {
    guard let last, last.isFinished, let event = last.event,
      event.type == Array("error".utf8)
    else {
      return [
        Violation(
          check: .end, name: "FALSE END",
          detail: "the upstream's answer was cut, but no error event reports it")
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
      : [.wrong(.end, "the error object is malformed")]
  }

  /// The last block of a stream that must fail, which must report it; nil for any other answer.
  private func lastOfFailed(_ observation: Observation, _ expectation: Expectation) -> Block? {
    guard expectation.outcome == .failed, expectation.isEventStream else { return nil }
    return ReferenceReader.blocks(in: observation.body).last { !$0.isBlank }
  }

  /// The body without the error event that ends a failed stream.
  private func bodyWithoutError(
    _ observation: Observation, _ expectation: Expectation, _ last: Block?
  ) -> [UInt8] {
    guard let last, last.event?.type == Array("error".utf8),
      last.content != expectation.blocks.last?.content
    else { return observation.body }
    return Array(observation.body[..<last.range.lowerBound])
  }

  private func byteFaults(_ body: [UInt8], _ expectation: Expectation) -> [Violation] {
    let offset = zip(body, expectation.body).prefix { $0 == $1 }.count
    return [.corruptedBody(from: offset, received: body.count, expected: expectation.body.count)]
  }

  private func blockFaults(_ body: [UInt8], _ expectation: Expectation) -> [Violation] {
    guard expectation.isEventStream else { return [] }
    let found = differences(
      expected: expectation.blocks, received: ReferenceReader.blocks(in: body),
      expectedBytes: expectation.body, receivedBytes: body)
    return found.map(\.violation)
  }
}

extension Difference {
  /// The difference as a breach of the check `blocks`.
  package var violation: Violation {
    Violation(
      check: .blocks, name: damage.rawValue, detail: words, bodyOffset: expectedOffset,
      receivedOffset: receivedOffset)
  }

  /// What happened, in a sentence without a full stop.
  package var words: String {
    let block = expected.map { "block \($0 + 1)" } ?? "a block that was not sent"
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
