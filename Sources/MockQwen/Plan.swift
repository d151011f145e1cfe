// A plan says everything about one delivery of a session: where its bytes are cut, how the body is
// framed, the pacing, the fault, and when the client goes. It is data: it prints as one line, parses back, and replays
// exactly. A seed is only a way to get one.
//
//     cuts=17,18,330 chunks=1x framing=chunked fault=reset@512

/// One delivery of a session.
package struct Plan: Hashable, Sendable {
  /// Where the response is cut into TCP writes. Numbers are offsets in the whole response, head and
  /// framing included.
  package var cuts = Cuts.whole
  /// Where the body is cut into HTTP chunks. Numbers are offsets in the body.
  package var chunks = Cuts.places(.events)
  package var framing = Framing.chunked(ChunkDress())
  package var pacing = Pacing.none
  package var fault: Fault?
  /// Whether and when the client goes before the end; nil when it stays.
  package var departure: Departure?

  package init() {}
}

/// Where bytes are cut. A cut at offset `n` lies between byte `n - 1` and byte `n`.
package enum Cuts: Hashable, Sendable {
  /// Nowhere.
  case whole
  /// After every `count` bytes; 1 or more.
  case every(Int)
  /// At these offsets, rising.
  case at([Int])
  /// At every place of a kind.
  case places(Place)
  /// Where the session's fragments were cut when it was recorded.
  case recorded
  /// At `count` offsets drawn from a seed.
  case random(seed: UInt64, count: Int)

  /// The kinds of places that a cut can be put into.
  package enum Place: String, Hashable, Sendable, CaseIterable {
    /// Behind every event, that is behind every blank line.
    case events
    /// Between the CR and the LF of every CRLF of the body.
    case crlf
    /// Between a line end and the blank line behind it.
    case blank
    /// Inside every UTF-8 character of more than one byte.
    case utf8
    /// Inside every field name, and before its colon.
    case fields
    /// Inside every JSON escape.
    case escapes
    /// Inside every `[DONE]`.
    case done
    /// Inside every chunk-size line.
    case sizes
    /// Before and inside every CRLF that ends a chunk's data.
    case chunkends
    /// Before and inside the last chunk and its trailers.
    case last
    /// Inside the response head.
    case head
  }
}

/// How the body is framed (RFC 9112 section 6).
package enum Framing: Hashable, Sendable {
  case chunked(ChunkDress)
  /// Content-Length.
  case length
  /// Neither: the end of the connection ends the body.
  case close
}

extension Session.Framing {
  /// The framing of a plan that frames the body as it was recorded.
  package var planned: Framing {
    switch self {
    case .chunked: .chunked(ChunkDress())
    case .length: .length
    case .close: .close
    }
  }
}

/// What chunks wear beyond their data; all of it is legal (RFC 9112 section 7.1).
package struct ChunkDress: Hashable, Sendable {
  /// A chunk extension on every size line.
  package var extensions = false
  /// Trailer fields behind the last chunk.
  package var trailers = false
  /// Sizes in upper-case hex.
  package var upper = false
  /// Leading zeros before every size.
  package var zeros = false

  package init() {}
}

/// When fragments are sent.
package enum Pacing: Hashable, Sendable {
  /// As fast as they are taken.
  case none
  /// At the recorded times.
  case recorded
  /// This many milliseconds apart; 0 to `fixedMax`.
  case fixed(Int)

  /// A day; times that are sums of more could exceed a number.
  package static let fixedMax = 86_400_000
}

/// What breaks, and after how many bytes of the response.
package struct Fault: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The connection ends in order (FIN).
    case fin
    /// The connection is reset (RST).
    case reset
    /// Nothing more comes, and the connection stays.
    case stall
  }

  package var kind: Kind
  /// How many bytes of the response are sent before it; head and framing included; 0 or more.
  package var offset: Int

  package init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}

/// How a client goes, and after how many bytes of the response body.
package struct Departure: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// It closes its connection in order (FIN).
    case leaves
    /// It resets its connection (RST).
    case resets
  }

  package var kind: Kind
  /// How many bytes of the body, without its framing, it has then received at least; 0 or more.
  package var offset: Int

  package init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}
