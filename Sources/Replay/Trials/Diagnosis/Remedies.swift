// What to change in a proxy that has a bug class: one sentence for the person who has to mend it.
// `BugClass.title` says what such a proxy does; this says what it should do instead.

extension BugClass {
  /// What to change in a proxy that has this bug, in a sentence without a full stop.
  package var remedy: String { Self.remedies[id] ?? "compare with the bytes above" }

  /// The sentences by the id of their class; a test holds that each class has one.
  static let remedies: [String: String] =
    framingRemedies.merging(answerRemedies) { first, _ in first }
    .merging(transportRemedies) { first, _ in first }

  private static let framingRemedies = [
    "event-split-across-chunks":
      "keep what stands behind the last blank line of a read, and put it before the next read",
    "delimiter-split":
      "search for the blank line in the bytes kept so far and the new read together",
    "many-events-per-read": "loop until no complete event is left in the buffer, at every read",
    "utf8-split":
      "split bytes, not text; or decode with one streaming decoder for the whole response",
    "utf8-incomplete-at-eof":
      "flush the decoder when the stream ends, and make a new one for each stream",
    "crlf-split":
      "remember a CR at the end of a read, and skip an LF at the start of the next one",
    "crlf-not-recognised": "accept CRLF, LF and CR as line ends, not only two LF in a row",
    "lone-cr": "accept a CR alone as a line end as soon as it comes",
    "mixed-line-ends": "decide the line end anew for each line, not once for the stream",
    "leading-bom": "skip one byte order mark at the start of the stream, before the first field",
    "data-no-space": "match the field name up to the colon; the space behind it is optional",
    "over-trim-data": "remove at most one space behind the colon, and nothing else",
    "multiline-data-lost": "join all data lines of an event with one LF",
    "single-newline-between-events":
      "end an event at a blank line only; do not repair what the upstream sent",
    "comment-breaks-parser": "skip lines that begin with a colon before parsing",
    "comment-reemitted-as-data": "pass comment lines on as they are",
    "empty-data-event": "parse the data only when it is not empty and begins like JSON",
    "heartbeat-injected-mid-frame":
      "send a heartbeat only between two events, never behind a partial one",
    "error-injected-into-open-frame":
      "hold an unfinished event back, or end it with a blank line before the error event",
    "final-event-unterminated":
      "process what is left in the buffer when the body ends properly",
    "unicode-line-separators":
      "split at CR, LF and CRLF only; library line splitters know more separators",
    "long-line-limit":
      "raise the limit of the line reader, and report a line above it as an error",
    "unbounded-event-buffer": "limit the size of one event, and end the stream with an error",
    "quadratic-parser": "continue the search where the last read ended",
    "swift-asyncbytes-lines": "read bytes, not lines: the empty line is the end of an event",
    "charset-latin1": "decode event streams as UTF-8 always, whatever the content type says",
    "content-type-params":
      "compare the media type without its parameters and without regard to case",
    "id-event-retry-fields-lost": "pass on every field of the event, not only data",
    "nul-control-chars": "treat the stream as bytes; NUL and control characters are data",
    "surrogate-pair-split": "pass JSON text on unparsed, or keep escapes as they came",
    "json-int-precision": "pass numbers on as text; do not read them into a double",
    "json-escape-rewrite": "pass JSON text on unparsed where nothing has to change",
    "json-key-reorder": "pass JSON text on unparsed, or use a dictionary that keeps the order",
    "reframe-space-breaks-vendor-client":
      "pass lines on as they are; do not rewrite the space behind the colon",
  ]

  private static let answerRemedies = [
    "done-dropped": "pass [DONE] on to the client",
    "done-required-or-error":
      "take the end of the body for the end of the stream, with or without [DONE]",
    "synthetic-done-on-truncation":
      "when the upstream breaks off, send an error and close; do not make up an end",
    "duplicate-done": "send [DONE] only when the upstream has not sent one",
    "done-finalisation-waits": "pass the last event on when it comes, not when the body ends",
    "done-not-drained": "read on to the last chunk behind [DONE], then give the connection back",
    "done-substring-in-content":
      "compare the whole data of the event with [DONE], not a part of it",
    "unexpected-done": "test for [DONE] before parsing JSON, in every loop",
    "data-after-done": "pass on what follows [DONE] until the body ends",
    "usage-chunk-crash": "test that choices is not empty before taking the first one",
    "usage-chunk-dropped": "pass chunks with empty choices on: they carry the usage",
    "finish-chunk-dropped": "pass chunks with an empty delta on: they carry the finish reason",
    "final-delta-with-finish-dropped": "handle the delta first, then the finish reason",
    "content-after-finish": "read on behind a finish reason until the body ends",
    "duplicate-finish-chunk": "pass both chunks on, and count the end and the usage once",
    "finish-reason-rewritten": "pass the finish reason on as it is",
    "empty-string-finish-reason":
      "treat an empty finish reason and the word null as no finish reason",
    "choices-n-mixing": "keep choices apart by their index",
    "tool-index-missing":
      "start a new call at a new id when the index is missing; do not assume 0",
    "tool-interleaved-merge": "append arguments to the call with the delta's index",
    "tool-empty-id-overwrites": "keep a call's first id; an empty one says nothing",
    "tool-null-fields": "treat null as absent for name, type and arguments",
    "reasoning-lost": "pass reasoning_content and reasoning on",
    "unknown-field-stripped": "keep members that the type does not name, or pass the text on",
    "channel-order": "send deltas in the order in which they came",
    "inband-error-swallowed": "pass error events on, and end the stream as failed",
    "inband-error-wrong-frame": "pass unknown lines on, or report them as an error",
    "pre-stream-error-as-200": "wait for the upstream's status before sending your own",
    "mid-stream-failure-silent":
      "on a read error abort the client's connection, or send an error event and close it",
    "error-status-rewritten": "pass the upstream's status and error body on unchanged",
    "retry-after-dropped": "copy Retry-After and the rate limit fields to the client's response",
    "error-class-by-text": "decide by status and error code, not by words in the text",
    "retry-duplicates-content": "do not ask again once a byte of the body has been passed on",
    "rotation-mid-stream": "choose the account once for each request, with its own address",
    "event-forwarded-twice": "write each event in one place only",
    "dedup-drops-repeats": "pass equal deltas on: repetition is content",
    "cumulative-as-delta": "follow the request's incremental_output; do not guess from the text",
    "non-sse-body-on-stream": "look at the content type first, and pass other bodies on whole",
  ]

  private static let transportRemedies = [
    "tls-one-record-per-read":
      "read from the TLS layer until it wants more bytes, at every read of the socket",
    "tls-record-split": "keep half a record until its other half has come",
    "tls-truncation-as-end":
      "call a body without framing whole only behind close_notify; all else is a cut",
    "tls-pending-bytes":
      "empty the TLS layer before waiting for the socket, and look there again when reading resumes",
    "tls-records-joined": "pass on what each record brings before reading more",
    "tls-message-in-stream":
      "let the TLS layer answer its own messages, and do not take them for data or for an end",
    "whole-body-buffering": "write each read on as it comes; turn buffering off",
    "anti-buffer-headers":
      "send Cache-Control: no-cache, no-transform and X-Accel-Buffering: no with streams",
    "gzip-buffering": "do not compress event streams, or flush behind each event",
    "gzip-upstream-not-decoded":
      "ask for Accept-Encoding: identity, or pass coded bodies on unread",
    "content-encoding-mismatch":
      "change the body and its Content-Encoding together, or neither of them",
    "content-length-kept": "drop Content-Length when the body is streamed or changed",
    "cl-te-conflict": "refuse a response whose length is said twice (RFC 9112 section 6.3)",
    "duplicate-transfer-encoding":
      "drop the upstream's Transfer-Encoding: it is for one connection",
    "hop-by-hop-copied":
      "drop Connection, what it names, and the other hop-by-hop fields (RFC 9110 section 7.6.1)",
    "chunk-extension": "skip everything from the semicolon to the end of the size line",
    "chunk-framing-leak": "read chunks with one state that lives as long as the body",
    "chunk-size-line-split": "keep a partial size line until its line end has come",
    "chunk-final-crlf-split": "read the line end behind each chunk, and behind the last one",
    "chunk-trailers": "read trailer fields up to the blank line",
    "premature-eof-as-success":
      "a body is whole only behind its last chunk or its full Content-Length",
    "chunk-size-abuse": "accept hex digits only, with a limit, and CRLF behind them",
    "http10-close-delimited": "read a body without framing until the connection ends",
    "chunked-to-http10-client": "send HTTP/1.0 clients no chunks; end the body by closing",
    "interim-1xx-as-final": "read on behind a 1xx head until the final one",
    "head-and-no-body-status": "expect no body behind HEAD, 204 and 304",
    "cors-preflight": "answer OPTIONS yourself, without a key, with each CORS field once",
    "redirect-mishandled": "pass redirects on; do not follow them with the key",
    "keepalive-desync": "reuse a connection only behind a whole response with nothing unread",
    "cross-stream-mixup": "keep all state in the request, none in globals or singletons",
    "out-of-order": "send the events of one stream from one place, in order",
    "first-event-lost-race": "install the listener before the request goes out",
    "late-headers": "flush the response head when the upstream's has come",
    "coarse-flush": "flush behind each event",
    "nagle-delay": "set TCP_NODELAY on both connections",
    "disconnect-not-cancelled": "close the upstream's connection when the client goes",
    "abort-leaks": "give connections and slots back on every way out, also on abort",
    "backpressure-memory": "pause reading from the upstream while the client does not read",
    "slow-client-drop": "pause the upstream when the queue is full; do not drop events",
    "total-timeout-kills-stream": "use an idle timeout for streams, not one for the whole request",
    "idle-timeout-kills-thinking": "allow silence of several minutes before the first token",
    "stall-never-detected": "end a stream on which nothing has come for the idle timeout",
    "drip-feed-unbounded":
      "limit the time without a field of an event too: comments are bytes, and no progress",
    "headers-already-sent-crash":
      "when the head is sent, report errors inside the stream or by closing",
    "reset-crashes-process": "handle the error event of every connection and stream",
    "refresh-stampede": "share one refresh among all requests that wait for it",
    "retry-empty-body": "keep the request body for the retry, and take the new token",
    "post-replayed-dead-connection":
      "do not repeat a POST once it may have reached the upstream",
    "half-close-as-disconnect": "decide what a half-closed client means, and do only that",
    "shutdown-truncates": "let streams under way end before the process does, with a limit",
  ]
}
