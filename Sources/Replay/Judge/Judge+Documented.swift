// The judge's rules for what the documentation of the embedded proxy promises: its own answers, when an
// answer ends and with which code, who closes, heartbeats, and streams in one piece.

internal import Foundation
internal import MockQwen
internal import Wire

extension Judge {
  private func fault(_ check: Check, _ name: String, _ detail: String) -> Violation {
    Violation(check: check, name: name, detail: detail)
  }

  /// The faults of the proxy's own answer.
  func ownFaults(_ seen: Observation, _ own: OwnAnswer) -> [Violation] {
    guard let status = own.status else {
      if seen.status != nil { return [.wrong(.head, "there is an answer")] }
      let wanted: Observation.Ending = own.isReset ? .reset : .cut
      guard seen.ending == wanted else {
        return [.wrong(.end, "the connection is \(seen.ending) instead of \(wanted)")]
      }
      return own.isReset ? [] : timeFaults(seen, own.time, isFailure: true)
    }
    if seen.status != status {
      let words = seen.status.map { "the status is \($0)" } ?? "there is no response"
      return [.wrong(.head, "\(words) instead of \(status)")]
    }
    var found = ownHeadFaults(seen, own)
    if seen.ending != .complete {
      found.append(.wrong(.end, "an answer of the proxy's own is not complete"))
    } else if seen.body != (own.isHead ? [] : own.body) {
      let words = String(decoding: seen.body.prefix(300), as: UTF8.self)
      found.append(.wrong(.end, "the proxy's own answer is '\(words)'"))
    }
    return found + timeFaults(seen, own.time, isFailure: status >= 400)
  }

  private func ownHeadFaults(_ seen: Observation, _ own: OwnAnswer) -> [Violation] {
    if let status = own.status, let fault = reasonFault(seen, documentedReason(status)) {
      return [fault]
    }
    for (name, value) in own.fields.sorted(by: { $0.key < $1.key })
    where seen.fields.values(name) != [value] {
      let words = seen.fields.values(name)
      return [.wrong(.head, "\(name) is \(words) instead of '\(value)'")]
    }
    // The order of the proxy's own fields is free.
    let names = Set(own.fields.keys)
    let rest = withoutClose(seen.fields).filter { !names.contains($0.name) }
    let wanted = own.status == 204 ? PassedAnswer.crossOrigin : ownHead(own.body.count)
    return headDifference(rest, wanted).map { [.wrong(.head, "in the proxy's own head \($0)")] }
      ?? []
  }

  func reasonFault(_ seen: Observation, _ reason: String) -> Violation? {
    guard seen.reason != reason else { return nil }
    return .wrong(
      .head, "the reason phrase is '\(seen.reason)' instead of '\(reason)'")
  }

  /// The faults in the time at which the answer has ended.
  func timeFaults(_ seen: Observation, _ wanted: Int, isFailure: Bool) -> [Violation] {
    guard let time = seen.endTime else {
      return [fault(.liveness, "HANGS", "the answer has not ended, which is due at \(wanted) ms")]
    }
    guard time != wanted else { return [] }
    let detail = "the answer ended at \(time) ms instead of \(wanted) ms"
    if !isFailure { return [fault(.end, "LATE", detail)] }
    return [fault(.liveness, time < wanted ? "KILLED" : "HANGS", detail)]
  }

  /// The faults that the documentation adds for an answer of the upstream.
  func documentedFaults(_ seen: Observation, _ expected: Expectation) -> [Violation] {
    guard let documented = expected.documented, documented.own == nil, !hasLeft(seen) else {
      return []
    }
    var found: [Violation] = []
    if let time = documented.endTime {
      found += timeFaults(seen, time, isFailure: documented.error != nil)
    }
    if let reason = documented.reason, let fault = reasonFault(seen, reason) { found.append(fault) }
    if let fault = headFault(seen, documented, expected) { found.append(fault) }
    if let error = documented.error, !isError(seen, error, expected) {
      found.append(.wrong(.end, "the error is not that of its cause, \(error.rawValue)"))
    }
    if let shape = documented.shape {
      found += shapeFaults(seen, shape)
    } else if let stream = documented.joined {
      found += joinedFaults(seen, stream)
    }
    if let wanted = documented.upstreams, seen.upstreamConnections != wanted {
      found.append(
        .wrong(
          .reuse,
          "the upstream saw \(seen.upstreamConnections) connections instead of \(wanted)"))
    }
    return found
  }

  /// The head of an answer, line by line.
  private func headFault(
    _ seen: Observation, _ documented: Documented, _ expected: Expectation
  ) -> Violation? {
    var wanted: [Field]
    if let head = documented.head {
      wanted = head
      if documented.joined != nil {
        guard seen.status == 200 else { return nil }
        wanted.append(Field("Content-Length", String(seen.body.count)))
      }
    } else if expected.outcome == .httpError, documented.joined == nil {
      wanted = ownHead(seen.body.count)
    } else {
      return nil
    }
    return headDifference(withoutClose(seen.fields), wanted).map {
      .wrong(.head, "in the answer's head \($0)")
    }
  }

  /// The head of an answer that the proxy makes itself, without `Connection`.
  private func ownHead(_ count: Int) -> [Field] {
    [Field("Content-Type", "application/json"), Field("Content-Length", String(count))]
      + PassedAnswer.crossOrigin
  }

  /// The fields without `Connection: close`, which has a rule of its own.
  private func withoutClose(_ fields: Fields) -> [Field] {
    fields.list.filter { !($0.name == "Connection" && $0.value == "close") }
  }

  /// Whether the answer ends with exactly this error.
  private func isError(
    _ seen: Observation, _ error: DocumentedError, _ expected: Expectation
  ) -> Bool {
    switch expected.outcome {
    case .complete: true
    case .httpError:
      seen.body == error.body
    case .failed: !expected.isEventStream || seen.body.suffix(error.event.count) == error.event[...]
    }
  }

  /// Who closes the connection and whether this was announced; and the interim answers.
  func connectionFaults(_ seen: Observation, _ expected: Expectation, stop: Int?) -> [Violation] {
    guard let documented = expected.documented, !hasLeft(seen) else { return [] }
    if seen.interims != documented.interims {
      return [
        .wrong(
          .head,
          "\(seen.interims) interim answers came instead of \(documented.interims)")
      ]
    }
    guard let closes = documented.closes, seen.status != nil else { return [] }
    let hasStopped = stop.map { seen.body.count >= $0 } ?? false
    if seen.hasClosedFirst != (closes || hasStopped) {
      return [
        fault(
          .end, seen.hasClosedFirst ? "CLOSED" : "OPEN",
          "the proxy \(seen.hasClosedFirst ? "closed" : "kept") the client's connection behind "
            + "the answer")
      ]
    }
    let says = seen.fields.members("Connection").contains { $0.lowercased() == "close" }
    if stop == nil, documented.own != nil || expected.outcome != .failed, says != closes {
      return [
        .wrong(.head, "'Connection: close' \(says ? "is there" : "is missing")")
      ]
    }
    return []
  }
}
