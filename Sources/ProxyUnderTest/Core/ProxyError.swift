// How a failure of the upstream looks to the client: an HTTP error before the first body byte, an
// error event after it. Both carry the same code.

/// Why an exchange with the upstream ended badly.
package enum ProxyError: String, Error, Hashable, Sendable, CaseIterable {
  case refused = "upstream_unreachable"
  case truncated = "upstream_truncated"
  case reset = "upstream_reset"
  case connectTimeout = "upstream_connect_timeout"
  case firstByteTimeout = "upstream_first_byte_timeout"
  case idleTimeout = "upstream_idle_timeout"
  case totalTimeout = "upstream_total_timeout"
  case malformed = "upstream_malformed"
  case notCompletion = "upstream_not_a_completion"
  case blockTooLarge = "upstream_event_too_large"
  case streamTooLarge = "upstream_stream_too_large"
  case noAccount = "no_account"
  case stopping = "proxy_stopping"
  case busy = "proxy_busy"
  case clientTooSlow = "client_too_slow"

  /// The status of the answer when no body byte has been sent (RFC 9110 section 15.6).
  package var status: Int {
    switch self {
    case .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout: 504
    case .clientTooSlow: 408
    case .stopping, .busy: 503
    case .refused, .truncated, .reset, .malformed, .notCompletion, .blockTooLarge, .streamTooLarge,
      .noAccount:
      502
    }
  }

  /// One sentence for the person who reads the client's log.
  package var message: String {
    switch self {
    case .refused: "The upstream could not be reached."
    case .truncated: "The upstream closed the connection before the answer was complete."
    case .reset: "The upstream reset the connection before the answer was complete."
    case .connectTimeout: "The upstream took too long to accept a connection."
    case .firstByteTimeout: "The upstream took too long to begin its answer."
    case .idleTimeout: "The upstream fell silent before the answer was complete."
    case .totalTimeout: "The answer took longer than this proxy allows."
    case .malformed: "The upstream's answer is not well-formed HTTP."
    case .notCompletion:
      "The upstream's stream is not a completion that can be joined to one answer."
    case .blockTooLarge: "The upstream sent an event that is too large."
    case .streamTooLarge: "The upstream sent a stream that is too large for one answer."
    case .noAccount: "No account of the proxy has a token that can still be refreshed."
    case .stopping: "The proxy is shutting down."
    case .busy: "The proxy has too many connections or requests. Try again in a moment."
    case .clientTooSlow: "The client did not take the answer in time."
    }
  }

  /// Whose failure it is.
  var type: String {
    switch self {
    case .stopping, .busy: "server_error"
    case .clientTooSlow: "invalid_request_error"
    default: "upstream_error"
    }
  }

  /// The event that ends a stream which cannot be completed.
  package var event: [UInt8] {
    let error = #"{"message":"\#(message)","type":"streaming_error","code":"\#(rawValue)"}"#
    return Array("event: error\ndata: {\"error\":\(error)}\n\n".utf8)
  }
}

/// The body of an HTTP error, in the format of OpenAI's API. All texts are this project's own and
/// hold no character that JSON must escape.
func errorBody(_ message: String, type: String, code: String) -> [UInt8] {
  Array(
    #"{"error":{"message":"\#(message)","type":"\#(type)","param":null,"code":"\#(code)"}}"#.utf8)
}
