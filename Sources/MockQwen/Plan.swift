// A plan describes one delivery of a session completely: where its bytes are cut, how the body is framed,
// what is odd about the response, the pacing, the fault, how the client asks and what it does. It is
// data: it prints as one line, parses back, and replays exactly. A seed is only a way to make one. The
// client's part is in `PlanClient.swift`.
//
//     cuts=17,18,330 chunks=1x framing=chunked fault=reset@512

/// One delivery of a session.
package struct Plan: Hashable, Sendable {
  /// Where the response is cut into TCP writes. Numbers are offsets in the whole response, head and
  /// framing included.
  package var cuts = Cuts.whole
  /// Where the body is cut into HTTP chunks. Numbers are offsets in the body.
  package var chunks = Cuts.places(.events)
  /// How the body is framed towards the proxy (RFC 9112 section 6).
  package var framing = PlanFraming.chunked(ChunkDress())
  /// Where TLS records end; nil where writes end. For an upstream without TLS this has no effect, and
  /// neither has `handshake`.
  package var records: RecordCuts?
  /// A handshake message in mid-stream; nil for none.
  package var handshake: HandshakeMessage?
  /// What is odd about the response; empty for nothing.
  package var anomalies = ResponseAnomalies()
  /// A byte that may not be allowed at its place; nil for none. With anomalies it has no effect.
  package var octet: OddOctet?
  /// When fragments are sent.
  package var pacing = Pacing.none
  /// What breaks, and where; nil for nothing.
  package var fault: Fault?
  /// The status, 400 to 599, of the mock's answer to the first request, before the session answers the
  /// next; nil when the session answers at once.
  package var firstStatus: Int?
  /// The form of the client's request.
  package var request = RequestForm.plain
  /// What the client does beyond waiting for the end; nil when it only reads.
  package var behavior: ClientBehavior?
  /// How many clients ask at the same time, 1 to `streamsMax`. The response of each is tagged. With more
  /// than one, only every second stream has the fault and the behavior, so that the others show whether
  /// they suffer from it.
  package var streams = 1

  /// The proxy is told to stop, as by SIGTERM, when a client has this many bytes of the body; nil when it
  /// is not.
  package var stop: Int?

  /// The settings of the embedded core, and whether it reaches its upstream.
  package var core = CoreWords()
  package var reach = Reach.answers

  /// The most clients at once.
  package static let streamsMax = 256

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
    /// After every event, that is after every blank line.
    case events
    /// Between the CR and the LF of every CRLF of the body.
    case crlf
    /// Between a line end and the blank line after it.
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
package enum PlanFraming: Hashable, Sendable {
  case chunked(ChunkDress)
  /// Content-Length.
  case length
  /// Neither: the end of the connection ends the body.
  case close
}

extension Session.Framing {
  /// The framing of a plan whose `framing` repeats the recorded one.
  package var planned: PlanFraming {
    switch self {
    case .chunked: .chunked(ChunkDress())
    case .length: .length
    case .close: .close
    }
  }
}

/// Optional parts of chunks; all of it is legal (RFC 9112 section 7.1).
package struct ChunkDress: Hashable, Sendable {
  /// A chunk extension on every size line.
  package var extensions = false
  /// Trailer fields after the last chunk.
  package var trailers = false
  /// Sizes in upper-case hex.
  package var upper = false
  /// Leading zeros before every size.
  package var zeros = false

  package init() {}
}

/// When fragments are sent.
package enum Pacing: Hashable, Sendable {
  /// As fast as the receiver takes them.
  case none
  /// At the recorded times.
  case recorded
  /// This many milliseconds apart; 0 to `fixedMax`.
  case fixed(Int)

  /// A day in milliseconds; sums of longer times could overflow.
  package static let fixedMax = 86_400_000
}

/// What breaks, and after how many bytes of the response.
package struct Fault: Hashable, Sendable {
  /// What breaks the response.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The connection ends in order (FIN).
    case fin
    /// The connection is reset (RST).
    case reset
    /// No more bytes come, and the connection stays open.
    case stall
    /// The connection ends (FIN) without `close_notify`.
    case truncate
    /// A fatal alert comes, then the end.
    case alert
    /// The connection is reset inside a record: only the records before it can be read.
    case tear

    /// The faults that an upstream without TLS has too.
    package static let plain: [Kind] = [.fin, .reset, .stall]

    /// Whether only an upstream with TLS can have it.
    package var isTLS: Bool { !Self.plain.contains(self) }
  }

  package var kind: Kind
  /// How many bytes of the response are sent before it, head and framing included; 0 or more.
  package var offset: Int

  package init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}

/// What is odd about a response besides its framing: legal spellings that are rare, and faults in the
/// parts that tell where the body ends.
package struct ResponseAnomalies: OptionSet, Hashable, Sendable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// `103 Early Hints` and `102 Processing` before the final head (RFC 9110 section 15.2).
  package static let interim = ResponseAnomalies(rawValue: 1)
  /// The status line says HTTP/1.0.
  package static let http10 = ResponseAnomalies(rawValue: 1 << 1)
  /// The head has no fields but those that frame the body.
  package static let bare = ResponseAnomalies(rawValue: 1 << 2)
  /// Fields for this connection only, some named in `Connection` and some not (RFC 9110 section 7.6.1).
  package static let hops = ResponseAnomalies(rawValue: 1 << 3)
  /// One Content-Length too many: beside chunks, or beside another one (RFC 9112 section 6.3).
  package static let length = ResponseAnomalies(rawValue: 1 << 4)
  /// One `Transfer-Encoding: chunked` too many: beside another one, or untrue.
  package static let coding = ResponseAnomalies(rawValue: 1 << 5)
  /// The Content-Length is `lengthError` bytes too large.
  package static let long = ResponseAnomalies(rawValue: 1 << 6)
  /// The Content-Length is `lengthError` bytes too small.
  package static let short = ResponseAnomalies(rawValue: 1 << 7)
  /// Bytes that belong to no request follow the complete response.
  package static let extra = ResponseAnomalies(rawValue: 1 << 8)
  /// The size of the last chunk with data has a sign: `+5`.
  package static let plus = ResponseAnomalies(rawValue: 1 << 9)
  /// The size of the last chunk with data has a sign: `-5`.
  package static let minus = ResponseAnomalies(rawValue: 1 << 10)
  /// The size of the last chunk with data has a prefix: `0x5`.
  package static let prefix = ResponseAnomalies(rawValue: 1 << 11)
  /// The size of the last chunk with data is `FFFFFFFFFFFFFFFFF`.
  package static let huge = ResponseAnomalies(rawValue: 1 << 12)
  /// The size line of the last chunk with data ends with LF alone.
  package static let bareLF = ResponseAnomalies(rawValue: 1 << 13)

  /// All field names are in lower case.
  package static let lower = ResponseAnomalies(rawValue: 1 << 14)
  /// The status line has no reason phrase.
  package static let noReason = ResponseAnomalies(rawValue: 1 << 15)
  /// Fields with a value of blanks only, and with bytes above 127 (obs-text, RFC 9110 section 5.5).
  package static let values = ResponseAnomalies(rawValue: 1 << 16)
  /// Chunk extensions with a bare name, two of them, blanks, and a quoted string with escapes.
  package static let extensions = ResponseAnomalies(rawValue: 1 << 17)
  /// The status is 101, although no request asked for it.
  package static let switching = ResponseAnomalies(rawValue: 1 << 18)
  /// A field line continues after a line end (obs-fold, RFC 9112 section 5.2).
  package static let fold = ResponseAnomalies(rawValue: 1 << 19)
  /// A blank stands before the colon of a field.
  package static let spaced = ResponseAnomalies(rawValue: 1 << 20)
  /// A control byte stands in a field, or a CR without its LF.
  package static let control = ResponseAnomalies(rawValue: 1 << 21)
  package static let bareCR = ResponseAnomalies(rawValue: 1 << 22)
  /// The status is not a number.
  package static let status = ResponseAnomalies(rawValue: 1 << 23)
  /// The Content-Length has a sign.
  package static let signed = ResponseAnomalies(rawValue: 1 << 24)
  /// The head has one byte, or one field, more than the embedded proxy accepts.
  package static let longHead = ResponseAnomalies(rawValue: 1 << 25)
  package static let manyFields = ResponseAnomalies(rawValue: 1 << 26)
  /// The last chunk with data has a malformed extension, or a size line that is one byte too long.
  package static let badExtension = ResponseAnomalies(rawValue: 1 << 27)
  package static let longLine = ResponseAnomalies(rawValue: 1 << 28)
  /// The size line of the last chunk with data is empty.
  package static let noSize = ResponseAnomalies(rawValue: 1 << 29)
  /// The data of the last chunk with data is followed by LF alone.
  package static let dataLF = ResponseAnomalies(rawValue: 1 << 30)
  /// A trailer field gives a length (RFC 9110 section 6.5.1).
  package static let badTrailer = ResponseAnomalies(rawValue: 1 << 31)

  /// The head has as many bytes, or as many fields, as the embedded proxy accepts.
  package static let fullHead = ResponseAnomalies(rawValue: 1 << 32)
  package static let fullFields = ResponseAnomalies(rawValue: 1 << 33)
  /// The size line of the last chunk with data is as long as it may be.
  package static let fullLine = ResponseAnomalies(rawValue: 1 << 34)
  /// The trailers have as many bytes as the embedded proxy accepts, or one more.
  package static let fullTrailer = ResponseAnomalies(rawValue: 1 << 35)
  package static let longTrailer = ResponseAnomalies(rawValue: 1 << 36)

  /// The head says `Connection: close`, and the connection stays open all the same: it takes no other
  /// request (RFC 9112 section 9.6).
  package static let closing = ResponseAnomalies(rawValue: 1 << 37)

  /// The anomalies at the limits of the embedded proxy and one beyond them.
  package static let limits: ResponseAnomalies = [
    .fullHead, .longHead, .fullFields, .manyFields, .fullLine, .longLine, .fullTrailer,
    .longTrailer,
  ]
  /// How many bytes of a head, fields, bytes of a size line and bytes of the trailers the embedded proxy
  /// accepts, according to its documentation.
  static let headMax = 16 * 1024
  static let fieldsMax = 100
  static let lineMax = 4 * 1024
  static let trailerMax = 8 * 1024

  /// The anomalies that make a head malformed.
  package static let heads: ResponseAnomalies = [
    .switching, .fold, .spaced, .control, .bareCR, .status, .signed, .longHead, .manyFields,
  ]
  /// The anomalies that make a size line malformed.
  package static let sizes: ResponseAnomalies = [
    .plus, .minus, .prefix, .huge, .bareLF, .badExtension, .longLine, .noSize,
  ]
  /// The error of `long` and `short`, in bytes.
  package static let lengthError = 7

  /// All of them with their names in a plan's line, in the order of that line.
  package static let names: [(name: String, anomaly: ResponseAnomalies)] = [
    ("interim", .interim), ("http10", .http10), ("bare", .bare), ("hops", .hops),
    ("length", .length), ("coding", .coding), ("long", .long), ("short", .short),
    ("extra", .extra), ("plus", .plus), ("minus", .minus), ("prefix", .prefix), ("huge", .huge),
    ("barelf", .bareLF), ("lower", .lower), ("noreason", .noReason), ("values", .values),
    ("extensions", .extensions), ("switching", .switching), ("fold", .fold), ("spaced", .spaced),
    ("control", .control), ("barecr", .bareCR), ("status", .status), ("signed", .signed),
    ("longhead", .longHead), ("manyfields", .manyFields), ("badextension", .badExtension),
    ("longline", .longLine), ("nosize", .noSize), ("datalf", .dataLF), ("badtrailer", .badTrailer),
    ("closing", .closing), ("fullhead", .fullHead), ("fullfields", .fullFields),
    ("fullline", .fullLine),
    ("fulltrailer", .fullTrailer), ("longtrailer", .longTrailer),
  ]
}
