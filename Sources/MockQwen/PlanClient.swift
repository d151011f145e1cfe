// The client's part of a plan: how it asks, and what it does beyond reading to the end.

/// How a client asks. A valid request is answered with the session; the forms from `health` on are
/// answered by the proxy itself.
package enum RequestForm: String, Hashable, Sendable, CaseIterable {
  /// The session's request, once.
  case plain
  /// The session's request in HTTP/1.0.
  case http10
  /// The session's request twice on one connection, the second after the answer to the first. The second
  /// is judged.
  case again
  /// The session's request twice on one connection, both at once. The second is judged.
  case pipelined
  /// The session's request four times on one connection, all at once. The last is judged.
  case fourfold
  /// The session's request four times on one connection, the next ones while the first is answered: the
  /// second in two halves. What is judged is the last.
  case ahead
  /// The session's request with `Connection: close, X-Hop`.
  case closing
  /// The body follows when the proxy asks for it (`Expect: 100-continue`).
  case expect
  /// The request in pieces of one byte; a long one in pieces of 61.
  case pieces
  /// The request's body in chunks, with an extension and a trailer.
  case chunked
  /// Two blank lines before the request, the target in absolute form with a query, names in odd case.
  case absolute
  /// The key in `X-API-Key`.
  case otherkey
  /// A wrong key in `Authorization`, the right one in `X-API-Key`.
  case bothkeys
  /// The session's request without its model.
  case nomodel
  /// HEAD on the session's path: the answer must not have a body.
  case head
  /// A browser's CORS preflight request, on the session's path.
  case options

  // Answered by the proxy itself.

  case health, healthhead, posthealth, models, modelshead, postmodels, unknown, getchat
  case nokey, wrongkey, shortkey, basic
  case nohost, twohosts, badhost
  case longhead, manyfields, longbody, longchunks
  case badline, badmethod, badversion, badfield, spacedfield, folded, control, barelf, barecr
  case bothlengths, twolengths, badlength, coding, twocodings, codingorder, oldcoding
  case badchunk, badextension, badchunkend, longsize
  /// No byte comes; a head does not end; a body does not end.
  case mute, halfhead, halfbody

  /// Whether the proxy must answer by itself, whatever the session.
  package var isAnsweredByProxy: Bool {
    guard let place = Self.allCases.firstIndex(of: self),
      let first = Self.allCases.firstIndex(of: .head)
    else { return false }
    return place >= first
  }

  /// How many answers come before the judged one.
  package var answersBefore: Int {
    switch self {
    case .again, .pipelined: 1
    case .fourfold, .ahead: 3
    default: 0
    }
  }

  /// Whether the client does not send the right key.
  package var lacksKey: Bool {
    [.nokey, .wrongkey, .shortkey, .basic].contains(self)
  }
}

/// What a client does beyond reading to the end, and after how many bytes of the response body.
package struct ClientBehavior: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// It closes its connection in order (FIN).
    case leaves
    /// It resets its connection (RST).
    case resets
    /// It ends its own direction (FIN) and reads on.
    case halfcloses
    /// It stops reading until no other byte moves, or for a while, and then reads on.
    case pauses
    /// It stops reading for good.
    case starves
    /// From then on it reads in turns, and pauses while the next fragment is sent.
    case crawls
  }

  package var kind: Kind
  /// How many bytes of the body, without its framing, it has received by then at least; 0 or more.
  package var offset: Int
  /// How long a client that pauses rests, in milliseconds; nil until no other byte moves.
  package var rest: Int?

  /// The most that `rest` may be: an hour, in milliseconds; `rest` is in whole seconds.
  package static let restMax = 3_600_000

  package init(_ kind: Kind, at offset: Int, rest: Int? = nil) {
    self.kind = kind
    self.offset = offset
    self.rest = rest
  }

  /// Whether the client leaves before the end.
  package var isDeparture: Bool { kind == .leaves || kind == .resets || kind == .starves }
}
