// Every limit of the recorder's connections, in one value. The recorder must not disturb the programs
// that it observes, so it is more patient than the proxy.

/// What one client of the recorder may take, in bytes and milliseconds.
package struct RecordingLimits: Hashable, Sendable {
  /// How many bytes of one exchange are kept; a larger one still passes.
  package var bytesMax = Int.max
  /// How long an upstream may be silent within an exchange.
  package var silenceMax = 600_000
  /// The bytes that a client may send ahead of an answer; at this many, no more are read.
  package var earlyMax = 64 * 1024
  /// From the first byte of a request's head until its last.
  package var headTimeMax = 10_000
  /// The silence of a client before a request.
  package var idleTimeMax = 300_000
  /// From the end of a request's head to the end of its body, in addition to what `bodyRateMin` grants.
  package var bodyTimeMax = 30_000
  /// The body bytes that grant one more second.
  package var bodyRateMin = 1_024
  /// How long a client may take none of the bytes that wait for it.
  package var sendTimeMax = 60_000
  /// Clients at once; for one more, the client that has been without a request for the longest time is
  /// closed.
  package var connectionsMax = 1_024

  package init() {}
}
