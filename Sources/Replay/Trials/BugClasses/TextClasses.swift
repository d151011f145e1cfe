// Family A, second part: the content of lines, and how long they are.

internal import Judging
internal import Recordings

extension BugClass {
  static let textClasses: [BugClass] = [
    BugClass(
      21, "unicode-line-separators", .framing,
      "Its line splitter also splits at characters that end no line here: U+2028, U+2029, U+0085, "
        + "vertical tab, form feed",
      picture: #"data: {"content":"a\xE2\x80\xA8b"}\n\n"#,
      symptom: "the JSON is cut in two and its tail is gone",
      checks: [.blocks],
      threads: [
        "florimondmanca/httpx-sse#34", "langgenius/dify#39008", "Soju06/codex-lb#1010",
        "modelscope/evalscope#1642",
      ],
      exercisedBy: [[.oddSeparator]]),
    BugClass(
      22, "long-line-limit", .framing,
      "Its line reader takes 64 KiB or 1 MiB at most, and stops at a longer line",
      picture: "data: and 65,536 bytes more in one line",
      symptom: "the stream just stops",
      checks: [.blocks, .end],
      threads: [
        "infiniflow/ragflow#15381", "mark3labs/mcp-go#61", "cloudwego/hertz#1441",
        "dev2k6/command-code-proxy-server#3", "TencentCloud/tencentcloud-sdk-go#315",
      ],
      exercisedBy: [[.longLine]]),
    BugClass(
      23, "unbounded-event-buffer", .framing,
      "It buffers an event that never ends, without a limit",
      picture: "data: and bytes without end, and no line end",
      symptom: "the proxy's memory runs out, and every other stream dies with it",
      checks: [.end],
      policy: "an event above the limit (32 MiB) ends the stream with an error event",
      threads: ["KarpelesLab/teamclaude#341", "openclaw/openclaw#96768"],
      exercisedBy: [[.endlessBlock]]),
    BugClass(
      24, "quadratic-parser", .framing,
      "At every read it searches its whole buffer again from the start",
      picture: "an event of 2 MiB in reads of 16 bytes",
      symptom: "the event takes seconds, and all other streams wait",
      checks: [.progress],
      threads: ["Recouse/EventSource#49"],
      exercisedBy: [[.longLine, .smallReads]]),
    BugClass(
      25, "swift-asyncbytes-lines", .framing,
      "It reads lines through an interface that leaves out empty ones, so that no event ever ends",
      picture: #"data: A\n\ndata: B\n\n"#,
      symptom: "all events are fused, or come at the end",
      checks: [.blocks],
      threads: [
        "Ichigo3766/Open-Relay#219", "modelcontextprotocol/swift-sdk#89",
        "huggingface/AnyLanguageModel#31", "lionheart/openradar-mirror#17332",
        "Cocoanetics/SwiftMCP#63",
      ],
      exercisedBy: [[.eventStream, .complete]]),
    BugClass(
      26, "charset-latin1", .framing,
      "It decodes an event stream without a charset as ISO-8859-1, though it is always UTF-8",
      picture: #"Content-Type: text/event-stream | data: {"content":"\xE4\xBD\xA0"}\n\n"#,
      symptom: "each byte of a character has become a character",
      checks: [.blocks],
      threads: [
        "open-metadata/OpenMetadata#29531", "aixplain/aiXplain#923", "mstar-project/mstar#163",
      ],
      exercisedBy: [[.eventStream, .bareContentType, .nonASCII]]),
    BugClass(
      27, "content-type-params", .framing,
      "It compares the content type as a whole string, and does not know a stream by its parameters "
        + "or capitals",
      picture: "Content-Type: text/event-stream;charset=UTF-8",
      symptom: "the stream is collected, or sent on as something else",
      checks: [.progress, .head],
      threads: [
        "basecamp/kamal-proxy#54", "smithy-lang/smithy-java#1244",
        "FlowiseAI/FlowiseChatEmbed#274", "hahwul/gori#1220",
      ],
      exercisedBy: [[.eventStream, .dressedContentType, .blocksInTwoReads]]),
    BugClass(
      28, "id-event-retry-fields-lost", .framing,
      "It writes events anew and leaves out `id`, `event` or `retry`, or an `id` that is empty",
      picture: #"id: 7\nevent: result\nretry: 10\ndata: A\n\nid:\ndata: B\n\n"#,
      symptom: "clients that listen for a type see nothing, errors look like answers, no resume",
      checks: [.blocks],
      threads: [
        "envoyproxy/envoy#47466", "rossoctl/cortex#1034", "NVIDIA-AI-Blueprints/aiq#273",
        "earendil-works/pi#1983",
      ],
      exercisedBy: [[.idField], [.eventField], [.retryField]]),
    BugClass(
      29, "nul-control-chars", .framing,
      "It stops at a NUL, or refuses control characters",
      picture: #"data: {"content":"a\u0000b"}\n\n and raw \x00 or \x01"#,
      symptom: "text is cut at the NUL, or the stream is refused",
      checks: [.blocks],
      threads: [
        "ggml-org/llama.cpp#25543", "modelcontextprotocol/python-sdk#894",
        "alibaba/loongcollector#1594", "567-labs/instructor#1366",
      ],
      exercisedBy: [[.controlCharacter]]),
    BugClass(
      30, "surrogate-pair-split", .framing,
      "It decodes and encodes JSON, and a surrogate that stands alone does not survive that",
      picture: #"data: {"content":"\ud83d"}\n\ndata: {"content":"\ude00"}\n\n"#,
      symptom: "replacement characters, question marks, or an encoder's error",
      checks: [.blocks],
      threads: [
        "elizaOS/eliza#30904", "elie222/rakazo#416", "ultrajson/ultrajson#216",
        "oxigraph/json-event-parser#1",
      ],
      exercisedBy: [[.surrogateEscape]]),
    BugClass(
      31, "json-int-precision", .framing,
      "Numbers go through a double, or are printed anew",
      picture: #"data: {"created":9007199254740993}\n\n"#,
      symptom: "other digits, or 9.007199254740992e+15",
      checks: [.blocks],
      threads: [
        "mark3labs/mcp-go#913", "modelcontextprotocol/go-sdk#1201", "sensu/uchiwa#541",
      ],
      exercisedBy: [[.bigNumber]]),
    BugClass(
      32, "json-escape-rewrite", .framing,
      "It encodes JSON anew with other escapes",
      picture: #"data: {"content":"<\/b>\u4f60"}\n\n"#,
      symptom: "the same value in other bytes; at worst broken JSON",
      checks: [.bytes],
      policy: "counts in bytes mode; in content mode equal values are equal",
      threads: ["golang/go#56630", "tidwall/sjson#96", "ProxymanApp/Proxyman#1344"],
      exercisedBy: [[.escape]]),
    BugClass(
      33, "json-key-reorder", .framing,
      "It decodes JSON into a dictionary and encodes it in the dictionary's order",
      picture: #"data: {"id":"1","choices":[],"model":"m"}\n\n"#,
      symptom: "bytes differ from run to run, and prompt caches miss",
      checks: [.bytes, .stages],
      policy: "counts in bytes mode; in content mode the order of members is free",
      threads: [
        "automazeio/vibeproxy#294", "kubeai-project/kubeai#690", "ProxymanApp/Proxyman#2309",
        "teunlao/swift-ai-sdk#16",
      ],
      exercisedBy: [[.jsonObject]]),
  ]

  /// The last class does not follow its family in number.
  static let vendorClass = BugClass(
    116, "reframe-space-breaks-vendor-client", .framing,
    "It writes `event:error` anew as `event: error`, and the vendor's client, which compares the "
      + "text with its blank, no longer sees an error",
    picture: #"id:1\nevent:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling"}\n\n"#,
    symptom: "the client takes the error for an ordinary result",
    checks: [.bytes],
    policy: "counts in bytes mode; by the standard both spellings say the same",
    threads: ["dashscope/dashscope-sdk-python:dashscope/common/utils.py"],
    exercisedBy: [[.vendorError]])
}
