// The client's part of a plan: how it asks, and what it does beyond reading to the end.

/// How a client asks.
package enum RequestForm: String, Hashable, Sendable, CaseIterable {
  /// The session's request, once.
  case plain
  /// The session's request in HTTP/1.0.
  case http10
  /// The session's request twice on one connection, the second when the first is answered. What is
  /// judged is the second.
  case again
  /// The session's request twice on one connection, both at once. What is judged is the second.
  case pipelined
  /// HEAD on the session's path: nobody may send a body.
  case head
  /// A browser's question before it asks (CORS preflight), on the session's path.
  case options
}

/// What a client does beyond reading to the end, and after how many bytes of the response body.
package struct Conduct: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// It closes its connection in order (FIN).
    case leaves
    /// It resets its connection (RST).
    case resets
    /// It ends its own direction (FIN) and reads on.
    case halfcloses
    /// It stops reading until nothing else moves, and then reads on.
    case pauses
    /// It stops reading for good.
    case starves
    /// From then on it reads in turns, and rests while the next fragment is sent.
    case crawls
  }

  package var kind: Kind
  /// How many bytes of the body, without its framing, it has then received at least; 0 or more.
  package var offset: Int

  package init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }

  /// Whether the client goes before the end.
  package var isDeparture: Bool { kind == .leaves || kind == .resets || kind == .starves }
}
