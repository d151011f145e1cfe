// What happens to a recording connection, and what it asks for.

package import Recordings

extension RecordingConnection {
  /// What can happen.
  package enum Input: Hashable, Sendable {
    case client([UInt8])
    /// The client has ended its direction, which counts as leaving.
    case clientFinished
    case clientReset
    /// The connection to the upstream is open, with this TLS or nil for none.
    case connected(Recording.TLS?)
    case refused
    case upstream([UInt8])
    case upstreamFinished
    case upstreamReset
    /// A slow client has taken all bytes that waited for it.
    case drained
    /// The time of `deadline` has come.
    case deadline
  }

  /// What to do.
  package enum Output: Hashable, Sendable {
    case connect
    case upstream([UInt8])
    case closeUpstream
    case resetUpstream
    case client([UInt8])
    /// Read the client's bytes from now on, or let them wait; at first they are read.
    case readClient(Bool)
    case closeClient
    /// Abort the client's connection, after the bytes that it must still get.
    case resetClient
    case captured(CapturedExchange)
    /// A line for the operator.
    case note(String)
    /// A line for the operator: the open exchange passes, but will not be captured.
    case lost(String)
  }
}
