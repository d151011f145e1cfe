// What happens to a recording connection, and what it wants done.

package import Recordings

extension RecordingConnection {
  /// What can happen.
  package enum Input: Hashable, Sendable {
    case client([UInt8])
    /// The client has ended its direction: it has gone.
    case clientFinished
    case clientReset
    /// The upstream's connection stands, over this TLS or none.
    case connected(Recording.TLS?)
    case refused
    case upstream([UInt8])
    case upstreamFinished
    case upstreamReset
    /// A slow client has got all that waited for it.
    case drained
    /// The time of `deadline` has come.
    case deadline
  }

  /// What is to be done.
  package enum Output: Hashable, Sendable {
    case connect
    case upstream([UInt8])
    case closeUpstream
    case resetUpstream
    case client([UInt8])
    /// Read the client's bytes from now on, or let them wait; at first they are read.
    case readClient(Bool)
    case closeClient
    /// Abort the client's connection, behind what it has still to get.
    case resetClient
    case captured(CapturedExchange)
    /// A line for the operator.
    case note(String)
    /// A line for the operator: the open exchange passes, and will not be captured.
    case lost(String)
  }
}
