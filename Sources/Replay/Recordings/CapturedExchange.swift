// What the recorder has seen of one exchange, before secrets are removed and anything is written.

package import MockQwen
package import Wire

/// What was seen of one request and its answer.
package struct CapturedExchange: Hashable, Sendable {
  /// The request as it went upstream.
  package var request: Session.Request
  package var response: ResponseHead
  package var framing: Session.Framing
  /// The body without its framing, in its content coding.
  package var body: [UInt8]
  /// The borders of the reads that held body bytes, with their times.
  package var fragments: [Session.Fragment]
  package var end: ResponseRecorder.End
  /// When the request had been sent, in milliseconds on the caller's clock.
  package var start: Int
  /// The TLS that the answer came over; nil without.
  package var tls: Recording.TLS?

  package init(
    request: Session.Request, response: ResponseHead, framing: Session.Framing, body: [UInt8],
    fragments: [Session.Fragment], end: ResponseRecorder.End, start: Int,
    tls: Recording.TLS? = nil
  ) {
    self.request = request
    self.response = response
    self.framing = framing
    self.body = body
    self.fragments = fragments
    self.end = end
    self.start = start
    self.tls = tls
  }
}
