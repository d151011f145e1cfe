// How a body ended, in the words of other tools: Chrome's `net::ERR_…`, Firefox's `NS_ERROR_…`, and
// curl's messages. An unknown word still means that the body did not end well.

internal import MockQwen

/// How a body ended, and who ended it.
struct ForeignEnding: Hashable, Sendable {
  var ending: Session.Ending
  var side: Recording.Side

  static let complete = ForeignEnding(ending: .complete, side: .upstream)
  static let truncated = ForeignEnding(ending: .truncated, side: .upstream)

  /// The meaning of an entry's error, in a browser's words.
  init(browserError text: String) {
    let word = text.lowercased()
    func has(_ parts: String...) -> Bool { parts.contains { word.contains($0) } }
    self =
      if has("reset", "econnreset", "epipe", "broken pipe") {
        ForeignEnding(ending: .reset, side: .upstream)
      } else if has("timed_out", "timed out", "timeout", "etimedout") {
        ForeignEnding(ending: .timeout, side: .client)
      } else if has("err_aborted", "aborted", "cancel") {
        ForeignEnding(ending: .truncated, side: .client)
      } else {
        .truncated
      }
  }

  init(ending: Session.Ending, side: Recording.Side) {
    self.ending = ending
    self.side = side
  }

  /// The meaning of curl's message about a premature end; nil for any other line.
  init?(curlLine text: some StringProtocol) {
    let line = text.lowercased()
    func has(_ parts: String...) -> Bool { parts.contains { line.contains($0) } }
    if has("connection reset", "connection was reset", "errno 104", "errno 10054", "was reset") {
      self = ForeignEnding(ending: .reset, side: .upstream)
    } else if has("not closed cleanly", "ssl_error_syscall") {
      self = ForeignEnding(ending: .reset, side: .upstream)
    } else if has("timed out", "operation too slow") {
      self = ForeignEnding(ending: .timeout, side: .client)
    } else if has(
      "transfer closed with", "bytes missing", "end of response with", "unexpected eof",
      "failure when receiving data", "recv failure", "recv error", "empty reply from server",
      "chunk hex-length", "illegal or missing hexadecimal", "malformed encoding",
      "error in the http2 framing", "http2 framing layer", "before getting all", "quic error",
      "ssl_read", "connection died", "server closed abruptly", "close notify alert")
    {
      self = .truncated
    } else if has(
      "failed writing body", "failure writing output", "client returned error", "callback aborted",
      "exceeded the maximum allowed file size", "maximum file size exceeded")
    {
      self = ForeignEnding(ending: .truncated, side: .client)
    } else if line.hasPrefix("curl: (") {
      self = .truncated
    } else {
      return nil
    }
  }
}
