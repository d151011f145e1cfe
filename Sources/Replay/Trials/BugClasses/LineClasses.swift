// Family A, first part: where events, lines and fields begin and end.

internal import Judging

extension BugClass {
  static let lineClasses: [BugClass] = [
    BugClass(
      1, "event-split-across-chunks", .framing,
      "It parses every read on its own and keeps nothing of an event that a read has cut",
      picture: #"data: {"delta":{"content":"hel | lo"}}\n\n"#,
      symptom: "the event is missing, or its halves come as two broken ones",
      checks: [.blocks],
      threads: [
        "graniet/llm#90", "brave/brave-browser#52830", "labring/FastGPT#798",
        "higress-group/higress#2865", "quarkusio/quarkus#37625",
      ],
      exercisedBy: [[.cutInBlock]]),
    BugClass(
      2, "delimiter-split", .framing,
      "It looks for the blank line inside one read only, and misses it when its two line ends part",
      picture: #"data: A\n | \ndata: B\n\n"#,
      symptom: "two events come as one, or the first comes late",
      checks: [.blocks, .progress],
      threads: ["mpetazzoni/sse.js#36", "alex-ilgayev/MCPSpy#84"],
      exercisedBy: [[.cutBeforeBlankLine]]),
    BugClass(
      3, "many-events-per-read", .framing,
      "It handles the first event of a read and forgets the others, or keeps them for the next read",
      picture: #"data: A\n\ndata: B\n\ndata: C\n\n | silence"#,
      symptom: "events are missing, or come only when something else does",
      checks: [.blocks, .progress],
      threads: ["jawah/urllib3.future#344", "odradev/odra#624"],
      exercisedBy: [[.blocksInOneRead]]),
    BugClass(
      4, "utf8-split", .framing,
      "It decodes each read on its own, so that a character which a read cuts is not a character",
      picture: #"data: {"content":"\xE4\xBD | \xA0"}\n\n"#,
      symptom: "replacement characters in the text, or the whole read is gone",
      checks: [.blocks],
      threads: [
        "farion1231/cc-switch#1923", "librefang/librefang#3448", "teunlao/swift-ai-sdk#15",
        "anomalyco/opencode#39694", "tinyhumansai/openhuman#5718",
      ],
      exercisedBy: [[.cutInCharacter]]),
    BugClass(
      5, "utf8-incomplete-at-eof", .framing,
      "Its decoder holds the first bytes of a character when the stream ends, and drops them or "
        + "hands them to the next stream",
      picture: #"data: {"x":"\xE4\xBD, then the end"#,
      symptom: "the last bytes are gone without a sign, or another stream begins with them",
      checks: [.blocks, .end],
      threads: ["aelassas/servy#6420", "decocms/studio#4646", "nodejs/node#16564"],
      exercisedBy: [[.endsInCharacter]]),
    BugClass(
      6, "crlf-split", .framing,
      "It takes a CR at the end of one read and the LF at the start of the next for two line ends",
      picture: #"event: m\r | \ndata: A\r\n\r\n"#,
      symptom: "an event is dispatched early, without its data or without its type",
      checks: [.blocks],
      threads: [
        "rexxars/eventsource-parser#17", "Effect-TS/effect#6954", "kaitranntt/ccs#1359",
        "hseeberger/akka-sse#129",
      ],
      exercisedBy: [[.cutInLineEnd]]),
    BugClass(
      7, "crlf-not-recognised", .framing,
      "It searches for two LF in a row, which a stream with CR LF line ends never has",
      picture: #"data: A\r\n\r\ndata: B\r\n\r\n"#,
      symptom: "nothing comes until the stream ends, then everything or only the last event",
      checks: [.progress, .blocks],
      threads: [
        "hey-api/hey-api#3054", "miruamel/xuan#194", "modelcontextprotocol/php-sdk#401",
        "1jehuang/jcode#565",
      ],
      exercisedBy: [[.crlfBlankLine, .blocksInTwoReads]]),
    BugClass(
      8, "lone-cr", .framing,
      "It does not take a single CR for a line end, or waits for the byte behind it",
      picture: #"data: A\r\r | silence"#,
      symptom: "the stream stalls, events fuse, or the last one is lost",
      checks: [.progress, .blocks],
      threads: [
        "a2aproject/a2a-js#714", "Recouse/EventSource#40", "EdamAme-x/pentect#1438",
        "whatwg/html#4411",
      ],
      exercisedBy: [[.crBlankLine]]),
    BugClass(
      9, "mixed-line-ends", .framing,
      "It settles on one kind of line end and fails on a stream that uses several",
      picture: #"data: A\r\ndata: B\n\ndata: C\r\r"#,
      symptom: "an event is dropped, or CR LF counts as two line ends",
      checks: [.blocks],
      threads: ["Effect-TS/effect#7670", "mpetazzoni/sse.js#17"],
      exercisedBy: [[.mixedLineEnds]]),
    BugClass(
      10, "leading-bom", .framing,
      "It takes the byte order mark at the start for a part of the first field's name",
      picture: #"\xEF\xBB\xBFdata: A\n\n"#,
      symptom: "the first event is lost",
      checks: [.blocks],
      threads: [
        "openai/openai-python#3819", "rossoctl/cortex#1034", "mattt/EventSource#2",
        "assistant-ui/assistant-ui#6954",
      ],
      exercisedBy: [[.byteOrderMark]]),
    BugClass(
      11, "data-no-space", .framing,
      "It knows `data: ` with a space only, though the space may be left out",
      picture: #"data:{"output":{"text":"A"}}\n\n"#,
      symptom: "the answer is empty, or called truncated",
      checks: [.blocks],
      threads: [
        "openai/openai-python#498", "openclaw/openclaw#129905", "lidge-jun/opencodex#1170",
        "tashfeenahmed/freellmapi#1089", "davidmigloz/langchain_dart#778",
      ],
      exercisedBy: [[.noSpace]]),
    BugClass(
      12, "over-trim-data", .framing,
      "It takes away more than the one space that may follow the colon, or blanks at the end",
      picture: #"data:   two spaces too many  \n\n"#,
      symptom: "indentation and blanks are missing in the text",
      checks: [.blocks],
      threads: [
        "spring-projects/spring-framework#27473", "langchain4j/langchain4j#5531",
        "go-resty/resty#1044", "bigskysoftware/htmx#3588",
      ],
      exercisedBy: [[.manySpaces]]),
    BugClass(
      13, "multiline-data-lost", .framing,
      "Of several data lines in one event it keeps the last, joins them without a line feed, or "
        + "makes an event of each",
      picture: #"data: {"a":\ndata: 1}\n\n"#,
      symptom: "broken JSON, missing text, or other line ends in it",
      checks: [.blocks],
      threads: [
        "stalwartlabs/jmap-client#19", "openresponses/openresponses#56",
        "open-metadata/OpenMetadata#28945", "EventSource/eventsource#35",
      ],
      exercisedBy: [[.severalDataLines]]),
    BugClass(
      14, "single-newline-between-events", .framing,
      "It mends a stream whose events are parted by one line end, and so makes other events of it",
      picture: #"data: {"a":1}\ndata: {"b":2}\n\n"#,
      symptom: "events that nobody sent",
      checks: [.blocks],
      policy: "by the standard it is one event, and it is passed on as it came",
      threads: ["anomalyco/opencode#27365"],
      exercisedBy: [[.objectsInOneBlock]]),
    BugClass(
      15, "comment-breaks-parser", .framing,
      "It takes a comment line for data, and fails on it",
      picture: #": PROCESSING\n\n (many times) data: A\n\n"#,
      symptom: "the stream ends with a parse error, often before its first event",
      checks: [.blocks, .end],
      threads: [
        "docker/docker-agent#2349", "Lambdua/openai4j#90", "deepnoodle-ai/dive#206",
        "coder/coder#26005",
      ],
      exercisedBy: [[.comment]]),
    BugClass(
      16, "comment-reemitted-as-data", .framing,
      "It writes every line that it reads behind a `data: ` of its own",
      picture: #": PROCESSING\n\n"#,
      symptom: "`data: : PROCESSING`, an event that nobody sent",
      checks: [.blocks],
      threads: ["mnfst/llm-gateway#2053", "openclaw/openclaw#97474"],
      exercisedBy: [[.comment]]),
    BugClass(
      17, "empty-data-event", .framing,
      "It parses the data of an event that has none, or that is a word and no JSON",
      picture: #"data:\n\nevent: ping\n\ndata: ping\n\n"#,
      symptom: "a parse error ends the stream",
      checks: [.blocks, .end],
      threads: [
        "modelcontextprotocol/python-sdk#1670", "netease-lcap/wave-agent#1326",
        "lukas-reining/eventsource#2", "lanqian528/chat2api#25",
      ],
      exercisedBy: [[.emptyEvent]]),
    BugClass(
      18, "heartbeat-injected-mid-frame", .framing,
      "Its own keep-alive comment goes out while an event is half sent",
      picture: #"data: {"content":"hel | a long pause | lo"}\n\n"#,
      symptom: "a comment inside the JSON of an event",
      checks: [.blocks],
      threads: [
        "maximhq/bifrost#5905", "open-software-network/os-clovy#659", "SamSaffron/term-llm#300",
      ],
      exercisedBy: [[.pauseInBlock]]),
    BugClass(
      19, "error-injected-into-open-frame", .framing,
      "When the upstream fails it writes its error event behind an event that has not ended",
      picture: #"data: {"choices":[{"del, then a reset"#,
      symptom: "two JSON texts in one event, and no error that can be read",
      checks: [.end, .blocks],
      threads: ["Wei-Shaw/sub2api#1471"],
      exercisedBy: [[.brokenInBody, .endsInBlock]]),
    BugClass(
      20, "final-event-unterminated", .framing,
      "It drops a last event that lacks its blank line, though the body ended properly",
      picture: #"data: {"finish_reason":"stop"}, then the end"#,
      symptom: "no finish reason, no usage, no [DONE]",
      checks: [.blocks],
      policy: "a browser drops it; a proxy completes and delivers it, as nothing was cut",
      threads: [
        "openai/openai-node#2725", "google-gemini/gemini-cli#29059", "agentjido/req_llm#462",
        "inference-gateway/inference-gateway#578",
        "universal-tool-calling-protocol/typescript-utcp#45",
      ],
      exercisedBy: [[.unterminated]]),
  ]
}
