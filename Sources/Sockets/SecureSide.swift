// What a network of sockets knows of a connection that speaks TLS, beside its socket.

internal import Wire

/// The TLS of a connection, and how it comes about.
struct SecureSide {
  let layer: TLSLayer
  /// The upstream that was asked for; nil for a client that was accepted.
  var place: BaseURL?
  /// The tunnel that must stand first; nil when there is none, or it stands.
  var tunnel: ProxyTunnel?
  /// Whether a session for later connections has been taken.
  var hasKeptSession = false

  /// Whether the owner waits for `opened`.
  var isOpening: Bool { place != nil && !layer.isOpen }
}
