// Records one response: it takes the bytes as they are read from a socket, and keeps what a recording
// needs: the head in its original spelling, the body without its framing, the borders of the reads and
// their times, and how the body really ended. It is a value; the clock is an argument.

internal import Judging
package import MockQwen
package import Wire

/// One response as it was read.
package struct ResponseRecorder: Hashable, Sendable {
  /// How the body ended, and who ended it.
  package struct End: Hashable, Sendable {
    package var ending: Session.Ending
    package var side: Recording.Side
  }

  private let method: String
  private var headReader = ResponseHeadReader()
  private var bodyReader = BodyReader(.none)

  /// The head of the final response; nil until it has been read completely.
  package private(set) var head: ResponseHead?
  /// How the upstream framed the body; it has no meaning before `head` is set.
  package private(set) var framing = Session.Framing.chunked
  /// The body so far, without its framing.
  package private(set) var body: [UInt8] = []
  /// A border for each read that held body bytes.
  package private(set) var fragments: [Session.Fragment] = []
  /// Nil while more bytes may come.
  package private(set) var end: End?
  /// How many bytes were read, head and framing included.
  package private(set) var byteCount = 0

  /// Whether body and borders are no longer kept because they are too large.
  package private(set) var isGivenUp = false

  /// `method` is the request's, in its exact case.
  package init(method: String) { self.method = method }

  /// About how many bytes of memory body and borders take.
  package var heldCount: Int {
    body.count + fragments.count * MemoryLayout<Session.Fragment>.stride
  }

  /// Stops keeping body and borders; the framing and the end of the body are still followed.
  package mutating func giveUp() {
    isGivenUp = true
    body = []
    fragments = []
  }

  /// Takes the bytes of one read, `milliseconds` after the request was sent.
  package mutating func take(_ bytes: [UInt8], at milliseconds: Int) throws(WireError) {
    byteCount += bytes.count
    var offset = 0
    let span = bytes.span
    while head == nil {
      guard let read = try headReader.read(span, at: &offset) else { return }
      // An interim response is not the answer (RFC 9110 section 15.2).
      if read.status >= 200 { try begin(read) }
    }
    let start = body.count
    while let range = try bodyReader.read(span, at: &offset) {
      if !isGivenUp { body.append(copying: span.extracting(range)) }
    }
    if body.count > start {
      fragments.append(Session.Fragment(end: body.count, milliseconds: milliseconds))
    }
    if bodyReader.isComplete { end = End(ending: .complete, side: .upstream) }
  }

  private mutating func begin(_ head: ResponseHead) throws(WireError) {
    let rule = try BodyFraming.ofResponse(head, toMethod: method)
    self.head = head
    bodyReader = BodyReader(rule)
    framing =
      switch rule {
      case .none, .length: .length
      case .chunked: .chunked
      case .untilClose: .close
      }
  }

  /// The upstream has ended the connection in order.
  package mutating func upstreamFinished() {
    guard end == nil else { return }
    let isWhole = head != nil && bodyReader.closed()
    end = End(ending: isWhole ? .complete : .truncated, side: .upstream)
  }

  /// The upstream has aborted the connection.
  package mutating func upstreamReset() {
    if end == nil { end = End(ending: .reset, side: .upstream) }
  }

  /// The client has left before the end, in order or with an abort.
  package mutating func clientLeft(isReset: Bool) {
    if end == nil { end = End(ending: isReset ? .reset : .truncated, side: .client) }
  }

  /// The client has waited long enough.
  package mutating func clientGaveUp() {
    if end == nil { end = End(ending: .timeout, side: .client) }
  }
}
