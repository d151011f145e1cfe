// What a network of sockets keeps for a TLS connection, besides its socket.

internal import Wire

/// The TLS state of a connection, and how it is set up.
struct SecureSide {
  let layer: TLSLayer
  /// The requested upstream; nil for an accepted client.
  var place: BaseURL?
  /// The tunnel that must be opened first; nil when there is none, or it is open.
  var tunnel: ProxyTunnel?
  /// Whether its session has been kept for later connections.
  var hasKeptSession = false

  /// Whether the owner waits for `opened`.
  var isOpening: Bool { place != nil && !layer.isOpen }
}
