// What happens to an exchange, and what it asks for: the whole border of the proxy core.

/// How the other side ended its direction of a connection.
package enum Closing: Hashable, Sendable {
  /// An orderly end (FIN).
  case finished
  /// An abort (RST), or an error of the connection.
  case reset
}

/// How soon the proxy stops.
package enum Stopping: Hashable, Sendable {
  /// Requests that are under way may be answered to their end.
  case gently
  /// Requests that are under way end with an error.
  case now
}

extension Exchange {
  /// What can happen to an exchange.
  package enum Input: Hashable, Sendable {
    /// The client's connection is open: its time starts.
    case clientOpened
    /// The same, but there are too many clients: its request will be refused.
    case clientSurplus
    /// Another client needs its place: it is closed, unless an answer is on its way to it and it
    /// keeps up.
    case clientEvicted
    /// Bytes from the client.
    case client([UInt8])
    case clientClosed(Closing)
    /// Whether too many bytes wait for the client: while they do, the upstream is not read, and no
    /// other request of the client is taken.
    case clientSlow(Bool)
    /// What `Output.wantAccount` or `Output.accountOutcome` asked for.
    case account(Credential)
    /// No account is left for the request.
    case noAccount
    /// The connection that `Output.connect` asked for is open.
    case upstreamConnected
    /// The connection that `Output.connect` asked for could not be opened.
    case upstreamRefused
    /// Bytes from the upstream.
    case upstream([UInt8])
    case upstreamClosed(Closing)
    /// The time of `Exchange.deadline` has come.
    case deadline
    /// The proxy is stopping. `gently` may be followed by `now`.
    case stop(Stopping)
  }

  /// What an exchange asks for, in order.
  package enum Output: Hashable, Sendable {
    /// Choose an account for a new request; only with `Settings.usesAccounts`.
    case wantAccount
    /// What the answer says about the account. When that counts against the account, and nothing
    /// was sent to the client yet, another account or `noAccount` must follow.
    case accountOutcome(AccountOutcome)
    /// Open a connection to the upstream of the account, or of the settings.
    case connect
    /// Send bytes to the upstream.
    case upstream([UInt8])
    /// Close the connection to the upstream; whatever it still sends is ignored.
    case closeUpstream
    /// The answer is whole and nothing has come after it: the connection to the upstream may serve
    /// another request; otherwise close it.
    case releaseUpstream
    /// Send bytes to the client.
    case client([UInt8])
    /// Read the client's bytes from now on, or let them wait; at first they are read.
    case readClient(Bool)
    /// Close the connection to the client once all bytes have been sent.
    case closeClient
    /// Abort the connection to the client (RST) once it has got all bytes: the only sign of a cut body
    /// without framing.
    case resetClient
    /// A line for the operator's log; holds no body bytes and no field values.
    case note(String)
  }
}
