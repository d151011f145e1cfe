// What an operator can set, and every limit of the proxy, in one value.

package import Wire

/// A time or a span of time in milliseconds; times count from any fixed point.
package typealias Milliseconds = Int

/// The settings of a proxy.
package struct Settings: Hashable, Sendable {
  /// The base URL of DashScope's OpenAI-compatible mode.
  package static let dashScope = BaseURL(
    scheme: .https, host: "dashscope.aliyuncs.com", port: 443, path: "/compatible-mode/v1")

  /// The models that are listed when the upstream has no list.
  static let models = [
    "qwen3-coder-plus", "qwen3-coder-flash", "qwen-max", "qwen-plus", "qwen-turbo",
  ]

  /// Where requests go; `/chat/completions` and the like are appended to its path (`QWEN_BASE_URL`).
  package var upstream = Settings.dashScope
  /// The key that is sent upstream (`DASHSCOPE_API_KEY`).
  package var key = ""
  /// The keys of clients, not empty texts, one of which each request must show; an empty list lets
  /// everybody in (`API_KEY`).
  package var clientKeys: [String] = []
  /// The model of completions that name none, or nil to leave them as they are (`DEFAULT_MODEL`).
  package var defaultModel: String?
  /// Whether clients get streams; if false, a client that asks for a stream gets the answer in one
  /// piece (`STREAM`).
  package var streams = true
  /// Whether each request asks for an account; if false, it is sent with `upstream` and `key`.
  package var usesAccounts = false
  /// Whether upstreams are asked to keep their connections open for further requests.
  package var keepsUpstreams = false
  /// Whether every fragment is noted with its offsets (`DEBUG_STREAMING`).
  package var notesFragments = false
  /// How long a stream is silent before its client gets a comment, or nil for none (`HEARTBEAT`).
  package var heartbeatTime: Milliseconds?
  /// Whether a client that has ended its direction still gets its answer; if false, it counts as
  /// gone (`HALF_CLOSE`).
  package var keepsHalfClosed = false
  /// Every limit of the proxy.
  package var limits = ProxyLimits()

  package init() {}
}

/// What the proxy takes at most, in bytes and milliseconds.
package struct ProxyLimits: Hashable, Sendable {
  /// The head of a request or response, and the number of its fields.
  package var wire = Limits()
  /// The body of a request.
  package var requestBytesMax = 10 * 1024 * 1024
  /// An open block of a stream, and a stream that is joined; a longer one ends with an error.
  package var blockBytesMax = 32 * 1024 * 1024
  /// What is held of all requests together before their answers have begun; above it, the slowest
  /// unfinished requests are refused. It is room for 25 of the largest.
  package var allRequestBytesMax = 256 * 1024 * 1024
  /// Bytes of further requests that a client may send ahead; at this many, no more are read.
  package var earlyBytesMax = 64 * 1024
  /// Requests of one client that are answered before the others have their turn, and the bytes of
  /// their answers: enough for any pipeline in use, and less than makes a client slow.
  package var answersAtOnceMax = 8
  package var answerBytesAtOnceMax = 64 * 1024
  /// Client connections; those above are refused.
  package var connectionsMax = 1_024
  /// How long a client is safe before it may have to make room for another.
  package var settlingTime: Milliseconds = 1_000
  /// How long a client must have taken no byte of its answer before it may have to make room for
  /// another.
  package var stallTime: Milliseconds = 5_000
  /// Connections that are refused with an answer; those above are reset at once.
  package var surplusConnectionsMax = 64
  /// From the call to connect until the connection is open.
  package var connectTimeMax: Milliseconds = 10_000
  /// From the request until the first byte of the response body.
  package var firstByteTimeMax: Milliseconds = 300_000
  /// From one byte of the response to the next.
  package var idleTimeMax: Milliseconds = 240_000
  /// From the request until the last byte of the response, or nil for as long as it takes.
  package var totalTimeMax: Milliseconds?
  /// From the first byte of a request's head until its last.
  package var headTimeMax: Milliseconds = 10_000
  /// From the request to stop until answers under way end with an error.
  package var drainTimeMax: Milliseconds = 30_000
  /// The silence of a client before a request and inside its body.
  package var clientIdleTimeMax: Milliseconds = 75_000
  /// From the end of a request's head to the end of its body, in addition to what `bodyRateMin`
  /// grants.
  package var bodyTimeMax: Milliseconds = 30_000
  /// The body bytes that grant one more second: slower than any connection in use.
  package var bodyRateMin = 1_024
  /// How long a client may take none of the bytes that wait for it (`SEND_TIMEOUT`).
  package var sendTimeMax: Milliseconds = 60_000
  /// From one event of a stream to the next, whatever comments or pieces come between them: less
  /// than an hour.
  package var barrenTimeMax: Milliseconds = 3_300_000
  /// How long a token must still be valid; one that expires sooner is refreshed first.
  package var tokenTimeMin: Milliseconds = 30_000
  /// Refusals of an account's tokens in a row before the next account is used.
  package var tokenFailuresMax = 3
  /// From the call to connect until an answer with new tokens is whole.
  package var refreshTimeMax: Milliseconds = 30_000
  /// How long another program may take for a refresh before a request goes on without it: its own
  /// limit for a refresh, with some room.
  package var lockTimeMax: Milliseconds = 35_000
  /// The time between two looks at an account that another program refreshes.
  package var lockRetryTime: Milliseconds = 50
  /// The time between two tries to write new tokens.
  package var storeRetryTime: Milliseconds = 5_000
  /// How long a token that another program has fetched must still be valid.
  package var refreshedTimeMin: Milliseconds = 1_000
  /// The body of an answer with new tokens, and of an answer that is held until another account has
  /// been tried.
  package var refusalBytesMax = 64 * 1024

  package init() {}
}
