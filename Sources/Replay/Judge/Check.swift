// The checks: each a name, one line of what it promises, and a rule over an observation. A run that
// breaks a rule yields a violation, which tells what happened and where.

internal import MockQwen
internal import Wire

/// A named rule over an observation.
package enum Check: String, Hashable, Sendable, CaseIterable {
  case request, posts, head, headtime, coding, framing, blocks, bytes, progress, end, liveness
  case cancel, reuse, mixing, survival, memory, leftovers, stages

  /// What the check promises, in one line.
  package var promise: String {
    switch self {
    case .request:
      "what the upstream is asked is the client's body with the proxy's key, and nothing else"
    case .posts: "the upstream is asked once for each request, and never again after a first byte"
    case .head: "the response head is the upstream's, and fit for a stream"
    case .headtime: "where that is the rule, the response head does not wait for the body"
    case .coding: "the body is coded as its head says"
    case .framing: "what the client gets is well-formed HTTP/1.1"
    case .blocks: "the client gets the same blocks in the same order, once each"
    case .bytes: "the body bytes are the same"
    case .progress: "a block is at the client before the next upstream byte is sent"
    case .end: "a complete answer ends complete, a cut one never does"
    case .liveness: "a live stream is never killed, and a dead one ends with an error in time"
    case .cancel: "when the client goes, its upstream connection is closed at once"
    case .reuse: "a connection whose last answer did not end as it said is not used again"
    case .mixing: "no byte of one stream reaches the client of another"
    case .survival: "a fault in one stream does no harm to another"
    case .memory: "a client that does not read holds its upstream back"
    case .leftovers: "no connection is left open when the client is done"
    case .stages: "the simulated stage and sockets show the same"
    }
  }
}

/// A breach of a check.
package struct Violation: Hashable, Sendable {
  package var check: Check
  /// What happened, in one word: the name of a `Damage`, `LATE`, `FALSE END`, or `WRONG`.
  package var name: String
  /// What happened, in a sentence without a full stop.
  package var detail: String
  /// Where in the session's body it happened (a byte offset), or nil.
  package var bodyOffset: Int?
  /// Where it shows in the body that the client received (a byte offset), or nil.
  package var receivedOffset: Int?

  package init(
    check: Check, name: String, detail: String, bodyOffset: Int? = nil,
    receivedOffset: Int? = nil
  ) {
    self.check = check
    self.name = name
    self.detail = detail
    self.bodyOffset = bodyOffset
    self.receivedOffset = receivedOffset
  }

  /// A breach without a name of its own.
  package static func wrong(_ check: Check, _ detail: String) -> Violation {
    Violation(check: check, name: "WRONG", detail: detail)
  }

  /// A body that differs from the expected one from some byte on.
  package static func corruptedBody(
    from offset: Int, received: Int, expected: Int
  ) -> Violation {
    Violation(
      check: .bytes, name: Damage.corrupted.rawValue,
      detail: "the body differs from byte \(offset) on: \(received) bytes instead of \(expected)",
      bodyOffset: offset, receivedOffset: offset)
  }
}
