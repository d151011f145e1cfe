// Every limit of the recorder's connections, in one value. The recorder stands in the way of programs
// that are being looked at, so it is more patient than the proxy.

/// What one client of the recorder may take, in bytes and milliseconds.
package struct RecordingLimits: Hashable, Sendable {
  /// How much of one exchange is kept; a larger one passes all the same.
  package var bytesMax = Int.max
  /// How long an upstream may say nothing within an exchange.
  package var silenceMax = 600_000
  /// The bytes that a client may send ahead of an answer; while so many wait no more are read.
  package var earlyMax = 64 * 1024
  /// From the first byte of a request's head until its last.
  package var headTimeMax = 10_000
  /// The silence of a client before a request.
  package var idleTimeMax = 300_000
  /// From the end of a request's head to the end of its body, beside what `bodyRateMin` grants.
  package var bodyTimeMax = 30_000
  /// The bytes of a body that buy a second more.
  package var bodyRateMin = 1_024
  /// How long a client for which bytes wait may take none of them.
  package var sendTimeMax = 60_000
  /// Clients at once; for another one the client goes that has asked nothing for the longest time.
  package var connectionsMax = 1_024

  package init() {}
}
