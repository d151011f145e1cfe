// Where more than one behaviour of a proxy is right, the user states which is expected: the rule is a
// switch here, with the default that the embedded proxy keeps, and every report names them.

internal import MockQwen
internal import Wire

/// What is expected where there is a choice.
package struct Policy: Hashable, Sendable {
  /// Whether a client that has ended its own direction (FIN) still wants the answer.
  package var halfClosedStays = false
  /// Whether the head must be at the client before the first body byte is sent upstream. A proxy may
  /// hold it so that an early failure can still be an HTTP error.
  package var headAtOnce = false
  /// Whether a first request that is answered 401 is asked again, with the same body.
  package var retriesUnauthorized = false
  /// Silences and streams without any new event up to this long must be lived through, in
  /// milliseconds.
  package var patienceMin = 180_000
  /// A silence of this length must have ended the stream with an error, in milliseconds.
  package var silenceMax = 600_000
  /// A stream that brings bytes but no event for this long must have ended with an error.
  package var barrenMax = 3_600_000
  /// How many body bytes a proxy may be ahead of a client that does not read, beside one block.
  package var aheadMax = 1024 * 1024

  package init() {}

  /// The rules in words, for a report.
  package var lines: [String] {
    [
      "a half-closed client " + (halfClosedStays ? "still wants the answer" : "has gone"),
      "the head " + (headAtOnce ? "comes at once" : "may wait for the first body byte"),
      "an answer 401 is "
        + (retriesUnauthorized ? "followed by a second try" : "the client's answer"),
      "\(patienceMin / 1000) s without a byte or an event are lived through",
      "\(silenceMax / 1000) s of silence, or \(barrenMax / 1000) s without an event, end in an "
        + "error",
      "a proxy is at most \(aheadMax / 1024) KiB and a block ahead of a client that does not read",
    ]
  }
}
