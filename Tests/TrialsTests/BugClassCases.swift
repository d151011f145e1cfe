// For each bug class a delivery that exercises it, and one that does not.

import MockQwen
import Wire

@testable import Judging
@testable import Trials

extension BugClassTests {
  static let lineCases = [
    has("event-split-across-chunks", Example(plan: "cuts=fields")),
    has("delimiter-split", Example(plan: "cuts=blank"), not: Example(plan: "cuts=fields")),
    has("many-events-per-read", Example(body: two), not: Example(body: two, plan: "cuts=events")),
    has(
      "utf8-split", Example(body: "data: é\n\n", plan: "cuts=utf8"),
      not: Example(body: "data: é\n\n", plan: "cuts=fields")),
    has("utf8-incomplete-at-eof", Example(body: "data: %E4"), not: Example(body: "data: é")),
    has(
      "crlf-split", Example(body: "data: {}\r\n\r\n", plan: "cuts=crlf"),
      not: Example(body: "data: {}\r\n\r\n", plan: "cuts=blank")),
    has(
      "crlf-not-recognised", Example(body: "data:1\r\n\r\ndata:2\r\n\r\n", plan: "cuts=events"),
      not: Example(body: two, plan: "cuts=events")),
    has("lone-cr", Example(body: "data: {}\r\r")),
    has("mixed-line-ends", Example(body: "data: {}\r\n\n"), not: Example(body: "data: {}\r\n\r\n")),
    has(
      "leading-bom", Example(body: "\u{FEFF}data: {}\n\n"), not: Example(body: "data: \u{FEFF}\n\n")
    ),
    has("data-no-space", Example(body: "data:{}\n\n")),
    has("over-trim-data", Example(body: "data: {} \n\n")),
    has("over-trim-data", Example(body: "data:  {}\n\n")),
    has("multiline-data-lost", Example(body: "data: {\ndata: }\n\n")),
    has(
      "single-newline-between-events", Example(body: "data: {}\ndata: {}\n\n"),
      not: Example(body: "data: {\ndata: }\n\n")),
    has("comment-breaks-parser", Example(body: ":\n\n")),
    has("comment-reemitted-as-data", Example(body: ":\n\n")),
    has("empty-data-event", Example(body: "data:\n\n")),
    has("empty-data-event", Example(body: "event: ping\n\n")),
    has(
      "heartbeat-injected-mid-frame", Example(plan: "cuts=fields pacing=5000ms"),
      not: Example(plan: "cuts=fields pacing=20ms")),
    has("heartbeat-injected-mid-frame", Example(plan: "cuts=whole fault=stall@b3")),
    has(
      "error-injected-into-open-frame", Example(plan: "cuts=whole fault=reset@b3"),
      not: Example(body: two, plan: "cuts=whole fault=reset@b10")),
    has("final-event-unterminated", Example(body: "data: {}\n")),
  ]

  static let textCases = [
    has("unicode-line-separators", Example(body: "data: \u{2028}\n\n")),
    has("unicode-line-separators", Example(body: "data: \u{B}\n\n")),
    has("long-line-limit", Example(body: "data: \(String(repeating: "x", count: 65_536))\n\n")),
    has(
      "quadratic-parser",
      Example(body: "data: \(String(repeating: "x", count: 65_536))\n\n", plan: "cuts=64x"),
      not: Example(body: "data: \(String(repeating: "x", count: 65_536))\n\n")),
    has("swift-asyncbytes-lines", Example(), not: Example(type: "application/json")),
    has(
      "charset-latin1", Example(body: "data: é\n\n"),
      not: Example(body: "data: é\n\n", type: "text/event-stream;charset=UTF-8")),
    has(
      "content-type-params",
      Example(body: two, plan: "cuts=events", type: "text/event-stream;charset=UTF-8"),
      not: Example(body: two, plan: "cuts=events")),
    has("id-event-retry-fields-lost", Example(body: "id: 1\ndata: {}\n\n")),
    has("id-event-retry-fields-lost", Example(body: "retry: 1\n\n")),
    has("nul-control-chars", Example(body: "data: \u{0}\n\n")),
    has("nul-control-chars", Example(body: #"data: {"a":"\u0000"}"# + "\n\n")),
    has(
      "surrogate-pair-split", Example(body: #"data: {"a":"\ud83d"}"# + "\n\n"),
      not: Example(body: #"data: {"a":"\u003c"}"# + "\n\n")),
    has(
      "json-int-precision", Example(body: "data: 9007199254740993\n\n"),
      not: Example(body: "data: 123456789\n\n")),
    has(
      "json-escape-rewrite", Example(body: #"data: {"a":"\/"}"# + "\n\n"),
      not: Example(body: #"data: {"a":"\n"}"# + "\n\n")),
    has("json-key-reorder", Example(), not: Example(body: "data: x\n\n")),
    has(
      "reframe-space-breaks-vendor-client", Example(body: "event:error\ndata:{}\n\n"),
      not: Example(body: "event: error\ndata:{}\n\n")),
  ]

  static let answerCases = [
    has("done-dropped", Example(body: done)),
    has("done-required-or-error", Example(), not: Example(body: done)),
    has(
      "synthetic-done-on-truncation", Example(body: two, plan: "cuts=whole fault=fin@b10"),
      not: Example(body: two, plan: "cuts=whole fault=fin@b3")),
    has("duplicate-done", Example(body: done)),
    has(
      "done-finalisation-waits", Example(body: done, plan: "cuts=whole fault=stall@b24"),
      not: Example(body: done, plan: "cuts=whole fault=stall@b10")),
    has(
      "done-not-drained", Example(body: done, plan: "cuts=last"),
      not: Example(body: done, plan: "cuts=events framing=length")),
    has("done-substring-in-content", Example(body: "data: [DONE] x\n\n"), not: Example(body: done)),
    has("unexpected-done", Example(body: "data: [DONE]\n\n"), not: Example(body: done)),
    has("data-after-done", Example(body: done + "data: {}\n\n"), not: Example(body: done)),
    has("usage-chunk-crash", Example(body: #"data: {"choices":[]}"# + "\n\n")),
    has(
      "usage-chunk-dropped", Example(body: #"data: {"choices":[],"usage":{}}"# + "\n\n"),
      not: Example(body: #"data: {"choices":[],"usage":null}"# + "\n\n")),
    has("finish-chunk-dropped", Example(body: finish), not: Example(body: text("a"))),
    has(
      "final-delta-with-finish-dropped",
      Example(body: chunk(#""delta":{"content":"a"},"finish_reason":"stop""#)),
      not: Example(body: text("a") + finish)),
    has(
      "content-after-finish", Example(body: finish + text("a")),
      not: Example(body: text("a") + finish)),
    has("duplicate-finish-chunk", Example(body: finish + finish), not: Example(body: finish)),
    has(
      "finish-reason-rewritten", Example(body: chunk(#""finish_reason":"length""#)),
      not: Example(body: finish)),
    has("empty-string-finish-reason", Example(body: chunk(#""finish_reason":"""#))),
    has(
      "empty-string-finish-reason", Example(body: chunk(#""finish_reason":"null""#)),
      not: Example(body: chunk(#""finish_reason":null"#))),
    has(
      "choices-n-mixing", Example(body: chunk(#""index":1"#)),
      not: Example(body: tool(#"{"index":1}"#) + chunk(#""search_results":[{"index":1}]"#))),
    has("tool-index-missing", Example(body: tool("{}")), not: Example(body: tool(#"{"index":0}"#))),
    has(
      "tool-interleaved-merge",
      Example(body: tool(#"{"index":0}"#) + tool(#"{"index":1}"#) + tool(#"{"index":0}"#)),
      not: Example(body: tool(#"{"index":0}"#) + tool(#"{"index":1}"#))),
    has(
      "tool-empty-id-overwrites", Example(body: tool(#"{"id":""}"#)),
      not: Example(body: tool(#"{"id":"a"}"#))),
    has(
      "tool-null-fields", Example(body: tool(#"{"function":{"name":null}}"#)),
      not: Example(body: chunk(#""delta":{"content":null}"#))),
    has(
      "reasoning-lost", Example(body: chunk(#""delta":{"reasoning_content":"a"}"#)),
      not: Example(body: chunk(#""delta":{"reasoning_content":null}"#))),
    has("unknown-field-stripped", Example(body: #"data: {"x_future":1}"# + "\n\n")),
    has(
      "channel-order", Example(body: chunk(#""delta":{"reasoning":"a"}"#) + text("b")),
      not: Example(body: text("b"))),
    has("inband-error-swallowed", Example(body: #"data: {"error":{}}"# + "\n\n")),
    has(
      "inband-error-swallowed", Example(body: "event: error\ndata: x\n\n"),
      not: Example(body: #"data: {"error":null}"# + "\n\n")),
    has("inband-error-wrong-frame", Example(body: "error: {}\n\n")),
    has("inband-error-wrong-frame", Example(body: #"{"error":{}}"# + "\n")),
    has("pre-stream-error-as-200", Example(body: "{}", type: "application/json", status: 429)),
    has("pre-stream-error-as-200", Example(plan: "cuts=whole fault=fin@0")),
    has(
      "mid-stream-failure-silent", Example(body: two, plan: "cuts=whole fault=reset@b12"),
      not: Example(body: two, plan: "cuts=whole fault=reset@0")),
    has("error-status-rewritten", Example(body: "{}", type: "application/json", status: 401)),
    has(
      "retry-after-dropped",
      Example(
        body: "{}", type: "application/json", status: 429, fields: [Field("Retry-After", "1")]),
      not: Example(body: "{}", type: "application/json", status: 429)),
    has(
      "error-class-by-text", Example(body: text("the rate limit")), not: Example(body: text("a"))),
    has("retry-duplicates-content", Example(body: two, plan: "cuts=whole fault=reset@b12")),
    has("rotation-mid-stream", Example(body: "event: error\ndata: x\n\n")),
    has("event-forwarded-twice", Example(), not: Example(type: "application/json")),
    has("dedup-drops-repeats", Example(body: two)),
    has(
      "dedup-drops-repeats", Example(body: text("a") + text("a")),
      not: Example(body: text("a") + text("b"))),
    has(
      "cumulative-as-delta", Example(body: text("a") + text("ab") + text("abc")),
      not: Example(body: text("a") + text("ab") + text("c"))),
    has("non-sse-body-on-stream", Example(body: "{}", type: "application/json")),
  ]

  static let transportCases = [
    has("whole-body-buffering", Example(body: two, plan: "cuts=events")),
    has("anti-buffer-headers", Example(), not: Example(type: "application/json")),
    has("gzip-upstream-not-decoded", Example(fields: [Field("Content-Encoding", "gzip")])),
    has("content-encoding-mismatch", Example(fields: [Field("Content-Encoding", "gzip")])),
    has("content-length-kept", Example(plan: "cuts=whole framing=length")),
    has("duplicate-transfer-encoding", Example(), not: Example(plan: "cuts=whole framing=close")),
    has("hop-by-hop-copied", Example(plan: "cuts=whole framing=chunked+trailers")),
    has("chunk-extension", Example(plan: "cuts=whole framing=chunked+extensions")),
    has("chunk-framing-leak", Example(plan: "cuts=whole framing=chunked+zeros")),
    has("chunk-size-line-split", Example(plan: "cuts=sizes"), not: Example(plan: "cuts=chunkends")),
    has(
      "chunk-final-crlf-split", Example(plan: "cuts=chunkends"), not: Example(plan: "cuts=sizes")),
    has("chunk-final-crlf-split", Example(plan: "cuts=last")),
    has("chunk-trailers", Example(plan: "cuts=whole framing=chunked+trailers")),
    has(
      "premature-eof-as-success", Example(plan: "cuts=whole fault=fin@b3"),
      not: Example(plan: "cuts=whole framing=close fault=fin@b3")),
    has("http10-close-delimited", Example(plan: "cuts=whole framing=close")),
    has("redirect-mishandled", Example(body: "", type: nil, status: 302)),
    has(
      "out-of-order", Example(body: String(repeating: "data: {}\n\n", count: 8)),
      not: Example(body: two)),
    has("first-event-lost-race", Example(), not: Example(plan: "cuts=sizes")),
    has("late-headers", Example(plan: "cuts=sizes"), not: Example(plan: "cuts=head")),
    has("coarse-flush", Example(body: two, plan: "cuts=events")),
    has("disconnect-not-cancelled", Example(plan: "cuts=whole client=leaves@3")),
    has(
      "abort-leaks", Example(plan: "cuts=whole client=resets@0"),
      not: Example(plan: "cuts=whole client=resets@1000")),
    has(
      "total-timeout-kills-stream", Example(plan: "cuts=fields pacing=20000ms"),
      not: Example(plan: "cuts=fields pacing=1000ms")),
    has(
      "idle-timeout-kills-thinking", Example(plan: "cuts=fields pacing=65000ms"),
      not: Example(plan: "cuts=fields pacing=20000ms")),
    has("stall-never-detected", Example(plan: "cuts=whole fault=stall@b3")),
    has(
      "headers-already-sent-crash", Example(body: two, plan: "cuts=whole fault=reset@b12"),
      not: Example(body: two, plan: "cuts=whole fault=fin@b12")),
    has(
      "reset-crashes-process", Example(plan: "cuts=whole fault=reset@0 streams=2"),
      not: Example(plan: "cuts=whole streams=2")),
    has("gzip-buffering", Example(body: two, plan: "cuts=events"), not: Example(body: two)),
    has("nagle-delay", Example(body: two, plan: "cuts=events"), not: Example(body: two)),
    has("cl-te-conflict", Example(plan: "odd=length"), not: Example(plan: "odd=hops")),
    has("hop-by-hop-copied", Example(plan: "odd=hops")),
    has(
      "chunk-size-abuse", Example(plan: "odd=plus"), not: Example(plan: "framing=close odd=plus")),
    has("chunked-to-http10-client", Example(plan: "request=http10")),
    has("interim-1xx-as-final", Example(plan: "odd=interim")),
    has("head-and-no-body-status", Example(plan: "request=head")),
    has(
      "head-and-no-body-status", Example(body: "", status: 204), not: Example(body: "")),
    has("cors-preflight", Example(plan: "request=options"), not: Example(plan: "request=head")),
    has(
      "keepalive-desync", Example(plan: "request=again odd=extra"), not: Example(plan: "odd=extra")),
    has(
      "shutdown-truncates", Example(plan: "stop=3"), not: Example(plan: "stop=3 client=leaves@3")),
    has("cross-stream-mixup", Example(plan: "streams=2")),
    has("backpressure-memory", Example(plan: "client=pauses@0")),
    has(
      "slow-client-drop", Example(plan: "client=crawls@0"), not: Example(plan: "client=leaves@0")),
    has(
      "drip-feed-unbounded", Example(plan: "cuts=1x pacing=500000ms"),
      not: Example(plan: "cuts=1x pacing=1000ms")),
    has(
      "refresh-stampede", Example(plan: "first=401 streams=2"), not: Example(plan: "first=401")),
    has("retry-empty-body", Example(plan: "first=401"), not: Example(plan: "first=429")),
    has("half-close-as-disconnect", Example(plan: "client=halfcloses@0")),
    has("post-replayed-dead-connection", Example(plan: "cuts=whole fault=fin@0")),
  ]

  static let recordCases = [
    has(
      "tls-one-record-per-read", Example(body: two, plan: "tls=events"),
      not: Example(body: two, plan: "cuts=events tls=events")),
    has(
      "tls-record-split", Example(plan: "cuts=9 tls=whole"), not: Example(plan: "cuts=9 tls=9")),
    has(
      "tls-truncation-as-end", Example(plan: "framing=close fault=truncate@b3"),
      not: Example(plan: "framing=length fault=truncate@b3")),
    has(
      "tls-truncation-as-end", Example(plan: "framing=close fault=alert@b3"),
      not: Example(plan: "framing=close fault=tear@b3")),
    has(
      "tls-pending-bytes", Example(body: two, plan: "tls=events"), not: Example(plan: "tls=events")),
    has(
      "tls-records-joined", Example(body: two, plan: "cuts=events tls=events"),
      not: Example(body: two, plan: "cuts=events")),
    has(
      "tls-message-in-stream", Example(plan: "handshake=rekey@9"),
      not: Example(plan: "handshake=rekey@9999")),
  ]
}
