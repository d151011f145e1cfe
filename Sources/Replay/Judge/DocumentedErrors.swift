// The errors of the embedded proxy as its documentation lists them: each cause has its own code, status
// and sentence. A client acts on the code, so it is not enough that there is one.

/// Why the embedded proxy sends an error instead of an answer, or at the end of one.
package enum DocumentedError: String, CaseIterable, Hashable, Sendable {
  case unreachable = "upstream_unreachable"
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

  /// The status when the error is the whole answer.
  package var status: Int {
    switch self {
    case .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout: 504
    case .stopping, .busy: 503
    case .clientTooSlow: 408
    case .unreachable, .truncated, .reset, .malformed, .notCompletion, .blockTooLarge,
      .streamTooLarge, .noAccount:
      502
    }
  }

  var type: String {
    switch self {
    case .stopping, .busy: "server_error"
    case .clientTooSlow: "invalid_request_error"
    default: "upstream_error"
    }
  }

  var message: String {
    switch self {
    case .unreachable: "The upstream could not be reached."
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

  /// The body where the error is the answer.
  package var body: [UInt8] { documentedError(message, type: type, code: rawValue) }

  /// The event that ends a stream.
  package var event: [UInt8] {
    let error = #"{"message":"\#(message)","type":"streaming_error","code":"\#(rawValue)"}"#
    return Array("event: error\ndata: {\"error\":\(error)}\n\n".utf8)
  }
}

/// The reason phrase of the embedded proxy's own answers (RFC 9110 section 15).
func documentedReason(_ status: Int) -> String {
  switch status {
  case 200: "OK"
  case 204: "No Content"
  case 400: "Bad Request"
  case 401: "Unauthorized"
  case 403: "Forbidden"
  case 404: "Not Found"
  case 405: "Method Not Allowed"
  case 408: "Request Timeout"
  case 413: "Content Too Large"
  case 429: "Too Many Requests"
  case 431: "Request Header Fields Too Large"
  case 500: "Internal Server Error"
  case 501: "Not Implemented"
  case 502: "Bad Gateway"
  case 503: "Service Unavailable"
  case 504: "Gateway Timeout"
  case 505: "HTTP Version Not Supported"
  default: ""
  }
}

/// The body of an HTTP error.
func documentedError(_ message: String, type: String, code: String) -> [UInt8] {
  Array(
    #"{"error":{"message":"\#(message)","type":"\#(type)","param":null,"code":"\#(code)"}}"#.utf8)
}

/// What the embedded proxy says by itself, besides its errors, as its documentation words it.
package enum DocumentedText {
  /// The answer to a question for its health.
  package static let health = Array(#"{"status":"ok"}"#.utf8)
  /// The comment that the client of a silent stream gets.
  package static let heartbeat = Array(": keep-alive\n\n".utf8)
}

/// The time limits of the embedded proxy, in milliseconds, as its documentation lists them.
package enum DocumentedLimit {
  package static let connect = 10_000
  package static let firstByte = 300_000
  package static let idle = 240_000
  /// From one event of a stream to the next.
  package static let barren = 3_300_000
  /// From the first byte of a request's head until its last.
  package static let head = 10_000
  /// The silence of a client before a request, and inside its body.
  package static let clientIdle = 75_000
  /// From the end of a request's head to the end of its body, and how many bytes of the body grant one
  /// more second.
  package static let requestBody = 30_000
  package static let requestRate = 1_024
  /// How long a client may take none of the bytes that wait for it.
  package static let send = 60_000
  /// Connections above the limit that are refused with an answer.
  package static let surplus = 64
}
