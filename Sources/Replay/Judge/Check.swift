// The checks: each a name, one line of what it promises, and a rule over an observation. A run that
// breaks a rule gives a violation, which says what happened and where.

/// A named rule over an observation.
package enum Check: String, Hashable, Sendable, CaseIterable {
  case request, head, framing, blocks, bytes, progress, end, leftovers, stages

  /// What the check promises, in one line.
  package var promise: String {
    switch self {
    case .request:
      "the upstream gets one POST with the client's body and the proxy's key, and nothing else"
    case .head: "the response head is the upstream's, and fit for a stream"
    case .framing: "what the client gets is well-formed HTTP/1.1"
    case .blocks: "the client gets the same blocks in the same order, once each"
    case .bytes: "the body bytes are the same"
    case .progress: "a block is at the client before the next upstream byte is sent"
    case .end: "a complete answer ends complete, a cut one never does"
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
  /// Where in the session's body it happened, or nil.
  package var bodyOffset: Int?
  /// Where in the body that the client got it shows, or nil.
  package var receivedOffset: Int?
}
