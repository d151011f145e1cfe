// What an operator writes and what counts where nobody has written anything, against the documentation:
// base URLs, the limits and defaults of docs/proxy.md, and counts that several programs add up.

internal import Judging
internal import ProxyUnderTest
internal import Wire

/// A base URL as somebody may write it, and how it is read.
struct WrittenURL: Hashable, Sendable {
  var text: String
  /// `host|port|path|authority`; nil where it is refused.
  var parts: String?

  /// How the core reads it.
  var seen: String? {
    BaseURL(text).map { "\($0.host)|\($0.port)|\($0.path)|\($0.authority)" }
  }

  /// All of them: what stands in an environment, at each border of RFC 3986 section 3.
  static let all: [WrittenURL] =
    [
      ("http://h", "h|80||h"), ("https://h", "h|443||h"), ("HTTP://H/v1", "H|80|/v1|H"),
      ("http://h:80", "h|80||h"), ("https://h:443", "h|443||h"), ("http://h:443", "h|443||h:443"),
      ("https://h:80", "h|80||h:80"), ("http://h:8080/v1/", "h|8080|/v1|h:8080"),
      ("http://h/", "h|80||h"), ("http://h///", "h|80||h"), ("http://h/a//b/", "h|80|/a//b|h"),
      ("http://h/!~", "h|80|/!~|h"), ("http://!h", "!h|80||!h"), ("http://~h", "~h|80||~h"),
      ("http://h:1", "h|1||h:1"), ("http://h:65535", "h|65535||h:65535"),
      ("http://h:00080", "h|80||h"), ("http://127.0.0.1:9/x", "127.0.0.1|9|/x|127.0.0.1:9"),
      ("http://[::1]/v1", "::1|80|/v1|[::1]"), ("http://[::1]:81", "::1|81||[::1]:81"),
      ("https://[FE80::a9]:443/", "FE80::a9|443||[FE80::a9]"),
      ("http://[::ffff:1.2.3.4]", "::ffff:1.2.3.4|80||[::ffff:1.2.3.4]"),
    ].map { WrittenURL(text: $0, parts: $1) } + refused.map { WrittenURL(text: $0, parts: nil) }

  private static let refused = [
    "http://[::1~]", "http://[::1]~",
    "", "h", "h:80", "http:/h", "http//h", "://h", "ftp://h", "http://", "http:///v1",
    "http://h:0", "http://h:65536", "http://h:", "http://h:+1", "http://h:-1", "http://h:1a",
    "http://h:000080", "http://h: 80", "http://::1", "http://[::1", "http://::1]", "http://[h]",
    "http://[]", "http://[1.2]", "http://[::g]", "http://[::G]", "http://[::1%25]", "http://[::1]x",
    "http://x[::1]", "http://[::1]:80:80", "http://a b", "http://h/a b", "http://h/a?b",
    "http://h/a#b", "http://h?b", "http://h#b", "http://u@h", "http://u:p@h", "http://h\\x",
    "http://h\u{7F}", "http://h/\u{7F}", "http://h/\u{E9}", "http://\u{E9}", "http://h\t",
  ]
}

/// A limit or default of the proxy, and what the documentation says of it.
struct WrittenLimit: Hashable, Sendable {
  var name: String
  var seen: String
  var documented: String

  private init(
    _ name: String, _ seen: some CustomStringConvertible, _ documented: some CustomStringConvertible
  ) {
    (self.name, self.seen, self.documented) = (name, seen.description, documented.description)
  }

  static var all: [WrittenLimit] { sizes + times + defaults }

  private static var sizes: [WrittenLimit] {
    let limits = ProxyLimits()
    return [
      WrittenLimit("the head, in bytes", limits.wire.headBytesMax, 16384),
      WrittenLimit("the fields of a head", limits.wire.fieldsMax, 100),
      WrittenLimit("a line with a chunk size, in bytes", limits.wire.chunkLineBytesMax, 4096),
      WrittenLimit("trailers, in bytes", limits.wire.trailerBytesMax, 8192),
      WrittenLimit("the body of a request, in bytes", limits.requestBytesMax, 10_485_760),
      WrittenLimit("an event, in bytes", limits.blockBytesMax, 33_554_432),
      WrittenLimit("all requests, in bytes", limits.allRequestBytesMax, 268_435_456),
      WrittenLimit("what is sent ahead, in bytes", limits.earlyBytesMax, 65536),
      WrittenLimit("answers at once", limits.answersAtOnceMax, 8),
      WrittenLimit("bytes of answers at once", limits.answerBytesAtOnceMax, 65536),
      WrittenLimit("clients", limits.connectionsMax, 1024),
      WrittenLimit(
        "clients that are refused in words", limits.surplusConnectionsMax, DocumentedLimit.surplus),
      WrittenLimit(
        "bytes of a body that buy a second", limits.bodyRateMin, DocumentedLimit.requestRate),
      WrittenLimit("refusals of an account's tokens", limits.tokenFailuresMax, 3),
      WrittenLimit("an answer with tokens, in bytes", limits.refusalBytesMax, 65536),
    ]
  }

  private static var times: [WrittenLimit] {
    let limits = ProxyLimits()
    return [
      WrittenLimit("CONNECT_TIMEOUT", limits.connectTimeMax, DocumentedLimit.connect),
      WrittenLimit("FIRST_BYTE_TIMEOUT", limits.firstByteTimeMax, DocumentedLimit.firstByte),
      WrittenLimit("IDLE_TIMEOUT", limits.idleTimeMax, DocumentedLimit.idle),
      WrittenLimit("TOTAL_TIMEOUT", limits.totalTimeMax.map(String.init) ?? "none", "none"),
      WrittenLimit("SEND_TIMEOUT", limits.sendTimeMax, DocumentedLimit.send),
      WrittenLimit("the time of a head", limits.headTimeMax, DocumentedLimit.head),
      WrittenLimit("the time of a body", limits.bodyTimeMax, DocumentedLimit.requestBody),
      WrittenLimit("the silence of a client", limits.clientIdleTimeMax, DocumentedLimit.clientIdle),
      WrittenLimit("a stream without an event", limits.barrenTimeMax, DocumentedLimit.barren),
      WrittenLimit("before a client makes room", limits.settlingTime, 1000),
      WrittenLimit("before a client that takes nothing makes room", limits.stallTime, 5000),
      WrittenLimit("before the end of the proxy", limits.drainTimeMax, 30000),
      WrittenLimit("what a token must be good for", limits.tokenTimeMin, 30000),
      WrittenLimit("what a token of another must be good for", limits.refreshedTimeMin, 1000),
      WrittenLimit("a refresh", limits.refreshTimeMax, 30000),
      WrittenLimit("a refresh of another program", limits.lockTimeMax, 35000),
      WrittenLimit("between two looks at it", limits.lockRetryTime, 50),
      WrittenLimit("between two tries to write tokens", limits.storeRetryTime, 5000),
    ]
  }

  private static var defaults: [WrittenLimit] {
    let settings = Settings()
    return [
      WrittenLimit(
        "QWEN_BASE_URL", settings.upstream, "https://dashscope.aliyuncs.com/compatible-mode/v1"),
      WrittenLimit("the portal", Account.portal, "https://portal.qwen.ai/v1"),
      WrittenLimit(
        "QWEN_TOKEN_URL", TokenEndpoint().url, "https://chat.qwen.ai/api/v1/oauth2/token"),
      WrittenLimit("STREAM", settings.streams, "true"),
      WrittenLimit("DEBUG_STREAMING", settings.notesFragments, "false"),
      WrittenLimit("HALF_CLOSE", settings.keepsHalfClosed, "false"),
      WrittenLimit("HEARTBEAT", settings.heartbeatTime ?? 0, "0"),
      WrittenLimit("API_KEY", settings.clientKeys.joined(), ""),
      WrittenLimit("a secret that is printed", Secret("sk-secret"), "•••"),
    ]
  }
}

/// Counts of requests that two programs add up, and what must come of it.
enum WrittenCounts {
  /// What is wrong with them; nothing when all is as it must be.
  static var faults: [String] {
    let most = RequestCounts.countMax
    let own = RequestCounts(day: 5, counts: ["a": 3, "b": 1])
    func merged(_ other: RequestCounts) -> RequestCounts {
      var sum = own
      sum.merge(other)
      return sum
    }
    let rows: [(name: String, seen: RequestCounts, day: Int, counts: [String: Int])] = [
      (
        "of the same day", merged(.init(day: 5, counts: ["a": 2, "c": 7])), 5,
        ["a": 5, "b": 1, "c": 7]
      ),
      ("more than a number", merged(.init(day: 5, counts: ["a": most])), 5, ["a": most, "b": 1]),
      ("of the day before", merged(.init(day: 4, counts: ["a": 2])), 5, ["a": 3, "b": 1]),
      ("of the next day", merged(.init(day: 6, counts: ["a": 2])), 6, ["a": 2]),
      (
        "since others of the day", own.since(.init(day: 5, counts: ["a": 2, "b": 1, "c": 4])), 5,
        ["a": 1]
      ),
      ("since another day", own.since(.init(day: 4, counts: ["a": 2])), 5, ["a": 3, "b": 1]),
      (
        "that a file has spoilt", .init(day: 1, counts: ["a": -1, "b": .max]), 1,
        ["a": 0, "b": most]
      ),
    ]
    return rows.compactMap { name, seen, day, counts in
      seen.day == day && seen.counts == counts ? nil : "counts \(name) are \(seen)"
    }
      + [(0, 0), (86_399_999, 0), (86_400_000, 1), (-1, -1), (-86_400_000, -1), (-86_400_001, -2)]
      .compactMap { date, day in
        RequestCounts.day(of: date) == day
          ? nil : "\(date) ms lie in day \(RequestCounts.day(of: date))"
      }
  }
}

/// What is wrong with settings, as the documentation has them; nothing when all is as it must be.
package func settingsFaults() -> [String] {
  WrittenURL.all.filter { $0.seen != $0.parts }.map {
    "the base URL '\($0.text)' is read as \($0.seen ?? "none") instead of \($0.parts ?? "none")"
  }
    + WrittenLimit.all.filter { $0.seen != $0.documented }.map {
      "\($0.name) is \($0.seen) instead of \($0.documented)"
    } + WrittenCounts.faults
}
